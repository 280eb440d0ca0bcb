"""Theano or PyTensor, told from the variables that come in.

The rest of the library works on whatever :func:`of` returns and never asks
which package it is. A package is imported only when one of its variables has
been seen, so it is there already.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .base import Backend
from .graph import alike, ancestors, dtype, exchange, replace, replace_in
from .kinds import add_op

if TYPE_CHECKING:
    from .types import Variable

__all__ = ['Backend', 'of', 'is_symbolic', 'alike', 'ancestors', 'inputs_of', 'replace',
           'replace_in', 'exchange', 'dtype', 'hold_fixed', 'add_op']


#: Package: its class in the module of that name.
_CLASSES = {'theano': 'Theano', 'pytensor': 'PyTensor'}


def _package(variable: object) -> Any:
    for cls in type(variable).__mro__:
        package = cls.__module__.split('.')[0]
        if cls.__name__ == 'Variable' and package in _CLASSES:
            return package
    return None


def is_symbolic(value: object) -> bool:
    """Whether `value` is a variable of a package that we know."""
    return _package(value) is not None


def of(*variables: Any) -> Backend:
    """The backend of the symbolic variables among `variables`.

    Raises
    ------
    TypeError
        If none of them is a Theano or PyTensor variable, or some are of the
        one package and some of the other.
    """
    packages = sorted({_package(variable) for variable in variables} - {None})
    if len(packages) == 1:
        return _backend(packages[0])
    if packages:
        raise TypeError('expected variables of one package, got some of each of {}; build '
                        'the whole graph with one of them'.format(' and '.join(packages)))
    raise TypeError(
        'expected a Theano or PyTensor variable, got {}; build the expression '
        'with theano.tensor or pytensor.tensor first'.format(
            ', '.join(type(v).__name__ for v in variables) or 'nothing'))


def inputs_of(outputs: Sequence[Variable]) -> list[Variable]:
    """The free inputs of `outputs`: leaves that hold no value of their own."""
    backend = of(*outputs)
    held = (backend.Constant, backend.SharedVariable)
    return [v for v in ancestors(outputs)
            if v.owner is None and not isinstance(v, held)]


def hold_fixed(outputs: Sequence[Variable]) -> tuple[list[Variable], dict[Variable, Variable]]:
    """Take out of a graph what is the same for every row of its Jacobian.

    That is its random draws, and the shared variables that are updated in every call:
    a loop over the rows would draw again, and update them at each row.

    Parameters
    ----------
    outputs : sequence of variables

    Returns
    -------
    held : list of variables
        `outputs` with placeholders.
    fixed : dict of variable -> variable
        What to :func:`replace` the placeholders with in the end.
    """
    backend = of(*outputs)
    found = backend.updated(outputs) + [
        v for v in ancestors(outputs)
        if v.owner is not None and backend.is_random(v.owner)]
    placeholders = {v: v.type() for v in found}
    return (replace(outputs, placeholders),
            {placeholder: v for v, placeholder in placeholders.items()})


@functools.lru_cache(maxsize=None)
def _backend(package: str) -> Backend:
    module = importlib.import_module('.{}_backend'.format(package), __name__)
    return getattr(module, _CLASSES[package])()
