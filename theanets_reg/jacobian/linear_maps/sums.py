"""Sums of maps, in the simplest form that they have."""

import functools
import operator

from ... import backends
from .base import LinearMap
from .dense import Dense, Product
from .diagonal import Diagonal, Scaled, squares_of_two

__all__ = ['Sum', 'added']


class Sum(LinearMap):
    """The sum of Scaled maps of one shape that share no factor."""

    closed = True

    def __init__(self, terms):
        self.terms = terms
        self.ndim = terms[0].ndim

    def full(self):
        return functools.reduce(operator.add, [t.full() for t in self.terms])

    def dense(self):
        return Dense(self.full())

    def through(self, function, others=(), exactly=False):
        return Sum([t.through(function, others, exactly) for t in self.terms])

    def squares(self, numbers, valid=None):
        total = 0
        for place, term in enumerate(self.terms):
            total = total + squares_of_two(term, term, valid)
            for other in self.terms[:place]:
                total = total + 2 * squares_of_two(term, other, valid)
        return backends.of(total).not_negative(total)


def added(maps):
    """The sum of maps of one shape, in the simplest form that it has.

    What shares a factor is added before anything is squared, so that nearly
    equal terms don't cancel only after they have been rounded.

    Parameters
    ----------
    maps : list of LinearMap

    Returns
    -------
    total : LinearMap
    """
    terms = []
    for term in _flat(maps):
        for place, other in enumerate(terms):
            merged = _merged(other, term)
            if merged is not None:
                terms[place] = merged
                break
        else:
            terms.append(term)
    return terms[0] if len(terms) == 1 else _together(terms)


def _flat(maps):
    for term in maps:
        for inner in term.terms if isinstance(term, Sum) else [term]:
            yield inner


def _together(terms):
    """A sum of terms that share nothing."""
    closed = [t for t in terms if isinstance(t, (Diagonal, Scaled)) and t.closed]
    if len(closed) == len(terms) and any(isinstance(t, Scaled) for t in terms):
        scaled = [t.times(t.unit_matrix()) if isinstance(t, Diagonal) else t for t in terms]
        if len({t.lead for t in scaled}) == 1:
            return Sum(scaled)
    if all(isinstance(t, Product) and t.matrix.ndim == 2 for t in terms):
        return _side_by_side(terms)
    return Dense(functools.reduce(operator.add, [t.full() for t in terms]))


def _side_by_side(terms):
    """Σ A_j M_j = [A_1 A_2 …] [M_1; M_2; …]."""
    tensor = backends.of(terms[0].array).tensor
    last = terms[0].array.ndim - 1
    return Product(tensor.concatenate([t.array for t in terms], axis=last),
                   tensor.concatenate([t.matrix for t in terms], axis=0))


def _merged(one, other):
    """The sum of two maps that differ in one factor only, or None."""
    rule = _MERGED.get(type(one))
    return rule(one, other) if rule and type(one) is type(other) else None


def _merged_diagonals(one, other):
    if one.index is not other.index or one.rows is not other.rows:
        return None
    return Diagonal(one.value + other.value, one.rows, one.index, one.units)


def _merged_products(one, other):
    if not backends.alike(one.matrix, other.matrix):
        return None
    return Product(one.array + other.array, one.matrix)


def _merged_scaled(one, other):
    if one.lead != other.lead:
        return None
    shared, left, right = [
        backends.alike(getattr(one, name), getattr(other, name))
        for name in ('shared', 'left', 'right')]
    if shared and right:
        return Scaled(one.shared, one.left + other.left, one.lead, one.right)
    if left and right:
        return Scaled(one.shared + other.shared, one.left, one.lead, one.right)
    if left and shared and None not in (one.right, other.right):
        return Scaled(one.shared, one.left, one.lead, one.right + other.right)
    return None


def _merged_dense(one, other):
    if one.right is not None and one.right is other.right:
        return Dense(one.array + other.array, one.right)
    return Dense(one.full() + other.full())


_MERGED = {Diagonal: _merged_diagonals, Product: _merged_products, Scaled: _merged_scaled,
           Dense: _merged_dense}
