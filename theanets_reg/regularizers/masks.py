"""Which steps of which sequences count: 0/1 arrays of shape (batch, time).

Those of three axes, (batch, time, units), are as the weights of a loss often come: a step
counts where one of its units does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import backends, messages

if TYPE_CHECKING:
    from ..backends.base import Backend
    from ..backends.types import Variable

__all__ = ['Mask', 'as_mask', 'find', 'checked', 'hold_padding', 'without_padding',
           'zeroed']

#: An array, a variable, the name of an output or of an input of the graph, or None.
Mask = Any

OTHER_VALUES = ('{}: the mask holds other values than 0 and 1; give 1 where a step counts '
                'and 0 where it is padding')


def as_mask(owner: str, mask: Mask) -> Any:
    """Check a mask as far as it is known before there is a graph.

    Parameters
    ----------
    owner : str
        Whose argument it is, for the message.
    mask : array, variable, str or None

    Raises
    ------
    ValueError
        If it holds other values than 0 and 1.
    """
    if mask is None or isinstance(mask, str) or backends.is_symbolic(mask):
        return mask
    mask = np.asarray(mask)
    if mask.dtype.kind not in 'biuf' or not np.isin(mask, (0, 1)).all():
        raise ValueError(OTHER_VALUES.format(owner))
    return mask


def find(owner: str, mask: Mask, outputs: Mapping[str, Variable]) -> Any:
    """The mask itself, where its name was given: of an output, or of the graph's inputs."""
    if not isinstance(mask, str):
        return mask
    if mask in outputs:
        return outputs[mask]
    inputs = backends.inputs_of(list(outputs.values())) if outputs else []
    named = {variable.name: variable for variable in inputs if variable.name}
    if mask not in named:
        raise ValueError(
            '{}: mask {!r} is not among the outputs: {}; nor the inputs: {}.{} The weights of '
            "a loss are 'weights', in a theanets net with weighted=True".format(
                owner, mask, messages.listed(outputs), messages.listed(named),
                messages.nearest(mask, [*outputs, *named])))
    return named[mask]


def checked(owner: str, mask: Mask, name: str | None, variable: Variable) -> Variable:
    """Where the mask is not 0, its shape and its values checked when it runs.

    Parameters
    ----------
    owner, name : str
        Whose mask it is, and what `variable` is called, if anything.
    mask : array or variable, shape (batch, time) or (batch, time, units)
    variable : variable, shape (batch, time, ...)

    Returns
    -------
    valid : boolean variable, shape (batch, time)
    """
    backend = backends.of(variable)
    given = backend.tensor.as_tensor_variable(mask)
    if given.ndim not in (2, 3):
        raise ValueError('{}: the mask has {} dimension{}; expected (batch, time). '
                         'Give one 0 or 1 for each step of each sequence'.format(
                             owner, given.ndim, '' if given.ndim == 1 else 's'))
    message = _other_shape(owner, mask, name)
    known = [[backend.static_size(v, axis) for v in (given, variable)] for axis in (0, 1)]
    if any(None not in sizes and sizes[0] != sizes[1] for sizes in known):
        raise ValueError(message)
    fits = backend.tensor.eq(given.shape[:2], variable.shape[:2]).all()
    given = backend.check(given, fits, message)
    if backends.is_symbolic(mask):
        given = _of_zeros_and_ones(owner, backend, given)
    if given.ndim == 3:
        given = backend.tensor.neq(given, 0).any(axis=2)
    # A package that reckons with shapes takes this one for right, and not for one that
    # must fit by itself: its own words for that would come before ours.
    return backend.tensor.neq(given.reshape(variable.shape[:2], ndim=2), 0)


def _other_shape(owner: str, mask: Mask, name: str | None) -> str:
    """What to say of a mask that does not fit."""
    array = isinstance(mask, np.ndarray)
    said = ('{}: the shape{} of the mask is not the (batch, time) of {}; give one 0 '
            'or 1 for each step of each sequence'.format(
                owner, ' {}'.format(mask.shape) if array else '',
                repr(name) if name else 'the input'))
    return said if not array else said + (
        '. An array is the mask of every call: one of all data does not fit to mini-batches. '
        "Give each batch its own, as a variable, or by its name: mask='weights' in a theanets "
        'net with weighted=True, which takes them as the last array of its data')


def _of_zeros_and_ones(owner: str, backend: Backend, given: Variable) -> Variable:
    """A mask whose values are known only when it runs, and checked then."""
    if given.dtype == 'bool':
        return given
    known = backend.tensor.or_(backend.tensor.eq(given, 0), backend.tensor.eq(given, 1))
    return backend.check(given, known.all(), OTHER_VALUES.format(owner))


def without_padding(owner: str, mask: Mask, name: str | None, output: Variable) -> Variable:
    """`output` with zeros, which have no derivatives, in the masked steps."""
    if output.ndim < 3:
        return output
    return zeroed(checked(owner, mask, name, output), output)


def zeroed(valid: Variable, variable: Variable) -> Variable:
    """A variable (batch, time, ...) with zeros where `valid` (batch, time) is not.

    Padding may hold anything, NaN included: it must not reach a product, not even one
    with zero.
    """
    return backends.of(variable).tensor.switch(
        _spread(valid, variable), variable, np.asarray(0, variable.dtype))


def hold_padding(owner: str, mask: Mask, outputs: list[Variable],
                 inputs: list[Variable]) -> tuple[list[Variable], list[Variable]]:
    """Make outputs depend on inputs in steps that count only.

    Parameters
    ----------
    owner : str
        Whose mask it is, for the message.
    mask : array or variable
    outputs, inputs : lists of variables
        The former are computed from the latter.

    Returns
    -------
    outputs, inputs : lists of variables
        The same values, and each input that has a time axis exchanged for one to
        differentiate by; masked steps keep their values, as constants.
    """
    def change(old: Variable, place: int) -> tuple[Variable, Variable] | None:
        return None if old.ndim < 3 else _held(checked(owner, mask, old.name, old), old)
    return backends.exchange(outputs, inputs, change)


def _held(valid: Variable, old: Variable) -> tuple[Variable, Variable]:
    """A variable to differentiate by, and what to put in the place of the old one."""
    tensor, zero = backends.of(old).tensor, np.asarray(0, old.dtype)
    new = old.copy()
    new.name = old.name
    finite = tensor.switch(tensor.or_(tensor.isnan(old), tensor.isinf(old)), zero, old)
    return new, tensor.switch(_spread(valid, old), new, finite)


def _spread(valid: Variable, variable: Variable) -> Variable:
    return valid.dimshuffle(0, 1, *['x'] * (variable.ndim - 2))
