"""The squares of an output, or of a part of it, from those of the states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import Unfit
from .apart import Elementwise
from .entry import Entry
from .pieces import Cut
from .sides import Rows
from .steps import Outside, cut
from .tangents import Tangents

if TYPE_CHECKING:
    from ...backends.types import Variable
    from .group import Group
    from .pieces import Leaf, Pieces
    from .recursion import Recursion

__all__ = ['Part']


class Part(object):
    """A part of an output.

    Parameters
    ----------
    recursion : Recursion
    output : variable
    """

    def __init__(self, recursion: Recursion, output: Variable) -> None:
        self.backend = recursion.backend
        self.output = output
        self.outside, self.rows = Outside(recursion.examples), Rows(self.backend)
        self.pieces, self.ends = recursion.pieces, recursion.ends
        loops = recursion.unfolding.loops
        made = {b.result: loop for loop in loops for b in loop.blocks if b.delay == 1}
        read = {b.variable: loop for loop in loops for b in loop.blocks}
        reached = [p.variable for p, _ in self.ends.reached(output)
                   if p.variable in self.ends.leaves]
        self.by_results = all(v in made for v in reached)
        if self.by_results:
            self.groups = recursion.groups({made[v] for v in reached})
            self.by_results = len(self.groups) == 1
        if not self.by_results:
            reached = [p.variable for p, _ in self.pieces.reached(output)]
            self.groups = recursion.groups({read[v] for v in reached if v in read})
        if not self.groups:
            raise Unfit
        self.entry = None if self.by_results else Entry(
            self.pieces, recursion.wrt, [output], recursion.features)

    def norms(self) -> Variable:
        """A vector (batch,)."""
        single = _single(self.ends, self.output, ()) if self.by_results else None
        if single is not None:
            terms = [self._of_one(self.groups[0], *single)]
        else:
            terms = [self._through(group) for group in self.groups]
        if self.entry is not None:
            terms.append(self._entering(self.entry))
        return self.backend.total(terms).astype(self.output.dtype)

    def _of_one(self, group: Group, state: Leaf, derivatives: Sequence[Any]) -> Variable:
        """Of an elementwise function of one state: only variances are asked for."""
        block = next(b for b in group.blocks
                     if b.result is state.variable and b.delay == 1)
        # Made of what is cut where examples go by chunks, and so not cut itself.
        variances = cut(group.variances(block), derivatives[-1][1])
        for derivative, inner in derivatives:
            if derivative.array is not None:
                here = self.outside.derivatives(derivative.array, inner)
                variances = variances * self.backend.tensor.sqr(here)
        return self.backend.not_negative(variances.sum(axis=[0, 2]))

    def _tangents(self, pieces: Pieces, seeds: Mapping[Variable, Variable]) -> Variable:
        made = Tangents(pieces, self.outside, self.rows, [self.output], seeds).of(self.output)
        if made is None:
            raise Unfit
        return made

    def _through(self, group: Group) -> Variable:
        """Σ tr(C P Cᵀ), of all steps."""
        pieces = self.ends if self.by_results else self.pieces
        matrix = group.after() if self.by_results else group.before()
        unit, weighed = [
            self._tangents(pieces, group.seeds(self.outside, self.rows, a, self.by_results))
            for a in (_at_all_steps(group.unit()), matrix)]
        return self.backend.not_negative((unit * weighed).sum(axis=[0, 1, 3]))

    def _entering(self, entry: Entry) -> Variable:
        """Σ ‖D‖², of all steps."""
        unit, weighed = [
            self._tangents(self.pieces, entry.seeds(self.outside, self.rows, _at_all_steps(a)))
            for a in (entry.unit(), entry.weighed())]
        like = self.output.dimshuffle(self.pieces.of(self.output).order)
        self.outside.examples[like] = 1
        ones = self.backend.tensor.ones_like(like).dimshuffle(0, 'x', 1, 2)
        return self.backend.not_negative((unit * weighed * ones).sum(axis=[0, 1, 3]))


def _at_all_steps(array: Variable) -> Variable:
    return array.dimshuffle('x', *range(array.ndim))


def _single(pieces: Pieces, variable: Variable, cuts: tuple[Cut, ...]) -> Any:
    """The one state that it is an elementwise function of, and the derivatives.

    Each with the cuts between it and the output; None where there are several.
    """
    terms = pieces.of(variable).terms
    if len(terms) > 1 or type(terms[0][1]) is not Elementwise:
        return None
    (place, derivative), = terms
    if place.variable in pieces.leaves:
        return place, [(derivative, cuts)]
    if not isinstance(place, Cut):
        return None
    found = _single(pieces, place.source, (place, ) + cuts)
    return found and (found[0], [(derivative, cuts)] + found[1])
