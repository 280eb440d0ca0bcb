"""Which way to take for each output and input: the cheapest that is proven right."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .. import backends, messages
from . import recurrence
from .assumptions import Assumptions
from .choice import Choice
from .cuts import Cut, cuts
from .errors import Unproven
from .independence import Proof
from .literal import add
from .maps import without_maps
from .one_example import of_one_example
from .problem import Problem
from .progress import tell_plan
from .sharing import share
from .strategies import (
    Alone,
    ClosedForm,
    Columns,
    Each,
    GivenInput,
    Literal,
    Narrow,
    Nothing,
    OverTime,
    RowByRow,
    Rows,
    Way,
    Workspace,
)
from .supposed import checked, proven
from .wording import is_slow, priced, told

if TYPE_CHECKING:
    from ..backends.types import Variable
    from .limits import Limits
    from .recurrence import Held, Recursion
    from .size import Size
    from .strategies.base import Strategy

__all__ = ['Plan']

FORCED = 'it was asked for'

#: So many states for each row let rows through a loop take less time than the recursion:
#: ``benchmarks/recurrent_jacobian.py``, the last step and a head on it.
STATES_FOR_A_ROW = 3

#: Of so many inputs at most ways through a layer are looked at: each has a half.
MOST_INPUTS = 8


class Plan(object):
    """The cheapest ways that the graph proves right.

    Parameters
    ----------
    outputs, wrts : lists of float tensor variables
    limits : Limits

    Attributes
    ----------
    choices : list of Choice
    """

    def __init__(self, outputs: list[Variable], wrts: list[Variable], limits: Limits) -> None:
        tell_plan(outputs, wrts)
        self.backend = backends.of(*outputs)
        self.wrts = wrts
        self.limits = limits
        assumptions = Assumptions(wrts, limits.batch, limits.size)
        assumptions.learn(outputs)
        self.workspace = Workspace(self.backend, assumptions, limits.chunk_size,
                                   limits.budget(outputs[0].dtype))
        self.choices: list[Choice] = []
        for output in OrderedDict.fromkeys(outputs):
            self._add(output, outputs.count(output))
        share(self.choices, self.workspace)

    def _add(self, output: Variable, times: int) -> None:
        """Choose for one output, which counts `times` times."""
        named, output = output, without_maps(output, self.wrts)
        groups: dict[int, list[Any]] = OrderedDict()
        for place, wrt in enumerate(self.wrts):
            found = self._prove(output, wrt)
            if isinstance(found, Proof):
                groups.setdefault(found.batch[output].axis, []).append((place, found))
            else:
                options = self._wanted(output, [*found, Literal(output, wrt, FORCED)])
                self.choices.append(Choice(named, [wrt], [place], times, options[:1]))
        for members in groups.values():
            places = [p for p, _ in members]
            wrts = [self.wrts[p] for p in places]
            problem = Problem(output, wrts, [proof for _, proof in members])
            options = self._options(problem)
            self.choices.append(Choice(named, wrts, places, times, options))

    def _prove(self, output: Variable, wrt: Variable) -> Any:
        """The Proof or, where the choice is made here, the strategies, the best first."""
        if wrt not in backends.ancestors([output]):
            return [Nothing(output, wrt, 'the one does not depend on the other')]
        if wrt.ndim == 0 or output.ndim == 0:
            return [Literal(output, wrt, 'the {} is a scalar'.format(
                'input' if wrt.ndim == 0 else 'output'))]
        try:
            proof = proven(output, wrt)
        except Unproven as end:
            return [self._alone(output, wrt) or Literal(output, wrt, end.reason, end.node)]
        if output not in proof.batch:
            return [Nothing(output, wrt, 'no gradient flows between them')]
        recursion = recurrence.find(proof, output, wrt)
        if recursion is not None:
            over_time = self._over_time(output, proof, recursion)
            return self._or_rows(output, wrt, proof, over_time, recursion)
        if self.limits.way not in (None, Way.RECURSION):
            return proof
        held = recurrence.hold(proof, output, wrt)
        given = None if held is None else self._given_input(output, wrt, proof, held)
        return proof if given is None else self._or_rows(
            output, wrt, proof, given, given.held.recursion)

    def _over_time(self, output: Variable, proof: Proof, recursion: Recursion) -> OverTime:
        budget = self.limits.memory and self.limits.budget(output.dtype)
        return OverTime(recursion, list(proof.supposed.items()), self.workspace, budget)

    def _given_input(self, output: Variable, wrt: Variable, proof: Proof,
                     held: Held) -> GivenInput | None:
        """The recursion of loops that are given what is made of the input, if it fits."""
        problem = Problem(output, [wrt], [proof])
        units = [self.workspace.sizes.axis(v, 1) for v in held.variables]
        cut = Cut(list(held.variables), problem.target,
                  sum(map(self.workspace.assumptions.guess, units)))
        cut.tell_sizes(self.workspace)
        found = GivenInput(problem, self.workspace, cut, held,
                           self._over_time(output, proof, held.recursion))
        fits = problem.lead == 1 and not cut.draws_again() and found.unfit() is None
        return found if fits else None

    def _or_rows(self, output: Variable, wrt: Variable, proof: Proof, over_time: Strategy,
                 recursion: Recursion) -> list[Strategy]:
        """The recursion, and rows through the loops where an output has fewer of them."""
        if output.ndim > 2:
            return [over_time]
        rows = Rows(Problem(output, [wrt], [proof]), self.workspace)
        few = self._are_few(rows, recursion)
        # A way that was asked for may be this one; else rows that are many are not even built.
        if not few and self.limits.way is None or rows.unfit() is not None:
            return [over_time]
        return [rows, over_time] if few else [over_time, rows]

    def _are_few(self, rows: Rows, recursion: Recursion) -> bool:
        """Whether an output is known to have few units for so many states."""
        count, states = self.workspace.number_of(rows.count()), 0
        for size in recursion.widths():
            width = self.workspace.assumptions.number(size)
            if width is None:
                return False
            states += width
        return count is not None and STATES_FOR_A_ROW * count <= states

    def _alone(self, output: Variable, wrt: Variable) -> Strategy | None:
        """The way for the one example that an output reads, if it reads one only."""
        one = of_one_example(output, wrt)
        if one is None:
            return None
        choice, = Plan([one.output], [one.wrt], self.limits).choices
        literal = choice.strategy.way is Way.LITERAL
        return None if literal else Alone(choice.strategy, wrt, one.place)

    def _options(self, problem: Problem) -> list[Strategy]:
        """The strategies that fit a problem, the cheapest first."""
        workspace = self.workspace
        closed = ClosedForm(problem, workspace)
        if closed.unfit() is None and self.limits.way in (None, Way.CLOSED):
            return [closed]
        candidates: list[Strategy] = [Rows(problem, workspace), Columns(problem, workspace)]
        barred = candidates[0].unfit()
        if problem.lead == 1 and len(problem.wrts) <= MOST_INPUTS:
            candidates += [Narrow(problem, workspace, cut)
                           for cut in cuts(problem, workspace)]
        fitting = [c for c in candidates if c.unfit() is None]
        fitting.sort(key=lambda strategy: strategy.price().total)
        last = RowByRow(problem, workspace, barred)
        if self.limits.way is None:
            return fitting or [last]
        literals: list[Strategy] = [Literal(problem.output, w, FORCED) for w in problem.wrts]
        return self._wanted(problem.output, fitting + [last, Each(literals)])

    def _wanted(self, output: Variable, options: list[Strategy]) -> list[Strategy]:
        """Those of the way that was asked for, if one was."""
        way = self.limits.way
        if way is None or options[0].way is Way.NOTHING:
            return options
        found = [o for o in options if o.way is way]
        if not found:
            raise ValueError(
                'squared_norms: the strategy {!r} is not proven right for {}; there are: '
                '{}'.format(way.value, output.name or 'this output', messages.listed(
                    OrderedDict.fromkeys(o.way.value for o in options))))
        return found[:1]

    def norms(self) -> list[Variable]:
        """Vector (batch,) for each of the inputs."""
        terms: list[list[Variable]] = [[] for _ in self.wrts]
        supposed: dict[tuple[Any, Size], None] = OrderedDict()
        for choice in self.choices:
            for place, norms in zip(choice.places, choice.strategy.norms()):
                terms[place].append(norms if choice.times == 1 else norms * choice.times)
            supposed.update(OrderedDict.fromkeys(choice.strategy.supposed))
        return [checked(add(t, wrt), supposed) for t, wrt in zip(terms, self.wrts)]

    def told(self, names: Mapping[Variable, str]) -> list[str]:
        """What :func:`.wording.told` says of each output and input: a list."""
        return [told(c.output, w, c.strategy, names) + priced(c.options, self.workspace)
                for c in self.choices for w in c.wrts]

    def warn(self, names: Mapping[Variable, str]) -> None:
        """One warning for all that has to take a slow way."""
        slow = OrderedDict.fromkeys(
            told(c.output, w, c.strategy, names) for c in self.choices for w in c.wrts
            if is_slow(c.output, c.strategy))
        if slow:
            messages.warn('squared_norms: {}'.format('. '.join(slow)))
