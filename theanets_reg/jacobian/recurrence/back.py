"""The gradient of the matrix that a loop takes from step to step.

For a gradient Q of P_t = A_t P_{t-1} A_tᵀ + B_t G B_tᵀ, symmetric as P_t is,

    Q_{t-1} = A_tᵀ Q_t A_t,

and a change of A_t on both sides does twice what it does on one. So a step back is a
backward pass through the second half of a step, for Q A_t and Q B_t, and one
through its first half for all the rest.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Callable, Optional

from ... import backends

if TYPE_CHECKING:
    from ...backends.base import Backend
    from ...backends.types import Variable
    from .carry import Carry

    #: Of the gradient of P_t: those of what P_t is made of, and of the matrix before.
    Reverse = Callable[[Variable], tuple[dict[Variable, Variable], Optional[Variable]]]

__all__ = ['Back', 'by_halves']


class Back(object):
    """The loop from the last step to the first.

    Parameters
    ----------
    carry : Carry
    reverse : callable
    weights
        As it is given them.
    """

    def __init__(self, carry: Carry, reverse: Reverse, weights: Collection[Variable]) -> None:
        self.carry = carry
        self.backend = carry.backend
        self.inside = carry.inside
        self.weights = weights
        self.slope = carry.after.type()
        known, before = reverse(self.slope)
        inner = self.inside.inner()
        self.slopes = _found(inner, self.backend.vjps(known, inner))
        if before is not None:
            self.slopes[carry.before] = before
        # What is read from the other side only has its share noted at the first.
        read = [carry.before] + inner
        self.connected = _found(read, self.backend.vjps({carry.after: self.slope}, read))

    def of_all(self, start: Variable, *given: Variable) -> list[Variable | None]:
        """The gradients of all that is read, from one of all matrices."""
        slopes = given[-1]
        order = list(range(4))
        one, other = [1 + axis for axis in self.carry.states]
        order[one], order[other] = other, one
        return self._run(start, given[:-1], (slopes + slopes.dimshuffle(*order)) / 2,
                         lambda matrix, here, unit: matrix + here)

    def of_diagonals(self, start: Variable, *given: Variable) -> list[Variable | None]:
        """The same, from one of their diagonals."""
        first, switch = self.carry.states[0], self.backend.tensor.switch
        order = ['x' if a == first else a - (a > first) for a in range(3)]

        def added(matrix: Variable, here: Variable, unit: Variable) -> Variable:
            # Times the unit matrix it would be made of all steps before the loop begins.
            return switch(unit, matrix + here.dimshuffle(*order), matrix)
        return self._run(start, given[:-1], given[-1], added)

    def _run(self, start: Variable, outer: Sequence[Variable], slopes: Variable,
             added: Callable[[Variable, Variable, Variable], Variable]) -> list[Variable | None]:
        """The gradients of `start` and of all that is read.

        Parameters
        ----------
        start : variable
        outer : sequence of variables
            What steps read, as `inside` lists it.
        slopes : variable
            Those of each step.
        added : callable
            Adds to the gradient of a matrix what is of these at one step; it is given a
            unit matrix besides.
        """
        tensor, count = self.backend.tensor, len(self.inside.sequences)
        inner = self.inside.inner()
        of = dict(zip(inner, outer))
        steps = [v for v in inner[:count] if v in self.slopes]
        summed = [v for v in self.inside.constants.values() if v in self.slopes]
        unit = self._unit(start)
        states = [v.type() for v in [self.carry.before] + summed]
        here, one = slopes[0].type(), unit.type()
        held = {self.slope: self.backend.fix_broadcast(
            added(states[0], here, one), self.slope.broadcastable)}
        made = self._made(states, summed) + [self.slopes[v] for v in steps]
        made = backends.replace(made, held)
        names = [self.carry.before, here] + inner[:count] + states + inner[count:] + [one]

        def back(*given: Variable) -> list[Variable]:
            *now, batch = given
            now[2:2 + count] = self.carry.here(now[2:2 + count], batch)
            return backends.replace(made, dict(zip(names, now)))

        found = self.backend.scan(
            back, sequences=[self._earlier(start, outer), slopes] + list(outer[:count]),
            outputs_info=[tensor.zeros_like(v) for v in [start] + [of[v] for v in summed]] +
            [None] * len(steps), non_sequences=list(outer[count:]) + [
                unit, self.carry.examples(start)],
            go_backwards=True)[0]
        result = {v: f[-1] for v, f in zip(summed, found[1:])}
        result.update((v, f[::-1]) for v, f in zip(steps, found[len(states):]))
        of[self.carry.before] = start
        for v in self.connected:
            result.setdefault(v, tensor.zeros_like(of[v]))
        return [self._of_both_sides(v, result) for v in [self.carry.before] + inner]

    def _made(self, states: Sequence[Variable], summed: Sequence[Variable]) -> list[Variable]:
        """The next states: the gradient of a matrix, and sums of those of constants."""
        first = self.slopes.get(self.carry.before)
        made = [states[0].zeros_like() if first is None else first] + [
            total + self.slopes[v] for total, v in zip(states[1:], summed)]
        return [self.backend.fix_broadcast(m.astype(s.dtype), s.broadcastable)
                for m, s in zip(made, states)]

    def _of_both_sides(self, inner: Variable, found: Mapping[Variable, Variable]
                       ) -> Variable | None:
        if inner not in found:
            return None
        return found[inner] if inner in self.weights else 2 * found[inner]

    def _unit(self, start: Variable) -> Variable:
        states = self.carry.states
        unit = self.backend.tensor.eye(start.shape[states[0]], dtype=start.dtype)
        return unit.dimshuffle(*[states.index(a) if a in states else 'x' for a in range(3)])

    def _earlier(self, start: Variable, outer: Sequence[Variable]) -> Variable:
        """The matrices before each step."""
        return self.backend.from_start(self.carry.run(start, outer)[0], start)[:-1]


def _found(variables: Sequence[Variable], slopes: Sequence[Variable | None]
           ) -> dict[Variable, Variable]:
    return {v: slope for v, slope in zip(variables, slopes) if slope is not None}


def by_halves(backend: Backend, before: Variable, halves: Sequence[Variable],
              seeds: Sequence[Variable], after: Variable) -> Reverse:
    """The way back through the second half of a step, to its first."""
    def reverse(slope: Variable) -> tuple[dict[Variable, Variable], Variable | None]:
        sides = _found(halves, backend.vjps({after: slope}, seeds))
        known = OrderedDict(zip(sides, backends.replace(
            list(sides.values()), dict(zip(seeds, halves)))))
        return known, backend.vjps(known, [before])[0]
    return reverse
