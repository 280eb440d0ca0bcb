"""Examples on another axis than the first: batch_axis= and time_axis=0."""

import numpy as np
import pytest

from symbolic import TT, theano
import oracles
from oracles import EXACT, RTOL, tensor, value
from theanets_reg import Contractive, explain, squared_norms

every_method = pytest.mark.parametrize('method', EXACT)


@pytest.fixture
def recurrent(rng):
    """x (time, batch, features), the raw states of a scan over it, its parameters."""
    x = tensor(3, 'x')
    w, u = params = [theano.shared(rng.randn(*s)) for s in ((3, 4), (4, 4))]
    h, _ = theano.scan(lambda a, h: TT.tanh(a + TT.dot(h, u)), sequences=TT.dot(x, w),
                       outputs_info=TT.zeros((x.shape[1], 4), dtype='float64'))
    return x, h, params


def norms_of(f, point, axis):
    """The squares of all derivatives by each example, which are on `axis`."""
    jacobian = oracles.central_jacobian(f, point).reshape((-1, ) + point.shape)
    squares = np.moveaxis(jacobian ** 2, 1 + axis, 0)
    return squares.reshape(len(squares), -1).sum(axis=1)


@every_method
@pytest.mark.parametrize('axis', [1, -2, np.int64(1)], ids=repr)
def test_of_a_scan(recurrent, rng, method, axis):
    """Sizes equal on purpose: what is time and what is batch is not told by them."""
    x, h, _ = recurrent
    point = rng.randn(3, 3, 3)
    got = value(squared_norms(h, x, method=method, batch_axis=axis), {x: point})
    np.testing.assert_allclose(got, norms_of(oracles.function([x], h), point, 1), rtol=RTOL)


@every_method
@pytest.mark.parametrize('axis', [0, 1, 2])
def test_of_any_axis(rng, method, axis):
    x = tensor(3, 'x')
    z = TT.tanh(x * (x ** 2).sum(axis=(axis + 1) % 3, keepdims=True))
    point = rng.randn(2, 2, 2)
    got = value(squared_norms(z, x, method=method, batch_axis=axis), {x: point})
    np.testing.assert_allclose(got, norms_of(oracles.function([x], z), point, axis), rtol=RTOL)


@every_method
def test_several_inputs_that_follow_from_each_other(rng, method):
    """Each with its own norms, whatever the order."""
    x = tensor(2, 'x')
    h = TT.tanh(TT.dot(theano.shared(rng.randn(4, 3)), x))
    z, point = TT.dot(theano.shared(rng.randn(2, 4)), h ** 2) + x[:2], rng.randn(3, 5)
    state = oracles.function([x], h)(point)
    # z by x through h, and by h alone.
    f, g = oracles.function([x], z), oracles.function([h, x], z)
    expected = {x: norms_of(f, point, 1), h: norms_of(lambda s: g(s, point), state, 1)}
    for wrt in ([x, h], [h, x], [x, x, h]):
        got = value(squared_norms(z, wrt, method=method, batch_axis=1), {x: point})
        np.testing.assert_allclose(got, [expected[v] for v in wrt], rtol=RTOL)


def test_hutchinson_is_right_on_average(rng):
    x = tensor(2, 'x')
    w, point = rng.randn(3, 3), rng.randn(3, 4)
    norms = squared_norms(TT.dot(theano.shared(w), x), x, method='hutchinson', samples=20,
                          batch_axis=1)
    f = oracles.function([x], norms)
    mean = np.mean([f(point) for _ in range(200)], axis=0)
    np.testing.assert_allclose(mean, [(w ** 2).sum()] * 4, rtol=.1)


@pytest.mark.parametrize('axis, error, said', [
    (1.5, TypeError, 'batch_axis=1.5 is not an integer; expected the axis'),
    (True, TypeError, 'batch_axis=True is not an integer'),
    ('a', TypeError, "batch_axis='a' is not an integer"),
    (None, TypeError, 'batch_axis=None is not an integer'),
    (2, ValueError, 'batch_axis=2 is none of the 2 dimensions of x; expected'),
    (-3, ValueError, 'batch_axis=-3 is none of the 2 dimensions of x')])
