"""Ops of matrices and vectors, done at each place of the axes in front of these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import Unproven
from ..linear_maps import LinearMap
from .elementwise import check_spread, elementwise_size
from .registry import batch_axis, batching, size

if TYPE_CHECKING:
    from ...backends.types import Node, Variable
    from ..batch import Batch
    from ..batching import Site
    from ..independence import Proof
    from ..sizes import Size, Sizes


@batch_axis('blockwise')
def _blockwise_batch_axis(proof: Proof, node: Node, output: Variable) -> Batch | None:
    batch = proof.common(node, output)
    own = proof.backend.cores(node)[1][node.outputs.index(output)]
    if batch.axis >= output.ndim - len(own):
        raise Unproven(node, 'has the examples on an axis that it works on')
    check_spread(proof, node, node.inputs, batch)
    return batch


@size('blockwise')
def _blockwise_size(sizes: Sizes, node: Node, output: Variable, axis: int) -> Size | None:
    given, made = sizes.backend.cores(node)
    own = made[node.outputs.index(output)]
    places = output.ndim - len(own)
    if axis < places:
        return elementwise_size(sizes, node, output, axis)
    name = own[axis - places]
    found = [sizes.axis(v, places + core.index(name))
             for v, core in zip(node.inputs, given) if name in core]
    return found[0] if found else None


@batching('blockwise')
def _blockwise_batching(site: Site) -> list[LinearMap]:
    beside = site.backend.solved(site.node)
    if beside is not None and site.is_carried(beside) and len(site.carried) == 1:
        return _beside_each_other(site, beside)
    return site.result(*site.node.op.make_node(*[site.full(i) for i in site.inputs]).outputs)


def _beside_each_other(site: Site, place: int) -> list[LinearMap]:
    """The rows as more columns of what a system is solved for.

    A matrix is taken apart once for all of them.
    """
    rows = site.inputs[place].full()
    last = rows.ndim - 1
    turned = rows.dimshuffle(*list(range(1, last)) + [0, last])
    shape = [turned.shape[a] for a in range(turned.ndim)]
    flat = turned.reshape(shape[:-2] + [shape[-2] * shape[-1]], ndim=last)
    inputs = site.inputs[:place] + [flat] + site.inputs[place + 1:]
    made = site.node.op.make_node(*inputs).outputs[0]
    lines = [made.shape[a] for a in range(last - 1)]
    made = made.reshape(lines + shape[-2:], ndim=last + 1)
    return site.result(made.dimshuffle(last - 1, *list(range(last - 1)) + [last]))
