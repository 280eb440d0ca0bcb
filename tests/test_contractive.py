"""The values and gradients of Contractive."""

import inspect

import numpy as np
import pytest

from symbolic import MRG_RandomStreams, RandomStreams, TT, theano
import oracles
from oracles import EXACT, RTOL, tensor, value
from theanets_reg import Contractive, UnmatchedPatternWarning
from theanets_reg.jacobian import squared_norms

every_method = pytest.mark.parametrize('method', EXACT)
every_stream = pytest.mark.parametrize(
    'streams', [MRG_RandomStreams, RandomStreams], ids=['mrg', 'raw'])


def dense(rng, x, *sizes, **kwargs):
    """Layers on x: weights are arrays, so that no input hides in them."""
    activation = kwargs.get('activation', TT.tanh)
    for nin, nout in zip(sizes, sizes[1:]):
        x = activation(TT.dot(x, rng.randn(nin, nout)) + rng.randn(nout))
    return x


def batch_norm(z):
    """Every example depends on the others of the batch."""
    return (z - z.mean(axis=0)) / TT.sqrt(z.var(axis=0) + 0.1)


def recurrent(rng, x, units):
    """x (batch, time, inputs) -> states (batch, time, units)."""
    W, U = rng.randn(x.ndim, units), rng.randn(units, units)
    h, _ = theano.scan(
        lambda x, h, W, U: TT.tanh(TT.dot(x, W) + TT.dot(h, U)),
        sequences=[x.dimshuffle(1, 0, 2)], non_sequences=[TT.constant(W), TT.constant(U)],
        outputs_info=[TT.zeros((x.shape[0], units), dtype=x.dtype)])
    return h.dimshuffle(1, 0, 2)


#: name -> (shape of x, how h comes from rng and x). Convolution and pooling need
#: the C compiler: see test_c_compiler.py.
GRAPHS = {
    'affine': ((4, 3), lambda rng, x: dense(rng, x, 3, 5, activation=lambda a: a)),
    'sigmoid': ((4, 3), lambda rng, x: dense(rng, x, 3, 5, activation=TT.nnet.sigmoid)),
    'relu': ((4, 3), lambda rng, x: dense(rng, x, 3, 5, activation=TT.nnet.relu)),
    'softplus': ((4, 3), lambda rng, x: dense(rng, x, 3, 5, activation=TT.nnet.softplus)),
    'softmax': ((4, 3), lambda rng, x: dense(rng, x, 3, 5, activation=TT.nnet.softmax)),
    'tied': ((4, 3), lambda rng, x: TT.tanh(TT.dot(TT.tanh(TT.dot(x, W3)), W3.T))),
    'deep': ((3, 3), lambda rng, x: dense(rng, x, 3, 4, 2, 5)),
    'batch-of-1': ((1, 3), lambda rng, x: dense(rng, x, 3, 2)),
    'one-unit': ((3, 1), lambda rng, x: dense(rng, x, 1, 1)),
    'elementwise': ((4, 3), lambda rng, x: x ** 3),
    'input-itself': ((4, 3), lambda rng, x: x),
    'twice': ((4, 3), lambda rng, x: dense(rng, x, 3, 3) * x),
    'skip': ((4, 3), lambda rng, x: x + dense(rng, x, 3, 3)),
    'gated': ((4, 3), lambda rng, x: dense(rng, x, 3, 2) * TT.dot(x, rng.randn(3, 2))),
    'joined': ((4, 3), lambda rng, x: TT.concatenate([dense(rng, x, 3, 2), x ** 2], axis=1)),
    'stacked': ((3, 2), lambda rng, x: TT.concatenate([dense(rng, x, 2, 2), x ** 2], axis=0)),
    'batch-norm': ((4, 3), lambda rng, x: batch_norm(dense(rng, x, 3, 2))),
    'centred': ((4, 3), lambda rng, x: x - x.mean(axis=0)),
    'reversed': ((4, 3), lambda rng, x: dense(rng, x, 3, 2)[::-1]),
    'shifted': ((4, 3), lambda rng, x: x[1:] * x[:-1]),
    'first-example': ((4, 3), lambda rng, x: dense(rng, x, 3, 2)[0]),
    'gram': ((4, 3), lambda rng, x: TT.dot(x, x.T)),
    'transposed': ((4, 3), lambda rng, x: dense(rng, x, 3, 2).T),
    'square': ((3, 3), lambda rng, x: TT.dot(W3.T, x)),
    'flattened': ((4, 3), lambda rng, x: dense(rng, x, 3, 2).flatten()),
    'regrouped': ((4, 3), lambda rng, x: dense(rng, x, 3, 2).reshape((2, 4))),
    'units-added': ((4, 3), lambda rng, x: dense(rng, x, 3, 2).sum(axis=1)),
    'batch-added': ((4, 3), lambda rng, x: dense(rng, x, 3, 2).sum(axis=0)),
    'scalar': ((4, 3), lambda rng, x: dense(rng, x, 3, 2).mean()),
    'scalar-by-scalar': ((), lambda rng, x: TT.sin(x)),
    'vector-by-scalar': ((), lambda rng, x: TT.sin(x * np.arange(1., 4))),
    'vector': ((5, ), lambda rng, x: TT.sin(x)),
    'vector-outer': ((3, ), lambda rng, x: TT.sin(TT.outer(x, TT.arange(1., 4)))),
    'three-axes': ((2, 3, 4), lambda rng, x: dense(rng, x, 4, 2)),
    'recurrent': ((2, 3, 3), lambda rng, x: recurrent(rng, x, 2)),
    'last-state': ((2, 3, 3), lambda rng, x: recurrent(rng, x, 2)[:, -1]),
}
W3 = np.random.RandomState(3).randn(3, 3)

