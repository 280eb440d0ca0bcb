"""Keywords on all that predicts, and penalties on data."""

import importlib.util

import numpy as np
import pytest

import oracles
import theanets_reg
from oracles import RTOL
from symbolic import TT

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec('downhill') is None, reason='for theanets')

X = np.random.RandomState(0).randn(8, 3)
Y = np.random.RandomState(1).randn(8, 2)
LABELS = np.array([0, 1, 1, 0, 1, 0, 0, 0], 'int32')
SERIES = np.random.RandomState(2).randn(4, 5, 3)


class Add(theanets_reg.Regularizer, key='_add'):
    """Adds its weight to one unit of the outputs that match, and to what is behind."""

    def modify_graph(self, outputs):
        for name in [n for n in outputs if n == self.pattern]:
            outputs[name] = TT.inc_subtensor(outputs[name][:, 0], self.weight)


LAST, HIDDEN = (dict(_add=dict(weight=-9., pattern=name)) for name in ('out:out', 'hid1:out'))

CALLS = {
    'predict': ('Classifier', (X, ), LAST), 'classify': ('Classifier', (X, ), LAST),
    'predict_proba': ('Classifier', (X, ), LAST),
    'predict_logit': ('Classifier', (X, ), HIDDEN), 'score': ('Classifier', (X, LABELS), LAST),
    'feed_forward': ('Classifier', (X, ), LAST), 'predict/r': ('Regressor', (X, ), LAST),
    'score/r': ('Regressor', (X, Y), LAST), 'encode': ('Autoencoder', (X, ), HIDDEN),
    'decode': ('Autoencoder', (np.ones((8, 4)), ), LAST), 'score/a': ('Autoencoder', (X, ), LAST)}
LAYERS = dict(Classifier=[3, (4, 'tanh'), 2], Regressor=[3, (4, 'tanh'), 2],
              Autoencoder=[3, (4, 'tanh'), 3])


@pytest.mark.filterwarnings('ignore:please use predict')
@pytest.mark.parametrize('call', sorted(CALLS))
def test_keywords(theanets, call):
    """What modifies a graph does so, penalties don't, and a near miss is told."""
    kind, args, kwargs = CALLS[call]
    net = getattr(theanets, kind)(LAYERS[kind])
    method = getattr(net, call.split('/')[0])
    plain, modified = method(*args), method(*args, **kwargs)
    for again in method(*args), method(*args, contractive=.1, weight_l2=.1):
        np.testing.assert_equal(again, plain)
    assert not all(np.allclose(a, b) for a, b in zip(_parts(plain), _parts(modified)))
    with pytest.warns(UserWarning, match="Did you mean 'contractive'") as caught:
        method(*args, contractve=.1)
    assert {w.filename for w in caught if 'contractve' in str(w.message)} == {__file__}
    with pytest.raises(TypeError, match="unknown argument 'wieght'"):
        method(*args, contractive=dict(wieght=.1))
    np.testing.assert_equal(method(*args), plain)


def _parts(found):
    return list(found.values()) if isinstance(found, dict) else [found]


def test_what_keywords_do(theanets):
    net = theanets.Classifier(LAYERS['Classifier'])
    proba = net.predict_proba(X)
    np.testing.assert_allclose(net.predict_proba(X, **LAST), proba - [9, 0])
    assert (net.predict(X, **LAST) == 1).all() and (net.classify(X, **LAST) == 1).all()
    assert net.score(X, LABELS, **LAST) == .375
    assert net.score(X, LABELS, w=LABELS, **LAST) == 1
    w = net.find('out', 'w').get_value()
    np.testing.assert_allclose(net.predict_logit(X, **HIDDEN), net.predict_logit(X) - 9 * w[0])
    net = theanets.Autoencoder(LAYERS['Autoencoder'])
    np.testing.assert_allclose(net.encode(X, **HIDDEN), net.encode(X) - [9, 0, 0, 0])
    np.testing.assert_allclose(net.decode(net.encode(X), **LAST), net.predict(X) - [9, 0, 0])
    u, v = X - net.predict(X, **LAST), X - X.mean()
    assert net.score(X, **LAST) == pytest.approx(1 - (u * u).sum() / (v * v).sum())


def test_a_predictor_that_fails_leaves_nothing_behind(theanets):
    net = theanets.Classifier(LAYERS['Classifier'])
    expected = net.predict_proba(X)
    with pytest.raises(Exception, match='.'):
        net.predict_proba(np.ones((8, 5)), **LAST)
    np.testing.assert_equal(net.predict_proba(X), expected)


