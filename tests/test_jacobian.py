"""The number itself: against the literal Jacobian and against differences."""

import functools
import importlib
import os
import warnings

import numpy as np
import pytest

from symbolic import TT, theano
from theanets_reg.jacobian import explain, squared_norms

from activations import ACTIVATIONS, ELEMENTWISE
from mixes import MIXES
from oracles import ways
from random_graphs import BY_ROWS, Graph


def norms_and_gradients(outputs, wrt, params, values, inputs, mode=None, **kwargs):
    """Norms, and gradients of a weighted sum of them, by two methods."""
    results = []
    weights = theano.shared(np.random.RandomState(5).rand(len(values[0])))
    for options in (dict(kwargs), dict(method='jacobian')):
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            norms = squared_norms(outputs, wrt, **options)
        cost = sum((n * weights).sum() for n in norms)
        results.append(norms + theano.grad(cost, params, disconnected_inputs='ignore'))
    found = theano.function(inputs, results[0] + results[1], mode=mode,
                            on_unused_input='ignore')(*values)
    return results[0], found[:len(results[0])], found[len(results[0]):]


def assert_close(found, expected, tolerance):
    for f, e in zip(found, expected):
        assert np.isfinite(e).all()
        np.testing.assert_allclose(f, e, rtol=tolerance,
                                   atol=tolerance * (1 + abs(e).max()))


def check(graph, **kwargs):
    symbols, found, expected = norms_and_gradients(
        graph.outputs, graph.wrt, graph.params, graph.values, graph.inputs, **kwargs)
    assert all(s.dtype == graph.dtype for s in symbols[:len(graph.wrt)])
    assert_close(found, expected, 1e-6 if graph.dtype == 'float64' else 1e-3)


def unrewritten():
    """A mode that runs the graph as it is."""
    return theano.compile.Mode(linker='vm', optimizer=None)


def mode_of_literal(engine):
    """PyTensor 2 fails to rewrite the gradient of some literal Jacobians."""
    old = engine == 'pytensor' and importlib.import_module(engine).__version__ < '3'
    return unrewritten() if old else None


#: Half of the first thirty graphs, in which there is all that is in the thirty.
SAMPLE = [0, 1, 4, 6, 9, 13, 14, 15, 17, 18, 19, 25, 27, 28, 29]

#: So many graphs in their place; the tests before a release run 200.
MORE = os.environ.get('THEANETS_REG_GRAPHS')
SEEDS = range(int(MORE)) if MORE else SAMPLE

#: Those of the sample that PyTensor takes, some ten seconds for each: two go by chunks, two are
#: rewritten.
OF_PYTENSOR = [0, 15, 28]


@functools.lru_cache(maxsize=None)
def parts(engine, seed):
    """All that a random graph is made of in a package, and how it is run."""
    graph = Graph(seed, allowed=BY_ROWS)
    return graph.uses | {
        graph.dtype, 'noise' if graph.streams.state_updates else 'no noise',
        'by chunks' if by_chunks(seed) else 'whole',
        'rewritten' if rewritten(seed) else 'as written',
        '{} inputs'.format(len(graph.inputs)), '{} of them'.format(len(graph.wrt)),
        '{} outputs'.format(len(graph.outputs)), '{} layers'.format(graph.depth)}


def by_chunks(seed):
    return seed % 5 == 0


def rewritten(seed):
    """Few of them: Theano's rewriting takes longer than all the rest."""
    return seed % 4 == 0


def test_all_parts_are_in_the_sample(engine):
    sample, all_of_them = [set().union(*[parts(engine, seed) for seed in seeds])
                           for seeds in (SAMPLE, range(30))]
    assert all_of_them == sample


