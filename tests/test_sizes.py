"""Sizes that are none, sizes that are only known when it runs, and kinds of numbers."""

import numpy as np
import pytest

from symbolic import TT, theano
from oracles import EXACT, contractive_norms, function, tensor
from theanets_reg.jacobian import METHODS, explain, squared_norms

pytestmark = pytest.mark.filterwarnings('ignore:squared_norms')

STEP = 1e-6


def weights(rng, *shape):
    return theano.shared(rng.randn(*shape) / np.sqrt(max(shape[0], 1)))


def check(output, x, w, point, **kwargs):
    """Value and training gradient, against central differences."""
    forward = function([x], output)
    norms = squared_norms(output, x, **kwargs)
    compiled = function([x], [norms, theano.grad(norms.sum(), w)])
    np.testing.assert_allclose(compiled(point)[0], contractive_norms(forward, point),
                               rtol=1e-6, atol=1e-9)
    value, direction = w.get_value(), np.random.RandomState(1).randn(*w.get_value().shape)
    sums = []
    for sign in (1, -1):
        w.set_value(value + sign * STEP * direction)
        sums.append(compiled(point)[0].sum())
    w.set_value(value)
    assert (compiled(point)[1] * direction).sum() == pytest.approx(
        (sums[0] - sums[1]) / (2 * STEP), rel=1e-5, abs=1e-7)


RESHAPES = {
    'cumsum, all in a column': lambda h, s: h.reshape((TT.cumsum(h).shape[0], 1)),
    'cumprod, all in a row': lambda h, s: h.reshape((1, TT.cumprod(h).shape[0])),
    'cumsum along an axis': lambda h, s: h.reshape((TT.cumsum(h, axis=0).shape[0], 3)),
    'a row of a matrix of sizes': lambda h, s: h.reshape(s[0], ndim=2),
    'a part of one': lambda h, s: h.reshape(s[0, :2], ndim=2),
    'a row of a constant': lambda h, s: h.reshape(
        TT.constant(np.array([[6, 2], [0, 0]]))[0], ndim=2),
    'a column, turned': lambda h, s: h.reshape(s.T[:, 0], ndim=2),
}


@pytest.mark.parametrize('method', EXACT)
@pytest.mark.parametrize('name', sorted(RESHAPES))
def test_reshapes(name, method, rng):
    x, w = TT.matrix('x'), weights(rng, 3, 3)
    sizes = TT.constant(np.array([[3, 4]]))
    check(RESHAPES[name](TT.tanh(TT.dot(x, w)), sizes), x, w, rng.randn(4, 3), method=method)


COMPLEX = {
    'abs': lambda x, h: abs(TT.complex(x, 2 * x)),
    'square': lambda x, h: TT.real(TT.sqr(TT.complex(h, 2 * x))),
    'product': lambda x, h: TT.imag(TT.complex(h, 2 * x) * TT.complex(x, h) * x),
    'quotient': lambda x, h: abs(TT.complex(h, x) / (1 + TT.complex(x * x, h))),
    'conjugate': lambda x, h: TT.imag(TT.conj(TT.complex(x, h)) - TT.complex(h, x)),
    'exp': lambda x, h: TT.real(TT.exp(-TT.complex(h, x))),
    'from real': lambda x, h: TT.real(TT.complex(x, h) * h.astype('complex128')),
    'constant': lambda x, h: TT.real(TT.complex(x, h) * np.complex128(1 + 2j)),
    'switch': lambda x, h: abs(TT.switch(x > 0, TT.complex(x, h), TT.complex(h, x))),
    'moved': lambda x, h: TT.real(TT.complex(x, h).dimshuffle(1, 0)[::-1].T.reshape(x.shape)),
    'dot': lambda x, h: abs(TT.dot(TT.complex(x, h), TT.complex(x, h).T)),
    'over the batch': lambda x, h: TT.tanh(TT.dot(x, x.T)).sum() * abs(
        TT.complex(x, h) - TT.complex(h, x).sum(axis=0)),
    'real numbers behind': lambda x, h: TT.tanh(h * TT.real(TT.exp(TT.complex(x, h)))),
    'angle': lambda x, h: TT.angle(TT.complex(TT.sqr(x) + 1, h)),
}


@pytest.mark.parametrize('method', EXACT)
@pytest.mark.parametrize('name', sorted(COMPLEX))
def test_complex_numbers_on_the_way(name, method, rng):
    """The packages have no gradient through them."""
    x, w = TT.matrix('x'), weights(rng, 3, 3)
    h = TT.dot(x, w)
    # A term that depends on w, so that there always is something to train.
    check(TT.concatenate([COMPLEX[name](x, h), h.sum(keepdims=True) * TT.ones_like(
        COMPLEX[name](x, h))], axis=1), x, w, rng.randn(2, 3), method=method)


def test_one_complex_graph_in_numbers():
    x = TT.matrix('x')
    norms = squared_norms(abs(TT.complex(x, 2 * x)), x)
    np.testing.assert_allclose(function([x], norms)(np.ones((2, 3))), [15, 15])
    assert 'elementwise' in explain(abs(TT.complex(x, 2 * x)), x)


@pytest.mark.parametrize('method', METHODS)
def test_complex_numbers_without_a_rule(method):
    x = TT.matrix('x')
    with pytest.raises(ValueError, match='squared_norms: .*finds no derivative'):
        squared_norms(TT.real(TT.tanh(TT.complex(x, x))), x, method=method)


