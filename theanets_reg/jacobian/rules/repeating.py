"""Ops along some axes that move, repeat or border what is there: sorting, diagonals, padding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import Unproven, Unsupported
from ..linear_maps import Dense
from .common import first_size
from .reductions import NOT_LINEAR
from .registry import batch_axis, batching, register, size, without

if TYPE_CHECKING:
    from ...backends.types import Node, Variable
    from ..batch import Batch
    from ..batching import Site
    from ..independence import Proof
    from ..linear_maps import LinearMap
    from ..sizes import Size, Sizes


@batch_axis('sort')
def _sort_batch_axis(proof: Proof, node: Node, output: Variable) -> Batch | None:
    batch = proof.only_first(node)
    if batch.axis in proof.backend.sorted_axes(node):
        raise Unproven(node, 'sorts along the examples')
    return batch


register('size', ('sort', ), first_size)
without('batching', 'sort', why=NOT_LINEAR)


@batch_axis('repeat')
def _repeat_batch_axis(proof: Proof, node: Node, output: Variable) -> Batch | None:
    batch = proof.only_first(node)
    if proof.backend.repeated_axis(node) in (None, batch.axis):
        raise Unproven(node, 'repeats examples')
    return batch


@size('repeat')
def _repeat_size(sizes: Sizes, node: Node, output: Variable, axis: int) -> Size | None:
    along = sizes.backend.repeated_axis(node)
    return None if along in (None, axis) else sizes.axis(node.inputs[0], axis)


@batching('repeat')
def _repeat_batching(site: Site) -> list[LinearMap]:
    along = site.backend.repeated_axis(site.node)
    if along is None:
        raise Unsupported(str(site.node.op))
    made = site.backend.tensor.repeat(site.only(0).full(), site.node.inputs[1], axis=1 + along)
    return [Dense(made)]


@batch_axis('diagonal')
def _diagonal_batch_axis(proof: Proof, node: Node, output: Variable) -> Batch | None:
    batch = proof.only_first(node)
    axes = proof.backend.diagonal_of(node)[1:]
    if batch.axis in axes:
        raise Unproven(node, 'takes a diagonal over examples')
    return batch._replace(axis=batch.axis - sum(a < batch.axis for a in axes))


@size('diagonal')
def _diagonal_size(sizes: Sizes, node: Node, output: Variable, axis: int) -> Size | None:
    source = node.inputs[0]
    offset, one, other = sizes.backend.diagonal_of(node)
    kept = [a for a in range(source.ndim) if a not in (one, other)]
    if axis < len(kept):
        return sizes.axis(source, kept[axis])
    found = sizes.axis(source, one)
    return found if not offset and found == sizes.axis(source, other) else None


@batching('diagonal')
def _diagonal_batching(site: Site) -> list[LinearMap]:
    offset, one, other = site.backend.diagonal_of(site.node)
    made = site.backend.tensor.diagonal(site.only(0).full(), offset, 1 + one, 1 + other)
    return site.result(made)


@batch_axis('pad')
def _pad_batch_axis(proof: Proof, node: Node, output: Variable) -> Batch | None:
    """One axis is padded after the other: where nothing is added, nothing is read."""
    batch = proof.only_first(node)
    widths = proof.backend.pad_widths(node)
    if widths is None or widths[batch.axis] != (0, 0):
        raise Unproven(node, 'is not seen to leave the examples without padding')
    return batch


@size('pad')
def _pad_size(sizes: Sizes, node: Node, output: Variable, axis: int) -> Size | None:
    widths = sizes.backend.pad_widths(node)
    bare = widths is not None and widths[axis] == (0, 0)
    return sizes.axis(node.inputs[0], axis) if bare else None


without('batching', 'pad', why='its gradient is made of other ops')
