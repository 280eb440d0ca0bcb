"""The inputs of a network's loss by name, for masks: ``mask='weights'``."""

from __future__ import annotations

import copy
from typing import Any

__all__ = ['with_inputs']


def with_inputs(regularizer: Any, net: Any) -> Any:
    """A regularizer whose mask is the input of the loss that it names.

    The targets and the weights of a loss come with each batch, as the inputs do, but
    are no outputs of a graph.

    Parameters
    ----------
    regularizer : Regularizer
    net : theanets network

    Returns
    -------
    regularizer : Regularizer
        A copy, or the same where it names no such input.
    """
    mask = getattr(regularizer, 'mask', None)
    named = {variable.name: variable for variable in net.variables}
    if not isinstance(mask, str) or mask not in named:
        return regularizer
    reading = copy.copy(regularizer)
    reading.mask = named[mask]
    return reading
