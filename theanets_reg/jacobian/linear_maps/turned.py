"""A map whose variable has its two axes in the other order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Callable

from .base import LinearMap
from .dense import Dense

if TYPE_CHECKING:
    from ...backends.types import Variable

__all__ = ['Turned', 'permuted', 'times_from_left']


class Turned(LinearMap):
    """``entry[k, a, b] = inner[k, b, a]``: examples last, where they were first.

    Parameters
    ----------
    inner : LinearMap
        For a variable of two axes.
    """

    ndim = 2

    def __init__(self, inner: LinearMap) -> None:
        self.inner = inner

    def full(self) -> Variable:
        return self.inner.full().dimshuffle(0, 2, 1)

    def dense(self) -> Dense:
        return Dense(self.full())

    def through(self, function: Callable[..., Variable], others: Sequence[Variable] = (),
                exactly: bool = False) -> LinearMap:
        turned = [o.dimshuffle(1, 0) if o.ndim == 2 else o for o in others]
        return Turned(self.inner.through(function, turned, exactly))


def permuted(given: LinearMap, order: Sequence[Any]) -> LinearMap:
    """A map after a dimshuffle; its structure is kept where two axes change places."""
    if list(order) != [1, 0] or type(given) is Dense:
        return given.permuted(order)
    return given.inner if isinstance(given, Turned) else Turned(given)


def times_from_left(given: LinearMap, matrix: Variable) -> LinearMap:
    """The rows, each a matrix, after a product with one that they share: `matrix` times them."""
    return Turned(permuted(given, [1, 0]).times(matrix.T))
