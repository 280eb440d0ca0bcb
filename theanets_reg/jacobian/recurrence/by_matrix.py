"""A step whose matrix A_t is made, as far as it is no diagonal.

P_t is Aᵀ P A + Bᵀ G B here, with A (states before, states after). Of a *mixed* state, one
that a product reads, A has rows; of another, as the cell of an LSTM is, diagonals.
Both directions are written out: the packages' gradient of a part is an array of zeros
of the whole, and that of parts side by side a copy of each.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .carry import Carry
from .passing import Passing
from .sides import Examples
from .tangents import Tangents

if TYPE_CHECKING:
    from ...backends.types import Variable
    from .group import Group
    from .loops import Block

__all__ = ['ByMatrix']


class ByMatrix(Passing):
    """A made, and P (batch, states, states).

    Attributes
    ----------
    mixed : list of Block
    blocks : list of lists of variables, shape (units, batch, mixed units)
        The rows of A, by the mixed state and by that which is made of it. None of them is
        made of another, as the derivatives of a layer are of those of the one below.
    rows : variable, shape (batch, mixed states, states)
        All of them.
    diagonals : dict of (Block, Block) -> variable, shape (batch, units)
        Of the states that are not mixed, by what they are read for.
    entering, weighed_entering : variables, shape (batch, k, states)
        B, and G B.
    """

    states = 1, 2

    def __init__(self, group: Group) -> None:
        super(ByMatrix, self).__init__(group)
        self.side = Examples(self.backend)
        self.mixed = group.multiplied()
        self.blocks = [[_turned(made) for made in self.of_blocks(self.side, {
            block.variable: self._of_examples(self.inside.unit(group.units[block]))})]
            for block in self.mixed]
        self.rows = self._joined(self.blocks)
        self.diagonals: dict[tuple[Block, Block], Variable] = {}
        for block in group.blocks:
            if block not in self.mixed:
                self._read_diagonals(block)
        self.entering = self._entering(self.unit)
        self.weighed_entering = self.entering if self.weighed is self.unit else \
            self._entering(self.weighed)

    def carry(self) -> Carry:
        after = self._as_before(self.after())
        self._tell_steps()
        return Carry(self.backend, self.inside, self.states, self.before, [], [], after,
                     [self.weighed], reverse=self.reverse, held=True)

    def after(self) -> Variable:
        """Aᵀ P A + Bᵀ G B."""
        product = self.backend.batched_dot(self._of_mixed(self.before, 2), self.rows)
        half = self._added(product, self.before, 2)
        left = self._beside([self.rows, self.entering], 1)
        right = self._beside([self._of_mixed(half, 1), self.weighed_entering], 1)
        whole = self.backend.batched_dot(left.dimshuffle(0, 2, 1), right)
        return self._added(whole, half, 1)

    def reverse(self, slope: Variable) -> tuple[dict[Variable, Variable], Variable]:
        """From the gradient Q of P_t: half of that of A and B, that of G B, and A Q Aᵀ.

        Parameters
        ----------
        slope : variable
            Q, symmetric.
        """
        dot = self.backend.batched_dot
        half = self._whole(dot(self.rows, slope), slope, 1)
        known = {self.weighed_entering: dot(self.entering, slope)}
        # Of the same order in memory as the rows; the matrix before is symmetric.
        rows = dot(half.dimshuffle(0, 2, 1), self._of_mixed(self.before, 2)).dimshuffle(
            0, 2, 1) if self.side.turned else dot(self._of_mixed(self.before, 1), half)
        by_earlier = self._cut(rows, 1, self.mixed)
        for block, made in zip(self.mixed, self.blocks):
            slopes = self._parts(by_earlier[block], 2).values()
            known.update(zip(made, map(_turned, slopes)))
        before, after = self._parts(self.before, 2), self._parts(half, 2)
        for (block, other), diagonal in self.diagonals.items():
            known[diagonal] = (before[block] * after[other]).sum(axis=1)
        return known, self._whole(dot(half, self.rows.dimshuffle(0, 2, 1)), half, 2)

    def _added(self, product: Variable, array: Variable, axis: int) -> Variable:
        """A product with the rows, and what diagonals make of `array` on that axis."""
        if not self.diagonals:
            return product
        products, given = self._parts(product, axis), self._parts(array, axis)
        return self._beside([functools.reduce(operator.add, [products[other]] + [
            given[block] * _on(diagonal, axis)
            for (block, to), diagonal in self.diagonals.items() if to is other])
            for other in self.group.blocks], axis)

    def _whole(self, mixed: Variable, array: Variable, axis: int) -> Variable:
        """The same transposed: all states, those that are not mixed made of `array`."""
        if len(self.mixed) == len(self.group.blocks):
            return mixed
        found, given = self._cut(mixed, axis, self.mixed), self._parts(array, axis)
        for block in self.group.blocks:
            if block not in found:
                terms = [given[other] * _on(diagonal, axis)
                         for (of, other), diagonal in self.diagonals.items() if of is block]
                found[block] = functools.reduce(operator.add, terms)
        return self._beside([found[block] for block in self.group.blocks], axis)

    def _of_mixed(self, array: Variable, axis: int) -> Variable:
        """The part of it on an axis of all states."""
        if len(self.mixed) == len(self.group.blocks):
            return array
        parts = self._parts(array, axis)
        return self._beside([parts[block] for block in self.mixed], axis)

    def _parts(self, array: Variable, axis: int) -> dict[Block, Variable]:
        return self._cut(array, axis, self.group.blocks)

    def _cut(self, array: Variable, axis: int, blocks: Sequence[Block]) -> dict[Block, Variable]:
        """An array by the blocks on one of its axes."""
        if len(blocks) == 1:
            return {blocks[0]: array}
        found, end = {}, 0
        for block in blocks:
            start, end = end, end + self.group.width(self.inside, block)
            found[block] = array[(slice(None), ) * axis + (slice(start, end), )]
        return found

    def _read_diagonals(self, block: Block) -> None:
        """The derivatives of all results by a state that enters elementwise."""
        group, tensor = self.group, self.backend.tensor
        width = group.width(self.inside, block)
        ones = tensor.ones((1, 1, width), dtype=group.dtype)
        tangents = Tangents(group.pieces, self.inside, self.side, group.results,
                            {block.variable: ones})
        for other in group.blocks:
            made = tangents.of(other.result)
            if made is not None or other is block:
                row = tensor.zeros((width, ), group.dtype) if made is None else \
                    tensor.alloc(made, self.batch, 1, width)[:, 0]
                self.diagonals[block, other] = tensor.alloc(row, self.batch, width)

    def _joined(self, blocks: Sequence[Sequence[Variable]]) -> Variable:
        """All rows, in the order in memory that the blocks have been made in."""
        if not self.side.turned:
            return self._beside([self._beside([block.dimshuffle(1, 2, 0) for block in made], 2)
                                 for made in blocks], 1)
        return self._beside([self._beside(made, 0) for made in blocks], 2).dimshuffle(1, 2, 0)

    def _entering(self, weights: Variable) -> Variable:
        return self.forward(self.side, self.group.entry.seeds(
            self.inside, self.side, self._of_examples(weights)))

    def _of_examples(self, unit: Variable) -> Variable:
        """Of shape (k, 1, k) as (1, k, k)."""
        return unit.dimshuffle(1, 0, 2)

    def _beside(self, arrays: Sequence[Variable], axis: int) -> Variable:
        return arrays[0] if len(arrays) == 1 else \
            self.backend.tensor.concatenate(list(arrays), axis=axis)


def _on(diagonal: Variable, axis: int) -> Variable:
    """(batch, units) with the units on an axis of (batch, states, states)."""
    return diagonal.dimshuffle(*[(0, 1, 'x'), (0, 'x', 1)][axis - 1])


def _turned(rows: Variable) -> Variable:
    """(batch, mixed units, units) as (units, batch, mixed units)."""
    return rows.dimshuffle(2, 0, 1)
