"""The narrowest cuts of a graph, against all sets of vertices."""

import itertools

import numpy as np
import pytest

from symbolic import TT, theano
from theanets_reg import backends
from theanets_reg.jacobian import explain, squared_norms
from theanets_reg.jacobian.assumptions import Assumptions
from theanets_reg.jacobian.flow import narrowest
from theanets_reg.jacobian.sizes import Sizes

def cuts_all_paths(made_of, sources, sink, cut):
    """Whether no path from the sources to the sink leads around a set of vertices."""
    stack, seen = [sink], set()
    while stack:
        vertex = stack.pop()
        if vertex in cut or vertex in seen:
            continue
        seen.add(vertex)
        if vertex in sources:
            return False
        stack.extend(made_of[vertex])
    return True


def random_graph(rng, count=9):
    """Widths, and what each vertex is made of; the first two are sources."""
    width, made_of = {}, {}
    for vertex in range(count):
        width[vertex] = None if rng.rand() < .1 else rng.randint(1, 9)
        many = min(vertex, rng.randint(1, 4))
        made_of[vertex] = [] if vertex < 2 else sorted(
            rng.choice(vertex, many, replace=False))
    return width, made_of


@pytest.mark.parametrize('seed', range(40))
def test_narrowest(seed):
    width, made_of = random_graph(np.random.RandomState(seed))
    sink = max(width)
    free = [v for v in width if v > 1 and width[v] is not None]
    least = min((sum(width[v] for v in cut) for size in range(len(free) + 1)
                 for cut in itertools.combinations(free, size)
                 if cuts_all_paths(made_of, (0, 1), sink, cut)), default=None)
    found = narrowest(width, made_of, [0, 1], sink)
    assert bool(found) == (least is not None)
    for cut in found:
        assert cuts_all_paths(made_of, (0, 1), sink, cut)
        assert sum(width[v] for v in cut) == least


def test_nearest_to_either_end():
    """Of a chain whose second and third vertex are as narrow."""
    width = {'x': 9, 'a': 2, 'b': 2, 'y': 9}
    made_of = {'x': [], 'a': ['x'], 'b': ['a'], 'y': ['b']}
    assert narrowest(width, made_of, ['x'], 'y') == [['a'], ['b']]


def two_branches(rng):
    """A branch that is narrow first, and one that is so last: 60 - 2 - 90 and 60 - 90 - 2."""
    x = TT.matrix('x')
    shapes = dict(a=(60, 2), b=(2, 90), c=(60, 90), d=(90, 2), e=(90, 70), f=(2, 70))
    w = {name: theano.shared(rng.randn(*shape) / 5) for name, shape in shapes.items()}
    a = TT.tanh(TT.dot(x, w['a']))
    b = TT.tanh(TT.dot(a, w['b']))
    c = TT.tanh(TT.dot(x, w['c']))
    d = TT.tanh(TT.dot(c, w['d']))
    return x, TT.tanh(TT.dot(b, w['e']) + TT.dot(d, w['f']))


def test_across_the_order_of_the_graph(engine, rng):
    """Where one branch follows the other, no place of the order has the 2 + 2 units."""
    x, h = two_branches(rng)
    assert '(4 units)' in explain(h, x)
    found = theano.function([x], squared_norms(h, x, strategy='through a narrow layer'))
    expected = theano.function([x], squared_norms(h, x, method='jacobian'))
    point = rng.randn(3, 60)
    np.testing.assert_allclose(found(point), expected(point), rtol=1e-10)


def test_prices_know_what_is_joined(engine):
    """The units side by side are those of all parts."""
    x, y = TT.matrix('x'), TT.matrix('y')
    w, v = theano.shared(np.zeros((3, 5))), theano.shared(np.zeros((4, 2)))
    joined = TT.concatenate([TT.dot(x, w), TT.dot(y, v)], axis=1)
    sizes, assumptions = Sizes(backends.of(x)), Assumptions([x, y], batch=8)
    assert assumptions.number(sizes.axis(joined, 1)) == 7
    assert assumptions.number(sizes.axis(joined, 0)) == 8
    unknown = TT.concatenate([TT.dot(x, w), y], axis=1)
    assert assumptions.number(sizes.axis(unknown, 1)) is None


def test_a_cut_with_an_axis_of_one_in_chunks(rng):
    """What is carried from it in chunks has its axis of one, too, which may be dropped."""
    x, w, v = TT.matrix('x'), theano.shared(rng.randn(6, 3)), theano.shared(rng.randn(1, 5))
    unit = TT.tanh(TT.dot(x, w)).dimshuffle(1, 0, 'x')[0]
    assert unit.broadcastable == (False, True)
    out = TT.tanh(TT.dot(unit, v) * unit.dimshuffle(0).dimshuffle(0, 'x'))
    point = rng.randn(4, 6)
    found, expected = [theano.function([x], n)(point) for n in (
        squared_norms(out, x, strategy='through a narrow layer', memory=8),
        squared_norms(out, x, method='jacobian'))]
    np.testing.assert_allclose(found, expected)
