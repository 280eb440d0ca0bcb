"""What is told of the way to the norms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import jacobian

if TYPE_CHECKING:
    from ..backends.types import Variable

__all__ = ['told']

_WAYS = {'jacobian': 'literal Jacobian', 'hutchinson': 'random projections'}


def told(method: str, targets: dict[str, Variable], inputs: list[Variable]) -> str:
    """Which way is taken, a line for each output and input."""
    if method == 'auto':
        return jacobian.explain(targets, inputs)
    return '\n'.join(
        '{} by {}: {}, because method={!r} was asked for'.format(
            name, wrt.name or 'an unnamed input', _WAYS[method], method)
        for name in targets for wrt in inputs)
