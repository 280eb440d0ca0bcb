"""Reshapes that name sizes, and what is supposed of these."""

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


def steps(x, units=UNITS):
    """A layer at each step of (batch, time, features), as one product."""
    return layer(x.reshape((-1, 6)), units)


def pairs(x):
    """A sum of each two steps, then all of these beside each other."""
    sums = steps(TT.concatenate([x, x[:, :1]], axis=1)).reshape((-1, 2, UNITS)).sum(axis=1)
    return TT.tanh(sums).reshape((x.shape[0], 2 * UNITS))


MATRIX = {
    'open axis': lambda x: TT.tanh(layer(x).reshape((-1, UNITS))),
    'open axis, then a layer': lambda x: TT.tanh(TT.dot(
        layer(x).reshape((-1, UNITS)), shared(UNITS, 3))),
    'two axes for one': lambda x: TT.exp(layer(x).reshape((-1, 2, 2))),
    'parts and back': lambda x: TT.tanh(x.reshape((-1, 3)).dot(shared(3, 2))).reshape(
        (x.shape[0], 2 * 2)),
    'number of examples': lambda x: TT.exp(layer(x).reshape((BATCH, UNITS))),
    'number of examples, two axes': lambda x: layer(x).reshape((BATCH, 2, 2)),
    'number of examples and an open axis': lambda x: layer(x).reshape((BATCH, -1)),
    'number of an input': lambda x: TT.sqr(x.reshape((BATCH, 2, 3))),
    'number of examples in front of others': lambda x: layer(x).T.reshape((UNITS, BATCH)),
    'flattened column': lambda x: layer(x, 1).flatten(),
    'raveled column': lambda x: layer(x, 1).ravel(),
    'a column as an open axis': lambda x: layer(x, 1).reshape((-1, )),
}
STEPS = {
    'steps and back': lambda x: steps(x).reshape((x.shape[0], x.shape[1], UNITS)),
    'steps and back by an open axis': lambda x: steps(x).reshape((-1, x.shape[1], UNITS)),
    'steps and back by numbers': lambda x: steps(x).reshape((BATCH, 3, UNITS)),
    'steps by a number, and back by an open axis': lambda x: steps(x).reshape((-1, 3, UNITS)),
    'sum of steps by a number': lambda x: steps(x).reshape((-1, 3, UNITS)).sum(axis=1),
    'pairs of steps': pairs,
    'sum of steps': lambda x: steps(x).reshape((BATCH, -1, UNITS)).sum(axis=1),
}
MIXED = {
    'examples halved': lambda x: layer(x).reshape((-1, 2)),
    'examples joined': lambda x: layer(x).reshape((-1, 2 * UNITS)),
    'others in front': lambda x: layer(x).T.reshape((BATCH, UNITS)),
    'sizes exchanged': lambda x: layer(x).reshape((UNITS, BATCH)),
    'all in one': lambda x: layer(x).flatten(),
    'features in one': lambda x: x.flatten(),
}


def compared(output, x, point):
    """The norms and their training gradient by 'auto' and by the definition."""
    params = [v for v in _leaves(output) if v is not x]
    found = []
    for method in ('auto', 'jacobian'):
        norms = squared_norms(output, x, method=method)
        grads = theano.grad((norms * (1 + TT.arange(norms.shape[0]))).sum(), params) \
            if params else []
        found.append(theano.function([x], [norms] + grads)(point))
    return found


def _leaves(output):
    backend = backends.of(output)
    return [v for v in backends.ancestors([output]) if isinstance(v, backend.SharedVariable)]


@pytest.mark.parametrize('name', sorted(MATRIX) + sorted(STEPS))
def test_proven(rng, name):
    x = TT.matrix('x') if name in MATRIX else TT.tensor3('x')
    output = dict(MATRIX, **STEPS)[name](x)
    told = explain(output, x)
    assert 'literal' not in told and 'row by row' not in told
    assert 'as is checked when it runs' in told
    point = rng.randn(*((BATCH, 6) if name in MATRIX else (BATCH, 3, 6)))
    for found, expected in zip(*compared(output, x, point)):
        np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.filterwarnings('ignore:squared_norms')
@pytest.mark.parametrize('batch', [BATCH, UNITS, 2])
@pytest.mark.parametrize('name', sorted(MIXED))
def test_not_proven(rng, name, batch):
    """Where rows of the result are made of several examples, or parts of one."""
    x = TT.matrix('x')
    output = MIXED[name](x)
    assert 'literal' in explain(output, x)
    fits = batch == BATCH or name not in ('others in front', 'sizes exchanged')
    if fits and (name != 'examples joined' or batch % 2 == 0):
        for found, expected in zip(*compared(output, x, rng.randn(batch, 6))):
            np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_a_layer_at_each_step_has_a_closed_form():
    x = TT.tensor3('x')
    assert 'closed form' in explain(STEPS['steps and back'](x), x)
    named = layer(x.reshape((x.shape[0] * x.shape[1], x.shape[2])))
    assert 'closed form' in explain(named.reshape((x.shape[0], x.shape[1], UNITS)), x)


@pytest.mark.parametrize('build, point', [
    (MATRIX['number of examples, two axes'], (2 * BATCH, 6)),
    (MATRIX['number of an input'], (2 * BATCH, 3)),
    (lambda x: TT.tanh(x.reshape((-1, 4))), (BATCH, 8)),
    (STEPS['steps by a number, and back by an open axis'], (BATCH, 6, 6)),
])
def test_other_sizes_are_told(build, point):
    """Where what was supposed isn't so there is an error, not another number."""
    x = TT.TensorType('float64', (False, ) * len(point))('x')
    norms = squared_norms(build(x), x)
    f = theano.function([x], norms)
    with pytest.raises(AssertionError, match="axis . of x has a size.*method='jacobian'"):
        f(np.ones(point))


@pytest.mark.parametrize('features', [4, 6])
def test_what_several_outputs_suppose_is_all_checked(rng, features):
    """Of the sizes that two outputs suppose of one axis neither is forgotten."""
    x = TT.matrix('x')
    outputs = [TT.tanh(TT.dot(x.reshape((-1, n)), shared(n, n))).reshape(x.shape)
               for n in (6, 4)]
    assert 'literal' not in explain(outputs, x)
    norms = squared_norms(outputs, x)
    f = theano.function([x], norms)
    with pytest.raises(AssertionError, match='multiple of {}'.format(10 - features)):
        f(rng.randn(12, features))
    expected = theano.function([x], squared_norms(outputs, x, method='jacobian'))
    point = rng.randn(2, 12)
    np.testing.assert_allclose(f(point), expected(point), rtol=1e-9)


def test_a_layer_of_another_size_is_told(rng):
    x, w = TT.matrix('x'), shared(6, UNITS)
    norms = squared_norms(TT.tanh(TT.dot(x, w)).reshape((-1, UNITS)), x)
    f = theano.function([x], norms)
    f(rng.randn(3, 6))
    w.set_value(rng.randn(6, 2 * UNITS))
    with pytest.raises(AssertionError, match='has a size of 4.*Build them anew'):
        f(rng.randn(3, 6))


def test_what_is_not_needed_is_not_supposed():
    x, w = TT.matrix('x'), shared(6, UNITS)
    told = explain(TT.dot(x, w).reshape((x.shape[0], 2, 2)), x)
    assert 'checked' not in told
    w.set_value(np.ones((6, 2 * UNITS)))
    assert 'checked' not in told
