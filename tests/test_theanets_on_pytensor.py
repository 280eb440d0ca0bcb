"""theanets, unmodified, on PyTensor.

The numbers are what the same nets gave on Theano 1.0.5: the loss after five
updates by gradient descent. Graphs are neither rewritten nor compiled here:
the tests ask what they mean, and that is by far the quickest.
"""

import importlib
import importlib.util
import os
import subprocess
import sys
import types

import numpy as np
import pytest

from theanets_reg.compat import bridge


def installed(name):
    return importlib.util.find_spec(name) is not None


pytestmark = pytest.mark.skipif(
    installed('theano') or not all(map(installed, ['pytensor', 'theanets', 'downhill'])),
    reason='for theanets with PyTensor and without Theano')

# What theanets misses besides Theano, for this process and for new ones.
LOAD = '''
import collections, collections.abc, importlib, logging, sys, types
from theanets_reg.compat import bridge
climate = sys.modules['climate'] = types.ModuleType('climate')
climate.get_logger = logging.getLogger
with bridge.theano_from_pytensor():
    theanets = importlib.import_module('theanets')
del sys.modules['climate']
sys.modules['downhill.dataset'].collections = collections.abc
'''


@pytest.fixture(scope='module')
def theanets():
    names = {}
    exec(LOAD, names)
    return names['theanets']


@pytest.fixture(autouse=True)
def quick():
    """Neither rewriting nor compiling."""
    import pytensor
    from pytensor.compile.mode import Mode
    with pytensor.config.change_flags(mode=Mode('py', None), cxx=''):
        yield


def normal(seed, *shape):
    return np.random.RandomState(seed).randn(*shape)


X, Y = normal(0, 20, 8), normal(1, 20, 4)
LABELS = np.random.RandomState(2).randint(4, size=20).astype('int32')
SERIES, SERIES_Y = normal(3, 6, 5, 8), normal(4, 6, 5, 4)


def losses(net, data, updates=5, **kwargs):
    """The training loss at each update, whole data in one batch."""
    kwargs = dict(dict(algo='sgd', learning_rate=.05, momentum=.5), **kwargs)
    return [float(train['loss']) for train, _ in net.itertrain(
        data, max_updates=updates, batch_size=len(data[0]), **kwargs)]


ACTIVATIONS = {
    'tanh': 1.43299064217,
    'logistic': 1.2034021011,
    'sigmoid': 1.2034021011,
    'softmax': 1.46683514299,
    'linear': 1.30730380872,
    'softplus': 1.01841910424,
    'relu': 1.26105043209,
    'rect:max': 1.26105043209,
    'rect:min': 1.36952246273,
    'rect:minmax': 1.33625597597,
    'norm:mean': 1.34908227878,
    'norm:max': 1.45745921726,
    'norm:std': 1.21583833482,
    'norm:z': 1.26294502498,
    'prelu': 1.27423114249,
    'leaky-relu': 1.27423114249,
    'lgrelu': 1.2573097766,
    'leaky-gain-relu': 1.2573097766,
    'maxout:3': 0.833594383956,
    'relu+norm:z': 1.14650971255,
}


@pytest.mark.parametrize('name', sorted(ACTIVATIONS))
def test_activation(theanets, name):
    net = theanets.Regressor([8, (6, name), 4])
    assert losses(net, [X, Y])[-1] == pytest.approx(ACTIVATIONS[name], rel=1e-9)


RECURRENT = [
    ((6, 'rnn', 'tanh'), 1.16488445312),
    ((6, 'rrnn', 'tanh'), 1.24323597149),
    ((6, 'mrnn', 'tanh'), 1.3506718566),
    ((6, 'lstm', 'tanh'), 0.984985487107),
    ((6, 'gru', 'tanh'), 1.29374968971),
    ((6, 'mut1', 'tanh'), 1.19528850151),
    ((6, 'scrn', 'tanh'), 1.32786094313),
    ((6, 'bidirectional', 'tanh'), 1.2548133813),
    ((6, 'rnn', 'maxout:3'), 2.10851198158),
    (dict(size=6, form='bidirectional', worker='lstm'), 1.06093842684),
    (dict(size=6, form='rrnn', rate='vector'), 1.09188280241),
    (dict(size=6, form='rrnn', rate='uniform'), 1.07369357742),
    (dict(size=6, form='scrn', rate='log'), 1.30543473946),
    (dict(size=6, form='clockwork', periods=(1, 2, 4)), 1.11929641027),
    (dict(size=6, form='rnn', direction='backwards', radius=1.2, sparsity=.3),
     1.2552312596),
    (dict(size=6, form='rnn', bptt_limit=2), 1.05433534258),
    ((1, 'rnn'), 1.66870143433),
]


