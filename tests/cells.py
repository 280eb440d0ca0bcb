"""Cells of random recurrent nets: what a loop computes at each step.

``CELLS[name]`` has the number of gates, whose input sums of (batch, units) come
as a list `a`, the number of states, and ``make(draws, units)``, which gives
``f(a, states)`` -> list of new states of (batch, units), the output first.
"""

from symbolic import TT

sigmoid = TT.nnet.sigmoid


class Cell(object):

    def __init__(self, gates, states, make):
        self.gates, self.states, self.make = gates, states, make


def _matrices(draws, units, count):
    return [draws.param(units, units) for _ in range(count)]


def _simple(pre):
    """A cell of one gate: an activation of ``pre(a, h, U)``."""
    def make(draws, units):
        u, f = draws.param(units, units), draws.activation()
        return lambda a, s: [f(pre(a[0], s[0], u))]
    return Cell(1, 1, make)


def _elementwise(draws, units):
    u, f = draws.param(units), draws.activation()
    return lambda a, s: [f(a[0] + u * s[0])]


def _residual(draws, units):
    u, f = draws.param(units, units), draws.activation()
    return lambda a, s: [.5 * s[0] + f(a[0] + TT.dot(s[0], u))]


def _partly(draws, units):
    """Only some units change, as in a clockwork net."""
    u, rates = draws.param(units, units), draws.rng.choice([0., .3, 1.], size=units)
    return lambda a, s: [rates * TT.tanh(a[0] + TT.dot(s[0], u)) + (1 - rates) * s[0]]


def _gru(draws, units):
    u, v, w = _matrices(draws, units, 3)

    def step(a, s):
        z, r = sigmoid(a[0] + TT.dot(s[0], u)), sigmoid(a[1] + TT.dot(s[0], v))
        return [(1 - z) * s[0] + z * TT.tanh(a[2] + TT.dot(r * s[0], w))]
    return step


def _gru_reset_after(draws, units):
    wide = draws.param(units, 3 * units)

    def step(a, s):
        z, r, h = [TT.dot(s[0], wide)[:, i * units:(i + 1) * units] for i in range(3)]
        z, r = sigmoid(a[0] + z), sigmoid(a[1] + r)
        return [z * s[0] + (1 - z) * TT.tanh(a[2] + r * h)]
    return step


def _lstm(draws, units):
    wide, peeps = draws.param(units, 4 * units), draws.chance(.5)
    p = draws.param(units)

    def step(a, s):
        pre = TT.dot(s[0], wide)
        i, f, o, g = [x + pre[:, k * units:(k + 1) * units] for k, x in enumerate(a)]
        c = sigmoid(f + p * s[1]) * s[1] + sigmoid(i) * TT.tanh(g)
        return [sigmoid(o + p * c if peeps else o) * TT.tanh(c), c]
    return step


def _slow_state(draws, units):
    """A linear state beside the hidden one, as in a structurally constrained net."""
    u, v, w = _matrices(draws, units, 3)

    def step(a, s):
        slow = .9 * s[1] + .1 * a[0]
        return [sigmoid(TT.dot(slow, u) + TT.dot(s[0], v) + TT.dot(a[1], w)), slow]
    return step


def _two_states(draws, units):
    u, v, f, g = _matrices(draws, units, 2) + [draws.activation(), draws.activation()]

    def step(a, s):
        new = f(a[0] + TT.dot(s[0], u))
        cell = g(.5 * s[1] + TT.dot(new, v) * a[0])
        return [TT.tanh(cell) * new, cell]
    return step


def _multiplicative(draws, units):
    u, v = _matrices(draws, units, 2)
    return lambda a, s: [TT.tanh(a[0] + TT.dot(TT.dot(s[0], u) * a[1], v))]


def _deep(draws, units):
    u, v = _matrices(draws, units, 2)
    return lambda a, s: [TT.tanh(TT.dot(sigmoid(a[0] + TT.dot(s[0], u)), v))]


CELLS = {
    'elementwise cell': Cell(1, 1, _elementwise),
    'rnn': _simple(lambda a, h, u: a + TT.dot(h, u)),
    'rnn times its input': _simple(lambda a, h, u: a * TT.dot(h, u)),
    'turned units in the loop': _simple(lambda a, h, u: a + TT.dot(h[:, ::-1], u)),
    'repeated units in the loop': _simple(lambda a, h, u: a + TT.dot(h[:, [0] * 2], u[:2][[0, -1]])),
    'units rolled in the loop': _simple(lambda a, h, u: a + TT.concatenate([h[:, 1:], h[:, :1]], axis=1)),
    'residual cell': Cell(1, 1, _residual),
    'cell of slow units': Cell(1, 1, _partly),
    'gru': Cell(3, 1, _gru),
    'gru, reset after': Cell(3, 1, _gru_reset_after),
    'lstm': Cell(4, 2, _lstm),
    'slow state': Cell(2, 2, _slow_state),
    'two states': Cell(1, 2, _two_states),
    'multiplicative': Cell(2, 1, _multiplicative),
    'deep cell': Cell(1, 1, _deep),
}
