"""Noise and dropout: how draws are distributed, which are the same, which independent."""

import numpy as np
import pytest

from symbolic import MRG_RandomStreams, TT, theano
import oracles
from oracles import RTOL, function
from theanets_reg import (BernoulliDropout, GaussianNoise, UnmatchedPatternWarning, from_kwargs,
                          penalty, squared_norms)
from theanets_reg.regularizers.noise import _applied

COUNT = 20000
BOTH = [GaussianNoise, BernoulliDropout]
both = pytest.mark.parametrize('cls', BOTH)


def drawn(*exprs, values=None):
    """What is drawn, of expressions of a matrix x of ones, unless others are given."""
    values = values or {X: np.ones((COUNT // 10, 10))}
    return function(list(values), list(exprs))(*values.values())


X = None


@pytest.fixture(autouse=True)
def x():
    global X
    X = TT.matrix('x')
    return X


def assert_independent(one, other):
    """Their correlation is 0 within 4 standard errors."""
    one, other = one - one.mean(), other - other.mean()
    correlation = (one * other).mean() / np.sqrt((one ** 2).mean() * (other ** 2).mean())
    assert abs(correlation) < 4 / np.sqrt(one.size)


class TestDistribution:
    """Moments within 4 standard errors."""

    @pytest.mark.parametrize('weight', [.1, 2.])
    def test_gaussian(self, x, weight):
        found, = drawn(GaussianNoise(weight=weight)(x))
        draws = (found - 1) / weight
        assert abs(draws.mean()) < 4 / np.sqrt(COUNT)
        assert abs(draws.std() - 1) < 4 / np.sqrt(2 * COUNT)
        assert abs((draws ** 3).mean()) < 4 * np.sqrt(15. / COUNT)
        assert abs((draws ** 4).mean() - 3) < 4 * np.sqrt(96. / COUNT)

    def test_gaussian_tails(self, x):
        found, = drawn(GaussianNoise(weight=1.)(x))
        for bound, expected in [(1, .317311), (2, .0455003), (3, .00269980)]:
            error = np.sqrt(expected * (1 - expected) / COUNT)
            assert abs((abs(found - 1) > bound).mean() - expected) < 4 * error

    def test_elements_are_independent(self, x):
        found, = drawn(GaussianNoise(weight=1.)(x))
        assert_independent(found[1:], found[:-1])
        assert_independent(found[:, 1:], found[:, :-1])

    @pytest.mark.parametrize('p', [.1, .25, .5, .9])
    def test_dropout(self, x, p):
        found, = drawn(BernoulliDropout(weight=p)(x))
        assert set(np.round(np.unique(found), 9)) == {0., np.round(1 / (1 - p), 9)}
        assert abs((found == 0).mean() - p) < 4 * np.sqrt(p * (1 - p) / COUNT)
        assert abs(found.mean() - 1) < 4 * np.sqrt(p / (1 - p) / COUNT)

    def test_streams_of_the_package(self, x):
        noisy = GaussianNoise(weight=1., rng=MRG_RandomStreams(7))(x)
        found, = drawn(noisy)
        assert abs(found.mean() - 1) < 4 / np.sqrt(COUNT)
        assert abs(found.std() - 1) < 4 / np.sqrt(2 * COUNT)


class TestWhichDraws:
    @both
    def test_new_in_every_call(self, x, cls):
        f = function([x], cls(weight=.5)(x))
        given = np.ones((20, 10))
        assert (f(given) != f(given)).any()

    @both
    def test_repeatable_from_the_seed(self, cls):
        def build(seed=13, name='x'):
            x = TT.matrix(name)
            h = TT.tanh(TT.dot(x, theano.shared(np.ones((3, 4)))))
            return function([x], cls(weight=.5, rng=seed)(h))(np.ones((50, 3)))

        assert (build() == build()).all()
        assert (build() != build(14)).any()
        assert (build() != build(name='y')).any()

    @both
    def test_wherever_it_is_used(self, x, cls):
        y = cls(weight=.5)(x)
        one, other, sums = drawn(y, 3 * y, y + y)
        np.testing.assert_allclose(other, 3 * one)
        np.testing.assert_allclose(sums, 2 * one)

    @both
    def test_applied_twice_to_one_variable(self, x, cls):
        reg = cls(weight=.5)
        one, other = drawn(reg(x), reg(x))
        assert (one == other).all()

    @both
    def test_layers_are_independent(self, x, cls):
        """Each with an instance and a seed of its own, as keywords make them."""
        first = cls(weight=.5)(x)
        second = cls(weight=.5)(first * 0 + x)
        assert_independent(*drawn(first, second))

    def test_noise_and_dropout_are_independent(self, x):
        """From one seed: the size of the noise as well as its sign."""
        noisy, dropped = drawn(GaussianNoise(weight=1.)(x), BernoulliDropout(weight=.5)(x))
        assert_independent(noisy, dropped)
        assert_independent(abs(noisy - 1), dropped)

    @both
    def test_twins_without_names(self, cls):
        reg, x, y = cls(weight=.5), TT.matrix(), TT.matrix()
        ones = np.ones((1000, 10))
        assert_independent(*drawn(reg(x), reg(y), values={x: ones, y: ones}))

    @both
    def test_one_after_the_other(self, x, cls):
        """Noise on noise is more of it, not the same again."""
        reg = cls(weight=.5)
        once = reg(x)
        found = drawn(once, reg(once))
        if cls is GaussianNoise:
            assert_independent(found[0], found[1] - found[0])
        else:
            assert abs((found[1] == 0).mean() - .75) < 4 * np.sqrt(.75 * .25 / COUNT)

    def test_what_was_applied_is_forgotten(self, x):
        count = len(_applied)
        reg = GaussianNoise(weight=.5)
        reg(x)
        assert len(_applied) == count + 1
        del reg
        assert len(_applied) == count


class TestVariables:
    @both
    def test_symbolic_weight(self, x, cls):
        weight = theano.shared(.5)
        f = function([x], cls(weight=weight)(x))
        ones = np.ones((COUNT // 10, 10))
        for number in .5, .2:
            weight.set_value(number)
            found = f(ones)
            assert abs(found.mean() - 1) < 4 * found.std() / np.sqrt(COUNT)
            expected = number if cls is GaussianNoise else np.sqrt(number / (1 - number))
            assert found.std() == pytest.approx(expected, rel=.05)

    @both
    def test_weight_of_zero(self, x, cls):
        assert cls(weight=0)(x) is x

    @both
    def test_without_a_weight(self, x, cls):
        with pytest.warns(UserWarning, match='no weight was given'):
            assert cls()(x) is x

    @both
    @pytest.mark.parametrize('dtype', ['float16', 'float32', 'float64'])
    @pytest.mark.parametrize('weight', [.5, 'symbolic'])
    def test_dtype(self, cls, dtype, weight):
        v = oracles.tensor(2, 'v', dtype)
        if weight == 'symbolic':
            weight = theano.shared(.5)
        found = cls(weight=weight)(v)
        assert found.dtype == dtype
        assert np.isfinite(oracles.value(found, {v: np.ones((5, 4), dtype)})).all()

    @both
    @pytest.mark.parametrize('shape', [(), (0, 3), (7, ), (4, 3, 2, 5)])
    def test_any_shape(self, cls, shape):
        v = oracles.tensor(len(shape), 'v')
        assert oracles.value(cls(weight=.5)(v), {v: np.ones(shape)}).shape == shape

    @both
    def test_broadcast_axes_stay(self, cls):
        column = TT.TensorType('float64', (False, True))('c')
        noisy = cls(weight=.5)(column)
        assert tuple(noisy.broadcastable) == (False, True)
        assert oracles.value(noisy, {column: np.ones((4, 1))}).shape == (4, 1)

    @both
    def test_gradient(self, x, cls):
        """By central differences, with one set of draws."""
        loss = TT.sqr(TT.tanh(cls(weight=.5)(x))).sum()
        given = np.random.RandomState(3).randn(3, 4)
        f = function([x], loss, no_default_updates=True)
        np.testing.assert_allclose(
            function([x], theano.grad(loss, x), no_default_updates=True)(given),
            oracles.central_jacobian(f, given), rtol=1e-6, atol=1e-9)

    def test_jacobian(self, x, rng):
        """The very draws of the output."""
        w = theano.shared(rng.randn(4, 3))
        h = TT.dot(x, w)
        dropped = BernoulliDropout(weight=.25)(h)
        given = rng.randn(6, 4)
        norms, before, after = function([x], [squared_norms(dropped, x), h, dropped])(given)
        scales = after / before
        assert set(np.round(scales.ravel(), 6)) == {0., np.round(4 / 3., 6)}
        np.testing.assert_allclose(
            norms, (scales ** 2).dot((w.get_value() ** 2).sum(axis=0)), rtol=RTOL)


@both
@pytest.mark.parametrize('given, error, said', [
    ('x', TypeError, r"expected a variable to apply it to, \w+\(weight=0.1\)\(x\), got 'x'"),
    ({}, TypeError, 'got a dict. It changes a graph, and is no penalty'),
])
def test_applied_to_what_is_no_variable(cls, given, error, said):
    with pytest.raises(error, match=said):
        cls(weight=.5)(given)


@both
def test_integers(cls):
    with pytest.raises(TypeError, match='k has the dtype int32'):
        cls(weight=.5)(TT.imatrix('k'))
    x = TT.matrix('x')
    outputs = {'a:out': TT.imatrix('k'), 'b:out': x}
    cls(weight=.5).modify_graph(outputs)
    assert outputs['b:out'] is not x and outputs['a:out'].name == 'k'
    with pytest.raises(TypeError, match="output 'a:out' has the dtype int32"):
        cls('a:out', .5).modify_graph(outputs)


@pytest.mark.parametrize('make, said', [
    (lambda: GaussianNoise(weight=-.1), 'weight=-0.1 is negative'),
    (lambda: BernoulliDropout(weight=1), 'weight=1.0 is no probability'),
    (lambda: BernoulliDropout(weight=-.1), 'weight=-0.1 is no probability'),
    (lambda: GaussianNoise(weight=.1, rng=-1), 'rng=-1 is out of range'),
])
def test_bad_arguments(make, said):
    with pytest.raises(ValueError, match=said):
        make()


@pytest.mark.parametrize('kwargs', [dict(noise=.1), dict(dropout=.5), dict(
    regularizers=[GaussianNoise(weight=.1)])])
def test_no_penalty(x, kwargs):
    with pytest.raises(TypeError, match='changes a graph, and is no penalty; apply it to a '):
        penalty({'h': x}, contractive=1., **kwargs)


def test_keywords_without_a_network():
    noise, = from_kwargs(None, noise=.1, rng=7)
    assert (noise.pattern, noise.weight, noise.rng) == ('*:out', .1, 7)
    with pytest.raises(ValueError, match='hidden_noise: there is no network'):
        from_kwargs(None, hidden_noise=.1)


NOISE, DROPOUT = ['noise', GaussianNoise], ['dropout', BernoulliDropout]
kinds = pytest.mark.parametrize('kind, cls', [NOISE, DROPOUT])


class TestTheanets:
    @pytest.fixture
    def net(self, theanets):
        return theanets.Regressor([5, (4, 'linear'), (3, 'tanh'), 2])

    def outputs(self, net, count=2000, **kwargs):
        return net.feed_forward(np.ones((count, 5)), **kwargs)

    @kinds
    @pytest.mark.parametrize('place, names', [
        ('input', ['in:out']), ('hidden', ['hid1:out', 'hid2:out']), ('output', ['out:out'])])
    def test_places(self, net, kind, cls, place, names):
        suffix = cls.suffix
        found = self.outputs(net, **{'{}_{}'.format(place, kind): .5})
        assert sorted(n for n in found if n.endswith(suffix)) == [n + suffix for n in names]
        for name in names:
            self.check_draws(cls, found[name], found[name + suffix], .5)

    def check_draws(self, cls, after, before, weight):
        if cls is GaussianNoise:
            noise = after - before
            assert abs(noise.mean()) < 4 * weight / np.sqrt(noise.size)
            assert abs(noise.std() - weight) < 4 * weight / np.sqrt(2 * noise.size)
        else:
            np.testing.assert_allclose(after[after != 0], before[after != 0] / (1 - weight))
            error = np.sqrt(weight * (1 - weight) / after.size)
            assert abs((after == 0).mean() - weight) < 4 * error

    @kinds
    def test_number_for_all_layers(self, net, kind, cls):
        found = self.outputs(net, **{kind: .25})
        for name in 'in:out', 'hid1:out', 'hid2:out', 'out:out':
            self.check_draws(cls, found[name], found[name + cls.suffix], .25)

    @kinds
    def test_dict_of_patterns(self, net, kind, cls):
        regs = from_kwargs(net, **{kind: {'hid*:out': .25, ('in:out', 'out:out'): .5, 'x': 0}})
        assert [(r.pattern, r.weight) for r in regs] == [
            ('hid*:out', .25), (('in:out', 'out:out'), .5)]
        assert {type(r) for r in regs} == {cls}

    @kinds
    def test_dict_of_arguments(self, net, kind, cls):
        one, other = from_kwargs(net, **{
            kind: dict(weight=.5, pattern='in:out', rng=5),
            'hidden_' + kind: dict(weight=.25), 'rng': 6})
        assert (one.pattern, one.weight, one.rng) == ('in:out', .5, 5)
        assert (other.pattern, other.weight, other.rng) == (('hid1:out', 'hid2:out'), .25, 6)

    @kinds
    def test_instances_and_lists(self, net, kind, cls):
        instance = cls('in:out', .5)
        assert from_kwargs(net, **{kind: instance}) == [instance]
        assert [r.weight for r in from_kwargs(net, **{kind: [.1, None, instance]})] == [.1, .5]

    @kinds
    @pytest.mark.parametrize('value', [0, 0., None, False])
    def test_none_of_it(self, net, kind, cls, value):
        assert from_kwargs(net, **{kind: value, 'input_' + kind: value}) == []

    @kinds
    def test_symbolic_weight(self, net, kind, cls):
        """One function, whatever its value."""
        weight = theano.shared(.5)
        for number in .5, .25:
            weight.set_value(number)
            found = self.outputs(net, **{'input_' + kind: weight})
            self.check_draws(cls, found['in:out'], found['in:out' + cls.suffix], number)

    @kinds
    def test_unmatched_pattern(self, net, kind, cls):
        with pytest.warns(UnmatchedPatternWarning, match="'hid9:out' matches no output.*'hid1'"):
            from_kwargs(net, **{kind: {'hid9:out': .1}})

    @kinds
    def test_layers_are_independent(self, net, kind, cls):
        found = self.outputs(net, **{'input_' + kind: .5, 'hidden_' + kind: .5})
        suffix = cls.suffix
        change = [found[n][:, :3] - found[n + suffix][:, :3] * (1 if kind == 'noise' else 0)
                  for n in ('in:out', 'hid1:out', 'hid2:out')]
        if kind == 'dropout':
            change = [(c != 0).astype(float) for c in change]
        for one, other in [(0, 1), (0, 2), (1, 2)]:
            assert_independent(change[one], change[other])

    @kinds
    def test_repeatable(self, theanets, kind, cls):
        def losses(seed):
            net = theanets.Autoencoder([5, (4, 'tanh'), 5], rng=3)
            steps = net.itertrain([np.ones((8, 5))], algo='sgd', batch_size=8, rng=seed,
                                  **{'input_' + kind: .5, 'hidden_' + kind: .5})
            return [next(steps)[0]['loss'] for _ in range(3)]

        assert losses(1) == losses(1) != losses(2)

    def test_loss_and_monitors_share_their_draws(self, net):
        steps = net.itertrain([np.ones((8, 5)), np.ones((8, 2))], algo='sgd', batch_size=8,
                              hidden_dropout=.5, noise=.1, contractive=.5)
        for _ in range(3):
            train, _ = next(steps)
            np.testing.assert_allclose(train['loss'], train['err'] + .5 * train['contractive'])
            assert 'noise' not in train and 'dropout' not in train

    def test_contractive_beside_dropout(self, net, rng):
        """Layer by layer by NumPy, with the draws that the outputs show."""
        regs = from_kwargs(net, hidden_dropout=.1, contractive=dict(weight=1., wrt='in'))
        outputs, _ = net.build_graph(regs)
        names = ['hid1:out', 'hid1:out-predrop', 'hid2:out', 'hid2:out-predrop']
        found = function(net.inputs, [regs[1].loss(net.layers, outputs)] + [
            outputs[n] for n in names])(rng.randn(6, 5))
        w1, w2 = [net.find(name, 'w').get_value() for name in ('hid1', 'hid2')]
        scale1, scale2 = found[1] / found[2], found[3] / found[4]
        expected = 0
        for b in range(6):
            first = scale1[b][:, None] * w1.T
            second = (scale2[b] * (1 - found[4][b] ** 2))[:, None] * w2.T.dot(first)
            expected += ((first ** 2).sum() + (second ** 2).sum()) / 12
        np.testing.assert_allclose(found[0], expected, rtol=RTOL)