@pytest.mark.parametrize('layer, expected', RECURRENT, ids=lambda v: str(v))
def test_recurrent_layer(theanets, layer, expected):
    np.random.seed(7)  # theanets draws some of its rates from NumPy's own state
    net = theanets.recurrent.Regressor([8, layer, 4])
    assert losses(net, [SERIES, SERIES_Y])[-1] == pytest.approx(expected, rel=1e-9)


def flatten(theanets):
    return theanets.Network([dict(size=8, ndim=3), (5, 'rnn'),
                             dict(form='flatten', size=25),
                             dict(size=4, activation='linear')])


def reshape(theanets):
    net = theanets.Network([8, 12, dict(form='reshape', shape=(3, 4)),
                            dict(size=4, activation='linear')], loss=None)
    net.set_loss('mse', target=3)
    return net


def gaussian(theanets):
    net = theanets.Regressor([
        8, 6, dict(size=4, name='mean', activation='linear'),
        dict(size=4, name='covar', inputs='hid1', activation='softplus')])
    net.set_loss('gll', target=2)
    return net


def joined(form, size, other):
    def make(theanets):
        return theanets.Regressor([
            8, dict(size=5, name='a'), dict(size=other, name='b', inputs='in'),
            dict(form=form, size=size, inputs=('a', 'b'), name='c'), 4])
    return make


def regressor(loss, **kwargs):
    return lambda theanets: theanets.Regressor([8, 6, (4, 'sigmoid')], loss=loss, **kwargs)


POSITIVE = abs(Y) / 10
OTHERS = [
    ('tied', lambda t: t.Autoencoder([8, (6, 'sigmoid'), (8, 'tied')]), [X], 1.22743794168),
    ('classifier', lambda t: t.Classifier([8, 6, (4, 'classifier')]), [X, LABELS],
     1.60808443994),
    ('weighted classifier', lambda t: t.Classifier([8, 6, 4], weighted=True),
     [X, LABELS, abs(Y[:, 0])], 1.52264060616),
    ('recurrent classifier', lambda t: t.recurrent.Classifier([8, (6, 'lstm'), 4]),
     [SERIES, np.random.RandomState(5).randint(4, size=(6, 5)).astype('int32')],
     1.48071217655),
    ('hinge', lambda t: t.Classifier([8, 6, dict(size=4, activation='linear')],
                                     loss='hinge'), [X, LABELS], 0.535379780074),
    ('mae', regressor('mae'), [X, POSITIVE], 0.365366721098),
    ('kl', regressor('kl'), [X, POSITIVE], 0.110238922872),
    ('mmd', regressor('mmd'), [X, POSITIVE], 0.82365996048),
    ('weighted mse', regressor('mse', weighted=True), [X, POSITIVE, abs(Y)], 0.133815346442),
    ('gaussian', gaussian, [X, Y], 4.26805499338),
    ('flatten', flatten, [SERIES, Y[:6]], 0.606336076838),
    ('reshape', reshape, [X, normal(8, 20, 3, 4)], 2.0721022479),
    ('concatenate', joined('concatenate', 8, 3), [X, Y], 0.801022731765),
    ('product', joined('product', 5, 5), [X, Y], 1.22949076024),
    ('two inputs', joined('feedforward', 6, 3), [X, Y], 1.09830364794),
    ('conv1', lambda t: t.recurrent.Regressor(
        [8, dict(size=6, form='conv1', filter_size=3), 4]),
     [SERIES, normal(9, 6, 3, 4)], 1.42090972882),
    ('full conv1', lambda t: t.recurrent.Regressor(
        [8, dict(size=6, form='conv1', filter_size=3, border_mode='full'), 4]),
     [SERIES, normal(9, 6, 7, 4)], 1.29789535191),
    ('one example', lambda t: t.recurrent.Regressor([8, (6, 'rnn'), 4]),
     [SERIES[:1], SERIES_Y[:1]], 0.646019045637),
]


