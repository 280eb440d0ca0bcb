"""What Theano misses on newer machines, each patch alone."""

import importlib.util
import logging
import os
import subprocess
import sys
import types

import numpy as np
import pytest

from theanets_reg.compat import theano as compat
from theanets_reg.compat.source import rewritten

needs_theano = pytest.mark.skipif(
    importlib.util.find_spec('theano') is None, reason='Theano is not installed')


@pytest.fixture
def flags(monkeypatch, tmp_path):
    """An environment in which the user has configured nothing."""
    monkeypatch.setenv('THEANORC', str(tmp_path / 'theanorc'))
    monkeypatch.setenv('THEANO_FLAGS', '')
    monkeypatch.setattr(compat, '_scipy_openblas', lambda: '/some/lib/libopenblasp-r0.so')
    yield lambda: os.environ['THEANO_FLAGS']
    logging.getLogger('theano.tensor.blas').filters.clear()


def test_scipys_blas_is_named(flags):
    compat._use_scipy_blas()
    assert flags() == 'blas.ldflags=-L/some/lib -l:libopenblasp-r0.so'


def test_other_flags_are_kept(flags, monkeypatch):
    monkeypatch.setenv('THEANO_FLAGS', 'floatX=float32')
    compat._use_scipy_blas()
    assert flags() == 'floatX=float32,blas.ldflags=-L/some/lib -l:libopenblasp-r0.so'


@pytest.mark.parametrize('setting', ['blas.ldflags=', 'floatX=float32,blas.ldflags=-lblas'])
def test_a_blas_in_the_flags_is_respected(flags, monkeypatch, setting):
    monkeypatch.setenv('THEANO_FLAGS', setting)
    compat._use_scipy_blas()
    assert flags() == setting


@pytest.mark.parametrize('text', ['[blas]\nldflags = -lblas\n',
                                  '[global]\nfloatX = float32\n[blas]\nldflags =\n'])
def test_a_blas_in_theanorc_is_respected(flags, text):
    with open(os.environ['THEANORC'], 'w') as handle:
        handle.write(text)
    compat._use_scipy_blas()
    assert flags() == ''


@pytest.mark.parametrize('path', ['/a,b/lib.so', '/a b/lib.so', "/a'b/lib.so", None])
def test_a_path_that_flags_cannot_hold(flags, monkeypatch, path):
    monkeypatch.setattr(compat, '_scipy_openblas', lambda: path)
    compat._use_scipy_blas()
    assert flags() == ''


@pytest.mark.parametrize('version, missing', [('1.21.6', False), ('1.23.5', False),
                                              ('1.24.0', True), ('1.26.4', True)])
def test_numpy_names(monkeypatch, version, missing):
    numpy = types.ModuleType('numpy')
    numpy.__version__ = version
    numpy.float = mine = object()
    monkeypatch.setitem(sys.modules, 'numpy', numpy)
    compat._restore_numpy_names()
    assert numpy.float is mine
    assert hasattr(numpy, 'bool') == missing
    assert not missing or (numpy.bool is bool and numpy.object is object)


@pytest.mark.parametrize('present', [True, False])
def test_numpy_blas_info(monkeypatch, tmp_path, present):
    config = types.ModuleType('numpy.distutils.__config__')
    info = {'libraries': ['blas']}
    if present:
        config.blas_opt_info = info
    (tmp_path / 'distutils').mkdir()
    (tmp_path / 'distutils' / '__config__.py').write_text('')
    monkeypatch.setattr(np, '__file__', str(tmp_path / '__init__.py'))
    monkeypatch.setitem(sys.modules, 'numpy.distutils', types.ModuleType('distutils'))
    monkeypatch.setitem(sys.modules, 'numpy.distutils.__config__', config)
    compat._restore_numpy_blas_info()
    assert config.blas_opt_info == (info if present else {})


def run(code, **environment):
    return subprocess.run([sys.executable, '-W', 'ignore', '-c', code], check=True,
                          env=dict(os.environ, **environment), stdout=subprocess.PIPE,
                          universal_newlines=True).stdout.strip()


