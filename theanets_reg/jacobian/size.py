"""The size of an axis: an integer times symbols."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ['ONE', 'Size', 'product']


class Size(object):
    """A product: an integer times symbols."""

    def __init__(self, number: int = 1, symbols: Any = ()) -> None:
        self.number = number
        self.symbols = Counter(symbols)

    def __mul__(self, other: Size) -> Size:
        return Size(self.number * other.number, self.symbols + other.symbols)

    def __eq__(self, other: Any) -> bool:
        return (self.number, self.symbols) == (other.number, other.symbols)

    def __hash__(self) -> int:
        return hash((self.number, frozenset(self.symbols.items())))

    def __repr__(self) -> str:
        return 'Size({}, {})'.format(self.number, dict(self.symbols))

    def over(self, other: Size) -> Size | None:
        """The quotient, or None where it is not seen to be a whole number."""
        if not other.number or self.number % other.number:
            return None
        if other.symbols - self.symbols:
            return None
        return Size(self.number // other.number, self.symbols - other.symbols)

    def settled(self, known: Mapping[Any, Size]) -> Size:
        """The same with symbols replaced by what is known of them."""
        return product([Size(self.number)] + [
            known.get(s, Size(symbols=[s])) for s in self.symbols.elements()])


ONE = Size()


def product(sizes: Iterable[Size]) -> Size:
    """The product of several sizes."""
    total = ONE
    for size in sizes:
        total = total * size
    return total
