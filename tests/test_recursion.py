"""Recurrent nets: exact in one pass forward, by the recursion over time."""

import numpy as np
import pytest

import random_loops
from symbolic import TT, theano
from oracles import RTOL, contractive_norms, function, value
from theanets_reg import backends
from theanets_reg.jacobian import explain, squared_norms
from theanets_reg.jacobian.chunks import in_chunks
from theanets_reg.jacobian.independence import Proof
from theanets_reg.jacobian.recurrence import find
from theanets_reg.jacobian.recurrence.apart import Matrix
from theanets_reg.jacobian.strategies import over_time

pytestmark = pytest.mark.as_written

FORMS = {form: dict(form=form) for form in (
    'rnn', 'gru', 'lstm', 'mrnn', 'rrnn', 'mut1', 'scrn')}
FORMS['clockwork'] = dict(form='clockwork', periods=(1, 2))
FORMS['rrnn vector'] = dict(form='rrnn', rate='vector')
FORMS['backwards'] = dict(form='rnn', direction='backwards')
FORMS['lstm backwards'] = dict(form='lstm', direction='backwards')
FORMS['sigmoid'] = dict(form='rnn', activation='sigmoid')


def weights(rng, *shape):
    return theano.shared(rng.randn(*shape))


def shake(net, rng):
    """Weights that are not small, so that nothing is nearly linear or zero."""
    for param in net.params:
        shape = param.get_value().shape
        param.set_value(rng.randn(*shape) / np.sqrt(shape[0]))
    return net


def is_recursion(output, wrt):
    return all('recursion' in line for line in explain(output, wrt).splitlines())


def check(output, x, point, params, fits=True):
    """Values against the literal Jacobian, gradients against differences."""
    assert fits or not is_recursion(output, x)
    # A ValueError if it doesn't fit. Of few units rows may be taken: test_loops_of_rows.
    norms = squared_norms(output, x, strategy='recursion over time' if fits else None)
    loss = (norms * (1 + TT.arange(norms.shape[0]))).sum()
    grads = theano.grad(loss, params, disconnected_inputs='ignore')
    compiled = function([x], [loss, norms] + grads)
    found = compiled(point)
    assert (found[1] > 0).all()
    expected = value(squared_norms(output, x, method='jacobian'), {x: point})
    np.testing.assert_allclose(found[1], expected, rtol=RTOL)
    rng, step = np.random.RandomState(3), 1e-5
    start = [p.get_value() for p in params]
    way = [rng.randn(*p.shape) for p in start]
    sides = []
    for sign in (1, -1):
        for param, value_, direction in zip(params, start, way):
            param.set_value(value_ + sign * step * direction)
        sides.append(compiled(point)[0])
    slope = sum((g * w).sum() for g, w in zip(found[2:], way))
    np.testing.assert_allclose(slope, (sides[0] - sides[1]) / (2 * step), rtol=RTOL)
    for param, value_ in zip(params, start):
        param.set_value(value_)


@pytest.mark.rewritten
@pytest.mark.parametrize('form', sorted(FORMS))
def test_layers_of_theanets(form, theanets, rng):
    layer = dict(dict(size=4, activation='tanh'), **FORMS[form])
    net = shake(theanets.recurrent.Regressor([3, layer, 2]), rng)
    outputs, _ = net.build_graph()
    point = rng.randn(2, 3, 3)
    check(outputs['hid1:out'], net.inputs[0], point, net.layers[1].params)


@pytest.mark.parametrize('name', ['hid1:pre', 'hid1:rate', 'hid1:cell', 'hid1:state'])
def test_other_outputs_of_layers(name, theanets, rng):
    form = {'hid1:cell': 'lstm', 'hid1:state': 'scrn'}.get(name, 'gru')
    net = shake(theanets.recurrent.Regressor([3, (4, form, 'tanh'), 2]), rng)
    outputs, _ = net.build_graph()
    check(outputs[name], net.inputs[0], rng.randn(2, 3, 3), net.layers[1].params)


