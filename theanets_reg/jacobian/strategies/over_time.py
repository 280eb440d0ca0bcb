"""Forward through time, for a recurrent layer: see :mod:`..recurrence`."""

from .base import Strategy, Way

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

    def __init__(self, recursion):
        self.recursion = recursion

    def norms(self):
        return self.recursion.norms()
