"""What an op of somebody's own may promise, and the rules that follow.

The rows of a batching rule become so many more examples, so that an op sees arrays
with as many axes as it has been given before.
"""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING, Any, Callable

from ..batch import Batch
from ..errors import Unproven, Unsupported
from ..linear_maps import LinearMap
from ..size import ONE

if TYPE_CHECKING:
    from ...backends.base import Backend
    from ...backends.types import Node, Variable
    from ..batching import Site
    from ..independence import Proof
    from ..size import Size
    from ..sizes import Sizes

__all__ = ['PROMISES']


def _arrays(backend: Backend, node: Node) -> list[Variable]:
    """The inputs of a node that are arrays."""
    return [v for v in node.inputs if backend.is_dense(v)]


def _axes_kept(proof: Proof, node: Node, count: int) -> Batch:
    """The batch of a node whose inputs that depend on wrt have `count` axes.

    Everything that these are brought together with is spread over no more examples
    than there are.
    """
    batch = proof.common(node)
    arrays = _arrays(proof.backend, node)
    if any(v.ndim != count for v in arrays if v in proof.batch):
        raise Unproven(node, 'has an input with another number of axes than was promised')
    # Arrays of fewer axes are broadcast in front.
    there = [v.broadcastable[batch.axis - count + v.ndim] for v in arrays
             if batch.axis - count + v.ndim >= 0]
    if any(v.broadcastable[batch.axis] for v in arrays if v in proof.batch) and not all(there):
        raise Unproven(node, 'spreads one example over several')
    return batch


def _elementwise_batch(proof: Proof, node: Node, output: Variable) -> Batch | None:
    return _axes_kept(proof, node, output.ndim)


def _along_last_batch(proof: Proof, node: Node, output: Variable) -> Batch | None:
    return _off_last(node, _axes_kept(proof, node, output.ndim), output.ndim)


def _over_last_batch(proof: Proof, node: Node, output: Variable) -> Batch | None:
    return _off_last(node, _axes_kept(proof, node, output.ndim + 1), output.ndim + 1)


def _off_last(node: Node, batch: Batch, count: int) -> Batch:
    if batch.axis == count - 1:
        raise Unproven(node, 'goes along the examples')
    return batch


def _each_example_batch(proof: Proof, node: Node, output: Variable) -> Batch | None:
    if proof.common(node) != Batch(0, ONE, ONE):
        raise Unproven(node, 'is promised for examples on the first axis')
    for v in _arrays(proof.backend, node):
        if v.ndim and proof.sizes.axis(v, 0) != proof.size:
            raise Unproven(node, 'has an input that is not seen to have as many examples')
    return Batch(0, ONE, ONE)


def _broadcast_size(sizes: Sizes, node: Node, output: Variable, axis: int) -> Size | None:
    """The size of an axis, counted from behind, of inputs that are broadcast."""
    found = [sizes.axis(v, axis - output.ndim + v.ndim)
             for v in _arrays(sizes.backend, node) if axis - output.ndim + v.ndim >= 0
             and not v.broadcastable[axis - output.ndim + v.ndim]]
    return found[0] if found else None


def _over_last_size(sizes: Sizes, node: Node, output: Variable, axis: int) -> Size | None:
    widest = max(_arrays(sizes.backend, node), key=lambda v: v.ndim)
    return sizes.axis(widest, axis) if widest.ndim == output.ndim + 1 else None


def _each_example_size(sizes: Sizes, node: Node, output: Variable, axis: int) -> Size | None:
    arrays = [v for v in _arrays(sizes.backend, node) if v.ndim]
    return sizes.axis(arrays[0], 0) if axis == 0 and arrays else None


def _merged_rows(site: Site) -> list[LinearMap]:
    """The rows as more examples; inputs of fewer axes are broadcast in front."""
    count = max(v.ndim for v in _arrays(site.backend, site.node))
    carried = [v.ndim for v, i in zip(site.node.inputs, site.inputs)
               if isinstance(i, LinearMap)]
    if count < 1 or set(carried) != {count}:
        raise Unsupported(str(site.node.op))
    wide = [p for p, v in enumerate(site.node.inputs)
            if site.backend.is_dense(v) and v.ndim == count]
    inputs = list(site.inputs)
    for place, array in zip(wide, _alike([site.full(inputs[p]) for p in wide])):
        inputs[place] = array
    return site.as_examples(inputs)


def _alike(arrays: list[Variable]) -> list[Variable]:
    """Arrays of as many axes, all of one shape."""
    patterns = {tuple(a.broadcastable) for a in arrays}
    if len(patterns) == 1:
        return arrays
    # Not the values, which may be infinite.
    zeros = functools.reduce(operator.add, [a.zeros_like() for a in arrays])
    return [a + zeros.astype(a.dtype) for a in arrays]


def _linear(site: Site) -> list[LinearMap]:
    """One map that is carried keeps its form."""
    count = site.node.outputs[0].ndim
    alike = count and len(site.carried) == 1 and len(site.node.outputs) == 1 and all(
        site.backend.is_dense(v) and v.ndim == count for v in site.node.inputs)
    if not alike:
        return _merged_rows(site)
    place, = [p for p, i in enumerate(site.inputs) if isinstance(i, LinearMap)]
    others = [i for i in site.inputs if not isinstance(i, LinearMap)]

    def function(array: Variable, *given: Variable) -> Variable:
        made = _alike([array] + list(given))
        return site.on_arrays(made[1:place + 1] + made[:1] + made[place + 1:])
    return [site.inputs[place].through(function, others, exactly=True)]


def _each_example_rows(site: Site) -> list[LinearMap]:
    """The rows as more examples, where all have as many of these."""
    arrays = _arrays(site.backend, site.node)
    sizes = {site.sizes.axis(v, 0) for v in arrays if v.ndim}
    if len(sizes) != 1:
        raise Unsupported('an op that is not seen to have as many examples in all inputs')
    return site.as_examples([
        site.repeated(i) if v in arrays and v.ndim else i
        for v, i in zip(site.node.inputs, site.inputs)])


def _last_axis_rows(site: Site) -> list[LinearMap]:
    """The rows as more examples, where that is another axis than the last."""
    arrays = _arrays(site.backend, site.node)
    apart = max(v.ndim for v in arrays) > 1
    if not apart or len({v.broadcastable[-1:] for v in arrays if v.ndim}) > 1:
        raise Unsupported(str(site.node.op))
    return _merged_rows(site)


def _promise(batch_axis: Callable[..., Any], size: Callable[..., Any],
             batching: Callable[..., Any]) -> dict[str, Callable[..., Any]]:
    return {'batch axis': batch_axis, 'size': size, 'batching': batching}


PROMISES = {
    'elementwise': _promise(_elementwise_batch, _broadcast_size, _merged_rows),
    'linear elementwise': _promise(_elementwise_batch, _broadcast_size, _linear),
    'along last axis': _promise(_along_last_batch, _broadcast_size, _last_axis_rows),
    'over last axis': _promise(_over_last_batch, _over_last_size, _last_axis_rows),
    'each example': _promise(_each_example_batch, _each_example_size, _each_example_rows)}
