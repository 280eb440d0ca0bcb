"""Whole models as people write them, small: what :mod:`test_models` is about.

Each is a function of its input that returns what is penalized.
"""

import importlib

import numpy as np

from symbolic import TT, theano
from theanets_reg import backends

BATCH, FEATURES, UNITS = 3, 3, 4


def shared(*shape):
    return theano.shared(np.random.RandomState(sum(shape) + 7 * len(shape)).randn(*shape) / 2)


def package(x):
    return backends.of(x).name


def ifelse(condition, one, other):
    return importlib.import_module(package(one) + '.ifelse').ifelse(condition, one, other)


def batched_dot(one, other):
    """Products of matrices of (n, rows, columns)."""
    return TT.batched_dot(one, other)


# Lasagne and its recipes.

def shifted_sums(images, units):
    """A convolution of (batch, channels, rows, columns) with filters of 2 by 2."""
    filters, high, wide = shared(2, 2, 2, units), images.shape[2] - 1, images.shape[3] - 1
    return sum(TT.tensordot(images[:, :, a:high + a, b:wide + b], filters[a, b], axes=[[1], [0]])
               for a in (0, 1) for b in (0, 1)).dimshuffle(0, 3, 1, 2)


def convolved(images, units):
    return TT.nnet.conv2d(images, shared(units, 2, 2, 2))


def batch_norm(x, deterministic, name):
    """Of all axes but the second, as a layer with running averages has it."""
    axes = [a for a in range(x.ndim) if a != 1]
    count = 2 if x.ndim == 4 else UNITS
    averages, inverse, gamma, beta = shared(count), shared(count) ** 2 + 1, shared(count), \
        shared(count)
    gamma.name, beta.name = name + '.gamma', name + '.beta'
    if not deterministic:
        averages, inverse = x.mean(axes), 1 / TT.sqrt(x.var(axes) + 1e-4)
    pattern = ['x' if a in axes else 0 for a in range(x.ndim)]
    averages, inverse, gamma, beta = [
        v.dimshuffle(*pattern) for v in (averages, inverse, gamma, beta)]
    return (x - averages) * (gamma * inverse) + beta


def dropout(x, stream, rate=.3, axes=()):
    """Inverted dropout, with one draw along `axes`."""
    size = [1 if a in axes else x.shape[a] for a in range(x.ndim)]
    drawn = stream.binomial(size=tuple(size), p=1 - rate, dtype=x.dtype)
    drawn = backends.of(x).fix_broadcast(drawn, [a in axes for a in range(x.ndim)])
    return x / (1 - rate) * drawn


def dense(x, inputs, units):
    return TT.dot(x, shared(inputs, units)) + shared(units)


def lasagne(convolve, deterministic):
    """Convolution, normalization, a rectifier, dropout of maps, a dense layer, dropout."""
    def build(images):
        stream = theano.sandbox.rng_mrg.MRG_RandomStreams(3)
        h = TT.nnet.relu(batch_norm(convolve(images, 2), deterministic, 'norm1'))
        if not deterministic:
            h = dropout(h, stream, axes=(2, 3))
        flat = h.flatten(2)
        h = TT.tanh(batch_norm(dense(flat, 8, UNITS), deterministic, 'norm2'))
        return h if deterministic else dropout(h, stream)
    return build


def dropped(images):
    """The same without normalization, while it is trained."""
    stream = theano.sandbox.rng_mrg.MRG_RandomStreams(5)
    h = dropout(TT.nnet.relu(shifted_sums(images, 2)), stream, axes=(2, 3))
    return dropout(TT.tanh(dense(h.flatten(2), 8, UNITS)), stream)


# Keras 2.

def masked(x):
    """The steps that are not all zeros: (batch, time)."""
    return TT.neq(x, 0).any(axis=-1)


def initial_state(x, units):
    """Zeros (batch, units), made of the input."""
    sums = TT.zeros_like(x).sum(axis=(1, 2)).dimshuffle(0, 'x')
    return TT.tile(sums, (1, units))


def recurrent(make_step, states):
    """All outputs (batch, time, units); a step that is masked hands on what was before."""
    def build(x):
        step, mask = make_step(), masked(x).dimshuffle(1, 0, 'x')
        before = [initial_state(x, UNITS) for _ in range(states)]

        def masked_step(inputs, mask, *old):
            return [TT.switch(mask, new, was) for new, was in zip(step(inputs, *old), old)]
        made, _ = theano.scan(masked_step, sequences=[x.dimshuffle(1, 0, 2), mask],
                              outputs_info=before)
        made = made[0] if isinstance(made, list) else made
        return made.dimshuffle(1, 0, 2)
    return build


