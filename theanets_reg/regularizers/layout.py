"""Graphs over (time, batch, ...), as ``scan`` makes them, with the batch in front."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import jacobian

if TYPE_CHECKING:
    from ..backends.types import Variable

__all__ = ['batch_first']


def batch_first(outputs: list[Variable],
                inputs: list[Variable]) -> tuple[list[Variable], list[Variable]]:
    """A graph over (time, batch, ...) as one over (batch, time, ...)."""
    outputs, inputs = jacobian.examples_first(
        outputs, inputs, [int(v.ndim > 2) for v in inputs])
    return [v.dimshuffle(1, 0, *range(2, v.ndim)) if v.ndim > 2 else v
            for v in outputs], inputs
