"""Variables that all paths of a gradient go through.

In an order in which every variable comes after what it is made of, those that are
used further on than some place form a cut at that place: no path leads around
them. A cut of one variable is a dominator. The narrowest cut of all may lie at no place
of the order, and is found as that through which a flow is at its greatest.

One cut is enough. Whatever the order, the matrix of a layer, a × b, is multiplied with
something that is as wide as the narrowest layer or wider, m; with a cut there it costs
a · b · m. Two matrices may be multiplied with each other, so that the best order of a
chain costs at least half of that: ``tests/test_cuts.py`` counts all orders.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from .. import backends
from .flow import narrowest
from .independence import reached, sources
from .linear_maps.base import two_axes
from .problem import is_plain
from .sizes import product

if TYPE_CHECKING:
    from ..backends.base import Backend
    from ..backends.types import Variable
    from .problem import Problem
    from .strategies.workspace import Workspace

__all__ = ['Cut', 'cuts']

#: So many variables side by side are looked at as one.
MOST_TOGETHER = 8


class Cut(object):
    """One or several variables that are all that the output knows of the inputs.

    Parameters
    ----------
    variables : list of variables, shape (batch, ...)
    target : variable
    units : int
        How many they hold for each example.

    Attributes
    ----------
    joined : variable, shape (batch, units), or the only variable
    output : variable
        The target, made of `joined`.
    parts : dict of variable -> variable
        What stands for each of several variables in `output`: a part of `joined`.
    is_output : bool
        Whether the target itself is the cut.
    """

    def __init__(self, variables: list[Variable], target: Variable, units: int) -> None:
        self.variables = variables
        self.units = units
        self.key = tuple(variables)
        self.is_output = self.key == (target,)
        self.joined, self.output = variables[0], target
        self.parts: dict[Variable, Variable] = {}
        if len(variables) > 1:
            self._join(target)

    def _join(self, target: Variable) -> None:
        tensor = backends.of(target).tensor
        flat = [two_axes(v) for v in self.variables]
        self.joined = tensor.concatenate(flat, axis=1)
        start = 0
        for variable, one in zip(self.variables, flat):
            part = self.joined[:, start:start + one.shape[1]]
            part = part if variable.ndim == 2 else part.reshape(
                variable.shape, ndim=variable.ndim)
            self.parts[variable] = backends.of(target).fix_broadcast(part, variable.broadcastable)
            start = start + one.shape[1]
        self.output, = backends.replace([target], self.parts)

    def tell_sizes(self, workspace: Workspace) -> None:
        """Let prices know the sizes of the parts of what was joined."""
        for variable, part in self.parts.items():
            for axis, size in enumerate(workspace.sizes.of(variable)):
                workspace.sizes.known[part, axis] = size

    def told(self) -> str:
        """What it is, for people."""
        names = [v.name or 'an unnamed {}'.format(v.type) for v in self.variables]
        return '{} ({} units)'.format(' and '.join(names), self.units)

    def draws_again(self) -> bool:
        """Whether a draw would be made twice, by a copy of its node."""
        backend = backends.of(self.output)
        old = {v for v in backends.ancestors([self.output]) if v.owner is not None and
               backend.is_random(v.owner)}
        return len(self.variables) > 1 and bool(old)


def cuts(problem: Problem, workspace: Workspace, most: int = 3) -> list[Cut]:
    """The narrowest cuts between the inputs and the target of a problem.

    Parameters
    ----------
    problem : Problem
    workspace : Workspace
    most : int
        How many at most.

    Returns
    -------
    cuts : list of Cut
        The narrowest first, the target itself among them.
    """
    paths = _paths(problem)
    width = {v: _units([v], problem, workspace) for v in paths}
    found: dict[tuple[Variable, ...], int] = {}
    for variables in [*_crossings(problem, paths),
                      *narrowest(width, paths, problem.entries, problem.made)]:
        units = [u for u in (width[v] for v in variables) if u is not None]
        if len(units) == len(variables) <= MOST_TOGETHER:
            found.pop(tuple(variables), None)
            found[tuple(variables)] = sum(units)
    ends = tuple(problem.entries)
    # Of several with as many units the last: others may lie before it only.
    by_units = {(found[v], len(v)): v for v in found if v != ends}
    narrow = [by_units[key] for key in sorted(by_units)]
    made = [Cut(list(v), problem.target, found[v]) for v in narrow[:most]]
    for cut in made:
        cut.tell_sizes(workspace)
    return [cut for cut in made if not cut.draws_again()]


def _paths(problem: Problem) -> dict[Variable, list[Variable]]:
    """What lies on a way from an entry to the target, and what it is made of there.

    In an order in which what a variable is made of comes first.
    """
    backend, target = problem.backend, problem.made
    proofs, entries = problem.proofs, problem.entries
    matter = reached(backend, [target])
    between = [v for v in backends.ancestors([target]) if v in matter and (v in entries or (
        any(v in p.batch for p in proofs) and _made_of(backend, v, entries)))]
    on_the_way = set(between)
    return {v: [] if v in entries else [s for s in sources(backend, v) if s in on_the_way]
            for v in between}


def _crossings(problem: Problem,
               paths: Mapping[Variable, list[Variable]]) -> Iterator[list[Variable]]:
    """At each place of the order, what is used behind it."""
    order = list(paths)
    place = {v: i for i, v in enumerate(order)}
    last = {s: place[v] for v, made_of in paths.items() for s in made_of}
    last[problem.made] = len(order)
    # An input is where its paths begin: no cut lies before it.
    for here in range(max(place[e] for e in problem.entries), len(order)):
        yield [v for v in order[:here + 1] if last.get(v, -1) > here]


def _made_of(backend: Backend, variable: Variable, entries: list[Variable]) -> bool:
    return any(e in backends.ancestors([variable]) for e in entries)


def _units(variables: Sequence[Variable], problem: Problem, workspace: Workspace) -> int | None:
    """How many units they have together, if all are examples first."""
    total = 0
    for variable in variables:
        batches = [p.batch.get(variable) for p in problem.proofs]
        plain = [is_plain(b) and not b.axis for b in batches if b is not None]
        count = workspace.assumptions.number(product(workspace.sizes.of(variable)[1:]))
        if not plain or not all(plain) or count is None:
            return None
        total += count
    return total
