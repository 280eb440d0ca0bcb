"""Convolutional nets. Theano can't convolve without the C compiler today."""

import shutil

import numpy as np
import pytest

from symbolic import TT, theano
from oracles import function, tensor
from theanets_reg import backends
from theanets_reg.jacobian import explain
from theanets_reg.jacobian.batching import carried_through
from theanets_reg.jacobian.linear_maps import Dense
from theanets_reg.jacobian.sizes import Sizes

# PyTensor has no theano.tensor.nnet.conv2d.
ENGINES = ['theano']
pytest.importorskip('theano')
pool_2d = theano.tensor.signal.pool.pool_2d

SCRIPT = '''
import numpy as np
import theanets_reg
theanets = theanets_reg.install()
import theano
import theano.tensor as TT
from theano.tensor.nnet import abstract_conv, conv, corr, corr3d
from theano.tensor.signal import pool
from theano.tensor.shared_randomstreams import RandomStreams
from theanets_reg.jacobian import explain, squared_norms
from oracles import contractive_norms


def compiled_thunk(self, node, storage_map, compute_map, no_recycling, impl=None):
    return theano.gof.Op.make_thunk(self, node, storage_map, compute_map, no_recycling, 'c')


# Only what has no Python version goes through the compiler: each op costs a call.
for op in (conv.ConvOp, corr.BaseCorrMM, corr3d.BaseCorr3dMM, pool.Pool, pool.MaxPoolGrad):
    op.make_thunk = compiled_thunk
rng = np.random.RandomState(0)


def check(output, x, point, param):
    assert ' blocks, ' in explain(output, x)
    norms = [squared_norms(output, x, method=m) for m in ('auto', 'jacobian')]
    blocks = squared_norms(output, x, chunk_size=3)
    draws = squared_norms(output, x, method='hutchinson', rng=RandomStreams(7))
    weights = np.arange(1., 1. + len(point))
    compiled = theano.function([x], norms + [blocks, output] + [
        theano.grad(n.dot(weights), param) for n in norms])
    found, expected, blocks, _, slope, wanted = compiled(point)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    np.testing.assert_allclose(blocks, expected, rtol=1e-6)
    np.testing.assert_allclose(slope, wanted, rtol=1e-6)
    np.testing.assert_allclose(
        contractive_norms(lambda v: compiled(v)[3], point), expected, rtol=1e-6)
    draw = theano.function([x], draws)
    one = point[:1]
    found = np.concatenate([draw(np.repeat(one, 500, axis=0)) for _ in range(20)])
    assert abs(found.mean() - expected[0]) < 3 * found.std() / np.sqrt(len(found))


net = theanets.recurrent.Regressor(
    [2, dict(size=3, form='conv1', filter_size=2, activation='tanh'), 2])
outputs, _ = net.build_graph()
check(outputs['hid1:out'], net.inputs[0], rng.randn(2, 4, 2), net.find('hid1', 'w'))

x = TT.tensor4('x')
w = theano.shared(rng.randn(2, 1, 2, 2))
for convolve in TT.nnet.conv2d, conv.conv2d:
    h = pool.pool_2d(TT.tanh(convolve(x, w)), (2, 2), ignore_border=True)
    check(h, x, rng.randn(2, 1, 5, 5), w)

# By the literal Jacobian, the pooled images are gone through once for each unit.
v = theano.shared(rng.randn(8, 3))
check(TT.tanh(h.flatten(2).dot(v)), x, rng.randn(2, 1, 5, 5), v)

given = [theano.shared(rng.rand(1, 2, 1, 1) + .5, broadcastable=(True, False, True, True))
         for _ in range(4)]
for make in (
        lambda x: abstract_conv.conv2d_grad_wrt_inputs(
            x, w, (None, 1, 4, 4)),
        lambda x: abstract_conv.conv2d_grad_wrt_inputs(x, w, (2, 1, 4, 4)),
        lambda x: TT.nnet.conv2d(x[:, :1], w, input_shape=(2, 1, 3, 3)),
        lambda x: TT.nnet.bn.batch_normalization_test(
            TT.nnet.conv2d(x[:, :1], w), *given, axes='spatial')):
    check(TT.tanh(make(x)), x, rng.randn(2, 2, 3, 3), w)
x = TT.tensor5('x')
w3 = theano.shared(rng.randn(2, 1, 2, 2, 1))
check(TT.tanh(TT.nnet.conv3d(x, w3)), x, rng.randn(2, 1, 3, 2, 2), w3)

x = TT.tensor3('x')
h = TT.tanh(abstract_conv.conv2d(x.dimshuffle(0, 'x', 1, 2), w))
check(pool.pool_2d(h, (2, 2), ignore_border=True).flatten(2), x, rng.randn(3, 4, 5), w)
'''


