"""The squares of an output, or of a part of it, from those of the states."""

from ..errors import Unfit
from .apart import Elementwise
from .entry import Entry
from .pieces import Cut
from .tangents import Outside, Tangents

__all__ = ['Part']


class Part(object):
    """A part of an output.

    Parameters
    ----------
    recursion : Recursion
    output : variable
    """

    def __init__(self, recursion, output):
        self.backend = recursion.backend
        self.output = output
        self.outside = Outside(self.backend)
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

    def norms(self):
        """A vector (batch,)."""
        if self.by_results:
            group, = self.groups
            single = _single(self.ends, self.output, ())
            terms = [self._of_one(group, *single) if single else
                     self._through(self.ends, group, group.after(), 'result')]
        else:
            terms = [self._through(self.pieces, g, g.before(), 'variable')
                     for g in self.groups] + [self._entering()]
        total = terms[0]
        for term in terms[1:]:
            total = total + term
        return total.astype(self.output.dtype)

    def _of_one(self, group, state, derivatives):
        """Of an elementwise function of one state: only variances are asked for."""
        block = group.parts(group.after(), 'result')[state.variable]
        cuts = derivatives[-1][1]
        start = 0
        for other in group.blocks:
            if other.result is state.variable and other.delay == 1:
                break
            start = start + other.made.shape[2]
        width = block.shape[3]
        whole = group.after()
        count = whole.shape[2]
        flat = whole.reshape((whole.shape[0], whole.shape[1], count * count), ndim=3)
        variances = flat[:, :, start * (count + 1):(start + width) * (count + 1):count + 1]
        variances = self.outside.derivatives(variances, cuts)
        for derivative, inner in derivatives:
            if derivative.array is not None:
                here = self.outside.derivatives(derivative.array, inner)
                variances = variances * self.backend.tensor.sqr(here)
        return variances.sum(axis=[0, 2])

    def _through(self, pieces, group, matrix, name):
        """Σ tr(C P Cᵀ), of all steps."""
        unit = Tangents(pieces, self.outside, [self.output],
                        group.parts(group.unit(), name)).of(self.output)
        if unit is None:
            raise Unfit
        weighed = Tangents(pieces, self.outside, [self.output],
                           group.parts(matrix, name)).of(self.output)
        return self.backend.not_negative((unit * weighed).sum(axis=[0, 2, 3]))

    def _entering(self):
        """Σ ‖D‖², of all steps."""
        unit, weighed = [Tangents(self.pieces, self.outside, [self.output], seeds).of(
            self.output) for seeds in (self.entry.unit(), self.entry.weighed())]
        if unit is None:
            raise Unfit
        like = self.output.dimshuffle(self.pieces.of(self.output).order)
        ones = self.backend.tensor.ones_like(like).dimshuffle(0, 1, 'x', 2)
        return self.backend.not_negative((unit * weighed * ones).sum(axis=[0, 2, 3]))


def _single(pieces, variable, cuts):
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
