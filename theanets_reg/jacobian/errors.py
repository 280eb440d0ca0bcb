"""What it means not to know."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..backends.types import Node

__all__ = ['Unfit', 'Unproven', 'Unsupported']


class Unproven(Exception):
    """The proof ends at `node`, for `reason`.

    Attributes
    ----------
    node : apply node
    reason : str
        What the op does that ends it, to stand behind its name.
    """

    def __init__(self, node: Node, reason: str) -> None:
        super(Unproven, self).__init__(reason)
        self.node = node
        self.reason = reason


class Unsupported(Exception):
    """An op has no rule for many cotangents or tangents at once."""


class Unfit(Exception):
    """The graph is not of the form that a strategy is for."""
