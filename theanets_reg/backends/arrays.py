"""Arrays of a package: their types, their products and their sums."""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .types import Variable

__all__ = ['Arrays']

# How many terms a chain of additions has at most.
FEW_TERMS = 8


class Arrays(object):
    """What is made of arrays, and what their types tell."""

    # Of the class for a package, and of its other bases.
    Assert: Any
    TensorType: Any
    config: Any
    disconnected_grad: Any
    fix_broadcast: Any
    tensor: Any
    with_gradient: Any

    @property
    def floatX(self) -> str:
        """The package's default float type, as configured now."""
        return self.config.floatX

    def is_dense(self, variable: Variable) -> bool:
        """Whether `variable` is an ordinary array, neither sparse nor labelled."""
        return isinstance(variable.type, self.TensorType)

    def static_size(self, variable: Variable, axis: int) -> int | None:
        """The size of an axis where the variable's type tells it, or None."""
        if variable.broadcastable[axis]:
            return 1
        return getattr(variable.type, 'shape', (None,) * variable.ndim)[axis]

    def all_rows_times(self, array: Variable, factor: Any) -> Variable:
        """``array[k] * factor`` for all k."""
        return array * factor.dimshuffle('x', *range(factor.ndim))

    def squares_of_all_rows(self, array: Variable) -> Variable:
        """The sum of ``array[k] ** 2`` over all k."""
        return self.tensor.sqr(array).sum(axis=0)

    def weighed_sums(self, left: Variable, weights: Variable) -> Variable:
        """Σ_k ``left[..., k]`` Σ_u ``weights[k, u]``, in the way that the package does fastest."""
        return (left * weights.sum(axis=1)).sum(axis=left.ndim - 1)

    def weighed_by_products(self, left: Variable, weights: Variable) -> Variable:
        """The same, by products with vectors."""
        ones = self.tensor.ones((weights.shape[1],), dtype=weights.dtype)
        return self.tensor.dot(left, self.tensor.dot(weights, ones))

    def lengths(self, array: Variable) -> list[Any]:
        """The sizes of all axes: numbers where the type tells them, else variables."""
        known = [self.static_size(array, a) for a in range(array.ndim)]
        return [array.shape[a] if n is None else n for a, n in enumerate(known)]

    def joined_axes(self, array: Variable, start: int, count: int) -> Variable:
        """`array` with `count` of its axes, those from `start` on, as one."""
        if count == 1:
            return array
        sizes, end = self.lengths(array), start + count
        one = functools.reduce(operator.mul, sizes[start:end], 1)
        return self._reshaped(array, sizes[:start] + [one] + sizes[end:])

    def split_axis(self, array: Variable, axis: int, parts: Sequence[Any]) -> Variable:
        """`array` with several axes, of the sizes `parts`, in the place of one."""
        if len(parts) == 1:
            return array
        sizes = self.lengths(array)
        return self._reshaped(array, sizes[:axis] + list(parts) + sizes[axis + 1:])

    def _reshaped(self, array: Variable, shape: list[Any]) -> Variable:
        return array.reshape(shape, ndim=len(shape))

    def window(self, array: Variable, axis: int, first: Variable, size: Any) -> Variable:
        """`size` elements along an axis, from the one at `first` on."""
        return array[(slice(None),) * axis + (slice(first, first + size),)]

    def repeated(self, array: Variable, count: Any) -> Variable:
        """An array whose first axis is one as `count` of it."""
        return self.tensor.alloc(array, count, *[array.shape[a] for a in range(1, array.ndim)])

    def first_two_exchanged(self, array: Variable) -> Variable:
        """`array` with its first two axes in the other order."""
        return array.dimshuffle(1, 0, *range(2, array.ndim))

    def turned(self, matrix: Variable) -> Variable:
        """The transpose, row after row in memory where the package asks for that."""
        return matrix.T

    def flat_rows(self, array: Variable) -> Variable:
        """An array with all its axes but the last on one."""
        return self.joined_axes(array, 0, array.ndim - 1)

    def rows_times(self, array: Variable, matrix: Variable, in_one_op: bool = False) -> Variable:
        """One product of all rows of an array by a matrix or a vector.

        Parameters
        ----------
        array : variable, shape (..., units)
        matrix : variable, shape (units, others) or (units,)
        in_one_op : bool
            Whether it shall be one op of the graph, with a gradient of one op each.
        """
        if in_one_op and matrix.ndim == 2:
            return self.with_gradient(self._rows_times, self._rows_slopes, array, matrix)
        return self._rows_times(array, matrix)

    def _rows_slopes(self, array: Variable, matrix: Variable, slopes: Variable) -> list[Variable]:
        outer = self.tensor.dot(self.flat_rows(array).T, self.flat_rows(slopes))
        return [self._rows_times(slopes, matrix.T), outer]

    def _rows_times(self, array: Variable, matrix: Variable) -> Variable:
        made = self.tensor.dot(self.flat_rows(array), matrix)
        made = self.split_axis(made, 0, self.lengths(array)[:-1])
        return self.fix_broadcast(
            made, tuple(array.broadcastable[:-1]) + tuple(matrix.broadcastable[1:]))

    def total(self, terms: Sequence[Variable]) -> Variable:
        """The sum of a list of arrays of one shape.

        The packages make of a chain of additions one op with as many inputs, and
        their Python linkers stop at 32. So many are a product with ones: of a sum
        over a stack the packages would make that chain again.
        """
        if len(terms) <= FEW_TERMS:
            return functools.reduce(operator.add, terms)
        stack = self.tensor.stack([self.joined_axes(t, 0, t.ndim) for t in terms])
        total = self.tensor.dot(self.tensor.ones((len(terms), ), stack.dtype), stack)
        return self.split_axis(total, 0, self.lengths(terms[0]))

    def wide(self, array: Variable) -> Variable:
        """`array` in a type whose squares don't overflow: float16 ends at 65504."""
        return array.astype('float32') if array.dtype == 'float16' else array

    def not_negative(self, variable: Variable) -> Variable:
        """What can't be negative but for rounding: clamped in value only."""
        below = self.disconnected_grad(self.tensor.minimum(variable, 0))
        return variable - below.astype(variable.dtype)

    def check(self, value: Variable, condition: Variable, message: str) -> Variable:
        """`value`, where `condition` holds when the function runs."""
        return self.Assert(message)(value, condition)
