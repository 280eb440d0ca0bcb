"""The gradient of a matrix that a loop carries, against differences in NumPy."""

import numpy as np
import pytest

from symbolic import TT, theano
from theanets_reg import backends
from theanets_reg.jacobian.recurrence.carry import Carry
from theanets_reg.jacobian.recurrence.steps import Inside

pytestmark = [pytest.mark.as_written, pytest.mark.filterwarnings('ignore::DeprecationWarning')]

TIME, BATCH, STATES, FEATURES = 3, 2, 4, 2


def arrays():
    """Diagonals of each step, a matrix of states, one of features, a root of weights."""
    rng = np.random.RandomState(11)
    return [rng.randn(*shape) for shape in (
        (TIME, BATCH, STATES), (STATES, STATES), (FEATURES, STATES), (FEATURES, FEATURES))]


def expected(d, u, w, root):
    """P_t = D (Uᵀ P U + Wᵀ G W) D, of shape (time, batch, states, states)."""
    before, found = np.zeros((BATCH, STATES, STATES)), []
    for here in d:
        inner = np.einsum('ji,bjk,kl->bil', u, before, u) + w.T.dot(root).dot(root.T).dot(w)
        before = here[:, :, None] * inner * here[:, None, :]
        found.append(before)
    return np.array(found)


def carried(examples, d, u, w, root):
    """A Carry that does so, and its start; the examples are on that axis."""
    inside = Inside(backends.of(d), {})
    g = inside.constant(TT.dot(root, root.T))
    here, u, w = inside.derivatives(d, ()), inside.constant(u), inside.constant(w)
    order = [1, 0, 2] if examples == 1 else [0, 1, 2]
    start = TT.zeros([BATCH if axis == examples else STATES for axis in range(3)])
    before, scale = start.type(), here.dimshuffle(0, 'x', 1)
    halves = [TT.dot(before.dimshuffle(*order), u) * scale,
              TT.dot(g, w).dimshuffle('x', 0, 1) * scale]
    seeds = [half.type() for half in halves]
    states, entering = [seed.dimshuffle(0, 2, 1) for seed in seeds]
    after = ((TT.dot(states, u) + TT.dot(entering, w)) * scale).dimshuffle(*order)
    return Carry(inside.backend, inside, tuple(a for a in range(3) if a != examples),
                 before, halves, seeds, after, [g]), start


class Problem(object):
    """A weighed sum of what is carried, and all its slopes.

    The weights are not symmetric.
    """

    def __init__(self, examples, of):
        self.shared = [theano.shared(a) for a in arrays()]
        carry, start = carried(examples, *self.shared)
        made = getattr(carry, of)(start)
        shape = [TIME, BATCH, STATES] + [STATES] * (made.ndim - 3)
        order = [0, 2, 1, 3] if made.ndim == 4 and examples == 1 else range(made.ndim)
        made = made.dimshuffle(*order)
        loss = (TT.constant(np.random.RandomState(3).randn(*shape)) * made).sum()
        slopes = theano.grad(loss, self.shared)
        squares = sum(TT.sqr(slope).sum() for slope in slopes)
        self.function = theano.function(
            [], [made, loss, squares] + slopes + theano.grad(squares, self.shared))

    def at(self, values):
        for shared, value in zip(self.shared, values):
            shared.set_value(value)
        return self.function()


@pytest.mark.parametrize('examples', [0, 1])
@pytest.mark.parametrize('of', ['all', 'diagonals'])
def test_values_slopes_and_slopes_of_these(of, examples):
    problem, point, step = Problem(examples, of), arrays(), 1e-6
    found = problem.at(point)
    wanted = expected(*point)
    np.testing.assert_allclose(
        found[0], wanted if of == 'all' else np.einsum('tbii->tbi', wanted))
    rng, count = np.random.RandomState(5), len(point)
    for place in range(count):
        way = rng.randn(*point[place].shape)
        sides = [problem.at([v + sign * step * way if k == place else v
                             for k, v in enumerate(point)]) for sign in (1, -1)]
        for value, slopes in ((1, found[3:3 + count]), (2, found[3 + count:])):
            difference = (sides[0][value] - sides[1][value]) / (2 * step)
            np.testing.assert_allclose((slopes[place] * way).sum(), difference, rtol=1e-6)
