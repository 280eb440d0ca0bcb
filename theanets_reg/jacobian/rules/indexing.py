"""Joining, splitting, reading and writing parts of arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import Unproven, Unsupported
from ..linear_maps import Dense, Diagonal
from ..linear_maps.base import spread
from ..size import ONE, Size
from .common import first_size
from .elementwise import is_zero
from .registry import batch_axis, batching, register, size

__all__ = ['changed', 'is_reversed', 'is_whole', 'whole_and_part', 'written']

if TYPE_CHECKING:
    from ...backends.types import Node, Variable
    from ..batch import Batch
    from ..batching import Site
    from ..independence import Proof
    from ..linear_maps import LinearMap
    from ..sizes import Sizes


@batch_axis('join')
def _join_batch_axis(proof: Proof, node: Node, output: Variable) -> Batch | None:
    along = proof.sizes.constant(proof.backend.joined(node)[0])
    batch = proof.common(node)
    if along is None or along % output.ndim == batch.axis:
        raise Unproven(node, 'joins along the batch axis, or one that is computed')
    return batch


@size('join')
def _join_size(sizes: Sizes, node: Node, output: Variable, axis: int) -> Size | None:
    along, parts = sizes.backend.joined(node)
    along = sizes.constant(along)
    if along is None or along % output.ndim == axis:
        return None
    return sizes.axis(parts[0], axis)


@batching('join')
def _join_batching(site: Site) -> list[LinearMap]:
    along, parts = site.backend.joined(site.node)
    arrays = [site.repeated(p) for p in site.inputs[-len(parts):]]
    return [Dense(site.backend.tensor.join(1 + _axis(site, along), *arrays))]


@batch_axis('split')
def _split_batch_axis(proof: Proof, node: Node, output: Variable) -> Batch | None:
    batch = proof.only_first(node)
    along = proof.sizes.constant(proof.backend.split_at(node)[0])
    if along is None or along % output.ndim == batch.axis:
        raise Unproven(node, 'splits the batch axis, or one that is computed')
    return batch


@size('split')
def _split_size(sizes: Sizes, node: Node, output: Variable, axis: int) -> Size | None:
    along = sizes.constant(sizes.backend.split_at(node)[0])
    if along is None or along % output.ndim == axis:
        return None
    return sizes.axis(node.inputs[0], axis)


@batching('split')
def _split_batching(site: Site) -> list[LinearMap]:
    along, parts = site.backend.split_at(site.node)
    return [Dense(part) for part in site.backend.tensor.split(
        site.only(0).full(), parts, n_splits=len(site.node.outputs),
        axis=1 + _axis(site, along))]


def _axis(site: Site, along: Any) -> int:
    """The axis of a join or a split as a number."""
    axis = site.sizes.constant(along)
    if axis is None:
        raise Unsupported('an axis that is computed')
    return axis % site.node.outputs[0].ndim


def _left(whole: Variable, index: list[Any]) -> list[int]:
    """Which axes of `whole` are left in ``whole[index]``: a number takes one away."""
    return [axis for axis in range(whole.ndim)
            if axis >= len(index) or isinstance(index[axis], slice)]


def is_whole(sizes: Sizes, whole: Variable, index: list[Any], axis: int) -> bool:
    """Whether an index of slices takes all of an axis as it is."""
    if axis >= len(index) or index[axis] == slice(None):
        return True
    part = index[axis]
    if not isinstance(part, slice):
        return False
    return _is(sizes, part.start, Size(0)) and _is(sizes, part.step, ONE) and _is(
        sizes, part.stop, sizes.axis(whole, axis))


def _is(sizes: Sizes, bound: Any, wanted: Size) -> bool:
    """Whether a bound of a slice is left out, or seen to be what it would be then."""
    if bound is None:
        return True
    return (Size(bound) if isinstance(bound, int) else sizes.scalar(bound)) == wanted


@batch_axis('subtensor')
def _subtensor_batch_axis(proof: Proof, node: Node, output: Variable) -> Batch | None:
    batch = proof.only_first(node)
    whole, index = node.inputs[0], proof.backend.indices(node)
    if batch.axis < len(index) and not isinstance(index[batch.axis], slice):
        raise Unproven(node, 'takes one of the examples (give that as the input, with an axis of '
                             'its own: x[:1] and not x[0])')
    if not is_whole(proof.sizes, whole, index, batch.axis):
        raise Unproven(node, 'is not seen to take all examples as they are')
    return batch._replace(axis=_left(whole, index).index(batch.axis))


@size('subtensor')
def _subtensor_size(sizes: Sizes, node: Node, output: Variable, axis: int) -> Size | None:
    whole, index = node.inputs[0], sizes.backend.indices(node)
    source = _left(whole, index)[axis]
    if is_whole(sizes, whole, index, source) or is_reversed(sizes, index[source]):
        return sizes.axis(whole, source)
    return _steps(sizes, whole, index[0]) if source == 0 else None


def is_reversed(sizes: Sizes, part: Any) -> bool:
    """Whether an index takes all of an axis from its end on."""
    return isinstance(part, slice) and part.step is not None and part.start is None and \
        part.stop is None and _is(sizes, part.step, Size(-1))


def _steps(sizes: Sizes, states: Variable, part: slice) -> Size | None:
    """How many steps a loop has made, where that is what is read of its states."""
    node = states.owner
    if node is None or sizes.backend.kind(node) != 'scan' or part.start is None or \
            part.stop is not None or not _is(sizes, part.step, ONE):
        return None
    parts = sizes.backend.loop_parts(node)
    initial = max(parts['delays'].get(states, [0]))
    there = initial and parts['simple'] and _is(sizes, part.start, Size(initial))
    return sizes.scalar(node.inputs[0]) if there else None


@batching('subtensor')
def _subtensor_batching(site: Site) -> list[LinearMap]:
    index = site.backend.indices(site.node)
    return [Dense(site.only(0).full()[tuple([slice(None)] + index)])]


@batch_axis('incsubtensor')
def _incsubtensor_batch_axis(proof: Proof, node: Node, output: Variable) -> Batch | None:
    whole, part = node.inputs[:2]
    if part not in proof.batch:
        # Each element is that of its own example, or the same for all inputs.
        return proof.batch[whole]
    index, inner = proof.backend.indices(node), proof.batch[part]
    left = _left(whole, index)
    axis = left[inner.axis + len(left) - part.ndim]
    if not is_whole(proof.sizes, whole, index, axis):
        raise Unproven(node, 'is not seen to write to all examples')
    return written(proof, node, inner._replace(axis=axis))


def written(proof: Proof, node: Node, batch: Batch) -> Batch:
    """`batch`, that of a part in the whole that it is written to, if nothing speaks against."""
    whole, part = node.inputs[:2]
    if proof.batch.get(whole, batch) != batch:
        raise Unproven(node, 'brings different examples together')
    # A part of one example would be spread over all of the whole.
    if part.broadcastable[proof.batch[part].axis] or (
            whole not in proof.batch and proof.sizes.axis(whole, batch.axis)
            != batch.before * proof.size * batch.after):
        raise Unproven(node, 'is not seen to write into as many examples as it reads')
    return batch


register('size', ('incsubtensor', ), first_size)


@batching('incsubtensor')
def _incsubtensor_batching(site: Site) -> list[LinearMap]:
    selected = _selected(site)
    if selected is not None:
        return [selected]
    index = site.backend.indices(site.node)
    whole, part = whole_and_part(site, len(_left(site.node.inputs[0], index)))
    return site.result(changed(site, whole[tuple([slice(None)] + index)], part))


def whole_and_part(site: Site, axes: int) -> tuple[Variable, Variable]:
    """Both in full; the part with as many axes as the place that it is written to.

    Parameters
    ----------
    site : Site
    axes : int
        How many axes that place has.
    """
    whole, part = site.inputs[:2]
    part = site.full(part)
    for _ in range(axes + 1 - part.ndim):
        part = spread(part, 1)
    return site.repeated(whole), part


def changed(site: Site, place: Variable, part: Variable) -> Variable:
    """The whole of `place`, set to a part or with it added, as the node does."""
    tensor = site.backend.tensor
    overwrites = site.backend.overwrites(site.node)
    return (tensor.set_subtensor if overwrites else tensor.inc_subtensor)(place, part)


def _selected(site: Site) -> LinearMap | None:
    """A diagonal that is written among zeros, to a slice of the units."""
    whole, part = site.inputs[:2]
    if site.is_carried(0) or not isinstance(part, Diagonal) or \
            not is_zero(site.backend, whole):
        return None
    index, last = site.backend.indices(site.node), site.node.inputs[0].ndim - 1
    on_units = len(index) == last + 1 and isinstance(index[-1], slice) and \
        all(i == slice(None) for i in index[:-1])
    if not on_units or whole.broadcastable[-1]:
        return None
    units = whole.shape[last]
    return part.selected(site.backend.tensor.arange(units)[index[-1]], units)
