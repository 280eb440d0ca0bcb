"""Loops whose steps are the examples: as a layer of all of them, or refused."""

import numpy as np
import pytest

from differences import Written, check
from oracles import contractive_norms, function, tensor
from symbolic import TT, theano
from test_jacobian import unrewritten
from test_structure import shared, way
from theanets_reg import backends, squared_norms

#: As many examples as units, so that an axis is not told by its size.
POINT = np.array([[.3, -.8, 1.1], [-.4, .9, .15], [.7, -.2, -1.2]])
POINT3 = POINT[:, :, None] * np.array([.6, -1.3, 1.9]) + np.array([.1, .25, -.3])

CLOSED = {'closed form'}
BY_RECURSION = {'recursion over time'}
BY_BLOCKS = {'row blocks', 'column blocks', 'through a narrow layer'}


def looped(step, *sequences, **kwargs):
    return theano.scan(step, sequences=list(sequences), **kwargs)[0]


def layer(row):
    return TT.tanh(TT.dot(row, shared(3, 4)))


def numbers(x):
    return TT.arange(x.shape[0])


def chosen(row):
    """One thing or another, by what the example is."""
    return TT.switch(row[0] > 0, TT.sqr(row), TT.tanh(row))


def states(row, factor=None, start=None, constant=None):
    """A recurrent layer over one example."""
    u = shared(3, 3)

    def step(now, *rest):
        new = TT.tanh(now + TT.dot(rest[-1], u) * (rest[0] if factor is not None else 1))
        return new if constant is None else new * constant
    return looped(step, *[s for s in (row, factor) if s is not None],
                  outputs_info=[TT.zeros((3, )) if start is None else start])


def two_back(row):
    u = shared(3, 3)
    return looped(lambda now, a, b: TT.tanh(now + TT.dot(a, u) * b), row,
                  outputs_info=[dict(initial=TT.ones((2, 3)), taps=[-1, -2])])


FLAT = {
    'a layer': (lambda x: looped(layer, x), CLOSED),
    'elementwise': (lambda x: looped(lambda r: TT.tanh(r) * [1., 2., -1.], x), CLOSED),
    'two layers': (lambda x: looped(
        lambda r: TT.nnet.sigmoid(TT.dot(layer(r), shared(4, 5))), x), BY_BLOCKS),
    'two sequences': (lambda x: looped(lambda r, s: layer(r) * s.sum(), x, TT.sqr(x)), BY_BLOCKS),
    'its own weights': (lambda x: looped(
        lambda r, s: TT.tanh(r * s), x, TT.ones_like(x) * shared(3)), CLOSED),
    'the greatest': (lambda x: looped(lambda r: layer(r).max(), x), BY_BLOCKS),
    'softmax': (lambda x: looped(lambda r: TT.nnet.softmax(
        TT.dot(r, shared(3, 4)).dimshuffle('x', 0))[0], x), BY_BLOCKS),
    'products': (lambda x: looped(lambda r: TT.outer(r, layer(r)), x), BY_BLOCKS),
    'a product with itself': (lambda x: looped(lambda r: TT.dot(r, layer(r)[:3]), x), BY_BLOCKS),
    'a matrix by it': (lambda x: looped(lambda r: TT.tanh(TT.dot(shared(4, 3), r)), x), CLOSED | BY_BLOCKS),
    'by their numbers': (lambda x: looped(lambda i: layer(x[i]), numbers(x)), BY_BLOCKS),
    'a unit of each': (lambda x: looped(lambda r: TT.tanh(r), x[:, 1]), BY_BLOCKS),
    'parts': (lambda x: looped(lambda r: TT.concatenate([layer(r)[1:], r[::2]]), x), BY_BLOCKS),
    'written': (lambda x: looped(
        lambda r: TT.set_subtensor(TT.zeros((5, ))[1:4], TT.tanh(r)), x), BY_BLOCKS),
    'a choice': (lambda x: looped(chosen, x), BY_BLOCKS),
    'behind a layer': (lambda x: looped(lambda r: TT.sqr(r), TT.dot(x, shared(3, 4))), CLOSED),
    'in front of a layer': (lambda x: TT.tanh(TT.dot(
        looped(lambda r: r * 2, x), shared(3, 4))), CLOSED),
    'one after the other': (lambda x: looped(
        lambda r: TT.dot(r, shared(4, 2)), looped(layer, x)), BY_BLOCKS),
    'units, one by one': (lambda x: looped(lambda c: TT.tanh(c * 2), x.T).T, None),
}

DEEP = {
    'matrices': (lambda x: looped(layer, x), CLOSED),
    'steps': (lambda x: looped(layer, x.dimshuffle(1, 0, 2)).dimshuffle(1, 0, 2), CLOSED),
    'steps and examples': (lambda x: looped(lambda r: TT.tanh(r) + r.sum(axis=0), x), BY_BLOCKS),
    'a loop in a loop': (lambda x: looped(lambda r: looped(layer, r), x), BY_BLOCKS),
    'states': (lambda x: looped(states, x), BY_RECURSION),
    'the last state': (lambda x: looped(lambda r: states(r)[-1], x), BY_RECURSION),
    'a mean over time': (lambda x: looped(lambda r: states(r).mean(axis=0), x), BY_RECURSION),
    'states two steps back': (lambda x: looped(two_back, x), BY_RECURSION),
    'states of all and of each': (lambda x: looped(
        lambda r, s: states(r, s), x, TT.tanh(x) * 2), BY_RECURSION),
    'a state from the example': (lambda x: looped(
        lambda r: states(r, start=TT.tanh(r[0])), x), None),
    'a state that no example changes': (lambda x: looped(
        lambda r: states(r) + states(shared(3, 3)), x), BY_RECURSION),
    'a loop over something else': (lambda x: looped(
        lambda r: states(shared(3, 3), constant=TT.tanh(r[0])), x), None),
}


