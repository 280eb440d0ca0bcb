"""What is proven from a graph, and above all what is not."""

import warnings

import numpy as np
import pytest

from symbolic import TT, theano
import theanets_reg.backends as backends
from theanets_reg.jacobian import explain, squared_norms
from theanets_reg.jacobian.independence import Proof

from mixes import MIXES
from oracles import ways
from test_jacobian import assert_close, mode_of_literal, norms_and_gradients

RNG = np.random.RandomState(7)


def shared(*shape):
    return theano.shared(RNG.randn(*shape))


def way(output, wrt):
    found, = ways(output, wrt)
    return found


@pytest.mark.parametrize('mix', sorted(MIXES))
def test_mixing_is_never_taken_for_independent(engine, mix):
    x, w = TT.matrix('x'), shared(3, 3)
    z = TT.tanh(MIXES[mix](TT.nnet.sigmoid(TT.dot(x, w))))
    assert way(z, x) == 'literal Jacobian'
    _, found, expected = norms_and_gradients(
        [z], [x], [w], [RNG.randn(4, 3)], [x], mode=mode_of_literal(engine))
    assert_close(found, expected, 1e-9)


BROADCASTS = {
    'spread over a new batch': lambda x, row, c: row + c,
    'spread by a product': lambda x, row, c: TT.dot(row, shared(3, 3)) * c,
    'spread by alloc': lambda x, row, c: TT.alloc(row, c.shape[0], 3),
    'several places': lambda x, row, c: x + x.T,
    'examples by their numbers': lambda x, row, c: x[1] * x[0],
    'custom gradient': lambda x, row, c: theano.gradient.grad_scale(x, .5),
    'batch as weights': lambda x, row, c: TT.dot(c, x),
}


@pytest.mark.parametrize('name', sorted(BROADCASTS))
def test_not_proven(name):
    x, row, c = TT.matrix('x'), TT.row('row'), shared(3, 3)
    z = BROADCASTS[name](x, row, c)
    wrt = row if name.startswith('spread') else x
    assert way(z, wrt) == 'literal Jacobian'
    _, found, expected = norms_and_gradients(
        [z], [wrt], [c], [RNG.randn(1 if wrt is row else 3, 3)], [wrt])
    assert_close(found, expected, 1e-9)


INDEPENDENT = {
    'flatten': lambda x: x.reshape((x.shape[0], 4, 4)).flatten(2),
    'reshape and -1': lambda x: TT.tanh(x).reshape((x.shape[0], -1, 2)),
    'time first and back': lambda x: TT.dot(
        x.reshape((x.shape[0], 4, 4)).dimshuffle(1, 0, 2), shared(4, 3)
    ).dimshuffle(1, 0, 2),
    'time first': lambda x: TT.tanh(TT.dot(
        x.reshape((x.shape[0], 4, 4)).dimshuffle(1, 0, 2), shared(4, 3))),
    'transposed dot': lambda x: TT.dot(shared(3, 16), TT.tanh(x).T).T,
    'batched dot': lambda x: TT.batched_dot(
        x.reshape((x.shape[0], 4, 4)), TT.tanh(x).reshape((x.shape[0], 4, 4))),
    'join of parts': lambda x: TT.concatenate([x[:, 3:], TT.tanh(x)[:, ::2]], axis=1),
    'taken units': lambda x: TT.tanh(x)[:, [3, 1, 1]],
    'written units': lambda x: TT.set_subtensor(x[:, 2:5], TT.tanh(x[:, :3])),
    'written into what is joined': lambda x: TT.set_subtensor(TT.concatenate(
        [TT.zeros((x.shape[0], 2)), shared(3, 2)], axis=1)[:, 1:3], TT.tanh(x[:, :2])),
    'added units': lambda x: TT.inc_subtensor(x[:, 2], TT.sqr(x[:, 1])),
    'cumulated units': lambda x: TT.cumsum(TT.tanh(x), axis=1),
    'one value': lambda x: TT.sqr(x).sum(axis=1),
    'integers on the way': lambda x: x * TT.argmax(x, axis=1).dimshuffle(0, 'x'),
    'shapes on the way': lambda x: x * x.shape[0] + TT.zeros_like(x[0]),
    'constant gradient': lambda x: x * theano.gradient.disconnected_grad(x.mean(axis=0)),
    'max of units': lambda x: TT.tanh(x).max(axis=1),
    'norm': lambda x: x / x.norm(2, axis=1).dimshuffle(0, 'x'),
    'outer product of units': lambda x: x.dimshuffle(0, 1, 'x') * x.dimshuffle(0, 'x', 1),
    'column': lambda x: TT.tanh(TT.dot(x, shared(16, 1))),
    'vector weights': lambda x: TT.tanh(TT.dot(x, shared(16))),
    'ones among others': lambda x: x * TT.ones((1, 16)) + TT.ones_like(x),
}