def recurrent(x, w, u, activation=TT.tanh):
    h, _ = theano.scan(lambda a, h: activation(a + TT.dot(h, u)),
                       sequences=[TT.dot(x, w).dimshuffle(1, 0, 2)],
                       outputs_info=[TT.zeros((x.shape[0], u.shape[0]))])
    return h.dimshuffle(1, 0, 2)


SMALL = {
    'closed form': lambda x, w, u: TT.tanh(TT.dot(x, w)),
    'rows': lambda x, w, u: TT.tanh(TT.dot(TT.tanh(TT.dot(x, w)), u)),
    'three dimensions': lambda x, w, u: TT.tanh(TT.dot(x, w)).dimshuffle(0, 'x', 1),
    'literal': lambda x, w, u: TT.tanh(TT.dot(x - x.mean(axis=0), w)),
    'recursion': recurrent,
    'largest, no recursion': lambda x, w, u: recurrent(x, w, u).max(axis=1),
    'linear recursion': lambda x, w, u: recurrent(x, w, u, lambda z: z),
}


@pytest.mark.parametrize('method, chunk_size', [
    ('auto', None), ('auto', 1), ('jacobian', None), ('hutchinson', None)])
@pytest.mark.parametrize('name', sorted(SMALL))
@pytest.mark.parametrize('examples, units', [(4, 0), (0, 3)])
def test_nothing_to_differentiate(name, examples, units, method, chunk_size, rng):
    """Without units each example has 0, without examples there is none."""
    x = TT.tensor3('x') if 'recursion' in name else TT.matrix('x')
    w, u = weights(rng, 3, units), weights(rng, units, units)
    norms = squared_norms(SMALL[name](x, w, u), x, method=method, chunk_size=chunk_size)
    point = rng.randn(*((examples, 5, 3) if x.ndim == 3 else (examples, 3)))
    found, slope = function([x], [norms, theano.grad(norms.sum(), w)])(point)
    assert found.shape == (examples, ) and slope.shape == (3, units)
    assert (found == 0).all() and (slope == 0).all()


def test_no_inputs(rng):
    x, w = TT.matrix('x'), weights(rng, 0, 3)
    for method in METHODS:
        norms = function([x], squared_norms(TT.tanh(TT.dot(x, w)), x, method=method))
        assert norms(np.zeros((4, 0))).tolist() == [0, 0, 0, 0]


GRAPHS = {
    'closed form': lambda x, w: TT.dot(x, w),
    'rows': lambda x, w: TT.dot(TT.dot(x, w), w) / np.asarray(300, x.dtype),
    'literal': lambda x, w: TT.dot(x, w) - 0 * x.mean(axis=0),
    'no dot': lambda x, w: np.asarray(300, x.dtype) * x,
    'recursion': lambda x, w: accumulated(x, w),
}


def accumulated(x, w):
    start = TT.dot(x[:, 0], w)
    h, _ = theano.scan(lambda a, h: (a + h * np.asarray(.1, h.dtype)).astype(start.dtype),
                       sequences=[TT.dot(x.dimshuffle(1, 0, 2), w)],
                       outputs_info=[TT.zeros_like(start)])
    return h.dimshuffle(1, 0, 2)


@pytest.mark.parametrize('of_x, of_w', [
    ('float16', 'float16'), ('float16', 'float32'), ('float32', 'float16'),
    ('float32', 'float64'), ('float64', 'float32'), ('float32', 'float32')])
@pytest.mark.parametrize('name', sorted(GRAPHS))
def test_norms_have_the_dtype_of_the_input(name, of_x, of_w):
    """And the squares of float16, which ends at 65504, are those of float32.

    That of 300 would be infinite, where the factor in front makes it 900.
    """
    def graph(of_x, of_w):
        x = tensor(3 if name == 'recursion' else 2, 'x', dtype=of_x)
        w = theano.shared((300 * np.eye(2)).astype(of_w))
        return x, GRAPHS[name](x, w) * np.asarray(.1, of_x)

    x, output = graph('float64', 'float64')
    point = np.full((2, 2, 2) if x.ndim == 3 else (2, 2), .01)
    expected = contractive_norms(function([x], output), point)
    x, output = graph(of_x, of_w)
    for method in METHODS:
        norms = squared_norms(output, x, method=method)
        assert norms.dtype == of_x
        found = function([x], norms)(point.astype(of_x))
        # A diagonal Jacobian is estimated without an error.
        if method != 'hutchinson' or name != 'recursion':
            rtol = 2e-2 if 'float16' in (of_x, of_w) else 1e-5
            np.testing.assert_allclose(found, expected, rtol=rtol)
    assert squared_norms(x.zeros_like(), x).dtype == of_x


def test_a_float16_input_of_a_recursion_in_float32():
    """What is carried overflows float16."""
    x = TT.TensorType('float16', (False, ) * 3)('x')
    steps = x.dimshuffle(1, 0, 2).astype('float32')
    h, _ = theano.scan(lambda a, h: (np.float32(300) * a + np.float32(.5) * h).astype('float32'),
                       sequences=[steps], outputs_info=[TT.zeros_like(steps[0])])
    output = (h * np.float32(.01)).dimshuffle(1, 0, 2)
    assert 'recursion' in explain(output, x)
    norms = function([x], squared_norms(output, x))(np.ones((2, 2, 3), 'float16'))
    # Of three units the first step reads 3 and 1.5 of its own, the second 3.
    np.testing.assert_allclose(norms, [3 * (9 + 2.25 + 9)] * 2, rtol=1e-3)
