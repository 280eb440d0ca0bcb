"""Picking, adding at places that repeat, running sums: proven, and right."""

import types
import warnings

import numpy as np
import pytest

from differences import check
from oracles import tensor, ways
from symbolic import TT, theano
from theanets_reg import explain, squared_norms

RNG = np.random.RandomState(11)


def held(value):
    return theano.shared(np.asarray(value))


# As many examples as units and as places that are picked: four of each.
PLACES = [3, 1, 1, 0]

MATRICES = {
    'units': lambda h, w: h[:, held(PLACES)],
    'units by constants': lambda h, w: h[:, PLACES],
    'units, then a layer': lambda h, w: TT.tanh(TT.dot(h[:, held(PLACES)], w)),
    'units by a matrix': lambda h, w: TT.tanh(h[:, np.array([PLACES, PLACES[::-1]])]),
    'units twice': lambda h, w: h[:, held(PLACES)][:, held([2, 2, 0, 3])],
    'added at places that repeat': lambda h, w: TT.inc_subtensor(
        (h * h)[:, held(PLACES)], TT.dot(h, w)),
    'set at places': lambda h, w: TT.set_subtensor(
        TT.tanh(h)[:, held([2, 0])], TT.dot(h, w)[:, :2]),
    'a constant added': lambda h, w: TT.inc_subtensor(h[:, held(PLACES)], 1.) * h,
    'running sum': lambda h, w: TT.tanh(TT.cumsum(h, axis=1)),
    'running sum from behind': lambda h, w: TT.tanh(TT.cumsum(h[:, ::-1], axis=1)[:, ::-1]),
    'running sum, last axis': lambda h, w: TT.tanh(TT.cumsum(h, axis=-1)),
    'running product': lambda h, w: TT.dot(TT.cumprod(h, axis=1), w),
    'running sum, turned': lambda h, w: TT.tanh(TT.cumsum(h.T, axis=0)).T,
    'reversed': lambda h, w: TT.tanh(TT.dot(h[:, ::-1], w)),
    'every second from behind': lambda h, w: TT.tanh(TT.dot(h[:, ::-2], w[:2])),
}

CUBES = {
    'steps': lambda h, w: TT.tanh(TT.dot(h[:, held(PLACES)], w)),
    'units of steps': lambda h, w: TT.tanh(TT.dot(h[:, :, held(PLACES)], w)),
    'steps added': lambda h, w: TT.inc_subtensor((h * h)[:, held(PLACES)], TT.dot(h, w)),
    'running sum of steps': lambda h, w: TT.dot(TT.cumsum(h, axis=1), w) ** 2,
}


def graph(name):
    shape = (4, 4) if name in MATRICES else (4, 4, 4)
    x, w = tensor(len(shape), 'x'), theano.shared(RNG.randn(4, 4), name='w')
    output = (MATRICES.get(name) or CUBES[name])(TT.tanh(TT.dot(x, w)), w)
    return types.SimpleNamespace(inputs=[x], values=[RNG.randn(*shape)], outputs=[output],
                                 wrt=[x], params=[w])


@pytest.mark.parametrize('strategy', ['row blocks', 'column blocks'])
@pytest.mark.parametrize('name', sorted(MATRICES) + sorted(CUBES))
def test_proven_and_right(name, strategy):
    made = graph(name)
    with warnings.catch_warnings():
        warnings.simplefilter('error', UserWarning)
        squared_norms(made.outputs, made.wrt, strategy=strategy)
    check(made, strategy=strategy)


@pytest.mark.parametrize('name', ['units', 'added at places that repeat', 'running sum'])
def test_number_of_examples_is_known_behind_it(name):
    made = graph(name)
    output, x, w = made.outputs[0], made.wrt[0], made.params[0]
    made.outputs = [TT.tanh(TT.dot(output.reshape((output.shape[0], 2, 2)).reshape(
        (x.shape[0], -1)), w))]
    assert ways(made.outputs, made.wrt) not in (['literal Jacobian'], ['row by row'])
    check(made)


MIXES = {
    'examples are picked': (lambda h, w: h[held(PLACES)], 'take all examples as they are'),
    'examples are added': (lambda h, w: TT.inc_subtensor(h[held(PLACES)], h), 'picked'),
    'turned, added': (lambda h, w: TT.inc_subtensor(h[:, held(PLACES)], h.T), ''),
    'running sum of examples': (lambda h, w: TT.cumsum(h, axis=0), 'runs along the examples'),
    'running sum of all': (lambda h, w: TT.cumsum(h).reshape((4, 4)), 'runs along the examples'),
    'added to others': (lambda h, w: TT.inc_subtensor(w[:, held(PLACES)], h),
                        'as many examples as it reads'),
}


@pytest.mark.parametrize('name', sorted(MIXES))
def test_what_mixes_is_not_proven(name):
    output, reason = MIXES[name]
    x, w = TT.matrix('x'), theano.shared(RNG.randn(4, 4), name='w')
    z = output(TT.tanh(TT.dot(x, w)), w)
    said = explain(z, x)
    assert 'literal Jacobian' in said and reason in said
    made = types.SimpleNamespace(inputs=[x], values=[RNG.randn(4, 4)], outputs=[z], wrt=[x],
                                 params=[w])
    check(made)