def test_layers_around_the_recurrent_one(theanets, rng):
    """A layer in front and one behind, without time."""
    net = shake(theanets.recurrent.Regressor(
        [3, (5, 'tanh'), (4, 'gru'), (3, 'sigmoid'), 2]), rng)
    outputs, _ = net.build_graph()
    for name in ('hid2:out', 'hid3:out'):
        check(outputs[name], net.inputs[0], rng.randn(2, 3, 3), net.params)


def test_gradient_is_that_of_the_literal_jacobian(theanets, rng):
    net = shake(theanets.recurrent.Regressor([2, (2, 'rnn', 'tanh'), 2]), rng)
    outputs, _ = net.build_graph()
    x, out, params = net.inputs[0], outputs['hid1:out'], net.layers[1].params
    grads = [function([x], theano.grad(squared_norms(out, x, method=m).mean(), params))(point)
             for point in [rng.randn(2, 3, 2)] for m in ('auto', 'jacobian')]
    for found, expected in zip(*grads):
        np.testing.assert_allclose(found, expected, rtol=RTOL, atol=1e-12)


def test_gates_that_are_cut_apart_in_a_step_are_elementwise(theanets):
    """Nothing is made for each example that has as many columns as all gates have."""
    net = theanets.recurrent.Regressor([3, (4, 'lstm'), 2])
    output, x = net.build_graph()[0]['hid1:out'], net.inputs[0]
    group, = find(Proof([output], x), output, x).parts[0].groups
    terms = [t for result in group.results for t in group.pieces.of(result).terms]
    assert len(terms) > 9
    assert not [place for place, derivative in terms if isinstance(derivative, Matrix)]
    # Of h and of the cell only the first is multiplied by matrices.
    assert (len(group.blocks), len(group.multiplied())) == (2, 1)


def loop(step, x, width, **kwargs):
    """A loop over the time of (batch, time, features), of one state."""
    steps = x.dimshuffle(1, 0, 2)
    states, _ = theano.scan(step, sequences=steps, outputs_info=TT.zeros(
        (steps.shape[1], width)), **kwargs)
    return states.dimshuffle(1, 0, 2)


def test_input_multiplied_inside_of_the_loop(rng):
    x, w, u = TT.tensor3('x'), weights(rng, 3, 4), weights(rng, 4, 4)
    h = loop(lambda x_t, h: TT.tanh(TT.dot(x_t, w) + TT.dot(h, u)), x, 4)
    check(h, x, rng.randn(2, 3, 3), [w, u])


def test_input_elsewhere_than_in_a_dot_as_well(rng):
    x, w, u = TT.tensor3('x'), weights(rng, 3, 3), weights(rng, 3, 3)
    steps = x.dimshuffle(1, 0, 2)
    h, _ = theano.scan(
        lambda a_t, x_t, h: TT.tanh(a_t * x_t + TT.dot(h, u)),
        sequences=[TT.dot(steps, w), TT.sqr(steps)], outputs_info=TT.zeros_like(steps[0]))
    check(h.dimshuffle(1, 0, 2), x, rng.randn(2, 3, 3), [w, u])


def test_other_orders_of_axes_and_fewer_steps(rng):
    x, u = TT.tensor3('x'), weights(rng, 3, 3)
    h = loop(lambda x_t, h: TT.tanh(x_t + TT.dot(h, u)), x, 3, n_steps=2)
    check(h.dimshuffle(2, 0, 1), x, rng.randn(2, 4, 3), [u])


@pytest.mark.rewritten
def test_one_unit_that_the_types_tell(folding_shapes, rng):
    x, scale = TT.tensor3('x'), theano.shared(0.7)
    w, u = TT.constant(rng.randn(3, 1)), TT.constant(rng.randn(1, 1))
    h = loop(lambda x_t, h: TT.tanh(scale * TT.dot(x_t, w) + TT.dot(h, u)), x, 1)
    assert h.broadcastable == (False, False, True)
    check(h, x, rng.randn(2, 4, 3), [scale])


