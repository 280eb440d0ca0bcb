"""The penalty on the largest singular values, against NumPy's."""

import numpy as np
import pytest

from symbolic import TT, theano
import oracles
from oracles import RTOL, function
from theanets_reg import SpectralNorm, penalty


def squares(*values):
    """Mean over the weights of the square of the largest singular value."""
    return np.mean([np.linalg.svd(v.reshape(len(v), -1))[1][0] ** 2 for v in values])


def shared(value, **kwargs):
    return theano.shared(np.asarray(value, kwargs.pop('dtype', 'float64')), **kwargs)


def last(f, calls):
    for _ in range(calls):
        found = f()
    return found


@pytest.mark.parametrize('shape', [(5, 3), (3, 5), (4, 2, 3, 3), (1, 4), (4, 1), (1, 1)])
def test_from_the_first_call_on(rng, shape):
    W, b = shared(rng.randn(*shape)), shared(rng.randn(3))
    expr = penalty({'x': TT.matrix('x')}, spectral_norm=dict(weight=.5, params=[W, b]))
    f = function([], expr)
    for _ in range(3):
        np.testing.assert_allclose(f(), .5 * squares(W.get_value()), rtol=RTOL)


def test_mean_over_the_weights(rng):
    values = [rng.randn(5, 3), 3 * rng.randn(2, 4), .1 * rng.randn(6, 6)]
    loss = SpectralNorm(params=[shared(v) for v in values]).loss((), {})
    np.testing.assert_allclose(function([], loss)(), squares(*values), rtol=RTOL)


def test_of_an_expression_it_goes_on_from_call_to_call(rng):
    """The vector is kept between calls, and the estimate never too large."""
    W = shared(rng.randn(30, 20))
    f = function([], SpectralNorm(params=[2 * W]).loss((), {}))
    found, exact = [f() for _ in range(300)], 4 * squares(W.get_value())
    assert found[0] < .9 * exact
    assert (np.diff(found) > -1e-6 * exact).all()
    assert all(v < exact * (1 + 1e-9) for v in found)
    np.testing.assert_allclose(found[-1], exact, rtol=RTOL)


def test_more_iterations_in_each_call(rng):
    W = shared(rng.randn(30, 20))
    one, ten = [function([], SpectralNorm(iterations=n, params=[2 * W]).loss((), {}))
                for n in (1, 10)]
    np.testing.assert_allclose(last(one, 20), last(ten, 2), rtol=1e-4)
    assert one() != ten()


def test_follows_a_weight(rng):
    """Where another direction becomes the largest, too, of whatever shape."""
    W = shared(np.diag([3., 1.]))
    f = function([], SpectralNorm(params=[W]).loss((), {}))
    np.testing.assert_allclose(last(f, 200), 9, rtol=RTOL)
    W.set_value(np.diag([1., 3.]))
    np.testing.assert_allclose(last(f, 20), 9, rtol=RTOL)
    for shape in (4, 5), (3, 2):
        W.set_value(rng.randn(*shape))
        np.testing.assert_allclose(last(f, 200), squares(W.get_value()), rtol=RTOL)


def test_zeros_and_what_is_not_finite(rng):
    W = shared(np.zeros((3, 2)))
    loss = SpectralNorm(params=[W]).loss((), {})
    f, g = function([], loss), function([], theano.grad(loss, W))
    assert last(f, 3) == 0 and (g() == 0).all()
    W.set_value(np.full((3, 2), np.nan))
    assert np.isnan(f())
    W.set_value(rng.randn(3, 2))
    np.testing.assert_allclose(last(f, 100), squares(W.get_value()), rtol=RTOL)


def test_gradient(rng):
    start = rng.randn(4, 3)
    W = shared(start)
    loss = SpectralNorm(params=[W, W.T.dot(W)]).loss((), {})
    f = function([], theano.grad(loss, W))
    np.testing.assert_allclose(
        last(f, 200), oracles.central_jacobian(lambda w: squares(w, w.T.dot(w)), start),
        rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize('dtype', ['float16', 'float32'])
def test_dtype(rng, dtype):
    W = shared(rng.randn(4, 3), dtype=dtype)
    loss = SpectralNorm(weight=.5, params=[W])({})
    assert loss.dtype == dtype
    f = function([], loss)
    np.testing.assert_allclose(
        last(f, 50), .5 * squares(W.get_value().astype('float64')), rtol=2e-3)


@pytest.mark.parametrize('given', [0, -1, 1.5, True, '1'])
def test_iterations_that_are_none(given):
    with pytest.raises(ValueError, match='is no positive integer'):
        SpectralNorm(iterations=given)


@pytest.mark.parametrize('layers', [[5, (4, 'tanh'), 2], [5, (4, 'lstm'), 2]])
def test_theanets(theanets, rng, layers):
    """While training: each step sees the weights of that step."""
    recurrent = 'lstm' in str(layers)
    net = (theanets.recurrent.Regressor if recurrent else theanets.Regressor)(layers)
    lead = (6, 3) if recurrent else (6, )
    data = [rng.randn(*lead + (5, )), rng.randn(*lead + (2, ))]
    values = [p.get_value() for p in net.params if p.ndim > 1]
    steps = net.itertrain(data, algo='sgd', learning_rate=.05, batch_size=6, spectral_norm=.3)
    _, valid = next(steps)
    np.testing.assert_allclose(valid['spectral_norm'], squares(*values), rtol=1e-5)
    np.testing.assert_allclose(valid['loss'], valid['err'] + .3 * valid['spectral_norm'])
    for _ in range(3):
        values = [p.get_value() for p in net.params if p.ndim > 1]
        train, _ = next(steps)
        np.testing.assert_allclose(train['spectral_norm'], squares(*values), rtol=.02)
    assert train['spectral_norm'] < valid['spectral_norm']
