"""Keywords to regularizers, and regularizers to a weighted sum."""

import copy
import pickle
import warnings

import numpy as np
import pytest

from symbolic import TT, theano
from theanets_reg import (Contractive, RecurrentNorm, RecurrentState, Regularizer,
                          from_kwargs, penalty)


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


@pytest.mark.parametrize('value', ['0.1', True, float('nan'), [True], [[1]]], ids=repr)
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
                           train_batches=10, patience=3, monitors={}) == []


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


@pytest.mark.parametrize('none', [None, False, np.bool_(False)], ids=repr)
def test_none_of_this_one(none):
    """As a keyword's value, in `regularizers=` in any form, and in a list."""
    for kwargs in (dict(contractive=none), dict(contractive=[none, none]),
                   dict(regularizers=none), dict(regularizers=[none]),
                   dict(regularizers={'contractive': none})):
        assert from_kwargs(None, **kwargs) == []
    (reg, ) = from_kwargs(None, contractive=none, recurrent_norm=.1)
    assert type(reg) is RecurrentNorm


def test_list_of_none():
    assert from_kwargs(None, contractive=[], regularizers=()) == []


def test_two_of_one_kind_by_one_keyword():
    given = Contractive('a', weight=3)
    regs = from_kwargs(None, contractive=[dict(weight=1, pattern='h'), 2, given, None])
    assert [(type(r), r.weight, r.pattern) for r in regs] == [
        (Contractive, 1., 'h'), (Contractive, 2., None), (Contractive, 3., 'a')]
    assert regs[2] is given
    assert len(from_kwargs(None, regularizers={'contractive': (1, 2)})) == 2


def test_penalty_of_two_of_one_kind(graph):
    outputs, x = graph
    total = penalty(outputs, recurrent_norm=[2, dict(weight=3, norm='l2')])
    parts = 2 * RecurrentNorm().loss([], outputs), 3 * RecurrentNorm(norm='l2').loss([], outputs)
    assert evaluate(total, x=x) == pytest.approx(
        sum(evaluate(p, x=x) for p in parts), rel=1e-12)


POSITIONAL = {
    'instance': lambda a, b: ((a, b), {}),
    'list': lambda a, b: (([a, b], ), {}),
    'tuple and keyword': lambda a, b: (((a, ), ), dict(recurrent_norm=3)),
    'dict': lambda a, b: (({'contractive': dict(weight=2, pattern='h'), 'recurrent_norm': 3}, ), {}),
    'instance and dict in a list': lambda a, b: (([a, {'recurrent_norm': 3}], ), {}),
    'instance, none and keyword': lambda a, b: ((a, None), dict(recurrent_norm=b)),
    'regularizers=': lambda a, b: ((a, ), dict(regularizers=[b])),
}


@pytest.mark.parametrize('how', sorted(POSITIONAL))
def test_penalty_takes_regularizers_by_position(graph, how):
    """Where `layers` was: a regularizer there had no effect."""
    outputs, x = graph
    args, kwargs = POSITIONAL[how](Contractive('h', weight=2), RecurrentNorm(weight=3))
    expected = 2 * Contractive('h').loss([], outputs) + 3 * RecurrentNorm().loss([], outputs)
    got = evaluate(penalty(outputs, *args, **kwargs), x=x)
    assert got == pytest.approx(evaluate(expected, x=x), rel=1e-12)
    assert got > 0


class Layer(object):
    def __init__(self, name):
        self.output_name = name


def test_penalty_takes_layers_by_name(graph):
    outputs, x = graph
    outputs = dict(outputs, out=2 * outputs['h'])
    layers = [Layer('h'), Layer('out')]
    got = penalty(outputs, contractive=2, layers=layers)
    assert evaluate(got, x=x) == pytest.approx(
        2 * evaluate(Contractive('h').loss([], outputs), x=x), rel=1e-12)
    with pytest.raises(TypeError, match='a layer; give layers by name: .*layers=net.layers'):
        penalty(outputs, layers, contractive=2)


@pytest.mark.parametrize('kwargs', [{}, {'layers': [Layer('h')]}], ids=['none', 'layers'])
def test_penalty_without_a_regularizer(graph, kwargs):
    with pytest.raises(TypeError, match=r'no regularizer was given; expected one as in '
                                        r'penalty\(outputs, contractive=0.1\)'):
        penalty(graph[0], **kwargs)


