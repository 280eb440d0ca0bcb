"""install() and uninstall(): theanets with our regularizers."""

import importlib.util
import subprocess
import sys

import numpy as np
import pytest

from symbolic import TT, theano
import theanets_reg
from theanets_reg import Contractive, RecurrentNorm
from theanets_reg.compat import theanets as compat

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec('downhill') is None, reason='for theanets')
NAMES = ('Contractive', 'RecurrentNorm', 'RecurrentState', 'from_kwargs')


def state(module):
    return ({name: getattr(module, name) for name in NAMES},
            dict(module.Regularizer._registry))


def test_install_is_idempotent_and_reversible():
    module = compat.load().regularizers
    theanets_reg.uninstall()
    before = state(module)
    theanets = theanets_reg.install()
    installed = state(module)
    assert theanets_reg.install() is theanets
    assert state(module) == installed != before
    theanets_reg.uninstall()
    assert state(module) == before
    theanets_reg.uninstall()
    assert state(module) == before


def test_class_names_and_registry(theanets):
    assert theanets.regularizers.Contractive is Contractive
    assert theanets.regularizers.RecurrentNorm is RecurrentNorm
    build = theanets.regularizers.Regularizer.build
    assert isinstance(build('contractive', weight=1), Contractive)
    assert isinstance(theanets.Regularizer.build('recurrentnorm'), RecurrentNorm)


def test_theanets_own_regularizers_still_work(theanets):
    net = theanets.Regressor([3, 4, 2])
    regs = theanets.regularizers.from_kwargs(
        net, contractive=1, weight_l2=2, hidden_noise=0.1, input_dropout=0.2, rng=5,
        learning_rate=1)
    assert sorted(type(r).__name__ for r in regs) == [
        'BernoulliDropout', 'Contractive', 'GaussianNoise', 'WeightL2']


def test_regularizers_dict_reaches_both(theanets):
    net = theanets.Regressor([3, 4, 2])
    regs = theanets.regularizers.from_kwargs(
        net, regularizers=dict(contractive=1, weight_l1=2))
    assert sorted(type(r).__name__ for r in regs) == ['Contractive', 'WeightL1']


def test_list_does_not_hide_keywords(theanets):
    net = theanets.Regressor([3, 4, 2])
    regs = theanets.regularizers.from_kwargs(
        net, regularizers=[theanets.regularizers.WeightL1(weight=1)], contractive=0.1)
    assert sorted(type(r).__name__ for r in regs) == ['Contractive', 'WeightL1']


def test_near_miss_warns_once_while_training(theanets, rng):
    net = theanets.Regressor([3, 4, 2])
    x, y = rng.randn(8, 3), rng.randn(8, 2)
    with pytest.warns(UserWarning, match='contractve') as caught:
        next(net.itertrain([x, y], contractve=0.1))
    assert {w.filename for w in caught if 'contractve' in str(w.message)} == {__file__}


def test_shared_weight_takes_effect_while_training(theanets, rng):
    weight = theano.shared(0.)
    net = theanets.Autoencoder([3, (4, 'sigmoid'), 3])
    steps = net.itertrain([rng.randn(8, 3)], contractive=weight, learning_rate=0.)
    seen = []
    for value in (0., 1., 2.):
        weight.set_value(value)
        train, _ = next(steps)
        seen.append(train['loss'] - train['err'])
    assert seen[0] == 0
    assert seen[2] == pytest.approx(2 * seen[1]) and seen[1] > 0


def test_penalties_share_a_graph(theanets, rng):
    """They don't change predictions: one function is compiled for all of them."""
    net, x = theanets.Autoencoder([3, (4, 'sigmoid'), 3]), rng.randn(8, 3)
    expected = net.predict(x)
    for weight in range(1, 11):
        given = dict(contractive=weight, weight_l2=weight,
                     hidden_l1=dict(pattern='hid*', weight=weight))
        np.testing.assert_array_equal(net.predict(x, **given), expected)
        net.loss(**given)
    assert len(net._functions) == len(net._graphs) == 1


def test_what_modifies_a_graph_has_its_own(theanets, rng):
    class Shift(theanets_reg.Regularizer, key='shift'):
        def modify_graph(self, outputs):
            if 'out:out' in outputs:
                outputs['out:out'] += self.weight

    class Doubled(theanets.regularizers.Regularizer):
        pattern = weight = None

        def modify_graph(self, outputs):
            outputs.update({name: 2 * v for name, v in outputs.items()})

    net, x = theanets.Autoencoder([3, (4, 'sigmoid'), 3]), rng.randn(8, 3)
    plain = net.predict(x)
    shifted = [net.predict(x, shift=weight, contractive=weight)
               for weight in (1., 2.)]
    np.testing.assert_allclose(shifted, [plain + 1, plain + 2])
    assert not np.allclose(net.predict(x, regularizers=[Doubled()]), plain)
    count = len(net._functions)
    assert count == 4
    for name in 'input_noise', 'hidden_noise', 'input_dropout':
        for weight in 0.25, 0.5:
            count += 1
            noisy = net.predict(x, **{name: weight, 'contractive': weight})
            assert not np.allclose(noisy, plain) and len(net._functions) == count


def test_penalties_that_share_a_graph_are_logged(theanets, caplog):
    net = theanets.Autoencoder([3, (4, 'sigmoid'), 3])
    with caplog.at_level('INFO', logger='theanets_reg'):
        for weight in 0.25, 0.5:
            net.loss(contractive=weight)
    said = [r.getMessage() for r in caplog.records if 'regularizer' in r.getMessage()]
    assert [s.split('*')[0] for s in said] == ['regularizer: 0.25 ', 'regularizer: 0.5 ']


def test_output_name_may_be_a_property(rng):
    """So it is in the newest source of theanets."""
    class Layer:
        def __init__(self, output_name):
            self.output_name = output_name

    x = TT.matrix('in')
    h = TT.tanh(TT.dot(x, theano.shared(rng.randn(3, 4))))
    outputs = {'in': x, 'in:out': x, 'hid1:out': h, 'out:out': 2 * h}
    names = ['in:out', 'hid1:out', 'out:out']
    losses = [Contractive().loss([Layer(name) for name in names], outputs),
              Contractive().loss([Layer(lambda name=name: name) for name in names], outputs),
              Contractive(pattern='hid1:out').loss([], outputs)]
    values = [loss.eval({x: np.ones((2, 3))}) for loss in losses]
    assert values[0] == values[1] == values[2] > 0


def test_climate_is_gone_after_the_import(theanets):
    climate = sys.modules.get('climate')
    assert climate is None or hasattr(climate, '__file__')


MISSING = '''
import importlib.util, sys
import theanets_reg
real = importlib.util.find_spec
importlib.util.find_spec = lambda name, *a: None if name == {!r} else real(name, *a)
try:
    theanets_reg.install()
except ImportError as error:
    assert not theanets_reg.dropin._patches
    assert 'theanets' not in sys.modules
    print(error)
'''


@pytest.mark.parametrize('name', ['theanets', 'downhill', 'click'])
def test_what_is_missing_is_named(name):
    said = subprocess.run([sys.executable, '-c', MISSING.format(name)], check=True,
                          stdout=subprocess.PIPE, universal_newlines=True).stdout
    assert 'theanets needs {}, which is not installed'.format(name) in said
    assert 'pip install --no-deps theanets==0.7.3 downhill==0.4.0' in said
