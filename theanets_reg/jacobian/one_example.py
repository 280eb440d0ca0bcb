"""An output that reads one example of the input only, as ``x[0]``.

Its rows are no examples. With an axis of one example in front it is like any other output,
of that example, and the norms of the others are zeros.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .. import backends
from .at_once import at_once
from .independence import reached, sources
from .linear_maps import Dense
from .sizes import Sizes

if TYPE_CHECKING:
    from ..backends.base import Backend
    from ..backends.types import Variable

__all__ = ['OneExample', 'of_one_example']


class OneExample(NamedTuple):
    """An output of one example.

    Attributes
    ----------
    output : variable, shape (1, ...)
    wrt : variable, shape (1, ...)
        The example that it reads.
    place : slice
        Where that is in the input.
    """

    output: Variable
    wrt: Variable
    place: slice


def of_one_example(output: Variable, wrt: Variable) -> OneExample | None:
    """The same output with an axis of one example, or None where it reads several.

    Parameters
    ----------
    output, wrt : variables
    """
    backend = backends.of(output)
    parts = [v for v in reached(backend, [output]) if wrt in sources(backend, v)]
    numbers = {_number(backend, part) for part in parts}
    if len(numbers) != 1 or None in numbers:
        return None
    number, = numbers
    assert number is not None
    index = slice(number, number + 1 or None)
    example = wrt[index]
    made = at_once([output], {part: Dense(example) for part in parts}, Sizes(backend))
    return OneExample(made[0], example, index) if made else None


def _number(backend: Backend, part: Variable) -> int | None:
    """Of which example a variable is, where it is one and the graph says of which."""
    node = part.owner
    if backend.kind(node) != 'subtensor':
        return None
    index = backend.indices(node)
    if len(index) != 1 or isinstance(index[0], slice):
        return None
    return Sizes(backend).constant(index[0])
