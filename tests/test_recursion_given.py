"""Loops that are given what is made of the input: initial states, and constants."""

import numpy as np
import pytest

from symbolic import RandomStreams, TT, theano
from oracles import RTOL, function
from test_recursion import check, is_recursion, weights
from theanets_reg.jacobian import explain, squared_norms

pytestmark = [pytest.mark.as_written, pytest.mark.filterwarnings('ignore:squared_norms')]

UNITS = 3


def states(x, u, start=None, context=None, turned=False):
    """(batch, time, units) of a tanh layer, from an initial state, with a context."""
    steps = x.dimshuffle(1, 0, 2)
    steps = steps[::-1] if turned else steps
    start = TT.zeros_like(steps[0]) if start is None else start
    extra = [] if context is None else [context]
    h, _ = theano.scan(
        lambda x_t, h, *c: TT.tanh(x_t + TT.dot(h, u) + sum(TT.sin(v) for v in c)),
        sequences=steps, outputs_info=start, non_sequences=extra)
    h = h[::-1] if turned else h
    return h.dimshuffle(1, 0, 2)


def both_ways(x, u, v):
    forth = states(x, u, TT.tanh(TT.dot(x[:, 0], v)))
    back = states(x, v, TT.tanh(TT.dot(x[:, -1], u)), turned=True)
    return TT.concatenate([forth, back], axis=2)


def stacked(x, u, v):
    first = states(x, u, TT.dot(x[:, 0], v))
    return states(first, v, TT.tanh(x.mean(axis=1)))


def two_states(x, u, v):
    steps = x.dimshuffle(1, 0, 2)
    (h, _), _ = theano.scan(
        lambda x_t, h, c: [TT.tanh(x_t + TT.dot(c, u)), c * TT.tanh(h + TT.dot(x_t, v))],
        sequences=steps, outputs_info=[TT.sqr(steps[0]), TT.tanh(steps[1])])
    return h.dimshuffle(1, 0, 2)


GRAPHS = {
    'first step': lambda x, u, v: states(x, u, TT.tanh(TT.dot(x[:, 0], v))),
    'mean of steps': lambda x, u, v: states(x, u, TT.tanh(TT.dot(x.mean(axis=1), v))),
    'another loop': lambda x, u, v: states(x, u, states(x, v)[:, -1]),
    'context': lambda x, u, v: states(x, u, context=TT.dot(x.mean(axis=1), v)),
    'context and state': lambda x, u, v: states(
        x, u, TT.tanh(TT.dot(x[:, 0], v)), TT.dot(x.mean(axis=1), v)),
    'one for both': lambda x, u, v: states(x, u, TT.tanh(x[:, 1]), TT.tanh(x[:, 1])),
    'residual': lambda x, u, v: states(x, u, TT.tanh(TT.dot(x[:, 0], v))) + x,
    'dense behind': lambda x, u, v: TT.tanh(TT.dot(states(x, u, TT.sqr(x[:, -1])), v)),
    'last step': lambda x, u, v: states(x, u, TT.tanh(TT.dot(x[:, 0], v)))[:, -1],
    'sum of steps': lambda x, u, v: states(x, u, TT.tanh(TT.dot(x[:, 0], v))).sum(axis=1),
    'both ways': both_ways, 'stacked': stacked, 'two states': two_states}


@pytest.mark.parametrize('name', sorted(GRAPHS))
def test_value_and_gradient(name, engine, rng):
    """Sizes equal on purpose."""
    x, params = TT.tensor3('x'), [weights(rng, UNITS, UNITS) for _ in range(2)]
    check(GRAPHS[name](x, *params), x, rng.randn(UNITS, UNITS, UNITS), params)


def test_it_is_told(engine, rng):
    x, params = TT.tensor3('x'), [weights(rng, UNITS, UNITS) for _ in range(2)]
    start = TT.tanh(TT.dot(x[:, 0], params[1]))
    start.name = 'the first state'
    output = states(x, params[0], start)
    assert is_recursion(output, x)
    assert 'by loops that are given the first state (' in explain(output, x)


@pytest.mark.parametrize('chunk', [dict(chunk_size=2), dict(memory=300)])
def test_in_chunks(chunk, engine, rng):
    """Of what is given, with a remainder, or of examples."""
    x, params = TT.tensor3('x'), [weights(rng, UNITS, UNITS) for _ in range(2)]
    output = GRAPHS['context and state'](x, *params)
    wanted, found = [squared_norms(output, x, **how) for how in (dict(method='jacobian'), chunk)]
    slopes = [theano.grad(norms.sum(), params) for norms in (wanted, found)]
    made = function([x], [wanted, found] + slopes[0] + slopes[1])(rng.randn(5, 4, UNITS))
    np.testing.assert_allclose(made[1], made[0], rtol=RTOL)
    for one, other in zip(made[2:4], made[4:]):
        np.testing.assert_allclose(other, one, rtol=RTOL)


def test_what_cancels(engine, rng):
    """The initial state takes away what the first step adds."""
    x, w = TT.tensor3('x'), weights(rng, UNITS, UNITS)
    steps = TT.dot(x, w).dimshuffle(1, 0, 2)
    h, _ = theano.scan(lambda x_t, h: h + x_t, sequences=steps, outputs_info=-steps[0])
    norms = squared_norms(h.dimshuffle(1, 0, 2), x, strategy='recursion over time')
    found = function([x], norms)(rng.randn(2, 3, UNITS))
    # Steps 1 and 2 arrive as they are, at themselves and what comes behind them.
    np.testing.assert_allclose(found, 3 * (w.get_value() ** 2).sum(), rtol=RTOL)


def test_the_same_draws_in_both_ways(engine, rng):
    x, params = TT.tensor3('x'), [weights(rng, UNITS, UNITS) for _ in range(2)]
    kept = RandomStreams(3).binomial(size=x.shape, n=1, p=.6).astype(x.dtype)
    output = GRAPHS['first step'](x * kept, *params)
    assert is_recursion(output, x)
    both = [squared_norms(output, x, method=m) for m in ('auto', 'jacobian')]
    found, wanted = function([x], both)(rng.randn(2, 3, UNITS))
    np.testing.assert_allclose(found, wanted, rtol=RTOL)


def test_a_draw_whose_size_is_that_of_a_state_is_not_made_twice(engine, rng):
    x, params = TT.tensor3('x'), [weights(rng, UNITS, UNITS) for _ in range(2)]
    start = TT.tanh(TT.dot(x[:, 0], params[1]))
    kept = RandomStreams(3).binomial(size=start.shape, n=1, p=.6).astype(x.dtype)
    output = states(x, params[0], start) * kept.dimshuffle(0, 'x', 1)
    both = [squared_norms(output, x, method=m) for m in ('auto', 'jacobian')]
    found, wanted = function([x], both)(rng.randn(2, 3, UNITS))
    np.testing.assert_allclose(found, wanted, rtol=RTOL)
    assert not is_recursion(output, x)
