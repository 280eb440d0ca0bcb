"""What is computed apart for each step and example, and its derivatives there.

A recurrent layer is a loop between two pieces that know no time: what makes
of the input at one step what the loop reads at that step, and what makes of a
state the output. For these the Jacobian at one step of one example is all
that there is.
"""

from ..errors import Unproven
from ..independence import axis_of, depends
from ..linear_maps import Diagonal
from ..pullback import Pullback
from ..seeds import one_for_each_unit

__all__ = ['Elementwise', 'Matrix', 'local']


class Elementwise(object):
    """Unit k depends on unit k: the derivatives have shape (time, batch, units).

    `here`, below, is their part at one step.
    """

    def __init__(self, array):
        self.array = array

    def map(self, function):
        """The same with `function` of the array."""
        return type(self)(function(self.array))

    def before(self, backend, here, rows):
        """Rows (batch, n, units) of a later Jacobian, taken further back."""
        return rows * here.dimshuffle(0, 'x', 1)

    def after(self, backend, here, rows):
        """Rows (batch, units, n) of an earlier Jacobian, taken further on."""
        return rows * here.dimshuffle(0, 1, 'x')


class Matrix(Elementwise):
    """All by all: they have shape (time, batch, units, earlier units)."""

    def before(self, backend, here, rows):
        return backend.batched_dot(rows, here)

    def after(self, backend, here, rows):
        return backend.batched_dot(here, rows)


def local(output, places):
    """Derivatives of `output` at each step of each example by its `places`.

    Parameters
    ----------
    output : variable of 3 dimensions
    places : list of variables, shape (time, batch, units)
        None of them is computed from another.

    Returns
    -------
    derivatives : list of Elementwise, Matrix or None
        None for a place that the output does not depend on.

    Raises
    ------
    Unproven, Unsupported
        If steps or examples are not seen to be apart.
    """
    orders = {_axes(output, place) for place in places if depends(output, place)}
    if len(orders) != 1:
        raise Unproven(output.owner, 'has no certain time axis')
    (time, batch), = orders
    turned = output.dimshuffle(time, batch, 3 - time - batch)
    maps = Pullback(turned, places).carry(one_for_each_unit(turned, lead=2))
    return [_derivative(maps[place]) if place in maps else None for place in places]


def _axes(output, place):
    """Where time and batch of `place` are in `output`."""
    if output.ndim != 3 or place.ndim != 3:
        raise Unproven(output.owner, 'is not of three dimensions')
    return axis_of(output, place, 0), axis_of(output, place, 1)


def _derivative(carried):
    if isinstance(carried, Diagonal) and carried.index is None:
        return Elementwise(carried.value)
    return Matrix(carried.full().dimshuffle(1, 2, 0, 3))
