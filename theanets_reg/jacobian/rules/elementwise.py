"""Elementwise ops: each element of the output depends on that of each input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..errors import Unproven
from ..linear_maps import Dense, LinearMap, added
from .registry import batch_axis, batching, size

if TYPE_CHECKING:
    from ...backends.base import Backend
    from ...backends.types import Node, Variable
    from ..batch import Batch
    from ..batching import Site
    from ..independence import Proof
    from ..size import Size
    from ..sizes import Sizes

__all__ = ['check_spread']


@batch_axis('elemwise')
def _batch_axis(proof: Proof, node: Node, output: Variable) -> Batch | None:
    batch = proof.common(node)
    check_spread(proof, node, proof.sources(output), batch)
    return batch


def check_spread(proof: Proof, node: Node, inputs: Sequence[Variable], batch: Batch) -> None:
    """That no example meets all of something else along the batch axis."""
    for v in inputs:
        if v in proof.batch and v.broadcastable[batch.axis] and not all(
                w.broadcastable[batch.axis] for w in node.inputs):
            raise Unproven(node, 'spreads one example over several')


@size('elemwise')
def elementwise_size(sizes: Sizes, node: Node, output: Variable, axis: int) -> Size | None:
    found = [sizes.axis(v, axis) for v in node.inputs if not v.broadcastable[axis]]
    sizes.note_equal(found)
    # All are equal when the graph runs; the one that leads to a leaf of the graph is
    # the one that other variables can lead to as well.
    found.sort(key=lambda one: any(v.owner for v, _ in one.symbols))
    return found[0] if found else None


@batching('elemwise')
def _batching(site: Site) -> list[LinearMap]:
    terms = _without_zeros(site)
    kind, pattern = site.backend.scalar_kind(site.node), site.node.outputs[0].broadcastable
    alike = all(v.broadcastable == pattern for v, i in zip(site.node.inputs, site.inputs)
                if isinstance(i, LinearMap))
    rule = _LINEAR.get(kind) if alike else None
    result = rule(site, terms) if rule else None
    if result is not None:
        return [result]
    return [Dense(site.node.op(*[site.full(i) for i in terms]))]


def _without_zeros(site: Site) -> list[Any]:
    """The inputs; of a sum without the zeros that backward passes add."""
    node, output = site.node, site.node.outputs[0]
    if site.backend.scalar_kind(node) != 'add':
        return site.inputs
    return [i for i, v in zip(site.inputs, node.inputs)
            if isinstance(i, LinearMap) or v.broadcastable != output.broadcastable
            or v.dtype != output.dtype or not is_zero(site.backend, v)]


def is_zero(backend: Backend, variable: Variable) -> bool:
    """Whether all elements are seen to be zero."""
    node = variable.owner
    kind = node and backend.kind(node)
    if kind == 'dimshuffle':
        return is_zero(backend, node.inputs[0])
    if kind == 'alloc' or (kind == 'elemwise' and backend.scalar_kind(node) == 'fill'):
        return is_zero(backend, node.inputs[1 if kind == 'elemwise' else 0])
    return isinstance(variable, backend.Constant) and not variable.data.any()


def _through(site: Site, terms: list[Any], exactly: bool = False) -> LinearMap:
    """The one map that is carried, through the op with the others as they are."""
    place, = [p for p, t in enumerate(terms) if isinstance(t, LinearMap)]
    others = terms[:place] + terms[place + 1:]

    def function(array: Variable, *given: Variable) -> Variable:
        return site.node.op(*given[:place] + (array,) + given[place:])
    return terms[place].through(function, others, exactly)


def _add(site: Site, terms: list[Any]) -> LinearMap | None:
    if all(isinstance(t, LinearMap) for t in terms):
        return added(terms)
    return None


def _subtract(site: Site, terms: list[Any]) -> LinearMap | None:
    if all(isinstance(t, LinearMap) for t in terms):
        return added([terms[0], terms[1].through(lambda array: -array)])
    return None


def _one_factor(site: Site, terms: list[Any]) -> LinearMap | None:
    return _through(site, terms) if len(site.carried) == 1 else None


def _dividend(site: Site, terms: list[Any]) -> LinearMap | None:
    return _through(site, terms) if site.is_carried(0) and len(site.carried) == 1 else None


def _filling(site: Site, terms: list[Any]) -> LinearMap | None:
    return terms[1] if isinstance(terms[1], LinearMap) and len(site.carried) == 1 else None


def _switch(site: Site, terms: list[Any]) -> LinearMap | None:
    if site.is_carried(0) or len(site.carried) != 1:
        return None
    other = site.node.inputs[2 if site.is_carried(1) else 1]
    return _through(site, terms, True) if is_zero(site.backend, other) else None


# How many rows stay in their form where an op is linear in them, without rest:
# then zeros stay zeros, and a common factor of all rows stays one.
_LINEAR: dict[Any, Any] = {
    'neg': _one_factor, 'identity': _one_factor, 'mul': _one_factor, 'add': _add,
           'sub': _subtract, 'divide': _dividend, 'fill': _filling, 'switch': _switch}
