"""A matrix that all examples share, between two diagonals."""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Callable

from ... import backends
from .base import LinearMap, kept, per_example, two_axes, unit
from .between import ScaledProduct
from .dense import Dense

if TYPE_CHECKING:
    from ...backends.types import Variable
    from .base import Numbers

__all__ = ['Scaled', 'squares_of_two']


class Scaled(LinearMap):
    """``entry[k, *l, *u] = left[*l, k] * shared[k, *u] * right[*l, *u]``.

    Parameters
    ----------
    shared : variable, shape (rows, *units)
    left : variable, shape (*lead, rows)
    lead : int
        How many lead axes there are.
    right : variable, broadcast to (*lead, *units), optional
    """

    closed = True

    def __init__(self, shared: Variable, left: Variable, lead: int,
                 right: Variable | None = None) -> None:
        self.shared = shared
        self.left = left
        self.lead = lead
        self.right = right
        self.ndim = lead + shared.ndim - 1

    def full(self) -> Variable:
        return self._full(self.left)

    def _full(self, left: Variable) -> Variable:
        units = self.shared.ndim - 1
        shared = self.shared.dimshuffle(0, *['x'] * self.lead + list(range(1, units + 1)))
        made = shared * left.dimshuffle(self.lead, *list(range(self.lead)) + ['x'] * units)
        if self.right is None:
            return made
        return backends.of(made).all_rows_times(made, self.right)

    def dense(self) -> Dense:
        return Dense(self.full())

    def times(self, matrix: Variable) -> LinearMap:
        if self.shared.ndim != 2 or matrix.ndim != 2:
            return self.dense().times(matrix)
        if self.right is not None and not self.right.broadcastable[self.lead]:
            return ScaledProduct(self, matrix)
        backend = backends.of(matrix)
        product = backend.tensor.dot(backend.wide(self.shared), backend.wide(matrix))
        return Scaled(product, self.left, self.lead, self.right)

    def through(self, function: Callable[..., Variable], others: Sequence[Variable] = (),
                exactly: bool = False) -> LinearMap:
        if not others:
            left = function(self.left)
            shared, right = [v if v is None else v.astype(left.dtype)
                             for v in (self.shared, self.right)]
            return Scaled(shared, left, self.lead, right)
        one = unit(self.left, self.ndim)
        right = function(one if self.right is None else self.right, *others)
        if all(right.broadcastable[:self.lead]):
            # The same for all examples: it is one matrix with what they share.
            alike = right.dimshuffle('x', *range(self.lead, self.ndim))
            return Scaled(self.shared * alike, self.left, self.lead)
        return Scaled(self.shared, self.left, self.lead, right)

    def reshaped(self, shape: Any, ndim: int, stays: Any) -> LinearMap:
        if stays.last() and self.shared.ndim == 2:
            return self._with_lead(
                [shape[a] for a in range(ndim - 1)]
            ) or self.dense().reshaped(shape, ndim, stays)
        if stays.first(self.lead):
            return self._with_units(
                [shape[a] for a in range(self.lead, ndim)]
            ) or self.dense().reshaped(shape, ndim, stays)
        return self.dense().reshaped(shape, ndim, stays)

    def _with_lead(self, lead: list[Any]) -> Scaled | None:
        """Other lead axes, or None where the right factor is broadcast along them."""
        rows, units = self.shared.shape[0], self.shared.shape[1]
        right = self.right
        if right is not None:
            if any(right.broadcastable):
                return None
            right = right.reshape(lead + [units], ndim=len(lead) + 1)
        left = self.left.reshape(lead + [rows], ndim=len(lead) + 1)
        return Scaled(self.shared, left, len(lead), right)

    def _with_units(self, units: list[Any]) -> Scaled | None:
        """Other axes of units, or None where the right factor is broadcast along them."""
        right, lead = self.right, self.lead
        if right is not None:
            if any(right.broadcastable):
                return None
            front = [right.shape[a] for a in range(lead)]
            right = right.reshape(front + units, ndim=lead + len(units))
        shared = self.shared.reshape([self.shared.shape[0]] + units, ndim=1 + len(units))
        return Scaled(shared, self.left, lead, right)

    def permuted(self, order: Sequence[Any]) -> LinearMap:
        front, back = order[:self.lead], order[self.lead:]
        apart = set(front) == set(range(self.lead)) and 'x' not in back and \
            sorted(back) == list(range(self.lead, self.ndim))
        if not apart:
            return self.dense().permuted(order)
        shared = self.shared.dimshuffle(0, *[1 + a - self.lead for a in back])
        left = self.left.dimshuffle(*list(front) + [self.lead])
        right = self.right if self.right is None else self.right.dimshuffle(*order)
        return Scaled(shared, left, self.lead, right)

    def squares(self, numbers: Numbers, valid: Variable | None = None) -> Variable:
        return squares_of_two(self, self, numbers, valid)

    def gram(self, numbers: Numbers) -> Variable:
        if self.lead != 1:
            return self.dense().gram(numbers)
        backend = backends.of(self.shared)
        left, flat = backend.wide(self.left), backend.wide(two_axes(self.shared))
        outer = left.dimshuffle(0, 1, 'x') * left.dimshuffle(0, 'x', 1)
        if self.right is None:
            return outer * backend.tensor.dot(flat, flat.T)
        right = backend.tensor.sqr(backend.wide(self.right))
        if all(right.broadcastable[1:]):
            return outer * backend.tensor.dot(flat, flat.T) * right.dimshuffle(0, 'x', 'x')
        return outer * self._weighed_pairs(backend.tensor, flat, right)

    def _weighed_pairs(self, tensor: Any, flat: Variable, right: Variable) -> Variable:
        """Σ_u right[b, u] shared[k, u] shared[l, u], as one product for all examples.

        Every pair of rows is a column of it.
        """
        backend = backends.of(flat)
        rows = backend.lengths(flat)[0]
        pairs = flat.dimshuffle(0, 'x', 1) * flat.dimshuffle('x', 0, 1)
        pairs = backend.joined_axes(pairs, 0, 2)
        shape = [self.shared.shape[a] for a in range(1, self.shared.ndim)]
        ones = tensor.ones(shape, dtype=right.dtype).dimshuffle('x', *range(len(shape)))
        made = tensor.dot(two_axes(right * ones), pairs.T)
        made = backend.split_axis(made, 1, [rows, rows])
        return backend.fix_broadcast(made, (right.broadcastable[0], False, False))


