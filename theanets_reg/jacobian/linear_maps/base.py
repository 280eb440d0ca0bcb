"""What all forms of a Jacobian can do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Callable

import numpy as np

from ... import backends

if TYPE_CHECKING:
    from ...backends.types import Variable
    from .dense import Dense

__all__ = ['WHOLE', 'LinearMap', 'Whole', 'kept', 'per_example', 'spread',
           'two_axes', 'unit']

if TYPE_CHECKING:
    from typing import Protocol

    class Selection(Protocol):
        """Some of the rows: all at once, a chunk of them, or one alone."""

        valid: Any

        def take(self, array: Variable, axis: int) -> Variable:
            """Those of `array`, which has all of them on `axis`."""

#: The size of an axis of a variable as a number, where it is known.
Numbers = Callable[[Any, int], Any]


class Whole(object):
    """All rows at once.

    Attributes
    ----------
    valid : boolean vector variable, shape (rows,), or None
        Which rows count; None for all.
    """

    valid = None

    def take(self, array: Variable, axis: int) -> Variable:
        """The wanted rows of `array`, which has all of them on `axis`."""
        return array


WHOLE = Whole()


class LinearMap(object):
    """Rows for each example: ``entry[k, *lead, *units]``.

    Attributes
    ----------
    ndim : int
        How many axes the variable has that these rows are for.
    closed : bool
        Whether the norm is found without any row.
    """

    closed = False

    def full(self) -> Variable:
        """All entries in one array, shape (rows, *lead, *units)."""
        raise NotImplementedError

    def dense(self) -> Dense:
        """The same map in the form that has no structure."""
        raise NotImplementedError

    def times(self, matrix: Variable) -> LinearMap:
        """The rows after a product of the last axis by `matrix`, which all share."""
        return self.dense().times(matrix)

    def through(self, function: Callable[..., Variable], others: Sequence[Variable] = (),
                exactly: bool = False) -> LinearMap:
        """The rows after an elementwise function, linear without rest.

        Parameters
        ----------
        function : callable
            Of an array and `others`.
        others : sequence of variables
            Each is broadcast to (*lead, *units).
        exactly : bool
            Whether it is more than a factor where a row is infinite.
        """
        return self.dense().through(function, others, exactly)

    def reshaped(self, shape: Any, ndim: int, stays: Any) -> LinearMap:
        """The rows after a reshape.

        Parameters
        ----------
        shape : integer vector variable
            The new shape of the variable that the rows are for.
        ndim : int
            How many axes it has.
        stays : object
            Its methods ``last()`` and ``first(count)`` tell whether the last axis, or
            some of the first, are seen to be the same before and after.
        """
        return self.dense().reshaped(shape, ndim, stays)

    def permuted(self, order: Sequence[Any]) -> LinearMap:
        """The rows after a dimshuffle to `order`."""
        return self.dense().permuted(order)

    def squares(self, numbers: Numbers, valid: Variable | None = None) -> Variable:
        """Squared Frobenius norm for each example, shape (batch,).

        Parameters
        ----------
        numbers : callable
            The size of (variable, axis) as a number, or None.
        valid : boolean vector variable, shape (rows,), optional
            Which rows count.
        """
        return self.dense().squares(numbers, valid)

    def gram(self, numbers: Numbers) -> Variable:
        """The rows' products with each other, shape (batch, rows, rows).

        For maps whose only lead axis is that of the examples.
        """
        return self.dense().gram(numbers)


def unit(array: Variable, ndim: int) -> Variable:
    """A one of the dtype of `array`, with so many broadcastable axes."""
    return backends.of(array).tensor.constant(np.ones((1,) * ndim, array.dtype))


def spread(variable: Variable, axis: int) -> Variable:
    """A new broadcastable axis at `axis`."""
    order = list(range(variable.ndim))
    return variable.dimshuffle(order[:axis] + ['x'] + order[axis:])


def two_axes(array: Variable) -> Variable:
    """An array with all axes but the first on one."""
    if array.ndim == 2:
        return array
    return backends.of(array).joined_axes(array, 1, array.ndim - 1)


def kept(array: Variable, valid: Variable | None, axis: int = 0) -> Variable:
    """`array`, with zeros in the rows, along `axis`, that don't count."""
    if valid is None:
        return array
    order = ['x'] * axis + [0] + ['x'] * (array.ndim - 1 - axis)
    return backends.of(array).tensor.switch(
        valid.dimshuffle(*order), array, np.asarray(0, array.dtype))


def per_example(squares: Variable, axis: int = 0) -> Variable:
    """The sum over all axes but that of the examples; a scalar is one example."""
    if not squares.ndim:
        return squares.reshape((1,), ndim=1)
    others = [a for a in range(squares.ndim) if a != axis]
    return squares.sum(axis=others) if others else squares
