"""The norms of one example, where the output reads no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import backends
from .base import Strategy

if TYPE_CHECKING:
    from ...backends.types import Variable
    from ..size import Size

__all__ = ['Alone']


class Alone(Strategy):
    """Zeros, but for one example.

    Parameters
    ----------
    strategy : Strategy
        For the example.
    wrt : variable
    index : slice
        Where it is in `wrt`.
    """

    can_be_priced = False
    supposed: list[tuple[Any, Size]] = []

    def __init__(self, strategy: Strategy, wrt: Variable, index: slice) -> None:
        self.strategy = strategy
        self.wrt = wrt
        self.index = index
        self.way = strategy.way
        self.why = 'one example alone is read, and ' + strategy.why
        self.supposed = strategy.supposed

    def norms(self) -> list[Variable]:
        backend = backends.of(self.wrt)
        found, = self.strategy.norms()
        zeros = backend.tensor.zeros((self.wrt.shape[0], ), dtype=found.dtype)
        return [backend.tensor.set_subtensor(zeros[self.index], found)]

    def kept(self) -> int | None:
        return self.strategy.kept()
