"""Tests run without the C compiler unless they are marked `compiled`."""

import os

os.environ.setdefault('THEANO_FLAGS', '')
if 'mode=' not in os.environ['THEANO_FLAGS']:
    os.environ['THEANO_FLAGS'] += ',cxx=,mode=FAST_COMPILE,floatX=float64'

import theanets_reg  # noqa: E402,F401  (before Theano: it mends what Theano needs)

import numpy as np  # noqa: E402
import pytest  # noqa: E402


@pytest.fixture
def rng():
    return np.random.RandomState(13)
