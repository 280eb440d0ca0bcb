"""Joining, splitting, reading and writing parts of arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import Unproven, Unsupported
from ..linear_maps import Dense, Diagonal
from ..linear_maps.base import spread
from .common import first_size
from .elementwise import is_zero
from .registry import batch_axis, batching, register, size

if TYPE_CHECKING:
    from ...backends.types import Node, Variable
    from ..batch import Batch
    from ..batching import Site
    from ..independence import Proof
    from ..linear_maps import LinearMap
    from ..size import Size
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


def _origin(whole: Variable, index: list[Any]) -> list[tuple[int, int | None]]:
    """Where the axes of ``whole[index]`` come from.

    Returns
    -------
    origin : list of (axis, place)
        The axis of `whole`, and which axis of the array that picks along it; None
        for a slice.
    """
    index = index + [slice(None)] * (whole.ndim - len(index))
    found: list[tuple[int, int | None]] = []
    for axis, i in enumerate(index):
        # A scalar picks one, and leaves no axis.
        places = [None] if isinstance(i, slice) else range(getattr(i, 'ndim', 0))
        found.extend((axis, place) for place in places)
    return found


def _is_whole(index: list[Any], axis: int) -> bool:
    return axis >= len(index) or index[axis] == slice(None)


@batch_axis('subtensor', 'take')
def _subtensor_batch_axis(proof: Proof, node: Node, output: Variable) -> Batch | None:
    batch = proof.only_first(node)
    index = proof.backend.indices(node)
    if not _is_whole(index, batch.axis):
        raise Unproven(node, 'is not seen to take all examples as they are')
    return batch._replace(axis=_origin(node.inputs[0], index).index((batch.axis, None)))


@size('subtensor', 'take')
def _subtensor_size(sizes: Sizes, node: Node, output: Variable, axis: int) -> Size | None:
    index = sizes.backend.indices(node)
    origin, place = _origin(node.inputs[0], index)[axis]
    if place is not None:
        return sizes.axis(index[origin], place)
    return sizes.axis(node.inputs[0], origin) if _is_whole(index, origin) else None


@batching('subtensor', 'take')
def _subtensor_batching(site: Site) -> list[LinearMap]:
    index = site.backend.indices(site.node)
    return [Dense(site.only(0).full()[tuple([slice(None)] + index)])]


@batch_axis('incsubtensor', 'inctake')
def _incsubtensor_batch_axis(proof: Proof, node: Node, output: Variable) -> Batch | None:
    whole, part = node.inputs[:2]
    index = proof.backend.indices(node)
    batch: Any = proof.batch.get(whole)
    if part in proof.batch:
        batch = _written(proof, node, batch, index)
    if not _is_whole(index, batch.axis):
        raise Unproven(node, 'is not seen to write to all examples')
    return batch


def _written(proof: Proof, node: Node, batch: Any, index: list[Any]) -> Batch:
    """Where the examples of a part are in the whole that it is written to."""
    whole, part = node.inputs[:2]
    origin = _origin(whole, index)
    inner = proof.batch[part]
    axis, place = origin[inner.axis + len(origin) - part.ndim]
    if place is not None:
        raise Unproven(node, 'writes examples to places that are picked')
    if batch not in (None, inner._replace(axis=axis)):
        raise Unproven(node, 'brings different examples together')
    batch = inner._replace(axis=axis)
    # A part of one example would be spread over all of the whole.
    if part.broadcastable[inner.axis] or (
            whole not in proof.batch and proof.sizes.axis(whole, axis)
            != batch.before * proof.size * batch.after):
        raise Unproven(node, 'is not seen to write into as many examples as it reads')
    return batch


register('size', ('incsubtensor', 'inctake'), first_size)


@batching('incsubtensor')
def _incsubtensor_batching(site: Site) -> list[LinearMap]:
    selected = _selected(site)
    if selected is not None:
        return [selected]
    index = site.backend.indices(site.node)
    whole, part = _whole_and_part(site, index)
    return site.result(_changed(site, whole[tuple([slice(None)] + index)], part))


@batching('inctake')
def _inctake_batching(site: Site) -> list[LinearMap]:
    """The rows behind all other axes: Theano picks along the first axis only."""
    index = site.backend.indices(site.node)
    whole, part = [v.dimshuffle(*list(range(1, v.ndim)) + [0])
                   for v in _whole_and_part(site, index)]
    made = _changed(site, whole[tuple(index)], part)
    return site.result(made.dimshuffle(made.ndim - 1, *range(made.ndim - 1)))


def _whole_and_part(site: Site, index: list[Any]) -> tuple[Variable, Variable]:
    """Both in full; the part with as many axes as the place that it is written to."""
    whole, part = site.inputs[:2]
    axes = len(_origin(site.node.inputs[0], index))
    part = site.full(part)
    for _ in range(axes + 1 - part.ndim):
        part = spread(part, 1)
    return site.repeated(whole), part


def _changed(site: Site, place: Variable, part: Variable) -> Variable:
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
