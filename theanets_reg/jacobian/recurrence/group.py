"""The states of loops that go the same way through time, as one state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..errors import Unfit
from .entry import Entry
from .pieces import Product
from .sides import Columns, Rows
from .steps import Inside
from .tangents import Tangents

if TYPE_CHECKING:
    from ...backends.types import Variable
    from .loops import Block, Loop
    from .pieces import Pieces
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

    Attributes
    ----------
    blocks : list of Block
    """

    def __init__(self, pieces: Pieces, loops: Sequence[Loop], wrt: Variable,
                 features: Variable) -> None:
        self.backend = pieces.backend
        self.pieces = pieces
        self.blocks: list[Block] = [block for loop in loops for block in loop.blocks]
        self.results = [block.result for block in self.blocks]
        # Squares are carried, which float16 does not hold.
        self.dtype = self.backend.wide(wrt).dtype
        states = {block.variable for block in self.blocks}
        for result in self.results:
            for place, cuts in pieces.reached(result):
                leaf = place.variable in pieces.leaves and place.variable is not wrt
                if leaf and (cuts or place.variable not in states):
                    # A loop over a layer that is turned, or of other steps.
                    raise Unfit
        self.entry = Entry(pieces, wrt, self.results, features)
        self._made: list[Variable] | None = None

    def after(self) -> Variable:
        """P_t of all steps, (time, states, batch, states)."""
        return self._all()[0]

    def before(self) -> Variable:
        """P_{t-1} of all steps."""
        after = self.after()
        return self.backend.tensor.concatenate(
            [self.backend.tensor.zeros_like(after[:1]), after[:-1]], axis=0)

    def variances(self, block: Block) -> Variable:
        """The diagonal of P_t at a block, (time, batch, units)."""
        start: Variable = 0
        for other in self.blocks:
            if other is block:
                break
            start = start + other.made.shape[2]
        whole = self._all()[1]
        return whole if len(self.blocks) == 1 else \
            whole[:, :, start:start + block.made.shape[2]]

    def unit(self) -> Variable:
        """The unit matrix, (states, 1, states)."""
        width = sum(block.made.shape[2] for block in self.blocks)
        return self.backend.tensor.eye(width, dtype=self.dtype).dimshuffle(0, 'x', 1)

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
            start, end = end, end + where.constant(block.made.shape[2])
            found[leaf] = side.part(array, start, end)
        return found

    def _all(self) -> list[Variable]:
        """P_t and its diagonal for all steps."""
        if self._made is None:
            self._made = self._scan()
        return self._made

    def _scan(self) -> list[Variable]:
        inside = Inside(self.backend)
        start = self._start()
        before = start.type()
        pass_on = self._by_matrix if self._has_many() else self._by_products
        after = pass_on(inside, before)
        after = self.backend.fix_broadcast(after.astype(before.dtype), before.broadcastable)
        unit = inside.constant(self.unit())
        return inside.scan(before, start, after, (unit * after).sum(axis=0),
                           self.results[0].shape[0])

    def _has_many(self) -> bool:
        """Whether a step passes the states through several products."""
        states = {block.variable for block in self.blocks}
        reached = [place for result in self.results
                   for place, _ in self.pieces.reached(result)]
        products = {place.variable for place in reached if isinstance(place, Product) and any(
            p.variable in states for p, _ in self.pieces.reached(place.source))}
        return len(products) > 1

    def _by_products(self, inside: Inside, before: Variable) -> Variable:
        """A P Aᵀ + B Bᵀ, A applied to the rows and to the columns of P."""
        columns, batch = Columns(self.backend), before.shape[1]
        rows = Rows(self.backend)
        states = self._push(inside, rows, self.seeds(inside, rows, before), batch)
        seeds = self.seeds(inside, columns, states)
        seeds.update(self._entering(inside, batch))
        return self._push(inside, columns, seeds, batch)

    def _by_matrix(self, inside: Inside, before: Variable) -> Variable:
        """The same, A made."""
        rows, columns, batch = Rows(self.backend), Columns(self.backend), before.shape[1]
        unit = inside.constant(self.unit())
        matrix = self._push(inside, rows, self.seeds(inside, rows, unit), batch)
        times = self.backend.batched_dot
        half = times(matrix.dimshuffle(1, 2, 0), before.dimshuffle(1, 0, 2))
        whole = times(half, matrix.dimshuffle(1, 0, 2)).dimshuffle(1, 0, 2)
        return whole + self._push(inside, columns, self._entering(inside, batch), batch)

    def _entering(self, inside: Inside, batch: Variable) -> dict[Variable, Variable]:
        """Bᵀ, weighed, as columns' tangents of the input."""
        rows, columns = Rows(self.backend), Columns(self.backend)
        weighed = inside.constant(self.entry.weighed())
        made = self._push(inside, rows, self.entry.seeds(inside, rows, weighed), batch)
        return self.entry.seeds(inside, columns, made)

    def _start(self) -> Variable:
        """P before the first step, of the one type that a loop's state has."""
        made = [block.made for block in self.blocks]
        width = sum(m.shape[2] for m in made)
        start = self.backend.tensor.zeros((width, made[0].shape[1], width), self.dtype)
        single = len(made) == 1 and made[0].broadcastable[2]
        return self.backend.fix_broadcast(start, (single, made[0].broadcastable[1], single))

    def _push(self, inside: Inside, side: Rows, seeds: Mapping[Variable, Variable],
              batch: Variable) -> Variable:
        """The results' tangents, of all blocks."""
        tangents = Tangents(self.pieces, inside, side, self.results, seeds)
        count = side.count(list(seeds.values())[0])
        whole = []
        for block in self.blocks:
            shape = side.shape(count, batch, inside.constant(block.made.shape[2]))
            made = tangents.of(block.result)
            if made is None:
                made = self.backend.tensor.zeros(shape, self.dtype)
            elif any(made.broadcastable):
                made = self.backend.tensor.alloc(made, *shape)
            whole.append(made)
        return side.beside(whole)