@pytest.mark.compiled
@pytest.mark.skipif(shutil.which('g++') is None, reason='there is no g++')
def test_equal_to_the_literal_jacobian(run_script):
    run_script(SCRIPT, 'floatX=float64,mode=FAST_COMPILE')


def filters(*shape):
    return theano.shared(np.ones(shape))


@pytest.mark.parametrize('build', [
    lambda x: TT.nnet.conv2d(x, filters(2, 1, 3, 3), border_mode='half'),
    lambda x: TT.nnet.conv2d(x, filters(2, 1, 2, 2), subsample=(2, 2)),
    lambda x: TT.nnet.conv2d(TT.tanh(TT.nnet.conv2d(x, filters(2, 1, 2, 2))),
                             filters(3, 2, 2, 2)),
    lambda x: pool_2d(x, (2, 2), ignore_border=True),
    lambda x: pool_2d(x, (2, 2), ignore_border=True, mode='average_exc_pad'),
    lambda x: TT.nnet.conv2d(x, filters(2, 1, 2, 2)).flatten(2),
    lambda x: TT.nnet.conv2d(x, filters(2, 1, 2, 2), input_shape=(None, 1, 4, 4)),
])
def test_all_rows_at_once(build):
    x = tensor(4, 'x')
    assert 'row blocks' in explain(TT.tanh(build(x)), x)


def to_the_maxima(rows, images, maxima, window):
    """Each of `rows` at all the places of its window that hold the maximum."""
    made = np.zeros(rows.shape[:1] + images.shape)
    for place in np.ndindex(*maxima.shape):
        for a, b in np.ndindex(*window):
            cell = place[:2] + (place[2] * window[0] + a, place[3] * window[1] + b)
            if images[cell] == maxima[place]:
                made[(slice(None), ) + cell] = rows[(slice(None), ) + place]
    return made


def pooled(images, maxima, window):
    """The greatest of each window of an array; what is left over at the end is not read."""
    high, wide = window
    return np.array([images[n, c, high * i:high * (i + 1), wide * j:wide * (j + 1)].max()
                     for n, c, i, j in np.ndindex(*maxima)]).reshape(maxima)


@pytest.mark.parametrize('window', [(2, 3), (3, 2), (1, 4), (3, 4)], ids=str)
def test_rows_go_to_the_maxima(window, rng):
    """And their gradient comes back from there; rounded images have several maxima."""
    images, maxima, slopes = tensor(4), tensor(4), tensor(4)
    back = theano.tensor.signal.pool.MaxPoolGrad(ignore_border=True)(
        images, maxima, slopes, ws=np.array(window))
    rows, weights = tensor(5), tensor(5)
    made, = carried_through([back], slopes, Dense(rows), Sizes(backends.of(images)))
    run = function([images, maxima, rows, weights], [
        made.full(), theano.grad((made.full() * weights).sum(), rows)])

    given = np.floor(3 * rng.rand(2, 3, 4 * window[0] + 1, 2 * window[1] + 1))
    greatest, factors = pooled(given, (2, 3, 4, 2), window), rng.randn(5, *given.shape)
    value = rng.randn(5, 2, 3, 4, 2)
    found, slope = run(given, greatest, value, factors)
    np.testing.assert_allclose(found, to_the_maxima(value, given, greatest, window))
    units = np.eye(value[0].size).reshape((-1, ) + value.shape[1:])
    ways = to_the_maxima(units, given, greatest, window).reshape(len(units), -1)
    expected = np.dot(factors.reshape(5, -1), ways.T).reshape(slope.shape)
    np.testing.assert_allclose(slope, expected, rtol=1e-12)


def test_an_old_op_of_a_fixed_number_of_examples_goes_row_by_row():
    x = tensor(4, 'x')
    h = theano.tensor.nnet.conv.conv2d(
        x, filters(2, 1, 2, 2), image_shape=(5, 1, 4, 4), filter_shape=(2, 1, 2, 2))
    assert 'row by row' in explain(h, x)


def test_filters_from_the_input_are_not_proven():
    x = tensor(4, 'x')
    assert 'literal' in explain(TT.nnet.conv2d(x, TT.tanh(x)), x)


def test_layers_of_theanets(theanets):
    net = theanets.recurrent.Regressor(
        [2, dict(size=3, form='conv1', filter_size=2), dict(
            size=4, form='conv1', filter_size=3, border_mode='full'), 2])
    outputs, _ = net.build_graph()
    for name in ('hid1:out', 'hid2:out'):
        assert 'row blocks' in explain(outputs[name], net.inputs[0])
