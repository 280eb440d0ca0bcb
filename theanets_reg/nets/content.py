"""Values told apart by what they are, to be the keys of a cache.

Numbers, strings, arrays and what is made of them are told apart by content, and so are
regularizers. A source of random numbers is what it was when it was first seen: it
changes with each draw. All else is itself, and kept alive by the key, so that no other
object takes its place in memory.
"""

from __future__ import annotations

import hashlib
import types
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np

__all__ = ['Itself', 'Reader', 'is_source']

_PLAIN = (type(None), bool, int, str, bytes)
_BY_REPR = (float, complex)


class Itself(object):
    """An object that equals no other."""

    __slots__ = ('value', )

    def __init__(self, value: object) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Itself) and self.value is other.value

    def __hash__(self) -> int:
        return id(self.value)


def is_source(value: object) -> bool:
    """Whether random numbers come from it: NumPy's generators, and symbolic streams."""
    return isinstance(value, np.random.RandomState) or hasattr(value, 'bit_generator') or (
        hasattr(value, 'state_updates') and not isinstance(value, type))


class Reader(object):
    """Reads what values are, for one key.

    Parameters
    ----------
    first_seen : dict of Itself -> hashable
        What each source of random numbers was when it was first seen; it is kept for
        all keys of a cache.
    """

    def __init__(self, first_seen: dict[Itself, Hashable]) -> None:
        self._first_seen = first_seen
        self._sources: dict[Itself, int] = {}
        self._path: list[object] = []

    def __call__(self, value: Any) -> Hashable:
        """What `value` is: equal for values that are the same."""
        if any(value is above for above in self._path):
            return 'itself', len(self._path)
        self._path.append(value)
        try:
            return type(value), self._read(value)
        finally:
            self._path.pop()

    def _read(self, value: Any) -> Hashable:
        if isinstance(value, _PLAIN):
            return value
        if isinstance(value, _BY_REPR):
            return repr(value)
        if isinstance(value, (np.ndarray, np.generic)):
            return self._array(np.asarray(value))
        if isinstance(value, (list, tuple)):
            return tuple(self(part) for part in value)
        if isinstance(value, (set, frozenset)):
            return frozenset(self(part) for part in value)
        if isinstance(value, Mapping):
            return self.pairs(value)
        if isinstance(value, types.MethodType):
            return Itself(value.__func__), self(value.__self__)
        if is_source(value):
            return self._source(value)
        if _is_regularizer(value):
            # An instance's own loss stands for its class's, and modifies nothing.
            return self.pairs({k: v for k, v in vars(value).items() if k != 'loss'})
        return Itself(value)

    def pairs(self, values: Mapping[Any, Any]) -> Hashable:
        """What the items of a dict are, in their order."""
        return tuple((self(key), self(value)) for key, value in values.items())

    def _array(self, value: Any) -> Hashable:
        if value.dtype.hasobject:
            return value.shape, self(value.tolist())
        digest = hashlib.sha1(np.ascontiguousarray(value).tobytes()).hexdigest()
        return str(value.dtype.descr), value.shape, digest

    def _source(self, value: Any) -> Hashable:
        """What it was at first, and which of those in this key it is.

        Two that begin alike give the same numbers where one gives others each time.
        """
        itself = Itself(value)
        if itself not in self._first_seen:
            self._first_seen[itself] = self._state(value)
        place = self._sources.setdefault(itself, len(self._sources))
        return self._first_seen[itself], place

    def _state(self, value: Any) -> Hashable:
        if isinstance(value, np.random.RandomState):
            return self(value.get_state())
        if hasattr(value, 'bit_generator'):
            return self(value.bit_generator.state)
        return tuple((name, self(part) if not hasattr(part, 'spawn_key') else self(part.state))
                     for name, part in vars(value).items())


def _is_regularizer(value: object) -> bool:
    return not isinstance(value, type) and hasattr(value, '__dict__') and all(
        hasattr(value, name) for name in ('loss', 'weight', 'modify_graph'))
