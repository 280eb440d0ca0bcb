"""Keywords to regularizers, and regularizers to a weighted sum."""

import warnings

import numpy as np
import pytest

from symbolic import TT, theano
from theanets_reg import (Contractive, RecurrentNorm, Regularizer, from_kwargs,
                          penalty)


def evaluate(expression, **inputs):
    free = [v for v in theano.gof.graph.inputs([expression])
            if v.name in inputs]
    return theano.function(free, expression)(*[inputs[v.name] for v in free])


@pytest.fixture
def graph(rng):
    """Outputs of a small custom model, and a value for its input."""
    x = TT.tensor3('x')
    w = theano.shared(rng.randn(3, 2))
    return {'h': TT.tanh(TT.dot(x, w))}, rng.randn(4, 5, 3)


def test_scalar_is_the_weight():
    (reg, ) = from_kwargs(None, recurrent_norm=0.1)
    assert isinstance(reg, RecurrentNorm) and reg.weight == 0.1


def test_dict_goes_to_the_constructor():
    (reg, ) = from_kwargs(None, contractive=dict(weight=0.1, pattern='hid1:out', wrt='in'))
    assert isinstance(reg, Contractive)
    assert (reg.weight, reg.pattern, reg.wrt) == (0.1, 'hid1:out', 'in')


def test_dict_is_not_changed():
    value = dict(weight=0.1, pattern='hid1:out')
    from_kwargs(None, contractive=value, regularizers={})
    assert value == dict(weight=0.1, pattern='hid1:out')


def test_instance_as_value():
    reg = Contractive(weight=0.1)
    assert from_kwargs(None, contractive=reg) == [reg]


def test_instance_of_another_class_as_value():
    with pytest.raises(TypeError, match='expected an instance of Contractive; give '
                                        'this one with regularizers='):
        from_kwargs(None, contractive=RecurrentNorm(weight=0.1))


@pytest.mark.parametrize('wrap', [lambda r: [r], lambda r: (r, ), lambda r: r],
                         ids=['list', 'tuple', 'instance'])
def test_regularizers(wrap):
    reg = Contractive(weight=0.1)
    assert from_kwargs(None, regularizers=wrap(reg)) == [reg]


def test_regularizers_dict():
    (reg, ) = from_kwargs(None, regularizers={'recurrent_norm': 0.1})
    assert isinstance(reg, RecurrentNorm) and reg.weight == 0.1


def test_regularizers_and_keywords_add_up():
    reg = Contractive(weight=0.1)
    assert len(from_kwargs(None, regularizers=[reg], recurrent_norm=1)) == 2


def test_given_twice():
    with pytest.raises(ValueError, match="'contractive' is given both"):
        from_kwargs(None, contractive=1, regularizers={'contractive': 2})


@pytest.mark.parametrize('value', [3, 'contractive', [Contractive], [0.1]], ids=repr)
def test_regularizers_that_are_none(value):
    with pytest.raises(TypeError, match='regularizers= holds .*expected instances'):
        from_kwargs(None, regularizers=value)


@pytest.mark.parametrize('value', ['0.1', None, float('nan'), [1]], ids=repr)
def test_bad_value(value):
    with pytest.raises((TypeError, ValueError), match='weight=.*expected a float'):
        from_kwargs(None, contractive=value)


def test_bad_argument_in_dict():
    with pytest.raises(TypeError, match="'patern'.*Did you mean 'pattern'"):
        from_kwargs(None, contractive=dict(weight=1, patern='h'))


def test_training_options_are_passed_over():
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        assert from_kwargs(None, learning_rate=0.1, momentum=0.9, rng=13, batch_size=64,
                           train_batches=10, patience=3, hidden_l1=0.1) == []


@pytest.mark.parametrize('name, meant', [
    ('contractve', 'contractive'), ('recurent_norm', 'recurrent_norm'),
    ('recurrent_norms', 'recurrent_norm'), ('Contractiv', 'contractive')])
def test_near_miss_warns_at_the_callers_line(name, meant):
    with pytest.warns(UserWarning, match="{!r}.*Did you mean {!r}".format(name, meant)) as caught:
        assert from_kwargs(None, **{name: 0.1}) == []
    assert caught[0].filename == __file__


def test_penalty_is_the_weighted_sum(graph):
    outputs, x = graph
    parts = [2 * RecurrentNorm().loss([], outputs), 3 * Contractive().loss([], outputs)]
    total = penalty(outputs, recurrent_norm=2, contractive=3)
    assert evaluate(total, x=x) == pytest.approx(
        sum(evaluate(part, x=x) for part in parts), rel=1e-12)
    assert evaluate(total, x=x) > 0


def test_penalty_of_nothing(graph):
    assert penalty(graph[0]) == 0


def test_penalty_refuses_other_keywords(graph):
    with pytest.raises(TypeError, match="'contractve' is not.*Did you mean 'contractive'"):
        penalty(graph[0], contractve=0.1)


def test_shared_weight_can_be_annealed(graph):
    outputs, x = graph
    weight = theano.shared(1.)
    total = penalty(outputs, recurrent_norm=weight)
    free = [v for v in theano.gof.graph.inputs([total]) if v.name == 'x']
    f = theano.function(free, total)
    once = f(x)
    weight.set_value(3.)
    assert f(x) == pytest.approx(3 * once)
    weight.set_value(0.)
    assert f(x) == 0


@pytest.mark.parametrize('kind', ['float', 'float64', 'shared'])
def test_weight_does_not_change_the_dtype(kind):
    weight = {'float': 0.1, 'float64': np.float64(0.1), 'shared': theano.shared(0.1)}[kind]
    h = TT.tensor3('h', dtype='float32')
    assert penalty({'h': h}, recurrent_norm=weight).dtype == 'float32'


def test_own_regularizer_by_keyword():
    before = dict(Regularizer._registry)

    class Mine(Regularizer):
        pass

    (reg, ) = from_kwargs(None, mine=dict(weight=1, pattern='a'))
    assert type(reg) is Mine
    Regularizer._registry.clear()
    Regularizer._registry.update(before)