@pytest.mark.parametrize('args, kwargs', [
    ((None, ), {}), ((False, ), {}), ((0, ), {}), (([], ), {}), (({}, ), {}), (([], None), {}),
    ((), {'contractive': None}), ((), {'contractive': False}), ((), {'contractive': 0}),
    ((), {'contractive': []}), ((), {'contractive': np.float32(0)}),
    ((), {'regularizers': None}), ((), {'regularizers': 0}), (({'contractive': 0.}, ), {}),
    ((Contractive(weight=0), ), {})], ids=str)
@pytest.mark.parametrize('floatX', ['float32', 'float64'])
def test_penalty_that_is_meant_to_be_nothing(graph, monkeypatch, args, kwargs, floatX):
    """And nothing is computed for it."""
    monkeypatch.setattr(theano.config, 'floatX', floatX)
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        nothing = penalty(graph[0], *args, **kwargs)
    assert nothing.owner is None and nothing.ndim == 0 and nothing.dtype == floatX
    assert nothing.eval() == 0


@pytest.mark.parametrize('given', [0.1, 'contractive', Contractive, object()], ids=str)
def test_penalty_of_what_is_no_regularizer(graph, given):
    with pytest.raises(TypeError, match='a regularizer was given as .*; expected instances '
                                        "of Regularizer, or a dict such as .'contractive': 0.1"):
        penalty(graph[0], given)


def test_penalty_of_a_name_given_twice(graph):
    with pytest.raises(ValueError, match="'contractive' is given both"):
        penalty(graph[0], {'contractive': 1}, contractive=2)


NO_OUTPUTS = {
    'variable': (lambda h: h, 'the outputs are a .*Variable'),
    'list': (lambda h: [h], 'the outputs are a list'),
    'none': (lambda h: None, 'the outputs are None'),
    'array': (lambda h: {'h': h, 'a': np.ones(3)}, "output 'a' is a.? ndarray"),
    'none among them': (lambda h: {'h': h, 'a': None}, "output 'a' is None"),
    'key': (lambda h: {h: h}, 'the name of an output is a .*Variable'),
    'number as a key': (lambda h: {1: h}, 'the name of an output is 1'),
}


@pytest.mark.parametrize('call', [
    lambda outputs: penalty(outputs, contractive=.1),
    lambda outputs: penalty(outputs, contractive=0),
    Contractive('*', weight=.1), RecurrentNorm(weight=.1),
    lambda outputs: Contractive().loss([], outputs),
    lambda outputs: Contractive('h').loss([], outputs),
    lambda outputs: RecurrentNorm().loss([], outputs),
    lambda outputs: RecurrentState().loss([], outputs),
    lambda outputs: Regularizer().loss([], outputs),
    lambda outputs: Regularizer('h').matching(outputs),
], ids=['penalty', 'zero', 'contractive', 'norm', 'contractive-loss', 'h-loss', 'norm-loss',
        'state-loss', 'base-loss', 'matching'])
@pytest.mark.parametrize('kind', sorted(NO_OUTPUTS))
def test_outputs_that_are_none(graph, call, kind):
    make, said = NO_OUTPUTS[kind]
    with pytest.raises(TypeError, match=said + '; expected '):
        call(make(graph[0]['h']))


FORGOTTEN = {
    'dict': dict(contractive=dict(pattern='h')),
    'instance': dict(contractive=Contractive(pattern='h')),
    'in a list': dict(contractive=[Contractive(pattern='h')]),
    'regularizers': dict(regularizers=[Contractive(pattern='h')]),
    'copy': dict(regularizers=copy.copy(Contractive(pattern='h'))),
    'deepcopy': dict(regularizers=copy.deepcopy(Contractive(pattern='h'))),
    'pickle': dict(regularizers=pickle.loads(pickle.dumps(Contractive(pattern='h')))),
}


@pytest.mark.parametrize('how', sorted(FORGOTTEN))
def test_forgotten_weight_warns_at_the_callers_line(graph, how):
    for call in (lambda: from_kwargs(None, **FORGOTTEN[how]),
                 lambda: penalty(graph[0], **FORGOTTEN[how])):
        with pytest.warns(UserWarning) as caught:
            call()
        assert [str(w.message).split(';')[0] for w in caught] == [
            'Contractive: no weight was given, so this penalty has no effect']
        assert caught[0].filename == __file__


