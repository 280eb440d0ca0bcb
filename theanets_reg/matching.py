"""Glob matching of names, and what to say when nothing matches."""

import difflib
import fnmatch
import sys
import warnings

__all__ = ['UnmatchedPatternWarning', 'as_patterns', 'matches', 'select',
           'nearest', 'listed', 'warn', 'warn_unmatched']


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
        "'hid1:out', or a list of strings".format(owner, argument, value))


def matches(name, patterns):
    """Whether `name` matches one of `patterns` (a glob or several); case counts."""
    if isinstance(patterns, str):
        patterns = (patterns, )
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def select(outputs, patterns):
    """The (name, expression) pairs of `outputs` whose names match."""
    return [(name, expr) for name, expr in outputs.items()
            if matches(name, patterns)]


def nearest(name, names):
    """`` Did you mean '...'?`` for the name most like `name`, or nothing."""
    close = difflib.get_close_matches(name, list(names), n=1, cutoff=0.5)
    return ' Did you mean {!r}?'.format(close[0]) if close else ''


def listed(names):
    """Names for a message, quoted."""
    return ', '.join(repr(name) for name in names) or 'none'


def warn_unmatched(owner, patterns, names):
    """Warn that `patterns` match none of `names`."""
    first = patterns if isinstance(patterns, str) else ''.join(patterns[:1])
    warn(
        '{}: pattern {!r} matches no output, so this penalty is 0. There are: '
        '{}.{}'.format(owner, patterns, listed(names), nearest(first, names)),
        UnmatchedPatternWarning)


def warn(message, category=UserWarning):
    """Warn at the line of the user's that led here.

    Not at ours and not at theanets', so that Python's rule of one warning a
    line holds for the user's lines.
    """
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and _is_library(frame):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


def _is_library(frame):
    package = frame.f_globals.get('__name__', '').split('.')[0]
    return package in ('theanets_reg', 'theanets', 'downhill')
