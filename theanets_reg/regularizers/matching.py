"""Glob matching of names, and what to say when nothing matches."""

import fnmatch
import numbers

from .. import backends, messages

__all__ = ['UnmatchedPatternWarning', 'as_patterns', 'matches', 'select', 'warn_none',
           'warn_unmatched']


class UnmatchedPatternWarning(UserWarning):
    """A regularizer's pattern matches no output, so it contributes 0."""


def as_patterns(owner, argument, value):
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


def _meant(argument, value):
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


def matches(name, patterns):
    """Whether `name` is or matches one of `patterns` (a glob or several); case counts."""
    if isinstance(patterns, str):
        patterns = (patterns, )
    return any(name == pattern or fnmatch.fnmatchcase(name, pattern)
               for pattern in patterns)


def select(outputs, patterns):
    """The (name, expression) pairs of `outputs` whose names match.

    Each expression once, under the first of its names.
    """
    found = {}
    for name, expr in outputs.items():
        if matches(name, patterns):
            found.setdefault(expr, name)
    return [(name, expr) for expr, name in found.items()]


def warn_unmatched(owner, patterns, names):
    """Warn that `patterns` match none of `names`."""
    first = patterns if isinstance(patterns, str) else ''.join(patterns[:1])
    messages.warn(
        '{}: pattern {!r} matches no output, so this penalty is 0. There are: '
        '{}.{}'.format(owner, patterns, messages.listed(names), messages.nearest(first, names)),
        UnmatchedPatternWarning)


def warn_none(owner, what, names):
    """Warn that nothing among `names` is what is penalized by default."""
    messages.warn('{}: there is no {}, so this penalty is 0. There are: {}. Choose some of them '
         'with pattern='.format(owner, what, messages.listed(names)), UnmatchedPatternWarning)
