"""theanets 0.7.3 and downhill 0.4.0 on today's Pythons."""

from __future__ import annotations

import collections
import contextlib
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from . import bridge, climate

__all__ = ['load']


def load() -> ModuleType:
    """Import theanets, with what it misses on this machine.

    Returns
    -------
    theanets : module

    Raises
    ------
    ImportError
        If theanets or what it needs is not installed.
    """
    missing = [name for name in ('theanets', 'downhill', 'click')
               if not _installed(name)]
    if not _installed('theano') and not _installed('pytensor'):
        missing.append('Theano or PyTensor')
    if missing:
        raise ImportError(
            'theanets needs {}, which is not installed. In a clone of theanets-reg, install '
            'with: pip install ".[test]" && pip install --no-deps theanets==0.7.3 '
            'downhill==0.4.0'.format(' and '.join(missing)))
    with _climate(), _theano():
        theanets = importlib.import_module('theanets')
    _mend_collections(importlib.import_module('downhill.dataset'))
    return theanets


def _installed(name: str) -> bool:
    return name in sys.modules or importlib.util.find_spec(name) is not None


@contextlib.contextmanager
def _theano() -> Iterator[None]:
    """Theano itself or, where there is only PyTensor, the names of Theano."""
    if _installed('theano') or 'theanets' in sys.modules:
        yield
    else:
        with bridge.theano_from_pytensor():
            yield


@contextlib.contextmanager
def _climate() -> Iterator[None]:
    """Stand in for the logging package that was once named ``climate``.

    The name belongs to another project today. theanets asks for it only while
    it is imported, so the stand-in is taken out again.
    """
    try:
        found = importlib.import_module('climate')
    except ImportError:
        found = None
    if climate.is_old(found):
        yield
        return
    sys.modules['climate'] = climate.stand_in()
    try:
        yield
    finally:
        del sys.modules['climate']
        if found is not None:
            sys.modules['climate'] = found


def _mend_collections(dataset: Any) -> None:
    """``collections.Callable`` moved to ``collections.abc`` in Python 3.10."""
    if not hasattr(collections, 'Callable'):
        dataset.collections = importlib.import_module('collections.abc')
