"""What graphs cost, counted by hand."""

import numpy as np
import pytest

from oracles import tensor
from symbolic import TT, theano
from theanets_reg import backends
from theanets_reg.jacobian import assumptions as assumed
from theanets_reg.jacobian import costs
from theanets_reg.jacobian.assumptions import Assumptions
from theanets_reg.jacobian.costs import Price, largest, price, symbolic, widest
from theanets_reg.jacobian.sizes import Size, Sizes

BATCH, SIZE = 7, 11


def shared(*shape):
    return theano.shared(np.ones(shape))


def counted(output, *wrts, given=()):
    """(shared, per example, written, steps, guessed) of a graph."""
    assumptions = Assumptions(wrts, BATCH, SIZE)
    assumptions.learn([output])
    known = set(backends.ancestors(list(wrts) + list(given)))
    found = price([output], known, Sizes(backends.of(output)), assumptions)
    return found.shared, found.per_example, found.written, found.steps, found.guessed


def test_the_total_has_each_part_by_its_weight():
    parts = [Price(shared=1.), Price(per_example=1.), Price(written=1.), Price(steps=1.)]
    weights = [1., costs.PER_EXAMPLE, costs.WRITTEN, costs.STEP]
    assert [p.total for p in parts] == weights
    assert Price(2., 3., 5., 7.).total == np.dot(weights, [2, 3, 5, 7])
    assert Price(2e3).guessed is False and repr(Price(2e3)) == '2e+03 multiply-adds'


def test_a_product_and_what_is_made_of_it():
    x = TT.matrix('x')
    z = TT.dot(x, shared(3, 5))
    assert counted(z, x) == (BATCH * 3 * 5, 0, BATCH * 5, 0, False)
    # One more array; views of it, and parts, are free.
    turned = TT.tanh(z).dimshuffle(1, 0)[:2].reshape((-1, ), ndim=1)
    assert counted(turned, x) == (BATCH * 3 * 5, 0, 2 * BATCH * 5, 0, False)
    assert counted(TT.tanh(z), x, given=[z]) == (0, 0, BATCH * 5, 0, False)
    assert counted(TT.gt(z, 0), x, given=[z]) == (0, 0, 0, 0, False)


def test_what_is_used_twice_is_made_once():
    x = TT.matrix('x')
    z = TT.tanh(TT.dot(x, shared(3, 5)))
    assert counted(z + 2 * z, x) == (BATCH * 3 * 5, 0, 4 * BATCH * 5, 0, False)


def test_an_op_of_two_outputs_is_one():
    x = TT.matrix('x')
    z = TT.dot(x, shared(3, 4))
    one, other = TT.split(z, [2, 2], n_splits=2, axis=0)
    made = counted(one.sum(axis=0) + other.sum(axis=0), x, given=[z])
    # Into how many rows it is split only PyTensor's types tell.
    rows = backends.of(x).static_size(one, 0)
    assert made == (0, 0, 2 * (rows or SIZE) * 4 + 3 * 4, 0, rows is None)


def test_a_size_that_is_not_known_is_guessed():
    x = TT.matrix('x')
    assert counted(TT.tanh(x), x) == (0, 0, BATCH * SIZE, 0, True)
    assert counted(TT.tanh(TT.dot(x, shared(3, 5))), x)[-1] is False


def test_products_of_each_example():
    x = TT.matrix('x')
    z = TT.dot(x, shared(3, 6)).reshape((x.shape[0], 2, 3))
    outer = TT.batched_dot(z, z.dimshuffle(0, 2, 1))
    assert counted(outer, x, given=[z]) == (0, BATCH * 2 * 2 * 3, BATCH * 2 * 2, 0, False)


def test_a_loop_costs_what_its_steps_cost():
    x, w = TT.tensor3('x'), shared(3, 5)
    made, _ = theano.scan(lambda a: TT.tanh(TT.dot(a, w)), sequences=[x])
    assert counted(made, x) == (
        BATCH * SIZE * 5 * SIZE, 0, BATCH * SIZE * SIZE + 2 * BATCH * SIZE * 5, BATCH, True)


def test_a_composite_op_costs_what_its_graph_costs():
    x, inner = TT.matrix('x'), TT.matrix()
    given, w = TT.dot(x, shared(2, 3)), TT.constant(np.ones((3, 5)))
    op = theano.compile.builders.OpFromGraph([inner], [TT.tanh(TT.dot(inner, w))])
    assert counted(op(given), x, given=[given]) == (
        BATCH * 3 * 5, 0, 3 * BATCH * 5, 0, False)


