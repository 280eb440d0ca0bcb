"""Loops whose steps are the examples: what a step makes of all of them at once.

In ``map(lambda row: TT.tanh(TT.dot(row, W)), x)`` each step sees an example of its own.
What is differentiated in the place of such a loop is its step with one axis more in
front, of which the proof and all ways to the norms are those of a layer.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from .. import backends
from .at_once import at_once
from .errors import Unproven
from .linear_maps import Dense
from .rules.indexing import is_whole
from .rules.loops import has_as_many_steps, is_map
from .sizes import Sizes
from .supposed import proven

if TYPE_CHECKING:
    from ..backends.base import Backend
    from ..backends.types import Node, Variable

__all__ = ['without_maps']


def without_maps(output: Variable, wrts: list[Variable]) -> Variable:
    """`output`, with no loop over the examples of one of `wrts` where one can do without.

    Parameters
    ----------
    output : variable
    wrts : list of variables

    Returns
    -------
    output : variable
        Itself, if there is no such loop.
    """
    backend = backends.of(output)
    # What an input is made of stays, and the input with it.
    above = {v.owner for v in backends.ancestors(wrts) if v.owner is not None}
    for wrt in wrts:
        left = set(above)
        node = _over_examples(backend, output, wrt, left)
        while node is not None:
            made = _at_once(backend, node)
            if made is None:
                left.add(node)
            else:
                output, = backends.replace([output], dict(zip(node.outputs, made)))
            node = _over_examples(backend, output, wrt, left)
    return output


def _over_examples(backend: Backend, output: Variable, wrt: Variable,
                   left: Collection[Node]) -> Node | None:
    """A loop, none of those that are left as they are, whose steps are the examples."""
    made_of = backends.ancestors([output])
    loops = [v.owner for v in made_of if v.owner is not None and v.owner not in left
             and is_map(backend, v.owner)]
    if not loops or wrt not in made_of or 0 in (wrt.ndim, output.ndim):
        return None
    try:
        batch = proven(output, wrt).batch
    except Unproven:
        # A step may read one example after the other by its number.
        return loops[0]
    return next((node for node in loops if any(v in batch for v in node.outputs)), None)


def _at_once(backend: Backend, node: Node) -> list[Variable] | None:
    """What stands for the outputs of a loop, or None where an op has no rule."""
    parts, sizes = backend.loop_parts(node), Sizes(backend)
    if not has_as_many_steps(sizes, node, parts):
        return None
    results = backends.replace([result for result, _ in parts['results']], {
        inner: outer for outer, inner in parts['constants']})
    for outer, inner in parts['sequences']:
        sizes.known.update({(inner, axis): size
                            for axis, size in enumerate(sizes.of(outer)[1:])})
    made = at_once(results, {inner: Dense(_unsliced(sizes, outer))
                             for outer, inner in parts['sequences']}, sizes)
    return made and [backend.fix_broadcast(array, outer.broadcastable)
                     for array, (_, outer) in zip(made, parts['results'])]


def _unsliced(sizes: Sizes, variable: Variable) -> Variable:
    """What a sequence was before a loop's package cut it to as many steps as it has."""
    node = variable.owner
    while node is not None and sizes.backend.kind(node) == 'subtensor':
        index = sizes.backend.indices(node)
        if len(index) != 1 or not is_whole(sizes, node.inputs[0], index, 0):
            break
        variable = node.inputs[0]
        node = variable.owner
    return variable