@pytest.mark.parametrize('make, data, expected', [other[1:] for other in OTHERS],
                         ids=[other[0] for other in OTHERS])
def test_other_layers_and_losses(theanets, make, data, expected):
    assert losses(make(theanets), data)[-1] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize('form', ['csr', 'csc'])
def test_sparse_inputs(theanets, form):
    sparse = pytest.importorskip('scipy.sparse')
    data = getattr(sparse, form + '_matrix')(X * (X > 0))
    net = theanets.Regressor([dict(size=8, sparse=form), 6, 4])
    train = list(net.itertrain([data, Y], algo='sgd', learning_rate=.05, momentum=.5,
                               max_updates=5, batch_size=20))
    assert train[-1][0]['loss'] == pytest.approx(1.22426478007, rel=1e-9)


@pytest.mark.parametrize('mode', ['valid', 'full'])
@pytest.mark.parametrize('stride', [(1, 1), (2, 3)])
def test_convolution_against_scipy(mode, stride):
    signal = pytest.importorskip('scipy.signal')
    from pytensor import tensor
    images, filters = normal(0, 2, 3, 6, 7), normal(1, 4, 3, 2, 3)
    x, w = tensor.tensor4('x'), tensor.tensor4('w')
    result = bridge.conv2d(x, w, filter_shape=filters.shape, border_mode=mode,
                           subsample=stride).eval({x: images, w: filters})
    expected = [[sum(signal.convolve2d(channel, kernel, mode) for channel, kernel
                     in zip(image, stack)) for stack in filters] for image in images]
    np.testing.assert_allclose(
        result, np.array(expected)[:, :, ::stride[0], ::stride[1]], rtol=1e-10)


def test_convolution_with_an_unknown_border():
    with pytest.raises(ValueError, match="'same'.*'valid'"):
        bridge.conv2d(None, None, border_mode='same')


# After three updates of an autoencoder on Theano. Its random draws were
# others, so esgd has no number here.
TRAINERS = dict(sgd=2.07618834393,
                nag=2.07618834393,
                rmsprop=1.60166974418,
                rprop=1.95534539202,
                adadelta=2.09677370499,
                adagrad=1.97790686357,
                adam=1.93163952127)


@pytest.mark.parametrize('algo', sorted(TRAINERS))
def test_trainer(theanets, algo):
    net = theanets.Autoencoder([8, (6, 'sigmoid'), 8])
    last = losses(net, [X], 3, algo=algo, learning_rate=.01, momentum=0)[-1]
    assert last == pytest.approx(TRAINERS[algo], rel=1e-9)


def test_esgd_gives_the_same_by_each_of_its_ways(theanets):
    import downhill

    def train(method):
        net = theanets.Autoencoder([8, (6, 'sigmoid'), 8])
        optimizer = downhill.adaptive.ESGD(
            net.loss(), net.params, net.variables, hv_method=method)
        steps = optimizer.iterate(downhill.Dataset([X], rng=1), max_updates=3,
                                  learning_rate=.01)
        return [step['loss'] for step, _ in steps]

    by_rop = train('rop')
    assert by_rop[-1] < by_rop[0]
    np.testing.assert_allclose(train('lop'), by_rop)
    np.testing.assert_allclose(train('grad'), by_rop)


def test_layerwise_training(theanets):
    net = theanets.Autoencoder([8, (6, 'sigmoid'), (4, 'tanh'), (6, 'tied'), (8, 'tied')])
    values = losses(net, [X], 3, algo='layerwise', subalgo='sgd', learning_rate=.01)
    assert len(values) == 6
    assert values[-1] == pytest.approx(1.51942981491, rel=1e-9)