every_graph = pytest.mark.parametrize('graph', sorted(GRAPHS))


def build(graph, rng):
    shape, make = GRAPHS[graph]
    x = tensor(len(shape), 'x')
    return x, make(rng, x), np.asarray(rng.randn(*shape))


class TestFormula:
    @every_graph
    @every_method
    def test_by_central_differences(self, rng, graph, method):
        x, h, given = build(graph, rng)
        got = value(squared_norms(h, x, method=method), {x: given})
        expected = oracles.contractive_norms(oracles.function([x], h), given)
        assert got.shape == expected.shape
        np.testing.assert_allclose(got, expected, rtol=RTOL, atol=1e-9)

    @pytest.mark.parametrize('graph', sorted(g for g, (shape, _) in GRAPHS.items() if shape))
    @every_method
    def test_by_the_literal_jacobian(self, rng, graph, method):
        x, h, given = build(graph, rng)
        got, expected = value([squared_norms(h, x, method=method),
                               oracles.literal_norms(h, x)], {x: given})
        np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-15)
        assert (got >= 0).all()

    @pytest.mark.parametrize('reduction', ['mean', 'sum'])
    @every_method
    def test_penalty(self, rng, reduction, method):
        """Mean over the examples and over the outputs."""
        x, h, given = build('deep', rng)
        outputs = {'x': x, 'h': h, 'g': dense(rng, x, 3, 4)}
        reg = Contractive(('h', 'g'), reduction=reduction, method=method, weight=7.)
        np.testing.assert_allclose(
            value(reg.loss([], outputs), {x: given}),
            oracles.contractive(outputs, {x: given}, 'hg', [x], reduction), rtol=RTOL)

    def test_in_closed_form(self, rng):
        """sum_k (1 - h_k^2)^2 |W_k|^2, as published for the sigmoid's sister."""
        W, given = rng.randn(3, 5), rng.randn(4, 3)
        x = TT.matrix('x')
        got = value(Contractive('h').loss([], {'h': TT.tanh(TT.dot(x, W))}), {x: given})
        slope = 1 - np.tanh(given.dot(W)) ** 2
        expected = np.mean([(slope[b] ** 2 * (W ** 2).sum(axis=0)).sum() for b in range(4)])
        np.testing.assert_allclose(got, expected, rtol=1e-12)

    def test_is_not_the_gradient_of_the_mean(self, rng):
        """Two units that cancel: the published code gives 0."""
        x = TT.matrix('x')
        h = TT.concatenate([x, -x], axis=1)
        got = value(Contractive('h').loss([], {'h': h}), {x: rng.randn(4, 3)})
        np.testing.assert_allclose(got, 6., rtol=1e-12)

    @pytest.mark.parametrize('make', [
        pytest.param(lambda x: TT.gt(x, 0).astype(x.dtype), id='comparison'),
        pytest.param(lambda x: TT.argmax(x, axis=1).astype(x.dtype), id='argmax'),
        pytest.param(theano.gradient.disconnected_grad, id='disconnected'),
        pytest.param(theano.gradient.zero_grad, id='zero'),
        pytest.param(lambda x: TT.ones((4, 2)) * x.shape[0], id='shape'),
        pytest.param(lambda x: TT.constant(W3), id='constant'),
    ])
    @every_method
    def test_zero_where_nothing_depends(self, rng, make, method):
        x = TT.matrix('x')
        got = value(squared_norms(make(x), x, method=method), {x: rng.randn(4, 3)})
        np.testing.assert_array_equal(got, np.zeros(4))


