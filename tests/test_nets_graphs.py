"""Networks tell their graphs apart by all that modifies them."""

import copy
import importlib.util
import pickle

import numpy as np
import pytest

from symbolic import MRG_RandomStreams, theano
import theanets_reg

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec('downhill') is None, reason='for theanets')

X = np.random.RandomState(0).randn(8, 3)


class Scale(theanets_reg.Regularizer, key='_scale'):
    """Multiplies the output, by an argument that is neither weight nor pattern."""

    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def modify_graph(self, outputs):
        if 'out:out' in outputs:
            boxed = isinstance(self.factor, Box)
            outputs['out:out'] *= self.factor.value if boxed else self.factor


class Drawn(theanets_reg.Regularizer, key='_drawn_in_tests'):
    """Adds symbolic draws to the output."""

    def __init__(self, rng=13, **kwargs):
        super().__init__(**kwargs)
        self.rng = MRG_RandomStreams(rng) if isinstance(rng, int) else rng

    def modify_graph(self, outputs):
        if 'out:out' in outputs:
            outputs['out:out'] += self.rng.normal(outputs['out:out'].shape, std=.1)


class Box(object):
    def __init__(self, value):
        self.value = value


def make(theanets):
    return theanets.Autoencoder([3, (4, 'sigmoid'), 3])


@pytest.mark.parametrize('factors', [
    (1., 10.), (1, 1.5), (np.float32(1), np.float32(3)),
    (np.ones(3), np.array([1., 2., 3.])), (np.ones(3), np.ones((8, 3)) * 2),
    ([1., 1., 1.], [1., 2., 3.])], ids=str)
def test_other_arguments_other_graph(theanets, factors):
    net = make(theanets)
    plain = net.predict(X)
    for factor in factors + factors:
        got = net.predict(X, regularizers=[Scale(np.asarray(factor) * 1.)])
        np.testing.assert_allclose(got, plain * np.asarray(factor))
    assert len(net._functions) == 3


def test_loss_of_other_arguments(theanets):
    """The loss is asked for twice: neither graph is the other's."""
    net = make(theanets)
    plain = net.predict(X)
    for factor in (1., 10., 1.):
        err = net.loss(_scale=dict(weight=1., factor=factor)).eval({net.inputs[0]: X})
        np.testing.assert_allclose(err, ((factor * plain - X) ** 2).mean())
    assert len(net._graphs) == 3


def test_objects_are_told_apart_and_kept_alive(theanets):
    """Each box is made where the last one was, which nothing else holds."""
    net = make(theanets)
    plain = net.predict(X)
    for value in range(2, 8):
        got = net.predict(X, regularizers=Scale(Box(float(value))))
        np.testing.assert_allclose(got, plain * value)
    box = Box(2.)
    for _ in range(3):
        net.predict(X, regularizers=Scale(box))
    assert len(net._functions) == 1 + 6 + 1


def test_symbolic_arguments_are_themselves(theanets):
    net, factor = make(theanets), theano.shared(2.)
    plain = net.predict(X)
    for value in (2., 3.):
        factor.set_value(value)
        np.testing.assert_allclose(net.predict(X, regularizers=Scale(factor)), plain * value)
    assert len(net._functions) == 2
    net.predict(X, regularizers=Scale(theano.shared(2.)))
    assert len(net._functions) == 3


def test_classes_of_one_name(theanets):
    def named_alike(number):
        class Shift(theanets.regularizers.Regularizer):
            def modify_graph(self, outputs):
                outputs.update({k: v + number for k, v in outputs.items() if k == 'out:out'})
        return Shift(pattern='*', weight=1.)

    net = make(theanets)
    plain = net.predict(X)
    for number in (1., 2.):
        np.testing.assert_allclose(
            net.predict(X, regularizers=[named_alike(number)]), plain + number)


def test_seeds_and_streams(theanets):
    """One seed is one graph, whose draws go on; another seed is another."""
    net = make(theanets)
    plain = net.predict(X)
    first = net.predict(X, regularizers=Drawn(rng=1)) - plain
    again = net.predict(X, regularizers=Drawn(rng=1)) - plain
    other = net.predict(X, regularizers=Drawn(rng=2)) - plain
    assert not np.allclose(first, again) and not np.allclose(first, other)
    assert len(net._functions) == 3
    stream = MRG_RandomStreams(3)
    for _ in range(3):
        net.predict(X, regularizers=Drawn(rng=stream))
    assert len(net._functions) == 4
    fresh = make(theanets)
    np.testing.assert_allclose(fresh.predict(X, regularizers=Drawn(rng=2)) - plain, other)


def test_one_stream_of_two_is_not_two_streams(theanets):
    """Two streams of one seed draw the same; one for both goes on."""
    class Hidden(Drawn, key='_hidden'):
        def modify_graph(self, outputs):
            if 'hid1:out' in outputs:
                outputs['hid1:drawn'] = self.rng.normal(outputs['hid1:out'].shape)

    class Last(Drawn, key='_last'):
        def modify_graph(self, outputs):
            if 'out:out' in outputs:
                outputs['out:drawn'] = self.rng.normal((outputs['out:out'].shape[0], 4))

    def equal(one, other):
        found = net.feed_forward(X, regularizers=[Hidden(rng=one), Last(rng=other)])
        return np.array_equal(found['hid1:drawn'], found['out:drawn'])

    net, stream = make(theanets), MRG_RandomStreams(5)
    assert equal(5, 5)
    assert not equal(stream, stream)
    assert len(net._functions) == 2


