"""The names that regularizers go by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import messages

__all__ = ['Registered']


class Registered(object):
    """A class whose subclasses can be found by name.

    Each is registered under its class name and under its keys, all in lower case:
    ``key=`` or ``keys=`` where the class is made, and what it lists in
    ``__extra_registration_keys__``, theanets' name for all of them.

    Raises
    ------
    TypeError
        If the keys of a subclass are one string, or hold something else than strings.

    Warns
    -----
    UserWarning
        When a subclass is made that takes a key from another class.
    """

    _registry: dict[str, Any] = {}

    def __init_subclass__(cls, key: str | None = None, keys: Sequence[str] = (),
                          **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        given = _checked(cls, 'keys', keys)
        if key is not None:
            given = (_one(cls, key), ) + given
        if given:
            names = list(dict.fromkeys(given + _extra_keys(cls)))
            type.__setattr__(cls, '__extra_registration_keys__', names)
        if Registered in cls.__bases__:
            return
        for key in (cls.__name__, ) + _extra_keys(cls):
            _warn_taken(key, cls)
            cls._registry[key.lower()] = cls

    @classmethod
    def build(cls, key: str, *args: Any, **kwargs: Any) -> Any:
        """Construct the regularizer that is registered under `key`.

        Raises
        ------
        KeyError
            If nothing is registered under that name.
        """
        made = cls.get_class(key)(*args, **kwargs)
        if key.lower() in map(str.lower, _extra_keys(type(made))):
            made._asked_for = key.lower()
        return made

    @classmethod
    def is_registered(cls, key: str) -> bool:
        """Whether a regularizer is registered under `key`, in any case."""
        return key.lower() in cls._registry

    @classmethod
    def get_class(cls, key: str) -> type[Any]:
        """The class that is registered under `key`, in any case.

        Raises
        ------
        KeyError
            If nothing is registered under that name.
        """
        if not cls.is_registered(key):
            raise KeyError('no regularizer is named {!r}; there are: {}.{}'.format(
                key, messages.listed(cls.names()), messages.nearest(key, cls.names())))
        return cls._registry[key.lower()]

    @classmethod
    def names(cls) -> list[str]:
        """The keys to choose from, sorted; those of private classes are left out."""
        return sorted(key for key in cls._registry if not key.startswith('_'))

    @property
    def key(self) -> str:
        """The keyword that it goes by.

        That under which it was built, else the first of its keys, or its class name.
        """
        keys = _extra_keys(type(self)) + (type(self).__name__.lower(), )
        return vars(self).get('_asked_for', keys[0])


def _extra_keys(cls: type) -> tuple[str, ...]:
    """The keys that a class, and not one that it is made from, lists."""
    return _checked(cls, '__extra_registration_keys__', cls.__dict__.get(
        '__extra_registration_keys__', ()))


def _one(cls: type, key: object) -> str:
    if not isinstance(key, str):
        raise TypeError("{}: key={!r} is no string; expected a name such as 'energy', or "
                        "several with keys=[...]".format(cls.__name__, key))
    return key


def _checked(cls: type, name: str, keys: Any) -> tuple[str, ...]:
    """Keys as a tuple of strings."""
    if isinstance(keys, str):
        raise TypeError('{}: {} = {!r} is one string; expected a list of them: '
                        '[{!r}]'.format(cls.__name__, name, keys, keys))
    if not isinstance(keys, (list, tuple)) or not all(isinstance(k, str) for k in keys):
        raise TypeError("{}: {} = {!r} holds something else than strings; expected names "
                        "such as 'energy'".format(cls.__name__, name, keys))
    return tuple(keys)


def _warn_taken(key: str, cls: Any) -> None:
    """Warn of a key that belongs to another class; the same one may be made anew."""
    other = cls._registry.get(key.lower(), cls)
    if (other.__module__, other.__qualname__) != (cls.__module__, cls.__qualname__):
        messages.warn('{0}: the key {1!r} was that of {2.__module__}.{2.__qualname__}, and '
                      'stands for {0} from now on; choose another'.format(
                          cls.__name__, key.lower(), other))