@pytest.mark.parametrize('shape', [(None, 4, 3), (2, 4, 3), (2, None, None)], ids=str)
def test_sizes_that_the_types_tell(engine, folding_shapes, shape, rng):
    if engine == 'theano':
        pytest.skip("Theano's types know no sizes but one")
    x = TT.tensor('x', shape=shape, dtype='float64')
    w, u = weights(rng, 3, 4), weights(rng, 4, 4)
    h = loop(lambda x_t, h: TT.tanh(x_t + TT.dot(h, u)), TT.dot(x, w), 4)
    check(h, x, rng.randn(2, 4, 3), [w, u])


# What stands in front of a loop over the last axis of (batch, channels, time).
LAST_AXIS = {
    'nothing': lambda x: [x.dimshuffle(2, 0, 1)],
    'elementwise': lambda x: [TT.tanh(x).dimshuffle(2, 0, 1)],
    'a constant mask': lambda x: [(x * np.array([[[.5], [2], [-1]]])).dimshuffle(2, 0, 1)],
    'a mask in time': lambda x: [(x * TT.arange(x.shape[2])).dimshuffle(2, 0, 1)],
    'a dot': lambda x: [TT.dot(x.dimshuffle(2, 0, 1), MIXER)],
    'a layer': lambda x: [TT.tanh(TT.dot(TT.tanh(x.dimshuffle(2, 0, 1)), MIXER))],
    'two sequences': lambda x: [TT.tanh(x).dimshuffle(2, 0, 1), x.dimshuffle(2, 0, 1)],
    'two transposes': lambda x: [TT.sqr(x.dimshuffle(1, 2, 0)).dimshuffle(1, 2, 0)],
    'reversed': lambda x: [TT.tanh(x).dimshuffle(2, 0, 1)[::-1]],
}
MIXER = np.random.RandomState(4).randn(3, 3)


@pytest.mark.parametrize('steps', [3, 4])
@pytest.mark.parametrize('name', sorted(LAST_AXIS))
def test_a_loop_over_the_last_axis(name, steps, rng):
    """Channels before time, with as many of the ones as of the others, or not."""
    x, u = TT.tensor3('x'), weights(rng, 3, 3)
    h, _ = theano.scan(
        lambda *given: TT.tanh(sum(given[:-1]) + TT.dot(given[-1], u)),
        sequences=LAST_AXIS[name](x), outputs_info=[TT.zeros((x.shape[0], 3))])
    point = rng.randn(2, 3, steps)
    check(h, x, point, [u])
    expected = contractive_norms(function([x], h), point)
    np.testing.assert_allclose(value(squared_norms(h, x), {x: point}), expected, rtol=1e-5)


def test_sequences_along_two_axes_of_the_input(rng):
    """Each step reads all of the input: there is no axis of time."""
    x, u = TT.tensor3('x'), weights(rng, 3, 3)
    h, _ = theano.scan(
        lambda a, b, h: TT.tanh(a + b * a + TT.dot(h, u)),
        sequences=[x.dimshuffle(2, 0, 1), TT.tanh(x).dimshuffle(1, 0, 2)],
        outputs_info=[TT.zeros((x.shape[0], 3))])
    check(h, x, rng.randn(2, 3, 3), [u], fits=False)


@pytest.mark.rewritten
def test_a_linear_loop(rng):
    """Its derivatives are the same at each step, and nothing is read step by step."""
    x, w, u = TT.tensor3('x'), weights(rng, 3, 4), weights(rng, 4, 4)
    h = loop(lambda x_t, h: x_t + TT.dot(h, u), TT.dot(x, w), 4)
    check(h, x, rng.randn(2, 4, 3), [w, u])


def test_a_state_that_no_step_reads(rng):
    x, w = TT.tensor3('x'), weights(rng, 3, 4)
    h = loop(lambda x_t, h: TT.tanh(TT.dot(x_t, w)), x, 4)
    check(h, x, rng.randn(2, 3, 3), [w])


