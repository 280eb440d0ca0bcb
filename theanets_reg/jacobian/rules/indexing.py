"""Joining, splitting, reading and writing parts of arrays."""

from ..errors import Unproven, Unsupported
from ..linear_maps import Dense, Diagonal
from ..linear_maps.base import spread
from .elementwise import is_zero
from .registry import batch_axis, batching, size


@batch_axis('join')
def _join_batch_axis(proof, node, output):
    along, parts = proof.backend.joined(node)
    along = proof.sizes.constant(along)
    batches = {proof.batch[v] for v in parts if v in proof.batch}
    if len(batches) > 1:
        raise Unproven(node, 'brings different examples together')
    batch, = batches
    if along is None or along % output.ndim == batch.axis:
        raise Unproven(node, 'joins along the batch axis, or one that is computed')
    return batch


@size('join')
def _join_size(sizes, node, output, axis):
    along, parts = sizes.backend.joined(node)
    along = sizes.constant(along)
    if along is None or along % output.ndim == axis:
        return None
    return sizes.axis(parts[0], axis)


@batching('join')
def _join_batching(site):
    along, parts = site.backend.joined(site.node)
    arrays = [site.repeated(p) for p in site.inputs[-len(parts):]]
    return [Dense(site.backend.tensor.join(1 + _axis(site, along), *arrays))]


@batch_axis('split')
def _split_batch_axis(proof, node, output):
    batch = proof.only_first(node)
    along = proof.sizes.constant(proof.backend.split_at(node)[0])
    if along is None or along % output.ndim == batch.axis:
        raise Unproven(node, 'splits the batch axis, or one that is computed')
    return batch


@size('split')
def _split_size(sizes, node, output, axis):
    along = sizes.constant(sizes.backend.split_at(node)[0])
    if along is None or along % output.ndim == axis:
        return None
    return sizes.axis(node.inputs[0], axis)


@batching('split')
def _split_batching(site):
    along, parts = site.backend.split_at(site.node)
    return [Dense(part) for part in site.backend.tensor.split(
        site.only(0).full(), parts, n_splits=len(site.node.outputs),
        axis=1 + _axis(site, along))]


def _axis(site, along):
    """The axis of a join or a split as a number."""
    axis = site.sizes.constant(along)
    if axis is None:
        raise Unsupported('an axis that is computed')
    return axis % site.node.outputs[0].ndim


@batch_axis('subtensor')
def _subtensor_batch_axis(proof, node, output):
    batch = proof.only_first(node)
    index = proof.backend.indices(node)
    if batch.axis < len(index) and index[batch.axis] != slice(None):
        raise Unproven(node, 'is not seen to take all examples as they are')
    dropped = sum(not isinstance(i, slice) for i in index[:batch.axis])
    return batch._replace(axis=batch.axis - dropped)


@size('subtensor')
def _subtensor_size(sizes, node, output, axis):
    source, index = node.inputs[0], sizes.backend.indices(node)
    index = list(enumerate(index + [slice(None)] * (source.ndim - len(index))))
    kept = [(a, i) for a, i in index if isinstance(i, slice)]
    place, found = kept[axis]
    return sizes.axis(source, place) if found == slice(None) else None


@batching('subtensor')
def _subtensor_batching(site):
    index = site.backend.indices(site.node)
    return [Dense(site.only(0).full()[tuple([slice(None)] + index)])]


@batch_axis('incsubtensor')
def _incsubtensor_batch_axis(proof, node, output):
    whole, part = node.inputs[:2]
    index = proof.backend.indices(node)
    batch = proof.batch.get(whole)
    if part in proof.batch:
        batch = _written(proof, node, batch, index)
    if batch.axis < len(index) and index[batch.axis] != slice(None):
        raise Unproven(node, 'is not seen to write to all examples')
    return batch


def _written(proof, node, batch, index):
    """Where the examples of a part are in the whole that it is written to."""
    whole, part = node.inputs[:2]
    kept = [a for a in range(whole.ndim)
            if a >= len(index) or isinstance(index[a], slice)]
    inner = proof.batch[part]
    axis = kept[inner.axis + len(kept) - part.ndim]
    if batch not in (None, inner._replace(axis=axis)):
        raise Unproven(node, 'brings different examples together')
    batch = inner._replace(axis=axis)
    # A part of one example would be spread over all of the whole.
    if part.broadcastable[inner.axis] or (
            whole not in proof.batch and proof.sizes.axis(whole, axis)
            != batch.before * proof.size * batch.after):
        raise Unproven(node, 'is not seen to write into as many examples as it reads')
    return batch


@size('incsubtensor')
def _incsubtensor_size(sizes, node, output, axis):
    return sizes.axis(node.inputs[0], axis)


@batching('incsubtensor')
def _incsubtensor_batching(site):
    selected = _selected(site)
    if selected is not None:
        return [selected]
    whole, part = site.inputs[:2]
    index = tuple([slice(None)] + site.backend.indices(site.node))
    whole = site.repeated(whole)
    kept = sum(isinstance(i, slice) for i in index) + whole.ndim - len(index)
    part = site.full(part)
    for _ in range(kept - part.ndim):
        part = spread(part, 1)
    tensor = site.backend.tensor
    change = tensor.set_subtensor if site.backend.overwrites(site.node) \
        else tensor.inc_subtensor
    return site.result(change(whole[index], part))


def _selected(site):
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


@batch_axis('take')
def _take_batch_axis(proof, node, output):
    batch = proof.only_first(node)
    index = proof.backend.indices(node)
    place, = [a for a, i in enumerate(index) if not isinstance(i, slice)]
    whole = all(i == slice(None) for i in index[:place] + index[place + 1:])
    if batch.axis == place:
        raise Unproven(node, 'is not seen to take all examples as they are')
    if not whole:
        raise Unproven(node, 'picks along more than one axis')
    moved = index[place].ndim - 1 if place < batch.axis else 0
    return batch._replace(axis=batch.axis + moved)
