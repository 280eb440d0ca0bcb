"""What a user may say about how the norms are found."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from typing import Any

from .. import messages
from .assumptions import BATCH, SIZE
from .strategies import Way

__all__ = ['Limits']

#: Elements in the widest array of one chunk: 64 MiB in float32. A step needs a handful
#: of such arrays.
BUDGET = 2 ** 24


class Limits(object):
    """How many rows at a time, how much memory, which strategy, what to reckon with.

    Parameters
    ----------
    owner : str
        Whose arguments they are, for messages.
    chunk_size : int, optional
    strategy : str, optional
    assume : dict of str -> int, optional
    memory : int or float, optional
        In bytes.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its kind.
    """

    def __init__(self, owner: str, chunk_size: int | None = None, strategy: Any = None,
                 assume: Mapping[str, int] | None = None, memory: float | None = None) -> None:
        self.chunk_size = chunk_size if chunk_size is None else _positive(
            owner, 'chunk_size', chunk_size, numbers.Integral, 'number of rows, such as 100')
        self.memory = memory if memory is None else int(_positive(
            owner, 'memory', memory, numbers.Real, 'number of bytes, such as 2 ** 26'))
        self.way = strategy if strategy is None else _way(owner, strategy)
        self.batch, self.size = _assumed(owner, {} if assume is None else assume)

    def budget(self, dtype: str) -> int:
        """How many elements of a dtype the widest array may have."""
        itemsize = 8 if dtype == 'float64' else 4
        return BUDGET if self.memory is None else max(1, self.memory // itemsize)


def _positive(owner: str, name: str, value: Any, kind: Any, expected: str) -> Any:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError('{}: {}={!r} is not {}; expected a {}, or None'.format(
            owner, name, value, 'an integer' if kind is numbers.Integral else 'a number',
            expected))
    if not value >= 1:
        raise ValueError('{}: {} is {!r}; expected a positive {}, or None'.format(
            owner, name, value, expected))
    return value


def _way(owner: str, strategy: Any) -> Way:
    names = [way.value for way in Way]
    if isinstance(strategy, Way):
        return strategy
    if strategy not in names:
        raise ValueError('{}: unknown strategy {!r}; expected one of {}.{}'.format(
            owner, strategy, messages.listed(names),
            messages.nearest(str(strategy), names)))
    return Way(strategy)


def _assumed(owner: str, assume: Any) -> tuple[int, int]:
    """The number of examples, and of what else is not known."""
    if not isinstance(assume, Mapping):
        raise TypeError("{}: assume={!r} is no dict; expected one such as "
                        "{{'batch': 64}}".format(owner, assume))
    for name, value in assume.items():
        if name not in ('batch', 'size'):
            raise ValueError("{}: assume has {!r}; expected 'batch', the number of examples, "
                             "or 'size', that of units where it is not known".format(
                                 owner, name))
        _positive(owner, 'assume[{!r}]'.format(name), value, numbers.Integral,
                  'number, such as 64')
    return assume.get('batch', BATCH), assume.get('size', SIZE)
