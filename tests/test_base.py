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
    # Other tests have classes of their own.
    ours = [name for name in Regularizer.names()
            if Regularizer.get_class(name).__module__.startswith('theanets_reg.')]
    assert ours == [
        'activation_l2', 'activationl2', 'bernoullidropout', 'contractive', 'dropout',
        'gaussiannoise', 'hidden_l1', 'hidden_sparsity', 'hiddenl1', 'noise',
        'recurrent_norm', 'recurrent_state', 'recurrentnorm', 'recurrentstate',
        'spectral_norm', 'spectralnorm', 'weight_decay', 'weight_l1', 'weight_l2',
        'weight_sparsity', 'weightl1', 'weightl2']
    assert not any(name.startswith('_') for name in Regularizer.names())
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


class TestPenaltyOfOnesOwn(object):
    """What a subclass may say where it is made, and what it is given."""

    @pytest.fixture
    def energy(self, registry):
        class Energy(Regularizer, key='energy'):
            def __init__(self, norm='l2', **kwargs):
                super().__init__(**kwargs)
                self.norm = self.choice('norm', norm, ('l1', 'l2'))

            def loss(self, layers, outputs):
                terms = [(abs(z) if self.norm == 'l1' else z * z).sum(axis=1)
                         for _, z in self.floats(self.matching(outputs))]
                if not terms:
                    return self.zero(outputs)
                return self.over_outputs([self.over_examples(t) for t in terms])

        return Energy

    def test_key(self, energy):
        assert Regularizer.get_class('ENERGY') is energy and energy().key == 'energy'

    def test_several_keys(self, registry):
        class First(Contractive, key='one', keys=['two', 'one']):
            __extra_registration_keys__ = ['three']

        class Second(First):
            pass

        assert [Regularizer.get_class(k) for k in ('one', 'two', 'three')] == [First] * 3
        assert First.__extra_registration_keys__ == ['one', 'two', 'three']
        assert (First().key, Second().key) == ('one', 'second')

    @pytest.mark.parametrize('given, said', [
        (dict(key=3), "key=3 is no string; expected a name"),
        (dict(keys='energy'), r"keys = 'energy' is one string; .*\['energy'\]"),
        (dict(keys=['a', 1]), 'keys = .* holds something else than strings; expected names'),
    ], ids=repr)
    def test_bad_keys(self, registry, given, said):
        before = dict(registry)
        with pytest.raises(TypeError, match='Mine: ' + said):
            type('Mine', (Contractive, ), {}, **given)
        assert registry == before

    def test_own_arguments_are_shown(self, energy):
        reg = energy(pattern='h', weight=1, norm='l1')
        assert repr(reg) == "Energy(pattern='h', weight=1.0, norm='l1')"

    def test_class_made_from_it(self, energy):
        class Scaled(energy):
            def __init__(self, scale, *args, **kwargs):
                super().__init__(*args, **kwargs)
                self.scale = scale

        assert repr(Scaled(2, norm='l1')) == (
            "Scaled(pattern=None, weight=0.0, norm='l1', scale=2)")
        with pytest.raises(TypeError, match="Scaled: unknown argument 'scael'; expected some of "
                                            "'pattern', 'weight', 'norm', 'scale'.*'scale'"):
            Scaled(scael=2)

    def test_arguments_that_are_swallowed(self, registry):
        class Swallows(Regularizer):
            def __init__(self, **kwargs):
                super().__init__()

            def loss(self, layers, outputs):
                return 1.

        with pytest.raises(TypeError, match="unknown argument 'wieght'.*Did you mean 'weight'"):
            Swallows(wieght=2)

    def test_choice(self, energy):
        with pytest.raises(ValueError, match="Energy: unknown norm 'L1'; expected one of 'l1'"):
            energy(norm='L1')

    @pytest.mark.parametrize('reduction', [None, 'mean', 'sum'])
    def test_value(self, energy, reduction, rng):
        a, b = TT.matrix('a'), TT.matrix('b')
        values = rng.randn(3, 4), rng.randn(3, 2)
        reg = energy(weight=0.5)
        if reduction:
            reg.reduction = reduction
        found = theano.function([a, b], reg({'a': a, 'b': b, 'again': a, 'ids': TT.iscalar()}))(
            *values)
        each = [(v ** 2).sum() / (1 if reduction == 'sum' else 3) for v in values]
        assert found == pytest.approx(0.5 * np.mean(each))
        with pytest.raises(TypeError, match="Energy: output 'ids' has the dtype int32"):
            energy(pattern='ids', weight=1)({'a': a, 'ids': TT.iscalar()})

    def test_no_examples_and_no_outputs(self, energy):
        a = TT.matrix('a')
        found = theano.function([a], energy(weight=1)({'a': a}))(np.zeros((0, 4)))
        assert found == 0
        with pytest.warns(UserWarning, match='matches no output'):
            assert energy(pattern='z', weight=1)({'a': a}).eval() == 0

    def test_mask(self, registry):
        class Steps(Regularizer, key='steps'):
            def __init__(self, mask=None, **kwargs):
                super().__init__(**kwargs)
                self.mask = self.as_mask(mask)

            def loss(self, layers, outputs):
                mask, outputs = self.find_mask(outputs)
                (name, z), = self.matching(outputs)
                return self.over_examples(self.valid(mask, name, z).sum(axis=1).astype(z.dtype))

        h, m = TT.tensor3('h'), TT.matrix('m')
        loss = theano.function([h, m], Steps('m').loss([], {'h': h, 'm': m}))
        assert loss(np.zeros((2, 3, 4)), np.array([[1, 1, 0], [1, 0, 0]])) == 1.5
        with pytest.raises(AssertionError, match='Steps: the shape'):
            loss(np.zeros((2, 3, 4)), np.ones((2, 2)))
        with pytest.raises(ValueError, match="Steps: mask 'n' is not among the outputs"):
            Steps('n').loss([], {'h': h, 'm': m})
        with pytest.raises(ValueError, match='Steps: the mask holds other values'):
            Steps(np.full((2, 3), 2))


def test_sum_of_many_penalties(rng):
    """More of them than a package's op has inputs; numbers among them."""
    from theanets_reg.regularizers import weights
    x = TT.vector('x')
    terms = [x[k] for k in range(40)] + [2., 0.5]
    value = rng.randn(40)
    assert theano.function([x], weights.total(terms))(value) == pytest.approx(value.sum() + 2.5)
    assert weights.total([2., 0.5]) == 2.5
