"""Where there is nothing to compute, or the definition is all that is certain."""

from ..linear_maps.base import per_example
from ..literal import literal
from .base import Strategy, Way

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

    def __init__(self, output, wrt, why):
        self.output = output
        self.wrt = wrt
        self.why = why

    def norms(self):
        if not self.wrt.ndim:
            return [self.wrt.zeros_like().reshape((1,))]
        return [per_example(self.wrt.zeros_like(), 0)]


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

    def __init__(self, output, wrt, why, node=None):
        super(Literal, self).__init__(output, wrt, why)
        self.node = node

    def norms(self):
        return literal([self.output], [self.wrt])


class Each(Strategy):
    """A strategy of its own for each input.

    Parameters
    ----------
    strategies : list of Strategy
    """

    can_be_priced = False

    def __init__(self, strategies):
        self.strategies = strategies
        self.way = strategies[0].way
        self.why = strategies[0].why

    def norms(self):
        return [norms for s in self.strategies for norms in s.norms()]
