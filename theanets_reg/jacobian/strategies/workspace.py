"""What the strategies of one plan share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..sizes import Sizes

if TYPE_CHECKING:
    from ...backends.base import Backend
    from ...backends.types import Variable
    from ..assumptions import Assumptions

__all__ = ['Workspace']


class Workspace(object):
    """Assumptions, limits, and what has been built already.

    Parameters
    ----------
    backend : Backend
    assumptions : Assumptions
    chunk_size : int or None
        How many rows at a time; None for as many as fit into the memory.
    budget : int
        Elements in the widest array.
    """

    def __init__(self, backend: Backend, assumptions: Assumptions, chunk_size: int | None,
                 budget: int) -> None:
        self.assumptions = assumptions
        self.chunk_size = chunk_size
        self.budget = budget
        self.sizes = Sizes(backend)
        self._made: dict[Any, Any] = {}

    def once(self, *key_and_make: Any) -> Any:
        """What `make`, the last argument, returns; made once for the key before it."""
        key, make = key_and_make[:-1], key_and_make[-1]
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def numbers(self, variable: Variable, axis: int) -> int | None:
        """The size of an axis as a number, or None."""
        return self.assumptions.number(self.sizes.axis(variable, axis))

    def number_of(self, scalar: Variable) -> int | None:
        """An integer scalar variable as a number, or None."""
        return self.assumptions.number(self.sizes.scalar(scalar))
