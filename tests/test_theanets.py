"""The penalties behind the keywords of theanets' networks."""

import numpy as np
import pytest

from symbolic import TT, theano
import oracles
from oracles import RTOL
import theanets_reg
from theanets_reg import Contractive, RecurrentNorm, UnmatchedPatternWarning

NETS = {
    'autoencoder': ('Autoencoder', [5, (4, 'sigmoid'), (3, 'tanh'), 5]),
    'regressor': ('Regressor', [5, (4, 'tanh'), (3, 'relu'), 2]),
    'classifier': ('Classifier', [5, (4, 'tanh'), (3, 'sigmoid'), 3]),
    'rnn': ('recurrent.Regressor', [3, (3, 'rnn'), 2]),
    'lstm': ('recurrent.Regressor', [3, (2, 'lstm'), 2]),
    'gru': ('recurrent.Regressor', [3, (2, 'gru'), 2]),
}
FEEDFORWARD = ['autoencoder', 'regressor', 'classifier']
RECURRENT = ['rnn', 'lstm', 'gru']

CONTRACTIVE = {
    'number': 0.25,
    'numpy-scalar': np.float32(0.25),
    'dict': dict(weight=0.25, pattern='hid1:out', wrt='in'),
    'instance': Contractive(pattern='hid1:out', weight=0.25),
}
RECURRENT_NORM = {
    'number': 0.25,
    'dict': dict(weight=0.25, pattern='hid1:out'),
    'l2': dict(weight=0.25, pattern='hid*:out', norm='l2', reduction='sum'),
    'instance': RecurrentNorm(pattern='hid1:out', weight=0.25),
}


def build(theanets, kind, rng):
    """A net and the arrays to train it with."""
    name, layers = NETS[kind]
    cls = theanets
    for part in name.split('.'):
        cls = getattr(cls, part)
    net = cls(layers)
    shape = (4, 3, 3) if kind in RECURRENT else (4, 5)
    arrays = [rng.randn(*shape)]
    if kind == 'classifier':
        arrays.append(rng.randint(0, 3, 4).astype('int32'))
    elif kind != 'autoencoder':
        arrays.append(rng.randn(*shape[:-1] + (2, )))
    return net, arrays


def losses(net, arrays, **kwargs):
    """The net's loss with and without regularizers."""
    return oracles.function(net.variables, [net.loss(**kwargs), net.loss()])(*arrays)


def contractive(net, x, names):
    outputs, _ = net.build_graph()
    return oracles.contractive(outputs, {net.inputs[0]: x}, names, net.inputs)


def recurrent_norm(net, x, names, **kwargs):
    outputs = net.feed_forward(x)
    return np.mean([oracles.recurrent_norm(outputs[name], **kwargs) for name in names])


def distinct(net):
    """A name of each variable among the outputs: `in:out` is `in`, `out` is `out:out`."""
    outputs, _ = net.build_graph()
    return list({variable: name for name, variable in outputs.items()}.values())


