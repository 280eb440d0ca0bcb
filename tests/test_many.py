"""Sums of many terms: the packages' Python linkers can't add more than 31 in one op.

So this runs as their optimizers leave it, which make one op of a chain of additions.
"""

import importlib

import numpy as np
import pytest

from symbolic import TT, theano
from oracles import contractive_norms
from theanets_reg.jacobian import METHODS, explain, squared_norms

pytestmark = pytest.mark.filterwarnings('ignore:squared_norms')

MANY = 40
STEP = 1e-6


def optimized(engine, inputs, outputs):
    """As users run it who have no compiler, but for results that overwrite inputs."""
    mode = importlib.import_module(engine + '.compile.mode').Mode(
        linker='py', optimizer='fast_run').excluding('inplace')
    return theano.function(inputs, outputs, mode=mode, on_unused_input='ignore')


def weights(rng, *shape):
    return theano.shared(rng.randn(*shape) / np.sqrt(shape[0]))


def slope_is_right(call, param, rng, index):
    """The gradient that is result `index` + 1, of the sum of result `index`."""
    value, direction = param.get_value(), rng.randn(*param.get_value().shape)
    sums = []
    for sign in (1, -1):
        param.set_value(value + sign * STEP * direction)
        sums.append(call()[index].sum())
    param.set_value(value)
    assert (call()[index + 1] * direction).sum() == pytest.approx(
        (sums[0] - sums[1]) / (2 * STEP), rel=1e-5)


def dense(x, w):
    return TT.tanh(TT.dot(TT.tanh(TT.dot(x, w)), w.T))


def recurrent(x, w):
    h, _ = theano.scan(lambda a, h: TT.tanh(a + TT.dot(h, w)),
                       sequences=[TT.dot(x.dimshuffle(1, 0, 2), w)],
                       outputs_info=[TT.zeros_like(x[:, 0])])
    return h.dimshuffle(1, 0, 2)


@pytest.mark.parametrize('graph', [dense, recurrent])
@pytest.mark.parametrize('samples', [8, 64])
def test_many_samples(graph, samples, engine, rng):
    """They are the mean of as many estimates with their own signs."""
    x, w = TT.matrix('x') if graph is dense else TT.tensor3('x'), weights(rng, 3, 3)
    output, point = graph(x, w), rng.randn(*(2, 4)[:x.ndim - 1] + (3, ))
    drawn = rng.uniform(size=(samples, ) + point.shape)

    class Kept(object):
        """A stream that draws the same in every call."""
        state_updates = ()

        def uniform(self, size, **kwargs):
            return TT.constant(drawn)

    norms = squared_norms(output, x, method='hutchinson', samples=samples, rng=Kept())
    compiled = optimized(engine, [x], [norms, theano.grad(norms.sum(), w)])
    one = TT.TensorType('float64', (False, ) * output.ndim)('one')
    single = optimized(engine, [x, one], theano.grad((output * one).sum(), x))
    expected = [(single(point, np.where(row < .5, 1., -1.)) ** 2).reshape(
        (2, -1)).sum(axis=1) for row in drawn]
    np.testing.assert_allclose(compiled(point)[0], np.mean(expected, axis=0), rtol=1e-9)
    slope_is_right(lambda: compiled(point), w, rng, 0)


@pytest.mark.parametrize('method', METHODS)
def test_many_outputs(method, engine, rng):
    """Each with its own weights: the gradient by any of them has few terms."""
    x, point = TT.matrix('x'), rng.randn(2, 3)
    params = [weights(rng, 3, 1) for _ in range(MANY)]
    outputs = [TT.tanh(TT.dot(x, w)) for w in params]
    norms = squared_norms(outputs, x, method=method, samples=2)
    call = optimized(engine, [x], [norms, theano.grad(norms.sum(), params[0])])
    found = call(point)
    if method == 'hutchinson':
        assert found[0].shape == (2, )
        return
    forward = theano.function([x], outputs)
    expected = contractive_norms(lambda value: np.stack(forward(value)), point)
    np.testing.assert_allclose(found[0], expected, rtol=1e-6)
    slope_is_right(lambda: call(point), params[0], rng, 0)


