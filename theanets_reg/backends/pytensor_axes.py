"""Axes of PyTensor's arrays, joined, split and cut in forms that all its linkers take.

JAX takes no sizes that are computed, even of other sizes, and no slices of a fixed length
that start anywhere.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from pytensor import tensor

from .arrays import Arrays

if TYPE_CHECKING:
    from .types import Node, Variable

__all__ = ['Axes']


class Axes(Arrays):
    """What is done to axes."""

    def new_shape(self, node: Node, old: list[Any], given: Any = None) -> Any:
        op, name = node.op, type(node.op).__name__
        if name == 'JoinDims':
            start, end = op.start_axis, op.start_axis + op.n_axes
            one = functools.reduce(operator.mul, old[start:end])
            return old[:start] + [one] + old[end:]
        if name == 'SplitDims' and given is not None:
            return old[:op.axis] + list(given) + old[op.axis + 1:]
        return given

    def joined_axes(self, array: Variable, start: int, count: int) -> Variable:
        if count == 1 or not self._keeps(array, start, count):
            return super(Axes, self).joined_axes(array, start, count)
        return tensor.join_dims(array, start_axis=start, n_axes=count)

    def split_axis(self, array: Variable, axis: int, parts: Sequence[Any]) -> Variable:
        if len(parts) == 1 or not self._keeps(array, axis, 1):
            return super(Axes, self).split_axis(array, axis, parts)
        return tensor.split_dims(array, list(parts), axis=axis)

    def window(self, array: Variable, axis: int, first: Variable, size: Any) -> Variable:
        if not isinstance(size, int):
            return super(Axes, self).window(array, axis, first, size)
        order = [axis] + [a for a in range(array.ndim) if a != axis]
        taken = array.dimshuffle(order)[first + np.arange(size)]
        return taken.dimshuffle([order.index(a) for a in range(array.ndim)])

    def _keeps(self, array: Variable, start: int, count: int) -> bool:
        """Whether the axes but some are known to be of sizes other than zero.

        The ops that join and split axes, which older PyTensors lack, compute no sizes. But
        they take what the others leave of an array, which fails where one of these is empty.
        """
        others = [self.static_size(array, a) for a in range(array.ndim)
                  if not start <= a < start + count]
        return hasattr(tensor, 'join_dims') and all(others)
