"""The higher-order term of the contractive penalty: E |J(x) - J(x + e)|^2."""

import numpy as np
import pytest

from symbolic import MRG_RandomStreams, RandomStreams, TT, theano
import oracles
from oracles import RTOL, function
from theanets_reg import BernoulliDropout, Contractive, penalty
from theanets_reg.regularizers import curvature


def layer(rng, x, n_in, n_out):
    return TT.tanh(TT.dot(x, theano.shared(rng.randn(n_in, n_out), name='w')))


def noise_of(x, sigma, rng=13):
    """The draws, which are those of every penalty with that seed."""
    return curvature.changes('test', {'x': x * 1}, [x], sigma, rng)['change of x']


def expected(f, x, noise):
    """By central differences: the change of the Jacobian, of each example by itself."""
    def jacobian(at):
        return oracles.central_jacobian(lambda v: f(v[None])[0], at)
    return np.mean([((jacobian(v) - jacobian(v + e)) ** 2).sum() for v, e in zip(x, noise)])


class TestValue:
    @pytest.mark.parametrize('method', ['auto', 'jacobian'])
    @pytest.mark.parametrize('graph', ['wide', 'narrow', 'deep', 'recurrent'])
    def test_by_central_differences(self, rng, graph, method):
        shape = (3, 2, 4) if graph == 'recurrent' else (3, 4)
        x = oracles.tensor(len(shape), 'x')
        if graph == 'recurrent':
            w = theano.shared(rng.randn(4, 3))
            h, _ = theano.scan(lambda x_t, h: TT.tanh(TT.dot(x_t, w) + h),
                               [x.dimshuffle(1, 0, 2)], [TT.zeros_like(TT.dot(x[:, 0], w))])
            z = h.dimshuffle(1, 0, 2)
        else:
            z = layer(rng, x, 4, dict(wide=6, narrow=2, deep=3)[graph])
            z = layer(rng, z, 3, 5) if graph == 'deep' else z
        reg = Contractive(hessian=.5, sigma=.3, method=method)
        given = rng.randn(*shape)
        # PyTensor 2 does not compile two literal Jacobians in one function in FAST_COMPILE.
        mode = theano.compile.mode.Mode('py', 'fast_run') if method == 'jacobian' else None
        found, first, noise = function([x], [
            reg.loss((), {'z': z}), Contractive().loss((), {'z': z}), noise_of(x, .3)],
            mode=mode)(given)
        f = function([x], z)
        np.testing.assert_allclose(
            found, first + .5 * expected(f, given, noise), rtol=1e-6)

    def test_does_not_cancel(self, rng):
        """In single precision, where the change is a millionth of the norm."""
        x, w = oracles.tensor(2, 'x', 'float32'), rng.randn(4, 3).astype('float32')
        z = TT.tanh(TT.dot(x, theano.shared(w)))
        loss = Contractive(hessian=1e6, sigma=1e-3).loss((), {'z': z})
        given = .1 * rng.randn(5, 4).astype('float32')
        found, first, noise = function([x], [
            loss, Contractive().loss((), {'z': z}), noise_of(x, 1e-3)])(given)
        f = lambda v: np.tanh(v.dot(w.astype('float64')))    # noqa: E731
        slopes = [1 - f(v.astype('float64')) ** 2 for v in (given, given + noise)]
        change = ((slopes[1] - slopes[0]) ** 2).dot((w.astype('float64') ** 2).sum(axis=0))
        np.testing.assert_allclose(found - first, 1e6 * change.mean(), rtol=1e-2)
        assert change.mean() < 1e-5 * first

    def test_is_right_on_average(self, rng):
        """Of squares the Jacobian is 2x, and its change 2e: 4 sigma^2 for each unit."""
        x = TT.matrix('x')
        reg = Contractive(hessian=1., sigma=.5)
        excess = function([x], reg.loss((), {'z': TT.sqr(x)}) - Contractive().loss(
            (), {'z': TT.sqr(x)}))(rng.randn(5000, 2))
        # The variance of e^2 is 2 sigma^4.
        error = 4 * np.sqrt(2) * .25 / np.sqrt(10000) * 2
        assert abs(excess - 2 * 4 * .25) < 4 * error

    def test_linear_has_none(self, rng):
        x, w = TT.matrix('x'), theano.shared(rng.randn(4, 3))
        z = {'z': TT.dot(x, w)}
        found, first = [oracles.value(Contractive(**k).loss((), z), {x: rng.randn(5, 4)})
                        for k in (dict(hessian=1., sigma=.5), {})]
        np.testing.assert_allclose(found, first, rtol=1e-12)

    def test_the_same_dropout_at_both_places(self, rng):
        x, w = TT.matrix('x'), theano.shared(rng.randn(4, 3))
        z = {'z': BernoulliDropout(weight=.5)(TT.dot(x, w))}
        one, other = [Contractive(**k).loss((), z) for k in (dict(hessian=1., sigma=.5), {})]
        found, first = function([x], [one, other])(rng.randn(20, 4))
        np.testing.assert_allclose(found, first, rtol=1e-12)

    def test_draws_with_a_probability_that_depends_on_the_input(self, rng):
        """They are the same at both places, too."""
        x = TT.matrix('x')
        p = theano.gradient.disconnected_grad(TT.nnet.sigmoid(x))
        z = {'z': x * RandomStreams(5).binomial(x.shape, p=p, dtype=x.dtype)}
        losses = [Contractive(**k).loss((), z) for k in (dict(hessian=1., sigma=3.), {})]
        found, first = function([x], losses)(rng.randn(20, 4))
        np.testing.assert_allclose(found, first, rtol=1e-12)
        assert 0 < first < 4

    def test_new_draws_in_every_call(self, rng):
        x = TT.matrix('x')
        f = function([x], Contractive(hessian=1., sigma=.5).loss((), {'z': TT.sqr(x)}))
        given = rng.randn(5, 4)
        assert f(given) != f(given)

    def test_mask(self, rng):
        """Padding is neither output nor input, be it no number: 4 sigma^2 for each step."""
        x = TT.tensor3('x')
        mask, given = np.array([[1, 1, 0], [1, 0, 0]] * 1000), rng.randn(2000, 3, 1)
        z = {'z': TT.sqr(x)}
        losses = [Contractive(mask=mask, **k).loss((), z)
                  for k in (dict(hessian=1., sigma=.5), {})]
        found, first = function([x], losses)(np.where(mask[:, :, None], given, np.nan))
        # The variance of e^2 is 2 sigma^4, and there are 1.5 steps for each example.
        error = 4 * np.sqrt(2) * .25 / np.sqrt(3000) * 1.5
        assert abs(found - first - 1.5 * 4 * .25) < 4 * error

    @pytest.mark.parametrize('names', ['xy', (None, None)])
    def test_several_inputs_move_together(self, rng, names):
        """Of a product of both each derivative changes with the other input."""
        x, y = [TT.matrix(name) for name in names]
        reg = Contractive(hessian=1., sigma=.5)
        draws = curvature.changes('test', {'x': x * 1, 'y': y * 1}, [x, y], .5, 13)
        found, e_x, e_y, first = function([x, y], [reg.loss((), {'z': x * y})] + list(
            draws.values()) + [Contractive().loss((), {'z': x * y})])(
                rng.randn(5, 4), rng.randn(5, 4))
        np.testing.assert_allclose(
            found - first, ((e_x ** 2).sum() + (e_y ** 2).sum()) / 5, rtol=RTOL)
        assert abs(np.corrcoef(e_x.ravel(), e_y.ravel())[0, 1]) < 4 / np.sqrt(20)

    def test_a_stream(self, rng):
        x = TT.matrix('x')
        reg = Contractive(hessian=1., sigma=.5, rng=MRG_RandomStreams(5))
        found = oracles.value(reg.loss((), {'z': TT.sqr(x)}), {x: np.zeros((2000, 2))})
        error = 4 * np.sqrt(2) * .25 / np.sqrt(4000) * 2
        assert abs(found - 2 * 4 * .25) < 4 * error

    def test_hutchinson(self, rng):
        """On average the same: of many examples that are alike."""
        x, w = TT.matrix('x'), theano.shared(rng.randn(3, 2))
        z = {'z': TT.tanh(TT.dot(x, w))}
        given = np.repeat(rng.randn(1, 3), 20000, axis=0)
        exact, estimate = [oracles.value(Contractive(
            hessian=1., sigma=.5, method=method).loss((), z), {x: given})
            for method in ('auto', 'hutchinson')]
        np.testing.assert_allclose(estimate, exact, rtol=.05)


