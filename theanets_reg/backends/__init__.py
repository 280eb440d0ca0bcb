"""Theano or PyTensor, told from the variables that come in.

The rest of the library works on whatever :func:`of` returns and never asks
which package it is. A package is imported only when one of its variables has
been seen, so it is there already.
"""

import functools
import importlib

from .common import Engine
from .graph import alike, ancestors, replace

__all__ = ['Engine', 'of', 'is_symbolic', 'alike', 'ancestors', 'inputs_of', 'replace',
           'hold_draws']


#: Package: its class in the module of that name.
_CLASSES = {'theano': 'Theano', 'pytensor': 'PyTensor'}


def _package(variable):
    for cls in type(variable).__mro__:
        package = cls.__module__.split('.')[0]
        if cls.__name__ == 'Variable' and package in _CLASSES:
            return package
    return None


def is_symbolic(value):
    """Whether `value` is a variable of a package that we know."""
    return _package(value) is not None


def of(*variables):
    """The engine of the first symbolic variable among `variables`.

    Raises
    ------
    TypeError
        If none of them is a Theano or PyTensor variable.
    """
    for variable in variables:
        package = _package(variable)
        if package is not None:
            return _engine(package)
    raise TypeError(
        'expected a Theano or PyTensor variable, got {}; build the expression '
        'with theano.tensor or pytensor.tensor first'.format(
            ', '.join(type(v).__name__ for v in variables) or 'nothing'))


def inputs_of(outputs):
    """The free inputs of `outputs`: leaves that hold no value of their own."""
    engine = of(*outputs)
    held = (engine.Constant, engine.SharedVariable)
    return [v for v in ancestors(outputs)
            if v.owner is None and not isinstance(v, held)]


def hold_draws(outputs):
    """Take the random draws out of a graph, so that they can be held fixed.

    Parameters
    ----------
    outputs : sequence of variables

    Returns
    -------
    held : list of variables
        `outputs` with a placeholder in the place of every random draw.
    draws : dict of variable -> variable
        What to :func:`replace` the placeholders with in the end.
    """
    is_random = of(*outputs).is_random
    placeholders = {v: v.type() for v in ancestors(outputs)
                    if v.owner is not None and is_random(v.owner)}
    return (replace(outputs, placeholders),
            {held: draw for draw, held in placeholders.items()})


@functools.lru_cache(maxsize=None)
def _engine(package):
    return getattr(importlib.import_module('.' + package, __name__), _CLASSES[package])()
