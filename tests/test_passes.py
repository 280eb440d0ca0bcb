"""Pullbacks, pushforwards and cuts, directly."""

import numpy as np
import pytest

from oracles import central_jacobian, function
from symbolic import RandomStreams, TT, theano
from theanets_reg import backends
from theanets_reg.jacobian.assumptions import Assumptions
from theanets_reg.jacobian.cuts import cuts
from theanets_reg.jacobian.independence import Proof
from theanets_reg.jacobian.problem import Problem
from theanets_reg.jacobian.pullback import Pullback
from theanets_reg.jacobian.pushforward import Pushforward
from theanets_reg.jacobian.seeds import one_for_each_unit
from theanets_reg.jacobian.strategies import Workspace

RNG = np.random.RandomState(3)


def shared(*shape):
    return theano.shared(RNG.randn(*shape))


W = RNG.randn(3, 4)

GRAPHS = {
    'layer': lambda x: TT.tanh(TT.dot(x, W)),
    'two layers': lambda x: TT.sqr(TT.dot(TT.tanh(TT.dot(x, W)), W.T[:, :2])),
    'softmax': lambda x: TT.nnet.softmax(TT.dot(x, W)),
    'elementwise': lambda x: x ** 3,
    'selected': lambda x: TT.concatenate([x[:, 1:] * x[:, 0].dimshuffle(0, 'x'), TT.sqr(x[:, ::-1])], axis=1),
    'mean over units': lambda x: TT.tanh(x - x.mean(axis=1, keepdims=True)),
    'images': lambda x: TT.dot(x, W).reshape((x.shape[0], 2, 2)) ** 2,
    'running sum': lambda x: TT.cumsum(TT.sqr(x), axis=1),
}


@pytest.fixture(params=sorted(GRAPHS))
def graph(request, engine):
    """x, its output, a point, and ∂output[b]/∂x[b] there: (batch, *units, inputs)."""
    x, point = TT.matrix('x'), RNG.randn(2, 3)
    output = GRAPHS[request.param](x)
    whole = central_jacobian(function([x], output), point)
    blocks = np.stack([whole[b, ..., b, :] for b in range(len(point))])
    return x, output, point, blocks


def test_pullback_of_all_units(graph):
    """One cotangent for each unit: the rows of the Jacobian."""
    x, output, point, blocks = graph
    pulled = Pullback(output, [x]).carry(one_for_each_unit(output))
    found = function([x], pulled[x].full())(point)
    rows = blocks.reshape(len(point), -1, 3)
    np.testing.assert_allclose(found, rows.transpose(1, 0, 2), rtol=1e-6, atol=1e-8)


def test_pushforward_of_all_inputs(graph):
    """One tangent for each input: the columns."""
    x, output, point, blocks = graph
    pushed = Pushforward(output, x).carry(one_for_each_unit(x))
    found = function([x], pushed.full())(point)
    np.testing.assert_allclose(found, np.moveaxis(blocks, -1, 0), rtol=1e-6, atol=1e-8)


def test_nothing_is_reached():
    x, y = TT.matrix('x'), TT.matrix('y')
    output = TT.tanh(x)
    assert Pullback(output, [x, y]).reached == [x]
    assert Pushforward(output, y).carry(one_for_each_unit(y)) is None


def found_cuts(output, *wrts):
    problem = Problem(output, list(wrts), [Proof([output], w) for w in wrts])
    backend = backends.of(output)
    assumptions = Assumptions(wrts)
    assumptions.learn([output])
    return cuts(problem, Workspace(backend, assumptions, None, 2 ** 20))


def layers(x, *sizes):
    found = [x]
    for shape in zip(sizes, sizes[1:]):
        found.append(TT.tanh(TT.dot(found[-1], shared(*shape))))
    return found[1:]


def widths(found):
    return [cut.units for cut in found]


def test_a_narrow_layer_is_a_cut():
    x = TT.matrix('x')
    first, narrow, last = layers(x, 8, 6, 2, 7)
    cut = found_cuts(last, x)[0]
    assert (cut.variables, cut.units, cut.output) == ([narrow], 2, last)
    assert not cut.is_output


def test_a_path_around_it_makes_it_none():
    x = TT.matrix('x')
    _, narrow, last = layers(x, 8, 6, 2, 7)
    around = TT.concatenate([last, x], axis=1)
    assert all(cut.variables != [narrow] for cut in found_cuts(around, x))
    assert min(widths(found_cuts(around, x)) or [8]) >= 8


def test_one_that_goes_around_a_part_only_leaves_the_other():
    x = TT.matrix('x')
    first, narrow, last = layers(x, 8, 3, 2, 7)
    output = last + TT.dot(first, shared(3, 7))
    found = found_cuts(output, x)
    assert all(cut.variables != [narrow] for cut in found)
    assert found[0].variables == [first]


def gated(x):
    """A narrow layer and a gate beside it, which both lead to nine units."""
    gate = TT.nnet.sigmoid(TT.dot(x, shared(8, 1)))
    narrow, = layers(x, 8, 3)
    return gate, narrow, gate[:, 0].dimshuffle(0, 'x') * TT.dot(narrow, shared(3, 9))


def test_variables_side_by_side_are_a_cut():
    x = TT.matrix('x')
    gate, narrow, output = gated(x)
    cut = found_cuts(output, x)[0]
    assert narrow in cut.variables and len(cut.variables) == 2 and cut.units == 4
    plain, joined = function([x], [output, cut.output])(RNG.randn(2, 8))
    np.testing.assert_allclose(joined, plain)
    assert cut.joined in backends.ancestors([cut.output])


def test_no_cut_lies_before_another_input():
    x, y = TT.matrix('x'), TT.matrix('y')
    narrow, = layers(x, 8, 2)
    output = TT.tanh(TT.dot(narrow, shared(2, 9)) + TT.dot(y, shared(8, 9)))
    assert all(cut.variables != [narrow] for cut in found_cuts(output, x, y))
    assert found_cuts(output, x)[0].variables == [narrow]


def test_draws_are_never_cloned():
    """Variables side by side are joined, and what is behind them is made again."""
    x = TT.matrix('x')
    _, narrow, output = gated(x)
    noise = RandomStreams(3).normal(size=(x.shape[0], 9))
    found = found_cuts(output * noise, x)
    assert all(len(cut.variables) == 1 for cut in found)
    assert max(len(cut.variables) for cut in found_cuts(output, x)) == 2