def simple_step():
    w, u, b = shared(FEATURES, UNITS), shared(UNITS, UNITS), shared(UNITS)
    return lambda x, h: [TT.tanh(TT.dot(x, w) + b + TT.dot(h, u))]


def lstm_step():
    w, u, b = shared(FEATURES, 4 * UNITS), shared(UNITS, 4 * UNITS), shared(4 * UNITS)

    def step(x, h, c):
        z = TT.dot(x, w) + TT.dot(h, u) + b
        i, f, g, o = [z[:, k * UNITS:(k + 1) * UNITS] for k in range(4)]
        c = TT.nnet.sigmoid(f) * c + TT.nnet.sigmoid(i) * TT.tanh(g)
        return [TT.nnet.sigmoid(o) * TT.tanh(c), c]
    return step


def gru_step():
    w, u, b = shared(FEATURES, 3 * UNITS), shared(UNITS, 3 * UNITS), shared(3 * UNITS)

    def step(x, h):
        x = TT.dot(x, w) + b
        inner = TT.dot(h, u[:, :2 * UNITS])
        z = TT.nnet.sigmoid(x[:, :UNITS] + inner[:, :UNITS])
        r = TT.nnet.sigmoid(x[:, UNITS:2 * UNITS] + inner[:, UNITS:])
        made = TT.tanh(x[:, 2 * UNITS:] + TT.dot(r * h, u[:, 2 * UNITS:]))
        return [z * h + (1 - z) * made]
    return step


def in_train_phase(phase):
    """Noise, dropout and a rectifier, of which a switch says whether they are trained."""
    def build(x):
        training = theano.shared(np.int8(phase))
        stream = theano.sandbox.rng_mrg.MRG_RandomStreams(9)
        noisy = x + stream.normal(size=x.shape, avg=0., std=.2)
        h = TT.tanh(dense(ifelse(training, noisy, x), FEATURES, UNITS))
        h = ifelse(training, dropout(h, stream), h)
        return TT.nnet.relu(dense(h, UNITS, UNITS))
    return build


# Attention.

def layer_norm(x):
    centred = x - x.mean(axis=-1, keepdims=True)
    deviation = TT.sqrt(TT.sqr(centred).mean(axis=-1, keepdims=True) + 1e-3)
    return centred / deviation * shared(UNITS) + shared(UNITS)


def softmax(x):
    e = TT.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def heads_in_front(x):
    """(batch, time, 4) as (2 heads · batch, time, 2)."""
    parts = x.reshape((x.shape[0], x.shape[1], 2, 2)).dimshuffle(2, 0, 1, 3)
    return parts.reshape((2 * x.shape[0], x.shape[1], 2))


def heads_behind(x):
    """(batch, time, 4) as (batch · 2 heads, time, 2)."""
    parts = x.reshape((x.shape[0], x.shape[1], 2, 2)).dimshuffle(0, 2, 1, 3)
    return parts.reshape((-1, x.shape[1], 2))


def attention(x, split, masks):
    """Heads on the axis of the examples, as products of three-dimensional arrays want them."""
    q, k, v = [split(dense(x, UNITS, UNITS + 1)[:, :, :UNITS]) for _ in range(3)]
    scores = batched_dot(q, k.dimshuffle(0, 2, 1)) / np.sqrt(2.)
    if masks:
        scores = scores - 1e9 * (1 - TT.tri(x.shape[1]))
    made = batched_dot(softmax(scores), v)
    if split is heads_in_front:
        parts = made.reshape((2, x.shape[0], x.shape[1], 2)).dimshuffle(1, 2, 0, 3)
    else:
        parts = made.reshape((-1, 2, x.shape[1], 2)).dimshuffle(0, 2, 1, 3)
    return dense(parts.reshape((x.shape[0], x.shape[1], UNITS)), UNITS, UNITS)


def transformer(split, masks=False):
    """Embedded features, attention and a dense layer, each normalized and with a residual."""
    def build(x):
        h = dense(x, FEATURES, UNITS)
        h = layer_norm(h + attention(h, split, masks))
        return layer_norm(h + dense(TT.nnet.relu(dense(h, UNITS, 6)), 6, UNITS))
    return build


# A variational autoencoder.

def code(x):
    """Mean, logarithm of the variance, and the code with noise that is given."""
    noise = theano.shared(np.random.RandomState(4).randn(BATCH, 2))
    h = TT.tanh(dense(x, FEATURES, 5))
    mu, logvar = dense(h, 5, 2), dense(h, 5, 2)
    return mu, logvar, mu + TT.exp(logvar / 2) * noise


def divergence(mu, logvar):
    return -.5 * (1 + logvar - TT.sqr(mu) - TT.exp(logvar)).sum(axis=1)
