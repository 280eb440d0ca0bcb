"""theanets' keywords: near misses, instances of theanets' classes, rng=."""

import importlib.util
import warnings

import numpy as np
import pytest

import theanets_reg
from symbolic import MRG_RandomStreams
from theanets_reg import Contractive

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec('downhill') is None, reason='for theanets')

X = np.random.RandomState(0).randn(8, 3)

NEAR = {
    'weigth_l2': 'weight_l2', 'weight_12': 'weight_l2', 'wieght_l1': 'weight_l1',
    'weight_deacy': 'weight_decay', 'weights_decay': 'weight_decay',
    'weight_sparcity': 'weight_sparsity', 'hiden_l1': 'hidden_l1', 'hidden_L11': 'hidden_l1',
    'hidden_sparse': 'hidden_sparsity', 'dropuot': 'dropout', 'drop_out': 'dropout',
    'input_droput': 'input_dropout', 'hidden_drop_out': 'hidden_dropout',
    'output_dropot': 'output_dropout', 'noize': 'noise', 'input_nosie': 'input_noise',
    'hidden_noises': 'hidden_noise', 'ouput_noise': 'output_noise',
    'contractve': 'contractive', 'Contractiv': 'contractive', 'recurent_norm': 'recurrent_norm',
    'recurrent_states': 'recurrent_state', 'regularizer': 'regularizers',
    'regularisers': 'regularizers',
    'input_dropouts': 'input_dropout', 'hidden_dropouts': 'hidden_dropout',
    'output_dropouts': 'output_dropout', 'hidden_l2': 'activation_l2'}

#: What theanets 0.7.3, its newest source and downhill take besides.
OPTIONS = '''
    algo algorithm subalgo save_every save_progress rng batch_size iteration_size
    train_batches valid_batches axis name monitors monitor_gradients max_updates patience
    validate_every min_improvement learning_rate momentum nesterov max_gradient_norm
    max_gradient_elem max_gradient_clip rms_halflife rms_regularizer rprop_increase
    rprop_decrease rprop_min_step rprop_max_step beta1_decay beta1_halflife beta2_halflife
    hv_method loss weighted layer sample x y z w num_updates gradient_clip
'''.split()


@pytest.mark.parametrize('given', sorted(NEAR))
def test_near_miss(theanets, given):
    net = theanets.Regressor([3, 4, 2])
    with pytest.warns(UserWarning) as caught:
        assert theanets.regularizers.from_kwargs(net, **{given: .1}) == []
    said, = (str(w.message) for w in caught)
    assert repr(given) in said and repr(NEAR[given]) in said and 'no effect' in said


def test_other_options_are_no_near_misses(theanets):
    net = theanets.Regressor([3, 4, 2])
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        assert theanets.regularizers.from_kwargs(net, **dict.fromkeys(OPTIONS)) == []
        assert theanets_reg.from_kwargs(None, **dict.fromkeys(OPTIONS)) == []


@pytest.mark.parametrize('name', ['weight_l2', 'hidden_l1', 'WeightL1', 'hiddenl1'])
def test_instance_of_theanets_own_class(theanets, name):
    """Of the class that theanets has itself, imported before or after."""
    net = theanets.Regressor([3, 4, 2])
    cls = theanets.regularizers.Regularizer.get_class(name)
    given = cls(weight=.5, pattern='hid1*')
    assert theanets.regularizers.from_kwargs(net, **{name: given}) == [given]
    loss, expected = net.loss(**{name: given}), net.loss(**{name: dict(
        weight=.5, pattern='hid1*')})
    data = dict(zip(net.variables, [X, X[:, :2]]))
    assert loss.eval(data) == expected.eval(data) > net.loss().eval(data)


def test_instance_of_a_class_from_before():
    theanets = theanets_reg.install()
    theanets_reg.uninstall()
    published = {name: getattr(theanets.regularizers, name) for name in ('HiddenL1', 'WeightL2')}
    theanets_reg.install()
    try:
        net = theanets.Regressor([3, 4, 2])
        given = [published['HiddenL1'](weight=.5), published['WeightL2'](weight=.5)]
        made = theanets.regularizers.from_kwargs(
            net, hidden_l1=given[0], weight_decay=given[1], contractive=.1)
        assert made[:2] == given and isinstance(made[2], Contractive) and len(made) == 3
    finally:
        theanets_reg.uninstall()


