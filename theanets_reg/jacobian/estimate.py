"""Unbiased estimates by random projections, for any graph.

For a vector v of independent random signs, E ‖Jᵀv‖² = ‖J‖²: a backward pass
from random signs, in place of one from every element of the output.
"""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import backends
from .chunks import surroundings
from .linear_maps.base import per_example

if TYPE_CHECKING:
    from ..backends.base import Backend
    from ..backends.types import Variable

__all__ = ['check_rng', 'check_samples', 'projected']

# So many samples have a backward pass of their own in the graph; more are made in a loop.
FEW = 8

# So many outputs share a backward pass. Where all are made of one variable it has a
# gradient from each, which the packages add up in one op: see Backend.total.
TOGETHER = 16


def projected(outputs: list[Variable], wrts: list[Variable], samples: int,
              rng: Any) -> list[Variable]:
    """Estimates of the squared norms, one backward pass per sample.

    Parameters
    ----------
    outputs, wrts : lists of float tensor variables
        All of them share each backward pass: signs that are independent of
        each other make the products of different outputs vanish on average.
    samples : int
        How many projections are averaged.
    rng : int or random stream

    Returns
    -------
    norms : list of vector variables
        For each of `wrts`, shape (batch,): summed over `outputs`.
    """
    backend = backends.of(*outputs)
    stream = _stream(backend, rng)
    signs = [_signs(backend, stream, output, samples) for output in outputs]
    one = [output.type() for output in outputs]
    squares = [per_example(backend.tensor.sqr(backend.wide(row)))
               for row in _projections(backend, outputs, one, wrts)]
    each = (_each if samples <= FEW else _in_a_loop)(backend, squares, one, signs, samples)
    return [norms.mean(axis=0).astype(wrt.dtype) for norms, wrt in zip(each, wrts)]


def _projections(backend: Backend, outputs: list[Variable], signs: list[Variable],
                 wrts: list[Variable]) -> list[Variable]:
    """Backward passes from random signs, for each of `wrts` added up."""
    rows = []
    for first in range(0, len(outputs), TOGETHER):
        here = slice(first, first + TOGETHER)
        # Not known_grads=: where one output leads to another it would drop
        # what comes back from the other.
        cost = sum((output * sign).sum() for output, sign in zip(outputs[here], signs[here]))
        rows.append(backend.grad(cost, wrts, disconnected_inputs='ignore'))
    return [backend.total(list(terms)) for terms in zip(*rows)]


def _each(backend: Backend, squares: list[Variable], one: list[Variable], signs: list[Variable],
          samples: int) -> Sequence[Variable]:
    """`squares` with each of `signs` in the place of `one`: (samples, batch)."""
    made = [backends.replace(squares, {o: s[sample] for o, s in zip(one, signs)})
            for sample in range(samples)]
    return [backend.tensor.stack(list(terms)) for terms in zip(*made)]


def _in_a_loop(backend: Backend, squares: list[Variable], one: list[Variable],
               signs: list[Variable], samples: int) -> Sequence[Variable]:
    """The same, where the graph would grow too large."""
    needed = surroundings(backend, squares, *one)

    def step(*given: Variable) -> list[Variable]:
        return backends.replace(squares, dict(zip(one + needed, given)))

    found, _ = backend.scan(step, sequences=signs, non_sequences=needed, n_steps=samples)
    return found if isinstance(found, (list, tuple)) else [found]


def _signs(backend: Backend, stream: Any, output: Variable, samples: int) -> Variable:
    """Random signs, shape (samples,) + output.shape."""
    shape = (samples, ) + tuple(output.shape[a] for a in range(output.ndim))
    one = np.asarray(1, output.dtype)
    positive = backend.tensor.lt(backend.uniform(stream, shape), 0.5)
    signs = backend.tensor.switch(positive, one, -one)
    return backend.fix_broadcast(signs, (False, ) + tuple(output.broadcastable))


def _stream(backend: Backend, rng: Any) -> Any:
    """The stream given, or a new one whose draws are like no other's.

    A dropout layer may well have the same seed. Signs that follow from its
    mask would not be independent of the function that is projected.
    """
    if not isinstance(rng, numbers.Integral):
        return rng
    mixed = np.random.RandomState([int(rng) % 2 ** 32, int(rng) // 2 ** 32, 0x7369676e])
    return backend.random_stream(int(mixed.randint(1, 2 ** 31 - 2 ** 20)))


def check_samples(owner: str, samples: Any) -> int:
    """`samples` as an int.

    Raises
    ------
    TypeError, ValueError
        If it is no positive integer.
    """
    if not isinstance(samples, numbers.Integral) or isinstance(samples, bool):
        raise TypeError('{}: samples={!r} is not an integer; expected the number of '
                        'random projections, such as 1'.format(owner, samples))
    if samples < 1:
        raise ValueError('{}: samples={!r} is not positive; expected the number of '
                         'random projections, such as 1'.format(owner, samples))
    return int(samples)


def check_rng(owner: str, rng: Any) -> Any:
    """`rng`, if it is a seed or a stream of symbolic draws.

    Raises
    ------
    TypeError, ValueError
        If it is neither.
    """
    if isinstance(rng, numbers.Integral) and not isinstance(rng, bool):
        if not 0 <= rng < 2 ** 64:    # type: ignore[operator]
            raise ValueError('{}: the seed rng={!r} is out of range; expected an '
                             'integer from 0 to 2**64 - 1'.format(owner, rng))
        return int(rng)
    if not all(hasattr(rng, name) for name in ('uniform', 'state_updates')):
        raise TypeError(
            '{}: rng={!r} is not a source of symbolic draws; expected an integer '
            'seed, or a stream: MRG_RandomStreams(13) with Theano, RandomStream(13) '
            'with PyTensor'.format(owner, rng))
    return rng