def test_what_training_asks_for_is_of_one_graph(theanets):
    """Also where each instance is told from all others: its function is made anew."""
    class Own(Drawn, key='_own'):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.function = lambda: None

    net = theanets.Classifier([3, (4, 'tanh'), 2])
    kwargs = dict(_own=dict(weight=1.), contractive=.1)
    loss = net.loss(**kwargs)
    updates, monitors = net.updates(**kwargs), dict(net.monitors(**kwargs))
    assert len(net._graphs) == 1 and set(monitors) == {'err', 'acc', 'contractive'}
    f = theano.function(net.variables, [loss, monitors['err'], monitors['contractive']],
                        updates=updates)
    found = f(X, np.zeros(8, 'int32'))
    np.testing.assert_allclose(found[0], found[1] + .1 * found[2])


LAYERS = [
    [3, (4, 'sigmoid'), (3, 'tied')], [3, (4, 'prelu'), 3], [3, (4, 'maxout:2'), 3],
    [3, (4, 'rnn', 'tanh'), 3], [3, (4, 'lstm'), 3], [3, (4, 'gru'), 3], [3, (4, 'mrnn'), 3],
    [3, (4, 'scrn'), 3], [3, (4, 'mut1'), 3], [3, (4, 'rrnn'), 3],
    [3, dict(form='clockwork', size=4, periods=(1, 2)), 3],
    [3, dict(form='bidirectional', size=4, worker='gru'), 3],
    [3, dict(form='conv1', size=3, filter_size=2), 3]]


@pytest.mark.parametrize('layers', LAYERS, ids=str)
def test_layers_stay_what_they_are(theanets, layers):
    """Building a graph changes nothing that tells it apart."""
    recurrent = any(form in str(layers[1]) for form in (
        'rnn', 'lstm', 'gru', 'scrn', 'mut', 'clock', 'bidirectional', 'conv'))
    net = (theanets.recurrent if recurrent else theanets).Autoencoder(layers)
    before = net._hash()
    outputs, _ = net.build_graph()
    assert net._hash() == before and net.build_graph()[0] is outputs


def test_layers_that_change(theanets):
    """theanets knows them by names and sizes only."""
    net = make(theanets)
    first = net.predict(X)
    other = theanets.Autoencoder([3, (4, 'tanh'), 3], rng=7)
    assert not np.allclose(other.predict(X), first)
    net.decode(net.encode(X))
    net.layers = list(other.layers)
    np.testing.assert_allclose(net.predict(X), other.predict(X))
    np.testing.assert_allclose(net.decode(net.encode(X)), other.predict(X))
    expected = 2 * other.predict(X)
    net.layers[2].activate = lambda z: 2 * z
    np.testing.assert_allclose(net.predict(X), expected)
    np.testing.assert_allclose(net.decode(net.encode(X)), expected)


@pytest.mark.parametrize('kind, layers, algo', [
    ('Autoencoder', [3, (4, 'tanh'), (5, 'tanh'), 3], 'layerwise'),
    ('Autoencoder', [3, (4, 'tanh'), (2, 'tanh'), (4, 'tied'), (3, 'tied')], 'layerwise'),
    ('Classifier', [3, (4, 'tanh'), (5, 'tanh'), 2], 'pretrain')],
    ids=['untied', 'tied', 'pretrain'])
def test_layerwise_twice(theanets, kind, layers, algo):
    net = getattr(theanets, kind)(layers)
    for _ in range(2):
        before = [p.get_value() for p in net.params]
        found = list(net.itertrain([X], algo=algo, subalgo='sgd', max_updates=2,
                                   validate_every=1, learning_rate=.01, contractive=.1))
        assert [second['loss'] < first['loss'] for (first, _), (second, _)
                in zip(found[::2], found[1::2])] == [True, True]
        moved = [not np.array_equal(b, p.get_value()) for b, p in zip(before, net.params)]
        assert all(moved[:4])
    assert len(net.predict(X)) == 8


@pytest.mark.parametrize('how', ['fails', 'is left'])
def test_layerwise_leaves_the_net_whole(theanets, how):
    net = theanets.Regressor([3, (4, 'tanh'), (5, 'tanh'), 2])
    layers, name = list(net.layers), net.losses[0].output_name
    expected = net.predict(X)
    kwargs = dict(algo='layerwise', subalgo='sgd', learning_rate=0., max_updates=1)
    if how == 'fails':
        with pytest.raises(Exception, match='.'):
            net.train([X, np.zeros((8, 7))], **kwargs)
    else:
        steps = net.itertrain([X, np.zeros((8, 2))], **kwargs)
        next(steps)
        assert net.layers[-1].name == 'lwout'
        steps.close()
    assert net.layers == layers and net.losses[0].output_name == name
    np.testing.assert_allclose(net.predict(X), expected)
    net.train([X, np.zeros((8, 2))], algo='sgd', max_updates=1)


@pytest.mark.parametrize('again', [
    lambda net: pickle.loads(pickle.dumps(net)), copy.copy, copy.deepcopy],
    ids=['unpickled', 'copy', 'deepcopy'])
def test_a_copied_net_trains(theanets, again):
    net = again(make(theanets))
    before = net.predict(X)
    train, _ = net.train([X], contractive=.1, algo='sgd', learning_rate=.01, max_updates=2,
                         validate_every=1)
    assert np.isfinite(train['contractive']) and not np.allclose(net.predict(X), before)


def test_a_loaded_net_trains(theanets, tmp_path):
    path = str(tmp_path / 'net.pkl.gz')
    make(theanets).save(path)
    net = theanets.Network.load(path)
    found = [train['loss'] for train, _ in net.itertrain(
        [X], algo='layerwise', subalgo='sgd', learning_rate=.01, max_updates=2)]
    assert found[1] < found[0]