class TestLoss:
    """err + weight * penalty, by NumPy on what the net puts out."""

    @pytest.mark.parametrize('kind', FEEDFORWARD)
    @pytest.mark.parametrize('how', sorted(CONTRACTIVE))
    def test_contractive(self, theanets, rng, kind, how):
        net, arrays = build(theanets, kind, rng)
        loss, err = losses(net, arrays, contractive=CONTRACTIVE[how])
        names = ['hid1:out'] + ['hid2:out'] * (how in ('number', 'numpy-scalar'))
        np.testing.assert_allclose(
            loss, err + .25 * contractive(net, arrays[0], names), rtol=RTOL)
        assert loss > err

    @pytest.mark.parametrize('kind', RECURRENT)
    @pytest.mark.parametrize('how', ['number', 'dict'])
    def test_contractive_of_recurrent(self, theanets, rng, kind, how):
        net, arrays = build(theanets, kind, rng)
        loss, err = losses(net, arrays, contractive=CONTRACTIVE[how])
        np.testing.assert_allclose(
            loss, err + .25 * contractive(net, arrays[0], ['hid1:out']), rtol=RTOL)

    @pytest.mark.parametrize('kind', RECURRENT)
    @pytest.mark.parametrize('how', sorted(RECURRENT_NORM))
    def test_recurrent_norm(self, theanets, rng, kind, how):
        net, arrays = build(theanets, kind, rng)
        loss, err = losses(net, arrays, recurrent_norm=RECURRENT_NORM[how])
        if how == 'number':
            names, kwargs = distinct(net), {}
        else:
            names = ['hid1:out']
            kwargs = dict(norm='l2', reduction='sum') if how == 'l2' else {}
        np.testing.assert_allclose(
            loss, err + .25 * recurrent_norm(net, arrays[0], names, **kwargs), rtol=RTOL)
        assert loss > err

    def test_recurrent_state(self, theanets, rng):
        net, arrays = build(theanets, 'rnn', rng)
        loss, err = losses(net, arrays, recurrent_state=dict(weight=.25, pattern='hid1:out'))
        states = net.feed_forward(arrays[0])['hid1:out']
        np.testing.assert_allclose(
            loss, err + .25 * oracles.recurrent_state(states), rtol=RTOL)

    def test_together_with_theanets_own(self, theanets, rng):
        net, arrays = build(theanets, 'rnn', rng)
        loss, err = losses(
            net, arrays, weight_l2=.5, recurrent_norm=RECURRENT_NORM['dict'],
            contractive=CONTRACTIVE['dict'])
        with_decay, _ = losses(net, arrays, weight_l2=.5)
        assert with_decay > err
        np.testing.assert_allclose(
            loss, with_decay + .25 * recurrent_norm(net, arrays[0], ['hid1:out'])
            + .25 * contractive(net, arrays[0], ['hid1:out']), rtol=RTOL)

    @pytest.mark.parametrize('given', [
        [Contractive(weight=.25)], (Contractive(weight=.25), ), Contractive(weight=.25),
        {'contractive': .25}], ids=['list', 'tuple', 'instance', 'dict'])
    def test_regularizers(self, theanets, rng, given):
        net, arrays = build(theanets, 'regressor', rng)
        loss, err = losses(net, arrays, regularizers=given)
        np.testing.assert_allclose(
            loss, err + .25 * contractive(net, arrays[0], ['hid1:out', 'hid2:out']), rtol=RTOL)

    def test_weight_that_changes(self, theanets, rng):
        net, arrays = build(theanets, 'regressor', rng)
        weight = theano.shared(np.asarray(.25), 'strength')
        f = oracles.function(net.variables, [net.loss(contractive=weight), net.loss()])
        loss, err = f(*arrays)
        penalty = contractive(net, arrays[0], ['hid1:out', 'hid2:out'])
        np.testing.assert_allclose(loss, err + .25 * penalty, rtol=RTOL)
        weight.set_value(2.)
        np.testing.assert_allclose(f(*arrays)[0], err + 2 * penalty, rtol=RTOL)

    def test_with_dropout(self, theanets, rng):
        """By an intermediate output behind the draws: the very draws of the loss."""
        net, arrays = build(theanets, 'regressor', rng)
        kwargs = dict(hidden_dropout=.5,
                      contractive=dict(weight=1., pattern='hid2:pre', wrt='hid1:out'))
        loss = net.loss(**kwargs)
        got, err = oracles.function(
            net.variables, [loss, net.loss(hidden_dropout=.5)], no_default_updates=True)(*arrays)
        weights = net.find('hid2', 'w').get_value()
        np.testing.assert_allclose(got - err, (weights ** 2).sum(), rtol=RTOL)

    def test_two_input_layers(self, theanets, rng):
        """Neither is a hidden layer: of a linear net the penalty is the weights' square."""
        net = theanets.Regressor([
            3, theanets.layers.Input(2, name='b', ndim=2),
            dict(name='hid', size=4, activation='linear', inputs=('in', 'b')), 2])
        outputs, _ = net.build_graph()
        given = dict(zip(net.inputs, (rng.randn(5, 3), rng.randn(5, 2))))
        squares = sum((p.get_value() ** 2).sum() for p in net.layers[2].params
                      if p.get_value().ndim == 2)
        got = oracles.value(Contractive().loss(net.layers, outputs), given)
        np.testing.assert_allclose(got, squares, rtol=1e-12)

    def test_default_needs_a_hidden_layer(self, theanets, rng):
        net = theanets.Regressor([5, 2])
        with pytest.warns(UnmatchedPatternWarning, match='this penalty is 0'):
            loss, err = losses(net, [rng.randn(4, 5), rng.randn(4, 2)], contractive=.25)
        assert loss == err


