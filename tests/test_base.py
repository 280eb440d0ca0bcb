"""Arguments, registry and logging of regularizers."""

import copy
import logging
import pickle
import warnings

import numpy as np
import pytest

from symbolic import TT, theano
from theanets_reg import Contractive, RecurrentNorm, RecurrentState, Regularizer

BOTH = pytest.mark.parametrize('cls', [RecurrentNorm, Contractive],
                               ids=lambda cls: cls.__name__)


def shared(value):
    return theano.shared(value, name='strength')


def test_defaults():
    reg = RecurrentNorm()
    assert (reg.pattern, reg.weight, reg.norm, reg.time_axis) == ('*', 0., 'squared', 1)
    reg = Contractive()
    assert (reg.pattern, reg.weight, reg.wrt, reg.reduction) == (None, 0., '*', 'mean')


@pytest.mark.parametrize('reg', [
    RecurrentNorm('hid1:out', 0.25, norm='l2', time_axis=0, reduction='sum', mask='m'),
    RecurrentState(pattern=['a', 'b*'], weight=2),
    Contractive(weight=1e-3, wrt=('in', 'x?')),
], ids=lambda reg: type(reg).__name__)
def test_repr_can_be_pasted_back(reg):
    again = eval(repr(reg))
    assert type(again) is type(reg)
    assert vars(again) == vars(reg)


@pytest.mark.parametrize('weight', [1, np.float32(.5), np.float64(.5), np.int64(2),
                                    np.array(.5)], ids=repr)
def test_number_weights_become_floats(weight):
    reg = Contractive(weight=weight)
    assert type(reg.weight) is float
    assert reg.weight == float(weight)


def test_symbolic_weight_is_kept():
    weight = shared(0.1)
    assert RecurrentNorm(weight=weight).weight is weight


@BOTH
@pytest.mark.parametrize('weight, error', [
    ('0.1', TypeError), (None, TypeError), ([0.1], TypeError), (True, TypeError),
    (1j, TypeError), (np.ones(2), TypeError),
    (float('nan'), ValueError), (float('inf'), ValueError), (np.float32('-inf'), ValueError),
], ids=repr)
def test_bad_weight(cls, weight, error):
    with pytest.raises(error, match='weight=.*expected a float such as 0.1') as caught:
        cls(weight=weight)
    assert repr(weight) in str(caught.value)


@BOTH
def test_symbolic_weight_that_is_no_scalar(cls):
    with pytest.raises(TypeError, match='strength has 1 dimensions; expected a scalar'):
        cls(weight=shared(np.ones(3)))


@BOTH
@pytest.mark.parametrize('pattern', [3, b'hid1:out', ['a', 3], {'a': 1}, object()], ids=repr)
def test_bad_pattern(cls, pattern):
    with pytest.raises(TypeError, match='pattern=.*is not a glob.*expected a string') as caught:
        cls(pattern=pattern)
    assert repr(pattern) in str(caught.value)


@pytest.mark.parametrize('wrt', [None, 3, [None]], ids=repr)
def test_bad_wrt(wrt):
    with pytest.raises(TypeError, match='wrt=.*is not a glob'):
        Contractive(wrt=wrt)


def test_recurrent_norm_needs_a_pattern():
    with pytest.raises(TypeError, match='pattern=None is not a glob'):
        RecurrentNorm(pattern=None)


@BOTH
def test_unknown_argument(cls):
    with pytest.raises(TypeError, match="unknown argument 'wieght'.*'pattern', "
                                        "'weight'.*Did you mean 'weight'"):
        cls(wieght=0.1)


@pytest.mark.parametrize('cls, argument, value, expected', [
    (RecurrentNorm, 'norm', 'L2', "'l2'"),
    (RecurrentNorm, 'norm', 2, "'squared'"),
    (RecurrentNorm, 'reduction', 'avg', "'mean', 'sum'"),
    (RecurrentNorm, 'time_axis', 2, '0, 1'),
    (RecurrentNorm, 'time_axis', True, '0, 1'),
    (Contractive, 'reduction', None, "'mean', 'sum'"),
    (Contractive, 'method', 'jacobain', "Did you mean 'jacobian'"),
])
def test_unknown_choice(cls, argument, value, expected):
    with pytest.raises(ValueError) as caught:
        cls(**{argument: value})
    message = str(caught.value)
    assert 'unknown {} {!r}'.format(argument, value) in message
    assert expected in message


def test_registry():
    assert Regularizer.is_registered('contractive')
    assert Regularizer.is_registered('Recurrent_Norm')
    assert not Regularizer.is_registered('regularizer')
    assert Regularizer.get_class('recurrentnorm') is RecurrentNorm
    reg = Regularizer.build('CONTRACTIVE', weight=0.5, wrt='in')
    assert isinstance(reg, Contractive) and (reg.weight, reg.wrt) == (0.5, 'in')


def test_unknown_name_is_named():
    with pytest.raises(KeyError, match="'contractve'.*Did you mean 'contractive'"):
        Regularizer.build('contractve')


@pytest.fixture
def energy():
    before = dict(Regularizer._registry)

    class Energy(Regularizer):
        __extra_registration_keys__ = ['mean_energy']

        def loss(self, layers, outputs):
            return sum((z * z).mean() for _, z in self.matching(outputs))

    yield Energy
    Regularizer._registry.clear()
    Regularizer._registry.update(before)