def test_bad_axis(axis, error, said):
    x = TT.matrix('x')
    for call in squared_norms, explain:
        with pytest.raises(error, match=said):
            call(TT.tanh(x), x, batch_axis=axis)


def test_scalar_is_one_example():
    x = TT.dscalar('x')
    assert value(squared_norms(3 * x, x, batch_axis=0), {x: 2.}) == [9.]
    with pytest.raises(ValueError, match='batch_axis=1 is none of the 0 dimensions'):
        squared_norms(3 * x, x, batch_axis=1)


class TestTimeAxis:
    """Contractive(time_axis=0): as the same net, batch first."""

    @every_method
    @pytest.mark.parametrize('reduction', ['mean', 'sum'])
    def test_penalty(self, recurrent, rng, method, reduction):
        x, h, _ = recurrent
        point = rng.randn(5, 2, 3)
        loss = Contractive('h', time_axis=0, method=method, reduction=reduction).loss(
            [], {'h': h})
        expected = norms_of(oracles.function([x], h), point, 1)
        np.testing.assert_allclose(
            value(loss, {x: point}), getattr(expected, reduction)(), rtol=RTOL)

    def test_takes_the_recursion(self, recurrent):
        x, h, _ = recurrent
        assert 'h by x: recursion over time' in Contractive(time_axis=0).explain({'h': h})
        with pytest.warns(UserWarning, match=r'if x is \(time, batch, ...\), say so with '
                                             'batch_axis=1 or, in Contractive, time_axis=0'):
            Contractive().loss([], {'h': h})

    def test_gradient(self, recurrent, rng):
        x, h, (w, _) = recurrent
        point, at = rng.randn(3, 2, 3), w.get_value()
        loss = Contractive('h', time_axis=0).loss([], {'h': h})
        f = oracles.function([x], loss)

        def of_weights(weights):
            w.set_value(weights)
            return f(point)
        expected = oracles.central_jacobian(of_weights, at)
        w.set_value(at)
        np.testing.assert_allclose(value(theano.grad(loss, w), {x: point}), expected,
                                   rtol=RTOL, atol=1e-8)

    def test_what_has_no_time_is_as_ever(self, rng):
        """Of two dimensions: (batch, units)."""
        x, point = tensor(2, 'x'), rng.randn(2, 3)
        outputs = {'h': TT.tanh(TT.dot(x, rng.randn(3, 4)))}
        got = [value(Contractive('h', time_axis=axis).loss([], outputs), {x: point})
               for axis in (0, 1)]
        assert got[0] == got[1] > 0

    @pytest.mark.parametrize('method', EXACT)
    @pytest.mark.parametrize('symbolic', [False, True], ids=['array', 'variable'])
    def test_mask_is_batch_time_all_the_same(self, recurrent, rng, method, symbolic):
        x, h, _ = recurrent
        mask, point = np.array([[1, 1, 1, 0], [1, 1, 0, 0], [1, 1, 1, 1]]), rng.randn(4, 3, 3)
        m = TT.lmatrix('m')
        loss = Contractive('h', mask=m if symbolic else mask, time_axis=0,
                           method=method).loss([], {'h': h})
        jacobian = oracles.central_jacobian(oracles.function([x], h), point)
        expected = sum((jacobian[mask[b] == 1, b][:, :, mask[b] == 1, b] ** 2).sum()
                       for b in range(3)) / 3
        compiled = oracles.function([x, m], loss)
        np.testing.assert_allclose(compiled(point, mask), expected, rtol=RTOL)
        with pytest.raises(AssertionError, match=r'is not the \(batch, time\) of'):
            compiled(rng.randn(3, 4, 3), mask)

    def test_bad(self):
        with pytest.raises(ValueError, match='Contractive: unknown time_axis 2; expected one of 0, 1'):
            Contractive(time_axis=2)
