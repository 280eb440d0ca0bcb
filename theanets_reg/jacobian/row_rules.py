"""What each op of a backward pass does to many rows at once.

A rule takes a place of :mod:`~.push`, one node with what its inputs became, and
returns what its outputs become.
"""

from .rows import Diagonal, Rows, Unsupported, spread

__all__ = ['rule']


def rule(engine, node):
    """The rule for the op of `node`."""
    return _RULES.get(engine.kind(node), _vectorized)


def _linear(place):
    """Whether an elementwise node is linear in what was pushed, without rest.

    Then zeros stay zeros, and a common factor of all rows stays one.
    """
    kind = place.engine.scalar_kind(place.node)
    pushed = [i in place.pushed for i in place.inputs]
    if kind in ('neg', 'identity', 'add', 'sub'):
        return all(pushed)
    if kind == 'mul':
        return sum(pushed) == 1
    if kind == 'divide':
        return pushed == [True, False]
    if kind == 'fill':
        return pushed == [False, True]
    return kind == 'switch' and not pushed[0] and all(
        p or _is_zero(place.engine, i)
        for p, i in zip(pushed[1:], place.inputs[1:]))


def _is_zero(engine, variable):
    node = variable.owner
    kind = node and engine.kind(node)
    if kind == 'dimshuffle':
        return _is_zero(engine, node.inputs[0])
    if kind == 'elemwise' and engine.scalar_kind(node) == 'fill':
        return _is_zero(engine, node.inputs[1])
    return isinstance(variable, engine.Constant) and not variable.data.any()


def _without_zeros(place):
    """Backward passes add zeros of the shape of a result: leave them out."""
    pattern = place.node.outputs[0].broadcastable
    if place.engine.scalar_kind(place.node) == 'add':
        place.inputs = [
            i for i, v in zip(place.inputs, place.node.inputs)
            if i in place.pushed or v.broadcastable != pattern
            or v.dtype != place.node.outputs[0].dtype
            or not _is_zero(place.engine, v)]


def _elemwise(place):
    _without_zeros(place)
    op, linear = place.node.op, _linear(place)
    if linear and all(isinstance(i, Diagonal) for i in place.pushed) and \
            not any(i.value.broadcastable[-1] for i in place.pushed):
        values = [i.value if i in place.pushed else i for i in place.inputs]
        return [Diagonal(op(*values))]
    inputs = [place.rows(i) for i in place.inputs]
    rows = [i for i in inputs if isinstance(i, Rows)]
    if linear and all(r.scale is rows[0].scale for r in rows):
        return [Rows(op(*[i.base if isinstance(i, Rows) else spread(i, 0)
                          for i in inputs]), rows[0].scale)]
    return [Rows(op(*[place.full(i) for i in inputs]))]


def _dot(place):
    left, right = place.inputs
    if len(place.pushed) > 1:
        raise Unsupported('a product of two backward passes')
    if left not in place.pushed:
        return _dot_from_left(place)
    if isinstance(left, Diagonal) and right.ndim == 2:
        return [left.times(right, place.pick)]
    left = place.rows(left)
    if left.base.ndim != 3:
        raise Unsupported('a dot with a vector')
    return [Rows(times(place.engine, left.base, right), left.scale)]


def times(engine, base, matrix):
    """Multiply (rows, batch, units) by a matrix or vector in one product."""
    tail = [1] if matrix.ndim == 2 else []
    if base.broadcastable[1]:
        product = engine.tensor.dot(base.dimshuffle(0, 2), matrix)
        return product.dimshuffle(0, 'x', *tail)
    flat = base.reshape((base.shape[0] * base.shape[1], base.shape[2]))
    shape = [base.shape[0], base.shape[1]] + [matrix.shape[1] for _ in tail]
    product = engine.tensor.dot(flat, matrix).reshape(shape, ndim=2 + len(tail))
    return engine.fix_broadcast(
        product, (False, False) + tuple(matrix.broadcastable[1:]))


def _dot_from_left(place):
    matrix, rows = place.inputs[0], place.full(place.inputs[1])
    if rows.ndim != 3 or matrix.ndim != 2:
        raise Unsupported('a dot with a vector')
    turned = times(place.engine, rows.dimshuffle(0, 2, 1), matrix.T)
    return place.result(turned.dimshuffle(0, 2, 1))


def _dimshuffle(place):
    order = [o if o == 'x' else o + 1 for o in place.node.op.new_order]
    return [Rows(place.first().dimshuffle(0, *order))]


def _sum(place):
    axis, source = place.node.op.axis, place.first()
    axes = range(source.ndim - 1) if axis is None else axis
    return [Rows(source.sum(axis=[a + 1 for a in axes],
                            dtype=place.node.outputs[0].dtype))]


