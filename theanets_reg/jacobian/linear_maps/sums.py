"""Sums of maps, in the simplest form that they have."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Callable

from ... import backends
from .base import LinearMap
from .dense import Dense, Product
from .diagonal import Diagonal
from .scaled import Scaled, squares_of_two
from .turned import Turned

if TYPE_CHECKING:
    from ...backends.types import Variable
    from .base import Numbers

__all__ = ['Sum', 'added']


class Sum(LinearMap):
    """The sum of Scaled maps of one shape that share no factor."""

    closed = True

    def __init__(self, terms: list[Any]) -> None:
        self.terms = terms
        self.ndim = terms[0].ndim

    def full(self) -> Variable:
        return functools.reduce(operator.add, [t.full() for t in self.terms])

    def dense(self) -> Dense:
        return Dense(self.full())

    def through(self, function: Callable[..., Variable], others: Sequence[Variable] = (),
                exactly: bool = False) -> LinearMap:
        return Sum([t.through(function, others, exactly) for t in self.terms])

    def squares(self, numbers: Numbers, valid: Variable | None = None) -> Variable:
        total: Any = 0
        for place, term in enumerate(self.terms):
            total = total + squares_of_two(term, term, numbers, valid)
            for other in self.terms[:place]:
                total = total + 2 * squares_of_two(term, other, numbers, valid)
        return backends.of(total).not_negative(total)


def added(maps: Iterable[LinearMap]) -> LinearMap:
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
    maps = list(maps)
    if all(isinstance(m, Turned) for m in maps):
        return Turned(added(m.inner for m in maps if isinstance(m, Turned)))
    terms: list[Any] = []
    for term in _flat(maps):
        for place, other in enumerate(terms):
            merged = _merged(other, term)
            if merged is not None:
                terms[place] = merged
                break
        else:
            terms.append(term)
    return terms[0] if len(terms) == 1 else _together(terms)


def _flat(maps: Iterable[LinearMap]) -> Iterator[LinearMap]:
    for term in maps:
        for inner in term.terms if isinstance(term, Sum) else [term]:
            yield inner


def _together(terms: list[Any]) -> LinearMap:
    """A sum of terms that share nothing."""
    closed = [t for t in terms if isinstance(t, (Diagonal, Scaled)) and t.closed]
    if len(closed) == len(terms) and any(isinstance(t, Scaled) for t in terms):
        scaled: list[Any] = [
            t.times(t.unit_matrix()) if isinstance(t, Diagonal) else t for t in terms]
        if len({t.lead for t in scaled}) == 1:
            return Sum(scaled)
    if all(isinstance(t, Product) and t.matrix.ndim == 2 for t in terms):
        return _side_by_side(terms)
    return Dense(functools.reduce(operator.add, [t.full() for t in terms]))


def _side_by_side(terms: list[Product]) -> Product:
    """Σ A_j M_j = [A_1 A_2 …] [M_1; M_2; …]."""
    tensor = backends.of(terms[0].array).tensor
    last = terms[0].array.ndim - 1
    return Product(tensor.concatenate([t.array for t in terms], axis=last),
                   tensor.concatenate([t.matrix for t in terms], axis=0))


def _merged(one: Any, other: Any) -> LinearMap | None:
    """The sum of two maps that differ in one factor only, or None."""
    kind = _kind(one)
    rule = _MERGED.get(kind)
    return rule(one, other) if rule and kind is _kind(other) else None


def _kind(term: LinearMap) -> type:
    """Its class, but that of all products is one."""
    return Product if isinstance(term, Product) else type(term)


def _merged_diagonals(one: Diagonal, other: Diagonal) -> Diagonal | None:
    if one.index is not other.index or one.rows is not other.rows:
        return None
    return Diagonal(one.value + other.value, one.rows, one.index, one.units)


def _merged_products(one: Product, other: Product) -> Product | None:
    if not backends.alike(one.matrix, other.matrix):
        return None
    return Product(one.array + other.array, one.matrix)


def _merged_scaled(one: Any, other: Any) -> Scaled | None:
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


def _merged_dense(one: Dense, other: Dense) -> Dense:
    if one.right is not None and one.right is other.right:
        return Dense(one.array + other.array, one.right)
    return Dense(one.full() + other.full())


_MERGED: dict[Any, Any] = {
    Diagonal: _merged_diagonals, Product: _merged_products, Scaled: _merged_scaled,
           Dense: _merged_dense}
