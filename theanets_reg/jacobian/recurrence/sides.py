"""Tangents on either side of a matrix P, and what is done to them there.

Of P (units, batch, units) the last axis holds rows, the first one columns. On both of
them a product by a matrix that all examples share is one product of two matrices,
without a copy of P.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...backends.base import Backend
    from ...backends.types import Variable

__all__ = ['Columns', 'Examples', 'Rows']


class Rows(object):
    """k tangents (..., k, batch, units).

    Parameters
    ----------
    backend : Backend
    """

    units = -1

    def __init__(self, backend: Backend) -> None:
        self.backend = backend

    def scale(self, tangents: Variable, here: Variable) -> Variable:
        """Each unit times its derivative.

        Parameters
        ----------
        here : variable, shape (..., batch, units)
        """
        lead: list[Any] = list(range(here.ndim - 2))
        return tangents * here.dimshuffle(*lead + ['x', here.ndim - 2, here.ndim - 1])

    def mixes(self, here: Variable, tangents: Variable) -> bool:
        """Whether :meth:`mixed` takes them."""
        return False

    def mixed(self, pairs: Sequence[tuple[Variable, Variable]]) -> Variable:
        """The sum of several tangents, the same for all examples, each times its derivatives.

        Parameters
        ----------
        pairs : list of (here, tangents)
        """
        raise NotImplementedError

    def times(self, tangents: Variable, matrix: Variable) -> Variable:
        """By a matrix (units, later units) that all examples share."""
        return self.backend.rows_times(tangents, matrix)

    def dense(self, tangents: Variable, here: Variable) -> Variable:
        """By a matrix for each example.

        Parameters
        ----------
        here : variable, shape (..., batch, later units, units)
        """
        *lead, batch, _, _ = self.backend.lengths(here)
        count = self.backend.lengths(tangents)[-3]
        whole = self.backend.tensor.alloc(
            tangents, *lead + [count, batch, self.backend.lengths(tangents)[-1]])
        made = self.backend.batched_dot(*[
            self.backend.joined_axes(a, 0, a.ndim - 2)
            for a in (_exchanged(whole, 3, 2), _exchanged(here, 2, 1))])
        if lead:
            made = self.backend.split_axis(made, 0, lead + [batch])
        return _exchanged(made, 3, 2)

    def part(self, tangents: Variable, start: Any, end: Any) -> Variable:
        """Of some of the units."""
        return tangents[tuple([slice(None)] * (tangents.ndim - 1) + [slice(start, end)])]

    def count(self, tangents: Variable) -> Variable:
        """How many tangents there are."""
        return tangents.shape[tangents.ndim - 3]

    def shape(self, count: Variable, batch: Variable, units: Variable) -> list[Variable]:
        """Of an array of one step."""
        return [count, batch, units]

    def beside(self, parts: Sequence[Variable]) -> Variable:
        """The units of all parts on one axis."""
        if len(parts) == 1:
            return parts[0]
        return self.backend.tensor.concatenate(list(parts), axis=parts[0].ndim - 1)


class Columns(Rows):
    """k tangents (units, batch, k), of one step."""

    units = 0

    def scale(self, tangents: Variable, here: Variable) -> Variable:
        return tangents * here.dimshuffle(1, 0, 'x')

    def times(self, tangents: Variable, matrix: Variable) -> Variable:
        flat = self.backend.joined_axes(tangents, 1, 2)
        made = self.backend.split_axis(
            self.backend.tensor.dot(matrix.T, flat), 1, self.backend.lengths(tangents)[1:])
        return self.backend.fix_broadcast(made, (
            matrix.broadcastable[1], ) + tuple(tangents.broadcastable[1:]))

    def dense(self, tangents: Variable, here: Variable) -> Variable:
        turned = _exchanged(tangents, 3, 1)
        return _exchanged(super(Columns, self).dense(turned, here), 3, 1)

    def part(self, tangents: Variable, start: Any, end: Any) -> Variable:
        return tangents[start:end]

    def count(self, tangents: Variable) -> Variable:
        return tangents.shape[2]

    def shape(self, count: Variable, batch: Variable, units: Variable) -> list[Variable]:
        return [units, batch, count]

    def beside(self, parts: Sequence[Variable]) -> Variable:
        return parts[0] if len(parts) == 1 else self.backend.tensor.concatenate(
            list(parts), axis=0)


class Examples(Rows):
    """k tangents (batch, k, units), of one step.

    Attributes
    ----------
    turned : bool
        Whether some were made as (units, batch, k).
    """

    turned = False

    def scale(self, tangents: Variable, here: Variable) -> Variable:
        return tangents * here.dimshuffle(0, 'x', 1)

    def mixes(self, here: Variable, tangents: Variable) -> bool:
        return not any(here.broadcastable) and \
            tuple(tangents.broadcastable) == (True, False, False)

    def mixed(self, pairs: Sequence[tuple[Variable, Variable]]) -> Variable:
        """One small product for each unit: multiply-adds are far cheaper in these."""
        self.turned = True
        join = self.backend.tensor.concatenate
        here = join([here.dimshuffle(1, 0, 'x') for here, _ in pairs], axis=2)
        tangents = join([tangents.dimshuffle(2, 0, 1) for _, tangents in pairs], axis=1)
        return self.backend.batched_dot(here, tangents).dimshuffle(1, 2, 0)

    def dense(self, tangents: Variable, here: Variable) -> Variable:
        turned = tangents.dimshuffle(1, 0, 2)
        return super(Examples, self).dense(turned, here).dimshuffle(1, 0, 2)

    def count(self, tangents: Variable) -> Variable:
        return tangents.shape[1]

    def shape(self, count: Variable, batch: Variable, units: Variable) -> list[Variable]:
        return [batch, count, units]


def _exchanged(array: Variable, one: int, other: int) -> Variable:
    """Two axes, counted from behind, exchanged."""
    order = list(range(array.ndim))
    order[-one], order[-other] = order[-other], order[-one]
    return array.dimshuffle(*order)
