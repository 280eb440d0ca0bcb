"""The works of the recurrent benchmark, for Theano, PyTensor and jax alike.

A library is a dict of functions: ``dot``, ``tanh``, ``sigmoid``, ``concatenate`` along
the last axis, ``zeros`` (an initial state for a sequence) and ``scan``. Time is the first
axis here; features and units are the last; what is between them, if anything,
is the library's own affair.
"""

from collections import OrderedDict

import numpy as np

__all__ = ['WORKS', 'arrays', 'network']


def rnn(library, x, params):
    """One tanh layer: states of shape (time, ..., units)."""
    w, b, u = params
    dot, tanh = library['dot'], library['tanh']

    def step(z, h):
        return [tanh(z + dot(h, u))]
    return library['scan'](step, [dot(x, w) + b], [u.shape[0]])[0]


def gru(library, x, params):
    """Gates as in theanets: the reset acts before the product."""
    dot, tanh, sigmoid = library['dot'], library['tanh'], library['sigmoid']
    sequences = [dot(x, w) + b for w, b in zip(params[:3], params[3:6])]
    hh, hr, hz = params[6:]

    def step(xh, xr, xz, h):
        reset = sigmoid(xr + dot(h, hr))
        rate = sigmoid(xz + dot(h, hz))
        new = tanh(xh + dot(reset * h, hh))
        return [(1 - rate) * h + rate * new]
    return library['scan'](step, sequences, [hh.shape[0]])[0]


def lstm(library, x, params):
    """With peepholes, as in theanets."""
    w, b, u, input_peep, forget_peep, output_peep = params
    dot, tanh, sigmoid = library['dot'], library['tanh'], library['sigmoid']
    units = library['size'](u)

    def step(z, h, cell):
        z = z + dot(h, u)
        i, f, c, o = [z[..., k * units:(k + 1) * units] for k in range(4)]
        new = sigmoid(f + cell * forget_peep) * cell + sigmoid(i + cell * input_peep) * tanh(c)
        return [sigmoid(o + new * output_peep) * tanh(new), new]
    return library['scan'](step, [dot(x, w) + b], [u.shape[0]] * 2)[0]


def bidirectional(library, x, params):
    """Half of the units run forwards, the other half backwards."""
    return library['concatenate']([rnn(library, x, params[:3]),
                                   rnn(library, x[::-1], params[3:])[::-1]])


def stacked(library, x, params):
    return rnn(library, rnn(library, x, params[:3]), params[3:])


def last(library, x, params):
    return rnn(library, x, params)[-1]


def head(library, x, params):
    """A few units made of the last step."""
    return library['tanh'](library['dot'](last(library, x, params[:3]), params[3]))


def _rnn_shapes(features, units):
    return [(features, units), (units, ), (units, units)]


def _gru_shapes(features, units):
    return [(features, units)] * 3 + [(units, )] * 3 + [(units, units)] * 3


def _lstm_shapes(features, units):
    return [(features, 4 * units), (4 * units, ), (units, 4 * units)] + [(units, )] * 3


def _bidirectional_shapes(features, units):
    return _rnn_shapes(features, units // 2) * 2


def _head_shapes(features, units):
    return _rnn_shapes(features, units) + [(units, max(1, units // 8))]


def _stacked_shapes(features, units):
    return _rnn_shapes(features, units) + _rnn_shapes(units, units)


#: Title: name of the network.
WORKS = OrderedDict([
    ('rnn', 'rnn'), ('gru', 'gru'), ('lstm', 'lstm'),
    ('bidirectional rnn', 'bidirectional'), ('two stacked rnn', 'stacked'),
    ('last step of an rnn', 'last'), ('a layer on the last step of an rnn', 'head')])

_NETWORKS = dict(rnn=(rnn, _rnn_shapes), gru=(gru, _gru_shapes), lstm=(lstm, _lstm_shapes),
                 bidirectional=(bidirectional, _bidirectional_shapes),
                 stacked=(stacked, _stacked_shapes), last=(last, _rnn_shapes),
                 head=(head, _head_shapes))


def arrays(work):
    """Sequences (batch, time, features), and the list of parameters.

    Parameters
    ----------
    work : dict
        With `net`, `batch`, `steps`, `features`, `units` and `dtype`.
    """
    rng = np.random.RandomState(13)
    x = rng.randn(work['batch'], work['steps'], work['features'])
    shapes = _NETWORKS[work['net']][1](work['features'], work['units'])
    params = [rng.randn(*s) / np.sqrt(s[0]) for s in shapes]
    return x.astype(work['dtype']), [p.astype(work['dtype']) for p in params]


def network(library, work, x, params):
    """The output of sequences whose first axis is time."""
    return _NETWORKS[work['net']][0](library, x, params)
