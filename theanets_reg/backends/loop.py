"""The inside of a scan node, which both packages note in the same way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from .types import Variable

__all__ = ['Wiring', 'parts', 'wiring']


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


class Wiring(NamedTuple):
    """Which inner variable of a scan node belongs to which outer one.

    Attributes
    ----------
    inner, results : lists of variables
        The inputs of a step, and what it makes.
    read, made : lists of int
        For each of them the place of the node's input, and of its output.
    buffers : dict of int -> int
        For each output that states are written to the input that it starts as.
    timed : set of int
        The inputs of the node that have an axis of time in front.
    simple : bool
        Whether it runs to its end, and has no states that are no arrays.
    """

    inner: list[Any]
    results: list[Any]
    read: list[int]
    made: list[int]
    buffers: dict[int, int]
    timed: set[int]
    simple: bool

    def pairs(self, outer: Sequence[Variable]) -> list[tuple[Variable, Variable, bool]]:
        """Of each inner variable the outer one, itself, and whether time is in front outside.

        Parameters
        ----------
        outer : sequence of variables
            The inputs of the node.
        """
        return [(outer[place], inner, place in self.timed)
                for inner, place in zip(self.inner, self.read)]

    def flow(self, found: Sequence[set[int]], outputs: int) -> list[set[int]]:
        """What all steps together read for each output of the node.

        Parameters
        ----------
        found : sequence of sets of int
            The inputs of the node that each result of one step is made of.
        outputs : int
            How many outputs the node has.
        """
        flows: list[set[int]] = [set() for _ in range(outputs)]
        for output, places in zip(self.made, found):
            flows[output] |= places
        starts = {place: output for output, place in self.buffers.items()}
        for _ in range(outputs):
            for own in flows:
                for place in own & set(starts):
                    own |= flows[starts[place]]
        for output, place in self.buffers.items():
            # What was there before the first step is handed on.
            flows[output].add(place)
        return flows


def wiring(op: Any, inner: Sequence[Variable], results: Sequence[Variable],
           simple: bool) -> Wiring:
    """The Wiring of a scan op, whose inner graph leads from `inner` to `results`."""
    pairs = op.get_oinp_iinp_iout_oout_mappings()
    # Behind the results there may be a condition to end.
    results = results[:len(pairs['outer_out_from_inner_out'])]
    read = [pairs['outer_inp_from_inner_inp'][place] for place in range(len(inner))]
    made = [pairs['outer_out_from_inner_out'][place] for place in range(len(results))]
    starts = pairs['outer_inp_from_outer_out']
    buffers = {output: place for output, place in starts.items()
               if pairs['inner_inp_from_outer_inp'][place]}
    sequences = set(read[:len(op.inner_seqs(inner))])
    return Wiring(list(inner), list(results), read, made, buffers,
                  sequences | set(buffers.values()), simple)
