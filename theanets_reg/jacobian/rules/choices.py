"""One of two graphs, by a condition that is found out when the function runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import Unproven
from ..linear_maps import Dense, LinearMap
from .elementwise import is_zero
from .registry import batch_axis, batching, size

if TYPE_CHECKING:
    from ...backends.types import Node, Variable
    from ..batch import Batch
    from ..batching import Site
    from ..independence import Proof
    from ..sizes import Size, Sizes


@batch_axis('ifelse')
def _batch_axis(proof: Proof, node: Node, output: Variable) -> Batch | None:
    """The examples have to be in the same place, whichever is taken."""
    branches = _branches(node, output)
    found = {proof.batch[v] for v in branches if v in proof.batch}
    if not found:
        return None
    if len(found) > 1:
        raise Unproven(node, 'has the examples in one place or in another')
    batch, = found
    count = batch.before * proof.size * batch.after
    if any(proof.sizes.axis(v, batch.axis) != count for v in branches):
        raise Unproven(node, 'is not seen to have as many examples either way')
    return batch


@size('ifelse')
def _size(sizes: Sizes, node: Node, output: Variable, axis: int) -> Size | None:
    one, other = (sizes.axis(v, axis) for v in _branches(node, output))
    return one if one == other else None


def _branches(node: Node, output: Variable) -> list[Variable]:
    """What an output is if the condition holds, and if it doesn't."""
    place, count = node.outputs.index(output), len(node.outputs)
    return [node.inputs[1 + place], node.inputs[1 + count + place]]


@batching('ifelse')
def _batching(site: Site) -> list[LinearMap]:
    """Both are computed: they differ by what is cheap, as a mask or some noise."""
    count = len(site.node.outputs)
    return [_either(site, 1 + place, 1 + count + place) for place in range(count)]


def _either(site: Site, yes: int, no: int) -> LinearMap:
    switch = site.backend.tensor.switch
    holds = site.node.inputs[0]
    one, other = site.inputs[yes], site.inputs[no]
    for kept, place in (yes, no), (no, yes):
        if site.is_carried(kept) and not site.is_carried(place) and \
                is_zero(site.backend, site.node.inputs[place]):
            condition = holds.dimshuffle(*['x'] * site.node.inputs[kept].ndim)

            def function(array: Variable, given: Variable, first: Any = kept == yes) -> Variable:
                zeros = array.zeros_like()
                return switch(given, array, zeros) if first else switch(given, zeros, array)
            return site.inputs[kept].through(function, [condition], True)
    return Dense(switch(holds, site.repeated(one), site.repeated(other)))
