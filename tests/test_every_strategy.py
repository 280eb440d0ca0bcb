"""Every way that fits a graph, not the chosen one alone, against the literal Jacobian."""

import warnings

import numpy as np
import pytest

from random_graphs import Graph
from random_loops import Loop
from symbolic import TT, theano
from test_jacobian import assert_close, unrewritten
from theanets_reg.jacobian import squared_norms
from theanets_reg.jacobian.strategies import Way

pytestmark = pytest.mark.filterwarnings('ignore:squared_norms')

#: Seeds of graphs that have several ways and are compiled in seconds.
GRAPHS, LOOPS = (4000, 4001, 4003, 4005, 4006), range(4000, 4003)

#: What takes the place of the definition, which all are held against.
WAYS = [way.value for way in Way if way not in (Way.NOTHING, Way.LITERAL)]


def norms_by_way(output, wrt, **options):
    """What each strategy that is proven right makes: a dict."""
    found = {}
    for way in WAYS:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter('ignore')
                found[way] = squared_norms(output, wrt, strategy=way, **options)
        except ValueError as error:
            assert 'the strategy {!r} is not proven right'.format(way) in str(error)
    return found


def check(output, wrt, params, inputs, values, **options):
    """Values and training gradients of all ways: the ways that fit."""
    found = norms_by_way(output, wrt, **options)
    found['definition'] = squared_norms(output, wrt, method='jacobian')
    weights = theano.shared(np.random.RandomState(5).rand(len(values[0])))
    results = {way: norms + theano.grad(sum((n * weights).sum() for n in norms), params,
                                        disconnected_inputs='ignore')
               for way, norms in found.items()}
    names = sorted(results)
    made = theano.function(inputs, sum((results[n] for n in names), []), mode=unrewritten(),
                           on_unused_input='ignore')(*values)
    count = len(wrt) + len(params)
    numbers = {name: made[i * count:(i + 1) * count] for i, name in enumerate(names)}
    expected = numbers.pop('definition')
    for way in sorted(numbers):
        assert_close(numbers[way], expected, 1e-7)
    return set(numbers)


@pytest.mark.parametrize('seed', GRAPHS)
def test_random_graphs(engine, seed):
    if engine == 'pytensor' and seed % 5:
        pytest.skip('PyTensor takes some ten seconds for each: every fifth will do')
    graph = Graph(seed, plain=True)
    seen = check(graph.outputs[-1], graph.wrt, graph.params, graph.inputs, graph.values,
                 chunk_size=2 if seed % 2 else None)
    assert seen


@pytest.mark.parametrize('seed', LOOPS)
def test_random_loops(engine, seed):
    if engine == 'pytensor' and seed > LOOPS[0]:
        pytest.skip('PyTensor takes some ten seconds for each: one will do')
    graph = Loop(seed)
    check(graph.outputs[-1], graph.wrt, graph.params, graph.inputs, graph.values, chunk_size=2)


BY_ROWS = {'row blocks', 'column blocks', 'row by row'}
LAYERS = {
    'narrow': ([5, 7, 3, 5], BY_ROWS | {'through a narrow layer'}),
    'one': ([5, 7], BY_ROWS | {'closed form'}),
    'two': ([5, 2, 7], BY_ROWS | {'through a narrow layer'}),
}


@pytest.mark.parametrize('chunk_size', [None, 2])
@pytest.mark.parametrize('name', sorted(LAYERS))
def test_layers_of_uneven_sizes(name, chunk_size):
    """The sizes leave remainders, and each way is there."""
    sizes, ways = LAYERS[name]
    rng = np.random.RandomState(4)
    x = h = TT.matrix('x')
    params = [theano.shared(rng.randn(*shape)) for shape in zip(sizes, sizes[1:])]
    for w in params:
        h = TT.tanh(TT.dot(h, w))
    seen = check(h, [x], params, [x], [rng.randn(4, 5)], chunk_size=chunk_size)
    assert seen >= ways
