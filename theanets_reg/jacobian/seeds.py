"""What a pass starts with: one cotangent, or tangent, for each unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import backends
from .linear_maps import WHOLE, Dense, Diagonal
from .linear_maps.base import spread

if TYPE_CHECKING:
    from ..backends.types import Variable
    from .linear_maps import LinearMap
    from .linear_maps.base import Selection

__all__ = ['one_for_each_unit', 'unit_count']


def one_for_each_unit(variable: Variable, lead: int = 1, rows: Selection = WHOLE) -> LinearMap:
    """The unit vectors of all units, each the same along the lead axes.

    Parameters
    ----------
    variable : variable, shape (*lead, *units)
    lead : int
        How many axes there are along which nothing is mixed.
    rows : Whole or Chunk
        Which of the units are wanted.

    Returns
    -------
    seed : LinearMap
    """
    backend = backends.of(variable)
    tensor, ones = backend.tensor, backend.wide(backend.tensor.ones_like(variable))
    if variable.ndim == lead:
        return Dense(spread(ones, 0))
    if variable.ndim == lead + 1 and not variable.broadcastable[lead]:
        return Diagonal(ones, rows)
    places = tensor.arange(unit_count(variable, lead))
    same = tensor.eq(rows.take(places, 0).dimshuffle(0, 'x'), places.dimshuffle('x', 0))
    shape = [same.shape[0]] + [variable.shape[a] for a in range(lead, variable.ndim)]
    units = same.astype(ones.dtype).reshape(shape, ndim=len(shape))
    order = [0] + ['x'] * lead + list(range(1, units.ndim))
    return Dense(units.dimshuffle(order) * spread(ones, 0))


def unit_count(variable: Variable, lead: int = 1) -> Variable:
    """How many units there are: an integer scalar."""
    tensor = backends.of(variable).tensor
    if variable.ndim == lead:
        return tensor.constant(1, dtype='int64')
    return tensor.prod([variable.shape[a] for a in range(lead, variable.ndim)], dtype='int64')
