"""The inside of a scan node, which both packages note in the same way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .types import Variable

__all__ = ['parts']


def parts(op: Any, info: Any, inner: Sequence[Variable], outer: Sequence[Variable],
          results: Sequence[Variable], made: Sequence[Variable]) -> dict[str, Any]:
    """The places of a scan node, as pairs of outer and inner variables.

    The inner graph leads from `inner` to `results`, the node from `outer` to
    `made`.
    """
    return {
        'sequences': list(zip(op.outer_seqs(outer), op.inner_seqs(inner))),
        'constants': list(zip(op.outer_non_seqs(outer),
                              op.inner_non_seqs(inner))),
        'states': _tapped(info, op.outer_mitsot(outer), op.inner_mitsot(inner),
                          op.inner_mitsot_outs(results),
                          op.outer_mitsot_outs(made)) +
        [(o, [i], r, m) for o, i, r, m in zip(
            op.outer_sitsot(outer), op.inner_sitsot(inner),
            op.inner_sitsot_outs(results), op.outer_sitsot_outs(made))],
        'results': list(zip(op.inner_nitsot_outs(results),
                            op.outer_nitsot_outs(made))),
        # How far back each state is read: 1 for the step before.
        'delays': _delays(info, op.outer_mitsot_outs(made), op.outer_sitsot_outs(made)),
        # Its gradient goes back through all steps.
        'whole': op.truncate_gradient == -1}


def _delays(info: Any, several: Sequence[Variable],
            single: Sequence[Variable]) -> dict[Variable, tuple[int, ...]]:
    """A dict of what the loop makes of a state -> tuple of int, one for each inner."""
    taps = info.tap_array[info.n_mit_mot:]
    found = {made: tuple(-int(t) for t in taps[place]) for place, made in enumerate(several)}
    found.update((made, (1, )) for made in single)
    return found


def _tapped(info: Any, outer: Sequence[Variable], inner: Sequence[Variable],
            results: Sequence[Variable], made: Sequence[Variable]) -> list[Any]:
    """States that are read at several earlier steps."""
    states, start = [], 0
    for place, state in enumerate(outer):
        taps = len(info.tap_array[info.n_mit_mot + place])
        states.append((state, list(inner[start:start + taps]),
                       results[place], made[place]))
        start += taps
    return states
