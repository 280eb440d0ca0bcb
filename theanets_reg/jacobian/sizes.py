"""Sizes of axes as products of symbols, read from a graph before it runs.

A reshape keeps the examples of a batch in their places only if its target
shape says so. To see that two sizes are the same, each is written as an
integer times a multiset of symbols, where one symbol stands for one axis that
nothing more is known about.
"""

from collections import Counter

from .. import backends
from .rules.registry import rules_of

__all__ = ['ONE', 'Size', 'Sizes', 'product']


class Size(object):
    """A product: an integer times symbols."""

    def __init__(self, number=1, symbols=()):
        self.number = number
        self.symbols = Counter(symbols)

    def __mul__(self, other):
        return Size(self.number * other.number, self.symbols + other.symbols)

    def __eq__(self, other):
        return (self.number, self.symbols) == (other.number, other.symbols)

    def __hash__(self):
        return hash((self.number, frozenset(self.symbols.items())))

    def __repr__(self):
        return 'Size({}, {})'.format(self.number, dict(self.symbols))

    def over(self, other):
        """The quotient, or None where it is not seen to be a whole number."""
        if not other.number or self.number % other.number:
            return None
        if other.symbols - self.symbols:
            return None
        return Size(self.number // other.number, self.symbols - other.symbols)


ONE = Size()


def product(sizes):
    """The product of several sizes."""
    total = ONE
    for size in sizes:
        total = total * size
    return total


class Sizes(object):
    """What is known of the sizes of a graph's axes.

    Parameters
    ----------
    backend : Backend

    Attributes
    ----------
    known : dict of (variable, axis) -> Size
    """

    def __init__(self, backend):
        self.backend = backend
        self.known = {}
        self._seen = set()

    def copy(self):
        """The same knowledge, to be added to apart."""
        other = Sizes(self.backend)
        other.known.update(self.known)
        return other

    def of(self, variable):
        """The sizes of all axes of `variable`."""
        return [self.axis(variable, axis) for axis in range(variable.ndim)]

    def axis(self, variable, axis):
        """The size of one axis of `variable`."""
        if (variable, axis) not in self.known:
            self._prepare(variable)
        return self.known[variable, axis]

    def _prepare(self, variable):
        """Find the sizes of all that `variable` is made of, and then its own.

        Inputs come before results, so that a rule finds what it asks for: no graph
        is too deep.
        """
        for current in backends.ancestors([variable], self._seen):
            self._seen.add(current)
            if self.backend.is_dense(current):
                for axis in range(current.ndim):
                    if (current, axis) not in self.known:
                        self.known[current, axis] = self._axis(current, axis)

    def _axis(self, variable, axis):
        static = self.backend.static_size(variable, axis)
        if static is not None:
            return Size(static)
        if isinstance(variable, self.backend.Constant):
            return Size(int(variable.data.shape[axis]))
        node, size = variable.owner, None
        rule = node and rules_of('size').get(self.backend.kind(node))
        if rule:
            size = rule(self, node, variable, axis)
        return size or Size(symbols=[(variable, axis)])

    def reshaped(self, node):
        """The sizes of a reshape's result; None for one that is not known."""
        source, shape = node.inputs
        sizes = self.vector(shape)
        if sizes is None:
            return [None] * node.outputs[0].ndim
        if Size(-1) in sizes:
            open_axis = sizes.index(Size(-1))
            others = product(sizes[:open_axis] + sizes[open_axis + 1:])
            sizes[open_axis] = product(self.of(source)).over(others)
        return sizes

    def constant(self, variable):
        """The value of an integer scalar that is a constant, or None."""
        if isinstance(variable, int):
            return variable
        size = self.scalar(variable)
        return None if size.symbols else size.number

    def scalar(self, variable):
        """An integer scalar as a product."""
        node = variable.owner
        kind = node and self.backend.kind(node)
        if 'int' not in backends.dtype(variable):
            return Size(symbols=[(variable, None)])
        if isinstance(variable, self.backend.Constant):
            return Size(int(variable.data))
        if kind == 'same':
            return self.scalar(node.inputs[0])
        if kind == 'shape_i':
            return self.axis(node.inputs[0], int(node.op.i))
        if kind == 'elemwise' and self.backend.scalar_kind(node) == 'mul':
            return product([self.scalar(v) for v in node.inputs])
        if kind == 'elemwise' and self.backend.scalar_kind(node) == 'identity':
            return self.scalar(node.inputs[0])
        if kind == 'dimshuffle' and node.inputs[0].ndim == 0:
            return self.scalar(node.inputs[0])
        if kind == 'subtensor' and node.inputs[0].ndim == 1:
            entries = self.vector(node.inputs[0])
            place = _as_integer(self, self.backend.indices(node)[0])
            if entries is not None and place is not None and \
                    -len(entries) <= place < len(entries):
                return entries[place]
        if kind == 'reduce' and type(node.op).__name__ == 'Prod':
            entries = self.vector(node.inputs[0])
            if entries is not None:
                return product(entries)
        return Size(symbols=[(variable, None)])

    def vector(self, variable):
        """The entries of an integer vector, or None where not known."""
        node = variable.owner
        kind = node and self.backend.kind(node)
        if 'int' not in backends.dtype(variable) or variable.ndim != 1:
            return None
        if isinstance(variable, self.backend.Constant):
            return [Size(int(n)) for n in variable.data]
        if kind == 'shape':
            return self.of(node.inputs[0])
        if kind == 'make_vector':
            return [self.scalar(v) for v in node.inputs]
        if kind == 'same' or (kind == 'elemwise' and
                              self.backend.scalar_kind(node) == 'identity'):
            return self.vector(node.inputs[0])
        if kind == 'dimshuffle' and node.inputs[0].ndim == 0:
            return [self.scalar(node.inputs[0])]
        if kind == 'join':
            parts = [self.vector(v) for v in self.backend.joined(node)[1]]
            return None if None in parts else sum(parts, [])
        if kind == 'subtensor' and node.inputs[0].ndim == 1:
            return self._part(node)
        return None

    def _part(self, node):
        """A slice with constant bounds of a vector whose entries are known."""
        entries, (index,) = self.vector(node.inputs[0]), self.backend.indices(node)
        bounds = [_as_integer(self, b) for b in (index.start, index.stop, index.step)]
        given = [b for b in (index.start, index.stop, index.step) if b is not None]
        if entries is None or len(given) != sum(b is not None for b in bounds):
            return None
        return entries[slice(*bounds)]


def _as_integer(sizes, bound):
    if bound is None or isinstance(bound, int):
        return bound
    return sizes.constant(bound) if backends.is_symbolic(bound) else int(bound)
