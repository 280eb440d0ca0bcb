"""What users run: training steps in each package's default mode, at awkward sizes.

Theano's default compiles C, PyTensor's compiles by Numba; both rewrite the graph,
and a rewritten loop keeps what one that is run as written makes anew. So every way
to the norms is trained for some steps in a process of its own, and here once more
as written, by the Python linker.

It takes minutes: set THEANETS_REG_DEFAULT_MODES to run it.
"""

import os
import shutil

import numpy as np
import pytest

import default_modes
from symbolic import theano

pytestmark = [
    pytest.mark.compiled,
    pytest.mark.skipif(not os.environ.get('THEANETS_REG_DEFAULT_MODES'),
                       reason='THEANETS_REG_DEFAULT_MODES is not set'),
    pytest.mark.skipif(shutil.which('g++') is None, reason='there is no g++'),
]


@pytest.fixture(scope='module')
def compiled(tmp_path_factory):
    """The numbers of a set of cases in the default mode, trained once."""
    folder, done = tmp_path_factory.mktemp('default_modes'), {}

    def numbers(run_script, package, flags, names):
        if flags not in done:
            path = str(folder / '{}{}.npz'.format(package, len(done)))
            run_script(SCRIPT.format(package, path, sorted(names)), flags)
            done[flags] = dict(np.load(path))
        return done[flags]
    return numbers


SCRIPT = '''
import theanets_reg
import default_modes
default_modes.save({!r}, {!r}, {!r})
'''

#: What PyTensor's default compiles in a quarter of a minute each; test_linkers_pytensor.py has
#: it compile three layers, by rows, for one gradient. Numba takes two minutes for a loop over
#: chunks with its gradient: the others are compiled by C.
NUMBA = ['closed form', 'columns', 'recurrent norm']

#: The cases by the flags that they are compiled with.
FLAGS = {
    'theano': {'floatX=float64': sorted(default_modes.CASES)},
    'pytensor': {
        'floatX=float64': NUMBA,
        'floatX=float64,linker=cvm': sorted(set(default_modes.CASES) - set(NUMBA))},
}


@pytest.mark.parametrize('name', sorted(default_modes.CASES))
def test_training(engine, name, compiled, run_script):
    plain = theano.compile.Mode(linker='vm' if engine == 'theano' else 'py', optimizer=None)
    expected = default_modes.CASES[name]().trained(plain)
    steps = expected[:default_modes.STEPS]
    assert (abs(np.diff(steps)) > 1e-6).all()
    for flags, names in FLAGS[engine].items():
        if name in names:
            found = compiled(run_script, engine, flags, names)[name]
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
