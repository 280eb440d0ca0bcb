"""What a plan has found for one output."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..backends.types import Variable
    from .strategies import Strategy

__all__ = ['Choice']


class Choice(object):
    """The strategies for one output and some of its inputs.

    Attributes
    ----------
    output : variable
    wrts, places : lists
        The inputs, and where they are among all inputs.
    times : int
        How often the output counts.
    options : list of Strategy
        Those that fit, the cheapest first; the first is taken.
    """

    def __init__(self, output: Variable, wrts: list[Variable], places: list[int], times: int,
                 options: list[Strategy]) -> None:
        self.output = output
        self.wrts = wrts
        self.places = places
        self.times = times
        self.options = options

    @property
    def strategy(self) -> Strategy:
        return self.options[0]
