"""Defaults of Theano for the tests, and fixtures.

Most tests are about what the expressions mean, so they run without the C
compiler and in float64. Whatever is set in ``THEANO_FLAGS`` wins over this.
Tests marked `compiled` run a script of their own, as a user would run it.
"""

import os
import warnings

USER_FLAGS = os.environ.get('THEANO_FLAGS', '')
os.environ['THEANO_FLAGS'] = ','.join(filter(None, [
    'cxx=,mode=FAST_COMPILE,floatX=float64', USER_FLAGS]))

with warnings.catch_warnings():
    # Theano's comment on the empty cxx=, and the old modules that it needs.
    warnings.filterwarnings('ignore', message='.*no c\\+\\+ compiler')
    warnings.filterwarnings('ignore', message='the imp module is deprecated')
    warnings.filterwarnings('ignore', message='\\s*`numpy.distutils` is deprecated')
    import theanets_reg
    import theano  # noqa: F401

import numpy as np  # noqa: E402
import pytest  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line(
        'markers', 'compiled: runs with the C compiler, where there is one')
    config.addinivalue_line('filterwarnings', 'ignore:the imp module is deprecated')


@pytest.fixture
def rng():
    return np.random.RandomState(13)


@pytest.fixture
def theanets():
    """theanets with our regularizers, taken out again afterwards."""
    yield theanets_reg.install()
    theanets_reg.uninstall()


@pytest.fixture(scope='session')
def user_flags():
    """THEANO_FLAGS as they were before the tests set theirs."""
    return USER_FLAGS
