"""Sizes of axes as products of symbols, read from a graph before it runs.

A reshape keeps the examples of a batch in their places only if its target shape says so.
To see that two sizes are the same, each is written as an integer times a multiset of
symbols, where one symbol stands for one axis that nothing more is known about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Callable

from .. import backends
from .rules.registry import rules_of
from .size import ONE, Size, product

if TYPE_CHECKING:
    from ..backends.base import Backend
    from ..backends.types import Node, Variable

__all__ = ['ONE', 'Size', 'Sizes', 'product']


class Sizes(object):
    """What is known of the sizes of a graph's axes.

    Parameters
    ----------
    backend : Backend
    supposed : dict of symbol -> Size, optional
        What is taken to be so: see :mod:`.supposed`.

    Attributes
    ----------
    known : dict of (variable, axis) -> Size
    """

    def __init__(self, backend: Backend, supposed: Mapping[Any, Size] | None = None) -> None:
        self.backend = backend
        self.supposed = supposed or {}
        self.known: dict[tuple[Variable, int], Size] = {}
        self._seen: set[Variable] = set()
        self._same: dict[Any, Any] = {}
        self._numbers: dict[Any, Size] = {}

    def copy(self) -> Sizes:
        """The same knowledge, to be added to apart."""
        other = Sizes(self.backend, self.supposed)
        other.known.update(self.known)
        other._same.update(self._same)
        other._numbers.update(self._numbers)
        return other

    def of(self, variable: Variable) -> list[Size]:
        """The sizes of all axes of `variable`."""
        return [self.axis(variable, axis) for axis in range(variable.ndim)]

    def axis(self, variable: Variable, axis: int) -> Size:
        """The size of one axis of `variable`."""
        if (variable, axis) not in self.known:
            self._prepare(variable)
        return self.known[variable, axis]

    def _prepare(self, variable: Variable) -> None:
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

    def _axis(self, variable: Variable, axis: int) -> Size:
        static = self.backend.static_size(variable, axis)
        if static is not None:
            return Size(static)
        if isinstance(variable, self.backend.Constant):
            return Size(int(variable.data.shape[axis]))
        node = variable.owner
        rule = node and rules_of('size').get(self.backend.kind(node))
        size = rule and rule(self, node, variable, axis)
        return size or self.supposed.get((variable, axis)) or Size(symbols=[(variable, axis)])

    def note_equal(self, sizes: Iterable[Size]) -> None:
        """Note that some Sizes are the same when the graph runs."""
        symbols = [self._first(*s.symbols) for s in sizes
                   if s.number == 1 and sum(s.symbols.values()) == 1]
        for symbol in symbols[1:]:
            if symbol != symbols[0]:
                self._same[symbol] = symbols[0]

    def note_same_product(self, one: Size, other: Size) -> None:
        """Note that two Sizes are the same, for what a symbol is by that."""
        common = one.symbols & other.symbols
        left, right = (Size(s.number, s.symbols - common) for s in (one, other))
        for symbol, number in (left, right), (right, left):
            if sum(symbol.symbols.values()) == 1 and not number.symbols and symbol.number and \
                    number.number % symbol.number == 0:
                self._numbers[self._first(*symbol.symbols)] = Size(
                    number.number // symbol.number)

    def equal(self, one: Size, other: Size) -> bool:
        """Whether two Sizes are seen to be the same."""
        return self._plainest(one) == self._plainest(other)

    def _plainest(self, size: Size) -> Size:
        return product([Size(size.number)] + [
            self._numbers.get(first, Size(symbols=[first]))
            for first in map(self._first, size.symbols.elements())])

    def _first(self, symbol: Any) -> Any:
        """Of all symbols for one number the one that stands for all."""
        while symbol in self._same:
            symbol = self._same[symbol]
        return symbol

    def asked(self, node: Node) -> Any:
        """The sizes that a reshape is asked for, -1 for the rest; None if not known."""
        sizes = self.of(node.inputs[0])
        return self.backend.new_shape(node, sizes, *map(self.vector, node.inputs[1:]))

    def reshaped(self, node: Node) -> list[Any]:
        """The sizes of a reshape's result; None for one that is not known."""
        source, sizes = node.inputs[0], self.asked(node)
        if sizes is None:
            return [None] * node.outputs[0].ndim
        if Size(-1) in sizes:
            open_axis = sizes.index(Size(-1))
            others = product(sizes[:open_axis] + sizes[open_axis + 1:])
            whole = product(self.of(source))
            sizes[open_axis] = whole.over(others) or \
                whole.settled(self.supposed).over(others.settled(self.supposed))
        else:
            self.note_same_product(product(self.of(source)), product(sizes))
        return sizes

    def constant(self, variable: Variable) -> int | None:
        """The value of an integer scalar that is a constant, or None."""
        if isinstance(variable, int):
            return variable
        size = self.scalar(variable)
        return None if size.symbols else size.number

    def scalar(self, variable: Variable) -> Size:
        """An integer scalar as a product."""
        unknown = Size(symbols=[(variable, None)])
        if 'int' not in backends.dtype(variable):
            return unknown
        if isinstance(variable, self.backend.Constant):
            return Size(int(variable.data))
        node = variable.owner
        rule = node and _SCALARS.get(self.backend.kind(node))
        return (rule and rule(self, node)) or unknown

    def vector(self, variable: Variable) -> list[Size] | None:
        """The entries of an integer vector, or None where not known."""
        if 'int' not in backends.dtype(variable) or variable.ndim != 1:
            return None
        if isinstance(variable, self.backend.Constant):
            return [Size(int(n)) for n in variable.data]
        node = variable.owner
        rule = node and _VECTORS.get(self.backend.kind(node))
        return rule(self, node) if rule else None


