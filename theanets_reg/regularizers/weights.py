"""The strength of a penalty: a number, or a symbolic scalar."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import backends, messages

if TYPE_CHECKING:
    from ..backends.types import Variable

__all__ = ['NOT_GIVEN', 'Weight', 'as_weight', 'is_none', 'is_zero', 'times', 'total',
           'warn_not_given', 'zero']

#: The weight of a penalty that was given none: a zero that is told apart from
#: one that was given by being this very object.
NOT_GIVEN = float('0')

#: A number, or a symbolic scalar.
Weight = Any


def as_weight(owner: str, weight: Weight, argument: str = 'weight') -> Any:
    """A weight as a Python float, or as the symbolic scalar that it is.

    NumPy scalars would turn a float32 loss into a float64 one.

    Parameters
    ----------
    owner : str
        Whose argument it is, for the message.
    weight : float or symbolic scalar
    argument : str
        What it is called.

    Raises
    ------
    TypeError, ValueError
        If it is neither, or not finite.
    """
    if backends.is_symbolic(weight):
        if weight.ndim != 0:
            raise TypeError(
                '{}: the {} {} has {} dimensions; expected a scalar'.format(
                    owner, argument, weight, weight.ndim))
        return weight
    if isinstance(weight, np.ndarray) and weight.ndim == 0:
        weight = weight[()]
    if not isinstance(weight, numbers.Real) or isinstance(weight, (bool, np.bool_)):
        raise TypeError(
            '{}: {}={!r} is not a number; expected a float such as 0.1, or a '
            'symbolic scalar (a shared variable)'.format(owner, argument, weight))
    if not _is_finite(weight):
        raise ValueError('{}: {}={} is not finite; expected a float such '
                         'as 0.1'.format(owner, argument, _shown(weight)))
    return float(weight)


def _is_finite(weight: Any) -> bool:
    try:
        return math.isfinite(weight)
    except OverflowError:
        return False


def _shown(weight: object) -> str:
    """A number for a message; one of hundreds of digits in short."""
    text = repr(weight)
    return text if len(text) <= 40 else '{}... ({} digits)'.format(text[:12], len(text))


def is_none(value: object) -> bool:
    """Whether the value of a keyword means that there is no such penalty."""
    return value is None or (isinstance(value, (bool, np.bool_)) and not value)


def is_zero(weight: object) -> bool:
    """Whether a weight is a plain 0, which nothing can change."""
    return isinstance(weight, numbers.Real) and weight == 0


def warn_not_given(regularizer: Any) -> None:
    """Warn of a penalty whose weight was forgotten."""
    if regularizer.weight is NOT_GIVEN:
        messages.warn('{}: no weight was given, so this penalty has no effect; give '
                      'weight=0.1, or weight=0 if that is meant'.format(
                          type(regularizer).__name__))


def times(weight: Weight, loss: Any) -> Any:
    """Their product, in the float type of the loss."""
    if not backends.is_symbolic(loss):
        return weight * loss
    if backends.is_symbolic(weight):
        return weight.astype(loss.dtype) * loss
    return np.asarray(weight, loss.dtype) * loss


def total(terms: Sequence[Any]) -> Any:
    """The sum of penalties, scalar variables and numbers."""
    symbolic = [term for term in terms if backends.is_symbolic(term)]
    number = sum(term for term in terms if not backends.is_symbolic(term))
    if not symbolic:
        return number
    made = backends.of(*symbolic).total(symbolic)
    return made if len(symbolic) == len(terms) else made + np.asarray(number, made.dtype)


def zero(outputs: Mapping[str, Variable]) -> Any:
    """No penalty: 0 in the default float type of the package of `outputs`."""
    if not outputs:
        return 0.
    backend = backends.of(*outputs.values())
    return backend.tensor.constant(np.asarray(0, backend.floatX))
