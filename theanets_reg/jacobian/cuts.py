"""Variables that all paths of a gradient go through.

In an order in which every variable comes after what it is made of, those that are
used further on than some place form a cut at that place: no path leads around
them. A cut of one variable is a dominator.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from .. import backends
from .independence import sources
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
    is_output : bool
        Whether the target itself is the cut.
    """

    def __init__(self, variables: list[Variable], target: Variable, units: int) -> None:
        self.variables = variables
        self.units = units
        self.key = tuple(variables)
        self.is_output = self.key == (target,)
        self.joined, self.output = variables[0], target
        if len(variables) > 1:
            self._join(target)

    def _join(self, target: Variable) -> None:
        tensor = backends.of(target).tensor
        flat = [two_axes(v) for v in self.variables]
        self.joined = tensor.concatenate(flat, axis=1)
        parts, start = {}, 0
        for variable, one in zip(self.variables, flat):
            part = self.joined[:, start:start + one.shape[1]]
            part = part if variable.ndim == 2 else part.reshape(
                variable.shape, ndim=variable.ndim)
            parts[variable] = backends.of(target).fix_broadcast(part, variable.broadcastable)
            start = start + one.shape[1]
        self.output, = backends.replace([target], parts)

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
    found = {}
    for variables in _crossings(problem):
        if len(variables) > MOST_TOGETHER:
            continue
        units = _units(variables, problem, workspace)
        if units is not None and tuple(variables) not in found:
            found[tuple(variables)] = units
    ends = tuple(problem.entries)
    # Of several with as many units the last: others may lie before it only.
    by_units = {(found[v], len(v)): v for v in found if v != ends}
    narrow = [by_units[key] for key in sorted(by_units)]
    made = [Cut(list(v), problem.target, found[v]) for v in narrow[:most]]
    return [cut for cut in made if not cut.draws_again()]


def _crossings(problem: Problem) -> Iterator[list[Variable]]:
    """At each place of the order, what is used behind it."""
    backend, target = problem.backend, problem.made
    proofs, entries = problem.proofs, problem.entries
    between = [v for v in backends.ancestors([target]) if v in entries or (
        any(v in p.batch for p in proofs) and _made_of(backend, v, entries))]
    matter = _reached(backend, target)
    between = [v for v in between if v in matter]
    place = {v: i for i, v in enumerate(between)}
    last = {}
    for variable in between:
        for source in sources(backend, variable):
            if source in place:
                last[source] = place[variable]
    last[target] = len(between)
    # An input is where its paths begin: no cut lies before it.
    for here in range(max(place[e] for e in entries), len(between)):
        yield [v for v in between[:here + 1] if last.get(v, -1) > here]


def _made_of(backend: Backend, variable: Variable, entries: list[Variable]) -> bool:
    return any(e in backends.ancestors([variable]) for e in entries)


def _reached(backend: Backend, target: Variable) -> set[Variable]:
    found, stack = set(), [target]
    while stack:
        variable = stack.pop()
        if variable not in found:
            found.add(variable)
            stack.extend(sources(backend, variable))
    return found


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
