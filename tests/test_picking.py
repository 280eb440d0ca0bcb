"""Elements picked by arrays, masks and steps, sorted, repeated and cumulated, as people write it."""

import numpy as np
import pytest

from differences import Written, check
from oracles import contractive_norms, function, tensor, value
from symbolic import TT, theano
from test_jacobian import unrewritten
from test_structure import shared, way
from theanets_reg import backends
from theanets_reg import squared_norms

#: What goes through all elements, or one after the other.
SLOW = {'literal Jacobian', 'row by row'}

# No two values are near each other, so that nothing is sorted in another order.
POINT = np.array([[.3, -.8, 1.1], [-.4, .9, .15], [.7, -.2, -1.2]])
POINT3 = POINT[:, :, None] * np.array([.6, -1.3, 1.9]) + np.array([.1, .25, -.3])


def hidden(x):
    return TT.tanh(TT.dot(x, shared(3, 3)))


def numbers(x):
    return TT.arange(x.shape[0])


def probabilities(x):
    return TT.nnet.softmax(TT.dot(x, shared(3, 3)))


def targets(x):
    """Integers below three, one for each example."""
    return (2 * numbers(x) + 1) % 3


def steps(x):
    """(batch, time, units) of (batch, units)."""
    return x.dimshuffle(0, 'x', 1) * shared(3).dimshuffle(0, 'x')


APART = {
    'log(p)[arange(n), y]': lambda x: TT.log(probabilities(x))[numbers(x), targets(x)],
    'of the probabilities': lambda x: (lambda p: TT.log(p)[TT.arange(p.shape[0]), targets(p)])(
        probabilities(x)),
    'numbered by the targets': lambda x: (lambda y: TT.log(probabilities(x))[
        TT.arange(y.shape[0]), y])(targets(x)),
    'at the maximum': lambda x: (lambda h: h[numbers(h), TT.argmax(h, axis=1)])(hidden(x)),
    'two of each': lambda x: hidden(x)[
        numbers(x).dimshuffle(0, 'x'), TT.argsort(x, axis=1)[:, :2]],
    'the last step of each': lambda x: TT.tanh(steps(x))[numbers(x), targets(x)],
    'a class at each step': lambda x: TT.tanh(steps(x))[
        numbers(x).dimshuffle(0, 'x'), TT.arange(3).dimshuffle('x', 0), TT.argsort(x, axis=1)],
    'parted': lambda x: TT.tanh(steps(x))[numbers(x), :, targets(x)],
    'pairs of units': lambda x: TT.tanh(steps(x))[:, [0, 2, 0], [1, 1, 2]],
    'examples in the middle': lambda x: TT.tanh(steps(x)).dimshuffle(1, 0, 2)[[0, 2], :, [1, 0]],
    'a mask of units': lambda x: hidden(x)[:, np.array([True, False, True])],
    'a mask of steps': lambda x: TT.tanh(steps(x))[:, np.array([False, True, True])],
    'a mask of both': lambda x: TT.tanh(steps(x))[:, np.eye(3) > 0],
    'a mask that is computed': lambda x: hidden(x)[:, TT.gt(TT.arange(3), 0).nonzero()[0]],
    'pairs set': lambda x: TT.set_subtensor(
        TT.tanh(steps(x))[:, [0, 1], [2, 2]], TT.sqr(x[:, :2])),
    'pairs added': lambda x: TT.inc_subtensor(
        TT.tanh(steps(x))[:, [0, 0, 1], [2, 2, 1]], TT.sqr(x)),
    'units set': lambda x: TT.set_subtensor(hidden(x)[:, [2, 0]], TT.sqr(x[:, 1:])),
    'one of each set': lambda x: TT.set_subtensor(
        hidden(x)[numbers(x), targets(x)], TT.sqr(x[:, 0])),
    'one of each added': lambda x: TT.inc_subtensor(
        hidden(x)[numbers(x), targets(x)], TT.sqr(x[:, 0])),
    'one of each written': lambda x: TT.set_subtensor(
        TT.zeros((x.shape[0], 4))[numbers(x), targets(x)], TT.tanh(x[:, 1])),
    'a margin': lambda x: TT.inc_subtensor(hidden(x)[numbers(x), targets(x)], -1.).max(axis=1),
    'some examples set': lambda x: TT.set_subtensor(hidden(x)[1:], shared(3)),
    'masked units set': lambda x: TT.set_subtensor(hidden(x)[:, np.array([True, False, True])], 0.),
    'sorted': lambda x: TT.sort(hidden(x), axis=1),
    'sorted steps': lambda x: TT.sort(TT.tanh(steps(x)), axis=1),
    'the greatest two': lambda x: TT.sort(hidden(x))[:, -2:],
    'repeated': lambda x: TT.repeat(hidden(x), 2, axis=1),
    'backwards': lambda x: TT.dot(x, shared(3, 3))[:, ::-1] * shared(3),
    'every second': lambda x: hidden(x)[:, ::2],
    'every second step': lambda x: TT.tanh(steps(x))[:, ::2],
    'all of the examples': lambda x: hidden(x)[0:x.shape[0]:1],
    'added up': lambda x: TT.cumsum(hidden(x), axis=1),
    'multiplied': lambda x: TT.cumprod(hidden(x), axis=1),
    'steps added up': lambda x: TT.cumsum(TT.tanh(steps(x)), axis=1),
    'lower triangle': lambda x: TT.tanh(steps(x)) * TT.tri(3),
}