def many_inputs(method, rng):
    """Inputs side by side, their norms by a method, values, and the right third norms."""
    inputs = [TT.matrix('x{}'.format(i)) for i in range(MANY)]
    params = [weights(rng, 2, 3) for _ in inputs]
    output = TT.tanh(TT.dot(TT.concatenate(inputs, axis=1),
                            TT.concatenate(params, axis=0)) / MANY)
    values = [rng.randn(2, 2) for _ in inputs]
    forward = theano.function(inputs, output)
    third = contractive_norms(
        lambda value: forward(*values[:3] + [value] + values[4:]), values[3])
    return inputs, squared_norms(output, inputs, method=method), values, third


@pytest.mark.parametrize('method', sorted(set(METHODS) - {'auto'}))
def test_many_inputs(method, engine, rng):
    inputs, norms, values, third = many_inputs(method, rng)
    found = optimized(engine, inputs, norms)(*values)
    assert len(found) == MANY
    if method != 'hutchinson':
        np.testing.assert_allclose(found[3], third, rtol=1e-6)


def test_many_inputs_as_written(engine, rng):
    """The exact norms read the size of the joined matrix, which is a sum of many sizes.

    The optimizers make one op of that sum, as of any graph that reads the size of so
    many joined arrays, and only a compiler can run it: see docs/reference/limits.md.
    """
    inputs, norms, values, third = many_inputs('auto', rng)
    as_written = theano.compile.Mode(linker='vm' if engine == 'theano' else 'py', optimizer=None)
    found = theano.function(inputs, norms, mode=as_written)(*values)
    assert len(found) == MANY
    np.testing.assert_allclose(found[3], third, rtol=1e-6)


def test_many_places_of_entry(engine, rng):
    """The closed form has a term for every pair of matrices."""
    x, point = TT.matrix('x'), rng.randn(2, 3)
    params = [weights(rng, 3, 2) for _ in range(9)]
    output = TT.tanh(TT.dot(x, params[0]))
    for w in params[1:]:
        output = output * TT.tanh(TT.dot(x, w))
    assert 'closed form' in explain(output, x)
    norms = squared_norms(output, x)
    call = optimized(engine, [x], [norms, theano.grad(norms.sum(), params[0])])
    np.testing.assert_allclose(call(point)[0], contractive_norms(
        theano.function([x], output), point), rtol=1e-5)
    slope_is_right(lambda: call(point), params[0], rng, 0)


@pytest.mark.xfail(strict=True, reason='the package adds as many terms in one op: docs/reference/limits.md')
def test_many_terms_of_a_recursion(engine, rng):
    """A step that reads many sequences, each made of the input."""
    x, w, point = TT.tensor3('x'), weights(rng, 2, 2), rng.randn(2, 3, 2)
    turned = x.dimshuffle(1, 0, 2)

    def step(*given):
        read = [s.dimshuffle('x', 0, 1) for s in given[:-1]]
        return TT.tanh(TT.tanh(TT.concatenate(read)).sum(axis=0) + TT.dot(given[-1], w))
    h, _ = theano.scan(step, sequences=[TT.sin(turned * i) / 8 for i in range(1, 34)],
                       outputs_info=[TT.zeros_like(x[:, 0])])
    output = h.dimshuffle(1, 0, 2)
    assert 'recursion' in explain(output, x)
    call = optimized(engine, [x], squared_norms(output, x))
    np.testing.assert_allclose(call(point), contractive_norms(
        theano.function([x], output), point), rtol=1e-5)


@pytest.mark.xfail(strict=True, reason='the package adds as many terms in one op: docs/reference/limits.md')
def test_many_results_of_a_recursion(engine, rng):
    x, w, point = TT.tensor3('x'), weights(rng, 2, 2), rng.randn(2, 3, 2)

    def step(a, h):
        new = TT.tanh(a + TT.dot(h, w))
        return [new] + [new * i for i in range(1, 34)]
    results, _ = theano.scan(step, sequences=[x.dimshuffle(1, 0, 2)],
                             outputs_info=[TT.zeros_like(x[:, 0])] + [None] * 33)
    beside = TT.concatenate([r.dimshuffle('x', 0, 1, 2) for r in results])
    output = TT.sqr(beside).sum(axis=0).dimshuffle(1, 0, 2)
    assert 'recursion' in explain(output, x)
    call = optimized(engine, [x], squared_norms(output, x))
    np.testing.assert_allclose(call(point), contractive_norms(
        theano.function([x], output), point), rtol=1e-5)
