"""Rules that many kinds of op have in common: an op of such a kind is one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from ..errors import Unproven
from .registry import register

if TYPE_CHECKING:
    from ...backends.types import Node, Variable
    from ..batch import Batch
    from ..batching import Site
    from ..independence import Proof
    from ..linear_maps import LinearMap
    from ..sizes import Size, Sizes

__all__ = ['first_batch', 'first_size', 'goes_along', 'hands_on', 'rows_as_examples']


def first_batch(proof: Proof, node: Node, output: Variable) -> Batch | None:
    """The examples are where they are in the first input."""
    return proof.only_first(node)


def first_size(sizes: Sizes, node: Node, output: Variable, axis: int) -> Size | None:
    """The axes are those of the first input."""
    return sizes.axis(node.inputs[0], axis)


def hands_on(*kinds: str) -> None:
    """Ops whose output has all axes of the first input, one by one."""
    register('batch axis', kinds, first_batch)
    register('size', kinds, first_size)


def goes_along(kind: str, words: str) -> None:
    """Ops that bring elements together along their axes, and keep the shape.

    Parameters
    ----------
    kind : str
    words : str
        What the op does along the examples, to stand behind its name.
    """
    def batch_axis(proof: Proof, node: Node, output: Variable) -> Batch | None:
        batch = proof.common(node)
        if batch.axis in proof.backend.axes(node):
            raise Unproven(node, words)
        return batch

    register('batch axis', (kind, ), batch_axis)
    register('size', (kind, ), first_size)


def rows_as_examples(place: int) -> Callable[..., list[LinearMap]]:
    """A batching rule: the rows of the input at `place` are so many more examples.

    It takes an op in place of that of the node.
    """
    def batching(site: Site, op: Any = None) -> list[LinearMap]:
        inputs = list(site.inputs)
        inputs[place] = site.only(place).full()
        return site.as_examples(inputs, op)
    return batching
