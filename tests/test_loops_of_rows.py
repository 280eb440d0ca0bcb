"""Loops that are no recursion over time: many rows or columns at once through them."""

import numpy as np
import pytest

from oracles import contractive_norms, function, literal_norms, tensor, ways
from symbolic import TT, theano
from theanets_reg import squared_norms
from theanets_reg.backends.loop import Wiring

pytestmark = [pytest.mark.as_written, pytest.mark.filterwarnings('ignore::DeprecationWarning')]

#: Sizes of axes, equal on purpose.
FEATURES, UNITS, BATCH, TIME = 3, 3, 3, 3


def params(rng):
    return [theano.shared(rng.randn(*shape) / 2)
            for shape in ((FEATURES, UNITS), (UNITS, UNITS), (FEATURES, UNITS))]


def rnn(z, start, u):
    return theano.scan(lambda a, h: TT.tanh(a + TT.dot(h, u)), sequences=[z],
                       outputs_info=[start])[0]


def generated(start, u, steps=TIME):
    """States that are made of the one before and of nothing else."""
    return theano.scan(lambda h: TT.tanh(TT.dot(h, u)), outputs_info=[start], n_steps=steps)[0]


def gru(z, start, u):
    def step(a, h):
        gate = TT.nnet.sigmoid(TT.dot(h, u))
        return (1 - gate) * h + gate * TT.tanh(a + TT.dot(gate * h, u))
    return theano.scan(step, sequences=[z], outputs_info=[start])[0]


def two_back(z, start, u):
    return theano.scan(lambda a, h, g: TT.tanh(a + TT.dot(g, u) - h), sequences=[z],
                       outputs_info=[dict(initial=start, taps=[-2, -1])])[0]


def summed(z, start, u):
    """Two states and a result, one of the states not from the input."""
    def step(a, h, clock):
        return TT.tanh(a + TT.dot(h, u)) / clock, clock + 1, h * a
    return theano.scan(step, sequences=[z], outputs_info=[start, TT.ones(()), None])[0][2]


def with_result(z, start, u):
    return theano.scan(lambda a, h: (TT.tanh(a + TT.dot(h, u)), (h * a).sum(axis=1)),
                       sequences=[z], outputs_info=[start, None])[0]


def encoded(x, w, u):
    return rnn(TT.dot(x, w), TT.zeros_like(x[0]), u)[-1]


#: Of x with the time in front, (time, batch, features), and three matrices.
SEQUENCES = {
    'starts from the first step': lambda x, w, u, v: rnn(
        TT.dot(x, w), TT.tanh(TT.dot(x[0], v)), u),
    'starts from the last step': lambda x, w, u, v: gru(
        TT.dot(x, w), TT.tanh(TT.dot(x[-1], v)), u),
    'starts from the mean': lambda x, w, u, v: rnn(TT.dot(x, w), TT.dot(x.mean(axis=0), v), u),
    'decoder': lambda x, w, u, v: generated(encoded(x, w, u), v, 2),
    'decoder, last step': lambda x, w, u, v: generated(encoded(x, w, u), v, 2)[-1],
    'decoder of the input': lambda x, w, u, v: rnn(TT.dot(x, v), encoded(x, w, u), u),
    'two steps back': lambda x, w, u, v: two_back(
        TT.dot(x, w), TT.stack([TT.dot(x[0], v), TT.dot(x[1], v)]), u),
    'a result': lambda x, w, u, v: summed(TT.dot(x, w), TT.dot(x[0], v), u),
    'a result, added up': lambda x, w, u, v: with_result(
        TT.dot(x, w), TT.dot(x[0], v), u)[1].sum(axis=0),
    'results and states, added up': lambda x, w, u, v: (
        lambda h, r: TT.sqr(r).mean(axis=0) + h[-1].sum(axis=1))(
            *with_result(TT.dot(x, w), TT.dot(x[0], v), u)),
    'two steps at once': lambda x, w, u, v: (
        lambda h: h[-1] * h[0])(rnn(TT.dot(x, w), TT.zeros_like(x[0]), u)),
    'largest': lambda x, w, u, v: rnn(TT.dot(x, w), TT.zeros_like(x[0]), u).max(axis=0),
    'reads two steps': lambda x, w, u, v: theano.scan(
        lambda now, before, h: TT.tanh(TT.dot(now * before, w) + TT.dot(h, u)),
        sequences=[dict(input=x, taps=[0, -1])], outputs_info=[TT.zeros_like(x[0])])[0],
    'turned in between': lambda x, w, u, v: rnn(
        rnn(TT.dot(x, w), TT.zeros_like(x[0]), u)[::-1], TT.zeros_like(x[0]), v),
}


def of_rows(made):
    """What a loop makes with the examples in front."""
    return made.dimshuffle(1, 0, 2) if made.ndim == 3 else made


def agree(x, made, weights, point, **options):
    """Values and training gradients, with and without chunks, are those of the definition."""
    exact = literal_norms(made, x)
    expected = function([x], [exact] + theano.grad(
        exact.sum(), weights, disconnected_inputs='ignore'))(point)
    assert (np.abs(expected[0]) > 1e-5).all()
    norms = squared_norms(made, x, **options)
    found = function([x], [norms] + theano.grad(
        norms.sum(), weights, disconnected_inputs='ignore'))(point)
    for f, e in zip(found, expected):
        np.testing.assert_allclose(f, e, rtol=1e-9, atol=1e-12)
    return expected[0]


