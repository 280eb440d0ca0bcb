"""Derivatives at each step of each example, of what mixes no steps.

There the Jacobian at one step of one example is all that there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ... import backends
from ..errors import Unproven
from ..independence import axis_of, depends
from ..linear_maps import Diagonal
from ..pullback import Pullback
from ..rules.elementwise import is_zero
from ..seeds import one_for_each_unit

if TYPE_CHECKING:
    from ...backends.base import Backend
    from ...backends.types import Variable
    from ..linear_maps import LinearMap
    from ..size import Size
    from .sides import Rows

__all__ = ['Elementwise', 'Matrix', 'local']


class Elementwise(object):
    """Unit k depends on unit k.

    Attributes
    ----------
    array : variable, shape (time, batch, units), or None for ones
    """

    def __init__(self, array: Variable | None) -> None:
        self.array = array

    def apply(self, side: Rows, here: Variable, tangents: Variable) -> Variable:
        """Tangents taken on.

        Parameters
        ----------
        side : Rows or Columns
        here : variable
            The derivatives where the tangents are.
        """
        return side.scale(tangents, here)


class Matrix(Elementwise):
    """All by all: they have shape (time, batch, units, earlier units)."""

    def apply(self, side: Rows, here: Variable, tangents: Variable) -> Variable:
        return side.dense(tangents, here)


def local(output: Variable, places: list[Variable], supposed: Mapping[Any, Size]
          ) -> tuple[list[int], list[Elementwise | None]]:
    """Derivatives of `output` at each step of each example by its `places`.

    Parameters
    ----------
    output : variable of 3 dimensions
    places : list of variables, shape (time, batch, units)
        None of them is computed from another.
    supposed : dict of symbol -> Size
        Those of the places' axes, and what the proof of the output supposes.

    Returns
    -------
    order : list of int
        Where time, batch and units are in the output.
    derivatives : list of Elementwise, Matrix or None
        None for a place that the output does not depend on.

    Raises
    ------
    Unproven, Unsupported
        If steps or examples are not seen to be apart.
    """
    orders = {_axes(output, place, supposed) for place in places
              if depends(output, place, supposed)}
    if len(orders) != 1:
        raise Unproven(output.owner, 'has no certain time axis')
    (time, batch), = orders
    order = [time, batch, 3 - time - batch]
    turned = output.dimshuffle(order)
    maps = Pullback(turned, places, supposed).carry(one_for_each_unit(turned, lead=2))
    return order, [_derivative(maps[place]) if place in maps else None for place in places]


def _axes(output: Variable, place: Variable, supposed: Mapping[Any, Size]) -> tuple[int, int]:
    """Where time and batch of `place` are in `output`."""
    if output.ndim != 3 or place.ndim != 3:
        raise Unproven(output.owner, 'is not of three dimensions')
    found = axis_of(output, place, 0, supposed), axis_of(output, place, 1, supposed)
    if found[0] == found[1]:
        raise Unproven(output.owner, 'has no certain time axis')
    return found


def _derivative(carried: LinearMap) -> Elementwise:
    if isinstance(carried, Diagonal) and carried.index is None:
        value = carried.value
        return Elementwise(None if _is_one(backends.of(value), value) else value)
    return Matrix(carried.full().dimshuffle(1, 2, 0, 3))


def _is_one(backend: Backend, variable: Variable) -> bool:
    """Whether all elements are seen to be one."""
    node = variable.owner
    kind = node and backend.kind(node)
    if kind in ('dimshuffle', 'same'):
        return _is_one(backend, node.inputs[0])
    if kind == 'alloc':
        return _is_one(backend, node.inputs[0])
    if kind == 'elemwise':
        scalar = backend.scalar_kind(node)
        if scalar in ('fill', 'identity'):
            return _is_one(backend, node.inputs[-1])
        if scalar == 'mul':
            return all(_is_one(backend, v) for v in node.inputs)
        if scalar == 'add':
            rest = [v for v in node.inputs if not is_zero(backend, v)]
            return len(rest) == 1 and _is_one(backend, rest[0])
    return isinstance(variable, backend.Constant) and bool((variable.data == 1).all())
