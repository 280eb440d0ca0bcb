"""Training reports each penalty by its keyword, at no further cost."""

import copy

import numpy as np
import pytest

from symbolic import theano
import theanets_reg
from theanets_reg import Contractive, RecurrentNorm, Regularizer

pytest.importorskip('downhill')


def first(net, data, **kwargs):
    """What the first update reports, of the parameters before it."""
    kwargs = dict(dict(learning_rate=0., batch_size=len(data[0]), algo='sgd'), **kwargs)
    return next(net.itertrain(data, **kwargs))


def of_graph(net, regularizer, data):
    outputs, _ = net.build_graph()
    return regularizer.loss(net.layers, outputs).eval({net.inputs[0]: data[0]})


@pytest.fixture
def recurrent(theanets, rng):
    net = theanets.recurrent.Regressor([3, (4, 'rnn', 'tanh'), 2], rng=3)
    return net, [rng.randn(5, 6, 3), rng.randn(5, 6, 2)]


def test_each_by_its_keyword_as_the_formula_gives_it(recurrent):
    net, data = recurrent
    for monitors in first(net, data, contractive=0.5, recurrent_norm=dict(weight=2., norm='l2'),
                          recurrent_state=0.25):
        assert list(monitors)[:2] == ['loss', 'err']
        assert set(monitors) == {'loss', 'err', 'contractive', 'recurrent_norm',
                                 'recurrent_state'}
        assert monitors['contractive'] == pytest.approx(
            of_graph(net, Contractive(), data), rel=1e-6)
        assert monitors['recurrent_norm'] == pytest.approx(
            of_graph(net, RecurrentNorm(norm='l2'), data), rel=1e-6)
        assert monitors['loss'] == pytest.approx(
            monitors['err'] + 0.5 * monitors['contractive'] +
            2 * monitors['recurrent_norm'] + 0.25 * monitors['recurrent_state'], rel=1e-6)


def nodes(function):
    return [type(node.op).__name__ for node in function.maker.fgraph.toposort()]


@pytest.mark.parametrize('method', ['auto', 'hutchinson'])
def test_no_second_evaluation(theanets, rng, method):
    """Not even of what is drawn at random, which no optimizer merges."""
    net = theanets.Autoencoder([3, (4, 'sigmoid'), 3])
    kwargs = dict(contractive=dict(weight=1., method=method, pattern='hid1:out'),
                  hidden_dropout=0.5)
    loss, monitors = net.loss(**kwargs), dict(net.monitors(**kwargs))
    err, penalty = monitors['err'], monitors['contractive']
    plain = theano.function(net.variables, [loss, err], mode='FAST_RUN')
    watched = theano.function(net.variables, [loss, err, penalty], mode='FAST_RUN')
    for kind in ('Dot', 'Dot22', 'Gemm', 'mrg_uniform', 'Sum', 'Scan'):
        assert nodes(watched).count(kind) == nodes(plain).count(kind)
    assert len(nodes(watched)) <= len(nodes(plain)) + 1      # out of a fusion


def test_trainings_do_not_mix(recurrent):
    """Each reports what it was given, also after others."""
    net, data = recurrent
    seen = [first(net, data, contractive=dict(weight=weight, wrt='in', reduction=how))[0]
            for weight, how in [(1., 'mean'), (2., 'mean'), (2., 'sum')]]
    assert seen[0]['contractive'] == seen[1]['contractive']
    assert seen[2]['contractive'] == pytest.approx(5 * seen[0]['contractive'])
    assert 'contractive' not in first(net, data)[0]
    net.loss(contractive=1.)
    assert dict(net.monitors()).keys() == {'err'}
    assert dict(net.monitors(recurrent_norm=1.)).keys() == {'err', 'recurrent_norm'}


def test_two_of_one_kind_and_ones_of_your_own(recurrent):
    class Energy(Regularizer):
        __extra_registration_keys__ = ['energy']

        def loss(self, layers, outputs):
            return (outputs['hid1:out'] ** 2).mean()

    class Nameless(Energy):
        def modify_graph(self, outputs):
            pass

    class Changes(Regularizer):
        def modify_graph(self, outputs):
            pass

    net, data = recurrent
    given = [Contractive(pattern='hid1:out', weight=1.), Contractive('hid1:pre', weight=1.),
             Energy(weight=1.), Nameless(weight=1.), Changes()]
    before = [copy.copy(vars(r)) for r in given]
    try:
        monitors = dict(net.monitors(regularizers=given))
        assert list(monitors) == ['err', 'contractive', 'contractive:2', 'energy', 'nameless']
        net.loss(regularizers=given)
        assert [vars(r) for r in given] == before
    finally:
        for key in ('energy', 'nameless', 'changes'):
            Regularizer._registry.pop(key)


