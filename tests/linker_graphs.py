"""Small graphs of PyTensor that each of its modes is tried on, value and gradient.

Run as a script it tries some in one mode: ``python linker_graphs.py 'rnn;lstm' JAX``.
"""

import sys
from collections import OrderedDict

import numpy as np
import pytensor
import pytensor.tensor as pt

from theanets_reg import RecurrentNorm, squared_norms

#: What each mode is compared with: the graph as it is written, in Python.
PLAIN = pytensor.compile.Mode(linker='py', optimizer=None)

MODES = OrderedDict([
    ('Python', pytensor.compile.Mode(linker='py', optimizer='fast_run')),
    ('C', pytensor.compile.Mode(linker='cvm', optimizer='fast_run')),
    ('Numba', 'NUMBA'), ('JAX', 'JAX'), ('PyTorch', 'PYTORCH')])


def shared(*shape):
    values = np.random.RandomState(shape[0] + 10 * shape[1]).randn(*shape)
    return pytensor.shared((values / shape[0] ** .5).astype('float32'), shape=shape)


def given(*shape):
    """An input of any batch size, and numbers for it.

    JAX has to know the other sizes.
    """
    values = np.random.RandomState(sum(shape)).randn(*shape).astype('float32')
    return pt.tensor('x', dtype='float32', shape=(None, ) + shape[1:]), values


def dense(widths, **kwargs):
    """The norm of the last of some tanh layers."""
    x, values = given(5, widths[0])
    h, weights = x, [shared(m, n) for m, n in zip(widths[:-1], widths[1:])]
    for W in weights:
        h = pt.tanh(pt.dot(h, W))
    return x, values, weights, squared_norms(h, x, **kwargs).mean()


def looped(step, matrices, inputs, sizes):
    """The states of a loop over an input (2, 4, 3), the time in front."""
    x, values = given(2, 4, 3)
    weights = [shared(*sizes) for sizes in matrices]
    starts = [pt.zeros_like(x[:, 0, :1]) + pt.zeros(n, 'float32') for n in sizes]
    made = pytensor.scan(
        step, sequences=[inputs(x, weights).dimshuffle(1, 0, 2)],
        outputs_info=starts, non_sequences=weights[-1:], return_updates=False)
    return x, values, weights, made if len(sizes) == 1 else made[0]


def rnn():
    return looped(lambda a, h, U: pt.tanh(a + pt.dot(h, U)), [(3, 2), (2, 2)],
                  lambda x, weights: x @ weights[0], [2])


def lstm():
    def step(a, h, c, U):
        gates = a + pt.dot(h, U)
        i, f, o, u = [gates[:, k:k + 2] for k in (0, 2, 4, 6)]
        c = pt.sigmoid(f) * c + pt.sigmoid(i) * pt.tanh(u)
        return pt.sigmoid(o) * pt.tanh(c), c
    return looped(step, [(3, 8), (2, 8)], lambda x, weights: x @ weights[0], [2, 2])


def norms_of(states, pick=lambda states: states, **kwargs):
    x, values, weights, made = states
    return x, values, weights, squared_norms(pick(made), x, **kwargs).mean()


def recurrent_norm():
    x, values, weights, states = rnn()
    return x, values, weights, RecurrentNorm('h', time_axis=0, norm='l2').loss([], {'h': states})


GRAPHS = OrderedDict([
    ('one layer', lambda: dense([4, 3])),
    ('three layers', lambda: dense([4, 6, 5, 3])),
    ('through a narrow layer', lambda: dense([6, 2, 5], strategy='through a narrow layer')),
    ('columns', lambda: dense([2, 5, 6], strategy='column blocks')),
    ('rows in chunks', lambda: dense([6, 5, 3], strategy='row blocks', chunk_size=2)),
    ('columns in chunks', lambda: dense([3, 5, 6], strategy='column blocks', chunk_size=2)),
    # One unit has one sign, whose square is one: the estimate is the norm.
    ('hutchinson', lambda: dense([4, 3, 1], method='hutchinson')),
    ('recurrent_norm', recurrent_norm),
    ('rnn', lambda: norms_of(rnn())),
    ('lstm', lambda: norms_of(lstm())),
    ('rnn, last step', lambda: norms_of(rnn(), lambda states: states[-1]))])


def check(name, mode):
    """Value and gradients of a graph in a mode are those of the graph as written."""
    x, values, weights, cost = GRAPHS[name]()
    results = [cost] + pytensor.grad(cost, weights)
    expected, found = [pytensor.function([x], results, mode=m)(values)
                       for m in (PLAIN, MODES[mode])]
    assert np.abs(expected[0]) > 1e-3
    assert all(r.dtype == 'float32' for r in results)
    for f, e in zip(found, expected):
        assert np.asarray(f).dtype == 'float32'
        np.testing.assert_allclose(np.asarray(f), e, rtol=1e-4, atol=1e-5)


if __name__ == '__main__':
    for name in sys.argv[1].split(';'):
        check(name, sys.argv[2])