def test_a_truncated_loop_is_a_whole_one(rng):
    x, u = TT.tensor3('x'), weights(rng, 3, 3)
    h = loop(lambda x_t, h: TT.tanh(x_t + TT.dot(h, u)), x, 3, truncate_gradient=2)
    check(h, x, rng.randn(2, 4, 3), [u])


def test_a_loop_without_a_state(rng):
    x, w = TT.tensor3('x'), weights(rng, 3, 4)
    h, _ = theano.scan(lambda x_t: TT.tanh(TT.dot(x_t, w)),
                       sequences=x.dimshuffle(1, 0, 2))
    check(h.dimshuffle(1, 0, 2), x, rng.randn(2, 3, 3), [w], fits=False)


def test_a_loop_whose_state_does_not_depend_on_the_input(rng):
    x, w = TT.tensor3('x'), weights(rng, 3, 4)
    (_, h), _ = theano.scan(lambda x_t, s: [.5 * s, TT.tanh(TT.dot(x_t, w)) * s],
                            sequences=x.dimshuffle(1, 0, 2),
                            outputs_info=[TT.ones((2, 4)), None])
    check(h.dimshuffle(1, 0, 2), x, rng.randn(2, 3, 3), [w], fits=False)


def test_dropout_on_the_output_and_the_input(theanets, rng):
    """The same draws as in the forward pass, whose output shows them."""
    net = shake(theanets.recurrent.Regressor([3, (4, 'rnn', 'linear'), 2]), rng)
    regs = theanets.regularizers.from_kwargs(net, input_dropout=0.4, hidden_dropout=0.6)
    outputs, _ = net.build_graph(regs)
    x, out = net.inputs[0], outputs['hid1:out']
    assert is_recursion(out, x)
    norms, literal, again = function([x], [
        squared_norms(out, x), squared_norms(out, x, method='jacobian'),
        squared_norms(out, x, method='hutchinson', samples=2)])(rng.randn(3, 3, 3))
    np.testing.assert_allclose(norms, literal, rtol=RTOL)
    assert (again > 0).all()


def around_loops(u, w):
    """What people build around a loop, and inside of it."""
    def plain(x, **kwargs):
        return loop(lambda x_t, h: TT.tanh(x_t + TT.dot(h, u)), x, 3, **kwargs)

    def turned(x):
        return plain(x[:, ::-1])[:, ::-1]

    def flat(h):
        return TT.tanh(TT.dot(h.reshape((-1, 3)), w))

    def each_step(h):
        made, _ = theano.scan(lambda now: TT.tanh(TT.dot(now, w)), [h.dimshuffle(1, 0, 2)])
        return made.dimshuffle(1, 0, 2)

    def two_back(x):
        steps = x.dimshuffle(1, 0, 2)
        h, _ = theano.scan(
            lambda x_t, h, g: TT.tanh(x_t + TT.dot(h, u) * g), sequences=steps,
            outputs_info=dict(initial=TT.ones_like(steps[:2]), taps=[-1, -2]))
        return h.dimshuffle(1, 0, 2)

    def masked(x):
        steps = x.dimshuffle(1, 0, 2)
        h, _ = theano.scan(
            lambda x_t, m, h: TT.switch(m, TT.tanh(x_t + TT.dot(h, u)), h),
            sequences=[steps, TT.constant(np.array([[1, 0], [0, 1], [1, 1]]))
                       .dimshuffle(0, 1, 'x')], outputs_info=TT.zeros_like(steps[0]))
        return h.dimshuffle(1, 0, 2)

    return dict(
        turned_output=lambda x: plain(x)[:, ::-1], turned_input=lambda x: plain(x[:, ::-1]),
        bidirectional=lambda x: TT.concatenate([plain(x), turned(x)], axis=2),
        bidirectional_sum=lambda x: plain(x) + turned(x),
        dense_over_both=lambda x: TT.tanh(TT.dot(
            TT.concatenate([plain(x), turned(x)], axis=2), TT.concatenate([w, u]))),
        residual=lambda x: plain(x) + x, product=lambda x: plain(x) * TT.tanh(x),
        turned_residual=lambda x: turned(x) - x,
        later_steps=lambda x: plain(x)[:, 1:], every_other_step=lambda x: plain(x)[:, ::2],
        dense=lambda x: TT.tanh(TT.dot(plain(x), w)),
        stacked=lambda x: plain(TT.dot(plain(x), w)), both_layers=lambda x: TT.concatenate(
            [plain(x), plain(plain(x))], axis=2), skip_layer=lambda x: plain(plain(x) + x),
        stacked_backwards=lambda x: plain(plain(x[:, ::-1])),
        side_by_side=lambda x: plain(x) - plain(TT.dot(x, w)),
        behind_steps=lambda x: plain(each_step(x)), steps_behind=lambda x: each_step(plain(x)),
        log_softmax=lambda x: loop(lambda x_t, h: TT.nnet.logsoftmax(x_t + TT.dot(h, u)), x, 3),
        flat_dense=lambda x: flat(plain(x)).reshape((x.shape[0], x.shape[1], 3)),
        flat_dense_of_open_size=lambda x: flat(plain(x)).reshape((-1, x.shape[1], 3)),
        flat_dense_by_numbers=lambda x: flat(plain(x)).reshape((-1, 3, 3)),
        flat_dense_between=lambda x: plain(flat(plain(x)).reshape(x.shape)),
        two_back=two_back, masked=masked)


