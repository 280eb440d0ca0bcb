"""Which way to take for each output and input: the cheapest that is proven right."""

from collections import OrderedDict

from .. import backends
from .. import matching
from . import recurrence
from .costs import BATCH, Assumptions, price
from .cuts import cuts
from .errors import Unproven
from .independence import Proof
from .literal import add
from .problem import Problem, is_plain
from .strategies import (
    BUDGET, ClosedForm, Columns, Literal, Narrow, Nothing, OverTime, RowByRow, Rows,
    Workspace)
from .wording import is_slow, told

__all__ = ['Plan']

class Choice(object):
    """The strategies for one output and some of its inputs.

    Attributes
    ----------
    output : variable
    wrts, places : lists
        The inputs, and where they are among all inputs.
    times : int
        How often the output counts.
    options : list of Strategy
        Those that fit, the cheapest first; the first is taken.
    """

    def __init__(self, output, wrts, places, times, options):
        self.output = output
        self.wrts = wrts
        self.places = places
        self.times = times
        self.options = options

    @property
    def strategy(self):
        return self.options[0]



class Plan(object):
    """The cheapest ways that the graph proves right.

    Parameters
    ----------
    outputs, wrts : lists of float tensor variables
    chunk_size : int, optional
        How many rows at a time. By default as many as fit into the memory.

    Attributes
    ----------
    choices : list of Choice
    """

    def __init__(self, outputs, wrts, chunk_size=None, batch=BATCH):
        self.backend = backends.of(*outputs)
        self.wrts = wrts
        assumptions = Assumptions(wrts, batch)
        assumptions.learn(outputs)
        self.workspace = Workspace(self.backend, assumptions, chunk_size, BUDGET)
        self.choices = []
        for output in OrderedDict.fromkeys(outputs):
            self._add(output, outputs.count(output))
        _share(self.choices, self.workspace)

    def _add(self, output, times):
        """Choose for one output, which counts `times` times."""
        groups = OrderedDict()
        for place, wrt in enumerate(self.wrts):
            found = self._prove(output, wrt)
            if isinstance(found, Proof):
                groups.setdefault(found.batch[output].axis, []).append((place, found))
            else:
                self.choices.append(Choice(output, [wrt], [place], times, [found]))
        for members in groups.values():
            places = [p for p, _ in members]
            wrts = [self.wrts[p] for p in places]
            problem = Problem(output, wrts, [proof for _, proof in members])
            options = _options(problem, self.workspace)
            self.choices.append(Choice(output, wrts, places, times, options))

    def _prove(self, output, wrt):
        """The Proof or, where there is no choice, the Strategy."""
        if wrt not in backends.ancestors([output]):
            return Nothing(output, wrt, 'the one does not depend on the other')
        if wrt.ndim == 0 or output.ndim == 0:
            return Literal(output, wrt, 'the {} is a scalar'.format(
                'input' if wrt.ndim == 0 else 'output'))
        try:
            proof = Proof([output], wrt)
            if output not in proof.batch:
                return Nothing(output, wrt, 'no gradient flows between them')
            if not is_plain(proof.batch[output]):
                raise Unproven(output.owner, 'leaves the examples merged with others on one '
                                             'axis (give the output before that)')
        except Unproven as end:
            return Literal(output, wrt, end.reason, end.node)
        recursion = recurrence.find(proof, output, wrt)
        return proof if recursion is None else OverTime(recursion)

    def norms(self):
        """Vector (batch,) for each of the inputs."""
        terms = [[] for _ in self.wrts]
        for choice in self.choices:
            for place, norms in zip(choice.places, choice.strategy.norms()):
                terms[place].append(norms if choice.times == 1 else norms * choice.times)
        return [add(t, wrt) for t, wrt in zip(terms, self.wrts)]

    def told(self, names):
        """What :func:`.wording.told` says of each output and input: a list."""
        return [told(c.output, w, c.strategy, names) for c in self.choices for w in c.wrts]

    def warn(self, names):
        """One warning for all that has to take a slow way."""
        slow = OrderedDict.fromkeys(
            told(c.output, w, c.strategy, names) for c in self.choices for w in c.wrts
            if is_slow(c.output, c.strategy))
        if slow:
            matching.warn('squared_norms: {}'.format('. '.join(slow)))


def _options(problem, workspace):
    """The strategies that fit a problem, the cheapest first."""
    closed = ClosedForm(problem, workspace)
    if closed.unfit() is None:
        return [closed]
    rows = Rows(problem, workspace)
    barred = rows.unfit()
    candidates = [rows, Columns(problem, workspace)]
    if problem.lead == 1:
        candidates += [Narrow(problem, workspace, cut) for cut in cuts(problem, workspace)]
    fitting = [c for c in candidates if c.unfit() is None]
    if not fitting:
        return [RowByRow(problem, workspace, barred)]
    return sorted(fitting, key=lambda strategy: strategy.price().total)


def _share(choices, workspace):
    """Let outputs share what pays only for all of them together."""
    open_choices = [c for c in choices if len(c.options) > 1]
    if len(open_choices) < 2:
        return
    best = _together(open_choices, workspace)
    improved = True
    while improved:
        improved = False
        for choice in open_choices:
            for option in list(choice.options[1:]):
                before = list(choice.options)
                choice.options = [option] + [o for o in before if o is not option]
                total = _together(open_choices, workspace)
                if total < best:
                    best, improved = total, True
                else:
                    choice.options = before
                if improved:
                    break


def _together(choices, workspace):
    """What the first options cost, with what they share counted once."""
    outputs = [n for c in choices for n in c.strategy.whole()]
    given = set()
    for choice in choices:
        given |= choice.strategy.problem.given()
    return price(outputs, given, workspace.assumptions).total
