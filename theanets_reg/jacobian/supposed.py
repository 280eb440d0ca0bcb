"""Sizes that a proof relies on and the graph does not tell, checked when it runs.

``h.reshape((-1, 4))`` keeps the examples in their places if `h` has 4 columns. Where
that is the size of a shared variable, the size that it has now is taken for it; where
it is that of an input, that it is a multiple of 4. Where a reshape names a number of
examples, that there are so many. What was supposed is checked in every run of
the function, and an error says what is no longer so.
"""

from __future__ import annotations

import functools
import operator
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from .. import backends
from .errors import Unproven
from .independence import Proof
from .problem import is_plain
from .sizes import ONE, Size

if TYPE_CHECKING:
    from ..backends.types import Variable

__all__ = ['checked', 'proven', 'told_sizes']

#: So many times a proof begins anew with more sizes supposed.
MOST_TIMES = 16


def proven(output: Variable, wrt: Variable) -> Proof:
    """The Proof that the examples of `output` by `wrt` are independent.

    Its attribute `supposed` tells what it relies on.

    Raises
    ------
    Unproven
        If that is not seen, whatever is supposed.
    """
    supposed: dict[Any, Size] = OrderedDict()
    first: Unproven | None = None
    for _ in range(MOST_TIMES):
        try:
            proof = _proof(output, wrt, supposed)
            more = _widths(proof, wrt)
            if not more:
                return proof
        except Unproven as end:
            first = first or end
            more = _more(end, output, wrt, supposed)
            if not more:
                break
        supposed = _joined(supposed, more)
    assert first is not None
    raise first


def _proof(output: Variable, wrt: Variable, supposed: Mapping[Any, Size]) -> Proof:
    proof = Proof([output], wrt, supposed=supposed)
    batch = proof.batch.get(output)
    if batch is not None and not is_plain(batch):
        raise Unproven(output.owner, 'leaves the examples merged with others on one axis '
                                     '(give the output before that)',
                       sizes=[batch.before, batch.after])
    return proof


def _more(end: Unproven, output: Variable, wrt: Variable,
          supposed: Mapping[Any, Size]) -> dict[Any, Size]:
    """What would help a proof that ended: a dict of symbol -> Size.

    First the sizes of shared variables, then those that were made up here, then what
    the op at its end would have.
    """
    shared = _shared(end.sizes, wrt)
    if shared:
        return shared
    symbols = [s for size in end.sizes for s in size.symbols]
    there = set(backends.ancestors([output]))
    made = _made_up(supposed)
    ones = {s: ONE for s in symbols if s in made}
    wished = {s: size for s, size in end.wished.items()
              if s[0] in there and s not in supposed}
    return wished or ones


def _widths(proof: Proof, wrt: Variable) -> dict[Any, Size]:
    """Sizes of layers, where something is a multiple: they may tell of what."""
    if not _made_up(proof.supposed):
        return {}
    return _shared([s for v in proof.batch for s in proof.sizes.of(v)], wrt)


def _shared(sizes: Iterable[Size], wrt: Variable) -> dict[Any, Size]:
    """The sizes that shared variables have now: those of which some sizes are made."""
    kind = backends.of(wrt).SharedVariable
    return {s: Size(_value(s)) for size in sizes for s in size.symbols
            if isinstance(s[0], kind) and s != (wrt, 0)}


def _value(symbol: Any) -> int:
    """The size of a shared variable's axis as it is now."""
    variable, axis = symbol
    value = variable.get_value(borrow=True)
    return int(value) if axis is None else int(value.shape[axis])


def _joined(supposed: Mapping[Any, Size], more: Mapping[Any, Size]) -> dict[Any, Size]:
    """All that is supposed; what stands in it is replaced by what is known of it."""
    found: dict[Any, Size] = OrderedDict(
        (symbol, size.settled(more)) for symbol, size in supposed.items())
    # What a multiple is of stands in the multiple, and is known with it.
    known = _made_up(supposed)
    found.update((s, size) for s, size in more.items() if s not in known)
    return found


def _made_up(supposed: Mapping[Any, Size]) -> set[Any]:
    """The symbols that say of what something is a multiple: no axis of the graph's."""
    return {s for size in supposed.values() for s in size.symbols if s[1] is None}


def checked(norms: Variable, supposed: Iterable[tuple[Any, Size]]) -> Variable:
    """`norms`, with an error when the function runs and the sizes are others.

    Parameters
    ----------
    norms : variable
    supposed : iterable of (symbol, Size)
        A symbol may be there several times: each proof supposes what it needs.
    """
    backend = backends.of(norms)
    tensor = backend.tensor
    for symbol, size in supposed:
        number = functools.reduce(operator.mul, [_scalar(s) for s in size.symbols], size.number)
        holds = tensor.eq(_scalar(symbol), number)
        norms = backend.check(norms, holds, (
            'squared_norms relies on a size that was supposed when the norms were built: {}. '
            'Build them anew for the sizes that there are now, or give '
            "method='jacobian'.".format(_told(symbol, size))))
    return norms


def _scalar(symbol: Any) -> Variable:
    """The number that a symbol stands for, in the graph."""
    variable, axis = symbol
    return variable if axis is None else variable.shape[axis]


def _told(symbol: Any, size: Size, names: Mapping[Variable, str] | None = None) -> str:
    variable, axis = symbol
    name = (names or {}).get(variable) or variable.name or 'an unnamed {}'.format(variable.type)
    counted = [(v, a) for v, a in size.symbols if a is not None]
    if counted:
        (other, place), = counted
        return 'axis {} of {} is as long as axis {} of {}'.format(
            axis, name, place, (names or {}).get(other) or other.name or 'the input')
    return 'axis {} of {} has a size {} {}'.format(
        axis, name, 'that is a multiple of' if size.symbols else 'of', size.number)


def told_sizes(supposed: Iterable[tuple[Any, Size]], names: Mapping[Variable, str]) -> str:
    """What was supposed, for ``explain``: a clause, empty where there is nothing."""
    told = list(OrderedDict.fromkeys(_told(s, size, names) for s, size in supposed))
    return ', if (as is checked when it runs) ' + ' and '.join(told) if told else ''