#: One of each kind of buffer that a loop of ours reads or holds.
REWRITTEN = {'dense_over_both', 'masked', 'stacked', 'two_back'}


@pytest.mark.parametrize('name', [
    pytest.param(name, marks=pytest.mark.rewritten) if name in REWRITTEN else name
    for name in sorted(around_loops(None, None))])
def test_what_stands_around_loops(name, rng):
    x, u, w = TT.tensor3('x'), weights(rng, 3, 3), weights(rng, 3, 3)
    check(around_loops(u, w)[name](x), x, rng.randn(2, 3, 3), [u, w])


def ends_of_loops(u, w):
    """Outputs without an axis of time, of loops over (batch, time, features)."""
    def plain(x):
        return loop(lambda x_t, h: TT.tanh(x_t + TT.dot(h, u)), x, 3)

    def gated(x):
        return loop(lambda x_t, h: TT.tanh(x_t + TT.dot(h * TT.tanh(TT.dot(h, w)), u)), x, 3)

    def masked(x):
        """A state that stays where a sequence has ended, in every second example."""
        steps = x.dimshuffle(1, 0, 2)
        h, _ = theano.scan(
            lambda x_t, i, h: TT.switch(TT.lt(i, 1 + TT.arange(h.shape[0]) % 2 * 2).dimshuffle(
                0, 'x'), TT.tanh(x_t + TT.dot(h, u)), h),
            sequences=[steps, TT.arange(steps.shape[0])], outputs_info=TT.zeros_like(steps[0]))
        return h[-1]

    return dict(
        masked=masked, last=lambda x: plain(x)[:, -1], first=lambda x: plain(x)[:, 0],
        last_of_gates=lambda x: gated(x)[:, -1], third=lambda x: plain(x)[:, 2],
        dense=lambda x: TT.tanh(TT.dot(plain(x)[:, -1], w)),
        with_input=lambda x: plain(x)[:, -1] + TT.sqr(x[:, -1]),
        units_first=lambda x: plain(x).dimshuffle(2, 0, 1)[:, :, -1].T,
        two_layers=lambda x: plain(plain(x))[:, -1],
        backwards=lambda x: plain(x[:, ::-1])[:, ::-1][:, 0],
        both_ends=lambda x: TT.concatenate(
            [plain(x)[:, -1], plain(x[:, ::-1])[:, -1]], axis=1),
        mean=lambda x: plain(x).mean(axis=1), total=lambda x: TT.sqr(plain(x)).sum(axis=1),
        mean_of_gates=lambda x: TT.tanh(gated(x).mean(axis=1)),
        mean_of_units_first=lambda x: plain(x).dimshuffle(2, 1, 0).sum(axis=1).T,
        masked_mean=lambda x: (plain(x) * np.array([[[1.], [0], [2]]])).mean(axis=1),
        mean_of_two_layers=lambda x: plain(TT.dot(plain(x), w)).mean(axis=1),
        mean_with_input=lambda x: (plain(x) * TT.tanh(x)).mean(axis=1),
        last_and_mean=lambda x: TT.dot(plain(x)[:, -1], w) + plain(x).mean(axis=1))


