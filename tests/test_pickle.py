"""Regularizers, graphs and compiled functions are pickled and copied."""

import copy
import pickle
import sys

import numpy as np
import pytest

from symbolic import MRG_RandomStreams, RandomStreams, TT, theano
from oracles import function
from theanets_reg import Contractive, RecurrentNorm
from theanets_reg.jacobian import squared_norms

pytestmark = pytest.mark.filterwarnings('ignore:squared_norms')

COPIES = {'pickle': lambda value: pickle.loads(pickle.dumps(value)),
          'copy': copy.copy, 'deepcopy': copy.deepcopy}


@pytest.fixture(autouse=True)
def deep():
    """Both packages recurse over a graph to pickle or to copy it."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, 20000))
    yield
    sys.setrecursionlimit(limit)


def weights():
    return theano.shared(np.random.RandomState(2).randn(3, 3))


def dense(x, w):
    return TT.tanh(TT.dot(TT.tanh(TT.dot(x, w)), weights()))


def recurrent(x, w):
    u = weights()
    h, _ = theano.scan(lambda a, h: TT.tanh(a + TT.dot(h, u)),
                       sequences=[TT.dot(x.dimshuffle(1, 0, 2), w)],
                       outputs_info=[TT.zeros_like(x[:, 0])])
    return h.dimshuffle(1, 0, 2)


GRAPHS = {
    'gram product': lambda x, w: squared_norms(dense(x, w), x),
    'loop over rows': lambda x, w: squared_norms(dense(x, w), x, chunk_size=1),
    'closed form': lambda x, w: squared_norms(TT.tanh(TT.dot(x, w)), x),
    'literal': lambda x, w: squared_norms(dense(x - x.mean(axis=0), w), x),
    'estimate': lambda x, w: squared_norms(
        dense(x, w), x, method='hutchinson', rng=RandomStreams(4)),
    'estimates in a loop': lambda x, w: squared_norms(
        dense(x, w), x, method='hutchinson', samples=20, rng=RandomStreams(4)),
    'recursion': lambda x, w: squared_norms(recurrent(x, w), x),
    'penalty': lambda x, w: Contractive(pattern='h', mask=np.ones((2, 4)), weight=2.).loss(
        [], {'h': recurrent(x, w)}),
    'recurrent penalty': lambda x, w: RecurrentNorm(mask=np.ones((2, 4)), weight=2.).loss(
        [], {'h': recurrent(x, w)}),
}


def build(name):
    x = TT.matrix('x') if name in list(GRAPHS)[:6] else TT.tensor3('x')
    w = weights()
    loss = GRAPHS[name](x, w)
    return x, [loss, theano.grad(loss.sum(), w)], np.random.RandomState(5).randn(
        *(2, 4)[:x.ndim - 1] + (3, ))


@pytest.mark.as_written
@pytest.mark.parametrize('way', ['pickle', 'deepcopy'])
@pytest.mark.parametrize('name', list(GRAPHS))
def test_graphs(name, way):
    x, results, point = build(name)
    again, others = COPIES[way]((x, results))
    for found, expected in zip(function([again], others)(point),
                               function([x], results)(point)):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize('way', list(COPIES))
@pytest.mark.parametrize('name', list(GRAPHS))
def test_functions(name, way, engine):
    """The copy draws what the original would have drawn."""
    if engine == 'pytensor' and way == 'pickle' and name in (
            'loop over rows', 'recursion', 'penalty'):
        pytest.skip("PyTensor's Python linker can't pickle products of stacks of matrices")
    x, results, point = build(name)
    compiled = function([x], results)
    other = COPIES[way](compiled)
    if way == 'copy' and 'estimate' in name:
        # Both change the state of one generator.
        assert np.shape(other(point)[0]) == np.shape(compiled(point)[0])
        return
    for found, expected in zip(other(point), compiled(point)):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize('way', list(COPIES))
@pytest.mark.parametrize('make', [
    lambda: Contractive(pattern=['h', 'g'], weight=.1, wrt='x', mask=np.ones((2, 4))),
    lambda: Contractive(weight=theano.shared(.5), pattern='h', method='hutchinson'),
    lambda: RecurrentNorm(weight=1, norm='l2', time_axis=0),
], ids=['contractive', 'symbolic weight', 'recurrent'])
@pytest.mark.as_written
def test_regularizers(make, way):
    x, w = TT.tensor3('x'), weights()
    one = make()
    other = COPIES[way](one)
    assert type(other) is type(one) and repr(other) == repr(one)
    outputs = {'h': recurrent(x, w), 'x': x, 'g': recurrent(x, w)}
    found, expected = (function([x], reg.loss([], outputs))(np.ones((2, 4, 3)))
                       for reg in (other, one))
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize('way', list(COPIES))
def test_regularizers_with_a_stream(way, engine):
    """PyTensor's own; Theano's draws the same from its copy."""
    if engine == 'pytensor':
        from theanets_reg.compat.streams import MRG_RandomStreams as MRG
    else:
        MRG = MRG_RandomStreams
    one = Contractive(pattern='h', weight=1., method='hutchinson', rng=MRG(3))
    other = COPIES[way](one)
    assert (other.rng is one.rng) == (way == 'copy')
    x, w = TT.matrix('x'), weights()
    found = [function([x], reg.loss([], {'h': dense(x, w)}))(np.ones((2, 3)))
             for reg in (one, other)]
    # Two streams with the same seed, or one from which is drawn twice.
    assert (found[0] == found[1]) == (way != 'copy')
