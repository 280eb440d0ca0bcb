"""Where tangents are carried: at all steps at once, or at one step of a loop."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ... import backends

if TYPE_CHECKING:
    from ...backends.base import Backend
    from ...backends.types import Variable
    from .pieces import Cut

__all__ = ['Inside', 'Outside']


class Outside(object):
    """All steps at once: arrays have the axis of time in front."""

    def derivatives(self, array: Variable, cuts: Sequence[Cut]) -> Variable:
        """What is read of derivatives (time, ...), some steps cut away."""
        return functools.reduce(lambda a, cut: a[cut.index], cuts, array)

    def seed(self, array: Variable, cuts: Sequence[Cut]) -> Variable:
        """Tangents of a leaf: the same for all steps, or cut as the steps are."""
        return array if array.broadcastable[0] else self.derivatives(array, cuts)

    def constant(self, variable: Variable) -> Variable:
        """Something that is the same at each step."""
        return variable


class Inside(Outside):
    """One step of a loop: the owner of the pairs of outer and inner variables."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self._derivatives: dict[Any, Variable] = {}
        self._steps: dict[Variable, Variable] = {}
        self._constants: dict[Variable, Variable] = {}

    def derivatives(self, array: Variable, cuts: Sequence[Cut]) -> Variable:
        key = (array, ) + tuple(cuts)
        if key not in self._derivatives:
            outer = super(Inside, self).derivatives(array, cuts)
            self._derivatives[key] = self._step_of(outer)
        return self._derivatives[key]

    def seed(self, array: Variable, cuts: Sequence[Cut]) -> Variable:
        return array

    def constant(self, variable: Variable) -> Variable:
        """What stands for something that is the same at each step."""
        if not backends.is_symbolic(variable):
            return variable
        if variable not in self._constants:
            self._constants[variable] = variable.type()
        return self._constants[variable]

    def _step_of(self, array: Variable) -> Variable:
        """What stands for one step of an array (time, ...)."""
        if array not in self._steps:
            self._steps[array] = self.backend.tensor.TensorType(
                array.dtype, array.broadcastable[1:])()
        return self._steps[array]

    def scan(self, state: Variable, start: Variable, made: Variable,
             beside: Variable, count: Variable) -> list[Variable]:
        """The loop that has `made`, of one step, as its next `state`.

        Parameters
        ----------
        state, start, made, beside : variables
        count : variable
            How many steps there are.

        Returns
        -------
        arrays : list of variables
            `made` of all steps, and `beside` of all.
        """
        inner = list(self._steps.values()) + [state] + list(self._constants.values())

        def advance(*given: Variable) -> list[Variable]:
            return backends.replace([made, beside], dict(zip(inner, given)))

        found, _ = self.backend.scan(
            advance, sequences=list(self._steps), outputs_info=[start, None],
            non_sequences=list(self._constants),
            # Of a linear step nothing is read: its derivatives are constants.
            n_steps=None if self._steps else count)
        return found
