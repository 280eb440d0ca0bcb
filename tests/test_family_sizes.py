"""Penalties on the size of weights and of what hidden layers put out, against NumPy."""

import numpy as np
import pytest

from symbolic import TT, theano
import oracles
from oracles import RTOL
import theanets_reg
from theanets_reg import (ActivationL2, HiddenL1, UnmatchedPatternWarning, WeightL1, WeightL2,
                          penalty)

#: Keyword: of a variable or an array, what is averaged or added up.
OF_ELEMENTS = {'weight_l2': lambda v: v * v, 'weight_decay': lambda v: v * v,
               'weight_l1': abs, 'weight_sparsity': abs, 'hidden_l1': abs,
               'hidden_sparsity': abs, 'activation_l2': lambda v: v * v}
ON_WEIGHTS = ['weight_l2', 'weight_decay', 'weight_l1', 'weight_sparsity']
ON_OUTPUTS = ['hidden_l1', 'hidden_sparsity', 'activation_l2']
CLASSES = {'weight_l2': WeightL2, 'weight_l1': WeightL1, 'hidden_l1': HiddenL1,
           'activation_l2': ActivationL2}


def of_weights(key, values, elements='mean'):
    """Mean over the weights of the mean, or of the sum, over the elements of each."""
    return np.mean([getattr(OF_ELEMENTS[key](v), elements)() for v in values])


def of_outputs(key, values, elements='mean', reduction='mean', mask=None):
    """Mean over the outputs, mean or sum over the examples, mean or sum over elements."""
    terms = []
    for value in values:
        examples = [OF_ELEMENTS[key](v if mask is None else v[mask[b] == 1])
                    for b, v in enumerate(value)]
        each = [getattr(e, elements)() if e.size else 0. for e in examples]
        terms.append(getattr(np.array(each), reduction)() if each else 0.)
    return np.mean(terms)


class TestWeights:
    @pytest.mark.parametrize('key', ON_WEIGHTS)
    @pytest.mark.parametrize('elements', ['mean', 'sum'])
    def test_of_a_list(self, rng, key, elements):
        values = [rng.randn(3, 4), rng.randn(4), rng.randn(2, 3, 4)]
        params = [theano.shared(v, name=n) for n, v in zip('WbK', values)]
        expr = penalty({'x': TT.matrix('x')}, **{
            key: dict(weight=.5, elements=elements, params=params)})
        np.testing.assert_allclose(
            expr.eval(), .5 * of_weights(key, [values[0], values[2]], elements), rtol=RTOL)

    @pytest.mark.parametrize('key', ['weight_l2', 'weight_l1'])
    def test_gradient(self, rng, key):
        start = rng.randn(3, 4)
        W = theano.shared(start, name='W')
        loss = CLASSES[key](params=[W, W.T * 2], elements='sum').loss((), {})
        value = oracles.function([], loss)

        def moved(w):
            W.set_value(w)
            return value()

        expected = oracles.central_jacobian(moved, start)
        W.set_value(start)
        np.testing.assert_allclose(theano.grad(loss, W).eval(), expected, rtol=1e-6)

    def test_a_parameter_counts_once(self, rng):
        W, V = [theano.shared(rng.randn(2, 3)) for _ in range(2)]
        once, twice = [WeightL2(params=p).loss((), {}) for p in ([W, V], [W, V, W])]
        assert once.eval() == twice.eval()

    def test_pattern_of_a_dict(self, rng):
        params = {n: theano.shared(rng.randn(2, 3)) for n in ('in.w', 'out.w')}
        loss = WeightL1(pattern='out*', params=params).loss((), {})
        np.testing.assert_allclose(
            loss.eval(), abs(params['out.w'].get_value()).mean(), rtol=RTOL)

    def test_names_may_be_alike(self, rng):
        params = [theano.shared(rng.randn(2, 3), name='w') for _ in range(3)]
        loss = WeightL1(pattern='w', params=params).loss((), {})
        values = [p.get_value() for p in params]
        np.testing.assert_allclose(loss.eval(), of_weights('weight_l1', values), rtol=RTOL)

    @pytest.mark.parametrize('dtype', ['float16', 'float32'])
    def test_dtype(self, rng, dtype):
        W = theano.shared(np.full((4, 5), 300., dtype))
        loss = WeightL2(params=[W, W * 1]).loss((), {})
        assert loss.dtype == dtype
        expected = np.inf if dtype == 'float16' else 9e4
        np.testing.assert_allclose(loss.eval(), expected, rtol=1e-6)
        # 300 squared is no float16, but the mean of 30 squared is.
        W.set_value(np.full((4, 5), 30., dtype))
        np.testing.assert_allclose(loss.eval(), 900, rtol=1e-3)

    def test_neither_layers_nor_params(self):
        with pytest.raises(ValueError, match=r'no layers.*give params=\[W, V\]'):
            penalty({'x': TT.matrix('x')}, weight_l2=.1)

    def test_only_vectors(self):
        b = theano.shared(np.zeros(3), name='b')
        with pytest.raises(ValueError, match="two or more dimensions. There are: 'b'"):
            WeightL2(weight=1., params=[b])({})

    def test_integers(self):
        k = theano.shared(np.zeros((3, 2), 'int32'), name='k')
        with pytest.raises(TypeError, match="parameter 'k' has the dtype int32"):
            WeightL1(weight=1., params=[k])({})

    @pytest.mark.parametrize('given', [3., np.zeros((2, 2)), 'W'])
    def test_params_that_are_none(self, given):
        with pytest.raises(TypeError, match=r'expected variables, params=\[W, V\]'):
            WeightL2(params=given)
        with pytest.raises(TypeError, match='params= holds'):
            WeightL2(params=[given])


