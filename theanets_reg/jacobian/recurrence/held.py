"""Loops that are given what is made of the input: initial states, and constants.

Where that is held the output is one of a recursion.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from ... import backends
from ..errors import Unfit, Unproven
from ..independence import Proof
from ..problem import is_plain
from ..pullback import dependents
from .recursion import Recursion, find

if TYPE_CHECKING:
    from ...backends.types import Variable

__all__ = ['Held', 'hold']


class Held(object):
    """A Recursion where some variables are held.

    Attributes
    ----------
    variables : dict of variable -> variable
        What is held, shape (batch, units), and what stands for it.
    recursion : Recursion
    """

    def __init__(self, variables: dict[Variable, Variable], recursion: Recursion) -> None:
        self.variables = variables
        self.recursion = recursion

    def held(self, variables: list[Variable]) -> list[Variable]:
        """A graph with what is held exchanged for what stands for it."""
        return backends.replace(variables, self.variables)

    def freed(self, variables: list[Variable]) -> list[Variable]:
        """The same graph with what was held."""
        return backends.replace(variables, {new: old for old, new in self.variables.items()})


def hold(proof: Proof, output: Variable, wrt: Variable) -> Held | None:
    """What to hold so that `output` by `wrt` is a recursion, or None.

    Parameters
    ----------
    proof : Proof
        Of `output` by `wrt`: the examples are independent.
    """
    try:
        variables = OrderedDict((v, v.type()) for v in _given(proof, output))
    except Unfit:
        return None
    if not variables or _of_each_other(list(variables)) or \
            _drawn_behind(proof, output, list(variables)):
        return None
    known = dict(proof.supposed)
    for old, new in variables.items():
        known.update({(new, a): size for a, size in enumerate(proof.sizes.of(old))})
    held, = backends.replace([output], variables)
    if wrt not in backends.ancestors([held]):
        return None
    try:
        recursion = find(Proof([held], wrt, supposed=known), held, wrt)
    except Unproven:
        return None
    return None if recursion is None else Held(variables, recursion)


def _of_each_other(variables: list[Variable]) -> bool:
    """Whether one of them is made of another."""
    return any(v in backends.ancestors([w]) for v in variables for w in variables if v is not w)


def _drawn_behind(proof: Proof, output: Variable, variables: list[Variable]) -> bool:
    """Whether a draw, which must not be made twice, is told by one of them how to be."""
    return any(v.owner is not None and proof.backend.is_random(v.owner)
               for v in dependents([output], *variables))


def _given(proof: Proof, output: Variable) -> list[Variable]:
    """What loops are given that is made of the input, but for their sequences."""
    backend, found = proof.backend, []
    nodes = OrderedDict.fromkeys(
        v.owner for v in backends.ancestors([output])
        if v in proof.batch and v.owner is not None and backend.kind(v.owner) == 'scan')
    for node in nodes:
        parts = backend.loop_parts(node)
        if not parts['simple']:
            raise Unfit
        found += [_state(proof, outer) for outer, *_ in parts['states'] if outer in proof.batch]
        found += [outer for outer, _ in parts['constants'] if outer in proof.batch]
    for variable in found:
        if variable.ndim != 2 or proof.batch[variable].axis or \
                not is_plain(proof.batch[variable]):
            raise Unfit
    return list(OrderedDict.fromkeys(found))


def _state(proof: Proof, buffer: Variable) -> Variable:
    """The one initial state that is at the beginning of a buffer for all."""
    backend, node = proof.backend, buffer.owner
    if node is None or backend.kind(node) != 'incsubtensor' or not backend.overwrites(node) or \
            node.inputs[0] in proof.batch:
        raise Unfit
    state = node.inputs[1]
    while state.ndim > 2:
        if state.owner is None or backend.kind(state.owner) not in ('dimshuffle', 'same'):
            raise Unfit
        state = state.owner.inputs[0]
    return state
