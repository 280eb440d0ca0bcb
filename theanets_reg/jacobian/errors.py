"""What it means not to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..backends.types import Node
    from .size import Size

__all__ = ['Unfit', 'Unproven', 'Unsupported']


class Unproven(Exception):
    """The proof ends at `node`, for `reason`.

    Attributes
    ----------
    node : apply node
    reason : str
        What the op does that ends it, to stand behind its name.
    sizes : sequence of Size
        Those that it depends on.
    wished : dict of symbol -> Size
        What of sizes would let the proof go on.
    """

    def __init__(self, node: Node, reason: str, sizes: Sequence[Size] = (),
                 wished: Mapping[Any, Size] | None = None) -> None:
        super(Unproven, self).__init__(reason)
        self.node = node
        self.reason = reason
        self.sizes = sizes
        self.wished = wished or {}


class Unsupported(Exception):
    """An op has no rule for many cotangents or tangents at once."""


class Unfit(Exception):
    """The graph is not of the form that a strategy is for."""
