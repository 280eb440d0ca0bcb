"""What a step of the recursion costs: products and passes over a matrix for each example."""

import numpy as np
import pytest

from symbolic import TT, theano
from theanets_reg import backends
from theanets_reg.jacobian.independence import Proof
from theanets_reg.jacobian.recurrence.recursion import find

FEATURES, UNITS = 2, 5


def weights(*shape):
    return theano.shared(np.random.RandomState(3).randn(*shape))


def group_of(step, entering=None):
    """The Group of a loop over what `entering` makes of the input, or ``dot(x, v)``."""
    x = TT.tensor3('x')
    entering = entering or (lambda x: TT.dot(x, weights(FEATURES, UNITS)))
    start = TT.zeros((x.shape[0], UNITS))
    h, _ = theano.scan(
        step, sequences=[entering(x.dimshuffle(1, 0, 2))], outputs_info=[start])
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


def test_a_wide_layer_in_front_is_entered_by_the_features():
    """Its product is not the loop's own: 40 columns for 2 features."""
    w, wide, narrow = recurrent(), weights(FEATURES, 40), weights(40, UNITS)
    group = group_of(lambda p, h: TT.tanh(p + TT.dot(h, w)),
                     lambda x: TT.dot(TT.tanh(TT.dot(x, wide)), narrow))
    assert not group.by_matrix
    assert not group.entry.products


@pytest.mark.parametrize('turned', [False, True])
def test_weights_with_their_axes_exchanged_are_not_taken_for_narrow(turned):
    """Two features and five units, however the weights are kept."""
    w, u = recurrent(), recurrent()
    v = weights(UNITS, FEATURES) if turned else weights(FEATURES, UNITS)
    group = group_of(lambda p, h: TT.tanh(p + TT.dot(TT.tanh(TT.dot(h, w)), u)),
                     lambda x: TT.tanh(TT.dot(x, v.T if turned else v)) + TT.dot(
                         x, v.T if turned else v))
    assert group.by_matrix
    assert not group.entry.products


def test_weights_that_are_drawn():
    """What makes them is asked for no sizes."""
    w, u = recurrent(), recurrent()
    drawn = TT.shared_randomstreams.RandomStreams(3).normal((FEATURES, UNITS))
    group_of(lambda p, h: TT.tanh(p + TT.dot(TT.tanh(TT.dot(h, w)), u)),
             lambda x: TT.dot(x, drawn))


@pytest.mark.parametrize('steps', [2, 1])
def test_states_and_their_start_are_what_the_loop_holds(steps):
    x, start = TT.matrix('x'), TT.vector('start')
    states, _ = theano.scan(lambda a, s: a * s, sequences=[x[:steps]], outputs_info=[start])
    whole = backends.of(x).from_start(states, start)
    found = theano.function([x, start], whole)(np.full((2, 3), 2.), np.ones(3))
    np.testing.assert_allclose(found, np.outer(2. ** np.arange(steps + 1), np.ones(3)))
    kinds = {backends.of(x).kind(node) for node in nodes(whole)}
    assert 'join' not in kinds


@pytest.mark.parametrize('part, expected', [
    (lambda held: held[2:], [1, 4, 8]), (lambda held: held[1:3], [1, 2, 4]),
    (lambda held: held[1::2], [1, 2, 8]), (lambda held: held * 1, [1, 1, 2, 4, 8])])
def test_a_start_in_front_of_a_part_of_the_states(part, expected):
    x, start = TT.matrix('x'), TT.vector('start')
    states, _ = theano.scan(lambda a, s: a * s, sequences=[x], outputs_info=[start])
    whole = backends.of(x).from_start(part(states.owner.inputs[0]), start)
    found = theano.function([x, start], whole)(np.full((3, 2), 2.), np.ones(2))
    np.testing.assert_allclose(found, np.outer(expected, np.ones(2)))


def test_a_start_in_front_of_what_is_no_state():
    x, start = TT.matrix('x'), TT.vector('start')
    made, _ = theano.scan(lambda a: 2 * a, sequences=[x], outputs_info=[None])
    whole = backends.of(x).from_start(made[1:], start)
    found = theano.function([x, start], whole)(np.full((3, 2), 2.), np.ones(2))
    np.testing.assert_allclose(found, np.outer([1, 4, 4], np.ones(2)))
