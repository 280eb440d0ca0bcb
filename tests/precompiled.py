"""Compiles once the headers that the packages include in the code of every op.

They are most of what the compiler reads for a small op. As a script, with the name of a
package, it prints the path of what is compiled. Code that is compiled with
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
    """The flags for a package; `configured` are those that it is run with.

    None where the compiler is not seen to be GCC, or does not compile the headers: they
    only save time.
    """
    if not sys.platform.startswith('linux'):
        return ''
    env = dict(os.environ)
    env['{}_FLAGS'.format(package.upper())] = configured
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', __file__, package], env=env,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, universal_newlines=True)
    if done.returncode:
        return ''
    header = done.stdout.splitlines()[-1]
    # Flags are told apart by these.
    return '' if ' ' in header or ',' in header else '-include ' + header


def compiled(package):
    """The path of the header; the compiler finds the compiled one beside it."""
    module = importlib.import_module(MODULES[package])
    config = importlib.import_module(package).config
    header = os.path.join(config.compiledir, 'headers.h')
    own = '{}.{}'.format(header, os.getpid())
    with open(own, 'w') as lines:
        # The packages also try the compiler on programs that know nothing of Python.
        lines.write('#if __has_include(<Python.h>)\n')
        lines.writelines('#include {}\n'.format(h) for h in HEADERS[package])
        lines.write('#endif\n')
    subprocess.check_call(
        [config.cxx] + OPTIONS + module.GCC_compiler.compile_args()
        + ['-I' + folder for folder in module.std_include_dirs()]
        + ['-x', 'c++-header', own, '-o', own + '.gch'])
    # Another process may read them now.
    os.replace(own, header)
    os.replace(own + '.gch', header + '.gch')
    return header


if __name__ == '__main__':
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    import theanets_reg  # noqa: F401
    print(compiled(sys.argv[1]))
