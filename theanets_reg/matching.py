"""Glob matching of names, and what to say when nothing matches."""

import collections.abc
import difflib
import fnmatch
import numbers
import sys
import warnings

from . import backends as engines

__all__ = ['UnmatchedPatternWarning', 'as_patterns', 'check_outputs', 'matches',
           'select', 'nearest', 'listed', 'warn', 'warn_none', 'warn_unmatched']


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
    variables = [part for part in parts if engines.is_symbolic(part)]
    if not variables:
        return ''
    if argument == 'pattern' and variables[0].ndim == 0:
        return ' Did you mean weight=?'
    return ' Give the name of the variable: {}={!r}'.format(
        argument, variables[0].name or 'its name')


def check_outputs(owner, outputs):
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
                        "such as {{'h': h}}".format(owner, _kind(outputs)))
    for name, value in outputs.items():
        if not isinstance(name, str):
            raise TypeError("{}: the name of an output is {}; expected a string, as in "
                            "{{'h': h}}".format(owner, _kind(name)))
        if not engines.is_symbolic(value):
            raise TypeError(
                '{}: output {!r} is {}; expected a Theano or PyTensor variable: build the '
                'expression with theano.tensor or pytensor.tensor'.format(
                    owner, name, _kind(value)))


def _kind(value):
    """What a value of the wrong kind is, in a few words."""
    if value is None or isinstance(value, (bool, numbers.Number, str)):
        return repr(value)
    name = type(value).__name__
    return '{} {}'.format('an' if name[0].lower() in 'aeiou' else 'a', name)


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


def warn_none(owner, what, names):
    """Warn that nothing among `names` is what is penalized by default."""
    warn('{}: there is no {}, so this penalty is 0. There are: {}. Choose some of them '
         'with pattern='.format(owner, what, listed(names)), UnmatchedPatternWarning)


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