@pytest.mark.parametrize('name', sorted(ends_of_loops(None, None)))
def test_outputs_without_time(name, rng):
    x, u, w = TT.tensor3('x'), weights(rng, 3, 3), weights(rng, 3, 3)
    output, point = ends_of_loops(u, w)[name](x), rng.randn(2, 3, 3)
    check(output, x, point, [u, w])
    expected = contractive_norms(function([x], output), point)
    np.testing.assert_allclose(value(squared_norms(output, x), {x: point}), expected, rtol=1e-5)


def test_terms_that_cancel(rng):
    """Norms of a sum, where both of its terms read the last step of the input."""
    x, w = TT.tensor3('x'), weights(rng, 3, 3)
    h = loop(lambda x_t, h: TT.dot(x_t, w) + 1e-6 * h, x, 3)
    found = value(squared_norms(h - TT.dot(x, w), x), {x: rng.randn(2, 2, 3)})
    np.testing.assert_allclose(found, 1e-12 * (w.get_value() ** 2).sum() * np.ones(2), rtol=1e-4)


def unfit_graphs(u=None):
    def plain(x):
        return loop(lambda x_t, h: TT.tanh(x_t + TT.dot(h, u)), x, 3)

    def two_inputs_at_a_time(x):
        steps = x.dimshuffle(1, 0, 2)
        h, _ = theano.scan(
            lambda x_t, later, h: TT.tanh(x_t * later + TT.dot(h, u)),
            sequences=dict(input=steps, taps=[0, 1]), outputs_info=TT.zeros_like(steps[0]))
        return h.dimshuffle(1, 0, 2)

    def initial_steps_from_the_input(x):
        """Initial states of two steps, which are made of the input."""
        steps = x.dimshuffle(1, 0, 2)
        h, _ = theano.scan(
            lambda x_t, g, h: TT.tanh(x_t + g + TT.dot(h, u)), sequences=steps,
            outputs_info=dict(initial=TT.sqr(steps[:2]), taps=[-2, -1]))
        return h.dimshuffle(1, 0, 2)

    def until(x):
        """It stops when it likes: here before its last step."""
        stop = theano.scan_module.until
        steps = x.dimshuffle(1, 0, 2)
        h, _ = theano.scan(
            lambda x_t, i, h: ([TT.tanh(x_t + TT.dot(h, u))], stop(TT.ge(i, 1))),
            sequences=[steps, TT.arange(3)], outputs_info=TT.zeros_like(steps[0]))
        return h.dimshuffle(1, 0, 2)

    return dict(
        two_inputs_at_a_time=two_inputs_at_a_time,
        initial_steps_from_the_input=initial_steps_from_the_input,
        over_a_turned_layer=lambda x: plain(plain(x)[:, ::-1]), until=until,
        over_both_directions=lambda x: plain(plain(x) + plain(x[:, ::-1])[:, ::-1]),
        over_later_steps=lambda x: plain(plain(x)[:, 1:]),
        turned_and_not=lambda x: plain(x)[:, ::-1] + x,
        two_starts=lambda x: plain(x)[:, 1:] + plain(x[:, 1:]),
        running_mean=lambda x: plain(TT.cumsum(x, axis=1)),
        last_first=lambda x: plain(x[:, ::-1]) + plain(x),
        largest_in_time=lambda x: plain(x).max(axis=1),
        centred_in_time=lambda x: plain(x) - plain(x).mean(axis=1, keepdims=True),
        pooled_and_bidirectional=lambda x: TT.concatenate(
            [plain(x), plain(x[:, ::-1])[:, ::-1]], axis=2).mean(axis=1),
        dense_over_both_ends=lambda x: TT.tanh(TT.dot(
            plain(x)[:, -1], u) + plain(x[:, ::-1])[:, -1]),
        last_but_one=lambda x: plain(x)[:, -2],
        two_last_steps=lambda x: plain(x)[:, -1] * plain(x)[:, 0],
        mixed_steps=lambda x: plain(x)[:, ::-1] * plain(x),
        features_and_time_mixed=lambda x: plain(x.reshape((x.shape[0], x.shape[2], x.shape[1]))),
        units_as_examples=lambda x: plain(x).dimshuffle(0, 2, 1).reshape((x.shape[0], x.shape[1], 3)))


