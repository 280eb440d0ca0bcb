"""PyTensor as it compiles for its users: by Numba, which is its default, by C, by JAX.

Each test is a script in a process of its own, since PyTensor is configured
once, and as small as can be: each kind of op costs a call of the compiler.
"""

import importlib.util
import shutil

import pytest


def installed(name):
    return importlib.util.find_spec(name) is not None


pytestmark = [
    pytest.mark.compiled,
    pytest.mark.skipif(not installed('pytensor'), reason='PyTensor is not installed'),
]

MODES = [
    pytest.param('mode=NUMBA', id='numba', marks=pytest.mark.skipif(
        not installed('numba'), reason='Numba is not installed')),
    pytest.param('mode=Mode,linker=cvm', id='c', marks=pytest.mark.skipif(
        shutil.which('g++') is None, reason='there is no g++')),
    pytest.param('mode=JAX', id='jax', marks=pytest.mark.skipif(
        not installed('jax'), reason='JAX is not installed')),
]

SCRIPT = '''
import warnings
import numpy as np
import pytensor
import pytensor.tensor as pt
import theanets_reg
rng = np.random.RandomState(0)
plain = pytensor.compile.Mode(linker='py', optimizer=None)


def check(inputs, cost, params, values):
    """The value and the gradients, compiled and as they are written."""
    results = [cost] + pytensor.grad(cost, params)
    assert all(r.dtype == 'float32' for r in results)
    found, expected = (pytensor.function(inputs, results, mode=mode)(*values)
                       for mode in (None, plain))
    assert np.abs(expected[0]) > 1e-3
    for f, e in zip(found, expected):
        assert np.asarray(f).dtype == 'float32'
        np.testing.assert_allclose(f, e, rtol=1e-4, atol=1e-5)


def shared(*shape):
    return pytensor.shared(rng.randn(*shape).astype('float32'), shape=shape)


# JAX has to know all sizes when it compiles; the others take any.
x = pt.tensor('x', dtype='float32', shape=(5, 4) if pytensor.config.mode == 'JAX' else (None, None))
given = rng.randn(5, 4).astype('float32')
W, V = shared(4, 3), shared(3, 2)
h = pt.sigmoid(pt.dot(x, W))
z = pt.tanh(pt.dot(h, V))
check([x], theanets_reg.penalty({'h': h, 'z': z}, contractive=0.5), [W, V], [given])
'''

LOOP = '''
import symbolic
symbolic.use('pytensor')
s = pt.ftensor3('s')
U = shared(3, 3)
states, _ = symbolic.theano.scan(
    lambda a, h: pt.tanh(a + pt.dot(h, U)), sequences=[s.dimshuffle(1, 0, 2)],
    outputs_info=[pt.zeros_like(s[:, 0])])
reg = theanets_reg.RecurrentNorm('h', time_axis=0, norm='l2', weight=0.5)
check([s], reg.weight * reg.loss([], {'h': states}), [U],
      [rng.randn(2, 4, 3).astype('float32')])
'''


@pytest.mark.parametrize('flags', MODES)
def test_compiles_and_agrees(flags, run_script):
    # PyTensor's loops need sizes that JAX does not know beforehand, and Numba
    # compiles one for minutes.
    script = SCRIPT + (LOOP if 'linker=cvm' in flags else '')
    run_script(script, flags + ',floatX=float32')
