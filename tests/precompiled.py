"""Compiles once the headers that the packages include in the code of every op.

They are most of what the compiler reads for a small op. As a script, with the name of a
package, it prints the flags for g++ by which they are found. Code that is compiled with
other options reads the headers as ever.
"""

import functools
import importlib
import os
import subprocess
import sys

#: Where each package has its compiler.
MODULES = {'theano': 'theano.gof.cmodule', 'pytensor': 'pytensor.link.c.cmodule'}

#: What the code of each package begins with.
HEADERS = {
    'theano': ['<Python.h>', '<iostream>', '"theano_mod_helper.h"', '<math.h>',
               '<numpy/arrayobject.h>', '<numpy/arrayscalars.h>'],
    'pytensor': ['<Python.h>', '"pytensor_mod_helper.h"', '<math.h>',
                 '<numpy/arrayobject.h>', '<numpy/arrayscalars.h>']}

#: The options of every op; the others are those of the configuration.
OPTIONS = ['-shared', '-g', '-O3', '-fno-math-errno', '-fvisibility=hidden']


@functools.lru_cache(maxsize=None)
def flags(package, configured):
    """The flags for a package; `configured` are those that it is run with."""
    env = dict(os.environ)
    env['{}_FLAGS'.format(package.upper())] = configured
    return subprocess.check_output(
        [sys.executable, '-W', 'ignore', __file__, package], env=env,
        universal_newlines=True).splitlines()[-1]


def compiled(package):
    """The path of the header; the compiler finds the compiled one beside it."""
    module = importlib.import_module(MODULES[package])
    config = importlib.import_module(package).config
    header = os.path.join(config.compiledir, 'headers.h')
    with open(header, 'w') as lines:
        # The packages also try the compiler on programs that know nothing of Python.
        lines.write('#if __has_include(<Python.h>)\n')
        lines.writelines('#include {}\n'.format(h) for h in HEADERS[package])
        lines.write('#endif\n')
    subprocess.check_call(
        [config.cxx] + OPTIONS + module.GCC_compiler.compile_args()
        + ['-I' + folder for folder in module.std_include_dirs()]
        + ['-x', 'c++-header', header, '-o', header + '.gch'])
    return header


if __name__ == '__main__':
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    import theanets_reg  # noqa: F401
    print('-include', compiled(sys.argv[1]))