def test_two_of_one_kind_by_one_keyword(recurrent):
    net, data = recurrent
    train, _ = first(net, data, contractive=[dict(weight=1., pattern='hid1:out'),
                                             dict(weight=2., pattern='hid1:pre')])
    assert set(train) == {'loss', 'err', 'contractive', 'contractive:2'}
    assert train['loss'] == pytest.approx(
        train['err'] + train['contractive'] + 2 * train['contractive:2'], rel=1e-6)


@pytest.mark.parametrize('none', [None, False, []], ids=repr)
def test_none_of_this_one(recurrent, none):
    net, data = recurrent
    train, _ = first(net, data, contractive=none, regularizers=none)
    assert set(train) == {'loss', 'err'}


@pytest.mark.parametrize('zero', [0, 0., np.float32(0)], ids=repr)
def test_zero_is_reported_and_costs_nothing(recurrent, zero):
    net, data = recurrent
    train, _ = first(net, data, contractive=zero, recurrent_norm=dict(weight=zero))
    assert set(train) == {'loss', 'err', 'contractive', 'recurrent_norm'}
    assert train['loss'] == train['err']
    assert train['contractive'] == pytest.approx(of_graph(net, Contractive(), data), rel=1e-6)
    # The very graph of no penalty, and its own once more with another weight.
    given = theano.gof.graph.ancestors([net.loss(contractive=zero)])
    without = theano.gof.graph.ancestors([net.loss()])
    assert len(given) == len(without) + 1 < len(theano.gof.graph.ancestors(
        [net.loss(contractive=1.)]))


def test_zero_refuses_nothing(theanets, caplog):
    """What can't be built is told at INFO, once."""
    net = theanets.Regressor([dict(size=5, sparse='csr', name='in'), 4, 2])
    with caplog.at_level('INFO', logger='theanets_reg'):
        net.loss(contractive=0)
        assert dict(net.monitors(contractive=0)).keys() == {'err'}
    told = [r.getMessage() for r in caplog.records if 'has the weight 0' in r.getMessage()]
    assert len(told) == 1
    assert told[0].startswith('contractive has the weight 0 and is not reported: Contractive: '
                              'the input')
    with pytest.raises(TypeError):
        net.loss(contractive=.1)


def test_forgotten_weight_warns_while_training(recurrent):
    net, data = recurrent
    with pytest.warns(UserWarning, match='Contractive: no weight was given, so this penalty '
                                         'has no effect') as caught:
        train, _ = next(net.itertrain(data, contractive=dict(pattern='hid1:out')))
    assert train['loss'] == train['err'] and train['contractive'] > 0
    assert {w.filename for w in caught if 'no weight' in str(w.message)} == {__file__}


def test_layerwise_training(theanets, rng):
    """Every stage has other layers and so another penalty."""
    net = theanets.Autoencoder([3, 4, 5, (4, 'tied'), (3, 'tied')])
    seen = [train for train, _ in net.itertrain(
        [rng.randn(6, 3)], algo='layerwise', contractive=0.1, max_updates=1, batch_size=6)]
    assert len(seen) == 2
    for train in seen:
        assert train['loss'] == pytest.approx(train['err'] + 0.1 * train['contractive'])


def test_classifiers_report_accuracy_besides(theanets, rng):
    net = theanets.Classifier([3, 4, 2])
    train, _ = first(net, [rng.randn(6, 3), rng.randint(0, 2, 6).astype('i')], contractive=0.1)
    assert set(train) == {'loss', 'err', 'acc', 'contractive'}


def test_monitors_asked_for_are_there_too(theanets, rng):
    net = theanets.Autoencoder([3, 4, 3])
    train, _ = first(net, [rng.randn(6, 3)], contractive=0.1, monitors={'hid1:out': 0.5})
    assert set(train) == {'loss', 'err', 'hid1:out<0.5', 'contractive'}


def test_uninstall_takes_it_back():
    module = theanets_reg.install()
    cls = module.graph.Network
    ours = cls.loss, cls.monitors, module.Classifier.predict
    theanets_reg.uninstall()
    own = cls.loss, cls.monitors, module.Classifier.predict
    assert all(f.__module__.startswith('theanets.') for f in own)
    assert not set(ours) & set(own)
