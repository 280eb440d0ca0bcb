"""What people write, in both packages: by which way it goes, and that it is right."""

import importlib

import numpy as np
import pytest
from theanets_reg import backends
from theanets_reg.jacobian import explain, squared_norms

from symbolic import TT, theano

BATCH, UNITS = 5, 4


def shared(*shape):
    return theano.shared(np.random.RandomState(sum(shape)).randn(*shape))


def layer(x, units=UNITS):
    return TT.tanh(TT.dot(x, shared(6, units)))


def ifelse(condition, one, other):
    package = backends.of(condition).name
    return importlib.import_module(package + '.ifelse').ifelse(condition, one, other)


def compared(output, x, point, **given):
    """Norms and training gradients: those of 'auto' against the definition."""
    leaves = backends.ancestors([output])
    params = [v for v in leaves if isinstance(v, backends.of(output).SharedVariable)]
    inputs = [x] + [v for v in leaves if v.name in given]
    values = [point] + [given[v.name] for v in inputs[1:]]
    found = []
    for method in ('auto', 'jacobian'):
        norms = squared_norms(output, x, method=method)
        loss = (norms * (1 + TT.arange(norms.shape[0]))).sum()
        grads = theano.grad(loss, params, disconnected_inputs='ignore') if params else []
        found.append(theano.function(inputs, [norms] + grads)(*values))
    for one, other in zip(*found):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def way(output, x):
    return explain(output, x).split(': ')[1].split(', because')[0]


# By closed form, or by other ways than the slow ones.
CHOICES = {
    'a mask while training': (True, lambda on, x, h: ifelse(on, h * [1., 0, 3, -1], h)),
    'the input, scaled': (True, lambda on, x, h: TT.tanh(TT.dot(
        ifelse(on, x * 2, x), shared(6, 3)))),
    'nothing': (True, lambda on, x, h: ifelse(on, TT.zeros_like(h), h)),
    'squares': (True, lambda on, x, h: ifelse(on, h ** 2, TT.exp(h))),
    'a condition of the input': (False, lambda on, x, h: ifelse(
        TT.gt(x[0, 0] * on, 0), h, TT.exp(h))),
    'one of several': (False, lambda on, x, h: ifelse(on, (h, x), (TT.sin(h), 2 * x))[0]),
    'noise in front of a layer': (False, lambda on, x, h: TT.tanh(TT.dot(
        ifelse(TT.eq(on, 1), h + [.5, 1, 0, -1], h), shared(UNITS, 3)))),
    'another depth': (False, lambda on, x, h: ifelse(
        on, TT.tanh(TT.dot(h, shared(UNITS, UNITS))), h)),
}


@pytest.mark.parametrize('name', sorted(CHOICES))
def test_one_graph_or_another(rng, name):
    x, on = TT.matrix('x'), TT.scalar('on')
    closed, build = CHOICES[name]
    output = build(on, x, layer(x))
    found = way(output, x)
    assert found == 'closed form' if closed else found not in ('row by row', 'literal Jacobian')
    for value in (0., 1.):
        compared(output, x, rng.randn(BATCH, 6), on=value)


TEMPTING = {
    'transposed': lambda on, h: ifelse(on, h, h.T),
    'others reversed': lambda on, h: ifelse(on, h, h[::-1]),
    'a number of rows': lambda on, h: ifelse(on, h, TT.ones((4, 4), h.dtype)),
    'the first example': lambda on, h: ifelse(on, h, h + h[0]),
}


@pytest.mark.filterwarnings('ignore:squared_norms')
@pytest.mark.parametrize('name', sorted(TEMPTING))
def test_examples_in_other_places(rng, name):
    x, on = TT.matrix('x'), TT.scalar('on')
    output = TEMPTING[name](on, layer(x))
    assert way(output, x) == 'literal Jacobian'
    for value in (0., 1.):
        compared(output, x, rng.randn(UNITS, 6), on=value)


def normalized(h):
    given = [theano.shared(np.random.RandomState(i).rand(1, UNITS) + .5,
                           broadcastable=(True, False)) for i in range(4)]
    return TT.nnet.bn.batch_normalization_test(h, *given)


OF_THEANO = {
    'batch norm, as it predicts': lambda x: TT.tanh(normalized(layer(x))),
    'printed': lambda x: TT.tanh(theano.printing.Print('h', global_fn=lambda *a: None)(
        TT.dot(x, shared(6, 4)))),
}


@pytest.mark.parametrize('name', sorted(OF_THEANO))
def test_layers_of_theano(rng, engine, name):
    if engine != 'theano':
        pytest.skip('PyTensor has no such ops')
    x = TT.matrix('x')
    output = OF_THEANO[name](x)
    assert way(output, x) == 'closed form'
    compared(output, x, rng.randn(BATCH, 6))


def test_a_transposed_convolution_by_its_filters(engine):
    if engine != 'theano':
        pytest.skip('PyTensor has no such op')
    x = TT.tensor4('x')
    for make in (lambda x: TT.nnet.abstract_conv.conv2d_grad_wrt_inputs(
                     TT.alloc(1., 2, 2, 4, 4), x, (None, 3, 5, 5)),
                 lambda x: TT.nnet.abstract_conv.conv2d_grad_wrt_inputs(
                     x.dimshuffle(1, 0, 2, 3), shared(2, 3, 2, 2), (None, 3, 5, 5))):
        assert way(make(x), x) == 'literal Jacobian'