def test_sequences_are_predicted_with_no_keywords_but_their_own(theanets):
    net = theanets.recurrent.Classifier([3, (4, 'rnn'), 3])
    plain = list(net.predict_sequence([0, 1], 3, rng=1))
    assert list(net.predict_sequence([0, 1], 3, rng=1)) == plain


class TestPenalties:
    def test_numbers(self, theanets):
        net = theanets.Regressor([3, (4, 'tanh'), (2, 'sigmoid'), 2])
        outputs, _ = net.build_graph()
        one, other = (oracles.contractive(outputs, {net.inputs[0]: X}, [name], net.inputs)
                      for name in ('hid1:out', 'hid2:out'))
        found = net.penalties(X, contractive=[2., dict(pattern='hid1:out')])
        assert sorted(found) == ['contractive', 'contractive:2']
        assert {type(value) for value in found.values()} == {float}
        np.testing.assert_allclose(found['contractive'], (one + other) / 2, rtol=RTOL)
        np.testing.assert_allclose(found['contractive:2'], one, rtol=RTOL)

    def test_as_training_reports_them(self, theanets):
        net = theanets.recurrent.Regressor([3, (4, 'rnn', 'tanh'), 3])
        given = dict(recurrent_norm=dict(weight=.1, pattern='hid1:out'), contractive=.2)
        _, valid = next(net.itertrain([SERIES, SERIES], **given))
        fresh = theanets.recurrent.Regressor([3, (4, 'rnn', 'tanh'), 3])
        found = fresh.penalties(SERIES, **given)
        assert found == pytest.approx({name: valid[name] for name in given})

    def test_theanets_own_and_ones_own(self, theanets):
        class Mine(theanets.regularizers.Regularizer):
            __extra_registration_keys__ = ['_mine']

            def loss(self, layers, outputs):
                return (outputs['hid1:out'] ** 2).sum()

        net = theanets.Regressor(LAYERS['Regressor'])
        found = net.penalties(X, weight_l1=1., _mine=1.)
        np.testing.assert_allclose(found['_mine'], (net.feed_forward(X)['hid1:out'] ** 2).sum())
        sizes = [abs(net.find(name, 'w').get_value()).mean() for name in ('hid1', 'out')]
        np.testing.assert_allclose(found['weight_l1'], np.mean(sizes))

    def test_in_a_modified_graph(self, theanets):
        net = theanets.recurrent.Regressor([3, (4, 'rnn', 'tanh'), 3])
        given = dict(recurrent_norm=dict(pattern='hid1:out'))
        got = net.penalties(SERIES, regularizers=Twice(pattern='hid1:out'), **given)
        states = 2 * net.feed_forward(SERIES)['hid1:out']
        np.testing.assert_allclose(got['recurrent_norm'], oracles.recurrent_norm(states))

    def test_weights_are_no_part_of_them_and_compile_nothing(self, theanets):
        net = theanets.Regressor(LAYERS['Regressor'])
        one, count = net.penalties(X, contractive=.5), len(net._functions)
        assert net.penalties(X, contractive=dict(weight=.5, pattern=None)) == one
        assert len(net._functions) == count
        assert net.penalties(X, contractive=0) == one
        other = net.penalties(X, contractive=dict(weight=.5, wrt='in', reduction='sum'))
        np.testing.assert_allclose(other['contractive'], 8 * one['contractive'])

    @pytest.mark.parametrize('kwargs, said', [
        ({}, 'no penalty was given; expected'), (dict(contractive=None), 'no penalty'),
        (dict(contractve=1.), "'contractve' is not the name.*Did you mean 'contractive'"),
        (dict(learning_rate=1.), "'learning_rate' is not the name")])
    def test_what_is_no_penalty(self, theanets, kwargs, said):
        with pytest.raises(TypeError, match=said):
            theanets.Regressor(LAYERS['Regressor']).penalties(X, **kwargs)

    def test_too_many_arrays(self, theanets):
        net = theanets.Regressor(LAYERS['Regressor'])
        net.penalties([X, Y], contractive=1.)
        with pytest.raises(ValueError, match="3 arrays were given; expected 'in', 'target'"):
            net.penalties([X, Y, Y], contractive=1.)


class Twice(theanets_reg.Regularizer, key='_twice'):
    def modify_graph(self, outputs):
        for name in [n for n in outputs if n == self.pattern]:
            outputs[name] = 2 * outputs[name]
