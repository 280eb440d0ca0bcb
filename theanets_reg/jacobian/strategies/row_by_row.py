"""A loop over the rows, where an op has no rule for many at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import backends
from ..chunks import summed_over_steps
from ..linear_maps import Dense
from ..seeds import one_for_each_unit
from .base import Strategy, Way, zeros

if TYPE_CHECKING:
    from ...backends.types import Variable
    from ..problem import Problem
    from .workspace import Workspace

__all__ = ['RowByRow']


class RowByRow(Strategy):
    """One backward pass for each unit of the output, all examples at once."""

    way = Way.ROW_BY_ROW
    can_be_priced = False

    def __init__(self, problem: Problem, workspace: Workspace, barred: str | None = '') -> None:
        super(RowByRow, self).__init__(problem, workspace)
        self.why = 'examples are independent, {}'.format(
            'but ' + barred if barred else 'and it was asked for')

    def unfit(self) -> str | None:
        return None

    def norms(self) -> list[Variable]:
        problem = self.problem
        place = problem.backend.tensor.scalar(dtype='int64')
        # A sum, as there may be none.
        row = one_for_each_unit(problem.target, problem.lead, _One(place)).full().sum(axis=0)
        pullback = problem.pullback()
        made = dict(zip(pullback.reached, backends.replace(
            pullback.results, {pullback.variable: row})))
        sums = [Dense(made[e].dimshuffle('x', *range(made[e].ndim))).squares(
            self.workspace.numbers) for e in problem.entries if e in made]
        steps = problem.backend.tensor.arange(
            problem.backend.tensor.maximum(1, self.count()))
        found = iter(summed_over_steps(problem.backend, sums, place, steps))
        return [next(found) if e in made else zeros(problem) for e in problem.entries]


class _One(object):
    """One row alone."""

    valid = None

    def __init__(self, place: Variable) -> None:
        self.place = place

    def take(self, array: Variable, axis: int) -> Variable:
        part = slice(self.place, self.place + 1)
        return array[(slice(None),) * axis + (part,)]
