"""Which step of the input stands at which step of another sequence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ... import backends
from ..errors import Unfit
from ..sizes import ONE

if TYPE_CHECKING:
    from ..sizes import Size

__all__ = ['Clock', 'START', 'number']


class Clock(object):
    """Step *i* of a sequence goes with step ``offset + stride * i`` of the input.

    Parameters
    ----------
    stride : int
    offset : dict of Size -> int
        A sum of sizes that are not known before the graph runs.
    """

    def __init__(self, stride: int, offset: Mapping[Size, int]) -> None:
        self.stride = stride
        self.offset = {size: count for size, count in offset.items() if count}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Clock) and (
            self.stride, self.offset) == (other.stride, other.offset)

    def __hash__(self) -> int:
        return hash((self.stride, frozenset(self.offset.items())))

    def cut(self, index: slice, size: Size) -> Clock:
        """The clock of a part.

        Parameters
        ----------
        index : slice
        size : Size
            How many steps there are before.

        Raises
        ------
        Unfit
            If the first step that is read may depend on the number of steps.
        """
        start, step = number(index.start), number(index.step)
        step = 1 if step is None else step
        if (start, step) == (-1, 1) or step < 0 and start is None:
            first = Counter({size: 1, ONE: -1})
        elif step > 0 and (start is None or start >= 0):
            first = Counter({ONE: start or 0})
        else:
            raise Unfit
        offset = Counter(self.offset)
        for term, count in first.items():
            offset[term] += self.stride * count
        return Clock(self.stride * step, offset)


START = Clock(1, {})


def number(bound: Any) -> int | None:
    """A bound, or an index, as an integer or None.

    Raises
    ------
    Unfit
        If it is not known before the graph runs.
    """
    if bound is None:
        return None
    if not backends.is_symbolic(bound):
        return int(bound)
    backend = backends.of(bound)
    while bound.owner is not None and backend.kind(bound.owner) == 'same':
        bound = bound.owner.inputs[0]
    if not isinstance(bound, backend.Constant):
        raise Unfit
    return int(bound.data)
