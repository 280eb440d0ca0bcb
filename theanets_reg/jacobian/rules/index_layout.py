"""Where the axes of what an index of arrays reads come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...backends.types import Variable

__all__ = ['Layout', 'is_mask']


class Layout(object):
    """Where the axes of ``whole[index]`` come from, by NumPy's rules.

    The arrays of an index are broadcast to one shape. Its axes stand where the first
    array is, or in front of all others where slices part the arrays.

    Parameters
    ----------
    ndim : int
        How many axes the whole has.
    index : list of slice and variable
        For its first axes; a mask is for as many as it has itself.

    Attributes
    ----------
    arrays : list of (axis, variable)
        The arrays, and which axis of the whole each is for: of a mask the first.
    width : int
        How many axes they have together.
    origin : list of (axis, place)
        For each axis of the result the axis of the whole, where a slice leaves it, or
        which of the axes of the arrays it is; None for the other.
    together : bool
        Whether no slice parts the arrays.
    """

    def __init__(self, ndim: int, index: list[Any]) -> None:
        self.arrays: list[tuple[int, Any]] = []
        axis, places, sliced = 0, [], []
        for place, one in enumerate(index):
            if isinstance(one, slice):
                sliced.append((place, axis))
            else:
                places.append(place)
                self.arrays.append((axis, one))
            axis += one.ndim if is_mask(one) else 1
        sliced += [(len(index), a) for a in range(axis, ndim)]
        self.width = max(1 if is_mask(one) else one.ndim for _, one in self.arrays)
        self.together = places[-1] - places[0] == len(places) - 1
        first = places[0] if self.together else 0
        self.origin: list[tuple[int | None, int | None]] = []
        self.origin.extend((a, None) for place, a in sliced if place < first)
        self.origin.extend((None, place) for place in range(self.width))
        self.origin.extend((a, None) for place, a in sliced if place >= first)

    def along(self, place: int) -> list[tuple[Any, int]]:
        """The arrays that have an axis at `place` of their common ones, and that axis."""
        own = [(one, place - self.width + (1 if is_mask(one) else one.ndim))
               for _, one in self.arrays]
        return [(one, axis) for one, axis in own if axis >= 0]

    def moved(self, array: Variable) -> Variable:
        """Rows behind the axes of arrays that are parted, in front of all."""
        if self.together:
            return array
        order = [self.width] + list(range(self.width)) + list(range(self.width + 1, array.ndim))
        return array.dimshuffle(order)

    def moved_back(self, array: Variable) -> Variable:
        """Rows in front of all behind the axes of arrays that are parted."""
        if self.together:
            return array
        order = list(range(1, self.width + 1)) + [0] + list(range(self.width + 1, array.ndim))
        return array.dimshuffle(order)


def is_mask(index: Any) -> bool:
    """Whether an array of an index says of each place whether it is taken."""
    return getattr(index, 'dtype', '') == 'bool'
