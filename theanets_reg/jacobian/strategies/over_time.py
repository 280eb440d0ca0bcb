"""Forward through time, for a recurrent layer: see :mod:`..recurrence`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..chunks import Chunk, in_chunks
from ..costs import symbolic
from .base import Strategy, Way

if TYPE_CHECKING:
    from ...backends.types import Variable
    from ..linear_maps.base import Selection
    from ..recurrence.recursion import Recursion
    from ..size import Size
    from .workspace import Workspace

__all__ = ['OverTime']


class OverTime(Strategy):
    """The recursion over time.

    Parameters
    ----------
    recursion : Recursion
    supposed : list of (symbol, Size)
    workspace : Workspace
    budget : int or None
        How many numbers may be kept for the gradient; what does not fit goes by
        chunks of examples.
    """

    way = Way.RECURSION
    can_be_priced = False
    why = 'examples are independent and the output is made step by step'

    supposed: list[tuple[Any, Size]] = []

    def __init__(self, recursion: Recursion, supposed: list[tuple[Any, Size]],
                 workspace: Workspace, budget: int | None) -> None:
        self.recursion = recursion
        self.supposed = supposed
        self.workspace = workspace
        self.budget = budget

    def kept(self) -> int:
        guess = self.workspace.assumptions.guess
        return sum(guess(size) for size in self.recursion.kept())

    def norms(self) -> list[Variable]:
        if self.budget is None or self._all_fit(self.budget):
            return self.recursion.norms()
        return self._in_chunks(self.budget)

    def _in_chunks(self, budget: int) -> list[Variable]:
        """By some of the examples at a time."""
        backend, tensor = self.recursion.backend, self.recursion.backend.tensor
        wrt, sizes = self.recursion.wrt, self.recursion.kept()
        examples = backend.static_size(wrt, 0)
        if examples == 1:
            return self.recursion.norms()
        if examples is not None:
            # The types of the loops hold the number, and are not those of fewer examples.
            raise ValueError(
                'squared_norms: with memory= the examples of {} go in chunks, but its type says '
                'that there are {}; give it a type that leaves their number open, such as '
                'shape=(None, ...), or leave memory= out'.format(
                    wrt.name or 'the input', examples))
        kept = sum(symbolic(size, tensor) for size in sizes)
        size = tensor.maximum(1, budget * wrt.shape[0] // tensor.maximum(1, kept))
        return in_chunks(backend, wrt.shape[0], size, self.make)

    def make(self, rows: Selection) -> list[Variable]:
        assert isinstance(rows, Chunk)
        return [self.recursion.norms_of(rows)]

    def _all_fit(self, budget: int) -> bool:
        """Whether all examples are known to fit."""
        total = 0
        for size in self.recursion.kept():
            count = self.workspace.assumptions.number(size)
            if count is None:
                return False
            total += count
        return total <= budget
