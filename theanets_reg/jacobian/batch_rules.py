"""Where the batch axis is after each op, for every op that keeps examples apart.

A rule takes the :class:`~.structure.Structure` so far, a node and one of its
outputs, and returns that output's :class:`~.batch.Batch`, None where no
gradient goes through, or raises :class:`~.batch.Unproven`.
"""

from .batch import Batch, Unproven
from .loops import scan
from .shapes import ONE, product

__all__ = ['RULES']


def _same(structure, node, variable):
    return structure.only_first(node)


def _elemwise(structure, node, variable):
    inputs = structure.sources(variable)
    batches = {structure.batch[v] for v in inputs if v in structure.batch}
    if len(batches) > 1:
        raise Unproven(node, 'brings different examples together')
    batch, = batches
    _check_spread(structure, node, inputs, batch)
    return batch


def _check_spread(structure, node, inputs, batch):
    """That no example meets all of something else along the batch axis."""
    for v in inputs:
        if v in structure.batch and v.broadcastable[batch.axis] and not all(
                w.broadcastable[batch.axis] for w in node.inputs):
            raise Unproven(node, 'spreads one example over several')


def _dimshuffle(structure, node, variable):
    batch = structure.batch[node.inputs[0]]
    order = list(node.op.new_order)
    if batch.axis not in order:
        raise Unproven(node, 'drops the batch axis')
    return batch._replace(axis=order.index(batch.axis))


def _dot(structure, node, variable):
    left, right = node.inputs
    if left in structure.batch and right in structure.batch:
        raise Unproven(node, 'multiplies examples by examples')
    if left in structure.batch:
        batch = structure.batch[left]
        if batch.axis < left.ndim - 1:
            return batch
    else:
        batch = structure.batch[right]
        if right.ndim == 2 and batch.axis == 1:
            return batch._replace(axis=variable.ndim - 1)
    raise Unproven(node, 'sums over examples')


def _batched_dot(structure, node, variable):
    batches = {structure.batch.get(v) for v in node.inputs} - {None}
    if batches == {Batch(0, ONE, ONE)}:
        return Batch(0, ONE, ONE)
    if len(batches) > 1:
        raise Unproven(node, 'multiplies examples by examples')
    raise Unproven(node, 'is followed only where the examples are on its first axis')


def _matmul(structure, node, variable):
    batches = {structure.batch[v] for v in node.inputs if v in structure.batch}
    if len(batches) > 1:
        raise Unproven(node, 'multiplies examples by examples')
    batch, = batches
    if batch.axis < variable.ndim - 2:
        _check_spread(structure, node, node.inputs, batch)
        return batch
    left, right = (v in structure.batch for v in node.inputs)
    if left and right:
        raise Unproven(node, 'multiplies examples by examples')
    if batch.axis != variable.ndim - (2 if left else 1):
        raise Unproven(node, 'sums over examples')
    return batch


def _reduce(structure, node, variable):
    batch = structure.batch[node.inputs[0]]
    axes = structure.engine.axes(node)
    if batch.axis in axes:
        raise Unproven(node, 'reduces over examples')
    if node.outputs.index(variable) > 0:
        return None
    return batch._replace(axis=batch.axis - sum(a < batch.axis for a in axes))


def _along_axis(structure, node, variable):
    batch = structure.only_first(node)
    if batch.axis in structure.engine.axes(node):
        raise Unproven(node, 'runs along the examples')
    return batch


def _softmax(structure, node, variable):
    batch = structure.only_first(node)
    if batch.axis in structure.engine.axes(node):
        raise Unproven(node, 'normalizes over examples')
    return batch


def _reshape(structure, node, variable):
    batch = structure.only_first(node)
    source = node.inputs[0]
    whole = structure.size
    before = product(structure.sizes.of(source)[:batch.axis]) * batch.before
    start = ONE
    for axis, size in enumerate(structure.sizes.reshaped(node)):
        if size is None:
            break
        within = before.over(start)
        after = size.over(within * whole) if within is not None else None
        # A size of one could stand anywhere; there is nothing to prove it by.
        if after is not None and whole.symbols:
            return Batch(axis, within, after)
        start = start * size
    raise Unproven(node, 'is not seen to keep the examples in their places '
                         '({})'.format(_missing(structure, node)))