@pytest.mark.parametrize('key', sorted(CLASSES))
def test_elements_has_two_values(key):
    with pytest.raises(ValueError, match="unknown elements 'means'.*Did you mean 'mean'"):
        CLASSES[key](elements='means')


@pytest.mark.parametrize('key', sorted(CLASSES))
def test_symbolic_weight(rng, key):
    weight, W = theano.shared(.25, name='weight'), theano.shared(rng.randn(3, 4), name='W')
    kwargs = dict(params=[W]) if key in ON_WEIGHTS else {}
    outputs = {'h': W * 1}
    loss = CLASSES[key](**kwargs).loss((), outputs)
    total = CLASSES[key](weight=weight, **kwargs)(outputs)
    for number in .25, 2.:
        weight.set_value(number)
        np.testing.assert_allclose(total.eval(), number * loss.eval(), rtol=RTOL)


class TestOutputs:
    @pytest.mark.parametrize('key', ON_OUTPUTS)
    @pytest.mark.parametrize('elements', ['mean', 'sum'])
    @pytest.mark.parametrize('reduction', ['mean', 'sum'])
    @pytest.mark.parametrize('shape', [(4, ), (4, 5), (4, 3, 2), (3, 2, 2, 2)])
    def test_of_any_shape(self, rng, key, elements, reduction, shape):
        x = oracles.tensor(len(shape), 'x')
        outputs = {'x': x, 'h': TT.tanh(x), 'g': 2 * x}
        expr = penalty(outputs, **{
            key: dict(weight=.5, elements=elements, reduction=reduction)})
        value = rng.randn(*shape)
        np.testing.assert_allclose(
            oracles.value(expr, {x: value}),
            .5 * of_outputs(key, [np.tanh(value), 2 * value], elements, reduction), rtol=RTOL)

    @pytest.mark.parametrize('elements', ['mean', 'sum'])
    def test_documented_and_computed_today(self, rng, elements):
        x = TT.matrix('x')
        value = rng.randn(6, 3)
        expr = penalty({'h': x * 1}, hidden_l1=dict(weight=1., elements=elements))
        expected = abs(value).mean() if elements == 'mean' else abs(value).sum() / 6
        np.testing.assert_allclose(oracles.value(expr, {x: value}), expected, rtol=RTOL)

    @pytest.mark.parametrize('key', ON_OUTPUTS)
    @pytest.mark.parametrize('elements', ['mean', 'sum'])
    @pytest.mark.parametrize('time_axis', [0, 1])
    @pytest.mark.parametrize('reduction', ['mean', 'sum'])
    def test_sequences(self, rng, key, elements, time_axis, reduction):
        x = TT.tensor3('x')
        value = rng.randn(4, 3, 2)
        mask = np.array([[1, 1, 1], [1, 0, 0], [0, 0, 0], [1, 1, 0]])
        padded = np.where(mask[:, :, None], value, np.nan)
        given = padded if time_axis else padded.swapaxes(0, 1)
        expr = penalty({'h': x * 1}, **{key: dict(
            weight=1., elements=elements, mask=mask, time_axis=time_axis, reduction=reduction)})
        np.testing.assert_allclose(
            oracles.value(expr, {x: given}),
            of_outputs(key, [value], elements, reduction, mask=mask), rtol=RTOL)

    @pytest.mark.parametrize('key', ['hidden_l1', 'activation_l2'])
    @pytest.mark.parametrize('elements', ['mean', 'sum'])
    def test_gradient(self, rng, key, elements):
        x = TT.tensor3('x')
        loss = CLASSES[key](elements=elements, mask='m').loss(
            (), {'h': TT.tanh(x), 'm': TT.constant(np.array([[1, 1, 0], [1, 0, 0]]))})
        value, f = rng.randn(2, 3, 2), oracles.function([x], loss)
        np.testing.assert_allclose(
            oracles.value(theano.grad(loss, x), {x: value}),
            oracles.central_jacobian(f, value), rtol=1e-6, atol=1e-10)

    @pytest.mark.parametrize('key', ['hidden_l1', 'activation_l2'])
    @pytest.mark.parametrize('elements', ['mean', 'sum'])
    @pytest.mark.parametrize('shape', [(0, 3), (3, 0), (0, )])
    def test_nothing_there(self, key, elements, shape):
        x = oracles.tensor(len(shape), 'x')
        expr = CLASSES[key](weight=1., elements=elements)({'h': x * 1})
        assert oracles.value(expr, {x: np.zeros(shape)}) == 0

    def test_scalar(self):
        x = TT.scalar('x')
        assert oracles.value(HiddenL1(weight=2.)({'h': 3 * x}), {x: -1.}) == 6

    @pytest.mark.parametrize('dtype', ['float16', 'float32'])
    def test_dtype(self, dtype):
        x = oracles.tensor(2, 'x', dtype)
        expr = ActivationL2(weight=.5)({'h': x * np.asarray(1, dtype)})
        assert expr.dtype == dtype
        # The sum of the squares is no float16.
        found = oracles.value(expr, {x: np.full((10, 100), 200., dtype)})
        np.testing.assert_allclose(found, 2e4, rtol=1e-3)

    def test_what_is_no_float(self):
        x, k = TT.matrix('x'), TT.imatrix('k')
        outputs = {'h': abs(x), 'k': k + 1}
        given = {x: np.ones((2, 3)), k: np.full((2, 3), 7, 'int32')}
        assert oracles.value(HiddenL1(weight=1.)(outputs), given) == 1
        with pytest.raises(TypeError, match="output 'k' has the dtype int32"):
            HiddenL1(pattern='k', weight=1.)(outputs)

    def test_mask_without_time_axis(self):
        with pytest.raises(ValueError, match="output 'h' has no time axis"):
            HiddenL1(weight=1., mask=np.ones((2, 3)))({'h': TT.matrix('x') * 1})

    def test_no_match(self):
        with pytest.warns(UnmatchedPatternWarning, match="Did you mean 'hid1'"):
            found = ActivationL2(weight=1., pattern='hid2')({'hid1': TT.matrix('x') * 1})
        assert found.eval() == 0


