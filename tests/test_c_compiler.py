"""What users run: the C compiler, the default mode, mostly float32.

Each test is a script in a process of its own, since Theano is configured once,
and as small as can be: every kind of node costs a call of the compiler.
"""

import importlib.util
import shutil
import textwrap

import pytest

pytestmark = [
    pytest.mark.compiled,
    pytest.mark.skipif(shutil.which('g++') is None, reason='there is no g++'),
    pytest.mark.skipif(importlib.util.find_spec('theano') is None,
                       reason='Theano is not installed'),
]

PRELUDE = '''
import theanets_reg
import theano
import theano.tensor as TT
import numpy as np
import oracles
assert theano.config.mode == 'Mode'
rng = np.random.RandomState(0)
'''


@pytest.fixture
def run(run_script):
    def run(script, flags=''):
        return run_script(PRELUDE + textwrap.dedent(script), 'floatX=float32' + flags)
    return run


def test_training_step_with_contractive(run):
    run('''
        assert theano.config.cxx
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
        assert theano.config.cxx
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


def test_memory_stays_bounded(run):
    """Batch 256, 1024 inputs, 512 and 256 units: 1 GiB beside what was there."""
    extra = run('''
        import resource
        from theanets_reg.jacobian import squared_norms
        x = TT.matrix('x')
        w, v = (theano.shared(rng.randn(*s).astype('f') / 30) for s in ((1024, 512), (512, 256)))
        norms = squared_norms(TT.tanh(TT.dot(TT.tanh(TT.dot(x, w)), v)), x)
        step = theano.function([x], norms.mean(), updates=[
            (p, p - np.float32(.1) * g)
            for p, g in zip([w, v], theano.grad(norms.mean(), [w, v]))])
        given = rng.rand(256, 1024).astype('f')
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        step(given)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    ''')
    assert int(extra.split()[-1]) < 2 ** 20, 'KiB'
