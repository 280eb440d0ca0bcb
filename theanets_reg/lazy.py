"""Names of a package that are imported when they are first asked for."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from typing import Any, Callable

__all__ = ['found_later']


def found_later(package: str, homes: Mapping[str, str]) -> tuple[
        Callable[[str], Any], Callable[[], list[str]]]:
    """What a package calls ``__getattr__`` and ``__dir__``.

    Parameters
    ----------
    package : str
        Its full name.
    homes : dict of str -> str
        The module that each name is in, from the package.
    """
    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError('module {!r} has no attribute {!r}'.format(package, name))
        value = getattr(importlib.import_module(homes[name], package), name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *homes})
    return find, names
