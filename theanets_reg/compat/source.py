"""Lines changed in the middle of a method of an old package."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Sequence
from types import ModuleType
from typing import Any, Callable

__all__ = ['rewritten']


def rewritten(module: ModuleType, method: Callable[..., Any], changes: Sequence[tuple[str, str]],
              everywhere: bool = False) -> Callable[..., Any] | None:
    """A method with some of its text changed.

    Parameters
    ----------
    module : module
        That it is defined in.
    method : function
    changes : sequence of (str, str)
        What is there exactly once, and what it has to be.
    everywhere : bool, optional
        Whether each may be there more than once, and is changed there too.

    Returns
    -------
    changed : function, or None where a text is not there, or too often, or there is none
    """
    try:
        source = textwrap.dedent(inspect.getsource(method))
    except OSError:
        # It has been changed before.
        return None
    for text, _ in changes:
        times = source.count(text)
        if times == 0 or times > 1 and not everywhere:
            return None
    for text, changed in changes:
        source = source.replace(text, changed)
    found: dict[str, Any] = {}
    exec(source, vars(module), found)
    return found[method.__name__]
