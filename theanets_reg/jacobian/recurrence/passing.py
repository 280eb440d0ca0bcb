"""What a step makes of P: A P Aᵀ + B Bᵀ.

Where A_t has one product with a matrix that all examples share it is never made, but
applied to the rows and to the columns of P: a product and a diagonal, or both products
and then both diagonals. Where there are more, it is made: see :mod:`.by_matrix`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Callable

from .carry import Carry
from .sides import Columns, Rows
from .steps import Inside
from .tangents import Tangents, last_derivative

if TYPE_CHECKING:
    from ...backends.types import Variable
    from .group import Group

    #: Of the tangents on a side: those of the results, or of what they are made of.
    Forward = Callable[[Rows, Mapping[Variable, Variable]], Variable]

__all__ = ['ByProducts', 'Passing']


class Passing(object):
    """A step of the joint state of a Group.

    Parameters
    ----------
    group : Group

    Attributes
    ----------
    before : variable
        P, before the step.
    """

    #: The axes of states of `before`; the third one is that of the examples.
    states: tuple[int, int]

    def __init__(self, group: Group) -> None:
        self.group = group
        self.backend = group.backend
        self.inside = Inside(self.backend, group.examples)
        self.start = self._start()
        group.examples[self.start] = 3 - sum(self.states)
        self.before = self.start.type()
        self.batch = self.before.shape[3 - sum(self.states)]
        entry = group.entry
        unit = entry.unit()
        self.unit = self.inside.unit(unit)
        self.weighed = self.inside.constant(entry.weighed()) if entry.products else self.unit

    def carry(self) -> Carry:
        """The loop."""
        raise NotImplementedError

    def _tell_steps(self) -> None:
        """A linear loop has constant derivatives; something has to tell its steps."""
        if not self.inside.sequences:
            self.inside.step_of(self.group.blocks[0].result)

    def _as_before(self, after: Variable) -> Variable:
        """Of the type that the loop's state has."""
        return self.backend.fix_broadcast(
            after.astype(self.before.dtype), self.before.broadcastable)

    def forward(self, side: Rows, seeds: Mapping[Variable, Variable]) -> Variable:
        """The results' tangents, of all blocks."""
        return side.beside(self.of_blocks(side, seeds))

    def of_blocks(self, side: Rows, seeds: Mapping[Variable, Variable]) -> list[Variable]:
        """The same, block by block."""
        group = self.group
        tangents = Tangents(group.pieces, self.inside, side, group.results, seeds)
        count = side.count(list(seeds.values())[0])
        whole = []
        for block in group.blocks:
            shape = side.shape(count, self.batch, group.width(self.inside, block))
            made = tangents.of(block.result)
            if made is None:
                made = self.backend.tensor.zeros(shape, group.dtype)
            elif any(made.broadcastable):
                made = self.backend.tensor.alloc(made, *shape)
            whole.append(made)
        return whole

    def _start(self) -> Variable:
        """P before the first step, of the one type that a loop's state has."""
        made = [block.made for block in self.group.blocks]
        width, examples = sum(m.shape[2] for m in made), made[0].shape[1]
        single = len(made) == 1 and made[0].broadcastable[2]
        axes = [a in self.states for a in range(3)]
        start = self.backend.tensor.zeros([width if a else examples for a in axes],
                                          self.group.dtype)
        return self.backend.fix_broadcast(
            start, [single if a else made[0].broadcastable[1] for a in axes])


class ByProducts(Passing):
    """A applied to P (states, batch, states)."""

    states = 0, 2

    def carry(self) -> Carry:
        halves = self.halves()
        seeds = [half.type() for half in halves]
        after = self._as_before(self.after(*seeds))
        self._tell_steps()
        whole = self.at_once()
        return Carry(self.backend, self.inside, self.states, self.before, halves, seeds,
                     after, [self.weighed], whole if whole is None else self._as_before(whole))

    def halves(self) -> list[Variable]:
        """A P and B, weighed."""
        return self._halves(self.forward)

    def after(self, states: Variable, entering: Variable) -> Variable:
        """What is made of both of them from the other side."""
        return self._after(self.forward, states, entering)

    def at_once(self) -> Variable | None:
        """The matrix after a step, where there is a shorter way to it than by halves.

        The diagonal that a single state ends with acts on both sides, after the products.
        """
        results = self.group.results
        last = last_derivative(self.group.pieces, results[0])
        if len(results) > 1 or last is None:
            return None
        here = self.inside.derivatives(last.array, ())
        made = self._after(self._before_last, *self._halves(self._before_last))
        return Columns(self.backend).scale(Rows(self.backend).scale(made, here), here)

    def _halves(self, forward: Forward) -> list[Variable]:
        rows = Rows(self.backend)
        return [forward(rows, self.group.seeds(self.inside, rows, self.before)),
                forward(rows, self.group.entry.seeds(self.inside, rows, self.weighed))]

    def _after(self, forward: Forward, states: Variable, entering: Variable) -> Variable:
        columns = Columns(self.backend)
        seeds = self.group.seeds(self.inside, columns, states)
        seeds.update(self.group.entry.seeds(self.inside, columns, entering))
        return forward(columns, seeds)

    def _before_last(self, side: Rows, seeds: Mapping[Variable, Variable]) -> Variable:
        result, = self.group.results
        return Tangents(self.group.pieces, self.inside, side, [result], seeds).before_last(result)
