"""PyTensor in its modes: Numba, which is its default, C, JAX, PyTorch, Python.

Each test is a script in a process of its own, since PyTensor is configured once, and
as small as can be: each kind of op costs a call of a compiler. All graphs in all modes:
benchmarks/linkers.py.
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


def case(mode, *graphs, there=True):
    return pytest.param(mode, graphs, id=mode, marks=pytest.mark.skipif(
        not there, reason='{} needs what is not installed'.format(mode)))


CASES = [
    case('Numba', 'one layer', 'three layers', there=installed('numba')),
    # Numba compiles a loop for minutes.
    case('C', 'one layer', 'three layers', 'recurrent_norm',
         there=shutil.which('g++') is not None),
    case('JAX', 'three layers', 'rows in chunks', 'columns in chunks', 'recurrent_norm', 'rnn',
         there=installed('jax')),
    # It has no loops.
    case('PyTorch', 'one layer', there=installed('torch')),
    case('Python', 'one layer', 'three layers', 'rows in chunks'),
]


@pytest.mark.parametrize('mode, graphs', CASES)
def test_compiles_and_agrees(mode, graphs, run_script):
    script = 'import linker_graphs\nfor name in {!r}:\n    linker_graphs.check(name, {!r})\n'
    run_script(script.format(graphs, mode), 'floatX=float32')