def test_a_subclass_registers_itself(energy):
    assert Regularizer.get_class('energy') is energy
    assert Regularizer.get_class('mean_energy') is energy
    assert repr(energy('hid*', 1)) == "Energy(pattern='hid*', weight=1.0)"


def test_subclass_does_not_inherit_keys(energy):
    class Other(energy):
        pass

    assert Regularizer.get_class('mean_energy') is energy
    assert Regularizer.get_class('other') is Other


@pytest.fixture
def registry():
    """What is registered, put back afterwards."""
    before = dict(Regularizer._registry)
    yield Regularizer._registry
    Regularizer._registry.clear()
    Regularizer._registry.update(before)


def warned(make):
    """The warnings that making a class gives, all at its own line."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        make()
    assert {w.filename for w in caught} <= {__file__}
    return [str(w.message) for w in caught]


def test_class_without_effect_is_told_when_it_is_made(registry):
    def misspelled():
        class Energy(Regularizer):
            def los(self, layers, outputs):
                return 1.

    (said, ) = warned(misspelled)
    assert said == ('Energy: the class has neither loss nor modify_graph of its own, so it has '
                    'no effect; define loss(self, layers, outputs)')


def test_class_with_an_effect_is_not(registry):
    def loss():
        class One(Regularizer):
            def loss(self, layers, outputs):
                return 1.

        class Inherits(One):
            pass

    def modify():
        class Two(Regularizer):
            def modify_graph(self, outputs):
                pass

    def private():
        class _ToBuildOn(Regularizer):
            pass

    assert warned(loss) == warned(modify) == warned(private) == []


@pytest.mark.parametrize('keys, taken', [
    (['contractive'], 'contractive'), (['mine', 'Recurrent_Norm'], 'recurrent_norm')])
def test_class_that_takes_a_key_is_told_when_it_is_made(registry, keys, taken):
    def make():
        class Mine(Contractive):
            __extra_registration_keys__ = keys

    other = {'contractive': 'contractive.Contractive', 'recurrent_norm': 'recurrent.RecurrentNorm'}
    (said, ) = warned(make)
    assert said == ('Mine: the key {!r} was that of theanets_reg.regularizers.{}, and stands for Mine from '
                    'now on; choose another'.format(taken, other[taken]))
    assert Regularizer.get_class(taken).__name__ == 'Mine'


def test_class_name_that_is_taken(registry):
    def make():
        class RecurrentNorm(Contractive):
            pass

    (said, ) = warned(make)
    assert "RecurrentNorm: the key 'recurrentnorm' was that of theanets_reg.regularizers.recurrent" in said


def test_class_may_be_made_anew(registry):
    """A cell of a notebook runs again."""
    def make():
        class Energy(Regularizer):
            __extra_registration_keys__ = ['mean_energy']

            def loss(self, layers, outputs):
                return 1.

    assert warned(make) == warned(make) == []


def test_keys_that_are_one_string(registry):
    with pytest.raises(TypeError, match=r"Mine: __extra_registration_keys__ = 'mine' is one "
                                        r"string; expected a list of them: \['mine'\]"):
        class Mine(Contractive):
            __extra_registration_keys__ = 'mine'


def test_private_classes_are_not_offered():
    assert '_transitions' in Regularizer._registry
    assert Regularizer.names() == ['contractive', 'recurrent_norm', 'recurrent_state',
                                   'recurrentnorm', 'recurrentstate']
    with pytest.raises(KeyError) as error:
        Regularizer.build('transitions')
    assert "'recurrentstate'" in str(error.value) and '_transitions' not in str(error.value)


@pytest.mark.parametrize('reg', [
    Contractive(), Contractive('h', weight=0, mask=np.ones((2, 3))), RecurrentNorm(weight=2.),
    RecurrentState('a', time_axis=0)], ids=repr)
@pytest.mark.parametrize('again', [copy.copy, copy.deepcopy, lambda r: pickle.loads(pickle.dumps(r))],
                         ids=['copy', 'deepcopy', 'pickle'])
def test_copies_are_alike(reg, again):
    other = again(reg)
    assert type(other) is type(reg) and repr(other) == repr(reg)
    assert set(vars(other)) == set(vars(reg))
    # Whether a weight was given is told by which zero it is.
    assert (other.weight is Contractive().weight) == (reg.weight is Contractive().weight)


def test_base_leaves_graph_and_loss_alone():
    outputs = {'h': TT.matrix()}
    before = dict(outputs)
    reg = Regularizer(pattern='h')
    reg.modify_graph(outputs)
    assert outputs == before
    assert reg.loss([], outputs).eval() == 0
    assert reg.loss([], {}) == 0


@pytest.mark.parametrize('reg, words', [
    (RecurrentNorm('hid1:out', 0.25), ['RecurrentNorm', '0.25', 'hid1:out']),
    (Contractive('hid2:out', 0.5, wrt='in'), ['Contractive', '0.5', 'hid2:out', 'in']),
])
def test_log(reg, words, caplog):
    with caplog.at_level(logging.INFO, logger='theanets_reg'):
        reg.log()
    (record, ) = caplog.records
    assert record.name == 'theanets_reg'
    for word in words:
        assert word in record.getMessage()
