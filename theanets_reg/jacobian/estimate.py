"""Unbiased estimates by random projections, for any graph.

For a vector v of independent random signs, E ‖Jᵀv‖² = ‖J‖²: a backward pass
from random signs, in place of one from every element of the output.
"""

import numbers

import numpy as np

from .. import backends 

__all__ = ['check_rng', 'check_samples', 'projected']


def projected(outputs, wrts, samples, rng):
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
    totals = [0] * len(wrts)
    for sample in range(samples):
        # Not known_grads=: where one output leads to another it would drop
        # what comes back from the other.
        cost = sum((output * sign[sample]).sum() for output, sign in zip(outputs, signs))
        rows = backend.grad(cost, wrts, disconnected_inputs='ignore')
        totals = [total + _per_example(backend, row) for total, row in zip(totals, rows)]
    return [total / np.asarray(samples, total.dtype) for total in totals]


def _signs(backend, stream, output, samples):
    """Random signs, shape (samples,) + output.shape."""
    shape = (samples, ) + tuple(output.shape[a] for a in range(output.ndim))
    one = np.asarray(1, output.dtype)
    positive = backend.tensor.lt(backend.uniform(stream, shape), 0.5)
    signs = backend.tensor.switch(positive, one, -one)
    return backend.fix_broadcast(signs, (False, ) + tuple(output.broadcastable))


def _per_example(backend, row):
    squares = backend.tensor.sqr(row)
    if row.ndim < 2:
        return squares.reshape((-1, ), ndim=1)
    return squares.sum(axis=list(range(1, row.ndim)))


def _stream(backend, rng):
    """The stream given, or a new one whose draws are like no other's.

    A dropout layer may well have the same seed. Signs that follow from its
    mask would not be independent of the function that is projected.
    """
    if not isinstance(rng, numbers.Integral):
        return rng
    mixed = np.random.RandomState([int(rng) % 2 ** 32, int(rng) // 2 ** 32, 0x7369676e])
    return backend.random_stream(int(mixed.randint(1, 2 ** 31 - 2 ** 20)))


def check_samples(owner, samples):
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


def check_rng(owner, rng):
    """`rng`, if it is a seed or a stream of symbolic draws.

    Raises
    ------
    TypeError, ValueError
        If it is neither.
    """
    if isinstance(rng, numbers.Integral) and not isinstance(rng, bool):
        if not 0 <= rng < 2 ** 64:
            raise ValueError('{}: the seed rng={!r} is out of range; expected an '
                             'integer from 0 to 2**64 - 1'.format(owner, rng))
        return int(rng)
    if not all(hasattr(rng, name) for name in ('uniform', 'state_updates')):
        raise TypeError(
            '{}: rng={!r} is not a source of symbolic draws; expected an integer '
            'seed, or a stream: MRG_RandomStreams(13) with Theano, RandomStream(13) '
            'with PyTensor'.format(owner, rng))
    return rng
