"""Sums, extremes, running sums and softmax: what goes along some axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import Unproven, Unsupported
from ..linear_maps import Dense, Diagonal
from ..linear_maps.base import spread
from ..size import product
from .common import first_size, goes_along, hands_on
from .registry import batch_axis, batching, size, without

if TYPE_CHECKING:
    from ...backends.types import Node, Variable
    from ..batch import Batch
    from ..batching import Site
    from ..independence import Proof
    from ..linear_maps import LinearMap
    from ..size import Size
    from ..sizes import Sizes

NOT_LINEAR = 'it is not linear, and its gradient is made of other ops'


@batch_axis('sum', 'reduce')
def _reduce_batch_axis(proof: Proof, node: Node, output: Variable) -> Batch | None:
    batch = proof.batch[node.inputs[0]]
    axes = proof.backend.axes(node)
    if batch.axis in axes:
        raise Unproven(node, 'reduces over examples')
    if node.outputs.index(output) > 0:
        return None
    return batch._replace(axis=batch.axis - sum(a < batch.axis for a in axes))


@size('sum', 'reduce')
def _reduce_size(sizes: Sizes, node: Node, output: Variable, axis: int) -> Size | None:
    source = node.inputs[0]
    kept = [a for a in range(source.ndim) if a not in sizes.backend.axes(node)]
    return sizes.axis(source, kept[axis])


@batching('sum')
def _sum_batching(site: Site) -> list[LinearMap]:
    carried, axes = site.only(0), site.backend.axes(site.node)
    dtype = site.node.outputs[0].dtype
    if isinstance(carried, Diagonal) and axes == [carried.ndim - 1]:
        last = carried.ndim - 1
        rows = carried.rows.take(carried.value, last)
        return [Dense(rows.dimshuffle(last, *range(last)).astype(dtype))]
    return [Dense(carried.full().sum(axis=[a + 1 for a in axes], dtype=dtype))]


goes_along('along_axis', 'runs along the examples')


@size('along_axis')
def _along_axis_size(sizes: Sizes, node: Node, output: Variable, axis: int) -> Size | None:
    if sizes.backend.is_flat(node):
        # It runs over the flattened array.
        return product(sizes.of(node.inputs[0]))
    return first_size(sizes, node, output, axis)


@batching('along_axis')
def _along_axis_batching(site: Site) -> list[LinearMap]:
    if site.backend.is_flat(site.node):
        raise Unsupported(str(site.node.op))
    axis, = site.backend.axes(site.node)
    return [Dense(site.backend.running(site.node, 1 + axis)(site.only(0).full()))]


hands_on('normalized')


@batch_axis('normalizing')
def _normalizing_batch_axis(proof: Proof, node: Node, output: Variable) -> Batch | None:
    over = any(v in proof.batch and proof.batch[v].axis in proof.backend.axes(node)
               for v in node.inputs[:1])
    raise Unproven(node, 'normalizes over examples' if over
                   else 'is followed only where it normalizes over examples')


@size('normalizing')
def _normalizing_size(sizes: Sizes, node: Node, output: Variable, axis: int) -> Size | None:
    return sizes.axis(node.inputs[0 if output is node.outputs[0] else 1], axis)


without('batching', 'normalized', 'normalizing', why=NOT_LINEAR)

goes_along('softmax', 'normalizes over examples')
goes_along('softmax_grad', 'normalizes over examples')
without('batching', 'reduce', 'softmax', why=NOT_LINEAR)


@batching('softmax_grad')
def _softmax_grad_batching(site: Site) -> list[LinearMap]:
    """It is symmetric in its cotangent, and so its own transpose."""
    softmax = spread(site.node.inputs[1], 0)
    rows = site.only(0).full()
    axes = [a + 1 for a in site.backend.axes(site.node)]
    inner = (rows * softmax).sum(axis=axes, keepdims=True)
    return [Dense(softmax * (rows - inner))]
