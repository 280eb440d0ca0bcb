"""One output and inputs of it, in the form that all strategies take."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from .. import backends
from .errors import Unproven
from .independence import axis_of
from .pullback import Pullback
from .pushforward import Pushforward
from .sizes import ONE

if TYPE_CHECKING:
    from ..backends.base import Backend
    from ..backends.types import Variable
    from .batch import Batch
    from .independence import Proof
    from .size import Size

__all__ = ['Problem', 'is_plain']


class Problem(object):
    """An output and the inputs that it is differentiated by.

    The squared norm of a Jacobian does not change where elements move within an
    example. So what only moves them, at the end of the graph and at its
    beginning, is left out.

    Parameters
    ----------
    output : variable
    wrts : list of variables, shape (batch, ...)
    proofs : list of Proof
        For each of `wrts`, that examples are independent.

    Attributes
    ----------
    target : variable, shape (batch, *apart, *units)
        What is differentiated in place of the output.
    made : variable
        The same with its axes as they were.
    entries : list of variables, shape (batch, ...)
        What it is differentiated by, in place of each of `wrts`.
    entry_leads : list of int
        How many axes of each entry, the first ones, stay apart.
    supposed : dict of symbol -> Size
        What the proofs rely on.
    lead : int
        How many axes of the target, the first ones, stay apart all the way from
        the inputs: along them no row of the Jacobian meets another.
    """

    def __init__(self, output: Variable, wrts: list[Variable], proofs: list[Proof]) -> None:
        self.backend = backends.of(output)
        self.output = output
        self.wrts = wrts
        self.proofs = proofs
        self.supposed = {s: size for p in proofs for s, size in p.supposed.items()}
        self.made = peeled = self._peeled(output)
        self.entries = [_entry(self.backend, peeled, w, p) for w, p in zip(wrts, proofs)]
        axes = [_axes_apart(peeled, w, p.supposed) for w, p in zip(wrts, proofs)]
        apart = sorted(set.intersection(*[set(found.values()) for found in axes]))
        first = [proofs[0].batch[peeled].axis] + apart
        self.entry_leads = [
            _leading(found, apart) if entry is wrt else 1
            for found, entry, wrt in zip(axes, self.entries, wrts)]
        # The last axis stays one of units, along which a diagonal may lie.
        self.lead = len(first) - (1 < len(first) == peeled.ndim)
        order = first + [a for a in range(peeled.ndim) if a not in first]
        ordered = order == list(range(peeled.ndim))
        self.target = peeled if ordered else peeled.dimshuffle(*order)
        self._pullback: Pullback | None = None
        self._pushforwards: dict[int, Pushforward] = {}
        self._given: set[Variable] | None = None

    def pullback(self) -> Pullback:
        """The backward pass from the target to the entries."""
        if self._pullback is None:
            self._pullback = Pullback(self.target, self.entries, self.supposed)
        return self._pullback

    def pushforward(self, place: int) -> Pushforward:
        """The forward pass from the entry at `place` to the target."""
        if place not in self._pushforwards:
            self._pushforwards[place] = Pushforward(
                self.target, self.entries[place], self.supposed)
        return self._pushforwards[place]

    def given(self) -> set[Variable]:
        """What is there without the norms: all of the forward pass."""
        if self._given is None:
            self._given = set(backends.ancestors([self.target] + self.entries))
        return self._given

    def _peeled(self, variable: Variable) -> Variable:
        """What `variable` has its elements from, where they only move."""
        while variable not in self.wrts:
            source = _moved_from(self.backend, variable)
            if source is None or not all(
                    is_plain(p.batch.get(source)) for p in self.proofs):
                break
            variable = source
        return variable


def is_plain(batch: Batch | None) -> bool:
    return batch is not None and (batch.before, batch.after) == (ONE, ONE)


def _moved_from(backend: Backend, variable: Variable) -> Variable | None:
    """The variable whose elements, all of them, `variable` holds in another order."""
    node = variable.owner
    if node is None or backend.kind(node) not in ('reshape', 'dimshuffle', 'same'):
        return None
    source = node.inputs[0]
    return source if backend.is_dense(source) and source.dtype == variable.dtype else None


def _entry(backend: Backend, output: Variable, wrt: Variable, proof: Proof) -> Variable:
    """Where the elements of `wrt` are, all and once, when something is made of them."""
    between = [v for v in backends.ancestors([output]) if v in proof.batch]
    while wrt is not output:
        users = [v for v in between if v is not wrt and wrt in proof.sources(v)]
        if len(users) != 1 or _moved_from(backend, users[0]) is not wrt:
            break
        batch = proof.batch[users[0]]
        if not is_plain(batch) or batch.axis:
            break
        wrt = users[0]
    return wrt


def _axes_apart(output: Variable, wrt: Variable, supposed: Mapping[Any, Size]
                ) -> dict[int, int]:
    """Axes of `wrt` that belong, index by index, to an axis of `output`: a dict."""
    found = {}
    for axis in range(1, wrt.ndim if wrt.ndim > 2 else 1):
        try:
            found[axis] = axis_of(output, wrt, axis, supposed)
        except Unproven:
            continue
    return {axis: place for axis, place in found.items() if place is not None}


def _leading(found: Mapping[int, int], apart: Collection[int]) -> int:
    """How many of the first axes of an input stay apart, that of the examples too."""
    lead = 1
    while found.get(lead) in apart:
        lead += 1
    return lead
