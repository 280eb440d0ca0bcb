"""Outputs without an axis of time: of single steps, and of sums over all steps.

They are given one back, of a single step. A sum over time becomes the last step of a
loop that adds up, whose state is one more that the recursion knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import backends
from ..errors import Unfit
from .clock import number
from .unfold import unfolded

if TYPE_CHECKING:
    from ...backends.types import Node, Variable
    from ..independence import Proof

__all__ = ['with_time']


def with_time(proof: Proof, output: Variable) -> Variable:
    """An output (batch, units) as (1, batch, units), with steps kept apart.

    Parameters
    ----------
    proof : Proof
        Of the output.
    output : variable of two dimensions

    Raises
    ------
    Unfit
        If it reads no loop, or no steps of one.
    """
    backend = proof.backend
    moving = [v for v in backends.ancestors([output]) if v in proof.batch and v.owner is not None]
    if not any(backend.kind(v.owner) == 'scan' for v in moving):
        raise Unfit
    picks = {}
    for variable in moving:
        source = variable.owner.inputs[0]
        if variable.ndim == 2 and source in proof.batch and source.ndim == 3:
            made = _PICKS.get(backend.kind(variable.owner), _nothing)(proof, variable.owner)
            if made is not None:
                picks[variable] = made
    if not picks:
        raise Unfit
    return unfolded(backend, [output], picks, {}, backend.rows_times, _part)[0]


def _nothing(proof: Proof, node: Node) -> None:
    return None


def _part(array: Variable, index: list[Any]) -> Variable:
    return array[tuple(index)]


def _step(proof: Proof, node: Node) -> Variable | None:
    """One step that is picked, of shape (1, ...)."""
    source, index = node.inputs[0], proof.backend.indices(node)
    picked = [axis for axis, i in enumerate(index) if i != slice(None)]
    if len(picked) != 1 or isinstance(index[picked[0]], slice):
        return None
    time, place = picked[0], number(index[picked[0]])
    if place is None or place < -1 or time == proof.batch[source].axis:
        return None
    end = None if place == -1 else place + 1
    return _first(source, time)[slice(place, end)]


def _sum(proof: Proof, node: Node) -> Variable | None:
    """A sum over time, of shape (1, ...)."""
    source, axes = node.inputs[0], proof.backend.axes(node)
    if len(axes) != 1 or axes[0] == proof.batch[source].axis:
        return None
    backend, steps = proof.backend, _first(source, axes[0])
    batch = 1 if proof.batch[source].axis < axes[0] else proof.batch[source].axis
    order = [0, batch, 3 - batch]
    steps = steps.dimshuffle(*order)
    sums, _ = backend.scan(lambda now, total: [total + now], sequences=[steps],
                           outputs_info=[backend.tensor.zeros_like(steps[0])])
    return sums[-1:].dimshuffle(*order)


def _first(source: Variable, time: int) -> Variable:
    """The axis of time in front of the two others."""
    return source.dimshuffle(time, *[a for a in range(3) if a != time])


_PICKS = {'subtensor': _step, 'sum': _sum}
