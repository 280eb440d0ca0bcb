"""Where there is nothing to compute, or the definition is all that is certain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..linear_maps.base import per_example
from ..literal import literal
from .base import Strategy, Way

if TYPE_CHECKING:
    from ...backends.types import Node, Variable
    from ..size import Size

__all__ = ['Each', 'Literal', 'Nothing']


class Nothing(Strategy):
    """Zeros.

    Parameters
    ----------
    output, wrt : variables
    why : str
    """

    way = Way.NOTHING
    can_be_priced = False
    supposed: list[tuple[Any, Size]] = []

    def __init__(self, output: Variable, wrt: Variable, why: str) -> None:
        self.output = output
        self.wrt = wrt
        self.why = why

    def norms(self) -> list[Variable]:
        return [per_example(self.wrt.zeros_like())]


class Literal(Nothing):
    """The definition.

    Parameters
    ----------
    output, wrt : variables
    why : str
    node : apply node or None
        Where the proof ended.
    """

    way = Way.LITERAL

    def __init__(self, output: Variable, wrt: Variable, why: str,
                 node: Node | None = None) -> None:
        super(Literal, self).__init__(output, wrt, why)
        self.node = node

    def norms(self) -> list[Variable]:
        return literal([self.output], [self.wrt])


class Each(Strategy):
    """A strategy of its own for each input.

    Parameters
    ----------
    strategies : list of Strategy
    """

    can_be_priced = False
    supposed: list[tuple[Any, Size]] = []

    def __init__(self, strategies: list[Strategy]) -> None:
        self.strategies = strategies
        self.way = strategies[0].way
        self.why = strategies[0].why

    def norms(self) -> list[Variable]:
        return [norms for s in self.strategies for norms in s.norms()]