NETS = {'feedforward': ([5, (4, 'tanh'), (3, 'relu'), 2], (6, 5)),
        'rnn': ([5, (4, 'rnn'), 2], (6, 3, 5))}


def build(theanets, kind, rng):
    layers, shape = NETS[kind]
    cls = theanets.Regressor if kind == 'feedforward' else theanets.recurrent.Regressor
    return cls(layers), [rng.randn(*shape), rng.randn(*shape[:-1] + (2, ))]


def expected(net, key, x, pattern=None, elements='mean'):
    """The penalty by NumPy on what the net holds and puts out."""
    if key in ON_WEIGHTS:
        values = [p.get_value() for p in net.params]
        return of_weights(key, [v for v in values if v.ndim > 1], elements)
    outputs = net.feed_forward(x)
    names = [l.output_name() for l in net.layers[1:-1]]
    return of_outputs(key, [outputs[n] for n in names], elements)


@pytest.mark.filterwarnings('error::theanets_reg.UnmatchedPatternWarning')
class TestTheanets:
    @pytest.mark.parametrize('kind', sorted(NETS))
    @pytest.mark.parametrize('key', ON_WEIGHTS + ON_OUTPUTS)
    def test_loss(self, theanets, rng, kind, key):
        net, arrays = build(theanets, kind, rng)
        for elements, given in [('mean', .25), ('mean', dict(weight=.25)),
                                ('sum', dict(weight=.25, elements='sum'))]:
            loss, err = oracles.function(
                net.variables, [net.loss(**{key: given}), net.loss()])(*arrays)
            np.testing.assert_allclose(
                loss, err + .25 * expected(net, key, arrays[0], elements=elements), rtol=RTOL)

    @pytest.mark.parametrize('kind', sorted(NETS))
    @pytest.mark.parametrize('key', ON_WEIGHTS + ON_OUTPUTS[:2])
    def test_default_is_what_theanets_trains_with(self, theanets, rng, kind, key):
        net, arrays = build(theanets, kind, rng)
        ours = net.loss(**{key: .25})
        theanets_reg.uninstall()
        theirs = net.loss(**{key: .25})
        assert type(theanets.regularizers.Regularizer.build(key)).__module__ == \
            'theanets.regularizers'
        one, other = oracles.function(net.variables, [ours, theirs])(*arrays)
        np.testing.assert_allclose(one, other, rtol=1e-12)

    @pytest.mark.parametrize('key, pattern', [
        ('weight_l2', 'hid1.w'), ('weight_l1', ['out.w']), ('hidden_l1', 'hid1:out')])
    def test_pattern(self, theanets, rng, key, pattern):
        net, arrays = build(theanets, 'feedforward', rng)
        loss, err = oracles.function(net.variables, [
            net.loss(**{key: dict(weight=.25, pattern=pattern)}), net.loss()])(*arrays)
        if key == 'hidden_l1':
            values = net.feed_forward(arrays[0])['hid1:out']
        else:
            values = net.find(key == 'weight_l2' and 'hid1' or 'out', 'w').get_value()
        np.testing.assert_allclose(
            loss, err + .25 * OF_ELEMENTS[key](values).mean(), rtol=RTOL)

    def test_bidirectional(self, theanets):
        net = theanets.recurrent.Regressor([5, (4, 'bidirectional'), 2])
        values = [p.get_value() for p in net.params if p.ndim > 1]
        assert len(values) == 5
        np.testing.assert_allclose(
            WeightL2().loss(net.layers, {}).eval(), of_weights('weight_l2', values), rtol=RTOL)

    @pytest.mark.parametrize('key', ON_WEIGHTS + ON_OUTPUTS)
    def test_reported_by_its_keyword(self, theanets, rng, key):
        net, arrays = build(theanets, 'feedforward', rng)
        before = expected(net, key, arrays[0])
        train, valid = next(net.itertrain(arrays, algo='sgd', batch_size=6, **{key: .25}))
        np.testing.assert_allclose(valid[key], before, rtol=RTOL)
        np.testing.assert_allclose(valid['loss'], valid['err'] + .25 * valid[key], rtol=RTOL)

    def test_unmatched(self, theanets):
        net = theanets.Regressor([5, 4, 2])
        with pytest.warns(UnmatchedPatternWarning, match="Did you mean 'hid1.w'"):
            assert WeightL2(weight=1., pattern='hid2.w')({}, net.layers) == 0


#: The loss after five updates by gradient descent, on Theano 1.0.5.
TRAINED = {
    'weight_l2': 1.4403314027852323,
    'weight_l1': 1.4552010447634653,
    'hidden_l1': 1.4842671960758858,
    'activation_l2': 1.4680317087953396,
    'spectral_norm': 1.5258591487473925,
    'contractive': 1.5632839848000561,
}


@pytest.mark.parametrize('key', sorted(TRAINED))
def test_trains_alike_on_both_packages(theanets, key):
    x, y = [np.random.RandomState(seed).randn(20, n) for seed, n in [(0, 8), (1, 4)]]
    net = theanets.Regressor([8, (6, 'tanh'), 4])
    steps = net.itertrain([x, y], algo='sgd', learning_rate=.05, momentum=.5, batch_size=20,
                          max_updates=5, **{key: .1})
    assert [float(train['loss']) for train, _ in steps][-1] == pytest.approx(
        TRAINED[key], rel=1e-10)