class TestGradient:
    @every_method
    @pytest.mark.parametrize('activation', [TT.tanh, TT.nnet.sigmoid, TT.nnet.softmax],
                             ids=['tanh', 'sigmoid', 'softmax'])
    def test_verify_grad(self, rng, activation, method):
        """By the input, the weights and the bias."""
        def penalty(x, W, b):
            return Contractive('h', wrt='x', method=method).loss(
                [], {'x': x, 'h': activation(TT.dot(x, W) + b)})
        theano.gradient.verify_grad(
            penalty, [rng.randn(3, 4), rng.randn(4, 2), rng.randn(2)], rng=rng)

    @every_method
    @pytest.mark.parametrize('graph', ['deep', 'recurrent', 'batch-norm', 'scalar', 'twice'])
    def test_by_central_differences(self, rng, graph, method):
        x, h, given = build(graph, rng)
        penalty = Contractive('h', method=method).loss([], {'h': h})
        f = oracles.function([x], penalty)
        np.testing.assert_allclose(
            value(theano.grad(penalty, x), {x: given}),
            oracles.central_jacobian(f, given), rtol=RTOL, atol=1e-7)

    @every_method
    def test_of_a_shared_weight(self, rng, method):
        """What a trainer asks for."""
        W = theano.shared(rng.randn(3, 4), 'W')
        x = TT.matrix('x')
        penalty = Contractive('h', method=method).loss([], {'h': TT.tanh(TT.dot(x, W))})
        given, at = rng.randn(5, 3), W.get_value()

        def f(weights):
            W.set_value(weights)
            return compiled(given)
        compiled = oracles.function([x], penalty)
        expected = oracles.central_jacobian(f, at)
        W.set_value(at)
        np.testing.assert_allclose(
            value(theano.grad(penalty, W), {x: given}), expected, rtol=RTOL, atol=1e-8)


class TestFloat32:
    @every_method
    @pytest.mark.parametrize('layers', [1, 2])
    @pytest.mark.parametrize('reduction', ['mean', 'sum'])
    def test_stays_float32(self, rng, method, layers, reduction):
        x = TT.fmatrix('x')
        W, V = rng.randn(3, 4).astype('float32'), rng.randn(4, 2).astype('float32')
        h = TT.nnet.sigmoid(TT.dot(x, W))
        h = TT.tanh(TT.dot(h, V)) if layers == 2 else h
        reg = Contractive(('h', 'g'), method=method, reduction=reduction)
        penalty = reg.loss([], {'h': h, 'g': h ** 2})
        gradient = theano.grad(penalty, x)
        assert penalty.dtype == gradient.dtype == 'float32'
        compiled = oracles.function([x], [penalty, gradient])
        assert 'float64' not in oracles.dtypes_within(compiled)
        assert all(v.dtype == 'float32' for v in compiled(rng.randn(5, 3).astype('float32')))

    @every_method
    def test_zero_is_float32(self, method):
        x = TT.fmatrix('x')
        assert squared_norms(TT.fmatrix(), x, method=method).dtype == 'float32'