@pytest.mark.parametrize('name', sorted(unfit_graphs()))
def test_what_is_of_another_shape_is_as_exact_as_before(name, rng):
    x = TT.tensor3('x')
    u = weights(np.random.RandomState(8), 3, 3)
    output, point = unfit_graphs(u)[name](x), rng.randn(2, 3, 3)
    assert not is_recursion(output, x)
    found, expected = function([x], [squared_norms(output, x, method=m)
                                     for m in ('auto', 'jacobian')])(point)
    np.testing.assert_allclose(found, expected, rtol=RTOL)


def test_what_is_kept_is_told(rng):
    x, w, u = TT.tensor3('x'), weights(rng, 3, 4), weights(rng, 4, 4)
    h = loop(lambda x_t, h: TT.tanh(x_t + TT.dot(h, u)), TT.dot(x, w), 4)
    assert explain(h, x, assume=dict(batch=10, size=20)).endswith(
        '; about 3.2e+03 elements are kept for the gradient, for 10 examples, '
        '20 units where their number is not known')


#: Outputs with each of the things that are cut when examples go by chunks.
IN_CHUNKS = {
    'itself': lambda x, w, u: loop(lambda x_t, h: TT.tanh(x_t + TT.dot(h, u)), x, 3),
    'one state': lambda x, w, u: around_loops(u, w)['turned_output'](x),
    'several products': lambda x, w, u: around_loops(u, w)['stacked'](x),
    'input behind': lambda x, w, u: around_loops(u, w)['product'](x),
    'both directions': lambda x, w, u: around_loops(u, w)['dense_over_both'](x),
    'linear': lambda x, w, u: loop(lambda x_t, h: x_t + TT.dot(h, u), TT.dot(x, w), 3),
    'constant at once': lambda x, w, u: loop(
        lambda x_t, h: x_t + TT.dot(h, u), TT.dot(x, w), 3) * TT.tanh(TT.dot(x, w)),
    'last step': lambda x, w, u: ends_of_loops(u, w)['last_of_gates'](x)}


@pytest.mark.parametrize('few', [1, 2, 3])
@pytest.mark.parametrize('name', sorted(IN_CHUNKS))
def test_examples_in_chunks(name, few, rng, monkeypatch):
    """Five examples, with remainders, where the memory is for so many."""
    x, u, w = TT.tensor3('x'), weights(rng, 3, 3), weights(rng, 3, 3)
    output, point, steps, sizes = IN_CHUNKS[name](x, w, u), rng.randn(5, 2, 3), 2, []

    def noted(backend, count, size, make):
        sizes.append(size)
        return in_chunks(backend, count, size, make)

    monkeypatch.setattr(over_time, 'in_chunks', noted)
    groups = {g for part in find(Proof([output], x), output, x).parts for g in part.groups}
    elements = few * steps * sum((3 * len(group.blocks)) ** 2 for group in groups)
    made = []
    for memory in (None, 8 * elements):
        norms = squared_norms(output, x, memory=memory)
        made += [norms] + theano.grad((norms * (1 + TT.arange(5))).sum(), [u, w],
                                      disconnected_inputs='ignore')
    found = function([x], made + sizes)(point)
    for one, other in zip(found[:3], found[3:6]):
        np.testing.assert_allclose(other, one, rtol=RTOL)
    assert found[6:] == [few]
    # What carries matrices, made of more than two things, is inside of the loop over chunks.
    whole, chunked = [[v for v in backends.ancestors([norms]) if v.owner is not None and
                       backends.of(x).kind(v.owner) == 'composite' and len(v.owner.inputs) > 2]
                      for norms in (made[0], made[3])]
    assert whole and not chunked


