"""Diagonal · shared matrix · diagonal · shared matrix · diagonal.

The diagonal in the middle differs from example to example. It can be multiplied with
what stands on its left, and makes rows for each example of the first matrix; or both
matrices can be multiplied first, unit by unit, so that what remains is one product of
the diagonals of all examples by one matrix that they share. Both ways take as many
multiply-adds, and write (rows, examples, units) or (rows, units, others) elements.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Callable

from ... import backends
from .base import LinearMap, kept, per_example, unit
from .dense import Dense, Product
from .grams import norms_of_scaled

if TYPE_CHECKING:
    from ...backends.types import Variable
    from .base import Numbers

__all__ = ['Between', 'ScaledProduct']


class ScaledProduct(Product):
    """A Scaled map with a right factor, times a shared matrix, not multiplied yet.

    Parameters
    ----------
    scaled : Scaled, its shared matrix of shape (rows, units), its right factor given
    matrix : matrix variable, shape (units, others)
    """

    def __init__(self, scaled: Any, matrix: Variable) -> None:
        self.scaled = scaled
        self.matrix = matrix
        self.ndim = scaled.ndim
        self._array: Any = None
        self._full = None

    @property
    def array(self) -> Variable:
        """The rows that the matrix waits for, shape (rows, *lead, units)."""
        if self._array is None:
            self._array = self.scaled.full()
        return self._array

    def through(self, function: Callable[..., Variable], others: Sequence[Variable] = (),
                exactly: bool = False) -> LinearMap:
        if exactly or not others:
            return super(ScaledProduct, self).through(function, others, exactly)
        if self.same_for_all_units(others):
            return ScaledProduct(self.scaled.through(function, others), self.matrix)
        one = unit(self.matrix, self.ndim)
        return Between(self, function(one, *others))

    def squares(self, numbers: Numbers, valid: Variable | None = None) -> Variable:
        if self.gram_is_cheaper(numbers):
            return per_example(self._squares_of_rows(valid), 1)
        if self.is_narrow(numbers):
            return per_example(self.squares_of_columns(valid), 0)
        return self.dense().squares(numbers, valid)

    def is_narrow(self, numbers: Numbers) -> bool:
        """Whether the matrix has fewer columns than there are examples."""
        lines, others = self.lines(numbers)[1:], numbers(self.matrix, 1)
        return None not in lines and others is not None and \
            others < functools.reduce(operator.mul, lines, 1)

    def lines(self, numbers: Numbers) -> list[Any]:
        right, shared = self.scaled.right, self.scaled.shared
        return [numbers(shared, 0)] + [numbers(right, a) for a in range(self.scaled.lead)]

    def _squares_of_rows(self, valid: Variable | None) -> Variable:
        """Σ over the columns of the squares, shape (rows, *lead), by a Gram matrix.

        What is on the left is a factor of a whole row, and meets its square.
        """
        scaled, lead = self.scaled, list(range(self.scaled.lead))
        backend = backends.of(self.matrix)
        right, *others = [backend.wide(v) for v in (scaled.right, scaled.shared, self.matrix)]
        norms = norms_of_scaled(others[0], backend.flat_rows(right), others[1])
        norms = backend.split_axis(norms, 1, backend.lengths(right)[:-1])
        norms = backend.fix_broadcast(norms, (False, ) + tuple(right.broadcastable[:-1]))
        factors = backend.tensor.sqr(backend.wide(scaled.left))
        return kept(norms * factors.dimshuffle(scaled.lead, *lead), valid)

    def squares_of_columns(self, valid: Variable | None) -> Variable:
        """Σ over the rows of the squares, shape (*lead, others)."""
        backend, scaled = backends.of(self.matrix), self.scaled
        lead, tensor = list(range(scaled.lead)), backend.tensor
        parts = [backend.lengths(scaled.shared)[0], backend.lengths(self.matrix)[1]]
        shared, matrix = backend.wide(scaled.shared), backend.wide(self.matrix)
        pairs = shared.T.dimshuffle(0, 1, 'x') * matrix.dimshuffle(0, 'x', 1)
        pairs = backend.joined_axes(pairs, 1, 2)
        right = backend.wide(scaled.right)
        made = backend.rows_times(right, pairs)
        squares = tensor.sqr(backend.split_axis(made, made.ndim - 1, parts))
        factors = tensor.sqr(backend.wide(scaled.left))
        if valid is not None:
            factors = tensor.switch(valid, factors, tensor.zeros_like(factors))
        return (squares * factors.dimshuffle(*[*lead, scaled.lead, 'x'])).sum(axis=scaled.lead)


class Between(LinearMap):
    """A ScaledProduct, and a factor for each example behind it.

    Parameters
    ----------
    product : ScaledProduct
    outer : variable, broadcast to (*lead, others)
    """

    def __init__(self, product: ScaledProduct, outer: Variable) -> None:
        self.product = product
        self.outer = outer
        self.ndim = product.ndim
        self._dense: Dense | None = None

    def full(self) -> Variable:
        return self.dense().full()

    def dense(self) -> Dense:
        if self._dense is None:
            self._dense = Dense(self.product.full(), self.outer)
        return self._dense

    def through(self, function: Callable[..., Variable], others: Sequence[Variable] = (),
                exactly: bool = False) -> LinearMap:
        if exactly or not others:
            return self.dense().through(function, others, exactly)
        return Between(self.product, function(self.outer, *others))

    def squares(self, numbers: Numbers, valid: Variable | None = None) -> Variable:
        if not self.product.is_narrow(numbers):
            return self.dense().squares(numbers, valid)
        backend = backends.of(self.outer)
        outer = backend.tensor.sqr(backend.wide(self.outer))
        return per_example(self.product.squares_of_columns(valid) * outer, 0)