class TestInputs:
    """What `wrt` means."""

    def graph(self, rng):
        x, y, ids = TT.matrix('x'), TT.matrix('y'), TT.lvector('ids')
        h = TT.tanh(TT.dot(x, rng.randn(3, 4)) + TT.dot(y, rng.randn(2, 4))
                    + TT.constant(rng.randn(5, 4))[ids])
        outputs = {'x': x, 'y': y, 'ids': ids, 'h': h, 'only y': TT.sin(y)}
        values = {x: rng.randn(4, 3), y: rng.randn(4, 2), ids: np.arange(4)}
        return outputs, values

    def check(self, rng, reg, targets, wrts):
        outputs, values = self.graph(rng)
        np.testing.assert_allclose(
            value(reg.loss([], outputs), values),
            oracles.contractive(outputs, values, targets, [outputs[w] for w in wrts]),
            rtol=RTOL)

    @pytest.mark.parametrize('wrt, names', [
        ('*', 'xy'), ('x', 'x'), ('y', 'y'), ('[xy]', 'xy'), (['x', 'y'], 'xy'),
        (('x', 'x'), 'x'), (('x', '*'), 'xy'),
    ], ids=str)
    @every_method
    def test_several_add_up(self, rng, wrt, names, method):
        """Each once, integers not at all."""
        self.check(rng, Contractive('h', wrt=wrt, method=method), ['h'], names)

    @every_method
    def test_scalars_by_name_only(self, rng, method):
        """A keep rate is an input, but not the data."""
        x, keep, given = TT.dmatrix('x'), TT.dscalar('keep'), rng.randn(3, 2)
        outputs, values = {'h': x / keep}, {x: given, keep: .5}
        for wrt, expected in (('*', 2 * 2. ** 2), ('x', 2 * 2. ** 2),
                              ('keep', (given ** 2).sum() * 4. ** 2)):
            loss = Contractive('h', wrt=wrt, method=method).loss([], outputs)
            np.testing.assert_allclose(value(loss, values), expected, rtol=RTOL)

    @every_method
    def test_output_that_does_not_depend_on_one(self, rng, method):
        """It contributes nothing, but is one of the outputs all the same."""
        self.check(rng, Contractive('only y', method=method), ['only y'], 'xy')
        self.check(rng, Contractive(['h', 'only y'], wrt='x', method=method),
                   ['h', 'only y'], 'x')

    def test_depends_on_none(self, rng):
        outputs, values = self.graph(rng)
        assert value(Contractive('only y', wrt='x').loss([], outputs), values) == 0

    @every_method
    def test_name_in_outputs_of_an_unnamed_input(self, rng, method):
        x = TT.matrix()
        h, given = TT.sin(x) * 2, rng.randn(3, 2)
        expected = np.mean((4 * np.cos(given) ** 2).sum(axis=1))
        for outputs, wrt in (({'h': h, 'data': x}, 'data'), ({'h': h}, '*'),
                             ({'h': h, 'data': x}, '*')):
            reg = Contractive('h', wrt=wrt, method=method)
            np.testing.assert_allclose(
                value(reg.loss([], outputs), {x: given}), expected, rtol=RTOL)

    def test_same_name_twice(self, rng):
        """Two inputs may have one name: a glob takes both."""
        a, b = TT.matrix('x'), TT.matrix('x')
        outputs = {'h': TT.sin(a) + b ** 2}
        values = {a: rng.randn(3, 2), b: rng.randn(3, 2)}
        np.testing.assert_allclose(
            value(Contractive('h', wrt='x').loss([], outputs), values),
            oracles.contractive(outputs, values, 'h', [a, b]), rtol=RTOL)

    @every_method
    def test_intermediate_output(self, rng, method):
        x = TT.matrix('x')
        h = dense(rng, x, 3, 4)
        z = dense(rng, h, 4, 2)
        given = rng.randn(5, 3)
        got = value(Contractive('z', wrt='h', method=method).loss([], {'h': h, 'z': z}),
                    {x: given})
        state = oracles.function([x], h)(given)
        f = oracles.function([h], z)
        np.testing.assert_allclose(got, oracles.contractive_norms(f, state).mean(), rtol=RTOL)

    @pytest.mark.parametrize('wrt', ['data', '*'])
    @every_method
    def test_data_in_a_shared_variable(self, rng, wrt, method):
        given = rng.randn(4, 3)
        x = theano.shared(given, 'X')
        h = TT.sin(x)
        reg = Contractive('h', wrt=wrt, method=method)
        got = value(reg.loss([], {'data': x, 'h': h}), {})
        np.testing.assert_allclose(
            got, (np.cos(given) ** 2).sum(axis=1).mean(), rtol=RTOL)

    @every_method
    def test_data_in_a_named_shared_variable(self, rng, method):
        """As PyMC's pm.Data keeps them: in the graph, and not among the outputs."""
        given, W = rng.randn(4, 3), theano.shared(rng.randn(3, 2), 'W')
        h = TT.tanh(TT.dot(theano.shared(given, 'data'), W))
        f = lambda x: np.tanh(x.dot(W.get_value()))   # noqa: E731
        for wrt in ('data', 'dat?', ['data']):
            got = value(Contractive('h', wrt=wrt, method=method).loss([], {'h': h}), {})
            np.testing.assert_allclose(
                got, oracles.contractive_norms(f, given).mean(), rtol=RTOL)

    def test_named_shared_variables_are_listed(self, rng):
        h = TT.dot(theano.shared(rng.randn(4, 3), 'data'), theano.shared(rng.randn(3, 2), 'W'))
        ids = theano.shared(np.arange(4), 'ids')
        for wrt, hint in (('*', None), ('dta', 'data')):
            with pytest.raises(ValueError) as error:
                Contractive('h', wrt=wrt).loss([], {'h': h + ids.dimshuffle(0, 'x')})
            message = str(error.value)
            assert 'of the shared variables: data (float64), W (float64); or of' in message
            assert 'ids' not in message
            assert ('Did you mean' in message) == (hint is not None)
            assert hint is None or 'Did you mean {!r}?'.format(hint) in message

    def test_inputs_and_outputs_come_before_shared_variables(self, rng):
        """A name means what it meant where there is an input or an output of that name."""
        given, x = rng.randn(4, 3), TT.matrix('a')
        h = TT.dot(x, theano.shared(rng.randn(3, 2), 'a'))
        z = h ** 2 + theano.shared(np.ones(2), 'h')
        state = oracles.function([x], h)(given)
        outputs = {'h': h, 'z': z}
        for wrt, expected in (('a', oracles.contractive_norms(oracles.function([x], z), given)),
                              ('h', (4 * state ** 2).sum(axis=1))):
            got = value(Contractive('z', wrt=wrt).loss([], outputs), {x: given})
            np.testing.assert_allclose(got, expected.mean(), rtol=RTOL)

    def test_name_that_looks_like_a_glob(self, rng):
        a, b = TT.matrix('x[1]'), TT.matrix('x1')
        outputs, values = {'h[1]': a ** 2 + b, 'h1': 3 * a}, {a: rng.randn(3, 2), b: rng.randn(3, 2)}
        got = value(Contractive('h[1]', wrt='x1').loss([], outputs), values)
        np.testing.assert_allclose(got, (2. + 0) / 2)        # of both h[1] and h1, by x1 alone
        got = value(Contractive(['h[[]1]'], wrt=['x[[]1]']).loss([], outputs), values)
        np.testing.assert_allclose(got, (4 * values[a] ** 2).sum(axis=1).mean())
        got = value(Contractive(['h[[]1]'], wrt=['x[1]']).loss([], outputs), values)
        np.testing.assert_allclose(got, (4 * values[a] ** 2).sum(axis=1).mean() + 2)

    def test_shared_parameters_are_no_inputs(self, rng):
        x, W = TT.matrix('x'), theano.shared(rng.randn(3, 4), 'W')
        outputs = {'W': W, 'h': TT.dot(x, W)}
        got = value(Contractive('h').loss([], outputs), {x: rng.randn(5, 3)})
        np.testing.assert_allclose(got, (W.get_value() ** 2).sum(), rtol=RTOL)

    def test_everything_never_means_the_output_itself(self, rng):
        """Data in a shared variable that is not among the outputs."""
        h = TT.sin(theano.shared(rng.randn(4, 3)))
        with pytest.raises(ValueError, match='matches no floating input'):
            Contractive('h').loss([], {'h': h})

    @pytest.mark.parametrize('wrt, hint', [
        ('X', 'x'), ('yy', 'y'), (('x', 'hh'), 'h'), ('nothing like it', None)], ids=str)
    def test_that_match_nothing(self, rng, wrt, hint):
        outputs, _ = self.graph(rng)
        with pytest.raises(ValueError) as error:
            Contractive('h', wrt=wrt).loss([], outputs)
        message = str(error.value)
        given = wrt if isinstance(wrt, str) else wrt[-1]
        assert 'wrt={!r} matches no floating input'.format(given) in message
        for part in ('Name one of', 'x (float', 'y (float', 'ids (int64)', "'only y'"):
            assert part in message
        assert ('Did you mean' in message) == (hint not in (None, 'x'))
        assert hint in (None, 'x') or 'Did you mean {!r}?'.format(hint) in message

    @pytest.mark.parametrize('wrt', ['ids', '*'])
    def test_only_integers(self, wrt):
        """An input that has no derivative is not suggested as the one that was meant."""
        ids = TT.lmatrix('ids')
        with pytest.raises(ValueError) as error:
            Contractive('h', wrt=wrt).loss([], {'ids': ids, 'h': ids * .5})
        assert 'ids (int64)' in str(error.value)
        assert "Did you mean 'ids'" not in str(error.value)

    def test_unnamed_are_listed(self):
        with pytest.raises(ValueError, match=r'unnamed \(float64\)'):
            Contractive('h', wrt='x').loss([], {'h': TT.sin(TT.dmatrix())})

    @every_method
    def test_of_squared_norms(self, rng, method):
        """A sequence of outputs adds up, a sequence of wrt gives a list."""
        outputs, values = self.graph(rng)
        x, y, h, g = (outputs[name] for name in ('x', 'y', 'h', 'only y'))
        got = value(squared_norms([h, g], (x, y), method=method), values)
        expected = value([squared_norms(h, x, method=method),
                          squared_norms(h, y, method=method)
                          + squared_norms(g, y, method=method)], values)
        assert len(got) == 2
        np.testing.assert_allclose(got, expected, rtol=1e-12)