def _scalar_of_elementwise(sizes: Sizes, node: Node) -> Size | None:
    kind = sizes.backend.scalar_kind(node)
    if kind == 'mul':
        return product([sizes.scalar(v) for v in node.inputs])
    if kind in ('minimum', 'maximum'):
        found = [sizes.scalar(v) for v in node.inputs]
        return found[0] if all(sizes.equal(found[0], one) for one in found) else None
    # A real number that is rounded is another one.
    if kind != 'identity' or 'int' not in backends.dtype(node.inputs[0]):
        return None
    return sizes.scalar(node.inputs[0])


def _scalar_of_dimshuffle(sizes: Sizes, node: Node) -> Size | None:
    return sizes.scalar(node.inputs[0]) if node.inputs[0].ndim == 0 else None


def _scalar_of_subtensor(sizes: Sizes, node: Node) -> Size | None:
    if node.inputs[0].ndim != 1:
        return None
    entries = sizes.vector(node.inputs[0])
    place = _as_integer(sizes, sizes.backend.indices(node)[0])
    if entries is None or place is None or not -len(entries) <= place < len(entries):
        return None
    return entries[place]


def _scalar_of_reduction(sizes: Sizes, node: Node) -> Size | None:
    entries = sizes.vector(node.inputs[0]) if sizes.backend.is_product(node) else None
    return None if entries is None else product(entries)


_SCALARS: dict[Any, Callable[..., Any]] = {
    'same': lambda sizes, node: sizes.scalar(node.inputs[0]),
    'shape_i': lambda sizes, node: sizes.axis(
        node.inputs[0], sizes.backend.measured_axis(node)),
    'elemwise': _scalar_of_elementwise, 'dimshuffle': _scalar_of_dimshuffle,
    'subtensor': _scalar_of_subtensor, 'reduce': _scalar_of_reduction}


def _vector_of_elementwise(sizes: Sizes, node: Node) -> list[Size] | None:
    if sizes.backend.scalar_kind(node) == 'identity':
        return sizes.vector(node.inputs[0])
    return None


def _vector_of_dimshuffle(sizes: Sizes, node: Node) -> list[Size] | None:
    return [sizes.scalar(node.inputs[0])] if node.inputs[0].ndim == 0 else None


def _vector_of_join(sizes: Sizes, node: Node) -> list[Size] | None:
    parts: list[Any] = [sizes.vector(v) for v in sizes.backend.joined(node)[1]]
    return None if None in parts else sum(parts, [])


def _vector_of_subtensor(sizes: Sizes, node: Node) -> list[Size] | None:
    """A slice with constant bounds of a vector whose entries are known."""
    if node.inputs[0].ndim != 1:
        return None
    entries, (index,) = sizes.vector(node.inputs[0]), sizes.backend.indices(node)
    given = [b for b in (index.start, index.stop, index.step) if b is not None]
    bounds = [_as_integer(sizes, b) for b in (index.start, index.stop, index.step)]
    if entries is None or len(given) != sum(b is not None for b in bounds):
        return None
    return entries[slice(*bounds)]


_VECTORS: dict[Any, Callable[..., Any]] = {
    'shape': lambda sizes, node: sizes.of(node.inputs[0]),
    'make_vector': lambda sizes, node: [sizes.scalar(v) for v in node.inputs],
    'same': lambda sizes, node: sizes.vector(node.inputs[0]),
    'elemwise': _vector_of_elementwise, 'dimshuffle': _vector_of_dimshuffle,
    'join': _vector_of_join, 'subtensor': _vector_of_subtensor}


def _as_integer(sizes: Sizes, bound: Any) -> Any:
    if bound is None or isinstance(bound, int):
        return bound
    return sizes.constant(bound) if backends.is_symbolic(bound) else int(bound)
