"""The names that regularizers go by."""

from __future__ import annotations

from typing import Any

from .. import messages

__all__ = ['Registered']


class Registered(object):
    """A class whose subclasses can be found by name.

    Each is registered under its class name and under the keys that it lists in
    ``__extra_registration_keys__``, all in lower case.

    Raises
    ------
    TypeError
        If a subclass lists its keys as one string.

    Warns
    -----
    UserWarning
        When a subclass is made that takes a key from another class.
    """

    _registry: dict[str, Any] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
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
        return cls.get_class(key)(*args, **kwargs)

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
        """The keyword that it goes by: the first of its extra keys, or its class name."""
        return (_extra_keys(type(self)) + (type(self).__name__.lower(), ))[0]


def _extra_keys(cls: type) -> tuple[str, ...]:
    """The keys that a class, and not one that it is made from, lists."""
    keys = cls.__dict__.get('__extra_registration_keys__', ())
    if isinstance(keys, str):
        raise TypeError('{}: __extra_registration_keys__ = {!r} is one string; expected a '
                        'list of them: [{!r}]'.format(cls.__name__, keys, keys))
    return tuple(keys)


def _warn_taken(key: str, cls: Any) -> None:
    """Warn of a key that belongs to another class; the same one may be made anew."""
    other = cls._registry.get(key.lower(), cls)
    if (other.__module__, other.__qualname__) != (cls.__module__, cls.__qualname__):
        messages.warn('{0}: the key {1!r} was that of {2.__module__}.{2.__qualname__}, and '
                      'stands for {0} from now on; choose another'.format(
                          cls.__name__, key.lower(), other))