def test_ours_are_theanets_regularizers(theanets):
    base, own = theanets.Regularizer, theanets.regularizers.Contractive
    assert isinstance(own(), base) and issubclass(own, base)
    assert not isinstance(3, base) and not issubclass(int, base)
    assert not isinstance(own(), theanets.Layer) and not issubclass(own, theanets.layers.Layer)

    class Mine(base):
        pass

    assert isinstance(Mine(), base) and not isinstance(own(), Mine)
    theanets_reg.uninstall()
    assert not isinstance(own(), base) and isinstance(Mine(), base)
    assert '__instancecheck__' not in vars(type(base))


def test_a_number_without_a_name_is_a_weight(theanets):
    build = theanets.regularizers.Regularizer.build
    with pytest.warns(UserWarning, match='0.25 is taken for its weight, write weight=0.25'):
        found = build('weight_l2', .25)
    assert found.weight == .25 and found.pattern == '*'
    assert build('weight_l2', 'hid*', .5).weight == .5
    assert theanets.losses.Loss.build('mse', 2).weight == 1
    with pytest.raises(TypeError, match='is not a glob pattern'):
        build('weight_l2', .25, weight=.5)


def test_list_beside_keywords(theanets):
    """Both count."""
    net = theanets.Regressor([3, 4, 2])
    given = Contractive(weight=1.)
    made = theanets.regularizers.from_kwargs(net, regularizers=[given], hidden_noise=.1)
    assert made[0] is given and len(made) == 2


SOURCES = {
    'int': lambda: 5, 'NumPy integer': lambda: np.int64(5),
    'RandomState': lambda: np.random.RandomState(5), 'stream': lambda: MRG_RandomStreams(5)}
if hasattr(np.random, 'default_rng'):
    SOURCES['Generator'] = lambda: np.random.default_rng(5)


@pytest.mark.parametrize('source', sorted(SOURCES))
class TestRng:
    def test_train(self, theanets, source):
        """The same numbers again from the same source; one graph; other ones from others."""
        def train(rng):
            net = theanets.Autoencoder([3, (4, 'sigmoid'), 3])
            steps = net.itertrain([X], rng=rng, input_noise=.5, hidden_dropout=.5, batch_size=4,
                                  algo='sgd', learning_rate=0., max_updates=3)
            found = [step['loss'] for step, _ in steps]
            assert len(net._graphs) == 1
            return found

        found = train(SOURCES[source]())
        assert len(set(found)) == 3 and train(SOURCES[source]()) == found
        assert train(7) != found

    @pytest.mark.parametrize('algo', ['sample', 'layerwise'])
    def test_other_trainers(self, theanets, source, algo):
        net = theanets.Autoencoder([3, (4, 'sigmoid'), 3])
        train, _ = net.train([X], algo=algo, rng=SOURCES[source](), max_updates=1)
        assert np.isfinite(train['loss'])

    def test_predict(self, theanets, source):
        net, rng = theanets.Autoencoder([3, (4, 'sigmoid'), 3]), SOURCES[source]()
        first, second = (net.predict(X, input_noise=.5, rng=rng) for _ in range(2))
        assert not np.allclose(first, second) and len(net._functions) == 1


def test_a_generator_stays_as_it_is(theanets):
    """The weights that the next net begins with are not others for a prediction."""
    rng = np.random.RandomState(5)
    before = rng.get_state()[1].copy()
    theanets.Autoencoder([3, 4, 3]).predict(X, input_noise=.5, rng=rng)
    assert (rng.get_state()[1] == before).all()


def test_a_nets_own_generator(theanets):
    net = theanets.Autoencoder([3, (4, 'sigmoid'), 3], rng=np.random.RandomState(3))
    steps = [s['loss'] for s, _ in net.itertrain(
        [X], algo='sgd', learning_rate=0., hidden_noise=.5, max_updates=2)]
    assert len(set(steps)) == 2 and len(net._graphs) == 1