class TestUse:
    @pytest.mark.parametrize('kind, key', [(k, 'contractive') for k in FEEDFORWARD]
                             + [(k, 'recurrent_norm') for k in RECURRENT],
                             ids=lambda v: v)
    @pytest.mark.parametrize('how', ['number', 'dict'])
    def test_itertrain(self, theanets, rng, kind, key, how):
        """What it reports at first is the loss of the untrained net; then it learns."""
        value = (CONTRACTIVE if key == 'contractive' else RECURRENT_NORM)[how]
        net, arrays = build(theanets, kind, rng)
        loss, err = losses(net, arrays, **{key: value})
        before = [p.get_value() for p in net.params]
        training = net.itertrain(arrays, algo='sgd', learning_rate=1e-3, momentum=0,
                                 **{key: value})
        _, first = next(training)
        np.testing.assert_allclose(first['loss'], loss, rtol=RTOL)
        np.testing.assert_allclose(first['err'], err, rtol=RTOL)
        assert any((p.get_value() != b).any() for p, b in zip(net.params, before))
        assert losses(net, arrays, **{key: value})[0] < loss

    def test_train(self, theanets, rng):
        net, arrays = build(theanets, 'autoencoder', rng)
        given = dict(weight=10., pattern='hid1:out')
        before = contractive(net, arrays[0], ['hid1:out'])
        net.train(arrays, contractive=given, algo='sgd', learning_rate=.01,
                  patience=1, min_improvement=.1)
        assert contractive(net, arrays[0], ['hid1:out']) < before / 2

    @pytest.mark.parametrize('kind', FEEDFORWARD + RECURRENT)
    @pytest.mark.parametrize('kwargs', [
        dict(contractive=.1), dict(recurrent_norm=.1),
        dict(contractive=dict(weight=.1, pattern='hid1:out', wrt='in'),
             recurrent_norm=dict(weight=.1, pattern='hid1:out')),
    ], ids=['contractive', 'recurrent_norm', 'dicts'])
    def test_predict(self, theanets, rng, kind, kwargs):
        """A penalty on the loss leaves the outputs as they are."""
        net, arrays = build(theanets, kind, rng)
        np.testing.assert_array_equal(
            net.predict(arrays[0], **kwargs), net.predict(arrays[0]))
        plain, regularized = net.feed_forward(arrays[0]), net.feed_forward(arrays[0], **kwargs)
        assert set(plain) == set(regularized)
        for name in plain:
            np.testing.assert_array_equal(plain[name], regularized[name])

    def test_monitors(self, theanets, rng):
        net, arrays = build(theanets, 'classifier', rng)
        _, monitors = next(net.itertrain(arrays, contractive=.1))
        assert set(monitors) == {'loss', 'err', 'acc', 'contractive'}


class TestBadInput:
    @pytest.mark.parametrize('call', [
        lambda net, arrays, **kw: net.loss(**kw),
        lambda net, arrays, **kw: net.train(arrays, **kw),
        lambda net, arrays, **kw: next(net.itertrain(arrays, **kw)),
        lambda net, arrays, **kw: net.predict(arrays[0], **kw),
        lambda net, arrays, **kw: net.feed_forward(arrays[0], **kw),
    ], ids=['loss', 'train', 'itertrain', 'predict', 'feed_forward'])
    @pytest.mark.parametrize('kind', ['regressor', 'classifier'])
    def test_reaches_the_caller(self, theanets, rng, kind, call):
        net, arrays = build(theanets, kind, rng)
        with pytest.raises(ValueError, match='Contractive: weight=nan is not finite'):
            call(net, arrays, contractive=float('nan'))
        with pytest.raises(TypeError, match="unknown argument 'wieght'.*'weight'"):
            call(net, arrays, contractive=dict(wieght=.1))

    def test_no_time_axis(self, theanets, rng):
        net, arrays = build(theanets, 'regressor', rng)
        with pytest.raises(ValueError) as error:
            net.loss(recurrent_norm=dict(weight=.1, pattern='hid1:out'))
        for part in ("'hid1:out' has 2 dimensions", '(batch, time, units)', 'pattern='):
            assert part in str(error.value)

    def test_wrt_that_is_no_input(self, theanets, rng):
        net, arrays = build(theanets, 'regressor', rng)
        with pytest.raises(ValueError) as error:
            net.loss(contractive=dict(weight=.1, wrt='inn'))
        for part in ("wrt='inn'", 'in (float64)', "'hid1:out'", "Did you mean 'in'?"):
            assert part in str(error.value)

    def test_sparse_input(self, theanets):
        net = theanets.Regressor([dict(size=5, sparse='csr', name='in'), 4, 2])
        with pytest.raises(TypeError) as error:
            net.loss(contractive=.1)
        for part in ('the input input is no ordinary tensor but a Sparse',
                     'expected a dense float array', 'wrt='):
            assert part in str(error.value)


@pytest.mark.parametrize('key, cls', [
    ('contractive', Contractive), ('recurrent_norm', RecurrentNorm),
    ('recurrentnorm', RecurrentNorm), ('Contractive', Contractive)])
def test_names_in_theanets(theanets, key, cls):
    """For code that builds regularizers itself."""
    module = theanets.regularizers
    assert module.Regularizer.get_class(key) is getattr(module, cls.__name__) is cls
    assert type(module.Regularizer.build(key, weight=.1)) is cls


def test_uninstalled_theanets_is_as_published():
    theanets = theanets_reg.install()
    predict = theanets.Classifier.predict
    theanets_reg.uninstall()
    z = TT.tensor3('z')
    published = theanets.regularizers.RecurrentNorm('z')
    assert not isinstance(published, RecurrentNorm)
    assert theanets.Classifier.predict is not predict
    states = np.ones((2, 6, 3)) * np.arange(6)[:, None]
    assert oracles.value(published.loss([], {'z': z}), {z: states}) < 0
