"""Random projections: right on average, on every graph."""

import numpy as np
import pytest

import random_graphs
from symbolic import MRG_RandomStreams, RandomStreams, TT, theano
from oracles import function, tensor, value
from theanets_reg import Contractive, from_kwargs
from theanets_reg.jacobian import squared_norms

DRAWS = 10000


def weights(rng, *shape):
    return theano.shared(rng.randn(*shape) / np.sqrt(shape[0]))


def dense(rng):
    x = TT.matrix('x')
    h = TT.tanh(TT.dot(x, weights(rng, 5, 4)))
    return [TT.nnet.sigmoid(TT.dot(h, weights(rng, 4, 3)))], x, rng.randn(1, 5)


def two_outputs(rng):
    """The one leads to the other, and comes twice."""
    x = TT.matrix('x')
    h = TT.tanh(TT.dot(x, weights(rng, 5, 4)))
    return [h, TT.tanh(TT.dot(h, weights(rng, 4, 3))), h], x, rng.randn(1, 5)


def recurrent(rng):
    x, w, u = TT.tensor3('x'), weights(rng, 3, 2), weights(rng, 2, 2)
    steps = TT.dot(x, w).dimshuffle(1, 0, 2)
    states, _ = theano.scan(lambda x_t, h: TT.tanh(x_t + TT.dot(h, u)), sequences=steps,
                            outputs_info=TT.zeros_like(steps[0]))
    return [states.dimshuffle(1, 0, 2)], x, rng.randn(1, 4, 3)


def batch_mixing(rng):
    x = TT.matrix('x')
    h = TT.tanh(TT.dot(x, weights(rng, 3, 4)))
    return [TT.dot(weights(rng, 4, 4), h)], x, rng.randn(4, 3)


def scalar(rng):
    x = TT.matrix('x')
    return [TT.tanh(TT.dot(x, weights(rng, 3, 4))).mean()], x, rng.randn(2, 3)


@pytest.mark.parametrize('graph', [dense, two_outputs, recurrent, batch_mixing,
                                   scalar])
