"""Many rows of a Jacobian in one backward pass.

A backward pass is linear in its cotangent. Pushing a whole set of cotangents
through its graph takes one new leading axis, on the variables that depend on
the cotangent and on nothing else: the values of the forward pass, random
draws among them, are used as they are, spread over the rows, never copied and
never computed again.

Most backward passes start simple, and stay so for a while:

* :class:`Diagonal`: row *k* is zero but for unit *k*. The cotangents start
  like this, and elementwise functions keep it so.
* :class:`Rows`: anything else, as ``scale[row, example] * base[row, example]``.
  A diagonal times a weight matrix is such a product, so that the first
  multiplication costs nothing.
"""

from .. import engine as engines

__all__ = ['Diagonal', 'Rows', 'Unsupported', 'push', 'onehot']


class Unsupported(Exception):
    """An op of the backward pass has no rule for many rows at once."""


class Diagonal(object):
    """Row *k* holds ``value[:, k]`` at unit *k* and zeros elsewhere.

    Parameters
    ----------
    value : matrix variable, shape (batch, units)
    """

    def __init__(self, value):
        self.value = value

    def times(self, matrix, pick):
        """The rows after a multiplication by `matrix` (units, others)."""
        return Rows(pick(matrix).dimshuffle(0, 'x', 1), pick(self.value.T))

    def rows(self, engine, pick):
        """The same as :class:`Rows`."""
        one = engine.tensor.eye(self.value.shape[1], dtype=self.value.dtype)
        return self.times(one, pick)


class Rows(object):
    """A set of rows for each example.

    Parameters
    ----------
    base : variable, shape (rows, batch, ...)
        Its batch axis may be broadcastable if there is a `scale`.
    scale : matrix variable, shape (rows, batch), optional
    """

    def __init__(self, base, scale=None):
        self.base = base
        self.scale = scale

    def full(self):
        """All in one array, shape (rows, batch, ...)."""
        if self.scale is None:
            return self.base
        return self.base * self.scale.dimshuffle(
            0, 1, *['x'] * (self.base.ndim - 2))


def onehot(engine, output, pick):
    """Cotangents for all elements of one example of `output`.

    Parameters
    ----------
    output : variable, shape (batch, ...)
    pick : callable
        Takes the wanted rows of an array with one for each element.
    """
    tensor = engine.tensor
    count = tensor.prod(output.shape[1:]) if output.ndim > 1 else tensor.constant(1)
    places = tensor.arange(count)
    same = tensor.eq(pick(places).dimshuffle(0, 'x'), places.dimshuffle('x', 0))
    shape = [same.shape[0]] + [output.shape[a] for a in range(1, output.ndim)]
    rows = same.astype(output.dtype).reshape(shape, ndim=output.ndim)
    return Rows(_spread(rows, 1) * tensor.ones_like(output).dimshuffle(
        'x', *range(output.ndim)))


def _spread(variable, place):
    """A new broadcastable axis at `place`."""
    order = list(range(variable.ndim))
    return variable.dimshuffle(order[:place] + ['x'] + order[place:])


def push(engine, graph, cotangent, start, pick):
    """Push many cotangents through a backward pass.

    Parameters
    ----------
    graph : list of variables
        The results of a backward pass that was built for one `cotangent`.
    cotangent : variable
    start : Diagonal or Rows
        What stands in its place.
    pick : callable
        Takes the wanted rows of an array with one for each unit.

    Returns
    -------
    results : list of Diagonal or Rows
        One for each of `graph`.

    Raises
    ------
    Unsupported
        If the graph has an op without a rule.
    """
    done = {cotangent: start}
    for variable in engines.ancestors(graph):
        node = variable.owner
        if variable in done or node is None or \
                not any(v in done for v in node.inputs):
            continue
        rule = _RULES.get(engine.kind(node), _vectorized)
        results = rule(_Place(engine, node, done, pick))
        for output, result in zip(node.outputs, results):
            done[output] = result
    return [done[v] for v in graph]


class _Place(object):
    """One apply node of the backward pass and what its inputs became."""

    def __init__(self, engine, node, done, pick):
        self.engine = engine
        self.node = node
        self.pick = pick
        self.inputs = [done.get(v, v) for v in node.inputs]
        self.pushed = [i for i in self.inputs if isinstance(i, (Diagonal, Rows))]

    def rows(self, value):
        """`value` as rows, where it was pushed."""
        if isinstance(value, Diagonal):
            return value.rows(self.engine, self.pick)
        return value

    def full(self, value):
        """`value` as one array with the rows as its first axis."""
        value = self.rows(value)
        return value.full() if isinstance(value, Rows) else _spread(value, 0)

    def first(self):
        """The first input in full, where no other was pushed."""
        if self.inputs[0] not in self.pushed or len(self.pushed) > 1:
            raise Unsupported(str(self.node.op))
        return self.full(self.inputs[0])

    def as_examples(self, inputs):
        """Apply the op with rows as more examples.

        Parameters
        ----------
        inputs : list of variables
            Arrays with the rows in front of the examples, and what the op has
            besides.
        """
        some = next(i for i, old in zip(inputs, self.node.inputs) if i.ndim > old.ndim)
        merged = [i.reshape([some.shape[0] * some.shape[1]] + [
            i.shape[a] for a in range(2, i.ndim)], ndim=old.ndim)
            if i.ndim > old.ndim else i for i, old in zip(inputs, self.node.inputs)]
        merged = [self.engine.fix_broadcast(i, (False, ) + tuple(old.broadcastable[1:]))
                  if i is not old else i for i, old in zip(merged, self.node.inputs)]
        made = self.node.op(*merged)
        return self.result(made.reshape([some.shape[0], some.shape[1]] + [
            made.shape[a] for a in range(1, made.ndim)], ndim=made.ndim + 1))

    def result(self, base):
        """Rows without a scale, with the broadcast pattern of the node."""
        pattern = (False,) + tuple(self.node.outputs[0].broadcastable)
        return [Rows(self.engine.fix_broadcast(base, pattern))]


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
        return [Rows(op(*[i.base if isinstance(i, Rows) else _spread(i, 0)
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
        part = _spread(part, 1)
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
    softmax, rows = _spread(softmax, 0), place.full(cotangent)
    axes = [a + 1 for a in place.engine.axes(place.node)]
    inner = (rows * softmax).sum(axis=axes, keepdims=True)
    return [Rows(softmax * (rows - inner))]


def _matmul(place):
    if len(place.pushed) > 1:
        raise Unsupported('a product of two backward passes')
    return [Rows(place.node.op(*[place.full(i) for i in place.inputs]))]


def _vectorized(place):
    """An op without a rule, where the package knows how to add an axis to it."""
    if place.engine.vectorize is None or place.engine.kind(place.node) == 'scan':
        raise Unsupported(str(place.node.op))
    try:
        return [Rows(output) for output in place.engine.vectorize(
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
