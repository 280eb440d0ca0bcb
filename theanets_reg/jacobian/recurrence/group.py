"""The states of loops that go the same way through time, as one state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import Unfit
from .by_matrix import ByMatrix
from .entry import Entry
from .passing import ByProducts
from .pieces import Product, mixed

if TYPE_CHECKING:
    from ...backends.types import Variable
    from ..size import Size
    from ..sizes import Sizes
    from .loops import Block, Loop
    from .passing import Passing
    from .pieces import Cut, Leaf, Pieces
    from .sides import Rows
    from .steps import Outside

__all__ = ['Group']


class Group(object):
    """P_t = Σ_s (∂h_t/∂x_s)(∂h_t/∂x_s)ᵀ of a joint state h.

    Parameters
    ----------
    pieces : Pieces
        By the states before each step, and the input.
    loops : list of Loop
        Those that are read come before those that read them.
    wrt : variable
    features : variable
        How many numbers the input has at one step.
    examples : dict of variable -> int
        Where the examples are in each array that is read; added to.

    Attributes
    ----------
    blocks : list of Block
    results : list of variables
        The states of each step, by blocks.
    units : dict of Block -> variable
        A unit matrix (units, 1, units) of each.
    by_matrix : bool
        Whether a step passes the states through several products.
    """

    def __init__(self, pieces: Pieces, loops: Sequence[Loop], wrt: Variable,
                 features: Variable, examples: dict[Variable, int]) -> None:
        self.examples = examples
        self.backend = pieces.backend
        self.pieces = pieces
        self.blocks: list[Block] = [block for loop in loops for block in loop.blocks]
        self.results = [block.result for block in self.blocks]
        # Squares are carried, which float16 does not hold.
        self.dtype = self.backend.wide(wrt).dtype
        states = {block.variable for block in self.blocks}
        for place, cuts in self._reached():
            leaf = place.variable in pieces.leaves and place.variable is not wrt
            if leaf and (cuts or place.variable not in states):
                # A loop over a layer that is turned, or of other steps.
                raise Unfit
        self.units = {block: self._unit(block.made.shape[2]) for block in self.blocks}
        self.by_matrix = len(self._products()) > 1
        self.entry = Entry(pieces, wrt, self.results, features, squared=not self.by_matrix)
        self._found: dict[str, Variable] = {}

    def after(self) -> Variable:
        """P_t of all steps, (time, states, batch, states)."""
        if 'after' not in self._found:
            passing = self._passing()
            one, other = passing.states
            self._found['after'] = passing.carry().all(passing.start).dimshuffle(
                0, 1 + one, 4 - one - other, 1 + other)
        return self._found['after']

    def before(self) -> Variable:
        """P_{t-1} of all steps."""
        after = self.after()
        return self.backend.tensor.concatenate(
            [self.backend.tensor.zeros_like(after[:1]), after[:-1]], axis=0)

    def variances(self, block: Block) -> Variable:
        """The diagonal of P_t at a block, (time, batch, units)."""
        if 'variances' not in self._found:
            passing = self._passing()
            self._found['variances'] = passing.carry().diagonals(passing.start)
        whole = self._found['variances']
        if len(self.blocks) == 1:
            return whole
        widths = [b.made.shape[2] for b in self.blocks]
        start = sum(widths[:self.blocks.index(block)])
        return whole[:, :, start:start + block.made.shape[2]]

    def unit(self) -> Variable:
        """The unit matrix, (states, 1, states)."""
        return self._unit(sum(block.made.shape[2] for block in self.blocks))

    def kept(self, sizes: Sizes) -> list[Size]:
        """How many numbers all P_t are, as sizes to be added up."""
        made = [block.made for block in self.blocks]
        lines = sizes.axis(self.blocks[0].variable, 0) * sizes.axis(made[0], 1)
        return [lines * sizes.axis(one, 2) * sizes.axis(other, 2)
                for one in made for other in made]

    def width(self, where: Outside, block: Block) -> Variable:
        """How many units a block has."""
        return where.unit(self.units[block]).shape[0]

    def seeds(self, where: Outside, side: Rows, array: Variable,
              of_results: bool = False) -> dict[Variable, Variable]:
        """Tangents of the joint state by blocks.

        They are those of the states before each step, or `of_results`.
        """
        leaves = [b.result if of_results else b.variable for b in self.blocks]
        if len(leaves) == 1:
            return {leaves[0]: array}
        found, end = {}, 0
        for leaf, block in zip(leaves, self.blocks):
            start, end = end, end + self.width(where, block)
            found[leaf] = side.part(array, start, end)
        return found

    def multiplied(self) -> list[Block]:
        """The blocks that a step reads otherwise than elementwise: through products."""
        read = {variable for result in self.results
                for variable in mixed(self.pieces, result)}
        return [block for block in self.blocks if block.variable in read]

    def _unit(self, width: Variable) -> Variable:
        return self.backend.tensor.eye(width, dtype=self.dtype).dimshuffle(0, 'x', 1)

    def _reached(self) -> list[tuple[Leaf, tuple[Cut, ...]]]:
        """What the results are made of."""
        return [found for result in self.results for found in self.pieces.reached(result)]

    def _products(self) -> dict[Variable, set[Variable]]:
        """The products of states, and which states each of them reads."""
        states = {block.variable for block in self.blocks}
        read = {place.variable: {p.variable for p, _ in self.pieces.reached(place.source)}
                for place, _ in self._reached() if isinstance(place, Product)}
        return {product: found & states for product, found in read.items() if found & states}

    def _passing(self) -> Passing:
        """A step, its matrix made if it passes the states through several products."""
        return ByMatrix(self) if self.by_matrix else ByProducts(self)