@pytest.mark.parametrize('seed', SEEDS)
def test_random_graphs(engine, seed):
    few = range(0, len(SEEDS), 5) if MORE else OF_PYTENSOR
    if engine == 'pytensor' and seed not in few:
        pytest.skip('PyTensor takes some ten seconds for each: these are enough')
    graph = Graph(seed, allowed=BY_ROWS)
    found = ways(graph.outputs, graph.wrt)
    assert not {'literal Jacobian', 'row by row'} & set(found), explain(
        graph.outputs, graph.wrt)
    check(graph, chunk_size=2 if by_chunks(seed) else None,
          mode=None if rewritten(seed) else unrewritten())


@pytest.mark.parametrize('mix', sorted(MIXES))
def test_random_graphs_that_mix_examples(engine, mix):
    graph = Graph(1000 + sorted(MIXES).index(mix), mix, allowed=BY_ROWS)
    assert ways(graph.outputs[-1], graph.inputs[0]) == ['literal Jacobian']
    check(graph, mode=mode_of_literal(engine))


@pytest.mark.parametrize('name', sorted(ELEMENTWISE))
def test_closed_form(name):
    rng = np.random.RandomState(0)
    x, w, b = TT.matrix('x'), theano.shared(rng.randn(4, 3)), theano.shared(rng.randn(3))
    h = ACTIVATIONS[name](TT.dot(x, w) + b)
    assert ways(h, x) == ['closed form']
    _, found, expected = norms_and_gradients(
        [h], [x], [w, b], [rng.randn(5, 4)], [x])
    assert_close(found, expected, 1e-9)


def differences(function, x, step=1e-6):
    """Squared norm of the Jacobian of each example, all other rows included."""
    total = np.zeros(len(x))
    for place in np.ndindex(*x.shape):
        moved = [x.copy(), x.copy()]
        moved[0][place] += step
        moved[1][place] -= step
        slope = (function(moved[0]) - function(moved[1])) / (2 * step)
        total[place[0]] += (slope ** 2).sum()
    return total


@pytest.mark.parametrize('seed', range(2000, 2012))
def test_against_differences(seed):
    graph = Graph(seed, mix='batch norm' if seed % 4 == 0 else None, plain=True)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        norms = squared_norms(graph.outputs, graph.inputs[0])
    function = theano.function(graph.inputs, graph.outputs + [norms],
                               on_unused_input='ignore')

    def flat(x):
        found = function(x, *graph.values[1:])[:-1]
        return np.concatenate([f.ravel() for f in found])

    np.testing.assert_allclose(function(*graph.values)[-1],
                               differences(flat, graph.values[0]),
                               rtol=1e-4, atol=1e-5)


def test_known_number():
    x = TT.matrix('x')
    w = np.array([[1., 2.], [3., 4.], [5., 6.]])
    norms = squared_norms(TT.tanh(TT.dot(x, w)), x)
    value = np.array([[.1, -.2, .05], [0, 0, 0]])
    slopes = 1 - np.tanh(value.dot(w)) ** 2
    np.testing.assert_allclose(norms.eval({x: value}),
                               (slopes ** 2).dot((w ** 2).sum(axis=0)))


def test_wrt_inside_the_graph():
    rng = np.random.RandomState(1)
    x, w, v = TT.matrix('x'), theano.shared(rng.randn(3, 4)), theano.shared(rng.randn(4, 2))
    h = TT.tanh(TT.dot(x, w))
    z = TT.nnet.sigmoid(TT.dot(h, v)) * h[:, :2] + x[:, :2]
    _, found, expected = norms_and_gradients(
        [z], [h, x], [w, v], [rng.randn(4, 3)], [x])
    assert_close(found, expected, 1e-9)


