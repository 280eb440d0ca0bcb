"""From the output's side: cotangents for all of its units, many at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..errors import Unsupported
from ..linear_maps import WHOLE
from ..seeds import one_for_each_unit
from .base import Strategy, Way, zeros

if TYPE_CHECKING:
    from ...backends.types import Variable
    from ..linear_maps import LinearMap
    from ..linear_maps.base import Selection
    from ..pullback import Pullback
    from ..pushforward import Pushforward

__all__ = ['ClosedForm', 'Rows']


class Rows(Strategy):
    """All rows of the Jacobian, or as many at a time as fit into memory."""

    way = Way.ROWS

    def unfit(self) -> str | None:
        try:
            self.maps(WHOLE)
        except Unsupported as error:
            return '{} has no rule for many rows at once'.format(error)
        return None

    @property
    def why(self) -> str:    # type: ignore[override]
        return 'examples are independent, and the output has few units to start from'

    def maps(self, rows: Selection) -> dict[Variable, LinearMap]:
        """What arrives at each input that is reached."""
        problem = self.problem
        return self.workspace.once(problem, 'rows', rows, lambda: problem.pullback().carry(
            one_for_each_unit(problem.target, problem.lead, rows)))

    def carriers(self) -> Sequence[Pullback | Pushforward]:
        return [self.problem.pullback()]

    def make(self, rows: Selection) -> list[Variable]:
        arrived = self.maps(rows)
        return [arrived[entry].squares(self.workspace.numbers, rows.valid)
                if entry in arrived else zeros(self.problem)
                for entry in self.problem.entries]


class ClosedForm(Rows):
    """Products of diagonals and shared matrices, squared where they stand."""

    way = Way.CLOSED

    def unfit(self) -> str | None:
        reason = super(ClosedForm, self).unfit()
        if reason is None and not all(m.closed for m in self.maps(WHOLE).values()):
            reason = 'more than one layer, or one that mixes its units, is between them'
        return reason

    @property
    def why(self) -> str:    # type: ignore[override]
        return 'the output is an elementwise function of {}'.format(
            'the input' if self._elementwise() else 'dot(input, W)')

    def _elementwise(self) -> bool:
        return not any(hasattr(m, 'shared') or hasattr(m, 'terms')
                       for m in self.maps(WHOLE).values())

    def chunk_size(self) -> Any:
        return None
