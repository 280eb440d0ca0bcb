"""The arguments of a regularizer's constructor: which there are."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

from .. import messages

__all__ = ['check_names', 'names']


def names(cls: Any) -> list[str]:
    """The names of all arguments that a class can be made with.

    Where its ``__init__`` takes ``**kwargs``, those of the class that it hands them on
    to are among them, and come first.
    """
    signatures: list[list[str]] = []
    for base in cls.__mro__[:-1]:
        if '__init__' not in vars(base):
            continue
        parameters = list(inspect.signature(base.__init__).parameters.values())[1:]
        signatures.append([p.name for p in parameters
                           if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)])
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            break
    return list(dict.fromkeys(name for own in reversed(signatures) for name in own))


def check_names(cls: Any, given: Iterable[str]) -> None:
    """Check that a class takes all arguments that are given by keyword.

    Raises
    ------
    TypeError
        If it doesn't.
    """
    expected = names(cls)
    for name in given:
        if name not in expected:
            raise TypeError('{}: unknown argument {!r}; expected some of {}.{}'.format(
                cls.__name__, name, messages.listed(expected),
                messages.nearest(name, expected)))