#: Of the ways that are certain the cheapest, at these sizes.
CLOSED = {'backwards', 'every second'}


@pytest.mark.parametrize('name', sorted(APART))
def test_examples_stay_apart(engine, name):
    if engine == 'theano' and name == 'masked units set':
        pytest.skip('Theano has no gradient of it')
    x = TT.matrix('x')
    graph = Written(APART[name], x, POINT)
    found = way(graph.outputs[0], x)
    assert found not in SLOW
    assert (found == 'closed form') == (name in CLOSED)
    check(graph, unrewritten())


MIXED = {
    'by the targets alone': lambda x: hidden(x)[targets(x)],
    'turned': lambda x: hidden(x)[numbers(x)[::-1], targets(x)],
    'numbers of units': lambda x: hidden(x)[targets(x), numbers(x)],
    'numbers from one': lambda x: hidden(x)[TT.arange(1, x.shape[0]), TT.arange(1, x.shape[0])],
    'every second number': lambda x: hidden(x)[TT.arange(0, x.shape[0], 2), targets(x)[:2]],
    'so many as there are now': lambda x: hidden(x)[TT.arange(3), targets(x)],
    'targets that are known': lambda x: hidden(x)[numbers(x), np.array([0, 2, 1])],
    'all pairs': lambda x: hidden(x)[numbers(x).dimshuffle(0, 'x'), numbers(x)][::-1],
    'against the grain': lambda x: hidden(x)[numbers(x).dimshuffle('x', 0), numbers(
        x).dimshuffle(0, 'x')] + hidden(x),
    'numbers that are counted twice': lambda x: hidden(x)[numbers(x) * 2 % 3, targets(x)],
    'numbers of units and examples': lambda x: (lambda h: h[
        TT.arange(h.shape[1]), targets(h)])(hidden(x)) * hidden(x)[:, 0],
    'as many examples as units': lambda x: (lambda h: h[
        TT.arange(h.shape[1]), TT.zeros_like(h[0], 'int64')])(hidden(x)),
    'some examples, some units': lambda x: hidden(x)[1:, [0, 2, 0]],
    'numbers beside a mask': lambda x: TT.tanh(steps(x))[numbers(x), np.array([True] * 3)],
    'rows that are not examples': lambda x: TT.tanh(steps(x)).reshape(
        (x.shape[0] * 3, 3))[numbers(x), targets(x)],
    'the first of all': lambda x: hidden(x)[TT.arange(1), targets(x)],
    'targets as numbers': lambda x: hidden(x)[
        targets(x).reshape((x.shape[0], 1)), TT.constant([[0, 1]])],
    'set in turned order': lambda x: TT.set_subtensor(
        hidden(x)[::-1, [0, 2]], TT.sqr(x[:, 1:])),
    'one of all': lambda x: hidden(x)[1, TT.constant([0, 1, 2])],
    'a mask of examples': lambda x: hidden(x)[np.array([True, False, True])],
    'a mask of examples and units': lambda x: hidden(x)[np.eye(3) > 0],
    'steps that are examples': lambda x: TT.tanh(steps(x))[[0, 1], :, [1, 0]],
    'set by others': lambda x: TT.set_subtensor(
        hidden(x)[numbers(x)[::-1], targets(x)], TT.sqr(x[:, 0])),
    'set to units of others': lambda x: TT.set_subtensor(
        hidden(x)[:, numbers(x)], TT.sqr(x).T),
    'set by one example': lambda x: TT.set_subtensor(hidden(x)[numbers(x), targets(x)], x[0, 0]),
    'examples written to units': lambda x: TT.set_subtensor(
        TT.zeros((3, x.shape[0]))[targets(x), numbers(x)], x[:, 0]) * hidden(x),
    'sorted': lambda x: TT.sort(hidden(x), axis=0),
    'sorted flat': lambda x: TT.sort(hidden(x), axis=None).reshape((x.shape[0], 3)),
    'repeated': lambda x: TT.repeat(hidden(x), 2, axis=0),
    'added up': lambda x: TT.cumsum(hidden(x), axis=0),
    'multiplied flat': lambda x: TT.cumprod(hidden(x)).reshape((x.shape[0], 3)),
    'diagonal': lambda x: TT.diagonal(hidden(x)),
    'a diagonal of examples and steps': lambda x: TT.diagonal(
        TT.tanh(steps(x)), axis1=1, axis2=0),
    'not quite all': lambda x: hidden(x)[1:x.shape[0]] * 2,
    'up to the number of units': lambda x: (lambda h: h[:h.shape[1]])(hidden(x)),
}


