"""Through a layer that all paths go through: half from below, half from above.

With v between, ‖J‖² = ⟨J_v J_vᵀ, J_outᵀ J_out⟩: two Gram matrices of the size of v
for each example, made from as many cotangents and as many tangents as v has
units. The first is shared among all outputs behind v, the second among all
inputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..errors import Unsupported
from ..linear_maps import Dense, Whole
from ..linear_maps.base import kept, per_example
from ..pullback import Pullback
from ..pushforward import Pushforward
from ..seeds import one_for_each_unit, unit_count
from .base import Strategy, Way, zeros

if TYPE_CHECKING:
    from ...backends.types import Variable
    from ..cuts import Cut
    from ..linear_maps.base import Selection
    from ..problem import Problem
    from .workspace import Workspace

__all__ = ['Narrow']


class Narrow(Strategy):
    """Through one variable or several side by side.

    Parameters
    ----------
    problem : Problem
    workspace : Workspace
    cut : Cut
    """

    way = Way.NARROW

    def __init__(self, problem: Problem, workspace: Workspace, cut: Cut) -> None:
        super(Narrow, self).__init__(problem, workspace)
        self.cut = cut

    @property
    def why(self) -> str:    # type: ignore[override]
        return 'examples are independent and all that the output knows of the input ' \
            'goes through {}'.format(self.cut.told())

    def unfit(self) -> str | None:
        try:
            self.whole()
        except Unsupported as error:
            return '{} has no rule for many rows at once'.format(error)
        return None

    def below(self) -> list[Any]:
        """J_v J_vᵀ for each input, (batch, units of v, units of v), or None."""
        problem, workspace = self.problem, self.workspace

        def make() -> list[Any]:
            pullback = Pullback(self.cut.joined, problem.entries, problem.supposed)
            maps = pullback.carry(one_for_each_unit(self.cut.joined))
            return [maps[e].gram(workspace.numbers) if e in maps else None
                    for e in problem.entries]
        return workspace.once(self.cut.key, tuple(problem.entries), 'below', make)

    def above(self) -> Pushforward:
        """The pushforward from v to the output."""
        return self.workspace.once(
            self.problem, self.cut.key, 'above',
            lambda: Pushforward(self.cut.output, self.cut.joined))

    def carriers(self) -> Sequence[Pullback | Pushforward]:
        return [self.above()]

    def count(self) -> Variable:
        return unit_count(self.cut.joined)

    def make(self, rows: Selection) -> list[Variable]:
        if self.cut.is_output:
            return [self._trace(gram) for gram in self.below()]
        columns = self.above().carry(one_for_each_unit(self.cut.joined, rows=rows))
        norms = self._by_grams if isinstance(rows, Whole) else self._by_columns
        return [zeros(self.problem) if None in (gram, columns) else
                norms(gram, columns, rows) for gram in self.below()]

    def norms(self) -> list[Variable]:
        # What a part of the units of v adds may well be negative, the sum is not.
        return [self.problem.backend.not_negative(norms)
                for norms in super(Narrow, self).norms()]

    def _by_grams(self, gram: Variable, columns: Any, rows: Selection) -> Variable:
        """⟨M, JᵀJ⟩, with both Gram matrices at once."""
        upper = columns.gram(self.workspace.numbers)
        return (gram * upper).sum(axis=[1, 2])

    def _by_columns(self, gram: Variable, columns: Any, rows: Selection) -> Variable:
        """Σ_j ⟨J e_j, J M e_j⟩ over some of the units of v."""
        seed = rows.take(gram.dimshuffle(1, 0, 2), 0)
        backend, joined = self.problem.backend, self.cut.joined
        seed = backend.split_axis(seed, 2, backend.lengths(joined)[1:])
        seed = backend.fix_broadcast(seed, (False, ) + tuple(joined.broadcastable))
        mixed: Any = self.above().carry(Dense(seed))
        products = kept(columns.full() * mixed.full(), rows.valid)
        return per_example(products, 1)

    def _trace(self, gram: Variable | None) -> Variable:
        if gram is None:
            return zeros(self.problem)
        unit = self.problem.backend.tensor.eye(gram.shape[1], dtype=gram.dtype)
        return (gram * unit.dimshuffle('x', 0, 1)).sum(axis=[1, 2])

    def chunk_size(self) -> Any:
        if self.cut.is_output:
            return None
        return super(Narrow, self).chunk_size()
