"""As many rows at a time as the memory is meant for."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Callable

from .. import backends
from .pullback import dependents
from .sizes import Sizes

if TYPE_CHECKING:
    from ..backends.base import Backend
    from ..backends.types import Variable
    from .linear_maps.base import Selection

__all__ = ['Chunk', 'in_chunks', 'summed_over_steps']


class Chunk(object):
    """Some of the rows, in a loop over all of them.

    All chunks are alike, for the gradient of a loop keeps what a step makes in one
    array for all steps: the last chunk reaches back over rows that have been
    there, and doesn't keep them. These are rows like others, so that no zero meets
    an infinite derivative.

    Parameters
    ----------
    place, first : integer scalar variables
        The first row that is new, and the first that is taken.
    size, count : int or integer scalar variable
        How many are taken, and how many rows there are at all.

    Attributes
    ----------
    valid : boolean vector variable, shape (size,)
        Which rows are new.
    """

    def __init__(self, place: Variable, first: Variable, size: Any, count: Any) -> None:
        self.first = first
        self.size = size
        backend = backends.of(place)
        new = backend.tensor.ge(self.take(backend.tensor.arange(count), 0), place)
        # Integers have no gradient, and a loop's gradient need not add up their zeros.
        self.valid = backend.disconnected_grad(new)

    def take(self, array: Variable, axis: int) -> Variable:
        """The rows of `array`, which has all of them on `axis`."""
        return backends.of(array).window(array, axis, self.first, self.size)


def in_chunks(backend: Backend, count: Any, size: Any,
              make: Callable[[Selection], list[Variable]]) -> list[Variable]:
    """Sums over all rows, some at a time.

    Parameters
    ----------
    backend : Backend
    count : integer scalar variable
        How many rows there are.
    size : int or integer scalar variable
        How many at a time, at most.
    make : callable
        Of a Chunk; returns a list of vectors to be added up over the chunks.

    Returns
    -------
    sums : list of vector variables
    """
    tensor = backend.tensor
    number, least, most = Sizes(backend).constant(count), tensor.minimum, tensor.maximum
    if number and isinstance(size, int):
        # The types in the loop tell how many there are, which JAX has to know.
        count, least, most = number, min, max
    at_once = most(1, least(size, count))
    # One step at least, also where there are no rows.
    steps = most((count + at_once - 1) // at_once, 1)
    # As many in each of them: little is left over that the last has to take twice.
    size = most((count + steps - 1) // steps, 1)
    place = tensor.scalar(dtype='int64')
    first = tensor.maximum(0, tensor.minimum(place, count - size))
    made = make(Chunk(place, first, size, count))
    return summed_over_steps(backend, made, place, tensor.arange(steps) * size)


def summed_over_steps(backend: Backend, made: list[Variable], place: Variable,
                      steps: Variable) -> list[Variable]:
    """The sums of vectors over the values that `place` takes.

    Parameters
    ----------
    made : list of vector variables
        They depend on the scalar variable `place`.
    steps : vector variable
    """
    needed = surroundings(backend, made, place)

    def step(*given: Variable) -> list[Variable]:
        return backends.replace(made, dict(zip([place] + needed, given)))

    found, _ = backend.scan(step, sequences=[steps], non_sequences=needed)
    found = found if isinstance(found, (list, tuple)) else [found]
    return [f.sum(axis=0) for f in found]


def surroundings(backend: Backend, outputs: list[Variable], *causes: Variable) -> list[Variable]:
    """What is needed besides `causes` to compute `outputs`, from outside.

    A loop takes arrays only: a variable of another type is left inside, and
    what it is made of is taken in its place. The packages find the leaves of
    other types by themselves.
    """
    inside = set(dependents(outputs, *causes))
    needed = OrderedDict((v, True) for v in outputs if v not in inside)
    for variable in reversed(backends.ancestors(outputs)):
        if variable in needed and not backend.is_dense(variable):
            inside.add(variable)
            del needed[variable]
        if variable.owner is None:
            continue
        if variable in inside and variable not in causes:
            needed.update((v, True) for v in variable.owner.inputs
                          if v not in inside and not isinstance(v, backend.Constant))
    return list(needed)
