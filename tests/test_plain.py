"""What shapes a training gradient is no part of the function that is penalized."""

import numpy as np
import pytest

from symbolic import TT, theano
from oracles import contractive_norms, function
from theanets_reg.jacobian import METHODS, explain, squared_norms

STEP = 1e-6
RNG = np.random.RandomState(3)
VALUES = [RNG.randn(3, 3), RNG.randn(3, 3)]


def clip(variable):
    return theano.gradient.grad_clip(variable, -1e-3, 1e-3)


def rnn(x, w, u, step=lambda h: h, **kwargs):
    h, _ = theano.scan(lambda a, h: step(TT.tanh(a + TT.dot(h, u))), sequences=[
        TT.dot(x.dimshuffle(1, 0, 2), w)], outputs_info=[TT.zeros((x.shape[0], 3))], **kwargs)
    return h.dimshuffle(1, 0, 2)


def composite(x, w, u):
    """A layer that is one op, with a clipped gradient inside."""
    inputs = [v.type() for v in (x, w)]
    op = theano.compile.builders.OpFromGraph(inputs, [TT.tanh(clip(TT.dot(*inputs)))])
    return TT.tanh(TT.dot(op(x, w), u))


MATRIX, SEQUENCES = RNG.randn(2, 3), RNG.randn(2, 4, 3)
CLIPPED = {
    'in front': (MATRIX, lambda x, w, u: TT.tanh(TT.dot(clip(x), w))),
    'between layers': (MATRIX, lambda x, w, u: TT.tanh(TT.dot(clip(TT.tanh(TT.dot(x, w))), u))),
    'weights': (MATRIX, lambda x, w, u: TT.tanh(TT.dot(x, clip(w)))),
    'mixed examples': (MATRIX, lambda x, w, u: TT.tanh(clip(TT.dot(x - x.mean(axis=0), w)))),
    'composite op': (MATRIX, composite),
    'step of a loop': (SEQUENCES, lambda x, w, u: rnn(x, w, u, clip)),
    'truncated loop': (SEQUENCES, lambda x, w, u: rnn(x, w, u, truncate_gradient=2)),
    'truncated loop behind': (SEQUENCES, lambda x, w, u: rnn(
        rnn(x, w, u), w, u, truncate_gradient=1)),
}


@pytest.mark.as_written
@pytest.mark.filterwarnings('ignore:squared_norms')
@pytest.mark.parametrize('method', METHODS)
@pytest.mark.parametrize('name', sorted(CLIPPED))
def test_clipped_and_truncated_gradients_are_whole(name, method):
    point, make = CLIPPED[name]
    x = TT.TensorType('float64', (False,) * point.ndim)('x')
    params = w, u = [theano.shared(value) for value in VALUES]
    z = make(x, w, u)
    samples = 1 if method != 'hutchinson' else 4
    norms = squared_norms(z, x, method=method, samples=samples)
    compiled = function([x], [norms] + theano.grad(norms.sum(), params,
                                                   disconnected_inputs='ignore'))
    if method != 'hutchinson':
        exact = contractive_norms(function([x], z), point)
        np.testing.assert_allclose(compiled(point)[0], exact, rtol=1e-6)
        slopes_of_parameters(compiled, point, params)
    else:
        unclipped = point, WHOLE[name][1]
        assert_estimate_is_that_of(unclipped, compiled(point)[0], params, samples)


# The same functions with nothing said of their gradients.
WHOLE = {
    'in front': (MATRIX, lambda x, w, u: TT.tanh(TT.dot(x, w))),
    'between layers': (MATRIX, lambda x, w, u: TT.tanh(TT.dot(TT.tanh(TT.dot(x, w)), u))),
    'weights': (MATRIX, lambda x, w, u: TT.tanh(TT.dot(x, w))),
    'mixed examples': (MATRIX, lambda x, w, u: TT.tanh(TT.dot(x - x.mean(axis=0), w))),
    'composite op': (MATRIX, lambda x, w, u: TT.tanh(TT.dot(TT.tanh(TT.dot(x, w)), u))),
    'step of a loop': (SEQUENCES, lambda x, w, u: rnn(x, w, u)),
    'truncated loop': (SEQUENCES, lambda x, w, u: rnn(x, w, u)),
    'truncated loop behind': (SEQUENCES, lambda x, w, u: rnn(rnn(x, w, u), w, u)),
}


def assert_estimate_is_that_of(unclipped, found, params, samples):
    """The same seed draws the same signs, so that estimates are equal."""
    point, make = unclipped
    x = TT.TensorType('float64', (False,) * point.ndim)('x')
    norms = squared_norms(make(x, *params), x, method='hutchinson', samples=samples)
    np.testing.assert_allclose(found, function([x], norms)(point), rtol=1e-9)


def slopes_of_parameters(compiled, point, params):
    """The gradient by the parameters, against differences in a direction."""
    rng = np.random.RandomState(5)
    start = [p.get_value() for p in params]
    way = [rng.randn(*value.shape) for value in start]
    slope = sum((g * w).sum() for g, w in zip(compiled(point)[1:], way))
    sides = []
    for sign in (1, -1):
        for param, value, direction in zip(params, start, way):
            param.set_value(value + sign * STEP * direction)
        sides.append(compiled(point)[0].sum())
    assert slope == pytest.approx((sides[0] - sides[1]) / (2 * STEP), rel=1e-6, abs=1e-8)


def test_the_users_words_about_the_function_stay():
    """A constant made by the user has no derivatives, in every method."""
    x = TT.matrix('x')
    z = x * theano.gradient.disconnected_grad(TT.tanh(x))
    for method in METHODS:
        norms = function([x], squared_norms(z, x, method=method))(MATRIX)
        np.testing.assert_allclose(norms, (np.tanh(MATRIX) ** 2).sum(axis=1))


def test_a_clipped_layer_goes_the_way_of_a_plain_one():
    x, w, u = TT.matrix('x'), theano.shared(VALUES[0]), theano.shared(VALUES[1])
    for name in 'in front', 'between layers', 'composite op':
        assert explain(CLIPPED[name][1](x, w, u), x) == explain(
            WHOLE[name][1](x, w, u), x)


def test_what_a_layer_overrides_itself_stays():
    """An op with a gradient of its own is asked for it."""
    x = TT.matrix('x')
    name = 'pullback' if hasattr(theano.compile.builders.OpFromGraph, 'pullback') \
        else 'lop_overrides'
    inner = TT.matrix()
    op = theano.compile.builders.OpFromGraph(
        [inner], [clip(TT.tanh(inner))],
        **{name: lambda inputs, outputs, slopes: [3 * slopes[0]]})
    norms = squared_norms(op(x), x, method='jacobian')
    np.testing.assert_allclose(function([x], norms)(MATRIX), [27, 27])