class TestWhichOutputs:
    def test_default_without_layers(self, rng):
        """Everything but the inputs themselves, shared ones included."""
        x, s = TT.matrix('x'), theano.shared(rng.randn(3, 2))
        outputs = {'x': x, 's': s, 'h': TT.sin(x), 'g': x ** 2}
        values = {x: rng.randn(3, 2)}
        np.testing.assert_allclose(
            value(Contractive().loss([], outputs), values),
            oracles.contractive(outputs, values, 'hg', [x]), rtol=RTOL)

    @pytest.mark.parametrize('as_property', [False, True], ids=['method', 'property'])
    def test_default_with_layers(self, rng, as_property):
        """The hidden layers' outputs; theanets has their names in two ways."""
        class Layer(object):
            def __init__(self, name):
                self.output_name = name if as_property else (lambda: name)
        x = TT.matrix('x')
        outputs = {'in:out': x, 'hid1:out': TT.sin(x), 'hid1:pre': 9 * x,
                   'hid2:out': x ** 2, 'out:out': 5 * x, 'out': 5 * x}
        layers = [Layer(n + ':out') for n in ('in', 'hid1', 'hid2', 'out')]
        values = {x: rng.randn(3, 2)}
        np.testing.assert_allclose(
            value(Contractive().loss(layers, outputs), values),
            oracles.contractive(outputs, values, ['hid1:out', 'hid2:out'], [x]), rtol=RTOL)

    @pytest.mark.parametrize('as_property', [False, True], ids=['method', 'property'])
    def test_default_with_layers_that_are_inputs_wherever_they_stand(self, rng, as_property):
        """Told by their class, theanets' `Input`, or by their output: nothing computes it."""
        class Layer(object):
            def __init__(self, name):
                self.output_name = name if as_property else (lambda: name)

        class Input(Layer):
            __module__ = 'theanets.layers.base'

        class Sequence(Input):
            pass

        class Another(Layer):
            pass

        x, y = TT.matrix('x'), TT.matrix('y')
        outputs = {'in:out': 2 * x, 'b:out': 3 * y, 'c:out': y, 'hid1:out': TT.sin(x) + y ** 2,
                   'hid2:out': x ** 2, 'out:out': 5 * x}
        layers = [Input('in:out'), Layer('hid1:out'), Sequence('b:out'), Another('c:out'),
                  Layer('hid2:out'), Layer('out:out')]
        values = {x: rng.randn(3, 2), y: rng.randn(3, 2)}
        np.testing.assert_allclose(
            value(Contractive().loss(layers, outputs), values),
            oracles.contractive(outputs, values, ['hid1:out', 'hid2:out'], [x, y]), rtol=RTOL)

    def test_default_without_a_hidden_layer_says_so(self):
        class Layer(object):
            output_name = 'out:out'
        with pytest.warns(UnmatchedPatternWarning, match="there is no hidden layer, so this "
                                                         "penalty is 0. There are: 'out:out'"):
            penalty = Contractive().loss([Layer()], {'out:out': TT.sin(TT.matrix('x'))})
        assert value(penalty, {}) == 0

    @pytest.mark.parametrize('method', EXACT)
    @pytest.mark.parametrize('pattern', [None, '*', ['a', 'b', 'c'], ['b', 'c']], ids=str)
    def test_one_variable_under_two_names_counts_once(self, method, pattern):
        """The set of the outputs has two members: (9 + 1) / 2, and not (9 + 9 + 1) / 3."""
        x = tensor(2, 'x')
        h, g = 3 * x, 1 * x
        loss = Contractive(pattern, method=method).loss([], {'a': h, 'b': h, 'c': g})
        np.testing.assert_allclose(value(loss, {x: np.ones((2, 1))}), 5., rtol=1e-12)

    @pytest.mark.parametrize('pattern, expected', [
        ('h?', ['h1', 'h2']), ('H*', ['H1']), (('h1', 'h*'), ['h1', 'h2']),
        (['H1', 'h2'], ['H1', 'h2']), ('*', ['h1', 'h2', 'H1', 'x']),
    ], ids=str)
    def test_globs(self, rng, pattern, expected):
        x = TT.matrix('x')
        outputs = {'h1': TT.sin(x), 'h2': x ** 2, 'H1': x ** 3, 'x': x}
        values = {x: rng.randn(3, 2)}
        np.testing.assert_allclose(
            value(Contractive(pattern).loss([], outputs), values),
            oracles.contractive(outputs, values, expected, [x]), rtol=RTOL)

    def test_integers_that_a_glob_sweeps_up_are_passed_over(self, rng):
        x = TT.matrix('x')
        outputs = {'h': TT.sin(x), 'k': TT.argmax(x, axis=1)}
        values = {x: rng.randn(3, 2)}
        np.testing.assert_allclose(
            value(Contractive('[hk]').loss([], outputs), values),
            oracles.contractive(outputs, values, 'h', [x]), rtol=RTOL)

    @pytest.mark.parametrize('pattern, outputs', [
        ('hh', lambda x: {'x': x, 'h': TT.sin(x)}), (None, lambda x: {'x': x})],
        ids=['name', 'inputs-only'])
    def test_no_match_warns_and_is_zero(self, pattern, outputs):
        outputs = outputs(TT.matrix('x'))
        with pytest.warns(UnmatchedPatternWarning) as caught:
            penalty = Contractive(pattern).loss([], outputs)
        assert value(penalty, {}) == 0
        assert len(caught) == 1 and caught[0].filename == __file__
        assert "'x'" in str(caught[0].message)
        assert pattern is None or "Did you mean 'h'?" in str(caught[0].message)


