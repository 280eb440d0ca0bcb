"""Second derivatives of Theano's convolutions and pools, with the compiler.

Run by hand or by the tests: it prints the name of each op and what came of it.
"""

import numpy as np

import theanets_reg  # noqa: F401
import theano
import theano.tensor as TT
from theano.tensor.nnet import abstract_conv, conv, corr, corr3d, neighbours
from theano.tensor.signal import pool

STEP = 1e-5
rng = np.random.RandomState(0)


def compiled_thunk(self, node, storage_map, compute_map, no_recycling, impl=None):
    return theano.gof.Op.make_thunk(self, node, storage_map, compute_map, no_recycling, 'c')


# Only what has no Python version goes through the compiler: each op costs a call.
for op in (conv.ConvOp, corr.BaseCorrMM, corr3d.BaseCorr3dMM, pool.Pool, pool.PoolGrad,
           pool.DownsampleFactorMaxGradGrad):
    op.make_thunk = compiled_thunk


def filters(*shape):
    return TT.constant(rng.randn(*shape))


def pools(**kwargs):
    return lambda x: pool.pool_2d(TT.tanh(x), (2, 2), ignore_border=True, **kwargs)


OPS = {
    'conv2d': lambda x: TT.nnet.conv2d(x, filters(3, 2, 2, 2)),
    'conv2d by filters': lambda x: TT.nnet.conv2d(filters(1, 2, 5, 5), x),
    'conv2d of both': lambda x: TT.nnet.conv2d(TT.sqr(x), TT.tanh(x[:, :, :2, :2])),
    'old conv2d': lambda x: conv.conv2d(TT.sqr(x), filters(3, 2, 2, 2)),
    'old conv2d by filters': lambda x: conv.conv2d(filters(1, 2, 5, 5), TT.sqr(x)),
    'conv2d_transpose': lambda x: abstract_conv.conv2d_transpose(
        TT.sqr(x), filters(2, 3, 2, 2), (2, 3, 5, 5)) if hasattr(
            abstract_conv, 'conv2d_transpose') else TT.nnet.conv2d_transpose(
                TT.sqr(x), filters(2, 3, 2, 2), (2, 3, 5, 5)),
    'conv2d_grad_wrt_inputs': lambda x: abstract_conv.conv2d_grad_wrt_inputs(
        TT.sqr(x), filters(2, 3, 2, 2), (None, 3, 5, 5)),
    'conv2d_grad_wrt_weights': lambda x: abstract_conv.conv2d_grad_wrt_weights(
        TT.sqr(x), filters(2, 3, 3, 3), (3, 2, 2, 2)),
    'separable_conv2d': lambda x: abstract_conv.separable_conv2d(
        TT.sqr(x), filters(4, 1, 2, 2), filters(3, 4, 1, 1), num_channels=2),
    'causal_conv1d': lambda x: abstract_conv.causal_conv1d(
        TT.sqr(x[:, :, :, 0]), filters(3, 2, 2), filter_shape=(3, 2, 2)),
    'bilinear_upsampling': lambda x: abstract_conv.bilinear_upsampling(TT.sqr(x), 2),
    'max pool': pools(),
    'sum pool': pools(mode='sum'),
    'average pool': pools(mode='average_inc_pad'),
    'average pool without pads': pools(mode='average_exc_pad'),
    'images2neibs': lambda x: neighbours.images2neibs(TT.sqr(x), (2, 2)),
    'conv3d': lambda x: TT.nnet.conv3d(
        TT.sqr(x).dimshuffle(0, 1, 'x', 2, 3), filters(3, 2, 1, 2, 2)),
    'max_pool_3d': lambda x: pool.pool_3d(
        TT.sqr(x).dimshuffle(0, 'x', 1, 2, 3), (2, 2, 2), ignore_border=True),
}


def derivative(f, point, direction):
    return (f(point + STEP * direction) - f(point - STEP * direction)) / (2 * STEP)


def outcome(build):
    x = TT.tensor4('x')
    point, direction, other = (rng.randn(2, 2, 4, 4) for _ in range(3))
    output = build(x)
    values = theano.function([x], output)(point)
    loss = (output * TT.constant(rng.randn(*values.shape))).sum()
    slope = theano.grad(loss, x)
    try:
        curve = theano.grad((slope * other).sum(), x, disconnected_inputs='ignore')
    except Exception as error:
        return 'second: {}'.format(type(error).__name__)
    run = theano.function([x], [loss, slope, curve])
    found = [(r * direction).sum() for r in run(point)[1:]]
    expected = [derivative(lambda p: run(p)[0], point, direction),
                derivative(lambda p: (run(p)[1] * other).sum(), point, direction)]
    return 'right' if np.allclose(found, expected, rtol=1e-5, atol=1e-6) else 'wrong'


if __name__ == '__main__':
    for name, build in OPS.items():
        print('{}: {}'.format(name, outcome(build)), flush=True)
