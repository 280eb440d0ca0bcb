"""Which axis of an input holds the examples."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .. import backends

if TYPE_CHECKING:
    from ..backends.types import Variable

__all__ = ['check_axis', 'examples_first']


def check_axis(axis: Any, wrts: list[Variable]) -> list[int]:
    """The axis of each of `wrts`, counted from the front.

    Parameters
    ----------
    axis : int
        As the user gave it, from the front or, if negative, from behind.
    wrts : list of variables

    Raises
    ------
    TypeError, ValueError
        If it is no integer, or a variable has no such axis.
    """
    if not isinstance(axis, numbers.Integral) or isinstance(axis, bool):
        raise TypeError('squared_norms: batch_axis={!r} is not an integer; expected the '
                        'axis of wrt that holds the examples, such as 0'.format(axis))
    # A scalar counts as one example, on an axis of its own.
    counts = [max(wrt.ndim, 1) for wrt in wrts]
    for wrt, count in zip(wrts, counts):
        if not -count <= axis < count:
            raise ValueError(
                'squared_norms: batch_axis={} is none of the {} dimension{} of {}; expected '
                'the axis that holds the examples'.format(
                    axis, wrt.ndim, '' if wrt.ndim == 1 else 's', wrt.name or 'wrt'))
    return [int(axis) % count for count in counts]


def examples_first(outputs: list[Variable], wrts: list[Variable],
                   axes: Sequence[int]) -> tuple[list[Variable], list[Variable]]:
    """The graph as made from inputs whose examples come first.

    Parameters
    ----------
    outputs, wrts : lists of variables
    axes : list of int
        For each of `wrts` the axis of its examples.

    Returns
    -------
    outputs, wrts : lists of variables
        The same values, the latter with the axis of the examples in front,
        and the former computed from these.
    """
    return backends.exchange(
        outputs, wrts, lambda wrt, place: _moved(wrt, axes[place]) if axes[place] else None)


def _moved(old: Variable, axis: int) -> tuple[Variable, Variable]:
    """A variable with `axis` in front, and the old one as made of it."""
    order = [axis] + [a for a in range(old.ndim) if a != axis]
    new = old.dimshuffle(order)
    new.name = old.name
    return new, new.dimshuffle([order.index(a) for a in range(old.ndim)])