@pytest.mark.parametrize('dtype', ['float32', 'float64'])
@pytest.mark.parametrize('chunk_size', [None, 2])
def test_the_dtype_stays(dtype, chunk_size):
    rng = np.random.RandomState(1)
    x = TT.matrix('x', dtype=dtype)
    w, v = (theano.shared(rng.randn(*s).astype(dtype)) for s in ((3, 4), (4, 2)))
    h = TT.tanh(TT.dot(x, w))
    z = TT.nnet.softmax(TT.dot(h, v))
    f = theano.function([x], theano.grad(
        squared_norms([h, z], x, chunk_size=chunk_size).mean(), [w, v]))
    allowed = {dtype, 'int64', 'int8', 'bool', 'uint8', 'int32'}
    assert {v.dtype for n in f.maker.fgraph.apply_nodes for v in n.outputs
            if isinstance(v, TT.TensorVariable)} <= allowed
    assert all(g.dtype == dtype for g in f(rng.randn(2, 3).astype(dtype)))


def test_several_outputs_and_inputs_add_up():
    rng = np.random.RandomState(2)
    x, y = TT.matrices('xy')
    w, v = (theano.shared(rng.randn(3, 3)) for _ in range(2))
    h = TT.tanh(TT.dot(x, w) + TT.dot(y, v))
    z = TT.nnet.sigmoid(TT.dot(h, v))
    together = squared_norms([h, z, h], [x, y])
    apart = [2 * squared_norms(h, t) + squared_norms(z, t) for t in (x, y)]
    values = theano.function([x, y], together + apart)(rng.randn(4, 3), rng.randn(4, 3))
    assert_close(values[:2], values[2:], 1e-12)


def test_one_warning_names_the_op():
    x = TT.matrix('x')
    centered = TT.tanh(x - x.mean(axis=0))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always', UserWarning)
        squared_norms([centered, 2 * centered], x)
    caught = [w for w in caught if issubclass(w.category, UserWarning)]
    assert len(caught) == 1
    assert 'Sum' in str(caught[0].message) and 'literal' in str(caught[0].message)
    assert caught[0].filename == __file__


def test_no_warning_where_there_is_nothing_to_gain():
    x = TT.matrix('x')
    with warnings.catch_warnings():
        warnings.simplefilter('error', UserWarning)
        squared_norms(TT.sqr(x).sum(), x)
        squared_norms(TT.matrix('y'), x)


def test_explain():
    x, w = TT.matrix('x'), theano.shared(np.ones((3, 2)))
    h = TT.tanh(TT.dot(x, w))
    h.name = 'h'
    assert explain(h, x).startswith('h by x: closed form, because')
    assert 'row blocks' in explain(TT.nnet.softmax(h), x)
    assert 'literal' in explain(h[::-1], x)


def test_bad_chunk_size():
    x = TT.matrix('x')
    with pytest.raises(ValueError, match='chunk_size is 0'):
        squared_norms(TT.tanh(x), x, chunk_size=0)


def products(outputs, wrt, inputs, params):
    """How many products of matrices the norms and their gradients take."""
    norms = squared_norms(outputs, wrt)
    results = norms + theano.grad(sum(n.sum() for n in norms), params,
                                  disconnected_inputs='ignore')
    function = theano.function(
        inputs, results, mode=theano.compile.Mode(linker='py', optimizer='merge'),
        on_unused_input='ignore')
    return sum(type(node.op).__name__ in ('Dot', 'Blockwise', 'BatchedDot')
               for node in function.maker.fgraph.apply_nodes)


def test_outputs_and_inputs_share_work():
    x, y = TT.matrix('x'), TT.matrix('y')
    u, v, w = params = [theano.shared(np.ones(s)) for s in ((5, 4), (3, 4), (4, 2))]
    h = TT.tanh(TT.dot(x, u) + TT.dot(y, v))
    z = TT.tanh(TT.dot(h, w))
    # Apart, each builds the forward pass of three products again.
    for outputs, wrt in ([z], [x, y]), ([h, z], [x]):
        apart = [products([o], [i], [x, y], params) for o in outputs for i in wrt]
        together = products(outputs, wrt, [x, y], params)
        assert together < sum(apart) - 3, (together, apart)
