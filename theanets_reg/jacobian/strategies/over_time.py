"""Forward through time, for a recurrent layer: see :mod:`..recurrence`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .base import Strategy, Way

if TYPE_CHECKING:
    from ...backends.types import Variable
    from ..recurrence.recursion import Recursion
    from ..size import Size

__all__ = ['OverTime']


class OverTime(Strategy):
    """The recursion over time.

    Parameters
    ----------
    recursion : Recursion
    supposed : list of (symbol, Size)
    """

    way = Way.RECURSION
    can_be_priced = False
    why = 'examples are independent and the output is made step by step'

    supposed: list[tuple[Any, Size]] = []

    def __init__(self, recursion: Recursion, supposed: list[tuple[Any, Size]]) -> None:
        self.recursion = recursion
        self.supposed = supposed

    def norms(self) -> list[Variable]:
        return self.recursion.norms()
