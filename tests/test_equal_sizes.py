"""Graphs that are told from others by their axes only, where all sizes are equal."""

import numpy as np
import pytest

from oracles import contractive_norms, function, ways
from symbolic import TT, theano
from theanets_reg.jacobian import squared_norms

pytestmark = pytest.mark.filterwarnings('ignore:squared_norms')

N, STEP = 3, 1e-6

#: What is put behind a layer.
TRAPS = {
    'transposed twice': lambda h, w: TT.tanh(h.T).T,
    'transposed': lambda h, w: h.T,
    'product from the left': lambda h, w: TT.dot(w.T, h.T).T,
    'transposed product': lambda h, w: TT.dot(w, h),
    'units reversed': lambda h, w: h[:, ::-1] * TT.tanh(h),
    'only reversed': lambda h, w: TT.sqr(h[:, ::-1]),
    'repeated reads': lambda h, w: TT.sqr(h[:, [0, 0, 1]]),
    'reads that are added': lambda h, w: h[:, [0, 0, 1]] + h,
    'broadcast': lambda h, w: h * h.sum(axis=1, keepdims=True),
    'broadcast of one unit': lambda h, w: h + h[:, 0].dimshuffle(0, 'x') * w[0],
    'broadcast of the examples': lambda h, w: h + h.sum(axis=1),
    'mean over units': lambda h, w: h - h.mean(axis=1, keepdims=True),
    'mean over units, alone': lambda h, w: h.mean(axis=1),
    'layer norm': lambda h, w: (h - h.mean(axis=1, keepdims=True)) / TT.sqrt(
        h.var(axis=1, keepdims=True) + .1),
    'outer product': lambda h, w: h.dimshuffle(0, 1, 'x') * h.dimshuffle(0, 'x', 1),
    'outer product of examples': (
        lambda h, w: h.dimshuffle(0, 1, 'x') * h.dimshuffle('x', 0, 1)),
    'square of a matrix': lambda h, w: TT.dot(h, h),
    'diagonal written': lambda h, w: TT.set_subtensor(h[:, ::-1], TT.sqr(h)),
    'residual': lambda h, w: h + TT.dot(TT.tanh(h), w),
    'reshaped to itself': lambda h, w: h.T.reshape(h.shape),
    'softmax': lambda h, w: TT.nnet.softmax(h),
    'softmax over examples': lambda h, w: TT.nnet.softmax(h.T).T,
}


@pytest.mark.parametrize('front', ['layer', 'two layers', 'input'])
@pytest.mark.parametrize('name', sorted(TRAPS))
def test_against_central_differences(engine, name, front, rng):
    if engine == 'pytensor' and front == 'input':
        pytest.skip('PyTensor takes long, and a layer in front is the harder case')
    x, w, v = TT.matrix('x'), theano.shared(rng.randn(N, N)), theano.shared(rng.randn(N, N))
    h = {'layer': TT.tanh(TT.dot(x, w)), 'input': x * w[0],
         'two layers': TT.dot(TT.tanh(TT.dot(x, w)), w)}[front]
    output = TRAPS[name](h, v)
    point = rng.randn(N, N)
    mode = theano.compile.Mode(linker='vm' if engine == 'theano' else 'py', optimizer=None)
    norms = squared_norms(output, x)
    f = function([x], [norms, theano.grad(norms.sum(), w)], mode=mode)
    expected = contractive_norms(function([x], output, mode=mode), point)
    np.testing.assert_allclose(f(point)[0], expected, rtol=1e-6, atol=1e-8)
    value, direction = w.get_value(), rng.randn(N, N)
    found, sums = (f(point)[1] * direction).sum(), []
    for sign in (1, -1):
        w.set_value(value + sign * STEP * direction)
        sums.append(f(point)[0].sum())
    assert found == pytest.approx((sums[0] - sums[1]) / (2 * STEP), rel=1e-5, abs=1e-6)


MIXED = sorted(name for name in TRAPS if name.startswith((
    'product', 'broadcast', 'mean', 'layer norm', 'outer', 'square', 'residual', 'softmax')))


@pytest.mark.parametrize('name', MIXED)
def test_what_mixes_units_or_examples_has_no_closed_form(name):
    x, w = TT.matrix('x'), theano.shared(np.eye(N))
    assert ways(TRAPS[name](TT.tanh(TT.dot(x, w)), w), x) != ['closed form']
