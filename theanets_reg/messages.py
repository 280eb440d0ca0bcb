"""How to say what was given, what was expected, and what to do."""

from __future__ import annotations

import collections.abc
import difflib
import numbers
import sys
import warnings
from collections.abc import Iterable, Mapping
from types import FrameType
from typing import TYPE_CHECKING

from . import backends

if TYPE_CHECKING:
    from .backends.types import Variable

__all__ = ['check_outputs', 'fault_of', 'kind_of', 'listed', 'nearest', 'warn']


def check_outputs(owner: str, outputs: Mapping[str, Variable]) -> None:
    """Check that `outputs` is a dict of str -> variable.

    Parameters
    ----------
    owner : str
        Whose argument it is, for the message.
    outputs : dict

    Raises
    ------
    TypeError
        If it is not.
    """
    if not isinstance(outputs, collections.abc.Mapping):
        raise TypeError("{}: the outputs are {}; expected a dict of names and variables, "
                        "such as {{'h': h}}".format(owner, kind_of(outputs)))
    for name, value in outputs.items():
        if not isinstance(name, str):
            raise TypeError("{}: the name of an output is {}; expected a string, as in "
                            "{{'h': h}}".format(owner, kind_of(name)))
        if not backends.is_symbolic(value):
            raise TypeError(
                '{}: output {!r} is {}; expected a Theano or PyTensor variable: build the '
                'expression with theano.tensor or pytensor.tensor'.format(
                    owner, name, kind_of(value)))


def fault_of(variable: Variable) -> str | None:
    """Why a variable can't be differentiated, to stand behind its name, or None."""
    if not backends.of(variable).is_dense(variable):
        return 'is no ordinary tensor but a {}'.format(variable.type)
    if not variable.dtype.startswith('float'):
        return 'has the dtype {}, which has no derivatives'.format(variable.dtype)
    return None


def kind_of(value: object) -> str:
    """What a value of the wrong kind is, in a few words."""
    if value is None or isinstance(value, (bool, numbers.Number, str)):
        return repr(value)
    name = type(value).__name__
    return '{} {}'.format('an' if name[0].lower() in 'aeiou' else 'a', name)


def nearest(name: str, names: Iterable[str]) -> str:
    """`` Did you mean '...'?`` for the name most like `name`, or nothing."""
    close = difflib.get_close_matches(name, list(names), n=1, cutoff=0.5)
    return ' Did you mean {!r}?'.format(close[0]) if close else ''


def listed(names: Iterable[str]) -> str:
    """Names for a message, quoted."""
    return ', '.join(repr(name) for name in names) or 'none'


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the line of the user's that led here.

    Not at ours and not at theanets', so that Python's rule of one warning a
    line holds for the user's lines.
    """
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and _is_library(frame):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


def _is_library(frame: FrameType) -> bool:
    package = frame.f_globals.get('__name__', '').split('.')[0]
    return package in ('theanets_reg', 'theanets', 'downhill')