def test_nothing_is_touched_needs_theano():
    assert run('''
import importlib.util, os, sys
import numpy
before = dict(vars(numpy)), dict(os.environ)
real = importlib.util.find_spec
importlib.util.find_spec = lambda name, *a: None if name == 'theano' else real(name, *a)
import theanets_reg
assert (dict(vars(numpy)), dict(os.environ)) == before
assert 'theano' not in sys.modules and 'theano.scan_module.scan_perform_ext' not in sys.modules
print('untouched')
''', THEANO_FLAGS='') == 'untouched'


def test_importing_the_library_imports_no_engine():
    assert run('''
import sys
import theanets_reg
print(sorted({'theano', 'pytensor', 'theanets'} & set(sys.modules)))
''') == '[]'


@needs_theano
def test_scan_runs_on_this_python():
    assert run('''
import theanets_reg, theano, theano.tensor as TT, numpy as np
x = TT.matrix()
h, _ = theano.scan(lambda a, b: a + b, x, TT.zeros_like(x[0]))
print(h.eval({x: np.ones((3, 2))})[-1].tolist())
''') == '[3.0, 3.0]'


@needs_theano
def test_a_loop_does_not_compare_numbers_to_know_where_its_results_are():
    """The numbers of what a step was lent are read by nobody but the step."""
    assert run('''
import dis
import theanets_reg.backends.theano_backend
from theano.scan_module.scan_op import Scan
read = [i.argval for i in dis.get_instructions(Scan.execute) if i.opname.endswith("_ATTR")]
print(read.count("__array_interface__"), read.count("data"))
''') == '5 2'


def _doubled(value):
    once = value
    return once + once


def test_a_method_that_is_changed_is_not_changed_again():
    """The text of one that is changed is nowhere; a reload is no error."""
    module = sys.modules[__name__]
    changed = rewritten(module, _doubled, [('once + once', '3 * once')])
    assert changed(2) == 6
    assert rewritten(module, changed, [('3 * once', '4 * once')]) is None


@pytest.mark.parametrize('text, everywhere', [('no such text', True), ('once', False)])
def test_a_method_with_another_text_is_not_changed(text, everywhere):
    assert rewritten(sys.modules[__name__], _doubled, [(text, '')], everywhere) is None


def test_a_text_that_is_there_more_than_once_is_changed_everywhere():
    changed = rewritten(sys.modules[__name__], _doubled, [('once', 'it')], everywhere=True)
    assert changed.__code__.co_varnames == ('value', 'it')
    assert changed(2) == 4


@needs_theano
def test_results_that_a_loop_leaves_elsewhere_are_copied():
    """A state that is passed on as it is, one that is another's, and one with a NaN."""
    import theano
    from theano import tensor as TT
    from theanets_reg import backends
    x, start = TT.matrix('x'), TT.vector('start')
    backends.of(x)
    (one, other, third), _ = theano.scan(
        lambda a, s, t, u: [s, s, u + a], sequences=[x], outputs_info=[start, 2 * start, start])
    given = np.array([[1., 2.], [np.nan, 3.], [1., 1.]])
    found = theano.function([x, start], [one, other, third])(given, np.array([1., 2.]))
    np.testing.assert_array_equal(found[0], [[1, 2]] * 3)
    np.testing.assert_array_equal(found[1], [[1, 2]] * 3)
    np.testing.assert_array_equal(found[2], [[2, 4], [np.nan, 7], [np.nan, 8]])


def _squares_and_sum(a):
    return a ** 2 + a.sum()


def _slopes(a, slopes):
    return [2 * slopes * a + slopes.sum()]


def nodes_of_a_chain(length):
    """Of a gradient through so many composite ops, put in their places and not merged."""
    import theano
    from theano import tensor as TT
    from theano.compile.mode import OPT_NONE
    from theanets_reg import backends
    h = x = TT.matrix('x')
    for _ in range(length):
        h = backends.of(x).with_gradient(_squares_and_sum, _slopes, h)
    inlined = theano.compile.Mode(
        linker='py', optimizer=OPT_NONE.including('inline_ofg_expansion'))
    slope = theano.grad(h.sum(), x)
    # Twice: what the first function holds is not taken for the second.
    theano.function([x], slope, mode=inlined)
    made = theano.function([x], slope, mode=inlined)
    return len(made.maker.fgraph.apply_nodes)


@needs_theano
def test_composite_ops_are_put_in_their_places_once():
    """The graph grows with their number, and is not doubled by each."""
    few, many = nodes_of_a_chain(5), nodes_of_a_chain(10)
    assert many < 2.5 * few
