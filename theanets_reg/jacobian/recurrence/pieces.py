"""What an unfolded graph is made of: pieces between variables that it passes.

Between its *places* (the input, the states that steps read, the products with
shared matrices, the cuts of the time axis) each step of each example is a
function of its own, mostly elementwise.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ... import backends
from ..errors import Unfit
from ..independence import sources
from .apart import Matrix, local

if TYPE_CHECKING:
    from ...backends.types import Node, Variable
    from .apart import Elementwise
    from .clock import Clock
    from .unfolding import Unfolding

__all__ = ['Cut', 'Leaf', 'Pieces', 'Product', 'mixed']


class Leaf(object):
    """Where tangents come from: the input, or a state.

    Attributes
    ----------
    variable : variable of 3 dimensions
    order : list of int
        Where time, batch and units are in it.
    clock : Clock
    """

    def __init__(self, variable: Variable, order: list[int], clock: Clock) -> None:
        self.variable = variable
        self.order = order
        self.clock = clock


class Product(Leaf):
    """``dot(source, matrix)``, with a matrix that all steps and examples share."""

    def __init__(self, variable: Variable, piece: Piece, source: Variable,
                 matrix: Variable) -> None:
        super(Product, self).__init__(variable, piece.order, piece.clock)
        self.source = source
        self.matrix = matrix


class Cut(Leaf):
    """A part of the steps of `source`, or the same in another order."""

    def __init__(self, variable: Variable, piece: Piece, source: Variable, index: slice,
                 clock: Clock) -> None:
        super(Cut, self).__init__(variable, piece.order, clock)
        self.source = source
        self.index = index


class Piece(object):
    """How a variable depends on the places next to it.

    Attributes
    ----------
    order : list of int
        Where the variable has time, batch and units.
    terms : list of (place, derivatives)
    clock : Clock
    """

    def __init__(self, order: list[int], terms: list[tuple[Leaf, Elementwise]]) -> None:
        clocks = {place.clock for place, _ in terms}
        if len(clocks) != 1:
            # It reads the input at two different steps.
            raise Unfit
        self.order = order
        self.terms = terms
        self.clock, = clocks


class Pieces(object):
    """The pieces of an unfolded graph, found as they are asked for.

    Parameters
    ----------
    unfolding : Unfolding
    leaves : list of Leaf
    """

    def __init__(self, unfolding: Unfolding, leaves: Sequence[Leaf]) -> None:
        self.backend = unfolding.backend
        self.sizes = unfolding.sizes
        self.factors = unfolding.products.factors
        self.leaves = OrderedDict((leaf.variable, leaf) for leaf in leaves)
        self._places: dict[Variable, Leaf | None] = {}
        self._pieces: dict[Variable, Piece] = {}
        self._moving: dict[Variable, bool] = {}
        self._reached: dict[Variable, list[tuple[Leaf, tuple[Cut, ...]]]] = {}

    def of(self, variable: Variable) -> Piece:
        """The Piece that makes a variable."""
        if variable not in self._pieces:
            self._pieces[variable] = self._piece(variable)
        return self._pieces[variable]

    def moves(self, variable: Variable) -> bool:
        """Whether a gradient may flow from a variable to a leaf."""
        for v in backends.ancestors([variable], self._moving):
            self._moving[v] = v in self.leaves or any(
                self._moving.get(s) for s in sources(self.backend, v)) and \
                self.backend.kind(v.owner) != 'scan'
        return self._moving[variable]

    def place(self, variable: Variable) -> Leaf | None:
        """The place that a variable is, or None."""
        if variable in self.leaves:
            return self.leaves[variable]
        if variable not in self._places:
            node = variable.owner
            found: Leaf | None = None
            if variable in self.factors:
                found = self._product(variable, *self.factors[variable])
            elif node is not None and self.backend.kind(node) == 'subtensor':
                found = self._cut(variable, node)
            self._places[variable] = found
        return self._places[variable]

    def _product(self, variable: Variable, left: Variable, right: Variable) -> Product | None:
        if self.moves(right) or not self.moves(left):
            return None
        piece = self.of(left)
        return Product(variable, piece, left, right) if piece.order[2] == 2 else None

    def _cut(self, variable: Variable, node: Node) -> Cut | None:
        index, source = self.backend.indices(node), node.inputs[0]
        if source.ndim != 3 or not all(isinstance(i, slice) for i in index):
            return None
        piece = self.of(source)
        time = piece.order[0]
        if [i for i in index if i != slice(None)] != index[time:time + 1]:
            return None
        clock = piece.clock.cut(index[time], self.sizes.axis(source, time))
        return Cut(variable, piece, source, index[time], clock)

    def _piece(self, variable: Variable) -> Piece:
        places = self._next(variable)
        held, back, supposed = {}, {}, dict(self.sizes.supposed)
        for place in places:
            turned = place.variable.dimshuffle(place.order)
            stand_in = turned.type()
            held[place.variable] = stand_in.dimshuffle(
                [place.order.index(a) for a in range(3)])
            back[stand_in] = turned
            supposed.update(((stand_in, axis), size)
                            for axis, size in enumerate(self.sizes.of(turned)))
        output, = backends.replace([variable], held)
        order, found = local(output, list(back), supposed)
        kept = [(p, d) for p, d in zip(places, found) if d is not None]
        arrays = [d.array for _, d in kept if d.array is not None]
        real = dict(zip(arrays, backends.replace(arrays, back)))
        return Piece(order, [(p, type(d)(real.get(d.array))) for p, d in kept])

    def _next(self, variable: Variable) -> list[Leaf]:
        """The places next to a variable, or itself if it is one."""
        found: list[Leaf] = []
        stack, seen = [variable], set()
        while stack:
            current = stack.pop()
            if current in seen or not self.moves(current):
                continue
            seen.add(current)
            place = self.place(current)
            if place is not None:
                found.append(place)
            else:
                stack.extend(sources(self.backend, current))
        if not found:
            raise Unfit
        return found

    def reached(self, variable: Variable) -> list[tuple[Leaf, tuple[Cut, ...]]]:
        """All places that a variable depends on: a list of (place, cuts between)."""
        if variable not in self._reached:
            found: OrderedDict[tuple[Leaf, tuple[Cut, ...]], None] = OrderedDict()
            for place, _ in self.of(variable).terms:
                found[place, ()] = None
                if isinstance(place, (Cut, Product)):
                    last = (place, ) if isinstance(place, Cut) else ()
                    found.update(((p, cuts + last), None)
                                 for p, cuts in self.reached(place.source))
            self._reached[variable] = list(found)
        return self._reached[variable]


def mixed(pieces: Pieces, variable: Variable) -> set[Variable]:
    """The places that reach a variable otherwise than unit by unit."""
    found: set[Variable] = set()
    for place, derivative in pieces.of(variable).terms:
        if isinstance(place, Product) or isinstance(derivative, Matrix):
            source = getattr(place, 'source', None)
            found.update([place.variable] if source is None else
                         [p.variable for p, _ in pieces.reached(source)])
        elif isinstance(place, Cut):
            found |= mixed(pieces, place.source)
    return found
