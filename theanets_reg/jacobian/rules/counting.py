"""Arrays of integers that count: 0, 1, 2 and so on along one axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import backends
from .registry import size, without

if TYPE_CHECKING:
    from ...backends.types import Node, Variable
    from ..sizes import Size, Sizes

__all__ = ['counting_axis']


@size('arange')
def _arange_size(sizes: Sizes, node: Node, output: Variable, axis: int) -> Size | None:
    found = sizes.scalar(node.inputs[1]) if _counts_from_zero(sizes, node) else None
    # A number that is no size may be negative.
    if found is None or found.number < 0 or any(a is None for _, a in found.symbols):
        return None
    return found


without('batch axis', 'arange', why='its elements differ by their places, whatever the examples')
without('batching', 'arange', why='integers have no gradient')


def _counts_from_zero(sizes: Sizes, node: Node) -> bool:
    return 'int' in node.outputs[0].dtype and [
        sizes.constant(node.inputs[place]) for place in (0, 2)] == [0, 1]


def counting_axis(sizes: Sizes, array: Any) -> int | None:
    """The axis along which the elements of an array are 0, 1, 2 and so on.

    Along all others they stay the same. None where there is no such axis, or it is
    not seen.
    """
    node = getattr(array, 'owner', None)
    rule = node and _COUNTING.get(sizes.backend.kind(node))
    return rule(sizes, node) if rule else None


def _of_arange(sizes: Sizes, node: Node) -> int | None:
    return 0 if _counts_from_zero(sizes, node) else None


def _of_first(sizes: Sizes, node: Node) -> int | None:
    return counting_axis(sizes, node.inputs[0])


def _of_elementwise(sizes: Sizes, node: Node) -> int | None:
    wide = backends.dtype(node.outputs[0]) in ('int32', 'int64')
    return _of_first(sizes, node) if wide and sizes.backend.scalar_kind(node) == 'identity' \
        else None


def _of_dimshuffle(sizes: Sizes, node: Node) -> int | None:
    axis, order = _of_first(sizes, node), sizes.backend.order(node)
    return order.index(axis) if axis in order else None


def _of_reshape(sizes: Sizes, node: Node) -> int | None:
    """Of a vector that lies along one axis of a shape of ones."""
    wide = [a for a, one in enumerate(node.outputs[0].broadcastable) if not one]
    if node.inputs[0].ndim != 1 or len(wide) != 1:
        return None
    return wide[0] if _of_first(sizes, node) == 0 else None


def _of_alloc(sizes: Sizes, node: Node) -> int | None:
    value, axis = node.inputs[0], _of_first(sizes, node)
    if axis is None or value.broadcastable[axis]:
        return None
    return axis + node.outputs[0].ndim - value.ndim


_COUNTING: dict[Any, Any] = {
    'arange': _of_arange, 'same': _of_first, 'elemwise': _of_elementwise,
    'dimshuffle': _of_dimshuffle, 'reshape': _of_reshape, 'alloc': _of_alloc}