def test_forgotten_weight_of_a_regularizer_that_is_called(graph):
    with pytest.warns(UserWarning, match='RecurrentNorm: no weight was given') as caught:
        assert RecurrentNorm()(graph[0]).eval() == 0
    assert caught[0].filename == __file__


@pytest.mark.parametrize('zero', [0, 0., -0., np.float32(0), np.int64(0), np.array(0.)],
                         ids=repr)
def test_explicit_zero_is_no_forgotten_weight(zero):
    """Not even after a copy; and both are shown and told apart by theanets alike."""
    reg = Contractive(weight=zero)
    for one in (reg, copy.copy(reg), copy.deepcopy(reg), pickle.loads(pickle.dumps(reg))):
        with warnings.catch_warnings():
            warnings.simplefilter('error')
            assert from_kwargs(None, contractive=one) == [one]
    assert type(Contractive().weight) is float
    assert str(Contractive().weight) == str(Contractive(weight=0).weight) == '0.0'
    assert repr(Contractive()) == repr(Contractive(weight=0))


def test_weight_of_what_only_changes_the_graph_is_its_own_matter():
    class Halve(Regularizer):
        def modify_graph(self, outputs):
            outputs.update({name: z / 2 for name, z in outputs.items()})

    try:
        with warnings.catch_warnings():
            warnings.simplefilter('error')
            assert len(from_kwargs(None, regularizers=Halve())) == 1
    finally:
        del Regularizer._registry['halve']


def test_zero_refuses_nothing():
    """A search over weights goes through 0: nothing is built that could fail."""
    s = theano.sparse.csr_matrix('s', dtype='float64')
    outputs = {'h': theano.sparse.dot(s, TT.constant(np.ones((3, 2)))), 's': s}
    for nothing in (penalty(outputs, contractive=0, recurrent_norm=0),
                    Contractive(weight=0)(outputs)):
        assert nothing.owner is None and nothing.eval() == 0
    with pytest.raises(TypeError):
        penalty(outputs, contractive=1)


def test_shared_zero_is_built(graph):
    outputs, x = graph
    weight = theano.shared(0.)
    total = penalty(outputs, contractive=weight)
    assert evaluate(total, x=x) == 0
    weight.set_value(1.)
    assert evaluate(total, x=x) > 0


@pytest.mark.parametrize('reg', [Contractive('h', weight=.25), RecurrentNorm(weight=2.),
                                 RecurrentState(weight=.5)], ids=lambda r: type(r).__name__)
def test_called_regularizer_is_weight_times_loss(graph, reg):
    outputs, x = graph
    expected = reg.weight * evaluate(reg.loss([], outputs), x=x)
    assert evaluate(reg(outputs), x=x) == pytest.approx(expected, rel=1e-12)
    assert expected > 0


def test_called_regularizer_takes_layers(graph):
    outputs, x = graph
    outputs = dict(outputs, out=2 * outputs['h'])
    got = Contractive(weight=.5)(outputs, layers=[Layer('h'), Layer('out')])
    assert evaluate(got, x=x) == pytest.approx(
        .5 * evaluate(Contractive('h').loss([], outputs), x=x), rel=1e-12)


def test_called_regularizer_keeps_the_dtype():
    h = TT.tensor3('h', dtype='float32')
    for weight in (.1, theano.shared(.1)):
        assert RecurrentNorm(weight=weight)({'h': h}).dtype == 'float32'


def test_private_classes_are_not_offered(graph):
    for call in (lambda: penalty(graph[0], transitions=1), lambda: Regularizer.build('ransitions')):
        with pytest.raises((TypeError, KeyError)) as error:
            call()
        assert 'recurrent_norm' in str(error.value)
        assert "'_transitions'" not in str(error.value)


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
        def loss(self, layers, outputs):
            return 0.

    (reg, ) = from_kwargs(None, mine=dict(weight=1, pattern='a'))
    assert type(reg) is Mine
    Regularizer._registry.clear()
    Regularizer._registry.update(before)