@pytest.mark.parametrize('name', sorted(FLAT) + sorted(DEEP))
def test_each_example_alone(name):
    build, ways = dict(FLAT, **DEEP)[name]
    x, point = (tensor(3, 'x'), POINT3) if name in DEEP else (tensor(2, 'x'), POINT)
    graph = Written(build, x, point)
    found = way(graph.outputs[0], x)
    assert found in ways if ways else found != 'literal Jacobian'
    check(graph, unrewritten())


def test_what_is_no_layer(engine):
    """Theano can't add an axis to a product; a loop of each example may end when it likes."""
    def until(row):
        return looped(lambda r, h: (TT.tanh(r + h), theano.scan_module.until(TT.gt(r[0], .5))),
                      row, outputs_info=[TT.zeros((3, ))])[-1]

    x, step = tensor(3, 'x'), until if engine == 'pytensor' else lambda row: row.prod(axis=0)
    graph = Written(lambda x: looped(step, x), x, POINT3)
    assert way(graph.outputs[0], x) == (
        'row blocks' if engine == 'pytensor' else 'row by row')
    check(graph, unrewritten())


def shifted(x):
    """Each step sees its own example and the one before."""
    return looped(lambda now, before: now * before, dict(input=x, taps=[0, -1]))


def with_all(row, x):
    """A loop within a step that reads all of the examples."""
    return theano.scan(lambda other, h: TT.tanh(h + other * row), sequences=[x],
                       outputs_info=[TT.zeros((3, ))])[0][-1]


MIXED = {
    'all at each, in a loop': lambda x: looped(with_all, x, non_sequences=[x]),
    'reversed': lambda x: looped(layer, x[::-1]),
    'read backwards': lambda x: looped(layer, x, go_backwards=True),
    'by numbers that are turned': lambda x: looped(lambda i: layer(x[i]), numbers(x)[::-1]),
    'by other numbers': lambda x: looped(lambda i: layer(x[(i * 2) % 3]), numbers(x)),
    'all at each': lambda x: looped(lambda r: TT.dot(x, r), x),
    'the sum at each': lambda x: looped(lambda r: r * x.sum(axis=0), x),
    'the one before': shifted,
    'some of them': lambda x: looped(layer, x, n_steps=2),
    'as many as there are of others': lambda x: looped(
        lambda r, s: layer(r) * s, x, shared(3)),
    'turned': lambda x: looped(lambda r, c: r * c, x, x.T),
    'a running sum': lambda x: theano.scan(
        lambda r, s: TT.tanh(r + s), sequences=[x], outputs_info=[TT.zeros((3, ))])[0],
}


@pytest.mark.filterwarnings('ignore:squared_norms')
@pytest.mark.parametrize('name', sorted(MIXED))
def test_tempting(name):
    x = tensor(2, 'x')
    output = MIXED[name](x)
    assert way(output, x) == 'literal Jacobian'
    run, flat = function([x], squared_norms(output, x)), function([x], output)
    np.testing.assert_allclose(run(POINT), contractive_norms(flat, POINT), rtol=1e-6, atol=1e-9)


def test_a_condition_that_differs_by_example(engine):
    """It is that of each step, not of all."""
    choose = __import__(engine + '.ifelse', fromlist=['ifelse']).ifelse
    x = tensor(2, 'x')
    graph = Written(lambda x: looped(
        lambda r: choose(TT.gt(r[0], 0), TT.sqr(r), TT.tanh(r)), x), x, POINT)
    assert way(graph.outputs[0], x) != 'literal Jacobian'
    check(graph, unrewritten())


def test_one_example_by_its_type():
    row = TT.row('x')
    for build in (lambda x: looped(layer, x), lambda x: looped(
            lambda r, s: r * s, x, shared(1, 3))):
        graph = Written(build, row, POINT[:1])
        check(graph, unrewritten())


def test_the_graph_that_was_given_stays():
    """What is exchanged for a loop is in the norms only."""
    x = tensor(2, 'x')
    output = looped(layer, x)
    before = backends.ancestors([output])
    squared_norms(output, x)
    assert backends.ancestors([output]) == before


def test_by_what_a_loop_makes():
    """The loop stays, where an input is made by it."""
    x = tensor(2, 'x')
    h = looped(layer, x)
    behind = TT.tanh(h)
    for wrt in (h, behind):
        output = TT.tanh(TT.dot(behind, shared(4, 2)))
        found, expected = function([x], [
            squared_norms(output, [x, wrt], method=m)[1] for m in ('auto', 'jacobian')])(POINT)
        np.testing.assert_allclose(found, expected, rtol=1e-9)
        assert (found > 0).all()


def test_a_loop_that_ends_before_its_sequence():
    """No package makes one: it cuts sequences to as many steps as there are."""
    x = tensor(2, 'x')
    node = looped(layer, x).owner
    given = [TT.constant(np.int64(2)) if v is node.inputs[0] else v for v in node.inputs]
    output = node.clone_with_new_inputs(given[:1] + [x] + given[2:]).outputs[0]
    assert way(output, x) == 'literal Jacobian'
