"""Indices whose slices are variables, which both packages note in the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .types import Variable

__all__ = ['as_index']


def as_index(given: Variable) -> Any:
    """What a variable of an index stands for.

    Returns
    -------
    index : slice, variable or None
        A slice that is a variable as a slice, None for a new axis.
    """
    kind = type(given.type).__name__
    if kind == 'NoneTypeT':
        return None
    if kind != 'SliceType':
        return given
    if given.owner is None:
        return given.data
    return slice(*[as_index(v) for v in given.owner.inputs])