class TestRandomDraws:
    """Dropout and noise: the same draws in every row, as in the output itself."""

    def graph(self, rng, streams):
        draw = streams(13)
        x = TT.matrix('x')
        h = dense(rng, x, 3, 8) * draw.binomial((5, 8), p=.5, dtype='float64')
        z = dense(rng, h + .1 * draw.normal((5, 8), dtype='float64'), 8, 4)
        return x, h, z, rng.randn(5, 3)

    @every_stream
    @every_method
    def test_by_central_differences(self, rng, streams, method):
        """A function without updates draws the same at every call."""
        x, h, z, given = self.graph(rng, streams)
        for output in (h, z):
            f = theano.function([x], output, no_default_updates=True)
            assert (f(given) == f(given)).all()
            got = theano.function([x], squared_norms(output, x, method=method),
                                  no_default_updates=True)(given)
            np.testing.assert_allclose(got, oracles.contractive_norms(f, given), rtol=RTOL)

    @every_stream
    @every_method
    def test_draws_of_the_output(self, rng, streams, method):
        """In one function the norm sees the very draws that the output does."""
        draw = streams(13)
        x = TT.matrix('x')
        h = 3 * x * draw.binomial((5, 4), p=.5, dtype='float64')
        f = theano.function([x], [h, squared_norms(h, x, method=method)])
        calls = [f(np.ones((5, 4))) for _ in range(3)]
        for output, norms in calls:
            np.testing.assert_allclose(norms, (output ** 2).sum(axis=1), rtol=1e-12)
        assert (calls[0][0] != calls[1][0]).any()

    @every_stream
    @every_method
    def test_intermediate_output_with_draws(self, rng, streams, method):
        x, h, z, given = self.graph(rng, streams)
        reg = Contractive('z', wrt='h', method=method)
        got, state = theano.function(
            [x], [reg.loss([], {'h': h, 'z': z}), h], no_default_updates=True)(given)
        f = theano.function([h], z, no_default_updates=True)
        np.testing.assert_allclose(
            got, oracles.contractive_norms(f, state).mean(), rtol=RTOL)

    @every_stream
    @every_method
    def test_of_every_step_of_scan(self, rng, streams, method):
        """Noise on the states of a recurrent layer, drawn beforehand: of draws inside
        scan Theano knows no Jacobian."""
        keep = streams(13).binomial((4, 2, 3), p=.5, dtype='float64')
        x = TT.tensor3('x')
        h, _ = theano.scan(lambda x, keep, h: TT.tanh(x + h) * keep,
                           sequences=[x.dimshuffle(1, 0, 2), keep],
                           outputs_info=[TT.zeros((2, 3), dtype='float64')])
        h, given = h.dimshuffle(1, 0, 2), rng.randn(2, 4, 3)
        f = theano.function([x], h, no_default_updates=True)
        assert (f(given) == f(given)).all()
        got = theano.function([x], squared_norms(h, x, method=method),
                              no_default_updates=True)(given)
        np.testing.assert_allclose(got, oracles.contractive_norms(f, given), rtol=RTOL)

    @every_method
    def test_gradient_holds_them_too(self, rng, method):
        x, h, z, given = self.graph(rng, MRG_RandomStreams)
        penalty = Contractive('z', wrt='x', method=method).loss([], {'z': z})
        f = theano.function([x], penalty, no_default_updates=True)
        gradient = theano.function([x], theano.grad(penalty, x), no_default_updates=True)
        np.testing.assert_allclose(
            gradient(given), oracles.central_jacobian(f, given), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize('method', ['auto', 'jacobian', 'hutchinson'])
@pytest.mark.parametrize('reduction', ['mean', 'sum'])
@pytest.mark.parametrize('graph', ['sigmoid', 'softmax', 'deep', 'recurrent', 'last-state', 'vector'])
def test_no_examples_give_zero(rng, graph, reduction, method):
    """And a gradient of zero, not NaN."""
    x, h, given = build(graph, rng)
    scale = theano.shared(2.)
    loss = Contractive('h', wrt='x', method=method, reduction=reduction).loss(
        [], {'h': h * scale})
    got, gradient = value([loss, theano.grad(loss, scale)], {x: given[:0]})
    assert got == 0 and gradient == 0


def test_default_method_is_that_of_squared_norms():
    """And both compute the exact number."""
    default = inspect.signature(squared_norms).parameters['method'].default
    assert Contractive().method == default
    assert default in EXACT


def test_says_which_way_it_takes(rng, caplog):
    x = TT.matrix('x')
    outputs = {'hid1:out': dense(rng, x, 3, 4)}
    with caplog.at_level('INFO', logger='theanets_reg'):
        Contractive(wrt='x').loss([], outputs)
    (record, ) = caplog.records
    assert 'hid1:out by x: closed form, because' in record.getMessage()


def test_a_batch_mixing_graph_warns_at_the_users_line(rng):
    x = TT.matrix('x')
    with pytest.warns(UserWarning, match="literal Jacobian.*method='hutchinson'") as caught:
        Contractive().loss([], {'h': batch_norm(x)})
    assert [w.filename for w in caught if w.category is UserWarning] == [__file__]
