"""The tangents of the input at one step: of its features, or of their products."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from ... import backends
from .apart import Elementwise
from .pieces import Cut, Product

if TYPE_CHECKING:
    from ...backends.base import Backend
    from ...backends.types import Node, Variable
    from .pieces import Pieces
    from .sides import Rows
    from .steps import Outside

__all__ = ['Entry']


class Entry(object):
    """Where the input enters pieces, and the tangents that it does so with.

    Where it goes through a product with one shared matrix W first, the tangents of
    the product do in place of its own, weighed by WᵀW, if that is less work.

    Parameters
    ----------
    pieces : Pieces
    wrt : variable
    targets : list of variables
    features : variable
        How many numbers the input has at one step.
    squared : bool, optional
        Whether a matrix of all pairs of the targets' units is there in any case. Then a
        product that is added to the targets' own costs nothing as WᵀW, however many its
        columns are, and is no product at each step.

    Attributes
    ----------
    products : list of Product
        Those that stand for the input; empty where it stands for itself.
    """

    def __init__(self, pieces: Pieces, wrt: Variable, targets: Sequence[Variable],
                 features: Variable, squared: bool = False) -> None:
        self.backend = pieces.backend
        self.squared = squared
        self.wrt = wrt
        self.features = features
        reached = [p for target in targets for p, _ in pieces.reached(target)]
        products: list[Product] = []
        for place in reached:
            if isinstance(place, Product) and place not in products and \
                    _is_input(pieces, place.source, wrt):
                products.append(place)
        self.products = products if self._fewer(pieces, targets, products) else []

    def _fewer(self, pieces: Pieces, targets: Sequence[Variable],
               products: Sequence[Product]) -> bool:
        """Whether the input enters by products only, with few columns."""
        if not products or any(_reads(pieces, t, self.wrt, products) for t in targets):
            return False
        if self.squared and len(products) == 1 and _is_added(pieces, targets, products[0]):
            return True
        widths = {_base(p.matrix): _shape(_base(p.matrix)) for p in products}
        if None in widths.values():
            return len(products) == 1
        return sum(shape[1] for shape in widths.values()) <= min(
            shape[0] for shape in widths.values())

    def unit(self) -> Variable:
        """One tangent for each number: (k, 1, k)."""
        width = sum(p.matrix.shape[1] for p in self.products) if self.products \
            else self.features
        dtype = self.backend.wide(self.wrt).dtype
        return self.backend.tensor.eye(width, dtype=dtype).dimshuffle(0, 'x', 1)

    def weighed(self) -> Variable:
        """The same, times the products with each other."""
        if not self.products:
            return self.unit()
        tensor = self.backend.tensor
        matrices = [self.backend.wide(p.matrix) for p in self.products]
        wide = matrices[0] if len(matrices) == 1 else tensor.concatenate(matrices, axis=1)
        return tensor.dot(wide.T, wide).dimshuffle(0, 'x', 1)

    def seeds(self, where: Outside, side: Rows, array: Variable) -> dict[Variable, Variable]:
        """An array of tangents by the units that they are of."""
        if not self.products:
            return {self.wrt: array}
        if len(self.products) == 1:
            return {self.products[0].variable: array}
        seeds, end = {}, 0
        for place in self.products:
            start, end = end, end + where.constant(place.matrix).shape[1]
            seeds[place.variable] = side.part(array, start, end)
        return seeds


def _is_added(pieces: Pieces, targets: Sequence[Variable], product: Product) -> bool:
    """Whether nothing but diagonals is between a product and the targets."""
    return any(place is product and type(derivative) is Elementwise
               for target in targets for place, derivative in pieces.of(target).terms)


def _is_input(pieces: Pieces, variable: Variable, wrt: Variable) -> bool:
    """Whether a variable is the input, in whatever order of axes and steps."""
    terms = pieces.of(variable).terms
    if len(terms) > 1 or type(terms[0][1]) is not Elementwise or terms[0][1].array is not None:
        return False
    place = terms[0][0]
    return place.variable is wrt or \
        isinstance(place, Cut) and _is_input(pieces, place.source, wrt)


def _reads(pieces: Pieces, variable: Variable, wrt: Variable,
           products: Collection[Product]) -> bool:
    """Whether a variable reads the input past the products."""
    for place, _ in pieces.of(variable).terms:
        if place in products:
            continue
        source = getattr(place, 'source', None)
        if place.variable is wrt or source is not None and _reads(
                pieces, source, wrt, products):
            return True
    return False


def _base(matrix: Variable) -> Variable:
    """The matrix that a slice is of, or that ``tensordot`` has given its own shape."""
    backend = backends.of(matrix)
    while matrix.owner is not None and _keeps_axes(backend, matrix.owner):
        matrix = matrix.owner.inputs[0]
    return matrix


def _keeps_axes(backend: Backend, node: Node) -> bool:
    kind = backend.kind(node)
    if kind == 'dimshuffle':
        return backend.order(node) == [0, 1]
    return kind in ('subtensor', 'reshape') and node.inputs[0].ndim == 2


def _shape(matrix: Variable) -> Any:
    """The shape of a shared variable: it chooses a way and proves nothing."""
    if isinstance(matrix, backends.of(matrix).SharedVariable):
        return matrix.get_value(borrow=True).shape
    return None
