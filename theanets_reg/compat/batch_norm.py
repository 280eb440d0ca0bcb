"""The gradient of Theano's batch normalization, whole.

The op has the means and the inverse deviations as results of its own, which its
gradient reads. In the gradient of that gradient Theano drops what flows back into
them, and stops where nothing flows back into the normalized values.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..backends.types import Variable

__all__ = ['mend']


def mend(bn: Any) -> None:
    """Mend the gradient of ``AbstractBatchNormTrain``, where it is not whole.

    Parameters
    ----------
    bn : module
        ``theano.tensor.nnet.bn``.
    """
    original = bn.AbstractBatchNormTrain.L_op
    if 'grads[1]' in inspect.getsource(original):
        return

    def L_op(self: Any, inputs: Any, outputs: list[Variable], grads: Any) -> Any:
        gradient = bn.theano.gradient
        known = [None if isinstance(g.type, gradient.DisconnectedType) else g for g in grads]
        normalized = bn.T.zeros_like(inputs[0]) if known[0] is None else known[0]
        found = original(self, inputs, outputs, [normalized])
        rest = _of_statistics(bn.T, inputs, outputs, known)
        none = gradient.DisconnectedType()
        # Scale and bias have nothing to do with the running statistics.
        of_params = found[1:3] if known[:3] != [None] * 3 else [none(), none()]
        return [found[0] + rest] + of_params + [none(), none()] + [
            none() if slope is None else slope * (1 - inputs[4]) for slope in known[3:]]
    bn.AbstractBatchNormTrain.L_op = L_op


def _of_statistics(tensor: Any, inputs: Any, outputs: Any, slopes: Any) -> Variable:
    """The gradient by x of all results but the first.

    They are the mean of x, the inverse of its deviation and, in a network that
    keeps them, the running mean and the running variance.
    """
    x, scale, factor = inputs[0], inputs[1], inputs[4]
    count = (tensor.prod(x.shape) / tensor.prod(scale.shape)).astype(x.dtype)
    rates: list[Any] = [
        None,
        lambda: 1 / count,
        lambda: -outputs[2] ** 3 * (x - outputs[1]) / count,
        lambda: factor / count,
        lambda: 2 * factor * (x - outputs[1]) / (count - 1)]
    total = tensor.zeros_like(x)
    for slope, rate in list(zip(slopes, rates))[1:]:
        if slope is not None:
            total = total + slope * rate()
    return total.astype(x.dtype)
