"""Sizes of axes as products of symbols, read from a graph before it runs.

A reshape keeps the examples of a batch in their places only if its target
shape says so. To see that two sizes are the same, each is written as an
integer times a multiset of symbols, where one symbol stands for one axis that
nothing more is known about.
"""

from collections import Counter

from .. import engine as engines

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
    engine : Engine
    """

    def __init__(self, engine):
        self.engine = engine
        self.known = {}

    def copy(self):
        """The same knowledge, to be added to apart."""
        other = Sizes(self.engine)
        other.known.update(self.known)
        return other

    def of(self, variable):
        """The sizes of all axes of `variable`."""
        return [self.axis(variable, axis) for axis in range(variable.ndim)]

    def axis(self, variable, axis):
        """The size of one axis of `variable`."""
        key = (variable, axis)
        if key not in self.known:
            self.known[key] = self._axis(variable, axis)
        return self.known[key]

    def _axis(self, variable, axis):
        static = self.engine.static_size(variable, axis)
        if static is not None:
            return Size(static)
        if isinstance(variable, self.engine.Constant):
            return Size(int(variable.data.shape[axis]))
        size = None
        node = variable.owner
        if node is not None:
            rule = getattr(self, '_' + (self.engine.kind(node) or 'unknown'), None)
            size = rule(node, variable, axis) if rule else None
        return size or Size(symbols=[(variable, axis)])

    def _elemwise(self, node, variable, axis):
        sizes = [self.axis(v, axis) for v in node.inputs
                 if not v.broadcastable[axis]]
        # All are equal when the graph runs; the one that leads to a leaf of
        # the graph is the one that other variables can lead to as well.
        sizes.sort(key=lambda size: any(v.owner for v, _ in size.symbols))
        return sizes[0] if sizes else None

    def _dimshuffle(self, node, variable, axis):
        return self.axis(node.inputs[0], node.op.new_order[axis])

    def _dot(self, node, variable, axis):
        left, right = node.inputs
        if axis < left.ndim - 1:
            return self.axis(left, axis)
        return self.axis(right, right.ndim - 1)

    def _matmul(self, node, variable, axis):
        left, right = node.inputs
        if axis < variable.ndim - 2:
            return self._elemwise(node, variable, axis)
        return self.axis(left if axis == variable.ndim - 2 else right, axis)

    def _sum(self, node, variable, axis):
        kept = [a for a in range(node.inputs[0].ndim)
                if a not in self.engine.axes(node)]
        return self.axis(node.inputs[0], kept[axis])

    _reduce = _sum

    def _same(self, node, variable, axis):
        return self.axis(node.inputs[0], axis)

    _softmax = _incsubtensor = _cut = _same

    def _along_axis(self, node, variable, axis):
        if node.op.axis is None:
            # It runs over the flattened array.
            return product(self.of(node.inputs[0]))
        return self.axis(node.inputs[0], axis)

    def _subtensor(self, node, variable, axis):
        kept = [a for a, index in self._full_index(node)
                if isinstance(index, slice)]
        index = dict(self._full_index(node))[kept[axis]]
        if index == slice(None):
            return self.axis(node.inputs[0], kept[axis])
        return None

    def _full_index(self, node):
        index = self.engine.indices(node)
        index = index + [slice(None)] * (node.inputs[0].ndim - len(index))
        return list(enumerate(index))

    def _join(self, node, variable, axis):
        along, parts = self.engine.joined(node)
        along = self.constant(along)
        if along is None or along % variable.ndim == axis:
            return None
        return self.axis(parts[0], axis)

    def _alloc(self, node, variable, axis):
        return self.scalar(node.inputs[1 + axis])

    def _alloc_empty(self, node, variable, axis):
        return self.scalar(node.inputs[axis])

    def _reshape(self, node, variable, axis):
        return self.reshaped(node)[axis]

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
        kind = node and self.engine.kind(node)
        if 'int' not in engines.dtype(variable):
            return Size(symbols=[(variable, None)])
        if isinstance(variable, self.engine.Constant):
            return Size(int(variable.data))
        if kind == 'same':
            return self.scalar(node.inputs[0])
        if kind == 'shape_i':
            return self.axis(node.inputs[0], int(node.op.i))
        if kind == 'elemwise' and self.engine.scalar_kind(node) == 'mul':
            return product([self.scalar(v) for v in node.inputs])
        if kind == 'elemwise' and self.engine.scalar_kind(node) == 'identity':
            return self.scalar(node.inputs[0])
        if kind == 'dimshuffle' and node.inputs[0].ndim == 0:
            return self.scalar(node.inputs[0])
        if kind == 'subtensor' and node.inputs[0].ndim == 1:
            entries = self.vector(node.inputs[0])
            place = _as_integer(self, self.engine.indices(node)[0])
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
        kind = node and self.engine.kind(node)
        if 'int' not in engines.dtype(variable) or variable.ndim != 1:
            return None
        if isinstance(variable, self.engine.Constant):
            return [Size(int(n)) for n in variable.data]
        if kind == 'shape':
            return self.of(node.inputs[0])
        if kind == 'make_vector':
            return [self.scalar(v) for v in node.inputs]
        if kind == 'same' or (kind == 'elemwise' and
                              self.engine.scalar_kind(node) == 'identity'):
            return self.vector(node.inputs[0])
        if kind == 'dimshuffle' and node.inputs[0].ndim == 0:
            return [self.scalar(node.inputs[0])]
        if kind == 'join':
            parts = [self.vector(v) for v in self.engine.joined(node)[1]]
            return None if None in parts else sum(parts, [])
        if kind == 'subtensor' and node.inputs[0].ndim == 1:
            return self._part(node)
        return None

    def _part(self, node):
        """A slice with constant bounds of a vector whose entries are known."""
        entries, (index,) = self.vector(node.inputs[0]), self.engine.indices(node)
        bounds = [_as_integer(self, b) for b in (index.start, index.stop, index.step)]
        given = [b for b in (index.start, index.stop, index.step) if b is not None]
        if entries is None or len(given) != sum(b is not None for b in bounds):
            return None
        return entries[slice(*bounds)]


def _as_integer(sizes, bound):
    if bound is None or isinstance(bound, int):
        return bound
    return sizes.constant(bound) if engines.is_symbolic(bound) else int(bound)
