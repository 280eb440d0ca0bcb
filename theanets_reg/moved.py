"""The module paths of version 1, for scripts and pickles that name them."""

from __future__ import annotations

import importlib
import importlib.machinery
import sys
import types
from typing import Any

from . import messages

__all__ = ['keep_old_paths']

#: Of each old module: where its public names are now, and which these are.
_MOVED = {
    'base': ('regularizers.base', ['Regularizer']),
    'contractive': ('regularizers.contractive', ['Contractive']),
    'factory': ('regularizers.keywords', ['from_kwargs', 'penalty']),
    'matching': ('regularizers.matching', ['UnmatchedPatternWarning']),
    'recurrent': ('regularizers.recurrent', ['RecurrentNorm', 'RecurrentState'])}


class _Moved(types.ModuleType):
    """A module that hands on the names of another, and warns of it.

    Parameters
    ----------
    name, target : str
        Its full name, and that of the module that has its names now.
    names : list of str
    """

    def __init__(self, name: str, target: str, names: list[str]) -> None:
        super().__init__(name, 'Moved to :mod:`{}`.'.format(target))
        self.__spec__ = importlib.machinery.ModuleSpec(name, None)
        self.__all__ = names
        self._target = target

    def __getattr__(self, name: str) -> Any:
        if name not in vars(self).get('__all__', ()):
            raise AttributeError('module {!r} has no attribute {!r}'.format(self.__name__, name))
        messages.warn('{0}.{1} is {2}.{1} now, and the old path will go; take it from '
                      'theanets_reg itself'.format(self.__name__, name, self._target),
                      DeprecationWarning)
        return getattr(importlib.import_module(self._target), name)


def keep_old_paths(package: str) -> None:
    """Let the old module paths of `package`, by its name, be imported."""
    for old, (new, names) in _MOVED.items():
        module = _Moved('{}.{}'.format(package, old), '{}.{}'.format(package, new), names)
        sys.modules[module.__name__] = module
        setattr(sys.modules[package], old, module)
