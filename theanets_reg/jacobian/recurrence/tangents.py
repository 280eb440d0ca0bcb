"""Tangents, many at once, on their way through the pieces of an unfolded graph."""

from __future__ import annotations

import functools
import operator
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ... import backends
from .apart import Elementwise
from .pieces import Cut, Product

if TYPE_CHECKING:
    from ...backends.types import Variable
    from .pieces import Leaf, Piece, Pieces
    from .sides import Rows
    from .steps import Outside

__all__ = ['Tangents', 'last_derivative']


class Tangents(object):
    """What becomes of the tangents of leaves.

    Parameters
    ----------
    pieces : Pieces
    where : Outside or Inside
    side : Rows or Columns
    targets : list of variables
        What will be asked for.
    seeds : dict of variable -> variable
        Tangents of each leaf, or of each product that is taken for one.
    """

    def __init__(self, pieces: Pieces, where: Outside, side: Rows, targets: Sequence[Variable],
                 seeds: Mapping[Variable, Variable]) -> None:
        self.pieces = pieces
        self.where = where
        self.side = side
        self.seeds = seeds
        self._made: dict[Any, Variable | None] = {}
        self._wide: dict[Any, list[Variable]] = {}
        self._beside: dict[Any, list[Product]] = {}
        for target in targets:
            for place, cuts in pieces.reached(target):
                if isinstance(place, Product) and place.variable not in seeds:
                    beside = self._beside.setdefault((place.source, cuts), [])
                    if place not in beside:
                        beside.append(place)

    def of(self, variable: Variable, cuts: tuple[Cut, ...] = ()) -> Variable | None:
        """Tangents of a variable; None where there are none.

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

    def before_last(self, variable: Variable) -> Variable | None:
        """Those of a variable without its last derivative, which all its terms share."""
        found = [self._at(place, ()) for place, _ in self.pieces.of(variable).terms]
        terms = [tangents for tangents in found if tangents is not None]
        return functools.reduce(operator.add, terms) if terms else None

    def _sum(self, piece: Piece, cuts: tuple[Cut, ...]) -> Variable | None:
        groups: list[tuple[Elementwise, list[Variable]]] = []
        for place, derivative in piece.terms:
            tangents = self._at(place, cuts)
            if tangents is None:
                continue
            for other, group in groups:
                if _alike(derivative, other):
                    group.append(tangents)
                    break
            else:
                groups.append((derivative, [tangents]))
        sums = [(d, functools.reduce(operator.add, group)) for d, group in groups]
        terms = self._together(sums, cuts)
        return functools.reduce(operator.add, terms) if terms else None

    def _together(self, sums: Sequence[tuple[Elementwise, Variable]], cuts: tuple[Cut, ...]
                  ) -> list[Variable]:
        """Tangents times derivatives, as one where the side knows how."""
        terms, pairs = [], []
        for derivative, tangents in sums:
            pair = None
            if type(derivative) is Elementwise and derivative.array is not None:
                pair = self.where.derivatives(derivative.array, cuts), tangents
            if pair and self.side.mixes(*pair):
                pairs.append(pair)
            else:
                terms.append(self._times(derivative, cuts, tangents))
        if len(pairs) > 1:
            return terms + [self.side.mixed(pairs)]
        return terms + [self.side.scale(tangents, here) for here, tangents in pairs]

    def _times(self, derivative: Elementwise, cuts: tuple[Cut, ...],
               tangents: Variable) -> Variable:
        if derivative.array is None:
            return tangents
        here = self.where.derivatives(derivative.array, cuts)
        return derivative.apply(self.side, here, tangents)

    def _at(self, place: Leaf, cuts: tuple[Cut, ...]) -> Variable | None:
        """Tangents of a place."""
        if place.variable in self.seeds:
            return self.where.seed(self.seeds[place.variable], cuts)
        if isinstance(place, Product):
            return self._product(place, cuts)
        if isinstance(place, Cut):
            return self.of(place.source, (place, ) + cuts)
        return None

    def _product(self, place: Product, cuts: tuple[Cut, ...]) -> Variable | None:
        tangents = self.of(place.source, cuts)
        if tangents is None:
            return None
        beside = self._beside[place.source, cuts]
        if len(beside) == 1:
            return self.side.times(tangents, self.where.constant(place.matrix))
        if (place.source, cuts) not in self._wide:
            self._wide[place.source, cuts] = self._parts(tangents, beside)
        return self._wide[place.source, cuts][beside.index(place)]

    def _parts(self, tangents: Variable, beside: Sequence[Product]) -> list[Variable]:
        """Products of the same tangents by several matrices, as one."""
        tensor = self.pieces.backend.tensor
        wide = self.where.constant(tensor.concatenate([p.matrix for p in beside], axis=1))
        made = self.side.times(tangents, wide)
        end, parts = 0, []
        for place in beside:
            start, end = end, end + self.where.constant(place.matrix).shape[1]
            parts.append(self.side.part(made, start, end))
        return parts


def last_derivative(pieces: Pieces, variable: Variable) -> Elementwise | None:
    """The diagonal that a variable ends with, or None if its terms have several, or none."""
    derivatives = [derivative for _, derivative in pieces.of(variable).terms]
    first = derivatives[0]
    if type(first) is not Elementwise or first.array is None:
        return None
    return first if all(_alike(first, other) for other in derivatives[1:]) else None


def _alike(one: Elementwise, other: Elementwise) -> bool:
    if type(one) is not type(other):
        return False
    if None in (one.array, other.array):
        return one.array is other.array
    return backends.alike(one.array, other.array)
