"""Forward through time, for a recurrent layer: see :mod:`..recurrence`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .base import Strategy, Way

if TYPE_CHECKING:
    from ...backends.types import Variable
    from ..recurrence.recursion import Recursion

__all__ = ['OverTime']


class OverTime(Strategy):
    """The recursion over time.

    Parameters
    ----------
    recursion : Recursion
    """

    way = Way.RECURSION
    can_be_priced = False
    why = 'examples are independent and the output is made step by step'

    def __init__(self, recursion: Recursion) -> None:
        self.recursion = recursion

    def norms(self) -> list[Variable]:
        return self.recursion.norms()
