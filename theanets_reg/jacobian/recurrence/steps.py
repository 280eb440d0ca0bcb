"""Where tangents are carried: at all steps at once, or at one step of a loop."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Callable

from ... import backends

if TYPE_CHECKING:
    from ...backends.base import Backend
    from ...backends.types import Variable
    from .pieces import Cut

__all__ = ['Inside', 'Outside', 'cut']


class Outside(object):
    """All steps at once: arrays have the axis of time in front.

    Parameters
    ----------
    examples : dict of variable -> int
        Where the examples are in each array that is read; added to.
    """

    def __init__(self, examples: dict[Variable, int]) -> None:
        self.examples = examples

    def derivatives(self, array: Variable, cuts: Sequence[Cut]) -> Variable:
        """What is read of derivatives (time, ...), some steps cut away."""
        made = cut(array, cuts)
        self.examples[made] = 1
        return made

    def seed(self, array: Variable, cuts: Sequence[Cut]) -> Variable:
        """Tangents of a leaf: the same for all steps, or cut as the steps are."""
        return array if array.broadcastable[0] else cut(array, cuts)

    def constant(self, variable: Variable) -> Variable:
        """Something that is the same at each step."""
        return variable

    def unit(self, matrix: Variable) -> Variable:
        """A unit matrix."""
        return matrix


class Inside(Outside):
    """One step of a loop: the owner of the pairs of outer and inner variables.

    Attributes
    ----------
    sequences : dict of variable -> variable
        Arrays (time, batch, ...), and what stands for one step of them.
    constants, units : dicts of variable -> variable
        What is the same at each step, and what stands for it.
    """

    def __init__(self, backend: Backend, examples: dict[Variable, int]) -> None:
        super(Inside, self).__init__(examples)
        self.backend = backend
        self.sequences: dict[Variable, Variable] = {}
        self._derivatives: dict[Any, Variable] = {}
        self.constants: dict[Variable, Variable] = {}
        self.units: dict[Variable, Variable] = {}

    def derivatives(self, array: Variable, cuts: Sequence[Cut]) -> Variable:
        key = (array, ) + tuple(cuts)
        if key not in self._derivatives:
            outer = super(Inside, self).derivatives(array, cuts)
            self._derivatives[key] = self.step_of(outer)
        return self._derivatives[key]

    def seed(self, array: Variable, cuts: Sequence[Cut]) -> Variable:
        return array

    def step_of(self, array: Variable) -> Variable:
        """What stands for one step of an array (time, batch, ...)."""
        self.examples[array] = 1
        return _one_of(self.sequences, array, lambda: self.backend.tensor.TensorType(
            array.dtype, array.broadcastable[1:])())

    def constant(self, variable: Variable) -> Variable:
        return _one_of(self.constants, variable, variable.type)

    def unit(self, matrix: Variable) -> Variable:
        return _one_of(self.units, matrix, matrix.type)

    def outer(self) -> list[Variable]:
        """All that the step reads: sequences, constants, unit matrices."""
        return [v for pairs in self._pairs() for v in pairs]

    def inner(self) -> list[Variable]:
        """What stands for each of it in the step."""
        return [v for pairs in self._pairs() for v in pairs.values()]

    def _pairs(self) -> list[dict[Variable, Variable]]:
        return [self.sequences, self.constants, self.units]


def cut(array: Variable, cuts: Sequence[Cut]) -> Variable:
    """An array (time, ...) of fewer steps, or of the same in another order."""
    return functools.reduce(lambda a, cut: a[cut.index], cuts, array)


def _one_of(pairs: dict[Variable, Variable], outer: Variable, make: Callable[[], Variable]
            ) -> Variable:
    """What stands for a variable, or for one that is the same number."""
    if outer not in pairs:
        for known, inner in pairs.items():
            if backends.alike(known, outer):
                return inner
        pairs[outer] = make()
    return pairs[outer]
