"""Changes of other people's modules and classes that can be taken back."""

from __future__ import annotations

import functools
from typing import Any, Callable

__all__ = ['Patches']


class Patches(object):
    """What was changed, and how to take it back."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], Any]] = []

    def __bool__(self) -> bool:
        return bool(self._undo)

    def entry(self, names: dict[str, Any], name: str, value: Any) -> None:
        """Put a value into a dict, or a module's ``vars``."""
        if name in names:
            self._undo.append(functools.partial(names.__setitem__, name, names[name]))
        else:
            self._undo.append(functools.partial(names.__delitem__, name))
        names[name] = value

    def attribute(self, cls: type, name: str, value: Any) -> None:
        """Give a class an attribute; what it has inherited it inherits again."""
        if name in vars(cls):
            self._undo.append(functools.partial(setattr, cls, name, vars(cls)[name]))
        else:
            self._undo.append(functools.partial(delattr, cls, name))
        setattr(cls, name, value)

    def take_back(self) -> None:
        """Undo every change, the last one first."""
        while self._undo:
            self._undo.pop()()
