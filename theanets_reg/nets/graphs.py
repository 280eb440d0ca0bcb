"""Networks tell their graphs apart by all that modifies them.

theanets keeps each graph that it has built under a key of the names and sizes of the
layers, and of the classes, weights and patterns of the regularizers. What differs
otherwise got the first one's graph.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..regularizers.base import Regularizer
from .content import Itself, Reader

if TYPE_CHECKING:
    from .patches import Patches

__all__ = ['put', 'reader']


def put(theanets: Any, patches: Patches) -> None:
    """Let networks tell their graphs apart by their layers and what modifies them.

    Penalties don't modify them: all of them share one graph, and one compiled function
    that predicts, whatever their weights.
    """
    idle = Regularizer.modify_graph, theanets.regularizers.Regularizer.modify_graph

    def _hash(self: Any, regularizers: Iterable[Any] = ()) -> Hashable:
        """What tells a graph apart: the layers and what modifies their outputs."""
        read = reader(self)
        modifying = [r for r in regularizers
                     if getattr(r.modify_graph, '__func__', None) not in idle]
        return _of_layers(read, self.layers), read(modifying)

    patches.attribute(theanets.graph.Network, '_hash', _hash)


def reader(net: Any) -> Reader:
    """What reads values for the keys of a network's caches."""
    return Reader(vars(net).setdefault('_first_seen', {}))


def _of_layers(read: Reader, layers: Sequence[Any]) -> Hashable:
    """The layers themselves, and what they are: both can change."""
    return tuple((Itself(layer), read.pairs(vars(layer))) for layer in layers)
