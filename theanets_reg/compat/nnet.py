"""Functions of ``theano.tensor.nnet`` and ``theano.tensor`` that PyTensor has not, or not so.

Each has the signature and the values of Theano's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..backends.types import Variable

__all__ = ['NNET', 'TENSOR']


def relu(x: Variable, alpha: Any = 0) -> Variable:
    if isinstance(alpha, (int, float)) and alpha == 0:
        return (x + abs(x)) / 2
    return (1 + alpha) * x / 2 + (1 - alpha) * abs(x) / 2


def elu(x: Variable, alpha: Any = 1) -> Variable:
    from pytensor import tensor
    return tensor.switch(x > 0, x, alpha * tensor.expm1(x))


def selu(x: Variable) -> Variable:
    return 1.0507009873554804934193349852946 * elu(x, 1.6732632423543772848170429916717)


def softsign(x: Variable) -> Variable:
    return x / (1 + abs(x))


def hard_sigmoid(x: Variable) -> Variable:
    from pytensor import tensor
    return tensor.clip(x * 0.2 + 0.5, 0, 1).astype(x.dtype)


def softmax(c: Variable) -> Variable:
    """Over the last axis; a vector is taken for one row."""
    from pytensor.tensor.special import softmax
    return softmax(_rows(c), axis=-1)


def logsoftmax(c: Variable) -> Variable:
    from pytensor.tensor.special import log_softmax
    return log_softmax(_rows(c), axis=-1)


def _rows(c: Any) -> Variable:
    from pytensor import tensor
    c = tensor.as_tensor_variable(c)
    return c.dimshuffle('x', 0) if c.ndim == 1 else c


def binary_crossentropy(output: Variable, target: Variable) -> Variable:
    from pytensor import tensor
    return -(target * tensor.log(output) + (1 - target) * tensor.log(1 - output))


def sigmoid_binary_crossentropy(output: Variable, target: Variable) -> Variable:
    from pytensor import tensor
    return target * tensor.softplus(-output) + (1 - target) * tensor.softplus(output)


def categorical_crossentropy(coding_dist: Variable, true_dist: Variable) -> Variable:
    from pytensor import tensor
    if true_dist.ndim == coding_dist.ndim:
        return -(true_dist * tensor.log(coding_dist)).sum(axis=coding_dist.ndim - 1)
    if true_dist.ndim != coding_dist.ndim - 1:
        raise TypeError('categorical_crossentropy: {} and {} dimensions; expected as many, or '
                        'one less for labels'.format(coding_dist.ndim, true_dist.ndim))
    return -tensor.log(coding_dist)[tensor.arange(true_dist.shape[0]), true_dist]


def batch_normalization(inputs: Variable, gamma: Any, beta: Any, mean: Any, std: Any,
                        mode: str = 'low_mem') -> Variable:
    return (inputs - mean) * (gamma / std) + beta


def batched_dot(a: Variable, b: Variable) -> Variable:
    """A product for each place on the first axis, of matrices or vectors."""
    from pytensor import tensor
    product = tensor.matmul(a if a.ndim == 3 else a[:, None, :],
                            b if b.ndim == 3 else b[:, :, None])
    if b.ndim == 2:
        product = product[:, :, 0]
    return product if a.ndim == 3 else product[:, 0]


def addbroadcast(x: Variable, *axes: int) -> Variable:
    from pytensor import tensor
    return tensor.specify_broadcastable(x, *axes)


def patternbroadcast(x: Variable, broadcastable: Any) -> Variable:
    return addbroadcast(x, *[axis for axis, one in enumerate(broadcastable) if one])


def unbroadcast(x: Variable, *axes: int) -> Variable:
    """PyTensor broadcasts axes of known length one only, and these it knows."""
    return x


#: By the names that they have in ``theano.tensor.nnet``, and in ``theano.tensor``.
NNET = {f.__name__: f for f in (
    relu, elu, selu, softsign, hard_sigmoid, softmax, logsoftmax, binary_crossentropy,
    sigmoid_binary_crossentropy, categorical_crossentropy, batch_normalization)}
TENSOR = {f.__name__: f for f in (batched_dot, addbroadcast, patternbroadcast, unbroadcast)}
