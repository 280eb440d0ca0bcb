"""Shared variables that get a new value in every call of a function."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..backends.types import Variable

__all__ = ['update_in_every_call']


def update_in_every_call(shared: Variable, new: Variable) -> None:
    """Let all functions that use a shared variable give it a new value.

    Parameters
    ----------
    shared, new : variables of one type
    """
    with warnings.catch_warnings():
        # PyTensor 3.3 would rather have the updates given to function(), but a loss is one
        # expression and has nowhere to hand them on, and theanets gives it none.
        warnings.simplefilter('ignore', DeprecationWarning)
        shared.default_update = new
