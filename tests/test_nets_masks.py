"""mask='weights': the weights that come with each batch, and other inputs by name."""

import importlib.util

import numpy as np
import pytest

import oracles
from oracles import RTOL
from symbolic import TT, theano
from theanets_reg import Contractive, RecurrentNorm, RecurrentState

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec('downhill') is None, reason='for theanets')

RNG = np.random.RandomState(0)
X, Y = RNG.randn(6, 5, 3), RNG.randn(6, 5, 2)
STEPS = np.array([5, 3, 4, 2, 5, 3])
MASK = (np.arange(5) < STEPS[:, None]) * 1.
LABELS = RNG.randint(0, 2, (6, 5)).astype('int32')
KEYS = {'recurrent_norm': oracles.recurrent_norm, 'recurrent_state': oracles.recurrent_state}


def weights_of(kind, mask):
    """As each net wants them."""
    if kind == 'Classifier':
        return mask
    return np.repeat(mask[:, :, None], 3 if kind == 'Autoencoder' else 2, axis=2)


def build(theanets, kind, **kwargs):
    net = getattr(theanets.recurrent, kind)(
        [3, (4, 'rnn', 'tanh'), 3 if kind == 'Autoencoder' else 2], weighted=True, **kwargs)
    data = dict(Autoencoder=[X], Regressor=[X, Y], Classifier=[X, LABELS])[kind]
    return net, data + [weights_of(kind, MASK)]


@pytest.mark.parametrize('key', sorted(KEYS))
@pytest.mark.parametrize('kind', ['Autoencoder', 'Regressor', 'Classifier'])
def test_weights(theanets, kind, key):
    net, data = build(theanets, kind)
    given = {key: dict(weight=.25, pattern='hid1:out', mask='weights')}
    found = theano.function(net.variables, [net.loss(**given), net.loss()])(*data)
    states = net.feed_forward(X)['hid1:out']
    expected = KEYS[key](states, mask=MASK)
    assert not np.isclose(expected, KEYS[key](states))
    np.testing.assert_allclose(found[0] - found[1], .25 * expected, rtol=RTOL)
    np.testing.assert_allclose(net.penalties(data, **given)[key], expected, rtol=RTOL)


def test_weights_and_the_jacobian(theanets):
    """Padding is neither output nor input."""
    net, data = build(theanets, 'Regressor')
    found = net.penalties(data, contractive=dict(mask='weights'))['contractive']
    one_by_one = [net.penalties([x[None, :n], y[None, :n], w[None, :n]], contractive=1.)
                  for x, y, w, n in zip(*data, STEPS)]
    np.testing.assert_allclose(found, np.mean([p['contractive'] for p in one_by_one]))


@pytest.mark.parametrize('batch', [2, 4, 6])
def test_mini_batches_take_their_own(theanets, batch):
    """What is reported of an epoch is the mean over its batches."""
    net, data = build(theanets, 'Regressor')
    given = dict(recurrent_norm=dict(weight=.25, pattern='hid1:out', mask='weights'))
    _, valid = next(net.itertrain(data, batch_size=batch, learning_rate=0., **given))
    states = net.feed_forward(X)['hid1:out']
    parts = [oracles.recurrent_norm(states[i:i + batch], mask=MASK[i:i + batch])
             for i in range(0, 6, batch)]
    np.testing.assert_allclose(valid['recurrent_norm'], np.mean(parts), rtol=RTOL)


def test_units_of_which_some_count(theanets):
    """A step counts where one of its units does."""
    net, data = build(theanets, 'Regressor')
    some = data[2].copy()
    some[:, ::2, 0] = 0
    given = dict(recurrent_norm=dict(pattern='hid1:out', mask='weights'))
    assert net.penalties(data[:2] + [some], **given) == net.penalties(data, **given)


def test_weights_that_are_no_mask(theanets):
    net, data = build(theanets, 'Regressor')
    with pytest.raises(AssertionError, match='mask holds other values than 0 and 1'):
        net.penalties(data[:2] + [data[2] * 3], recurrent_norm=dict(mask='weights'))


def test_a_net_without_weights(theanets):
    net = theanets.recurrent.Regressor([3, (4, 'rnn'), 2])
    with pytest.raises(ValueError) as error:
        net.loss(recurrent_norm=dict(weight=1., mask='weights'))
    for part in ("mask 'weights' is not among the outputs: 'in", "nor the inputs: 'in'",
                 'weighted=True'):
        assert part in str(error.value)


def test_weights_that_are_not_given(theanets):
    net, data = build(theanets, 'Regressor')
    with pytest.raises(ValueError, match="1 array was given; expected 'in', 'target', 'weights'"):
        net.penalties(X, recurrent_norm=dict(mask='weights'))


def test_a_mask_of_all_data_in_mini_batches(theanets):
    net, data = build(theanets, 'Regressor')
    given = dict(recurrent_norm=dict(weight=1., pattern='hid1:out', mask=MASK))
    with pytest.raises(AssertionError) as error:
        net.train(data, batch_size=4, **given)
    for part in ('the shape (6, 5) of the mask', 'mini-batches', "mask='weights'",
                 'weighted=True'):
        assert part in str(error.value)
    assert np.isfinite(net.train(data, batch_size=6, max_updates=1, **given)[0]['loss'])


def test_another_input_layer(theanets):
    """The name of any of a net's inputs."""
    net = theanets.recurrent.Regressor([
        3, theanets.layers.Input(1, name='valid', ndim=3),
        dict(form='rnn', size=4, name='hid', activation='tanh', inputs='in'), 2])
    mask = MASK[:, :, None]
    found = net.penalties([X, mask], recurrent_norm=dict(pattern='hid:out', mask='valid'))
    states = theano.function(net.inputs, net.build_graph()[0]['hid:out'],
                             on_unused_input='ignore')(X, mask)
    np.testing.assert_allclose(
        found['recurrent_norm'], oracles.recurrent_norm(states, mask=MASK), rtol=RTOL)


@pytest.mark.parametrize('cls', [RecurrentNorm, RecurrentState])
@pytest.mark.parametrize('ndim', [2, 3])
def test_an_input_of_any_graph(engine, cls, ndim):
    x, valid = TT.tensor3('x'), [TT.matrix, TT.tensor3][ndim - 2]('valid')
    h = TT.tanh(x) * (valid.dimshuffle(0, 1, 'x') if ndim == 2 else valid)
    loss = cls(weight=1., pattern='h', mask='valid').loss([], {'h': h})
    mask = MASK if ndim == 2 else np.repeat(MASK[:, :, None], 3, axis=2)
    states = np.tanh(X) * MASK[:, :, None]
    got = oracles.value(loss, {x: X, valid: mask})
    oracle = KEYS['recurrent_norm' if cls is RecurrentNorm else 'recurrent_state']
    np.testing.assert_allclose(got, oracle(states, mask=MASK), rtol=RTOL)


def test_the_mask_is_no_input_to_differentiate_by(engine):
    x, valid = TT.tensor3('x'), TT.matrix('valid')
    h = 2 * x * (1 + valid.dimshuffle(0, 1, 'x'))
    loss = Contractive(weight=1., pattern='h', mask='valid').loss([], {'h': h})
    np.testing.assert_allclose(oracles.value(loss, {x: X, valid: MASK}), 16 * 3 * STEPS.mean())
