"""Symbolic draws for a variable: which, from a seed, and how they are distributed."""

from __future__ import annotations

import hashlib
import numbers
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import backends

if TYPE_CHECKING:
    from ..backends.types import Variable

__all__ = ['make_up', 'normal', 'stream_for', 'uniform']


def make_up(variable: Variable) -> str:
    """How a variable is computed: the ops, and the names of what they begin with.

    It is the same when the graph is built again.
    """
    parts = []
    for v in backends.ancestors([variable]):
        if v.owner is None:
            parts.append(v.name or str(v.type))
        else:
            parts.append('{}/{}'.format(type(v.owner.op).__name__, v.owner.outputs.index(v)))
    return ' '.join(parts)


def stream_for(variable: Variable, rng: Any, *uses: object) -> Any:
    """The stream given, or a new one for this variable and this use of it alone.

    Parameters
    ----------
    variable : variable
    rng : int or random stream
        A seed stands for as many streams as there are variables and uses: their draws
        are independent of each other, and come again from the same seed.
    *uses : objects
        What the draws are for; of what makes them different by its ``str``.

    Returns
    -------
    stream : random stream
    """
    if not isinstance(rng, numbers.Integral):
        return rng
    told = '\n'.join([str(rng), make_up(variable)] + [str(use) for use in uses])
    digest = hashlib.sha256(told.encode('utf-8')).hexdigest()
    # Theano's seeds end at 2**31 - 21069.
    return backends.of(variable).random_stream(1 + int(digest, 16) % (2 ** 31 - 2 ** 16))


def uniform(stream: Any, variable: Variable) -> Variable:
    """Draws from 0 to 1, of the shape of `variable`; float16 is taken for float32."""
    backend = backends.of(variable)
    wide = backend.wide(variable)
    shape = tuple(variable.shape[axis] for axis in range(variable.ndim))
    draws = backend.uniform(stream, shape).astype(wide.dtype)
    return backend.fix_broadcast(draws, variable.broadcastable)


def normal(stream: Any, variable: Variable) -> Variable:
    """Draws of mean 0 and deviation 1, of the shape of `variable`.

    By Box and Muller: streams of all makes have uniform draws.
    """
    tensor = backends.of(variable).tensor
    one, other = uniform(stream, variable), uniform(stream, variable)
    # Rounding may make a 0 of a draw, which has no logarithm.
    lengths = tensor.sqrt(-2 * tensor.log(tensor.maximum(one, np.asarray(1e-10, one.dtype))))
    return lengths * tensor.cos(np.asarray(2 * np.pi, one.dtype) * other)