def test_unsupervised_pretraining(theanets):
    net = theanets.Classifier([8, (6, 'sigmoid'), (5, 'sigmoid'), 4])
    before = [p.get_value() for p in net.params]
    values = losses(net, [X], 3, algo='pretrain', subalgo='rmsprop', validate_every=1,
                    learning_rate=.001, momentum=0)
    assert len(values) == 6 and values[2] < values[0] and values[5] < values[3]
    moved = [not np.array_equal(a, p.get_value()) for a, p in zip(before, net.params)]
    assert moved == [True] * 4 + [False] * 2


def test_sample_trainer(theanets):
    net = theanets.Autoencoder([8, 6, 8])
    net.train([X], algo='sample')
    np.testing.assert_allclose((net.find('hid1', 'w').get_value() ** 2).sum(axis=0), 1)


@pytest.mark.parametrize('kwargs', [dict(hidden_dropout=.5), dict(input_noise=.3)], ids=str)
def test_noise_is_drawn_anew_and_again_from_the_seed(theanets, kwargs):
    def twice(rng):
        net = theanets.Autoencoder([8, (6, 'sigmoid'), 8])
        return [net.predict(X, rng=rng, **kwargs) for _ in range(2)]

    first, second = twice(1)
    assert not np.allclose(first, second)
    np.testing.assert_array_equal(twice(1), [first, second])
    assert not np.allclose(twice(2)[0], first)


def test_noise_in_training_comes_again_from_the_seed(theanets):
    def train():
        net = theanets.Autoencoder([8, (6, 'sigmoid'), 8])
        return losses(net, [X], 3, learning_rate=0, hidden_dropout=.5, input_noise=.3)

    values = train()
    assert len(set(values)) == 3
    assert train() == values


@pytest.mark.parametrize('draw, mean, deviation', [
    (lambda rng, size: rng.uniform(size, 2, 5), 3.5, 3 / 12 ** .5),
    (lambda rng, size: rng.normal(size, 1, 2), 1, 2),
    (lambda rng, size: rng.binomial(size, n=1, p=.2, dtype='float32'), .2, .4)])
def test_distributions(draw, mean, deviation):
    import pytensor
    rng = bridge.MRG_RandomStreams(13)
    one, other = draw(rng, (200, 300)), draw(rng, (200, 300))
    function = pytensor.function([], [one, other])
    values = function()
    for value in values + function():
        assert value.shape == (200, 300) and value.dtype == one.dtype
        assert abs(value.mean() - mean) < 5 * deviation / 60000 ** .5
        assert value.std() == pytest.approx(deviation, rel=.02)
    assert not np.array_equal(*values)


def test_the_rest_of_theanets(theanets):
    net = theanets.Autoencoder([8, (6, 'sigmoid'), 8])
    np.testing.assert_allclose(net.decode(net.encode(X)), net.predict(X))
    assert np.isfinite(net.score(X))
    net = theanets.Classifier([8, 6, 4])
    np.testing.assert_array_equal(net.predict_proba(X).argmax(axis=1), net.predict(X))
    assert net.predict_logit(X).shape == (20, 4)
    monitors = net.train([X, LABELS], max_updates=1, weight_l2=.1, hidden_l1=.1,
                         monitors={'hid1:out': (.1, .9)}, monitor_gradients=True)[0]
    assert {'loss', 'err', 'acc', 'hid1:out<0.1', 'grad(hid1.w)'} <= set(monitors)
    text = theanets.recurrent.Text('hello world ' * 20, min_count=1)
    size = 1 + len(text.alpha)
    net = theanets.recurrent.Classifier([size, (5, 'rnn'), size])
    net.train(text.classifier_batches(5, 4, rng=1), max_updates=1, train_batches=2,
              valid_batches=2)
    assert len(list(net.predict_sequence([1, 2, 3], 4, rng=1))) == 4


