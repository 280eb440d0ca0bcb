"""theanets' keywords for noise and dropout: where they are applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .. import messages
from . import arguments, matching, weights
from .layers import places
from .noise import BernoulliDropout, GaussianNoise

__all__ = ['NAMES', 'taken']

# In the order in which they are applied to one output, as in theanets.
_CLASSES = {'dropout': BernoulliDropout, 'noise': GaussianNoise}

_PLACES = ('', 'input', 'hidden', 'output')

#: The keywords.
NAMES = ['{}_{}'.format(place, kind).lstrip('_') for kind in _CLASSES for place in _PLACES]


def taken(rest: dict[str, Any], graph: Any) -> list[Any]:
    """Take the keywords out of `rest`, and make the regularizers of them.

    Parameters
    ----------
    rest : dict
        Keyword arguments, ``rng`` among them, which stays.
    graph : theanets network or None
        Whose layers tell which are input, hidden and output ones.

    Returns
    -------
    regularizers : list of Regularizer

    Raises
    ------
    TypeError, ValueError
        If a value is none that the keyword takes, or no network tells the layers.
    """
    found = []
    for kind, cls in _CLASSES.items():
        for place in _PLACES:
            name = '{}_{}'.format(place, kind).lstrip('_')
            value = rest.pop(name, None)
            for part in value if isinstance(value, list) else [value]:
                if not weights.is_none(part):
                    found += _made(name, cls, part, rest.get('rng', 13), graph)
    return found


def _made(name: str, cls: Any, value: Any, rng: Any, graph: Any) -> list[Any]:
    """The regularizers of one value."""
    if isinstance(value, cls):
        return [value]
    place, _, _ = name.rpartition('_')
    pattern = _pattern(name, cls, place, graph) if place else '*:out'
    if not isinstance(value, Mapping):
        return [] if weights.is_zero(value) else [cls(pattern, value, rng)]
    if place or set(value) & set(arguments.names(cls)):
        return [cls(**dict(dict(pattern=pattern, rng=rng), **value))]
    wanted = {glob: weight for glob, weight in value.items() if not weights.is_zero(weight)}
    for glob in wanted:
        _warn_unmatched(name, glob, graph)
    return [cls(glob, weight, rng) for glob, weight in wanted.items()]


def _pattern(name: str, cls: Any, place: str, graph: Any) -> tuple[str, ...]:
    """The names of the outputs of the input, the hidden or the output layers."""
    layers = getattr(graph, 'layers', None)
    if not layers:
        raise ValueError(
            '{0}: there is no network whose layers tell which these are; apply '
            '{1}(weight=0.1) to a variable'.format(name, cls.__name__))
    return tuple(places(layers)[place])


def _warn_unmatched(name: str, pattern: str | Sequence[str], graph: Any) -> None:
    """Warn of a pattern that begins with the name of no layer."""
    layers = getattr(graph, 'layers', None)
    globs = (pattern, ) if isinstance(pattern, str) else pattern
    if layers and not any(matching.matches(layer.name, glob.split(':')[0])
                          for layer in layers for glob in globs):
        messages.warn('{}: pattern {!r} matches no output. The layers are: {}'.format(
            name, pattern, messages.listed(layer.name for layer in layers)),
            matching.UnmatchedPatternWarning)
