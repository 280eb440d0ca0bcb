"""The function that a graph computes, without what is said of its training.

A clipped gradient (``grad_clip``) and one that scan truncates say what a step of
training shall do, not what the function is: both are taken out of what is
differentiated. So are the covers of composite ops, which hide a graph of
ordinary ones. What else overrides a gradient (``disconnected_grad``, an op's own
method) is the user's word about the function, and stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .. import backends

if TYPE_CHECKING:
    from ..backends.base import Backend
    from ..backends.types import Node, Variable

__all__ = ['plain']


def plain(variables: list[Variable]) -> list[Variable]:
    """The same variables, computed by ordinary ops with whole gradients.

    Parameters
    ----------
    variables : list of variables

    Returns
    -------
    variables : list of variables
        Those that need no change are themselves.
    """
    if not variables:
        return []
    backend = backends.of(*variables)
    new: dict[Variable, Variable] = {}
    for variable in backends.ancestors(variables):
        node = variable.owner
        if node is None or variable in new:
            continue
        given = [new.get(v, v) for v in node.inputs]
        made = _made(backend, node, given)
        if made is not None:
            new.update(zip(node.outputs, _named(node.outputs, made)))
    return [new.get(v, v) for v in variables]


def _made(backend: Backend, node: Node, given: list[Variable]) -> list[Variable] | None:
    """What stands for the outputs of a node, or None for these themselves."""
    kind = backend.kind(node)
    if kind == 'grad_clip':
        return given[:1]
    if kind == 'scan':
        op = backend.whole_loop(node.op, plain)
        if op is not None:
            return op.make_node(*given).outputs
    inner = backend.composite(node)
    if inner is not None:
        return _put_in(*inner, given=given)
    if any(v is not old for v, old in zip(given, node.inputs)):
        return node.clone_with_new_inputs(given, strict=False).outputs
    return None


def _put_in(inputs: list[Variable], outputs: list[Variable],
            given: list[Variable]) -> list[Variable]:
    """A composite op's own graph, on what was given to it."""
    return plain(backends.replace(outputs, dict(zip(inputs, given))))


def _named(old: Sequence[Variable], new: list[Variable]) -> list[Variable]:
    """New variables, with the names of the old ones where they have none."""
    for before, after in zip(old, new):
        if after.name is None and after.owner is not None:
            after.name = before.name
    return new