def test_gradient(rng):
    """By central differences, with one set of draws."""
    x, w = TT.matrix('x'), theano.shared(rng.randn(3, 4))
    loss = Contractive(hessian=.5, sigma=.3).loss((), {'z': TT.tanh(TT.dot(x, w))})
    given, start = rng.randn(5, 3), w.get_value()
    f = function([x], loss, no_default_updates=True)

    def moved(value):
        w.set_value(value)
        return f(given)

    slopes = oracles.central_jacobian(moved, start)
    w.set_value(start)
    np.testing.assert_allclose(
        function([x], theano.grad(loss, w), no_default_updates=True)(given), slopes,
        rtol=1e-6, atol=1e-9)


def test_symbolic_strengths(rng):
    x, hessian, sigma = TT.matrix('x'), theano.shared(0.), theano.shared(.5)
    outputs = {'z': TT.sqr(x)}
    f = function([x], [Contractive(hessian=hessian, sigma=sigma).loss((), outputs),
                       Contractive().loss((), outputs), noise_of(x, 1.)])
    for strength, deviation in [(0., .5), (2., .5), (2., .1)]:
        hessian.set_value(strength)
        sigma.set_value(deviation)
        found, first, unit = f(rng.randn(5, 4))
        np.testing.assert_allclose(
            found, first + strength * 4 * deviation ** 2 * (unit ** 2).sum() / 5, rtol=RTOL)