@pytest.mark.parametrize('name', sorted(INDEPENDENT))
def test_proven(name):
    x = TT.matrix('x')
    z = INDEPENDENT[name](x)
    assert way(z, x) != 'literal Jacobian', explain(z, x)
    _, found, expected = norms_and_gradients([z], [x], [], [RNG.randn(3, 16)], [x])
    assert_close(found, expected, 1e-9)


def recurrent(x, step, states, *sequences, **kwargs):
    """A scan over time first, as theanets builds its layers."""
    zero = theano.shared(np.zeros((1, 4)))
    found, _ = theano.scan(
        step, sequences=list(sequences), outputs_info=[
            s and TT.repeat(zero, x.shape[0], axis=0) for s in states], **kwargs)
    found = found[-1] if isinstance(found, list) else found
    return found.dimshuffle(1, 0, 2)


def rnn(x, **kwargs):
    w = shared(4, 4)
    inner = TT.dot(x.dimshuffle(1, 0, 2), shared(3, 4)) + shared(4)
    return recurrent(x, lambda x_t, h: [x_t + TT.dot(h, w), TT.tanh(x_t + TT.dot(h, w))],
                     [None, True], inner, **kwargs)


def gru(x):
    w, u, v = shared(4, 4), shared(4, 4), shared(4, 4)
    inner = [TT.dot(x.dimshuffle(1, 0, 2), shared(3, 4)) for _ in range(3)]

    def step(x_t, r_t, z_t, h):
        r = TT.nnet.sigmoid(r_t + TT.dot(h, w))
        z = TT.nnet.sigmoid(z_t + TT.dot(h, u))
        return (1 - z) * h + z * TT.tanh(x_t + TT.dot(r * h, v))
    return recurrent(x, step, [True], *inner)


def lstm(x):
    w, peep = shared(4, 16), shared(4)
    inner = TT.dot(x.dimshuffle(1, 0, 2), shared(3, 16))

    def step(x_t, h, c):
        z = x_t + TT.dot(h, w)
        i, f, g, o = (z[:, 4 * n:4 * (n + 1)] for n in range(4))
        c = TT.nnet.sigmoid(f + c * peep) * c + TT.nnet.sigmoid(i) * TT.tanh(g)
        return [c, TT.nnet.sigmoid(o) * TT.tanh(c)]
    return recurrent(x, lambda x_t, c, h: step(x_t, h, c), [True, True], inner)


def clockwork(x):
    w, period = shared(4, 4), theano.shared(np.array([2, 2, 1, 1], 'i'))
    inner = TT.dot(x.dimshuffle(1, 0, 2), shared(3, 4))

    def step(t, x_t, p, h):
        p = TT.switch(TT.eq(t % period, 0), x_t + TT.dot(h, w), p)
        return [p, TT.tanh(p)]
    return recurrent(x, step, [True, True], TT.arange(inner.shape[0]), inner)


def two_steps_back(x):
    start = TT.zeros((2, x.shape[0], 3))
    found, _ = theano.scan(lambda x_t, h, g: TT.tanh(x_t + h - .5 * g),
                           sequences=x.dimshuffle(1, 0, 2),
                           outputs_info=dict(initial=start, taps=[-1, -2]))
    return found.dimshuffle(1, 0, 2)


RECURRENT = {
    'rnn': rnn, 'gru': gru, 'lstm': lstm, 'clockwork': clockwork,
    'backwards': lambda x: rnn(x, go_backwards=True),
    'truncated': lambda x: rnn(x, truncate_gradient=2),
    'two steps back': two_steps_back,
    'both ways': lambda x: TT.concatenate(
        [rnn(x), rnn(x, go_backwards=True)], axis=2),
    'last state': lambda x: TT.tanh(TT.dot(rnn(x)[:, -1], shared(4, 2))),
    'time by batch': lambda x: rnn(x).dimshuffle(1, 0, 2),
}