def test_one_example_by_its_type(rng):
    x, u = TT.TensorType('float64', (True, False, False))('x'), weights(rng, 3, 3)
    steps = x.dimshuffle(1, 0, 2)
    h, _ = theano.scan(lambda x_t, h: TT.tanh(x_t + TT.dot(h, u)), sequences=[steps],
                       outputs_info=[TT.zeros_like(steps[0])])
    for output in (h.dimshuffle(1, 0, 2), h[-1]):
        assert is_recursion(output, x)
        found, expected = [function([x], [norms, theano.grad(norms.sum(), u)])(
            np.ones((1, 3, 3)) / 3) for norms in (
                squared_norms(output, x, method=m) for m in ('auto', 'jacobian'))]
        for one, other in zip(found, expected):
            np.testing.assert_allclose(one, other, rtol=RTOL)


def test_by_a_part_of_an_input(rng):
    """What it is taken by is made of something itself."""
    x, u = TT.tensor3('x'), weights(rng, 3, 3)
    part = x[1:3]
    h = loop(lambda x_t, h: TT.tanh(x_t + TT.dot(h, u)), part, 3)
    assert is_recursion(h, part)
    point = rng.randn(4, 2, 3)
    found, expected = function([x], [squared_norms(h, part, method=m)
                                     for m in ('auto', 'jacobian')])(point)
    np.testing.assert_allclose(found, expected, rtol=RTOL)


def test_by_another_input_and_by_differences(rng):
    """Norms by the input that enters through the loop, of two."""
    x, y, u = TT.tensor3('x'), TT.tensor3('y'), weights(rng, 3, 3)
    steps = (TT.tanh(x) * y).dimshuffle(1, 0, 2)
    h, _ = theano.scan(lambda a, h: TT.tanh(a + TT.dot(h, u)), sequences=steps,
                       outputs_info=TT.zeros_like(steps[0]))
    h = h.dimshuffle(1, 0, 2)
    values = {x: rng.randn(2, 3, 3), y: rng.randn(2, 3, 3)}
    compiled = function([x, y], h)
    expected = [contractive_norms(lambda v: compiled(v, values[y]), values[x]),
                contractive_norms(lambda v: compiled(values[x], v), values[y])]
    for norms, wanted in zip(squared_norms(h, [x, y]), expected):
        np.testing.assert_allclose(value(norms, values), wanted, rtol=1e-5)


@pytest.mark.parametrize('seed', range(6))
@pytest.mark.filterwarnings('ignore:squared_norms')
def test_random_loops(seed):
    graph = random_loops.Loop(seed, allowed=random_loops.BY_RECURSION)
    check(graph.output, graph.x, graph.values[0], graph.params)


@pytest.mark.parametrize('hazard', random_loops.HAZARDS)
@pytest.mark.filterwarnings('ignore:squared_norms')
def test_random_loops_of_another_shape(hazard):
    graph = random_loops.Loop(
        len(hazard), allowed=random_loops.BY_RECURSION, forced=hazard)
    assert not is_recursion(graph.output, graph.x)
    found, expected = function(graph.inputs, [
        squared_norms(graph.output, graph.x, method=m)
        for m in ('auto', 'jacobian')])(*graph.values)
    np.testing.assert_allclose(found, expected, rtol=RTOL)
