"""PyTensor behind all of Theano's public names, for scripts.

What theanets asks for is in :mod:`bridge`. Scripts ask for more: custom layers and losses
are written with ``theano.tensor``. A name that PyTensor has is PyTensor's own, a module
that it has is that module, and where PyTensor differs a function stands for Theano's.
"""

from __future__ import annotations

import collections
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types
from collections.abc import Sequence
from types import ModuleType
from typing import Any, Callable

from . import bridge, images, nnet
from .streams import MRG_RandomStreams

__all__ = ['put']

# Modules that PyTensor has under another name, or that have no counterpart.
_OTHERS = {'theano.tensor.nnet.nnet': 'theano.tensor.nnet',
           'theano.tensor.nnet.abstract_conv': 'theano.tensor.nnet'}


def put() -> None:
    """Let ``import theano`` find PyTensor, for the rest of the process.

    Raises
    ------
    ImportError
        If PyTensor is not installed.
    """
    modules: dict[str, _Names] = {}
    for name, names in _names().items():
        counterpart = name.replace('theano', 'pytensor', 1)
        modules[name] = _Names(name, names, _found(counterpart))
        parent, _, child = name.rpartition('.')
        if parent:
            vars(modules[parent])[child] = modules[name]
    sys.modules.update(modules)
    sys.meta_path.append(_Finder())


class _Names(types.ModuleType):
    """A module of Theano's name, with PyTensor's module behind it, or none."""

    def __init__(self, name: str, own: dict[str, Any], behind: ModuleType | None) -> None:
        super().__init__(name, __doc__)
        self.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)
        self.__path__: list[str] = []
        self._behind = behind
        vars(self).update(own)

    def __getattr__(self, name: str) -> Any:
        behind = vars(self).get('_behind')
        if name.startswith('__') or not hasattr(behind, name):
            raise AttributeError(
                '{}.{}: PyTensor, which stands for Theano here, has nothing of that '
                'name'.format(self.__name__, name))
        return getattr(behind, name)

    def __dir__(self) -> list[str]:
        return sorted({*vars(self), *dir(vars(self).get('_behind'))})


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds other modules of Theano's as PyTensor's of the same path."""

    def find_spec(self, fullname: str, path: Sequence[Any] | None = None,
                  target: ModuleType | None = None) -> Any:
        if fullname.startswith('theano.') and _found(self._counterpart(fullname)):
            return importlib.machinery.ModuleSpec(fullname, self)
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Put the counterpart in the module's place: it stays what it is."""
        counterpart = importlib.import_module(self._counterpart(module.__name__))
        sys.modules[module.__name__] = counterpart

    @staticmethod
    def _counterpart(name: str) -> str:
        return _OTHERS.get(name, name.replace('theano', 'pytensor', 1))


def _found(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _names() -> dict[str, dict[str, Any]]:
    """What is not PyTensor's own, by Theano's modules: packages before what is in them."""
    import pytensor
    from pytensor import gradient, tensor
    from pytensor.graph.replace import clone_replace

    names = {name: {key: value for key, value in vars(module).items()
                    if key[:2] != '__' and not isinstance(value, ModuleType)}
             for name, module in bridge.stand_ins().items()}
    pool = dict(pool_2d=images.pool_2d)
    for name, more in {
            'theano': dict(scan=scan, clone=clone_replace, dot=tensor.dot,
                           pp=pytensor.printing.pp),
            'theano.tensor': dict(
                nnet.TENSOR, abs_=tensor.abs, inv=tensor.reciprocal,
                consider_constant=gradient.disconnected_grad),
            'theano.tensor.nnet': nnet.NNET,
            'theano.tensor.shared_randomstreams': dict(RandomStreams=MRG_RandomStreams),
            'theano.tensor.signal': {},
            'theano.tensor.signal.pool': pool,
            'theano.tensor.signal.downsample': dict(pool, max_pool_2d=images.pool_2d)}.items():
        names.setdefault(name, {}).update(more)
    return dict(sorted(names.items()))


def scan(fn: Callable[..., Any], *args: Any, **kwargs: Any) -> tuple[Any, Any]:
    """A loop's outputs, and its updates as a dict."""
    outputs, updates = bridge.scan(fn, *args, **kwargs)
    return outputs, collections.OrderedDict(updates)
