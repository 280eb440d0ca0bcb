"""Ops that stand for a graph of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import backends
from .registry import size, without

if TYPE_CHECKING:
    from ...backends.types import Node, Variable
    from ..size import Size
    from ..sizes import Sizes


@size('composite')
def _composite_size(sizes: Sizes, node: Node, output: Variable, axis: int) -> Size | None:
    """The size that the op's own graph tells, where all of it is known outside."""
    inputs, outputs = sizes.backend.inner_graph(node)
    within = type(sizes)(sizes.backend)
    for outer, inner in zip(node.inputs, inputs):
        within.known.update({(inner, a): s for a, s in enumerate(sizes.of(outer))})
    found = within.axis(outputs[node.outputs.index(output)], axis)
    own = set(backends.ancestors(outputs))
    return None if any(v in own for v, _ in found.symbols) else found


for sort in 'batch axis', 'batching':
    without(sort, 'composite', why='its graph is put in its place, where it has no gradient '
                                   'of its own; else nothing is known')
