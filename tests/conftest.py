"""Defaults of Theano and PyTensor for the tests, and fixtures.

Most tests are about what the expressions mean, so they run without a compiler
and in float64. Whatever is set in ``THEANO_FLAGS`` or ``PYTENSOR_FLAGS`` wins
over this. Tests marked `compiled` run a script of their own, as a user would
run it.
"""

import gc
import os
import shutil
import subprocess
import sys
import textwrap
import warnings

USER_FLAGS = {name: os.environ.get(name, '') for name in ('THEANO_FLAGS', 'PYTENSOR_FLAGS')}
for name, flags in (('THEANO_FLAGS', 'cxx=,mode=FAST_COMPILE,floatX=float64,traceback.limit=0'),
                    # PyTensor's own default compiles for minutes where this takes
                    # tenths of a second.
                    ('PYTENSOR_FLAGS', 'cxx=,mode=FAST_COMPILE,linker=py,floatX=float64,traceback__limit=0')):
    os.environ[name] = ','.join(filter(None, [flags, USER_FLAGS[name]]))

import precompiled  # noqa: E402
import symbolic  # noqa: E402

with warnings.catch_warnings():
    # Theano's comment on the empty cxx=, and the old modules that it needs.
    warnings.filterwarnings('ignore', message='.*no c\\+\\+ compiler')
    warnings.filterwarnings('ignore', message='the imp module is deprecated')
    warnings.filterwarnings('ignore', message='\\s*`numpy.distutils` is deprecated')
    import theanets_reg
    for name in symbolic.INSTALLED:
        __import__(name)
    if 'pytensor' in symbolic.INSTALLED:
        symbolic.without_folding_shapes()

import numpy as np  # noqa: E402
import pytest  # noqa: E402


# Graphs are many objects that live on: looking for garbage among them is a tenth of the time.
gc.set_threshold(100000, 20, 50)


def pytest_configure(config):
    config.addinivalue_line(
        'markers', 'compiled: runs with the compiler, where there is one')
    config.addinivalue_line(
        'markers', 'as_written: PyTensor runs graphs as they are; rewriting a loop with its '
        'gradient takes it seconds, ten times as long as all the rest')
    config.addinivalue_line(
        'markers', 'rewritten: one of those in a module that is as_written, rewritten all the same')
    # Old Python and NumPy names in Theano's own lines, thousands of times.
    config.addinivalue_line('filterwarnings', r'ignore::DeprecationWarning:theano\..*')


def pytest_generate_tests(metafunc):
    """Once for each package, or for those that a module names in ENGINES."""
    if any(isinstance(value, symbolic.Name) for value in vars(metafunc.module).values()):
        engines = getattr(metafunc.module, 'ENGINES', symbolic.INSTALLED)
        metafunc.parametrize('engine', engines, indirect=True)


@pytest.fixture(autouse=True)
def engine(request):
    """The name of the package that the test runs on, or None."""
    package = getattr(request, 'param', None)
    symbolic.use(package)
    yield package
    symbolic.use(None)


@pytest.fixture(autouse=True)
def as_written(engine, request):
    """What `as_written` means; Theano, which rewrites faster, rewrites all the same."""
    marks = {mark.name for mark in request.node.iter_markers()}
    if engine != 'pytensor' or 'as_written' not in marks or 'rewritten' in marks:
        yield
        return
    from pytensor import config
    from pytensor.compile.mode import Mode
    with config.change_flags(mode=Mode(linker='py', optimizer=None)):
        yield


@pytest.fixture
def rng():
    return np.random.RandomState(13)


@pytest.fixture
def theanets(engine):
    """theanets with our regularizers, taken out again afterwards."""
    if engine not in (None, symbolic.INSTALLED[0]):
        pytest.skip('theanets is on {}'.format(symbolic.INSTALLED[0]))
    yield theanets_reg.install()
    theanets_reg.uninstall()


@pytest.fixture
def folding_shapes(engine, monkeypatch):
    """PyTensor finds out known sizes as it does for its users."""
    if engine == 'pytensor':
        from pytensor.tensor import basic
        monkeypatch.setattr(basic, 'infer_static_shape', basic.infer_static_shape.folding)


@pytest.fixture
def run_script():
    """Run a script in a process of its own, configured as users have it.

    The flags that the user has set are kept, but for those that tests are about.
    """
    about = '', 'cxx', 'mode', 'linker', 'optimizer', 'floatX'
    compiles = shutil.which('g++') is not None

    def configured(name, flags):
        given = USER_FLAGS[name].split(',')
        kept = [f for f in given if f.split('=')[0].strip() not in about]
        # The compiler's own optimization is not what is tested, and takes long.
        cxxflags = 'gcc{}cxxflags=-O0 -g0'.format('__' if name == 'PYTENSOR_FLAGS' else '.')
        package = name.split('_')[0].lower()
        if compiles and package in symbolic.INSTALLED and 'cxx=' not in flags.split(','):
            cxxflags += ' ' + precompiled.flags(package, ','.join([cxxflags] + kept))
        return ','.join([cxxflags] + kept + [flags])

    def run(script, flags):
        here = os.path.dirname(os.path.abspath(__file__))
        env = dict(os.environ, PYTHONPATH=os.pathsep.join(
            [here, os.path.dirname(here)] + sys.path))
        env.update((name, configured(name, flags)) for name in USER_FLAGS)
        done = subprocess.run(
            [sys.executable, '-W', 'ignore', '-c', textwrap.dedent(script)], env=env,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
        assert done.returncode == 0, done.stdout
        return done.stdout
    return run
