"""From the output's side: cotangents for all of its units, many at once."""

from ..errors import Unsupported
from ..linear_maps import WHOLE
from ..seeds import one_for_each_unit
from .base import Strategy, Way, zeros

__all__ = ['ClosedForm', 'Rows']


class Rows(Strategy):
    """All rows of the Jacobian, or as many at a time as fit into memory."""

    way = Way.ROWS

    def unfit(self):
        try:
            self.maps(WHOLE)
        except Unsupported as error:
            return '{} has no rule for many rows at once'.format(error)

    @property
    def why(self):
        return 'examples are independent, and the output has few units to start from'

    def maps(self, rows):
        """What arrives at each input that is reached."""
        problem = self.problem
        return self.workspace.once(problem, 'rows', rows, lambda: problem.pullback().carry(
            one_for_each_unit(problem.target, problem.lead, rows)))

    def carriers(self):
        return [self.problem.pullback()]

    def make(self, rows):
        arrived = self.maps(rows)
        return [arrived[entry].squares(self.workspace.numbers, rows.valid)
                if entry in arrived else zeros(self.problem)
                for entry in self.problem.entries]


class ClosedForm(Rows):
    """Products of diagonals and shared matrices, squared where they stand."""

    way = Way.CLOSED

    def unfit(self):
        reason = super(ClosedForm, self).unfit()
        if reason is None and not all(m.closed for m in self.maps(WHOLE).values()):
            reason = 'more than one layer, or one that mixes its units, is between them'
        return reason

    @property
    def why(self):
        return 'the output is an elementwise function of {}'.format(
            'the input' if self._elementwise() else 'dot(input, W)')

    def _elementwise(self):
        return not any(hasattr(m, 'shared') or hasattr(m, 'terms')
                       for m in self.maps(WHOLE).values())

    def chunk_size(self):
        return None