def _missing(structure, node):
    """What should be told of a reshape, to follow the examples through it."""
    whole = structure.size
    if not whole.symbols:
        return 'there is one example by its type: give the input a batch axis of any size'
    if any(size is not None and size.over(whole) for size in structure.sizes.reshaped(node)):
        return ('the sizes in front of the batch axis must be seen to be the same before '
                'and after: give them as they are read from the graph, such as h.shape[1]')
    return 'give the batch size as x.shape[0] of the input x'


def _join(structure, node, variable):
    along, parts = structure.engine.joined(node)
    along = structure.sizes.constant(along)
    batches = {structure.batch[v] for v in parts if v in structure.batch}
    if len(batches) > 1:
        raise Unproven(node, 'brings different examples together')
    batch, = batches
    if along is None or along % variable.ndim == batch.axis:
        raise Unproven(node, 'joins along the batch axis, or one that is computed')
    return batch


def _split(structure, node, variable):
    batch = structure.only_first(node)
    along = structure.sizes.constant(structure.engine.split_at(node)[0])
    if along is None or along % variable.ndim == batch.axis:
        raise Unproven(node, 'splits the batch axis, or one that is computed')
    return batch


def _subtensor(structure, node, variable):
    batch = structure.only_first(node)
    index = structure.engine.indices(node)
    if batch.axis < len(index) and index[batch.axis] != slice(None):
        raise Unproven(node, 'is not seen to take all examples as they are')
    dropped = sum(not isinstance(i, slice) for i in index[:batch.axis])
    return batch._replace(axis=batch.axis - dropped)


def _incsubtensor(structure, node, variable):
    whole, part = node.inputs[:2]
    index = structure.engine.indices(node)
    batch = structure.batch.get(whole)
    if part in structure.batch:
        kept = [a for a in range(whole.ndim)
                if a >= len(index) or isinstance(index[a], slice)]
        inner = structure.batch[part]
        axis = kept[inner.axis + len(kept) - part.ndim]
        if batch not in (None, inner._replace(axis=axis)):
            raise Unproven(node, 'brings different examples together')
        batch = inner._replace(axis=axis)
        # A part of one example would be spread over all of the whole.
        if part.broadcastable[inner.axis] or (
                whole not in structure.batch and structure.sizes.axis(whole, axis)
                != batch.before * structure.size * batch.after):
            raise Unproven(node, 'is not seen to write into as many examples '
                                 'as it reads')
    if batch.axis < len(index) and index[batch.axis] != slice(None):
        raise Unproven(node, 'is not seen to write to all examples')
    return batch


def _take(structure, node, variable):
    batch = structure.only_first(node)
    index = structure.engine.indices(node)
    place, = [a for a, i in enumerate(index) if not isinstance(i, slice)]
    whole = all(i == slice(None) for i in index[:place] + index[place + 1:])
    if batch.axis == place:
        raise Unproven(node, 'is not seen to take all examples as they are')
    if not whole:
        raise Unproven(node, 'picks along more than one axis')
    moved = index[place].ndim - 1 if place < batch.axis else 0
    return batch._replace(axis=batch.axis + moved)


def _alloc(structure, node, variable):
    batch = structure.only_first(node)
    value = node.inputs[0]
    axis = batch.axis + variable.ndim - value.ndim
    if value.broadcastable[batch.axis] or (
            structure.sizes.scalar(node.inputs[1 + axis])
            != batch.before * structure.size * batch.after):
        raise Unproven(node, 'is not seen to keep the number of examples (give the '
                             'batch size as x.shape[0] of the input x)')
    return batch._replace(axis=axis)


def _conv(structure, node, variable):
    batch = structure.plain(node, structure.only_first(node))
    if batch.axis:
        raise Unproven(node, 'convolves over the batch axis')
    return batch


def _pool(structure, node, variable):
    batch = structure.only_first(node)
    if batch.axis >= variable.ndim - getattr(node.op, 'ndim', 2):
        raise Unproven(node, 'pools over the batch axis')
    return batch


RULES = {
    'same': _same, 'elemwise': _elemwise, 'dimshuffle': _dimshuffle,
    'dot': _dot, 'batched_dot': _batched_dot, 'matmul': _matmul, 'sum': _reduce,
    'reduce': _reduce, 'along_axis': _along_axis, 'softmax': _softmax,
    'reshape': _reshape, 'join': _join, 'split': _split,
    'subtensor': _subtensor, 'incsubtensor': _incsubtensor, 'take': _take,
    'alloc': _alloc, 'conv': _conv, 'pool': _pool, 'scan': scan}