@pytest.mark.as_written
@pytest.mark.parametrize('name', sorted(RECURRENT))
def test_recurrent(name):
    x = TT.tensor3('x')
    z = RECURRENT[name](x)
    assert way(z, x) == 'recursion over time', explain(z, x)
    params = [v for v in theano.gof.graph.inputs([z])
              if isinstance(v, theano.compile.SharedVariable)
              and v.dtype == 'float64']
    _, found, expected = norms_and_gradients(
        [z], [x], params, [RNG.randn(2, 3, 3)], [x])
    assert_close(found, expected, 1e-9)


def test_loops_of_one_op_know_their_sizes_apart():
    """The variables of their steps may be the very same, but not of the same sizes."""
    x, c = TT.tensor3('x'), shared(3, 3)

    def loop(sequence):
        return theano.scan(lambda a: TT.tanh(a).dimshuffle(1, 0), sequences=sequence)[0]
    one = loop(x.dimshuffle(1, 0, 2))
    other, = backends.replace([one], {x: TT.dot(x, c).dimshuffle(2, 1, 0)})
    assert other.owner.op == one.owner.op
    proof = Proof([one, other], x)
    assert (proof.batch[one].axis, proof.batch[other].axis) == (2, 1)
    outside = set(backends.ancestors([one, other]))
    assert {variable for variable, _ in proof.sizes.known} <= outside


def test_a_known_number_of_examples_is_told_from_others_of_that_size():
    """By a symbol of its own: numbers alone would not tell where the examples are."""
    x = TT.matrix('x')
    v = TT.tanh(x.reshape((4, 8)))
    z = TT.tanh(v.reshape((v.shape[0], 2, 4)))
    assert way(z, v) != 'literal Jacobian', explain(z, v)
    found, expected = theano.function([x], [
        squared_norms(z, v), squared_norms(z, v, method='jacobian')])(RNG.randn(8, 4))
    assert_close([found], [expected], 1e-9)


WRT = {
    'one example': (TT.row, (1, 4), lambda x: TT.tanh(TT.dot(x, shared(4, 3)))),
    'one example, deep': (TT.row, (1, 4), lambda x: TT.nnet.softmax(
        TT.dot(TT.tanh(TT.dot(x, shared(4, 3))), shared(3, 2)))),
    'one number each': (TT.vector, (5,), TT.tanh),
    'one number each, to units': (TT.vector, (5,), lambda x: TT.tanh(
        x.dimshuffle(0, 'x') * shared(4))),
    'column': (TT.col, (5, 1), lambda x: TT.tanh(TT.dot(x, shared(1, 3)))),
    'images': (TT.tensor4, (2, 2, 2, 2), lambda x: TT.nnet.softmax(
        TT.dot(x.flatten(2), shared(8, 3)))),
}


@pytest.mark.parametrize('name', sorted(WRT))
def test_inputs_of_every_shape(name):
    make, shape, function = WRT[name]
    x = make('x')
    z = function(x)
    assert way(z, x) != 'literal Jacobian', explain(z, x)
    _, found, expected = norms_and_gradients([z], [x], [], [RNG.randn(*shape)], [x])
    assert_close(found, expected, 1e-9)


def test_draws_are_those_of_the_forward_pass():
    x = TT.matrix('x')
    mask = TT.shared_randomstreams.RandomStreams(3).binomial(size=x.shape, p=.5)
    z = TT.tanh(TT.dot(x * mask.astype('float64'), shared(3, 4)))
    z = TT.dot(z, shared(4, 2))
    outputs = [squared_norms(z, x), squared_norms(z, x, chunk_size=1),
               squared_norms(z, x, method='jacobian'),
               squared_norms(z, x * 1) * 0]
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        draws = [theano.function([x], outputs + [mask])(np.ones((3, 3)))
                 for _ in range(1)]
    a, b, c, _, seen = draws[0]
    np.testing.assert_allclose(a, c)
    np.testing.assert_allclose(b, c)
    assert ((c == 0) == (seen.sum(axis=1) == 0)).all()
