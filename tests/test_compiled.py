"""What users run: the C compiler, the default mode, mostly float32.

Each test is a script in a process of its own, since Theano is configured once,
and as small as can be: every kind of node costs a call of the compiler.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import textwrap

import pytest

pytestmark = [
    pytest.mark.compiled,
    pytest.mark.skipif(shutil.which('g++') is None, reason='there is no g++'),
    pytest.mark.skipif(importlib.util.find_spec('theano') is None,
                       reason='Theano is not installed'),
]

HERE = os.path.dirname(os.path.abspath(__file__))

PRELUDE = '''
import theanets_reg
import theano
import theano.tensor as TT
import numpy as np
import oracles
assert theano.config.cxx and theano.config.mode == 'Mode'
rng = np.random.RandomState(0)
'''


@pytest.fixture
def run(user_flags):
    """Run a script with the user's flags but for those that the test is about."""
    def run(script, floatX='float32'):
        flags = [f for f in user_flags['THEANO_FLAGS'].split(',')
                 if f.split('=')[0].strip() not in ('', 'cxx', 'mode', 'floatX')]
        # The compiler's own optimization is not what is tested, and takes long.
        flags = ['gcc.cxxflags=-O0'] + flags + ['floatX=' + floatX]
        env = dict(os.environ, THEANO_FLAGS=','.join(flags),
                   PYTHONPATH=os.pathsep.join([HERE, os.path.dirname(HERE)] + sys.path))
        done = subprocess.run([sys.executable, '-c', PRELUDE + textwrap.dedent(script)],
                              env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              universal_newlines=True)
        assert done.returncode == 0, done.stdout
    return run


def test_training_step_with_contractive(run):
    run('''
        x = TT.matrix('x')
        W = theano.shared(rng.randn(6, 4).astype('f'))
        h = TT.nnet.sigmoid(TT.dot(x, W))
        penalty = theanets_reg.penalty({'h': h}, contractive=0.1)
        loss = TT.sqr(TT.dot(h, W.T) - x).mean() + penalty
        step = theano.function(
            [x], [loss, penalty], updates=[(W, W - np.float32(.01) * theano.grad(loss, W))])
        given, before = rng.randn(32, 6).astype('f'), W.get_value()
        losses, penalties = zip(*[step(given) for _ in range(5)])
        assert losses[0].dtype == W.get_value().dtype == 'float32'
        assert list(losses) == sorted(losses, reverse=True) and losses[-1] < losses[0]
        h = 1 / (1 + np.exp(-given.dot(before)))
        norms = ((h * (1 - h)) ** 2 * (before ** 2).sum(axis=0)).sum(axis=1)
        np.testing.assert_allclose(penalties[0], .1 * norms.mean(), rtol=1e-4)
    ''')


def test_training_step_with_recurrent_norm(run):
    """Through scan, with a mask."""
    run('''
        x, mask = TT.tensor3('x'), TT.matrix('mask')
        U = theano.shared(rng.randn(3, 3).astype('f'))
        h, _ = theano.scan(lambda x, h: TT.tanh(x + TT.dot(h, U)), sequences=[x],
                           outputs_info=[TT.zeros_like(x[0])])
        penalties = [
            theanets_reg.RecurrentNorm('h', time_axis=0, mask=mask, norm=norm).loss([], {'h': h})
            for norm in ('squared', 'l2')]
        step = theano.function([x, mask], penalties + [h], updates=[
            (U, U - np.float32(.1) * theano.grad(sum(penalties), U))])
        given, steps = rng.randn(5, 2, 3).astype('f'), np.ones((2, 5), 'f')
        steps[1, 3:] = 0
        squared, l2, states = step(given, steps)
        assert squared.dtype == l2.dtype == U.get_value().dtype == 'float32'
        for value, norm in (squared, 'squared'), (l2, 'l2'):
            np.testing.assert_allclose(value, oracles.recurrent_norm(
                states, time_axis=0, mask=steps, norm=norm), rtol=1e-4)
        assert sum(step(given, steps)[:2]) < squared + l2
    ''')


def test_convolution_and_pooling(run):
    """Theano's own Python versions of the two don't run on newer SciPy and NumPy."""
    run('''
        from theano.tensor.signal.pool import pool_2d
        from theanets_reg.jacobian import squared_norms
        x, given = oracles.tensor(4, 'x'), rng.randn(2, 1, 4, 4)
        z = TT.tanh(TT.nnet.conv2d(x, rng.randn(2, 1, 2, 2)))
        z = pool_2d(z, (2, 2), ignore_border=False)
        norms = oracles.contractive_norms(oracles.function([x], z), given)
        for method in oracles.EXACT:
            np.testing.assert_allclose(oracles.value(
                squared_norms(z, x, method=method), {x: given}), norms, rtol=1e-6)
    ''', floatX='float64')