@pytest.mark.parametrize('name', sorted(MIXED))
def test_tempting(engine, name):
    if engine == 'theano' and name == 'a diagonal of examples and steps':
        pytest.skip('Theano has no gradient of it')
    x = TT.matrix('x')
    output = MIXED[name](x)
    assert way(output, x) == 'literal Jacobian'
    with pytest.warns(UserWarning, match='literal'):
        norms = squared_norms(output, x)
    run, flat = function([x], norms), function([x], output)
    np.testing.assert_allclose(run(POINT), contractive_norms(flat, POINT), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize('shape', [(1, 3), (5, 3)])
def test_other_numbers_of_examples(shape):
    """The place that an array numbers is not told by its size."""
    x, y = TT.matrix('x'), TT.lvector('y')
    output = TT.log(probabilities(x))[numbers(y), y]
    point = np.random.RandomState(2).randn(*shape)
    given = np.arange(shape[0]) % 3
    check(Written(lambda x: output, x, point, {y: given}), unrewritten())


def test_one_target_for_all():
    """By its type it is one; where only its value tells, that is an error."""
    x, y, one = TT.matrix('x'), TT.lvector('y'), np.array([1])
    output = TT.log(probabilities(x))[numbers(x), y]
    assert way(output, x) not in SLOW
    with pytest.raises(AssertionError, match='axis 0 of y is as long as axis 0 of x'):
        value(squared_norms(output, x), {x: POINT, y: one})
    typed = TT.log(probabilities(x))[numbers(x), backends.of(x).fix_broadcast(y, (True, ))]
    assert way(typed, x) not in SLOW
    found = value(squared_norms(typed, x), {x: POINT, y: one})
    expected = contractive_norms(lambda point: value(typed, {x: point, y: one}), POINT)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize('examples, count', [(3, 2), (1, 3)])
@pytest.mark.parametrize('counted', ['x', 'y'])
def test_another_number_of_targets_is_no_wrong_number(examples, count, counted):
    """It is an error of ours, or of the package where the arrays don't fit together."""
    x, y = TT.matrix('x'), TT.lvector('y')
    output = hidden(x)[numbers(x if counted == 'x' else y), y]
    values = {x: POINT[:examples], y: np.arange(count)}
    norms = squared_norms(output, x)
    with pytest.raises((AssertionError, ValueError, IndexError)):
        value(norms, values)
    if (examples, counted) == (3, 'y'):
        with pytest.raises(AssertionError, match='axis 0 of y is as long as axis 0 of x'):
            value(norms, values)
        literal = value(squared_norms(output, x, method='jacobian'), values)
        expected = contractive_norms(
            lambda point: value(output, {x: point, y: values[y]}), values[x])
        np.testing.assert_allclose(literal, expected, rtol=1e-6)


def test_targets_that_are_written_to():
    """As many as there are examples, also where one example could be spread."""
    x, y = TT.matrix('x'), TT.lvector('y')
    output = TT.set_subtensor(TT.zeros((x.shape[0], 4))[numbers(x), y], TT.tanh(x[:, 1]))
    check(Written(lambda x: output, x, POINT, {y: np.array([3, 0, 3])}), unrewritten())
    with pytest.raises(AssertionError, match='axis 0 of y is as long as axis 0 of x'):
        value(squared_norms(output, x), {x: POINT[:1], y: np.arange(3)})


def test_within_a_loop_nothing_is_promised():
    """What a step sees of sizes can't be checked from outside."""
    x, y = TT.tensor3('x'), TT.lmatrix('y')
    states, _ = theano.scan(lambda a, b: TT.tanh(a)[numbers(b), b], sequences=[
        x.dimshuffle(1, 0, 2), y.dimshuffle(1, 0)])
    assert way(states, x) == 'literal Jacobian'


def test_an_input_of_one_example():
    row, y = TT.row('x'), TT.lvector('y')
    output = TT.tanh(row)[numbers(row), y]
    found = value(squared_norms(output, row, method='auto'), {row: POINT[:1], y: np.array([2, 2])})
    expected = contractive_norms(
        lambda point: value(output, {row: point, y: np.array([2, 2])}), POINT[:1])
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_axes_of_steps_that_are_numbered():
    """The axis of time stays apart only where the sizes are seen to be the same."""
    x = tensor(3, 'x')
    at = [numbers(x).dimshuffle(0, 'x'), TT.arange(x.shape[1]).dimshuffle('x', 0)]
    graph = Written(lambda x: TT.tanh(TT.dot(x, shared(3, 3)))[
        at[0], at[1], TT.argmax(x, axis=2)], x, POINT3)
    assert way(graph.outputs[0], x) not in SLOW
    check(graph, unrewritten())
