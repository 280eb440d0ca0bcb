"""Theano 1.0.5 on newer Pythons and NumPys, and the BLAS that SciPy brings.

:func:`prepare` runs before ``import theano``; it does not import Theano.
"""

from __future__ import annotations

import configparser
import ctypes
import glob
import importlib
import importlib.util
import logging
import os
import sys
from logging import LogRecord
from typing import Any

__all__ = ['prepare']

_REMOVED_FROM_NUMPY = {'bool': bool, 'int': int, 'float': float,
                       'complex': complex, 'object': object, 'str': str}


def prepare() -> None:
    """Make ``import theano`` work and fast, where Theano is installed.

    Does nothing where Theano is not installed or runs already.
    """
    if 'theano' in sys.modules or importlib.util.find_spec('theano') is None:
        return
    _restore_numpy_names()
    _restore_numpy_blas_info()
    _use_python_scan_loop()
    _use_scipy_blas()


def _restore_numpy_names() -> None:
    """NumPy 1.24 removed the aliases of Python's own types."""
    import numpy
    if tuple(int(n) for n in numpy.__version__.split('.')[:2]) < (1, 24):
        return
    for name, kind in _REMOVED_FROM_NUMPY.items():
        if name not in vars(numpy):
            setattr(numpy, name, kind)


def _restore_numpy_blas_info() -> None:
    """NumPy 1.22 to 1.25 keep ``__config__`` but not its ``blas_opt_info``.

    Theano asks for it wherever the module exists. It is looked for as a file:
    the import of ``numpy.distutils`` alone gives a deprecation warning.
    """
    import numpy
    path = os.path.join(os.path.dirname(numpy.__file__), 'distutils', '__config__.py')
    if os.path.exists(path):
        config: Any = importlib.import_module('numpy.distutils.__config__')
        if not hasattr(config, 'blas_opt_info'):
            config.blas_opt_info = {}


def _use_python_scan_loop() -> None:
    """Theano's compiled scan loop can't be built on Python 3.11.

    With the module known to be absent, scan falls back to its Python loop.
    """
    if sys.version_info >= (3, 11):
        sys.modules.setdefault('theano.scan_module.scan_perform_ext', None)


def _use_scipy_blas() -> None:
    """Name SciPy's OpenBLAS to Theano, unless the user has named a BLAS.

    Theano finds no BLAS on a machine that has only what pip installs, and is
    then about two times slower. The wheels of SciPy before 1.13 bring an
    OpenBLAS whose functions have the usual names.
    """
    flags = os.environ.get('THEANO_FLAGS', '')
    if 'blas.ldflags' in flags or _blas_in_theanorc():
        return
    if importlib.util.find_spec('mkl') is not None:
        return
    library = _scipy_openblas()
    if library is None or any(c in library for c in ', \'"\\'):
        return
    ldflags = 'blas.ldflags=-L{} -l:{}'.format(*os.path.split(library))
    os.environ['THEANO_FLAGS'] = ','.join(filter(None, [flags, ldflags]))
    _name_processor_to_openblas()
    logging.getLogger('theano.tensor.blas').addFilter(_not_a_false_alarm)


def _name_processor_to_openblas() -> None:
    """An OpenBLAS older than the processor takes it for one of 2004.

    Its products are then three to four times slower than the processor allows.
    Whether that is so is asked of NumPy's OpenBLAS; the answer is for SciPy's,
    which is loaded later, with Theano's first compiled function.
    """
    if 'OPENBLAS_CORETYPE' in os.environ or _openblas_core() != 'Prescott':
        return
    try:
        with open('/proc/cpuinfo') as lines:
            flags = next(line for line in lines if line.startswith('flags')).split()
    except (OSError, StopIteration):
        return
    if {'avx512f', 'avx512cd', 'avx512bw', 'avx512dq', 'avx512vl'} <= set(flags):
        os.environ['OPENBLAS_CORETYPE'] = 'SkylakeX'
    elif {'avx2', 'fma'} <= set(flags):
        os.environ['OPENBLAS_CORETYPE'] = 'Haswell'


def _openblas_core() -> str | None:
    """The processor that NumPy's OpenBLAS runs as, or None."""
    import numpy
    site = os.path.dirname(os.path.dirname(numpy.__file__))
    for path in glob.glob(os.path.join(site, 'numpy.libs', 'libopenblas*.so')):
        library = ctypes.CDLL(path)
        for name in 'openblas_get_corename64_', 'openblas_get_corename':
            if hasattr(library, name):
                core = getattr(library, name)
                core.restype = ctypes.c_char_p
                return core().decode()
    return None


def _not_a_false_alarm(record: LogRecord) -> bool:
    """Theano looks for ``<name>`` in the folder's files, not for ``:<file>``."""
    return 'did not find a dynamic library' not in record.getMessage()


def _blas_in_theanorc() -> bool:
    paths = os.environ.get('THEANORC', '~/.theanorc').split(os.pathsep)
    config = configparser.RawConfigParser()
    config.read([os.path.expanduser(path) for path in paths])
    return config.has_option('blas', 'ldflags')


def _scipy_openblas() -> str | None:
    scipy = importlib.util.find_spec('scipy')
    if scipy is None or not scipy.origin:
        return None
    site = os.path.dirname(os.path.dirname(scipy.origin))
    found = glob.glob(os.path.join(site, 'scipy.libs', 'libopenblasp-*.so'))
    return found[0] if found else None
