"""The old interface of ``climate``, a package for logging and command lines.

That name belongs to another project today. Scripts from the time of theanets 0.7 ask
for these functions of it, and for no others.
"""

from __future__ import annotations

import argparse
import inspect
import logging
import sys
import types
from collections.abc import Sequence
from types import ModuleType
from typing import Any, Callable

__all__ = ['add_arg', 'add_arg_group', 'add_group', 'add_mutex_arg_group', 'annotate', 'call',
           'enable_default_logging', 'get_logger', 'is_old', 'parse_args',
           'parse_known_args', 'stand_in']

get_logger = logging.getLogger

#: What the functions add arguments to.
_parser = argparse.ArgumentParser(conflict_handler='resolve')

_ARGUMENTS = 'help', 'kind', 'abbreviation', 'type', 'choices', 'metavar'


def stand_in() -> ModuleType:
    """A module ``climate`` with the old interface."""
    module = types.ModuleType('climate', __doc__)
    vars(module).update({name: globals()[name] for name in __all__
                         if name not in ('is_old', 'stand_in')})
    return module


def is_old(module: ModuleType | None) -> bool:
    """Whether a module has the old interface."""
    return hasattr(module, 'get_logger') and hasattr(module, 'enable_default_logging')


def enable_default_logging(default_level: Any = 'INFO', *args: Any, **kwargs: Any) -> None:
    """Let log messages be seen, from a level on."""
    if isinstance(default_level, str):
        default_level = default_level.upper()
    logging.basicConfig(level=default_level, stream=sys.stdout,
                        format='%(levelname).1s %(asctime)s %(name)s:%(lineno)d %(message)s')


def add_arg(*args: Any, **kwargs: Any) -> argparse.Action:
    """Add an argument to the command line, as ``argparse`` does."""
    return _parser.add_argument(*args, **kwargs)


def add_group(*args: Any, **kwargs: Any) -> Any:
    """Add a group of arguments, which has a method ``add_argument``."""
    return _parser.add_argument_group(*args, **kwargs)


add_arg_group = add_group


def add_mutex_arg_group(*args: Any, **kwargs: Any) -> Any:
    """Add a group of arguments of which one is given at most."""
    return _parser.add_mutually_exclusive_group(*args, **kwargs)


def annotate(**arguments: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Say how the arguments of a main function are given on the command line.

    Parameters
    ----------
    **arguments : str or tuple
        Of each its help, or (help, kind, abbreviation, type, choices, metavar), of which
        the last ones may be missing. The kind is ``'positional'``, ``'option'`` or
        ``'flag'``.
    """
    def annotated(main: Callable[..., Any]) -> Callable[..., Any]:
        main._climate = arguments  # type: ignore[attr-defined]
        return main
    return annotated


def call(main: Callable[..., Any], default_level: Any = 'INFO', **kwargs: Any) -> Any:
    """Call a main function with what the command line says.

    One that is annotated is called with its arguments by name, one with a single
    parameter with all of them, one without parameters with none.
    """
    enable_default_logging(default_level)
    given = getattr(main, '_climate', {})
    parameters = inspect.signature(main).parameters
    for name, value in given.items():
        _add(name, value, parameters[name].default)
    args = parse_args()
    if given:
        return main(**{name: getattr(args, name) for name in given})
    return main(args) if parameters else main()


def _add(name: str, value: Any, default: Any) -> None:
    """Add an argument of an annotated function."""
    said = dict(zip(_ARGUMENTS, (value, ) if isinstance(value, str) else value))
    more = {key: said[key] for key in ('help', 'type', 'choices', 'metavar') if said.get(key)}
    if default is not inspect.Parameter.empty:
        more['default'] = default
    kind = said.get('kind') or 'positional'
    if kind == 'positional':
        _parser.add_argument(name, **dict(more, nargs='?') if 'default' in more else more)
        return
    names = ['--' + name.replace('_', '-')]
    if said.get('abbreviation'):
        names.insert(0, '-' + said['abbreviation'])
    if kind == 'flag':
        more = {'help': more.get('help'), 'action': 'store_true'}
    _parser.add_argument(*names, dest=name, **more)


def parse_args(args: Sequence[str] | None = None, **overrides: Any) -> argparse.Namespace:
    """What the command line says; `overrides` say other defaults."""
    _parser.set_defaults(**overrides)
    return _parser.parse_args(args)


def parse_known_args(args: Sequence[str] | None = None) -> tuple[argparse.Namespace, list[str]]:
    """What the command line says, and what nobody asked for."""
    return _parser.parse_known_args(args)