def test_sizes_are_learned_from_products():
    x, y = TT.matrix('x'), TT.matrix('y')
    assumptions = Assumptions([x], BATCH, SIZE)
    width = Size(symbols=[(x, 1)])
    assert (assumptions.number(width), assumptions.guess(width)) == (None, SIZE)
    assert assumptions.guessed
    assumptions.learn([TT.dot(TT.tanh(x), shared(3, 5)), TT.dot(y, TT.dot(x, shared(3, 5)))])
    assert assumptions.number(width) == 3
    # y times what has as many rows as there are examples.
    assert assumptions.number(Size(symbols=[(y, 1)])) == BATCH
    assert assumptions.number(Size(symbols=[(y, 0)])) is None


def test_a_size_as_a_number():
    x, y, w = TT.matrix('x'), TT.matrix('y'), shared(3, 5)
    assumptions = Assumptions([x], BATCH, SIZE)
    of = assumptions.number
    assert of(Size(4)) == 4
    assert of(Size(2, [(x, 0), (w, 1)])) == 2 * BATCH * 5
    assert of(Size(2, [(x, 0), (x, 0)])) == 2 * BATCH ** 2
    assert of(Size(2, [(x, 0), (y, 1)])) is None
    assert of(Size(2, [(y, 0)])) is None
    assert of(Size(1, [(TT.lscalar(), None)])) is None
    assert assumptions.guess(Size(2, [(x, 0), (y, 1)])) == 2 * BATCH * SIZE


def test_symbolic_is_the_number_when_it_runs():
    x, n = TT.matrix('x'), TT.lscalar('n')
    made = symbolic(Size(2, [(x, 0), (x, 1), (n, None), (n, None)]), TT)
    assert theano.function([x, n], made)(np.ones((2, 3)), 5) == 2 * 2 * 3 * 5 * 5
    assert theano.function([], symbolic(Size(6), TT))() == 6


def test_the_largest_array():
    x = TT.matrix('x')
    z = TT.dot(x, shared(3, 5))
    assumptions = Assumptions([x], BATCH, SIZE)
    assumptions.learn([z])
    sizes, given = Sizes(backends.of(x)), {x}
    smaller = z.sum(axis=1)
    assert largest([smaller], given, sizes, assumptions) == BATCH * 5
    assert largest([smaller], {z}, sizes, assumptions) == BATCH
    assert largest([z], {z}, sizes, assumptions) == 1
    assert largest([z, tensor(2) * 2.], given, sizes, assumptions) is None
    assert largest([TT.gt(z, 0)], {z}, sizes, assumptions) == 1


def test_the_largest_array_in_a_composite_op():
    x, z = TT.matrix('x'), TT.matrix('z')
    op = theano.compile.builders.OpFromGraph(
        [z], [TT.dot(z, TT.constant(np.ones((3, 50)))).sum(axis=1)])
    assumptions, sizes = Assumptions([x], BATCH, SIZE), Sizes(backends.of(x))
    assert largest([op(x)], {x}, sizes, assumptions) == BATCH * 50
    inner = theano.compile.builders.OpFromGraph([z], [op(z) * 2.])
    assert largest([inner(x)], {x}, sizes, assumptions) == BATCH * 50


def test_the_widest_of_what_depends():
    x, rows = TT.matrix('x'), TT.tensor3('rows')
    made = TT.dot(rows.sum(axis=0), shared(3, 5))
    sizes, assumptions = Sizes(backends.of(x)), Assumptions([x], BATCH, SIZE)
    sizes.known.update({(rows, 0): Size(2), (rows, 1): Size(symbols=[(x, 0)]),
                        (rows, 2): Size(3)})
    assert widest([made], rows, sizes, assumptions) == [Size(6, [(x, 0)])]
    w = shared(5, 9)
    assert widest([TT.dot(made, w)], rows, sizes, assumptions) == [
        Size(1, [(x, 0), (w, 1)])]
    # Which is the largest is seen when it runs, where a number is not known.
    v = TT.matrix('v')
    assert widest([TT.dot(made, v)], rows, sizes, assumptions) == [
        Size(1, [(x, 0), (v, 1)]), Size(6, [(x, 0)])]


@pytest.mark.parametrize('name', ['batch', 'size'])
def test_what_is_assumed_where_nothing_is_said(name):
    assumptions = Assumptions([])
    assert getattr(assumptions, name) == {'batch': assumed.BATCH, 'size': assumed.SIZE}[name]
