"""Steps that are made matrices: the way back is written out, so it is held against others."""

import numpy as np
import pytest

from symbolic import TT, theano
from oracles import RTOL, function
from test_recursion import check, weights
from theanets_reg import backends
from theanets_reg.jacobian.independence import Proof
from theanets_reg.jacobian.recurrence.by_matrix import ByMatrix
from theanets_reg.jacobian.recurrence.recursion import find

pytestmark = pytest.mark.as_written

BATCH, TIME, UNITS = 2, 3, 3


def gated(x, h, w, u):
    """Two products, one of what the other makes."""
    return [TT.tanh(x + TT.dot(h * TT.tanh(TT.dot(h, w)), u))]


def with_a_cell(x, h, c, w, u):
    """The cell is read elementwise alone: it has diagonals in place of rows."""
    after = TT.tanh(x + TT.dot(h, w)) * c + TT.tanh(TT.dot(h, u))
    return [TT.tanh(after) * x, after]


def of_a_new_state(x, s, h, w, u):
    """As in SCRN: a product reads the other new state, whose derivatives are known as well."""
    context = .6 * s + x + TT.dot(s, w)
    return [context, TT.tanh(x * h + TT.dot(context, u))]


def of_softmax(x, h, w, u):
    """Besides two products: a matrix of its own for each example, not symmetric."""
    return [TT.tanh(x + TT.dot(TT.nnet.softmax(h), w) * TT.dot(h, u))
            + TT.exp(x) * TT.nnet.softmax(h)]


def of_a_norm(x, h, w, u):
    """What all units are divided by."""
    return [TT.tanh(x + TT.dot(h, w) * TT.dot(h, u))
            + x * h / TT.sqrt(1 + TT.sqr(h).sum(axis=1, keepdims=True))]


def softmax_and_a_cell(x, h, c, w, u):
    after = TT.tanh(x + TT.dot(h, w)) * c + TT.exp(x) * TT.nnet.softmax(h)
    return [TT.tanh(after) * TT.tanh(TT.dot(h, u)), after]


def softmax_of_a_cell(x, h, c, w, u):
    """No product reads it, but it is not read elementwise."""
    after = TT.exp(x) * TT.nnet.softmax(c) + TT.tanh(TT.dot(h, w))
    return [TT.tanh(after + TT.dot(h, u)), after]


STEPS = {step.__name__: (step, states) for step, states in (
    (gated, 1), (with_a_cell, 2), (of_a_new_state, 2), (of_softmax, 1), (of_a_norm, 1),
    (softmax_and_a_cell, 2), (softmax_of_a_cell, 2))}


def outputs(name, x, params):
    """All states of a loop, (batch, time, units)."""
    step, count = STEPS[name]
    steps = x.dimshuffle(1, 0, 2)
    states, _ = theano.scan(
        step, sequences=[steps], non_sequences=params,
        outputs_info=[TT.ones((steps.shape[1], UNITS)) / 2] * count)
    return [s.dimshuffle(1, 0, 2) for s in (states if count > 1 else [states])]


def matrix_step(name, x, params):
    output = outputs(name, x, params)[-1]
    group, = find(Proof([output], x), output, x).parts[0].groups
    assert group.by_matrix
    return ByMatrix(group)


@pytest.mark.parametrize('name', sorted(STEPS))
def test_values_and_slopes(name, rng):
    """Of each state: the literal Jacobian, and central differences."""
    x, params = TT.tensor3('x'), [weights(rng, UNITS, UNITS) for _ in range(2)]
    for output in outputs(name, x, params):
        check(output, x, rng.randn(BATCH, TIME, UNITS), params)


def symmetric(rng, size):
    made = rng.randn(BATCH, size, size)
    return TT.constant(made + made.transpose(0, 2, 1))


@pytest.mark.parametrize('name', sorted(STEPS))
def test_the_way_back_is_that_of_the_package(name, rng):
    """Of one step, by each of the arrays that the way back gives the gradient of."""
    x, params = TT.tensor3('x'), [weights(rng, UNITS, UNITS) for _ in range(2)]
    passing = matrix_step(name, x, params)
    size = UNITS * STEPS[name][1]
    slope = symmetric(rng, size)
    known, before = passing.reverse(slope)
    read = list(known)
    expected = theano.grad((passing.after() * slope).sum(), read + [passing.before])
    pairs = [(2 * known[v], e) for v, e in zip(read, expected)] + [(before, expected[-1])]
    inside = passing.inside
    outer, count = inside.outer(), len(inside.sequences)
    here = [a[1] for a in outer[:count]] + list(outer[count:])
    held = dict(zip(inside.inner(), here))
    held[passing.before] = symmetric(rng, size)
    made = backends.replace([v for pair in pairs for v in pair], held)
    found = function([x], made)(rng.randn(BATCH, TIME, UNITS))
    assert all(np.abs(one).sum() > 0 for one in found[::2])
    for one, other in zip(found[::2], found[1::2]):
        np.testing.assert_allclose(one, other, rtol=RTOL, atol=1e-12)


@pytest.mark.parametrize('name', sorted(STEPS))
def test_no_array_of_a_known_gradient_is_made_of_another(name, rng):
    """The packages take what is known of an array for all of its gradient."""
    x, params = TT.tensor3('x'), [weights(rng, UNITS, UNITS) for _ in range(2)]
    passing = matrix_step(name, x, params)
    known = list(passing.reverse(passing.before)[0])
    for v in known:
        assert not set(backends.ancestors([v])) & set(known) - {v}