def test_right_on_average(graph, rng):
    """Where examples are independent, many copies of one are many draws."""
    outputs, x, point = graph(rng)
    exact = value(squared_norms(outputs, x, method='jacobian'), {x: point})
    samples, copies = (10, 1) if graph in (batch_mixing, scalar) else (1, 500)
    draw = function([x], squared_norms(outputs, x, method='hutchinson',
                                       samples=samples, rng=RandomStreams(7)))
    points = np.concatenate([point] * copies)
    found = np.array([draw(points) for _ in range(DRAWS // samples // copies)])
    found = found.reshape((-1, len(point)))
    assert len(found) * samples == DRAWS
    error = found.std(axis=0, ddof=1) / np.sqrt(len(found))
    assert (abs(found.mean(axis=0) - exact) < 3 * error + 1e-12).all()
    assert (error < 0.05 * exact + 1e-12).all()


def test_several_inputs_are_apart(rng):
    x, y = TT.matrix('x'), TT.matrix('y')
    h = TT.tanh(TT.dot(x, weights(rng, 3, 4)) * TT.dot(y, weights(rng, 2, 4)))
    values = {x: np.repeat(rng.randn(1, 3), 5000, axis=0),
              y: np.repeat(rng.randn(1, 2), 5000, axis=0)}
    for estimate, wrt in zip(squared_norms(h, [x, y], method='hutchinson'), (x, y)):
        found = value(estimate, values)
        exact = value(squared_norms(h, wrt), values)[0]
        assert abs(found.mean() - exact) < 3 * found.std() / np.sqrt(5000)


def test_new_draws_in_every_call_and_repeatable(rng):
    outputs, x, point = dense(rng)

    def calls(rng):
        draw = function([x], squared_norms(outputs, x, method='hutchinson', rng=rng))
        return [draw(point).item() for _ in range(4)]

    first = calls(13)
    assert len(set(first)) > 1
    assert calls(13) == first != calls(14)


@pytest.mark.parametrize('stream', [MRG_RandomStreams, RandomStreams])
def test_takes_a_stream(stream, rng):
    outputs, x, point = dense(rng)
    draw = function([x], squared_norms(outputs, x, method='hutchinson', rng=stream(5)))
    assert len({draw(point).item() for _ in range(4)}) > 1


def test_signs_do_not_follow_from_a_dropout_mask_of_the_same_seed(rng):
    """They would, were the stream the same: then E[...] is not the norm."""
    x, w = TT.matrix('x'), weights(rng, 4, 4)
    mask = MRG_RandomStreams(13).uniform(size=(x.shape[0], 4), nstreams=256) < 0.5
    h = mask * TT.dot(x, w)
    estimate, exact = function([x], [
        squared_norms(h, x, method='hutchinson', rng=13), squared_norms(h, x)])(
            rng.randn(2000, 4))
    difference = estimate - exact
    assert abs(difference.mean()) < 3 * difference.std() / np.sqrt(2000)


def test_draws_of_the_graph_are_those_of_the_forward_pass(rng):
    x, w = TT.matrix('x'), weights(rng, 3, 1)
    mask = MRG_RandomStreams(3).binomial(size=x.shape, p=0.5, dtype=x.dtype)
    h = TT.dot(x * mask, w)
    found, drawn = function([x], [squared_norms(h, x, method='hutchinson'), mask])(
        rng.randn(20, 3))
    np.testing.assert_allclose(found, (drawn ** 2).dot(w.get_value()[:, 0] ** 2))


def test_gradient_is_right_on_average(rng):
    x, w, u = TT.matrix('x'), weights(rng, 3, 4), weights(rng, 4, 2)
    h = TT.tanh(TT.dot(TT.tanh(TT.dot(x, w)), u))
    points = np.repeat(rng.randn(1, 3), 5000, axis=0)
    grads = [value(theano.grad(squared_norms(h, x, method=method).mean(), w), {x: points})
             for method in ('hutchinson', 'auto')]
    np.testing.assert_allclose(grads[0], grads[1], atol=0.05 * abs(grads[1]).max())


def test_while_training_with_theanets(theanets, rng):
    """New draws at every step; the same ones when it is done again."""
    x = rng.randn(6, 3)
    runs = []
    for _ in range(2):
        net = theanets.Autoencoder([3, (4, 'sigmoid'), 3], rng=5)
        steps = net.itertrain([x], learning_rate=0., batch_size=6, hidden_dropout=0.5,
                              contractive=dict(weight=1., method='hutchinson'))
        seen = [next(steps)[0] for _ in range(4)]
        runs.append([s['loss'] - s['err'] for s in seen])
    assert runs[0] == runs[1]
    assert len(set(runs[0])) == 4


@pytest.mark.parametrize('bad, error, said', [
    (dict(samples=0), ValueError, 'samples=0'),
    (dict(samples=1.5), TypeError, 'samples=1.5'),
    (dict(samples=True), TypeError, 'samples=True'),
    (dict(rng='13'), TypeError, "rng='13'"),
    (dict(rng=-1), ValueError, 'rng=-1'),
    (dict(rng=np.random.RandomState(1)), TypeError, 'MRG_RandomStreams'),
])
def test_bad_arguments(bad, error, said):
    x = tensor(2, 'x')
    with pytest.raises(error) as raised:
        squared_norms(TT.tanh(x), x, method='hutchinson', **bad)
    assert said in str(raised.value) and 'squared_norms: ' in str(raised.value)
    with pytest.raises(error) as raised:
        Contractive(method='hutchinson', **bad)
    assert said in str(raised.value) and 'Contractive: ' in str(raised.value)


def test_by_keyword():
    reg, = from_kwargs(None, contractive=dict(weight=1, method='hutchinson', samples=3,
                                              rng=np.int64(4)))
    assert (reg.samples, reg.rng) == (3, 4)
    assert "method='hutchinson'" in repr(reg)


def test_unproven_graphs_suggest_it(rng):
    outputs, x, _ = batch_mixing(rng)
    with pytest.warns(UserWarning, match="method='hutchinson'"):
        squared_norms(outputs, x)


@pytest.mark.parametrize('mix', [None, 'batch norm', 'sort', 'flatten'])
def test_right_on_average_on_random_graphs(mix, request):
    """Draws of the graph itself are shared with the exact value of each call."""
    seed = 100 + list(request.node.callspec.indices.values())[0]
    graph = random_graphs.Graph(seed, mix=mix)
    exact = squared_norms(graph.outputs, graph.wrt, method='jacobian')
    drawn = squared_norms(graph.outputs, graph.wrt, method='hutchinson', samples=3,
                          rng=RandomStreams(seed))
    compiled = function(graph.inputs, [d - e for d, e in zip(drawn, exact)] + exact)
    calls = [compiled(*graph.values) for _ in range(100)]
    for place in range(len(exact)):
        differences = np.array([c[place] for c in calls])
        error = differences.std(axis=0, ddof=1) / np.sqrt(len(calls))
        size = np.abs([c[len(exact) + place] for c in calls]).mean(axis=0)
        assert (abs(differences.mean(axis=0)) < 4 * error + 1e-4 * size + 1e-9).all()
