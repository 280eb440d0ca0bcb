"""The gradient of an ``ifelse`` of several results, of which not all are used.

Theano and PyTensor ask for the dtype of a gradient that isn't there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..backends.types import Variable

__all__ = ['mend']


def mend(op: Any, disconnected: type) -> None:
    """Let the gradient be zero where nothing flows back.

    Parameters
    ----------
    op : type
        The package's ``IfElse``.
    disconnected : type
        The type of the variable that stands for no gradient.
    """
    name = 'pullback' if 'pullback' in vars(op) else 'grad'
    original = getattr(op, name)

    def gradient(self: Any, inputs: Any, *given: Any) -> list[Variable]:
        branch = inputs[1:1 + self.n_outs]
        slopes = [v.zeros_like() if isinstance(slope.type, disconnected) else slope
                  for v, slope in zip(branch, given[-1])]
        return original(self, inputs, *given[:-1], slopes)
    setattr(op, name, gradient)
