"""From the input's side: tangents for all of its units, many at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..chunks import in_chunks
from ..errors import Unsupported
from ..seeds import one_for_each_unit, unit_count
from .base import Strategy, Way, zeros

if TYPE_CHECKING:
    from ...backends.types import Variable
    from ..linear_maps.base import Selection
    from ..pullback import Pullback
    from ..pushforward import Pushforward

__all__ = ['Columns']


class Columns(Strategy):
    """All columns of the Jacobian, or as many at a time as fit into memory.

    Each input has columns of its own: they are summed one input after the other.
    """

    way = Way.COLUMNS
    why = 'examples are independent, and the input has few units to start from'

    def unfit(self) -> str | None:
        try:
            self.whole()
        except Unsupported as error:
            return '{} has no rule for many columns at once'.format(error)
        return None

    def carriers(self) -> Sequence[Pullback | Pushforward]:
        return [self.problem.pushforward(p) for p in range(len(self.problem.entries))]

    def make_one(self, place: int, rows: Selection) -> Variable:
        """The norms by one input, from some of its columns."""
        problem = self.problem
        seed = one_for_each_unit(problem.entries[place], problem.entry_leads[place], rows)
        arrived = problem.pushforward(place).carry(seed)
        if arrived is None:
            return zeros(problem)
        return arrived.squares(self.workspace.numbers, rows.valid)

    def make(self, rows: Selection) -> list[Variable]:
        return [self.make_one(place, rows) for place in range(len(self.problem.entries))]

    def norms(self) -> list[Variable]:
        size = self.chunk_size()
        if size is None:
            return self.whole()
        problem, norms = self.problem, []
        for place, (entry, lead) in enumerate(zip(problem.entries, problem.entry_leads)):
            norms += in_chunks(
                problem.backend, unit_count(entry, lead), size,
                lambda rows, place=place: [    # type: ignore[misc]
                    self.make_one(place, rows)])
        return norms

    def count(self) -> Variable:
        problem = self.problem
        return problem.backend.tensor.maximum(0, sum(
            unit_count(e, lead) for e, lead in zip(problem.entries, problem.entry_leads)))
