"""Diagonals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Callable

from ... import backends
from .base import WHOLE, LinearMap, Whole, per_example
from .dense import Dense
from .scaled import Scaled

if TYPE_CHECKING:
    from ...backends.types import Variable
    from .base import Numbers, Selection

__all__ = ['Diagonal']


class Diagonal(LinearMap):
    """Row *k* holds ``value[..., k]`` at unit ``index[k]``.

    Parameters
    ----------
    value : variable, shape (*lead, rows)
    rows : Whole or Chunk, optional
        Those of the rows that are wanted.
    index : integer vector variable, optional
        By default row k is at unit k.
    units : integer scalar variable, optional
        How many units there are. By default as many as rows.
    """

    def __init__(self, value: Variable, rows: Selection = WHOLE, index: Variable | None = None,
                 units: Variable | None = None) -> None:
        self.value = value
        self.rows = rows
        self.index = index
        self.units = units
        self.ndim = value.ndim

    @property
    def closed(self) -> bool:    # type: ignore[override]
        return isinstance(self.rows, Whole)

    def full(self) -> Variable:
        return self.times(self.unit_matrix()).full()

    def dense(self) -> Dense:
        return Dense(self.full())

    def unit_matrix(self) -> Variable:
        """The unit matrix, of the size of its units."""
        count = self.value.shape[self.value.ndim - 1] if self.units is None else self.units
        return backends.of(self.value).tensor.eye(count, dtype=self.value.dtype)

    def times(self, matrix: Variable) -> LinearMap:
        shared = matrix if self.index is None else matrix[self.index]
        last = self.value.ndim - 1
        if matrix.ndim == 1:
            vector = self.value * shared
            return Dense(self.rows.take(vector, last).dimshuffle(last, *range(last)))
        return Scaled(self.rows.take(shared, 0), self.rows.take(self.value, last), last)

    def through(self, function: Callable[..., Variable], others: Sequence[Variable] = (),
                exactly: bool = False) -> LinearMap:
        if self.index is not None:
            others = [o if not o.ndim or o.broadcastable[-1] else
                      o[tuple([slice(None)] * (o.ndim - 1)) + (self.index,)] for o in others]
        return self._with(function(self.value, *others))

    def reshaped(self, shape: Any, ndim: int, stays: Any) -> LinearMap:
        if not stays.last():
            return self.dense().reshaped(shape, ndim, stays)
        rows = self.value.shape[self.value.ndim - 1]
        lead = [shape[a] for a in range(ndim - 1)]
        return self._with(self.value.reshape(lead + [rows], ndim=ndim))

    def permuted(self, order: Sequence[Any]) -> LinearMap:
        if list(order[-1:]) != [self.ndim - 1]:
            return self.dense().permuted(order)
        return self._with(self.value.dimshuffle(*order))

    def selected(self, index: Variable, units: Variable) -> Diagonal:
        """The rows after their units were put at `index` of so many others."""
        if self.index is not None:
            index = index[self.index]
        return Diagonal(self.value, self.rows, index, units)

    def _with(self, value: Variable) -> Diagonal:
        return Diagonal(value, self.rows, self.index, self.units)

    def squares(self, numbers: Numbers, valid: Variable | None = None) -> Variable:
        if not self.closed:
            return self.dense().squares(numbers, valid)
        backend = backends.of(self.value)
        return per_example(backend.tensor.sqr(backend.wide(self.value)), 0)

    def gram(self, numbers: Numbers) -> Variable:
        if self.index is not None or not self.closed:
            return self.dense().gram(numbers)
        squares = backends.of(self.value).tensor.sqr(self.value)
        return squares.dimshuffle(0, 1, 'x') * self.unit_matrix()
