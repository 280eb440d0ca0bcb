"""Tangents, many at once, on their way through the pieces of an unfolded graph."""

import functools
import operator

from ... import backends
from .pieces import Cut, Product

__all__ = ['Inside', 'Outside', 'Tangents']


class Outside(object):
    """All steps at once: arrays have the axes time and batch in front.

    Parameters
    ----------
    backend : Backend
    """

    def __init__(self, backend):
        self.backend = backend

    def derivatives(self, array, cuts):
        return functools.reduce(lambda a, cut: a[cut.index], cuts, array)

    def seed(self, array, cuts):
        """Tangents of a leaf: the same for all steps, or cut as the steps are."""
        return array if array.broadcastable[0] else self.derivatives(array, cuts)

    def constant(self, variable):
        return variable


class Inside(object):
    """One step of a loop: arrays have the axis of the batch in front.

    What a step reads stands for something outside; both are noted here as a pair.
    """

    def __init__(self, backend):
        self.backend = backend
        self._outside = Outside(backend)
        self._derivatives, self._steps, self._constants = {}, {}, {}

    def derivatives(self, array, cuts):
        key = (array, ) + tuple(cuts)
        if key not in self._derivatives:
            self._derivatives[key] = self.step_of(self._outside.derivatives(array, cuts))
        return self._derivatives[key]

    def step_of(self, array):
        """What stands for one step of an array (time, ...)."""
        if array not in self._steps:
            self._steps[array] = self.backend.tensor.TensorType(
                array.dtype, array.broadcastable[1:])()
        return self._steps[array]

    def seed(self, array, cuts):
        return array

    def constant(self, variable):
        """What stands for something that is the same at each step."""
        if variable not in self._constants:
            self._constants[variable] = variable.type()
        return self._constants[variable]

    def scan(self, made, state, start):
        """The loop that has `made`, of one step, as its next `state`: all steps."""
        placeholders = list(self._steps.values()) + [state] + list(self._constants.values())

        def advance(*given):
            return backends.replace([made], dict(zip(placeholders, given)))

        found, _ = self.backend.scan(
            advance, sequences=list(self._steps), outputs_info=[start],
            non_sequences=list(self._constants))
        return found[0] if isinstance(found, list) else found


class Tangents(object):
    """What becomes of the tangents of leaves.

    Parameters
    ----------
    pieces : Pieces
    where : Outside or Inside
    targets : list of variables
        What will be asked for.
    seeds : dict of variable -> variable, shape (..., k, units)
        k tangents of each leaf, or of each product that is taken for one.
    """

    def __init__(self, pieces, where, targets, seeds):
        self.backend = pieces.backend
        self.pieces = pieces
        self.where = where
        self.seeds = seeds
        self._made, self._wide = {}, {}
        self._beside = {}
        for target in targets:
            for place, cuts in pieces.reached(target):
                if isinstance(place, Product) and place.variable not in seeds:
                    beside = self._beside.setdefault((place.source, cuts), [])
                    if place not in beside:
                        beside.append(place)

    def of(self, variable, cuts=()):
        """Tangents (..., k, units) of a variable; None where there are none.

        Parameters
        ----------
        variable : variable
        cuts : tuple of Cut
            What is taken of its steps, one after the other.
        """
        key = variable, cuts
        if key not in self._made:
            self._made[key] = self._sum(self.pieces.of(variable), cuts)
        return self._made[key]

    def _sum(self, piece, cuts):
        groups = []
        for place, derivative in piece.terms:
            rows = self._at(place, cuts)
            if rows is None:
                continue
            for other, group in groups:
                if _alike(derivative, other):
                    group.append(rows)
                    break
            else:
                groups.append((derivative, [rows]))
        terms = [self._times(d, cuts, functools.reduce(operator.add, group))
                 for d, group in groups]
        return functools.reduce(operator.add, terms) if terms else None

    def _times(self, derivative, cuts, rows):
        if derivative.array is None:
            return rows
        here = self.where.derivatives(derivative.array, cuts)
        return derivative.apply(self.backend, here, rows)

    def _at(self, place, cuts):
        """Tangents of a place."""
        if place.variable in self.seeds:
            return self.where.seed(self.seeds[place.variable], cuts)
        if isinstance(place, Product):
            return self._product(place, cuts)
        if isinstance(place, Cut):
            return self.of(place.source, (place, ) + cuts)
        return None

    def _product(self, place, cuts):
        rows = self.of(place.source, cuts)
        if rows is None:
            return None
        beside = self._beside[place.source, cuts]
        if len(beside) == 1:
            return self.backend.rows_times(rows, self.where.constant(place.matrix))
        if (place.source, cuts) not in self._wide:
            self._wide[place.source, cuts] = self._parts(rows, beside)
        return self._wide[place.source, cuts][beside.index(place)]

    def _parts(self, rows, beside):
        """Products of the same rows by several matrices, as one."""
        tensor = self.backend.tensor
        wide = self.where.constant(tensor.concatenate([p.matrix for p in beside], axis=1))
        made = self.backend.rows_times(rows, wide)
        ends, parts, last = 0, [], made.ndim - 1
        for place in beside:
            start, ends = ends, ends + self.where.constant(place.matrix.shape[1])
            parts.append(made[tuple([slice(None)] * last + [slice(start, ends)])])
        return parts


def _alike(one, other):
    if type(one) is not type(other):
        return False
    if None in (one.array, other.array):
        return one.array is other.array
    return backends.alike(one.array, other.array)
