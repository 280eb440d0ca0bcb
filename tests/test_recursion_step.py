"""What a step of the recursion costs: products and passes over a matrix for each example."""

import numpy as np
import pytest

from symbolic import TT, theano
from theanets_reg import backends
from theanets_reg.jacobian.independence import Proof
from theanets_reg.jacobian.recurrence.recursion import find

FEATURES, UNITS = 2, 5


def group_of(step):
    """The Group of a loop over ``dot(x, v)``."""
    x = TT.tensor3('x')
    v = theano.shared(np.random.RandomState(3).randn(FEATURES, UNITS))
    start = TT.zeros((x.shape[0], UNITS))
    h, _ = theano.scan(
        step, sequences=[TT.dot(x.dimshuffle(1, 0, 2), v)], outputs_info=[start])
    h = h.dimshuffle(1, 0, 2)
    group, = find(Proof([h], x), h, x).parts[0].groups
    return group


def products(variable):
    return [node for node in nodes(variable) if backends.of(variable).kind(node) == 'dot']


def nodes(variable):
    return {v.owner for v in backends.ancestors([variable]) if v.owner is not None}


def between(first, second):
    """The kinds of nodes that make numbers on the way from one product to another."""
    backend = backends.of(second.outputs[0])
    found = nodes(second.inputs[0]) | nodes(second.inputs[1])
    return {backend.kind(node) for node in found - nodes(first.outputs[0])
            if first.outputs[0] in backends.ancestors(node.outputs)
            and node.outputs[0].dtype == 'float64'}


def recurrent(size=UNITS):
    return theano.shared(np.random.RandomState(1).randn(size, size))


def test_one_diagonal_acts_after_both_products():
    """Nothing but reshapes is between them, and the input has no product of its own."""
    w = recurrent()
    group = group_of(lambda p, h: TT.tanh(p + TT.dot(h, w)))
    after = group._passing().carry().after
    one, other = sorted(products(after), key=lambda node: len(nodes(node.outputs[0])))
    assert 'elemwise' not in between(one, other)
    assert group.entry.products


def test_a_state_that_is_added_to_goes_by_halves():
    """Its terms have different derivatives: the diagonal acts on one of them only."""
    w = recurrent()
    group = group_of(lambda p, h: h + TT.tanh(p + TT.dot(h, w)))
    assert group._passing().at_once() is None


def test_two_products_are_a_matrix_and_the_input_enters_by_its_features():
    w, u = recurrent(), recurrent()
    group = group_of(lambda p, h: TT.tanh(p + TT.dot(TT.tanh(TT.dot(h, w)), u)))
    assert group.by_matrix
    assert not group.entry.products


@pytest.mark.parametrize('steps', [2, 1])
def test_states_and_their_start_are_what_the_loop_holds(steps):
    x, start = TT.matrix('x'), TT.vector('start')
    states, _ = theano.scan(lambda a, s: a * s, sequences=[x[:steps]], outputs_info=[start])
    whole = backends.of(x).from_start(states, start)
    found = theano.function([x, start], whole)(np.full((2, 3), 2.), np.ones(3))
    np.testing.assert_allclose(found, np.outer(2. ** np.arange(steps + 1), np.ones(3)))
    kinds = {backends.of(x).kind(node) for node in nodes(whole)}
    assert 'join' not in kinds


def test_a_start_in_front_of_what_no_loop_made():
    x, start = TT.matrix('x'), TT.vector('start')
    whole = backends.of(x).from_start(x, start)
    found = theano.function([x, start], whole)(np.full((2, 3), 2.), np.ones(3))
    np.testing.assert_allclose(found, [[1] * 3, [2] * 3, [2] * 3])