def test_pytensors_own_functions_stay_as_they_are(theanets):
    from pytensor import tensor
    names = [str(f) for f in (tensor.tanh, tensor.sigmoid, tensor.softplus)]
    for activation in ('tanh', 'logistic', 'softplus'):
        theanets.Regressor([8, (6, activation), 4])
    assert [str(f) for f in (tensor.tanh, tensor.sigmoid, tensor.softplus)] == names
    assert not hasattr(tensor.tanh, 'params')


def test_a_saved_net_works_in_a_new_process(theanets, tmp_path):
    nets = {
        'one.pkl.gz': theanets.recurrent.Regressor([
            8, (6, 'tanh'), (6, 'sigmoid'), (6, 'softplus'), (6, 'prelu'), (6, 'maxout:2'),
            (6, 'lstm'), dict(form='clockwork', size=4, periods=(1, 2)),
            dict(form='bidirectional', size=4, worker='gru'),
            dict(form='conv1', size=3, filter_size=2), 4]),
        'two.pkl': theanets.recurrent.Autoencoder([8, (6, 'sigmoid'), (8, 'tied')]),
    }
    nets['two.pkl'].train([SERIES], max_updates=1)
    expected = []
    for name, net in nets.items():
        net.save(str(tmp_path / name))
        expected.append(float(net.predict(SERIES).sum()))
    np.save(str(tmp_path / 'series.npy'), SERIES)
    script = LOAD + '''
import numpy
series = numpy.load('series.npy')
for name in ('one.pkl.gz', 'two.pkl'):
    print(repr(float(theanets.Network.load(name).predict(series).sum())))
# theanets does not save the seed, on Theano neither.
net = theanets.Network.load('two.pkl')
print(net.train([series], max_updates=1, rng=13)[0]['loss'])
'''
    printed = run(script, tmp_path).split()
    np.testing.assert_allclose([float(value) for value in printed[:2]], expected)
    assert 0 < float(printed[-1]) < 100


def run(script, folder):
    """What `script` prints in a process of its own."""
    root = os.path.dirname(os.path.dirname(os.path.abspath(bridge.__file__)))
    environ = dict(os.environ, PYTENSOR_FLAGS='linker=py,optimizer=None,cxx=',
                   PYTHONPATH=os.path.dirname(root))
    return subprocess.run([sys.executable, '-c', script], cwd=str(folder), env=environ,
                          check=True, stdout=subprocess.PIPE).stdout.decode()


def false_theanos():
    return [name for name in sys.modules if name.split('.')[0] == 'theano']


def test_no_false_theano_stays(theanets):
    assert not false_theanos()
    with bridge.theano_from_pytensor():
        import theano.tensor.nnet
        assert callable(theano.tensor.nnet.sigmoid)
        # The newest source of theanets asks for it here, 0.7.3 in `conv`.
        assert theano.tensor.nnet.conv2d is bridge.conv2d
    assert not false_theanos()
    with pytest.raises(ImportError):
        importlib.import_module('theano')


def test_no_false_theano_stays_when_the_import_fails():
    with pytest.raises(ZeroDivisionError):
        with bridge.theano_from_pytensor():
            import theano  # noqa: F401
            1 / 0
    assert not false_theanos()


def test_a_theano_that_was_there_comes_back(monkeypatch):
    real = types.ModuleType('theano')
    monkeypatch.setitem(sys.modules, 'theano', real)
    monkeypatch.setitem(sys.modules, 'theano.tensor', None)
    with bridge.theano_from_pytensor():
        assert sys.modules['theano'] is not real
    assert sys.modules['theano'] is real
    assert sys.modules['theano.tensor'] is None


def test_without_pytensor(monkeypatch):
    bridge.stand_ins.cache_clear()
    monkeypatch.setattr(importlib.util, 'find_spec', lambda name: None)
    with pytest.raises(ImportError, match='pip install pytensor'):
        with bridge.theano_from_pytensor():
            pass


def test_numpy_keeps_what_it_has(theanets):
    adaptive = importlib.import_module('downhill.adaptive')
    assert adaptive.np.cast['float32'](0).dtype == 'float32'
    assert hasattr(np, 'cast') == (np.lib.NumpyVersion(np.__version__) < '2.0.0')
