"""Outputs that read one example of the input: by its own way, the others' norms zero."""

import numpy as np
import pytest

from differences import Written, check
from oracles import contractive_norms, function, tensor
from symbolic import TT, theano
from test_jacobian import unrewritten
from test_structure import shared, way
from theanets_reg import backends, squared_norms
from theanets_reg.jacobian import explain

#: As many examples as steps and features, so that an axis is not told by its size.
POINT = np.random.RandomState(4).randn(3, 3, 3)


def layer(steps):
    return TT.tanh(TT.dot(steps, shared(3, 4)))


def recurrent(steps):
    u = shared(4, 4)
    return theano.scan(lambda a, h: TT.tanh(a + TT.dot(h, u)), sequences=[layer(steps)],
                       outputs_info=[TT.zeros((4, ))])[0]


def both_ways(x):
    return TT.concatenate([recurrent(x[1]), recurrent(x[1][::-1])[::-1]], axis=1)


ALONE = {
    'itself': (lambda x: x[1], 'closed form'),
    'a layer': (lambda x: layer(x[0]), 'closed form'),
    'the last example': (lambda x: layer(x[-1]), 'closed form'),
    'the last but one': (lambda x: layer(x[-2]), 'closed form'),
    'recurrent': (lambda x: recurrent(x[1]), 'recursion over time'),
    'both ways': (both_ways, 'recursion over time'),
    'its last state': (lambda x: recurrent(x[0])[-1], 'recursion over time'),
    'read twice': (lambda x: recurrent(x[2]) * layer(x[2]), 'recursion over time'),
    'steps together': (lambda x: TT.tanh(x[0]).sum(axis=0), 'row blocks'),
}
SEVERAL = {
    'two examples': lambda x: layer(x[0]) * layer(x[1]),
    'one, and the sum of all': lambda x: layer(x[0]) + x.sum(axis=0)[:, 0].dimshuffle(0, 'x'),
    'one that is computed': lambda x: layer(x[TT.argmax(x[:, 0, 0])]),
    'behind a mean': lambda x: layer((x - x.mean(axis=0))[0]),
    'two of them': lambda x: layer(x[:2].sum(axis=0)),
    'a step of each': lambda x: x.dimshuffle(1, 0, 2)[0].dimshuffle(1, 0),
}


@pytest.mark.parametrize('name', sorted(ALONE))
def test_is_like_any_other(name):
    build, wanted = ALONE[name]
    x = tensor(3, 'x')
    graph = Written(build, x, POINT)
    assert way(graph.outputs[0], x) == wanted
    check(graph, unrewritten())


@pytest.mark.filterwarnings('ignore:squared_norms')
@pytest.mark.parametrize('name', sorted(SEVERAL))
def test_several_are_not_one(name):
    x = tensor(3, 'x')
    output = SEVERAL[name](x)
    assert 'one example alone' not in explain(output, x)
    run, flat = function([x], squared_norms(output, x)), function([x], output)
    np.testing.assert_allclose(run(POINT), contractive_norms(flat, POINT), rtol=1e-6, atol=1e-9)


def test_one_number_of_a_vector():
    x = TT.vector('x')
    norms = squared_norms(TT.tanh(x[1] * shared(3)), x)
    assert (function([x], norms)(POINT[0, 0])[[0, 2]] == 0).all()


def test_by_two_inputs():
    """One of which is read as a batch."""
    x, y = tensor(3, 'x'), tensor(3, 'y')
    output = layer(y) * layer(x[1])
    run = function([x, y], squared_norms(output, [x, y]))
    found = run(POINT, POINT[::-1])
    literal = function([x, y], squared_norms(output, [x, y], method='jacobian'))
    np.testing.assert_allclose(found, literal(POINT, POINT[::-1]), rtol=1e-9)
    assert (found[0][[0, 2]] == 0).all() and (found[1] > 0).all()


def written(now, h):
    """A state with a unit that is written at a place that the step computes."""
    return TT.set_subtensor(TT.tanh(now + h)[TT.argmax(now)], .5)


#: What has no rule, or one that is not right for a graph that is no backward pass.
OTHERS = {
    'a computed place': lambda x: theano.scan(
        written, sequences=[x[0]], outputs_info=[TT.zeros((3, ))])[0],
    'a diagonal': lambda x: TT.diag(TT.dot(x[0], x[0].T)),
    'branches of other shapes': lambda x: ifelse(x, x[0] * 2, x[0][:2]),
}


def ifelse(x, one, other):
    choose = __import__(backends.of(x).name + '.ifelse', fromlist=['ifelse']).ifelse
    return choose(TT.gt(x.shape[0], 2), one, other)


@pytest.mark.filterwarnings('ignore:squared_norms')
@pytest.mark.parametrize('name', sorted(OTHERS))
def test_is_as_exact_as_before(name):
    x = tensor(3, 'x')
    output = OTHERS[name](x)
    found, expected = [function([x], squared_norms(output, x, method=m))(POINT)
                       for m in ('auto', 'jacobian')]
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_a_draw_around_it(engine):
    """One draw for all rows."""
    if engine != 'pytensor':
        pytest.skip('Theano has no draws whose parameters are variables of this kind')
    x, random = tensor(2, 'x'), theano.shared(np.random.default_rng(3))
    still = theano.gradient.disconnected_grad
    drawn = still(TT.random.normal(still(x[0]), 1., rng=random))
    output = TT.tanh(x[0] * drawn)
    found, expected = [function([x], squared_norms(output, x, method=m))(POINT[0])
                       for m in ('auto', 'jacobian')]
    np.testing.assert_allclose(found, expected, rtol=1e-9)
