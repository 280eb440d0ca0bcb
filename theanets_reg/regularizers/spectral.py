"""The penalty on the largest singular values of weights."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import backends
from . import parameters, weights
from .base import Regularizer

if TYPE_CHECKING:
    from ..backends.types import Variable
    from .weights import Weight

__all__ = ['SpectralNorm']

# Iterations on the values that weights have when the penalty is built.
AT_FIRST = 100

# How much of other directions each start has: a direction that has been lost for good,
# as by weights that are diagonal, could never become the largest.
MIXED = 1e-6


class SpectralNorm(parameters.OfWeights, Regularizer, key='spectral_norm'):
    r"""Penalize the largest singular values of the weights.

    Over the set :math:`\Omega` of matching weights,

    .. math:: \frac{1}{|\Omega|} \sum_{i \in \Omega} \sigma(W_i)^2,

    where :math:`\sigma` is the largest singular value. Weights of more than two
    dimensions count as matrices whose rows are along the first.

    It is found by power iteration, which goes on from call to call of a compiled function:
    a shared vector keeps the singular vector. It begins, for shared variables, with
    iterations on the values that they have when the penalty is built, and follows them
    while they are trained; for other expressions the first calls give less than
    :math:`\sigma^2`.

    Parameters
    ----------
    pattern : str or sequence of str, optional
        Globs for the names of the parameters, ``'hid1.w'``. Defaults to ``'*'``,
        all of them. Those of less than two dimensions, biases, are left out.
    weight : float or symbolic scalar, optional
        Strength of the penalty; not part of :meth:`loss`. Without one the
        penalty has no effect, and there is a warning.
    iterations : int, optional
        How many there are in each call. Defaults to 1.
    params : sequence of variables, or dict of str -> variable, optional
        The parameters, for a model that has no layers: shared variables, or
        expressions. Defaults to those of the layers.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of the kind described.

    Examples
    --------
    >>> train, valid = net.train([X], spectral_norm=0.01)
    >>> cost = err + penalty({'h': h}, spectral_norm=dict(weight=0.01, params=[W]))

    References
    ----------
    Y. Yoshida & T. Miyato (2017). "Spectral Norm Regularization for Improving the
    Generalizability of Deep Learning." arXiv:1705.10941.
    """

    def __init__(self, pattern: str | Sequence[str] = '*', weight: Weight = weights.NOT_GIVEN,
                 iterations: int = 1, params: Any = None) -> None:
        super().__init__(pattern='*' if pattern is None else pattern, weight=weight)
        if not isinstance(iterations, numbers.Integral) or isinstance(iterations, bool) \
                or iterations < 1:
            raise ValueError('{}: iterations={!r} is no positive integer; expected how many '
                             'there are in each call, such as 1'.format(self._name, iterations))
        self.iterations: int = int(iterations)
        self.params: Any = parameters.as_params(self._name, params)

    def _of_one(self, param: Variable) -> Variable:
        return _squared(param, self.iterations)


def _squared(param: Variable, iterations: int) -> Variable:
    """The square of the largest singular value."""
    backend = backends.of(param)
    tensor, wide = backend.tensor, backend.wide(param)
    matrix = backend.joined_axes(wide, 1, wide.ndim - 1)
    state = backend.shared(_at_first(backend, param).astype(matrix.dtype), name='singular')
    fixed, vector = backend.disconnected_grad(matrix), _start(tensor, matrix, state)
    for _ in range(iterations):
        vector = _unit(tensor, tensor.dot(fixed.T, tensor.dot(fixed, vector)), vector)
    vector = backend.disconnected_grad(vector)
    backend.update_in_every_call(state, vector)
    # By a constant vector this has the derivatives of the square of the singular value.
    return tensor.sqr(tensor.dot(matrix, vector)).sum().astype(param.dtype)


def _start(tensor: Any, matrix: Variable, state: Variable) -> Variable:
    """A vector for each column, from those that there were, of which some may lack."""
    # Not by arange and a slice: what compiles for known sizes only, as JAX does, makes neither.
    ones = tensor.ones_like(matrix.sum(axis=0))
    others = tensor.cos(tensor.cumsum(ones)) / tensor.sqrt(ones.sum())
    known = tensor.concatenate([state, others])[tensor.cumsum(ones).astype('int64') - 1]
    return known + np.asarray(MIXED, matrix.dtype) * others


def _unit(tensor: Any, vector: Variable, before: Variable) -> Variable:
    """A vector of length 1; `before`, where there is none of that direction."""
    length = tensor.sqrt(tensor.sqr(vector).sum())
    usable = tensor.and_(tensor.gt(length, 0), tensor.lt(length, np.inf))
    one = np.asarray(1, vector.dtype)
    return tensor.switch(usable, vector / tensor.switch(usable, length, one), before)


def _at_first(backend: Any, param: Variable) -> Any:
    """The singular vector of what a weight holds when the penalty is built."""
    if not isinstance(param, backend.SharedVariable):
        return np.zeros(0)
    value = np.asarray(param.get_value(borrow=True), 'float64')
    matrix = value.reshape((len(value), int(np.prod(value.shape[1:]))))
    vector = np.cos(np.arange(matrix.shape[1]) + 1)
    for _ in range(AT_FIRST):
        new = matrix.T.dot(matrix.dot(vector))
        length = np.sqrt((new ** 2).sum())
        if not 0 < length < np.inf:
            break
        vector = new / length
    return vector