def _reshape(place):
    source, shape = place.first(), place.inputs[1]
    ndim = place.node.outputs[0].ndim
    sizes = [source.shape[0]] + [shape[a] for a in range(ndim)]
    return place.result(source.reshape(sizes, ndim=ndim + 1))


def _same(place):
    return place.result(place.first())


def _subtensor(place):
    index = place.engine.indices(place.node)
    return [Rows(place.first()[tuple([slice(None)] + index)])]


def _incsubtensor(place):
    op, (whole, part) = place.node.op, place.inputs[:2]
    index = tuple([slice(None)] + place.engine.indices(place.node))
    rows = place.full(place.pushed[0]).shape[0]
    whole = _repeat(place, whole, rows)
    kept = sum(isinstance(i, slice) for i in index) + whole.ndim - len(index)
    part = place.full(part)
    for _ in range(kept - part.ndim):
        part = spread(part, 1)
    change = (place.engine.tensor.set_subtensor if op.set_instead_of_inc
              else place.engine.tensor.inc_subtensor)
    return place.result(change(whole[index], part))


def _repeat(place, value, rows):
    """`value` in full, with as many rows as there are."""
    full = place.full(value)
    if value in place.pushed:
        return full
    return place.engine.tensor.alloc(
        full, rows, *[full.shape[a] for a in range(1, full.ndim)])


def _join(place):
    along, parts = place.engine.joined(place.node)
    rows = place.full(place.pushed[0]).shape[0]
    return [Rows(place.engine.tensor.join(1 + _axis(place, along), *[
        _repeat(place, p, rows) for p in place.inputs[-len(parts):]]))]


def _split(place):
    along, sizes = place.engine.split_at(place.node)
    return [Rows(part) for part in place.engine.tensor.split(
        place.first(), sizes, n_splits=place.node.op.len_splits,
        axis=1 + _axis(place, along))]


def _axis(place, along):
    """The axis of a join or a split as a number."""
    if not isinstance(along, int):
        if not isinstance(along, place.engine.Constant):
            raise Unsupported('an axis that is computed')
        along = int(along.data)
    return along % place.node.outputs[0].ndim


def _conv(place):
    """A convolution, forwards as in old graphs' backward passes."""
    if place.engine.fixed_batch(place.node):
        raise Unsupported('a convolution of a fixed number of examples')
    return place.as_examples([_pushed(place, 0)] + place.inputs[1:])


def _conv_back(place):
    if place.engine.fixed_batch(place.node):
        raise Unsupported('a convolution of a fixed number of examples')
    return place.as_examples(
        place.inputs[:1] + [_pushed(place, 1)] + place.inputs[2:])


def _pool_back(place):
    """The images that were pooled are repeated for each of the rows."""
    images = 2 if type(place.node.op).__name__ == 'MaxPoolGrad' else 1
    rows = _pushed(place, images)
    return place.as_examples(
        [_repeat(place, i, rows.shape[0]) for i in place.inputs[:images]] +
        [rows] + place.inputs[images + 1:])


def _pushed(place, index):
    """The input at `index` in full, where no other was pushed."""
    if place.pushed != [place.inputs[index]]:
        raise Unsupported(str(place.node.op))
    return place.full(place.inputs[index])


def _softmax_grad(place):
    cotangent, softmax = place.inputs
    if softmax in place.pushed:
        raise Unsupported(str(place.node.op))
    softmax, rows = spread(softmax, 0), place.full(cotangent)
    axes = [a + 1 for a in place.engine.axes(place.node)]
    inner = (rows * softmax).sum(axis=axes, keepdims=True)
    return [Rows(softmax * (rows - inner))]


def _matmul(place):
    if len(place.pushed) > 1:
        raise Unsupported('a product of two backward passes')
    return [Rows(place.node.op(*[place.full(i) for i in place.inputs]))]


def _vectorized(place):
    """An op without a rule, where the package knows how to add an axis to it."""
    if place.engine.kind(place.node) == 'scan':
        raise Unsupported(str(place.node.op))
    try:
        return [Rows(output) for output in place.engine.vectorized(
            place.node, [place.full(i) if i in place.pushed else i
                         for i in place.inputs])]
    except NotImplementedError:
        raise Unsupported(str(place.node.op))


_RULES = {'conv': _conv, 'conv_back': _conv_back, 'pool_back': _pool_back,
          'matmul': _matmul, 'elemwise': _elemwise, 'dot': _dot,
          'dimshuffle': _dimshuffle,
          'sum': _sum, 'reshape': _reshape, 'same': _same,
          'subtensor': _subtensor, 'incsubtensor': _incsubtensor,
          'join': _join, 'split': _split, 'softmax_grad': _softmax_grad}