@pytest.mark.parametrize('dtype', ['float16', 'float32'])
def test_dtype(dtype):
    x = oracles.tensor(2, 'x', dtype)
    loss = penalty({'z': x * x}, contractive=dict(weight=.5, hessian=.5, sigma=.1))
    assert loss.dtype == dtype
    assert oracles.value(loss, {x: np.ones((4, 3), dtype)}) > 6


def test_told(rng):
    x = TT.matrix('x')
    told = Contractive(hessian=.5, sigma=.3).explain({'h': layer(rng, x, 4, 6)}).splitlines()
    assert [line.split(',')[0] for line in told] == [
        'h by x: closed form', 'change of h by x: closed form']


@pytest.mark.parametrize('kwargs, error, said', [
    (dict(hessian=1.), TypeError, 'there is hessian=1.0 without sigma'),
    (dict(hessian='a', sigma=1.), TypeError, "hessian='a' is not a number"),
    (dict(hessian=1., sigma=0.), ValueError, 'sigma=0.0 is not positive'),
    (dict(hessian=1., sigma=-1.), ValueError, 'sigma=-1.0 is not positive'),
    (dict(hessian=1., sigma=np.nan), ValueError, 'sigma=nan is not finite'),
])
def test_bad_arguments(kwargs, error, said):
    with pytest.raises(error, match=said):
        Contractive(**kwargs)


def test_inputs_of_each_other(rng):
    x = TT.matrix('x')
    h = TT.tanh(x)
    h.name = 'h'
    with pytest.raises(ValueError, match='none of which is computed from another; h is'):
        Contractive('z', wrt=['x', 'h'], hessian=1., sigma=1.).loss((), {'h': h, 'z': TT.sqr(h)})


def test_of_an_older_pickle():
    """Which knows nothing of this term."""
    old = Contractive(weight=1.)
    state = {k: v for k, v in vars(old).items() if k not in ('hessian', 'sigma')}
    reg = Contractive.__new__(Contractive)
    reg.__setstate__(state)
    x = TT.matrix('x')
    np.testing.assert_allclose(
        oracles.value(reg({'z': TT.sqr(x)}), {x: np.ones((3, 2))}), 8, rtol=RTOL)


def test_theanets(theanets, rng):
    net = theanets.Autoencoder([5, (4, 'sigmoid'), 5])
    data = [rng.randn(6, 5)]
    steps = net.itertrain(data, algo='sgd', batch_size=6, contractive=dict(
        weight=.5, hessian=.2, sigma=.3))
    for _ in range(3):
        train, _ = next(steps)
        np.testing.assert_allclose(train['loss'], train['err'] + .5 * train['contractive'])
    outputs, _ = net.build_graph()
    both, first = [Contractive(**k).loss(net.layers, outputs)
                   for k in (dict(hessian=.2, sigma=.3), {})]
    found = function(net.inputs, [both, first, noise_of(net.inputs[0], .3)])(*data)
    f = function(net.inputs, outputs['hid1:out'])
    np.testing.assert_allclose(
        found[0], found[1] + .2 * expected(f, data[0], found[2]), rtol=1e-6)
