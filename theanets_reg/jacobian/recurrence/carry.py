"""A matrix for each example that a loop takes from step to step, forward.

P_t = A_t P_{t-1} A_tᵀ + B_t G B_tᵀ is found in two halves: A_t P_{t-1} and B_t G, then
the same from the other side. Its gradient is in :mod:`.back`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from ... import backends
from .back import Back, by_halves

if TYPE_CHECKING:
    from ...backends.base import Backend
    from ...backends.types import Variable
    from .back import Reverse
    from .steps import Inside

__all__ = ['Carry']


class Carry(object):
    """The loop of a symmetric matrix.

    Parameters
    ----------
    backend : Backend
    inside : Inside
        What stands for what in the graph of a step.
    states : tuple of int
        The axes of states of the matrix; its third one is that of the examples.
    before : variable
        The matrix before a step.
    halves : list of variables
        What is made of it, and of the weights of the input, from one side.
    seeds : list of variables
        What stands for each of them in `after`, which is linear in them.
    after : variable
        The matrix after the step.
    weights : collection of variables
        Constants of the step that stand between both sides.
    at_once : variable, optional
        The matrix after the step in another form, for the way forward.
    reverse : callable, optional
        In place of halves and seeds: makes of the gradient of the matrix after the step
        those of what `after` is made of, from one side, and that of the matrix before it.
    held : bool, optional
        Whether what a step makes of sequences alone stays in the loop. The packages
        would make it of all steps before, which is an array for each, as large as A.
    """

    def __init__(self, backend: Backend, inside: Inside, states: tuple[int, int],
                 before: Variable, halves: Sequence[Variable], seeds: Sequence[Variable],
                 after: Variable, weights: Collection[Variable] = (),
                 at_once: Variable | None = None, reverse: Reverse | None = None,
                 held: bool = False) -> None:
        self.backend = backend
        self.inside = inside
        self.states = states
        self.before = before
        if at_once is None:
            at_once, = backends.replace([after], dict(zip(seeds, halves)))
        self.after = at_once
        self.held = held
        self.back = Back(self, reverse or by_halves(
            backend, before, halves, seeds, after), weights)

    def all(self, start: Variable) -> Variable:
        """The matrices of all steps, the axis of time in front.

        Parameters
        ----------
        start : variable
            The matrix before the first step.
        """
        return self.backend.with_gradient(
            self._all, self.back.of_all, start, *self.inside.outer())

    def diagonals(self, start: Variable) -> Variable:
        """Their diagonals, (time, batch, states)."""
        return self.backend.with_gradient(
            self._diagonals, self.back.of_diagonals, start, *self.inside.outer())

    def run(self, start: Variable, outer: Sequence[Variable]) -> list[Variable]:
        """Matrices and diagonals of all steps.

        Parameters
        ----------
        start : variable
        outer : sequence of variables
            What a step reads, as `inside` lists it.
        """
        inner, count = self.inside.inner(), len(self.inside.sequences)
        inner.insert(count, self.before)

        def advance(*given: Variable) -> list[Variable]:
            *now, batch = given
            after, = backends.replace([self.after], dict(zip(
                inner, self.here(now[:count], batch) + now[count:])))
            return [after, self.backend.tensor.diagonal(
                after, axis1=self.states[0], axis2=self.states[1])]

        return self.backend.scan(
            advance, sequences=list(outer[:count]), outputs_info=[start, None],
            non_sequences=list(outer[count:]) + [self.examples(start)])[0]

    def examples(self, start: Variable) -> Variable:
        """How many examples there are."""
        return start.shape[3 - sum(self.states)]

    def here(self, sequences: Sequence[Variable], batch: Variable) -> list[Variable]:
        """One step of each sequence, in a form that the packages don't look through."""
        if not self.held:
            return list(sequences)
        return [v if v.broadcastable[0] else v[:batch] for v in sequences]

    def _all(self, start: Variable, *outer: Variable) -> Variable:
        return self.run(start, outer)[0]

    def _diagonals(self, start: Variable, *outer: Variable) -> Variable:
        return self.run(start, outer)[1]
