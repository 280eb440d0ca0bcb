"""Many rows of a Jacobian, in the forms that are cheap to multiply.

Most backward passes start simple, and stay so for a while:

* :class:`Diagonal`: row *k* is zero but for unit *k*. The cotangents start
  like this, and elementwise functions keep it so.
* :class:`Rows`: anything else, as ``scale[row, example] * base[row, example]``.
  A diagonal times a weight matrix is such a product, so that the first
  multiplication costs nothing.
"""

__all__ = ['Diagonal', 'Rows', 'Unsupported', 'onehot', 'spread']


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
    return Rows(spread(rows, 1) * tensor.ones_like(output).dimshuffle(
        'x', *range(output.ndim)))


def spread(variable, place):
    """A new broadcastable axis at `place`."""
    order = list(range(variable.ndim))
    return variable.dimshuffle(order[:place] + ['x'] + order[place:])