#: Those that have no more than a state, or a constant, from the input: test_recursion_given.
RECURSIVE = {'a result', 'decoder of the input', 'starts from the first step',
             'starts from the last step', 'starts from the mean'}

BLOCKS = {'row blocks', 'column blocks', 'through a narrow layer'}

#: PyTensor takes long to build a gradient through several loops.
QUICK = {'a result, added up', 'decoder, last step', 'starts from the first step', 'two steps back', 'largest'}


@pytest.mark.parametrize('name', sorted(SEQUENCES))
def test_sequences(name, rng, engine):
    if engine == 'pytensor' and name not in QUICK:
        pytest.skip('on Theano only')
    x, weights = tensor(3, 'x'), params(rng)
    made = of_rows(SEQUENCES[name](x.dimshuffle(1, 0, 2), *weights))
    assert (ways(made, x)[0] in BLOCKS) == (name not in RECURSIVE)
    point = rng.randn(BATCH, TIME, FEATURES)
    found = agree(x, made, weights, point, strategy='row blocks' if name in RECURSIVE else None)
    np.testing.assert_allclose(found, contractive_norms(function([x], made), point), rtol=1e-6)


@pytest.mark.parametrize('name, strategy', [
    ('decoder', 'row blocks'), ('decoder, last step', 'column blocks'),
    ('decoder, last step', 'through a narrow layer'), ('two steps at once', 'row blocks')])
def test_in_chunks(name, strategy, rng):
    """With a remainder."""
    x, weights = tensor(3, 'x'), params(rng)
    made = of_rows(SEQUENCES[name](x.dimshuffle(1, 0, 2), *weights))
    agree(x, made, weights, rng.randn(BATCH, TIME, FEATURES), strategy=strategy, chunk_size=2)


@pytest.mark.parametrize('last', [False, True])
def test_from_a_matrix(last, rng):
    """An input without time is where states start from."""
    x, weights = tensor(2, 'x'), params(rng)
    made = generated(TT.tanh(TT.dot(x, weights[0])), weights[1])
    made = made[-1] if last else of_rows(made)
    assert ways(made, x)[0] in BLOCKS
    point = rng.randn(BATCH, FEATURES)
    for strategy in ('row blocks', 'column blocks') + (('through a narrow layer', ) if last else ()):
        agree(x, made, weights[:2], point, strategy=strategy)


@pytest.mark.parametrize('units, way', [(4, 'row blocks'), (5, 'recursion over time')])
def test_the_last_step_goes_the_cheaper_way(units, way, rng):
    """Rows through the loop where there are few, else the recursion: both are exact."""
    x, (w, u, v) = tensor(3, 'x'), [
        theano.shared(rng.randn(*shape) / 2) for shape in ((3, 12), (12, 12), (12, units))]
    z = TT.dot(x.dimshuffle(1, 0, 2), w)
    made = TT.tanh(TT.dot(rnn(z, TT.zeros_like(z[0]), u)[-1], v))
    assert ways(made, x) == [way]
    for strategy in ('row blocks', 'recursion over time'):
        agree(x, made, [w, u, v], rng.randn(2, 2, 3), strategy=strategy)


def test_examples_that_meet_in_a_step_are_not_taken_apart(rng):
    x, weights = tensor(2, 'x'), params(rng)
    made = theano.scan(lambda h: TT.tanh(TT.dot(h - h.mean(axis=0), weights[1])),
                       outputs_info=[TT.dot(x, weights[0])], n_steps=2)[0]
    with pytest.warns(UserWarning, match='literal Jacobian'):
        agree(x, of_rows(made), weights[:2], rng.randn(BATCH, FEATURES))


def test_what_the_outputs_of_a_loop_are_made_of():
    """A state hands on what it started as; a result, all that the states read before."""
    loop = Wiring([], [], [], made=[0, 1], buffers={0: 2}, timed=set(), simple=True)
    assert loop.flow([{1}, {2}], 2) == [{1, 2}, {1, 2}]
    assert loop.flow([{2, 3}, {4}], 2) == [{2, 3}, {4}]


@pytest.mark.filterwarnings('ignore:squared_norms')
def test_tangents_need_a_second_derivative(rng):
    """A product has none, of which a loop makes zeros of nothing: its tangents are refused."""
    x, w = tensor(2, 'x'), theano.shared(rng.randn(FEATURES, UNITS))
    states, products = theano.scan(lambda h: (TT.tanh(h), h.prod(axis=1)),
                                   outputs_info=[TT.dot(x, w), None], n_steps=2)[0]
    made, point = states[-1] + products[-1].dimshuffle(0, 'x'), rng.randn(BATCH, FEATURES)
    with pytest.raises(ValueError, match='is not proven right'):
        squared_norms(made, x, strategy='column blocks')
    found, expected = function([x], [squared_norms(made, x), literal_norms(made, x)])(point)
    np.testing.assert_allclose(found, expected)


def test_a_loop_that_may_end_early_goes_row_by_row(rng):
    x, weights = tensor(2, 'x'), params(rng)
    made = theano.scan(
        lambda h: (TT.tanh(TT.dot(h, weights[1])), theano.scan_module.until(TT.gt(h[0, 0], 9))),
        outputs_info=[TT.dot(x, weights[0])], n_steps=2)[0][-1]
    assert ways(made, x)[0] in ('row by row', 'literal Jacobian')
