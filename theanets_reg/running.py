"""``python -m theanets_reg SCRIPT [ARG ...]``: scripts for theanets, unchanged."""

from __future__ import annotations

import importlib
import io
import os
import sys
import types
from collections.abc import Sequence
from types import ModuleType

from .compat import climate, theano_names
from .dropin import install

__all__ = ['main', 'prepare']

USAGE = '''\
usage: python -m theanets_reg SCRIPT [ARG ...]

Run a script that uses theanets as python would, with theanets_reg installed: its
keywords work, and "import climate" and "import theano" do, on every Python.
'''


def main(args: Sequence[str]) -> int:
    """Run what the command line says.

    Returns
    -------
    status : int
        For the shell: 0, or 2 where there is nothing to run. What the script itself
        exits with is raised.
    """
    if not args or args[0] in ('-h', '--help'):
        print(USAGE, end='')
        return 0 if args else 2
    path = args[0]
    try:
        with io.open(path, 'rb') as script:
            source = script.read()
    except OSError as error:
        print("python -m theanets_reg: can't open file {!r}: {}".format(path, error.strerror),
              file=sys.stderr)
        return 2
    sys.path[0] = os.path.dirname(os.path.abspath(path))
    prepare()
    run(path, source, args)
    return 0


def prepare() -> None:
    """Install the regularizers, and let old scripts import what they import."""
    install()
    if not climate.is_old(_imported('climate')):
        sys.modules['climate'] = climate.stand_in()
    if _imported('theano') is None:
        theano_names.put()


def _imported(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def run(path: str, source: bytes, argv: Sequence[str]) -> None:
    """Run a script as the main module, with `argv` as its command line."""
    if sys.version_info >= (3, 9):
        path = os.path.abspath(path)
    module = types.ModuleType('__main__')
    module.__file__ = path
    vars(module)['__builtins__'] = __builtins__
    sys.modules['__main__'] = module
    sys.argv = list(argv)
    exec(compile(source, path, 'exec', dont_inherit=True), vars(module))
