"""Rows without structure, and their product with a matrix that waits."""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Callable

from ... import backends
from .base import LinearMap, kept, per_example, spread, unit
from .grams import grams_of_rows, norms_of_rows

if TYPE_CHECKING:
    from ...backends.types import Variable
    from .base import Numbers

__all__ = ['Dense', 'Product']


class Dense(LinearMap):
    """``entry[k, *l, *u] = array[k, *l, *u] * right[*l, *u]``.

    Parameters
    ----------
    array : variable, shape (rows, *lead, *units)
    right : variable, broadcast to (*lead, *units), optional
        A factor that all rows have, multiplied only if something needs it: the
        squares of all rows are added up before they meet that of the factor.
    """

    def __init__(self, array: Variable, right: Variable | None = None) -> None:
        self.array = array
        self.right = right
        self.ndim = array.ndim - 1
        self._full = array if right is None else None

    def full(self) -> Variable:
        if self._full is None:
            self._full = backends.of(self.array).all_rows_times(self.array, self.right)
        return self._full

    def dense(self) -> Dense:
        return self

    def times(self, matrix: Variable) -> LinearMap:
        return Product(self.full(), matrix)

    def through(self, function: Callable[..., Variable], others: Sequence[Variable] = (),
                exactly: bool = False) -> LinearMap:
        if exactly or not others:
            return Dense(function(self.full(), *[spread(o, 0) for o in others]))
        one = unit(self.array, self.ndim)
        return Dense(self.array, function(one if self.right is None else self.right, *others))

    def reshaped(self, shape: Any, ndim: int, stays: Any) -> LinearMap:
        full = self.full()
        whole = [full.shape[0]] + [shape[a] for a in range(ndim)]
        return Dense(full.reshape(whole, ndim=ndim + 1))

    def permuted(self, order: Sequence[Any]) -> LinearMap:
        moved = self.full().dimshuffle(0, *[o if o == 'x' else o + 1 for o in order])
        return Dense(moved)

    def squares(self, numbers: Numbers, valid: Variable | None = None) -> Variable:
        backend = backends.of(self.array)
        if self.right is None:
            squares = kept(backend.tensor.sqr(backend.wide(self.array)), valid)
            return per_example(squares, 1)
        array = kept(backend.wide(self.array), valid)
        right = backend.tensor.sqr(backend.wide(self.right))
        return per_example(backend.squares_of_all_rows(array) * right, 0)

    def gram(self, numbers: Numbers) -> Variable:
        backend = backends.of(self.array)
        left = right = backend.wide(self.array)
        if self.right is not None:
            left = left * spread(backend.tensor.sqr(backend.wide(self.right)), 0)
        return backend.batched_dot(
            _rows_of_examples(left), _rows_of_examples(right).dimshuffle(0, 2, 1))


class Product(LinearMap):
    """``dot(array, matrix)``, multiplied only if something needs it.

    A row r of the product has the squared norm ``dot(dot(r, G), r)`` with
    ``G = dot(matrix, matrix.T)``, where r itself may be much shorter.

    Parameters
    ----------
    array : variable, shape (rows, *lead, units)
    matrix : matrix or vector variable, shape (units, others) or (units,)

    Attributes
    ----------
    in_one_op : bool
        Whether the multiplication shall be one op of the graph, where ordinary ones
        would make a graph too deep for the package's own gradient.
    """

    in_one_op = False

    def __init__(self, array: Variable, matrix: Variable) -> None:
        self.array = array
        self.matrix = matrix
        self.ndim = array.ndim + matrix.ndim - 3
        self._full = None

    def full(self) -> Variable:
        if self._full is None:
            self._full = backends.of(self.array).rows_times(
                self.array, self.matrix, self.in_one_op)
        return self._full

    def dense(self) -> Dense:
        return Dense(self.full())

    def through(self, function: Callable[..., Variable], others: Sequence[Variable] = (),
                exactly: bool = False) -> LinearMap:
        if not self.same_for_all_units(others):
            return self.dense().through(function, others, exactly)
        return Product(function(self.array, *[spread(o, 0) for o in others]), self.matrix)

    def same_for_all_units(self, others: Sequence[Variable]) -> bool:
        """Whether factors are the same for all that the matrix makes."""
        return self.matrix.ndim == 2 and all(
            o.ndim in (0, self.ndim) and all(o.broadcastable[-1:]) for o in others)

    def squares(self, numbers: Numbers, valid: Variable | None = None) -> Variable:
        if not self.gram_is_cheaper(numbers):
            return self.dense().squares(numbers, valid)
        return per_example(kept(self.squares_by_gram(), valid), 1)

    def squares_by_gram(self) -> Variable:
        """The squared norm of each row, shape (rows, *lead)."""
        wide = backends.of(self.array).wide
        return norms_of_rows(wide(self.array), wide(self.matrix))

    def gram(self, numbers: Numbers) -> Variable:
        # Rows of several axes are laid on one first.
        if self.array.ndim != 3 or not self.gram_is_cheaper(numbers):
            return self.dense().gram(numbers)
        wide = backends.of(self.array).wide
        return grams_of_rows(wide(self.array), wide(self.matrix))

    def gram_is_cheaper(self, numbers: Numbers) -> bool:
        """Whether it is to take the rows by a Gram matrix.

        By the count of multiply-adds; also where a size is not known.
        """
        if self.matrix.ndim == 1:
            return False
        lines = self.lines(numbers)
        units, others = numbers(self.matrix, 0), numbers(self.matrix, 1)
        if None in lines or None in (units, others):
            return True
        count = functools.reduce(operator.mul, lines, 1)
        return units * units * (others + count) < count * units * others

    def lines(self, numbers: Numbers) -> list[Any]:
        """The numbers of rows, of examples and of whatever leads, or None for each."""
        return [numbers(self.array, axis) for axis in range(self.array.ndim - 1)]


def _rows_of_examples(array: Variable) -> Variable:
    """(rows, batch, *units) as (batch, rows, all units)."""
    turned = array.dimshuffle(1, 0, *range(2, array.ndim))
    if turned.ndim == 2:
        return turned.dimshuffle(0, 1, 'x')
    if turned.ndim == 3:
        return turned
    return backends.of(array).joined_axes(turned, 2, turned.ndim - 2)

