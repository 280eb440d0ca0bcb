"""What lies between an input and an output, as far as the graph proves it.

The one question that matters: does example *i* of the output depend on
example *i* of the input only? The batch axis is followed op by op. Where an
op is not known, or brings examples together, the proof ends there and says
which op it was.
"""

from collections import namedtuple

from .. import engine as engines
from .shapes import ONE, Size, Sizes, product

__all__ = ['Batch', 'Structure', 'Unproven', 'entries']

Batch = namedtuple('Batch', 'axis before after')
Batch.__doc__ = """Where the examples are in a variable.

They run along `axis`. Where that axis was made by merging several, `before`
is the product of the sizes merged in front of the examples and `after` of
those behind them; both are one for an axis of examples alone.
"""


class Unproven(Exception):
    """The proof ends at `node`, for `reason`."""

    def __init__(self, node, reason):
        super(Unproven, self).__init__(reason)
        self.node = node
        self.reason = reason


class Structure(object):
    """Where the batch axis of `wrt` is, in all that depends on it.

    Parameters
    ----------
    outputs : list of variables
    wrt : variable
        Shape (batch, ...).

    Attributes
    ----------
    batch : dict of variable -> Batch
        All that depends on `wrt` in a differentiable way.
    sizes : Sizes

    Raises
    ------
    Unproven
        If examples are not seen to be independent.
    """

    def __init__(self, outputs, wrt):
        self.engine = engines.of(wrt)
        self.sizes = Sizes(self.engine)
        self.batch = {wrt: Batch(0, ONE, ONE)}
        if not wrt.broadcastable[0]:
            # Even where the number of examples is known: a symbol of their
            # own tells their axis from others of that size.
            self.sizes.known[wrt, 0] = Size(symbols=[(wrt, 0)])
        self.size = self.sizes.axis(wrt, 0)
        self.follow(outputs)

    def follow(self, outputs):
        """Place the batch axis in all that a gradient goes through."""
        matter = self.reached(outputs)
        for variable in engines.ancestors(outputs):
            if variable not in matter or variable in self.batch:
                continue
            if any(v in self.batch for v in self.sources(variable)):
                self.place(variable, self.rule(variable.owner)(
                    self, variable.owner, variable))

    def reached(self, outputs):
        """All that a gradient from `outputs` can flow to."""
        found, stack = set(), list(outputs)
        while stack:
            variable = stack.pop()
            if variable not in found:
                found.add(variable)
                stack.extend(self.sources(variable))
        return found

    def place(self, variable, batch):
        """Note where the batch axis of `variable` is."""
        if batch is None:
            return
        self.batch[variable] = batch
        if not variable.broadcastable[batch.axis]:
            self.sizes.known[variable, batch.axis] = (
                batch.before * self.size * batch.after)

    def sources(self, variable):
        """The variables that a gradient flows to from `variable`."""
        node = variable.owner
        if node is None or not _is_float(variable):
            return []
        kind = self.engine.kind(node)
        if kind in ('shape', 'shape_i', 'cut'):
            return []
        if kind == 'elemwise' and self.engine.scalar_kind(node) == 'fill':
            return node.inputs[1:]
        return node.inputs

    def rule(self, node):
        """The rule for the op of `node`."""
        kind = self.engine.kind(node)
        if kind not in _RULES:
            raise Unproven(node, 'is not known to keep examples apart')
        return _RULES[kind]

    def only_first(self, node):
        """The batch of the first input, where no other depends on wrt."""
        if any(v in self.batch for v in node.inputs[1:]):
            raise Unproven(node, 'depends on the input in more than one way')
        return self.batch[node.inputs[0]]

    def plain(self, node, batch):
        """`batch`, where its axis holds examples and nothing else."""
        if batch.before != ONE or batch.after != ONE:
            raise Unproven(node, 'works on an axis that was merged with the '
                                 'batch axis')
        return batch


def _is_float(variable):
    return getattr(variable.type, 'dtype', '').startswith('float')


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
    raise Unproven(node, 'multiplies examples by examples')


def _matmul(structure, node, variable):
    batches = {structure.batch[v] for v in node.inputs if v in structure.batch}
    if len(batches) > 1:
        raise Unproven(node, 'multiplies examples by examples')
    batch, = batches
    if batch.axis < variable.ndim - 2:
        _check_spread(structure, node, node.inputs, batch)
        return batch
    left, right = (v in structure.batch for v in node.inputs)
    own = variable.ndim - (2 if left else 1)
    if (left and right) or batch.axis != own:
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
                         '(give the batch size as x.shape[0])')


def _join(structure, node, variable):
    along, parts = structure.engine.joined(node)
    along = structure.sizes.constant(along)
    batches = {structure.batch[v] for v in parts if v in structure.batch}
    if len(batches) > 1:
        raise Unproven(node, 'brings different examples together')
    batch, = batches
    if along is None or along % variable.ndim == batch.axis:
        raise Unproven(node, 'joins along the batch axis')
    return batch


def _split(structure, node, variable):
    batch = structure.only_first(node)
    along = structure.sizes.constant(structure.engine.split_at(node)[0])
    if along is None or along % variable.ndim == batch.axis:
        raise Unproven(node, 'splits the batch axis')
    return batch


def _subtensor(structure, node, variable):
    batch = structure.only_first(node)
    index = structure.engine.indices(node)
    if batch.axis < len(index) and index[batch.axis] != slice(None):
        raise Unproven(node, 'picks or moves examples')
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
        raise Unproven(node, 'writes to some of the examples only')
    return batch


def _take(structure, node, variable):
    batch = structure.only_first(node)
    index = structure.engine.indices(node)
    place, = [a for a, i in enumerate(index) if not isinstance(i, slice)]
    whole = all(i == slice(None) for i in index[:place] + index[place + 1:])
    if batch.axis == place or not whole:
        raise Unproven(node, 'picks or moves examples')
    moved = index[place].ndim - 1 if place < batch.axis else 0
    return batch._replace(axis=batch.axis + moved)


def _alloc(structure, node, variable):
    batch = structure.only_first(node)
    value = node.inputs[0]
    axis = batch.axis + variable.ndim - value.ndim
    if value.broadcastable[batch.axis] or (
            structure.sizes.scalar(node.inputs[1 + axis])
            != batch.before * structure.size * batch.after):
        raise Unproven(node, 'is not seen to keep the number of examples')
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


def _scan(structure, node, variable):
    from .loops import scan
    return scan(structure, node, variable)


_RULES = {
    'same': _same, 'elemwise': _elemwise, 'dimshuffle': _dimshuffle,
    'dot': _dot, 'batched_dot': _batched_dot, 'matmul': _matmul, 'sum': _reduce,
    'reduce': _reduce, 'along_axis': _along_axis, 'softmax': _softmax,
    'reshape': _reshape, 'join': _join, 'split': _split,
    'subtensor': _subtensor, 'incsubtensor': _incsubtensor, 'take': _take,
    'alloc': _alloc, 'conv': _conv, 'pool': _pool, 'scan': _scan}


def entries(structure, output, wrt):
    """Where `wrt` enters `output`, if only through ``dot(wrt, W)``.

    Returns
    -------
    entries : list of variables, or None
        The dots, or None if `wrt` enters in another way as well.
    """
    users = [v for v in engines.ancestors([output])
             if v in structure.batch and v is not wrt
             and wrt in v.owner.inputs]
    if output is wrt or wrt.ndim != 2 or not users:
        return None
    for variable in users:
        node = variable.owner
        if structure.engine.kind(node) != 'dot' or node.inputs[0] is not wrt \
                or node.inputs[1].ndim != 2:
            return None
    return users
