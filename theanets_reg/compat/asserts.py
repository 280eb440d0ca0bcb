"""Theano's ``Assert``, for when Python's own are left out.

Its Python code is an ``assert``, which ``python -O`` strips: a check of a graph
would then depend on whether its op was compiled by C.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ..backends.types import Node

__all__ = ['mend']


def mend(assert_op: Any) -> None:
    """Let the op raise its error, where Python leaves out what it does.

    Parameters
    ----------
    assert_op : type
        Theano's op.
    """
    if not __debug__:
        assert_op.perform = _perform


def _perform(self: Any, node: Node, inputs: Any, outputs: Any) -> None:
    outputs[0][0] = inputs[0]
    if not np.all(inputs[1:]):
        raise AssertionError(self.msg)
