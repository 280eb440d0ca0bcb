"""Parts of random feed-forward graphs, each by its name.

In front of a layer ``f(draws, h, n)`` gives the variable and its number of
units; behind one ``f(draws, h, n)`` gives the variable alone. The units are
the last axis.
"""

import numpy as np

from symbolic import TT


def last(h, index):
    """``h[..., index]``"""
    return h[(slice(None), ) * (h.ndim - 1) + (index, )]


def _mask(draws, n):
    kept = (draws.rng.rand(n) < .6).astype(draws.dtype)
    kept[draws.rng.randint(n)] = 1
    return kept


def _indexed(draws, h, n):
    index = draws.rng.randint(n, size=draws.rng.randint(1, n + 2))
    return last(h, list(index)), len(index)


def _drawn(draws, h, with_noise):
    return with_noise(h) if draws.noise else h


#: Between one layer's output and the next one's product.
FRONT = {
    'scale': lambda d, h, n: (h * np.asarray(.7, d.dtype), n),
    'scale of units': lambda d, h, n: (h * d.constant(n), n),
    'scale by a weight': lambda d, h, n: (h * d.param(n), n),
    'mask': lambda d, h, n: (h * _mask(d, n), n),
    'switch by a mask': lambda d, h, n: (TT.switch(
        _mask(d, n) > 0, h, np.asarray(.3, d.dtype)), n),
    'shift': lambda d, h, n: (h - d.constant(n), n),
    'shift by a weight': lambda d, h, n: (h + d.param(n), n),
    'copy': lambda d, h, n: (TT.tensor_copy(h), n),
    'filled': lambda d, h, n: (h * TT.ones_like(h) + TT.zeros_like(h), n),
    'noise': lambda d, h, n: (_drawn(d, h, lambda h: h + d.normal(h.shape)), n),
    'dropout': lambda d, h, n: (_drawn(d, h, lambda h: h * d.dropout(h.shape)), n),
    'repeated reads': _indexed,
    'reversed units': lambda d, h, n: (last(h, slice(None, None, -1)), n),
    'fewer units': lambda d, h, n: (last(h, slice(1, None)), n - 1) if n > 1 else (h, n),
    'times the first unit': lambda d, h, n: (
        h * TT.shape_padright(last(h, 0)), n),
    'times the sum': lambda d, h, n: (h * h.sum(axis=-1, keepdims=True), n),
    'padded': lambda d, h, n: (TT.concatenate([TT.zeros_like(h), h], axis=-1), 2 * n),
    'constant matrix': lambda d, h, n: (TT.dot(h, d.constant(n, n)), n),
    'cumulated units': lambda d, h, n: (TT.cumsum(h, axis=h.ndim - 1), n),
}


#: The product of a layer, given (batch, n).
DENSE = {
    'dot': lambda h, w: TT.dot(h, w),
    'tensordot': lambda h, w: TT.tensordot(h, w, axes=[[1], [0]]),
    'dot of transposes': lambda h, w: TT.dot(w.T, h.T).T,
    'sum of products': lambda h, w: (h.dimshuffle(0, 1, 'x') * w).sum(axis=1),
}

#: The product of a layer at each step, given (batch, steps, n).
DENSE_STEPS = {
    'dot of steps': lambda h, w: TT.dot(h, w),
    'tensordot of steps': lambda h, w: TT.tensordot(h, w, axes=[[2], [0]]),
    'flat dot of steps': lambda h, w: TT.dot(h.reshape((-1, w.shape[0])), w).reshape(
        (h.shape[0], h.shape[1], w.shape[1])),
    'dot with steps first': lambda h, w: TT.dot(h.dimshuffle(1, 0, 2), w).dimshuffle(1, 0, 2),
    'tensordot of units first': lambda h, w: TT.tensordot(
        w, h.dimshuffle(2, 0, 1), axes=[[0], [0]]).dimshuffle(1, 2, 0),
}


def _in_pairs(h, n):
    return h.reshape((h.shape[0], n // 2, 2)) if n % 2 == 0 else h.reshape((h.shape[0], n, 1))


#: What is made of an output (batch, n).
BEHIND = {
    'as it is': lambda d, h, n: h,
    'turned': lambda d, h, n: h.T,
    'a column': lambda d, h, n: h[:, n - 1],
    'in pairs': lambda d, h, n: _in_pairs(h, n),
    'in pairs turned': lambda d, h, n: _in_pairs(h, n).dimshuffle(2, 0, 1),
    'fewer outputs': lambda d, h, n: h[:, :max(n - 1, 1)],
    'repeated outputs': lambda d, h, n: _indexed(d, h, n)[0],
    'reversed outputs': lambda d, h, n: h[:, ::-1],
    'sum of units': lambda d, h, n: h.sum(axis=1),
    'axis in the middle': lambda d, h, n: h.dimshuffle(0, 'x', 1),
    'scaled': lambda d, h, n: d.constant(n) * h,
    'written to': lambda d, h, n: TT.set_subtensor(h[:, :1], np.asarray(.1, d.dtype)),
}

#: What is made of an output (batch, steps, n).
BEHIND_STEPS = {
    'as it is': lambda d, h, n: h,
    'steps first': lambda d, h, n: h.dimshuffle(1, 0, 2),
    'steps last': lambda d, h, n: h.dimshuffle(0, 2, 1),
    'mean of steps': lambda d, h, n: h.mean(axis=1),
    'greatest of steps': lambda d, h, n: h.max(axis=1),
    'last step': lambda d, h, n: h[:, -1],
    'flattened': lambda d, h, n: h.flatten(2),
    'cumulated steps': lambda d, h, n: TT.cumsum(h, axis=1),
    'reversed steps': lambda d, h, n: h[:, ::-1],
    'products of steps': lambda d, h, n: TT.batched_dot(h, h.dimshuffle(0, 2, 1)),
}
