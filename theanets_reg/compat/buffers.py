"""Theano ops that add to what their result's buffer holds.

Where an op runs at every step of a loop it gets the buffer of the step before. The
Python code of the second derivative of max pooling adds to it without clearing it,
so the training gradient of the literal Jacobian of a pooled layer is wrong where no
C code runs (``mode=FAST_COMPILE``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..backends.types import Node

__all__ = ['mend']


def mend(op: Any) -> None:
    """Let each run of the op begin with a result that is new.

    Parameters
    ----------
    op : type
        Theano's op, of one result.
    """
    original = op.perform

    def perform(self: Any, node: Node, inputs: Any, outputs: Any) -> None:
        outputs[0][0] = None
        original(self, node, inputs, outputs)
    op.perform = perform
