"""Layers of examples that are columns: ``dot(W, x.T)`` and the like."""

import numpy as np
import pytest

from oracles import contractive_norms, function, literal_norms, tensor, ways
from symbolic import TT, theano
from theanets_reg import squared_norms

#: Features, units, units, examples, all of one size, so that no axis is told by its size.
SIZE = 3


@pytest.fixture
def params(rng):
    return [theano.shared(rng.randn(SIZE, SIZE)) for _ in range(2)] + [theano.shared(rng.randn(SIZE))]


def column(b):
    return b.dimshuffle(0, 'x')


CLOSED = {
    'a layer': lambda x, w, v, b: TT.tanh(TT.dot(w, x.T) + column(b)).T,
    'turned inside': lambda x, w, v, b: TT.tanh(TT.dot(w, x.T).T + b),
    'turned twice': lambda x, w, v, b: TT.tanh(TT.tanh(TT.dot(x, w)).T * 2).T,
    'a diagonal in front': lambda x, w, v, b: TT.tanh(TT.dot(w, TT.tanh(x).T * column(b))).T,
    'two terms': lambda x, w, v, b: TT.tanh(TT.dot(w, x.T) - TT.dot(v, TT.sqr(x).T)).T,
    'the same twice': lambda x, w, v, b: TT.tanh(TT.dot(w, x.T) + 2 * TT.dot(w, x.T)).T,
    'units last, once more': lambda x, w, v, b: TT.tanh(TT.dot(w, x.T)) * column(b),
}
BLOCKS = {
    'two layers': lambda x, w, v, b: TT.tanh(TT.dot(v, TT.tanh(TT.dot(w, x.T)))).T,
    'from either side': lambda x, w, v, b: TT.tanh(TT.dot(TT.tanh(TT.dot(w, x.T)).T, v)),
    'with its transpose': lambda x, w, v, b: TT.dot(w, TT.tanh(TT.dot(x, v)).T).T + x,
    'softmax': lambda x, w, v, b: TT.nnet.softmax(TT.dot(w, x.T).T),
}
TEMPTING = {
    'over the examples': lambda x, w, v, b: TT.tanh(TT.dot(w, x)),
    'of both orders': lambda x, w, v, b: TT.dot(w, x.T) + x,
}


def right(make, x, params, rng, **options):
    made, point = make(x, *params), rng.randn(SIZE, SIZE)
    exact = literal_norms(made, x)
    norms = squared_norms(made, x, **options)
    expected, found = [function([x], [e] + theano.grad(
        (e * np.arange(1, SIZE + 1)).sum(), params, disconnected_inputs='ignore'))(point)
        for e in (exact, norms)]
    np.testing.assert_allclose(
        expected[0], contractive_norms(function([x], made), point), rtol=1e-6)
    for f, e in zip(found, expected):
        np.testing.assert_allclose(f, e, rtol=1e-9)


@pytest.mark.parametrize('name', sorted(CLOSED))
def test_closed_form(name, params, rng):
    x = tensor(2, 'x')
    assert ways(CLOSED[name](x, *params), x) == ['closed form']
    right(CLOSED[name], x, params, rng)


@pytest.mark.parametrize('chunk_size', [None, 2])
@pytest.mark.parametrize('name', sorted(BLOCKS))
def test_blocks(name, chunk_size, params, rng):
    x = tensor(2, 'x')
    assert ways(BLOCKS[name](x, *params), x)[0] in (
        'row blocks', 'column blocks', 'through a narrow layer')
    right(BLOCKS[name], x, params, rng, chunk_size=chunk_size)


@pytest.mark.parametrize('name', sorted(TEMPTING))
def test_what_mixes_examples_is_not_taken(name, params, rng):
    x = tensor(2, 'x')
    assert ways(TEMPTING[name](x, *params), x) == ['literal Jacobian']
    with pytest.warns(UserWarning, match='literal Jacobian'):
        right(TEMPTING[name], x, params, rng)
