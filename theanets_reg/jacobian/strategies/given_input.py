"""Forward through time, of loops that are given what is made of the input.

With v all that they are given, side by side, and R the Jacobian where v is held, the
Jacobian is Φ J_v + R. Its squared norm is

    ⟨J_v J_vᵀ, ΦᵀΦ⟩ + 2 Σ_j ⟨J_v[j], RᵀΦ e_j⟩ + ‖R‖²:

that through v alone, as many cotangents once more, and the recursion.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..linear_maps.base import kept, per_example
from ..pullback import Pullback
from ..seeds import one_for_each_unit
from .base import Way, zeros
from .narrow import Narrow

if TYPE_CHECKING:
    from ...backends.types import Variable
    from ..cuts import Cut
    from ..linear_maps.base import Selection
    from ..problem import Problem
    from ..recurrence.held import Held
    from .over_time import OverTime
    from .workspace import Workspace

__all__ = ['GivenInput']


class GivenInput(Narrow):
    """The recursion over time, and what goes through what loops are given.

    Parameters
    ----------
    problem : Problem
        Of one input.
    workspace : Workspace
    cut : Cut
        What is held.
    held : Held
    over_time : OverTime
        Of the recursion where that is held.
    """

    way = Way.RECURSION
    can_be_priced = False

    def __init__(self, problem: Problem, workspace: Workspace, cut: Cut, held: Held,
                 over_time: OverTime) -> None:
        super(GivenInput, self).__init__(problem, workspace, cut)
        self.held = held
        self.over_time = over_time

    @property
    def why(self) -> str:    # type: ignore[override]
        return 'examples are independent and the output is made step by step, by loops that ' \
            'are given {}'.format(self.cut.told())

    def kept(self) -> int | None:
        return self.over_time.kept()

    def norms(self) -> list[Variable]:
        alone = self.held.freed(self.over_time.norms())
        through = super(Narrow, self).norms()
        return [self.problem.backend.not_negative(one + other.astype(one.dtype))
                for one, other in zip(alone, through)]

    def make(self, rows: Selection) -> list[Variable]:
        alone, = super(GivenInput, self).make(rows)
        return [alone + 2 * self._mixed(rows)]

    def _mixed(self, rows: Selection) -> Variable:
        """What both ways have in common."""
        entry, = self.problem.entries
        forth = self.above().carry(one_for_each_unit(self.cut.joined, rows=rows))
        back = None if forth is None else self._back().carry(forth).get(entry)
        below = Pullback(self.cut.joined, [entry], self.problem.supposed).carry(
            one_for_each_unit(self.cut.joined, rows=rows)).get(entry)
        if forth is None or back is None or below is None:
            return zeros(self.problem)
        products = kept(below.full() * back.full(), rows.valid)
        found, = self.held.freed([per_example(products, 1)])
        return found

    def _back(self) -> Pullback:
        """The pullback from the output to the input where v is held."""
        held, = self.held.held([self.problem.target])
        return self.workspace.once(
            self, 'back', lambda: Pullback(held, self.problem.entries, self.problem.supposed))
