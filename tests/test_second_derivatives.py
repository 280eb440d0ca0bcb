"""The gradient of a penalty that is itself a gradient through a loop.

Theano 1.0.5 and PyTensor 2 get these wrong by themselves: see
theanets_reg.compat.scan.
"""

import numpy as np
import pytest
import theanets_reg.backends
from theanets_reg.jacobian import METHODS, squared_norms

from symbolic import RandomStreams, TT, theano

STEP = 1e-6


def layer(x, w, u):
    """A recurrent layer, (batch, time, inputs) -> (batch, time, units)."""
    h, _ = theano.scan(lambda a, h: TT.tanh(a + TT.dot(h, u)),
                       sequences=[TT.dot(x.dimshuffle(1, 0, 2), w)],
                       outputs_info=[TT.zeros((x.shape[0], u.shape[0]))])
    return h.dimshuffle(1, 0, 2)


def two_back(x, w, u):
    """Each unit reads itself, at one and at two steps back."""
    start = TT.zeros((2, x.shape[0], u.shape[0]))
    h, _ = theano.scan(lambda a, g, h: TT.tanh(a + u[0] * h - u[1] * g),
                       sequences=[TT.dot(x.dimshuffle(1, 0, 2), w)],
                       outputs_info=[dict(initial=start, taps=[-2, -1])])
    return h.dimshuffle(1, 0, 2)


OUTPUTS = {
    'two steps back': two_back,
    'one layer': lambda x, w, u: layer(x, w, u),
    'two layers': lambda x, w, u: layer(layer(x, w, u), u, u),
    'nonlinear layer behind': lambda x, w, u: TT.tanh(TT.sqr(TT.dot(layer(x, w, u), u))),
    'softmax behind': lambda x, w, u: TT.nnet.softmax(
        layer(x, w, u).reshape((-1, u.shape[0]))).reshape((x.shape[0], x.shape[1], -1)),
}


@pytest.mark.filterwarnings('ignore:squared_norms')
@pytest.mark.parametrize('method', METHODS)
@pytest.mark.parametrize('name', sorted(OUTPUTS))
def test_against_central_differences(rng, name, method):
    x = TT.tensor3('x')
    params = w, u = [theano.shared(rng.randn(*shape)) for shape in ((2, 3), (3, 3))]
    streams = RandomStreams(5)
    norms = squared_norms(OUTPUTS[name](x, w, u), x, method=method, rng=streams)
    f = theano.function([x], [norms.sum()] + theano.grad(norms.sum(), params))
    point = rng.randn(2, 4, 2)

    def evaluate(values):
        for param, value in zip(params, values):
            param.set_value(value)
        streams.seed(5)
        return f(point)

    values = [p.get_value() for p in params]
    direction = [rng.randn(*v.shape) for v in values]
    found = sum((g * d).sum() for g, d in zip(evaluate(values)[1:], direction))
    above, below = (evaluate([v + sign * STEP * d for v, d in zip(values, direction)])[0]
                    for sign in (1, -1))
    assert found == pytest.approx((above - below) / (2 * STEP), rel=1e-6)


def test_hessian_of_a_recurrence():
    x, w, start = TT.vector('x'), TT.scalar('w'), TT.scalar('start')
    theanets_reg.backends.of(x)
    h, _ = theano.scan(lambda a, h: TT.tanh(a + w * h), sequences=[x], outputs_info=[start])
    slope = theano.grad(TT.sqr(h).sum(), w)
    f = theano.function([x, w, start], [slope, theano.grad(slope, w)])
    point = np.array([.3, -.2, .5, .1])
    (above, _), (below, _) = f(point, .7 + STEP, .1), f(point, .7 - STEP, .1)
    assert f(point, .7, .1)[1] == pytest.approx((above - below) / (2 * STEP), rel=1e-6)


def normalized(x, params, place):
    """One of the results of Theano's batch normalization, or what is made of all."""
    w, scale, bias = params
    results = TT.nnet.bn.batch_normalization_train(
        TT.dot(x, w), scale, bias, running_mean=TT.ones(3), running_var=TT.ones(3))
    if place == 'all':
        return TT.tanh(sum((i + 1) * r for i, r in enumerate(results)))
    if place == 'behind':
        return TT.tanh(results[0])
    return results[place] * TT.ones_like(x)


@pytest.mark.filterwarnings('ignore:squared_norms')
@pytest.mark.parametrize('method', METHODS)
@pytest.mark.parametrize('place', [0, 1, 2, 3, 4, 'behind', 'all'])
def test_batch_normalization(rng, engine, method, place):
    """The gradients of its statistics are in the gradient of a penalty."""
    if engine != 'theano':
        pytest.skip('PyTensor has no such op')
    x = TT.matrix('x')
    params = [theano.shared(rng.randn(*shape)) for shape in ((3, 3), (3, ), (3, ))]
    streams = RandomStreams(5)
    output = normalized(x, params, place)
    norms = squared_norms(output, x, method=method, rng=streams)
    compiled = theano.function([x], [norms.sum(), output] + theano.grad(
        norms.sum(), params, disconnected_inputs='ignore'))
    point = rng.randn(5, 3)

    def evaluate(*values):
        for param, value in zip(params, values):
            param.set_value(value)
        streams.seed(5)
        return compiled(point)

    values = [p.get_value() for p in params]
    for param, value, slope in zip(params, values, evaluate(*values)[2:]):
        for i in np.ndindex(value.shape):
            ends = []
            for sign in (1, -1):
                moved = value.copy()
                moved[i] += sign * 1e-5
                ends.append(evaluate(*[moved if p is param else v
                                       for p, v in zip(params, values)])[0])
            assert slope[i] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-5, abs=1e-6)
