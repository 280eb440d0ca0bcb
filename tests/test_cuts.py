"""The narrowest cuts of a graph, against all sets of vertices and all orders of a chain."""

import functools
import itertools

import numpy as np
import pytest

from symbolic import TT, theano
from theanets_reg import backends
from theanets_reg.jacobian import explain, squared_norms
from theanets_reg.jacobian.assumptions import Assumptions
from theanets_reg.jacobian.flow import narrowest
from theanets_reg.jacobian.limits import Limits
from theanets_reg.jacobian.plan import Plan
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


def fewest_multiply_adds(widths, batch):
    """The least for ‖J‖² of a chain of dense layers, over all orders of multiplying.

    By the dynamic programme of matrix chains; the elementwise functions are free. One end
    may be a Gram matrix, which all examples share where it is that of the weights next
    to the inputs.
    """
    last = len(widths) - 1

    @functools.lru_cache(maxsize=None)
    def product(first, end):
        return min((product(first, k) + product(k + 1, end)
                    + batch * widths[end] * widths[k] * widths[first - 1]
                    for k in range(first, end)), default=0)

    def gram_below(k):
        pairs = widths[k] ** 2 * widths[0]
        return pairs if k == 1 else product(1, k) + batch * pairs

    found = [product(1, last), product(2, last) + gram_below(1)
             + batch * widths[last] * widths[1] ** 2]
    found += [gram_below(k) + product(k + 1, last) + batch * widths[k] ** 2 * widths[last]
              for k in range(1, last)]
    return min(found)


@pytest.mark.parametrize('seed', range(20))
def test_one_cut_takes_about_twice_the_best_order_at_most(seed, engine):
    """Which is why cuts are not nested."""
    rng, batch = np.random.RandomState(seed), 128
    widths = [2 ** rng.randint(1, 9) for _ in range(rng.randint(3, 7))]
    x = h = TT.matrix('x')
    for shape in zip(widths, widths[1:]):
        h = TT.tanh(TT.dot(h, theano.shared(np.zeros(shape))))
    choice, = Plan([h], [x], Limits('a test', assume={'batch': batch})).choices
    price = choice.strategy.price()
    assert price.shared + price.per_example <= 2.1 * fewest_multiply_adds(widths, batch)
