"""Products of matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..batch import Batch
from ..errors import Unproven, Unsupported
from ..linear_maps import Dense, times_from_left
from ..size import ONE
from .elementwise import check_spread, elementwise_size
from .registry import batch_axis, batching, size

if TYPE_CHECKING:
    from ...backends.types import Node, Variable
    from ..batching import Site
    from ..independence import Proof
    from ..linear_maps import LinearMap
    from ..size import Size
    from ..sizes import Sizes


@batch_axis('dot')
def _dot_batch_axis(proof: Proof, node: Node, output: Variable) -> Batch | None:
    left, right = node.inputs
    if left in proof.batch and right in proof.batch:
        raise Unproven(node, 'multiplies examples by examples')
    if left in proof.batch:
        batch = proof.batch[left]
        if batch.axis < left.ndim - 1:
            return batch
    else:
        batch = proof.batch[right]
        if right.ndim == 2 and batch.axis == 1:
            return batch._replace(axis=output.ndim - 1)
    raise Unproven(node, 'sums over examples')


@size('dot')
def _dot_size(sizes: Sizes, node: Node, output: Variable, axis: int) -> Size | None:
    left, right = node.inputs
    sizes.note_equal([sizes.axis(left, left.ndim - 1), sizes.axis(right, max(right.ndim - 2, 0))])
    if axis < left.ndim - 1:
        return sizes.axis(left, axis)
    return sizes.axis(right, right.ndim - 1)


@batching('dot')
def _dot_batching(site: Site) -> list[LinearMap]:
    left, right = site.inputs
    if len(site.carried) > 1:
        raise Unsupported('a product of two backward passes')
    if [v.ndim for v in site.node.inputs] != [2, 2]:
        return site.result(_dot_with_vectors(site))
    return [left.times(right) if site.is_carried(0) else times_from_left(right, left)]


def _dot_with_vectors(site: Site) -> Variable:
    """The rows of a matrix or of a vector, by one of them."""
    tensor, (left, right) = site.backend.tensor, site.inputs
    if site.is_carried(0):
        return tensor.dot(left.full(), right)
    rows = right.full()
    # What is summed over is the last axis but one of a matrix.
    return tensor.dot(rows if rows.ndim == 2 else rows.dimshuffle(0, 2, 1), left.T)


@batch_axis('batched_dot')
def _batched_dot_batch_axis(proof: Proof, node: Node, output: Variable) -> Batch | None:
    batch = proof.common(node)
    if batch.axis == 0:
        # Also where others, such as heads of attention, are merged with them.
        return batch
    left, right = (v in proof.batch for v in node.inputs)
    alone = left != right and all(v.ndim == 3 for v in node.inputs)
    # The rows of the one factor, or the columns of the other.
    if alone and batch == Batch(1 if left else 2, ONE, ONE):
        return batch
    raise Unproven(node, 'is followed only where the examples are on its first axis, or are '
                         'the rows or columns of one factor')


@size('batched_dot')
def _batched_dot_size(sizes: Sizes, node: Node, output: Variable, axis: int) -> Size | None:
    left, right = node.inputs
    if axis < left.ndim - 1:
        return sizes.axis(left, axis)
    return sizes.axis(right, right.ndim - output.ndim + axis)


@batch_axis('matmul')
def _matmul_batch_axis(proof: Proof, node: Node, output: Variable) -> Batch | None:
    batch = proof.common(node)
    if batch.axis < output.ndim - 2:
        check_spread(proof, node, node.inputs, batch)
        return batch
    left, right = (v in proof.batch for v in node.inputs)
    if left and right:
        raise Unproven(node, 'multiplies examples by examples')
    if batch.axis != output.ndim - (2 if left else 1):
        raise Unproven(node, 'sums over examples')
    return batch


@size('matmul')
def _matmul_size(sizes: Sizes, node: Node, output: Variable, axis: int) -> Size | None:
    left, right = node.inputs
    if axis < output.ndim - 2:
        return elementwise_size(sizes, node, output, axis)
    return sizes.axis(left if axis == output.ndim - 2 else right, axis)


@batching('batched_dot')
def _batched_dot_batching(site: Site) -> list[LinearMap]:
    """The rows beside each other, in one product for each example."""
    if len(site.carried) > 1 or any(v.ndim != 3 for v in site.node.inputs):
        raise Unsupported('a product of two backward passes')
    left = site.is_carried(0)
    rows = site.inputs[0 if left else 1].full()
    other = site.inputs[1 if left else 0]
    # A carried factor on the right is one on the left of the transposed product.
    turned = rows.dimshuffle(1, 0, 2, 3) if left else rows.dimshuffle(1, 0, 3, 2)
    backend = site.backend
    flat = backend.joined_axes(turned, 1, 2)
    matrix = other if left else other.dimshuffle(0, 2, 1)
    made = backend.batched_dot(flat, matrix)
    made = backend.split_axis(made, 1, backend.lengths(turned)[1:3])
    return site.result(made.dimshuffle(1, 0, 2, 3) if left else made.dimshuffle(1, 0, 3, 2))


@batching('matmul')
def _matmul_batching(site: Site) -> list[LinearMap]:
    if len(site.carried) > 1:
        raise Unsupported('a product of two backward passes')
    left, right = site.inputs
    alike = all(site.node.inputs[1].broadcastable[:-2]) and \
        site.node.inputs[0].ndim == site.node.outputs[0].ndim
    if site.is_carried(0) and alike:
        # One matrix for all examples.
        return [left.times(right.dimshuffle(right.ndim - 2, right.ndim - 1))]
    return [Dense(site.node.op(*[site.full(i) for i in site.inputs]))]
