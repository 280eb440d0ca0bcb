"""Glob matching of names, and what to say when nothing matches."""

from __future__ import annotations

import fnmatch
import numbers
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .. import backends, messages

if TYPE_CHECKING:
    from ..backends.types import Variable

__all__ = ['UnmatchedPatternWarning', 'as_patterns', 'matches', 'select', 'warn_none',
           'warn_unmatched']


class UnmatchedPatternWarning(UserWarning):
    """A regularizer's pattern matches no output, so it contributes 0."""


def as_patterns(owner: str, argument: str, value: Any) -> Any:
    """Check that `value` is one glob or a sequence of globs.

    Parameters
    ----------
    owner, argument : str
        Whose argument it is, for the message.
    value : str, or list or tuple of str

    Returns
    -------
    value : str or tuple of str

    Raises
    ------
    TypeError
        If `value` is anything else.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple)) and all(isinstance(v, str) for v in value):
        return tuple(value)
    raise TypeError(
        "{}: {}={!r} is not a glob pattern; expected a string such as "
        "'hid1:out', or a list of strings.{}".format(
            owner, argument, value, _meant(argument, value)))


def _meant(argument: str, value: Any) -> str:
    """What was probably meant by a pattern that is none."""
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if argument == 'pattern' and number:
        return ' Did you mean weight={!r}?'.format(value)
    parts = value if isinstance(value, (list, tuple)) else [value]
    variables = [part for part in parts if backends.is_symbolic(part)]
    if not variables:
        return ''
    if argument == 'pattern' and variables[0].ndim == 0:
        return ' Did you mean weight=?'
    return ' Give the name of the variable: {}={!r}'.format(
        argument, variables[0].name or 'its name')


def matches(name: str, patterns: str | Sequence[str]) -> bool:
    """Whether `name` is or matches one of `patterns` (a glob or several); case counts."""
    if isinstance(patterns, str):
        patterns = (patterns, )
    return any(name == pattern or fnmatch.fnmatchcase(name, pattern)
               for pattern in patterns)


def select(outputs: Mapping[str, Variable],
           patterns: str | Sequence[str]) -> list[tuple[str, Variable]]:
    """The (name, expression) pairs of `outputs` whose names match.

    Each expression once, under the first of its names.
    """
    found: dict[Variable, str] = {}
    for name, expr in outputs.items():
        if matches(name, patterns):
            found.setdefault(expr, name)
    return [(name, expr) for expr, name in found.items()]


def warn_unmatched(owner: str, patterns: str | Sequence[str], names: Iterable[str]) -> None:
    """Warn that `patterns` match none of `names`."""
    first = patterns if isinstance(patterns, str) else ''.join(patterns[:1])
    messages.warn(
        '{}: pattern {!r} matches no output, so this penalty is 0. There are: '
        '{}.{}'.format(owner, patterns, messages.listed(names), messages.nearest(first, names)),
        UnmatchedPatternWarning)


def warn_none(owner: str, what: str, names: Iterable[str]) -> None:
    """Warn that nothing among `names` is what is penalized by default."""
    messages.warn('{}: there is no {}, so this penalty is 0. There are: {}. Choose some of them '
         'with pattern='.format(owner, what, messages.listed(names)), UnmatchedPatternWarning)
