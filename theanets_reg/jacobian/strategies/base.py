"""What every way to the norms has."""

from __future__ import annotations

import functools
from collections import OrderedDict
from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any

from ..chunks import in_chunks
from ..costs import largest, price, symbolic, widest
from ..linear_maps import WHOLE
from ..seeds import unit_count

if TYPE_CHECKING:
    from ...backends.types import Node, Variable
    from ..costs import Price
    from ..linear_maps.base import Selection
    from ..problem import Problem
    from ..pullback import Pullback
    from ..pushforward import Pushforward
    from ..size import Size
    from .workspace import Workspace

__all__ = ['Strategy', 'Way', 'zeros']

#: Elements of the widest array of a chunk: more of them no cache holds.
CACHED = 2 ** 21


class Way(Enum):
    """The ways to the norms of a Jacobian, by the names that ``explain`` tells."""

    NOTHING = 'nothing'
    CLOSED = 'closed form'
    RECURSION = 'recursion over time'
    ROWS = 'row blocks'
    COLUMNS = 'column blocks'
    NARROW = 'through a narrow layer'
    ROW_BY_ROW = 'row by row'
    LITERAL = 'literal Jacobian'


class Strategy(object):
    """One way to the norms of a problem.

    Parameters
    ----------
    problem : Problem
    workspace : Workspace
        What strategies share.

    Attributes
    ----------
    way : Way
    why : str
        What makes it right, to stand behind "because".
    can_be_priced : bool
        Whether :meth:`price` tells what it costs.
    node : apply node or None
        Where a proof ended, if one did.
    """

    way: Way
    can_be_priced = True
    why = 'examples are independent'
    node: Node | None = None

    def __init__(self, problem: Problem, workspace: Workspace) -> None:
        self.problem = problem
        self.workspace = workspace

    @property
    def supposed(self) -> list[tuple[Any, Size]]:
        """The sizes that it is right for, where the graph does not tell them."""
        return [pair for proof in self.problem.proofs for pair in proof.supposed.items()]

    def unfit(self) -> str | None:
        """Why it does not fit the problem, or None where it does."""
        raise NotImplementedError

    def make(self, rows: Selection) -> list[Variable]:
        """The norms from some of the rows: a vector (batch,) for each input.

        Parameters
        ----------
        rows : Whole or Chunk
        """
        raise NotImplementedError

    def count(self) -> Variable:
        """How many rows there are: an integer scalar."""
        return unit_count(self.problem.target, self.problem.lead)

    def whole(self) -> list[Variable]:
        """The norms from all rows at once."""
        return self.workspace.once(self, 'whole', lambda: self.make(WHOLE))

    def norms(self) -> list[Variable]:
        """The norms: a vector (batch,) for each input of the problem."""
        size = self.chunk_size()
        if size is None:
            return self.whole()
        return in_chunks(self.problem.backend, self.count(), size, self.make)

    def price(self) -> Price:
        """The Price, that of all rows at once."""
        workspace = self.workspace
        return workspace.once(self, 'price', lambda: price(
            self.whole(), self.problem.given(), workspace.sizes, workspace.assumptions))

    def kept(self) -> int | None:
        """How many numbers are kept for the gradient, where that is all that is known."""
        return None

    def chunk_size(self) -> Any:
        """How many rows at a time, or None for all at once."""
        widest = largest(self.whole(), self.problem.given(), self.workspace.sizes,
                         self.workspace.assumptions)
        if self.workspace.chunk_size is not None:
            count = self.workspace.number_of(self.count())
            few = count is not None and count <= self.workspace.chunk_size
            return None if few else self.workspace.chunk_size
        if widest is not None and widest <= self.workspace.budget:
            return None
        return self._fitting()

    def _fitting(self) -> Any:
        """As many rows as fit into the budget and a cache, for the batch at hand."""
        elements, width = min(self.workspace.budget, CACHED), self.width()
        number = self.workspace.sizes.constant(width)
        if number is not None:
            return max(1, elements // max(1, number))
        maximum = self.problem.backend.tensor.maximum
        return maximum(1, elements // maximum(1, width))

    def width(self) -> Variable:
        """Elements of the widest array of one row: an integer scalar."""
        found = OrderedDict.fromkeys(size for c in self.carriers() for size in widest(
            c.results, c.variable, c.sizes, self.workspace.assumptions))
        tensor = self.problem.backend.tensor
        return functools.reduce(tensor.maximum, [symbolic(size, tensor) for size in found])

    def carriers(self) -> Sequence[Pullback | Pushforward]:
        """The Pullbacks or Pushforwards that rows are carried through."""
        raise NotImplementedError


def zeros(problem: Problem) -> Variable:
    """A zero for each example."""
    target = problem.target
    return problem.backend.tensor.zeros((target.shape[0],), dtype=target.dtype)
