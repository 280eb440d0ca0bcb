"""The batch axis inside a scan: an induction over its steps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..errors import Unproven
from .registry import batch_axis, size

__all__ = ['has_as_many_steps', 'is_map', 'sizes_of_step']

if TYPE_CHECKING:
    from ...backends.base import Backend
    from ...backends.types import Node, Variable
    from ..batch import Batch
    from ..independence import Proof
    from ..size import Size
    from ..sizes import Sizes


@batch_axis('scan')
def _scan_batch_axis(proof: Proof, node: Node, output: Variable) -> Batch | None:
    """Where the batch axis of a scan's output is.

    Each step must keep the examples apart, given that its sequences, its
    states and its constants do.
    """
    parts = proof.backend.loop_parts(node)
    if not parts['simple']:
        raise Unproven(node, 'has a form of loop that is not followed')
    if is_map(proof.backend, node) and any(
            proof.batch[v].axis == 0 for v, _ in parts['sequences'] if v in proof.batch):
        return _map_batch_axis(proof, node, parts)
    given = _given(proof, node, parts)
    step = _settled(proof.within(), node, parts, given)
    for result, made in _made(parts):
        if result in step.batch:
            # Outside, time comes before all axes of a step.
            batch = step.batch[result]
            proof.place(made, batch._replace(axis=batch.axis + 1))
    return proof.batch.get(output)


def is_map(backend: Backend, node: Node) -> bool:
    """Whether a node is a loop of which no step reads what another made."""
    if backend.kind(node) != 'scan':
        return False
    parts = backend.loop_parts(node)
    return parts['simple'] and not parts['states']


def has_as_many_steps(sizes: Sizes, node: Node, parts: dict[str, Any]) -> bool:
    """Whether a loop is seen to go to the end of all its sequences."""
    steps = sizes.scalar(node.inputs[0])
    return bool(parts['sequences']) and all(
        sizes.equal(sizes.axis(outer, 0), steps) for outer, _ in parts['sequences'])


def sizes_of_step(sizes: Sizes, pairs: Iterable[tuple[Variable, Variable, bool]]) -> Sizes:
    """What is known of sizes at one step of a loop.

    Parameters
    ----------
    sizes : Sizes
        Outside of it.
    pairs : iterable of (outer, inner, timed)
        An outer variable, what a step sees of it, and whether time is in front outside.
    """
    found = sizes.copy()
    for outer, inner, timed in pairs:
        if sizes.backend.is_dense(outer):
            known = sizes.of(outer)[int(timed):]
            found.known.update({(inner, axis): size for axis, size in enumerate(known)})
    return found


def _map_batch_axis(proof: Proof, node: Node, parts: dict[str, Any]) -> Batch | None:
    """Each step sees an example of its own, and nothing else of wrt."""
    if any(outer in proof.batch for outer, _ in parts['constants']):
        raise Unproven(node, 'reads all examples at each of them')
    batches = {proof.batch[v] for v, _ in parts['sequences'] if v in proof.batch}
    if len(batches) > 1:
        raise Unproven(node, 'brings different examples together')
    if not has_as_many_steps(proof.sizes, node, parts):
        raise Unproven(node, 'is not seen to go through all examples')
    return batches.pop()


def _made(parts: dict[str, Any]) -> Any:
    """What a step results in, with what the loop makes of it."""
    return [(r, m) for _, _, r, m in parts['states']] + parts['results']


def _given(proof: Proof, node: Node, parts: dict[str, Any]) -> Any:
    """Where the batch axis is in what a step sees of outer variables."""
    given = {inner: proof.batch[outer] for outer, inner in parts['constants']
             if outer in proof.batch}
    looped = [(outer, [inner]) for outer, inner in parts['sequences']]
    looped += [(outer, inner) for outer, inner, _, _ in parts['states']]
    for outer, inner in looped:
        if outer not in proof.batch:
            continue
        batch = proof.batch[outer]
        if batch.axis == 0:
            raise Unproven(node, 'runs along the examples')
        given.update((v, batch._replace(axis=batch.axis - 1)) for v in inner)
    return given


def _settled(step: Proof, node: Node, parts: dict[str, Any], given: Any) -> Any:
    """Follow the step until its states are what they were assumed to be."""
    results = [result for result, _ in _made(parts)]
    for _ in range(len(parts['states']) + 1):
        step.batch = {}
        for variable, batch in given.items():
            step.place(variable, batch)
        step.follow(results)
        assumed = dict(given)
        for _, inner, result, _ in parts['states']:
            if result in step.batch:
                _assume(assumed, node, inner, step.batch[result])
        if assumed == given:
            return step
        given = assumed
    raise Unproven(node, 'was not followed to an end')


def _assume(assumed: Any, node: Node, inner: Variable, batch: Any) -> Any:
    for variable in inner:
        if assumed.setdefault(variable, batch) != batch:
            raise Unproven(node, 'moves the examples from step to step')


@size('scan')
def _scan_size(sizes: Sizes, node: Node, output: Variable, axis: int) -> Size | None:
    """A state has the size that it had before the first step; a result is of each step."""
    before = sizes.backend.state_buffers(node).get(output)
    if before is None:
        steps = axis == 0 and sizes.backend.loop_parts(node)['simple']
        return sizes.scalar(node.inputs[0]) if steps else None
    return sizes.axis(before, axis) if axis else None
