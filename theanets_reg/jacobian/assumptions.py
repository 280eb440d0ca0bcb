"""The sizes to reckon with before a graph runs."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from .. import backends
from .sizes import Sizes

if TYPE_CHECKING:
    from ..backends.types import Variable
    from .size import Size

__all__ = ['BATCH', 'SIZE', 'Assumptions']

#: What an assumption is where none is given.
BATCH, SIZE = 128, 100


class Assumptions(object):
    """Sizes as numbers: those of shared variables as they are now, others assumed.

    Parameters
    ----------
    wrts : list of variables
        Their first axis is that of the examples.
    batch, size : int, optional
        How many examples to reckon with, and how many units where it isn't known.

    Attributes
    ----------
    guessed : bool
        Whether a size was not known, of those that were asked for last.
    """

    def __init__(self, wrts: Iterable[Variable], batch: int = BATCH, size: int = SIZE) -> None:
        self.wrts = list(wrts)
        self.batch = batch
        self.size = size
        self.guessed = False
        self._learned: dict[Any, int] = {}

    def learn(self, outputs: Sequence[Variable]) -> None:
        """Take sizes from products: the last axis of one factor is the other's first."""
        backend = backends.of(*outputs)
        sizes = Sizes(backend)
        for variable in backends.ancestors(outputs):
            node = variable.owner
            if node is not None and backend.kind(node) in ('dot', 'matmul'):
                left, right = node.inputs
                self._equal(sizes.axis(left, left.ndim - 1),
                            sizes.axis(right, max(right.ndim - 2, 0)))

    def _equal(self, one: Size, other: Size) -> None:
        for size, known in (one, other), (other, one):
            number = self.number(known)
            if number is not None and size.number == 1 and sum(size.symbols.values()) == 1:
                symbol, = size.symbols
                self._learned.setdefault(symbol, number)

    def number(self, size: Size) -> int | None:
        """A Size as a number, or None where it is not known."""
        factors = [self._symbol(*symbol) for symbol in size.symbols.elements()]
        if None in factors:
            return None
        return functools.reduce(operator.mul, factors, size.number)

    def _symbol(self, variable: Variable, axis: int | None) -> int | None:
        if axis == 0 and any(variable is w for w in self.wrts):
            return self.batch
        if (variable, axis) in self._learned:
            return self._learned[variable, axis]
        backend = backends.of(variable)
        if axis is None:
            return None
        if isinstance(variable, backend.SharedVariable):
            return variable.get_value(borrow=True).shape[axis]
        if variable.owner is not None and backend.kind(variable.owner) == 'join':
            return self._together(backend.joined(variable.owner)[1], axis)
        return None

    def _together(self, parts: Iterable[Variable], axis: int) -> int | None:
        """The size of the axis along which arrays are joined."""
        sizes = [Sizes(backends.of(part)).axis(part, axis) for part in parts]
        found = [n for n in map(self.number, sizes) if n is not None]
        return sum(found) if len(found) == len(sizes) else None

    def guess(self, size: Size) -> int:
        """The same, with a number in the place of what is not known."""
        factors = []
        for symbol in size.symbols.elements():
            found = self._symbol(*symbol)
            self.guessed = self.guessed or found is None
            factors.append(self.size if found is None else found)
        return functools.reduce(operator.mul, factors, size.number)
