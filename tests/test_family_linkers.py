"""The family in the other modes of PyTensor: a script in a process of its own."""

import importlib.util

import pytest


def installed(name):
    return importlib.util.find_spec(name) is not None


pytestmark = [
    pytest.mark.compiled,
    pytest.mark.skipif(not all(map(installed, ['pytensor', 'jax'])),
                       reason='needs PyTensor and JAX'),
]

SCRIPT = '''
import numpy as np
import pytensor
import pytensor.tensor as pt
from theanets_reg import BernoulliDropout, GaussianNoise, penalty

x, W = pt.matrix('x'), pytensor.shared(np.random.RandomState(1).randn(4, 3), name='W')
h, given = pt.tanh(x @ W), np.random.RandomState(2).randn(1000, 4)
on_weights = dict(weight=1., params=[W])


def run(cost, mode):
    slopes = pt.grad(cost, W, disconnected_inputs='ignore')
    f = pytensor.function([x], [cost, slopes], mode=mode, on_unused_input='ignore')
    return [np.asarray(v) for v in f(given)]


for kwargs in [dict(weight_l2=on_weights), dict(weight_l1=on_weights), dict(hidden_l1=1.),
               dict(activation_l2=dict(weight=1., elements='sum')),
               dict(spectral_norm=on_weights)]:
    for one, other in zip(*[run(penalty({'h': h}, **kwargs), m) for m in ('JAX', 'FAST_COMPILE')]):
        np.testing.assert_allclose(one, other, rtol=1e-6, err_msg=str(kwargs))
noise = pt.sqr(GaussianNoise(weight=.5)(h) - h).mean()
dropped = pt.eq(BernoulliDropout(weight=.25)(h), 0).mean()
change = penalty({'h': pt.sqr(x)}, contractive=dict(
    weight=1., hessian=1., sigma=.25)) - 4 * pt.sqr(x).sum() / 1000
# Deviations of the means of 3,000 squares and of 3,000 and 4,000 draws.
for cost, expected, error in [
        (noise, .25, .25 * np.sqrt(2 / 3000)), (dropped, .25, np.sqrt(.25 * .75 / 3000)),
        (change, 1., np.sqrt(2 / 4000))]:
    assert abs(run(cost, 'JAX')[0] - expected) < 4 * error
'''


def test_jax(run_script):
    run_script(SCRIPT, 'floatX=float64,cxx=')
