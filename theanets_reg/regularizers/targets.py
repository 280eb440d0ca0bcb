"""Which outputs a penalty on hidden layers is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import matching
from .layers import hidden

if TYPE_CHECKING:
    from ..backends.types import Variable

__all__ = ['targets_of']


def targets_of(regularizer: Any, layers: Sequence[Any],
               outputs: Mapping[str, Variable]) -> list[tuple[str, Variable]]:
    """The outputs that the pattern matches; without one, those of the hidden layers.

    Parameters
    ----------
    regularizer : Regularizer
        With a pattern or None.
    layers : sequence of theanets layers
        Without layers, every output that is not itself an input is hidden.
    outputs : dict of str -> variable

    Returns
    -------
    pairs : list of (str, variable)
        Each variable once. Where there are none, there is a warning.

    Raises
    ------
    TypeError
        If one of them has no derivatives.
    """
    if regularizer.pattern is not None:
        return regularizer.floats(regularizer.matching(outputs))
    names = hidden(layers, outputs) if layers else [
        name for name, expr in outputs.items() if expr.owner is not None]
    if not names:
        matching.warn_none(type(regularizer).__name__, 'hidden layer' if layers else (
            'output that is not itself an input'), outputs)
    return regularizer.floats(matching.select({name: outputs[name] for name in names}, '*'))