def squares_of_two(one: Scaled, other: Scaled, numbers: Numbers,
                   valid: Variable | None = None) -> Variable:
    """Σ over rows and units of the products of two Scaled maps, shape (batch,)."""
    backend = backends.of(one.shared)
    tensor, wide = backend.tensor, backend.wide
    left = kept(wide(one.left) * wide(other.left), valid, one.lead)
    weights = wide(one.shared) * wide(other.shared)
    rights = [wide(t.right) for t in (one, other) if t.right is not None]
    if not rights:
        # Of two maps there may be many, and sums over an axis are added up in one op.
        sums = backend.weighed_sums if one is other else backend.weighed_by_products
        return per_example(sums(left, two_axes(weights)), 0)
    right = functools.reduce(operator.mul, rights)
    if all(right.broadcastable[one.lead:]):
        factor = right.dimshuffle(*range(one.lead))
        return per_example(
            backend.weighed_by_products(left, two_axes(weights)) * factor, 0)
    units = list(range(one.lead, one.ndim))
    if not any(right.broadcastable) and _has_few_rows(one.shared, numbers):
        made = tensor.tensordot(right, weights, axes=[units, list(range(1, weights.ndim))])
        return per_example((made * left).sum(axis=one.lead), 0)
    made = tensor.tensordot(left, weights, axes=[[one.lead], [0]]) * right
    return per_example(made.sum(axis=units), 0)


def _has_few_rows(shared: Variable, numbers: Numbers) -> bool:
    """Whether there are fewer rows than units, so that sums over units write less."""
    rows, *units = [numbers(shared, axis) for axis in range(shared.ndim)]
    return None not in (rows, *units) and rows < functools.reduce(operator.mul, units, 1)
