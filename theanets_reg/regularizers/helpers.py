"""What penalties need again and again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import backends, messages
from . import masks, matching, weights

if TYPE_CHECKING:
    from ..backends.types import Variable
    from .masks import Mask

__all__ = ['Helpers']


class Helpers(object):
    """The methods that a penalty's own are made of.

    Messages begin with the name of the class.
    """

    pattern: str | Sequence[str] | None
    mask: Any

    @property
    def _name(self) -> str:
        return type(self).__name__

    def matching(self, outputs: Mapping[str, Variable]) -> list[tuple[str, Variable]]:
        """The (name, variable) pairs of `outputs` that the pattern matches.

        A variable that goes by several names is there once, under the first of
        them. Warns (:class:`UnmatchedPatternWarning`) where there are none.

        Parameters
        ----------
        outputs : dict of str -> variable

        Returns
        -------
        pairs : list of (str, variable)

        Raises
        ------
        TypeError
            If `outputs` is no dict of str -> variable.
        """
        messages.check_outputs(self._name, outputs)
        pattern = '*' if self.pattern is None else self.pattern
        found = matching.select(outputs, pattern)
        if not found:
            matching.warn_unmatched(self._name, pattern, outputs)
        return found

    def floats(self, pairs: list[tuple[str, Variable]]) -> list[tuple[str, Variable]]:
        """Of matched outputs those that have derivatives.

        What a glob swept up besides is passed over.

        Parameters
        ----------
        pairs : list of (str, variable)

        Returns
        -------
        pairs : list of (str, variable)

        Raises
        ------
        TypeError
            If one that has none was named itself, or nothing else is left.
        """
        faults = {name: messages.fault_of(expr) for name, expr in pairs}
        good = [(name, expr) for name, expr in pairs if faults[name] is None]
        patterns = (self.pattern, ) if isinstance(self.pattern, str) else self.pattern
        for name, fault in faults.items():
            if fault is not None and (not good or name in (patterns or ())):
                raise TypeError(
                    '{}: output {!r} {}; expected a dense float array. Choose '
                    'other outputs with pattern=, or cast it'
                    .format(self._name, name, fault))
        return good

    def zero(self, outputs: Mapping[str, Variable]) -> Any:
        """No penalty: 0 in the default float type of the package of `outputs`.

        Parameters
        ----------
        outputs : dict of str -> variable

        Returns
        -------
        zero : scalar variable, or 0. where there are no outputs
        """
        return weights.zero(outputs)

    def choice(self, argument: str, value: Any, choices: Sequence[Any]) -> Any:
        """Check that an argument has one of the values that it can have.

        Parameters
        ----------
        argument : str
            What it is called.
        value : object
        choices : sequence
            Of strings and numbers; a number of another type than theirs is none of them.

        Returns
        -------
        value : one of `choices`

        Raises
        ------
        ValueError
            If it is none of them.
        """
        if isinstance(value, np.generic):
            value = value.item()
        if not any(type(value) is type(c) and value == c for c in choices):
            raise ValueError('{}: unknown {} {!r}; expected one of {}.{}'.format(
                self._name, argument, value, ', '.join(map(repr, choices)),
                messages.nearest(str(value), [c for c in choices if isinstance(c, str)])))
        return value

    def over_examples(self, values: Variable, counted: Variable | None = None) -> Variable:
        """The mean over the examples; 0 if there are none.

        Or their sum, where the penalty has an attribute ``reduction`` that is 'sum'.

        Parameters
        ----------
        values : variable, shape (batch,)
        counted : variable, shape (batch, ...), optional
            What tells how many examples there are, if not `values`.

        Returns
        -------
        mean : scalar variable, of the dtype of `values`
        """
        total = values.sum()
        if getattr(self, 'reduction', 'mean') == 'sum':
            return total
        counted = values if counted is None else counted
        count = backends.of(counted).tensor.maximum(counted.shape[0], 1)
        return total / count.astype(values.dtype)

    def over_outputs(self, terms: Sequence[Variable]) -> Variable:
        """The mean over the matching outputs.

        Parameters
        ----------
        terms : list of scalar variables
            At least one.

        Returns
        -------
        mean : scalar variable
        """
        return backends.of(*terms).total(terms) / len(terms)

    def as_mask(self, mask: Mask) -> Mask:
        """Check a mask as far as it is known before there is a graph.

        Parameters
        ----------
        mask : array or variable of shape (batch, time), str or None
            1 where a step counts and 0 where it is padding, or the name of such a
            variable among the outputs.

        Returns
        -------
        mask : array, variable, str or None

        Raises
        ------
        ValueError
            If it holds other values than 0 and 1.
        """
        return masks.as_mask(self._name, mask)

    def find_mask(self, outputs: Mapping[str, Variable]) -> tuple[Mask, dict[str, Variable]]:
        """The mask of a penalty that has an attribute ``mask``.

        Parameters
        ----------
        outputs : dict of str -> variable

        Returns
        -------
        mask : array, variable or None
        others : dict of str -> variable
            The outputs that are not the mask.

        Raises
        ------
        ValueError
            If it was given by a name that is not among the outputs.
        """
        mask = masks.find(self._name, self.mask, outputs)
        return mask, {name: expr for name, expr in outputs.items()
                      if mask is None or expr is not mask}

    def valid(self, mask: Mask, name: str, variable: Variable) -> Variable:
        """Where the mask is not 0, its shape and its values checked when it runs.

        Parameters
        ----------
        mask : array or variable
        name : str
            What `variable` is called.
        variable : variable, shape (batch, time, ...)

        Returns
        -------
        valid : boolean variable, shape (batch, time)

        Raises
        ------
        ValueError
            If types tell that the mask is not (batch, time).
        """
        return masks.checked(self._name, mask, name, variable)
