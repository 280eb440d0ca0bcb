"""Penalties on the size of weights: weight decay and sparse weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .. import backends
from . import parameters, weights
from .base import Regularizer

if TYPE_CHECKING:
    from ..backends.types import Variable
    from .weights import Weight

__all__ = ['WeightL1', 'WeightL2']


class _Norm(parameters.OfWeights, Regularizer):
    """Mean or sum over the elements of each weight."""

    def __init__(self, pattern: str | Sequence[str] = '*', weight: Weight = weights.NOT_GIVEN,
                 elements: str = 'mean', params: Any = None) -> None:
        super().__init__(pattern='*' if pattern is None else pattern, weight=weight)
        self.elements = self.choice('elements', elements, ('mean', 'sum'))
        self.params = parameters.as_params(self._name, params)

    def _of_one(self, param: Variable) -> Variable:
        # Squares of float16 overflow at 256.
        values = self._of_elements(backends.of(param).wide(param))
        whole = values.sum() if self.elements == 'sum' else values.mean()
        return whole.astype(param.dtype)

    def _of_elements(self, param: Variable) -> Variable:
        """What is penalized, of each element."""
        raise NotImplementedError


class WeightL2(_Norm, keys=['weight_l2', 'weight_decay']):
    r"""Penalize the squares of the weights.

    Over the set :math:`\Omega` of matching weights,

    .. math:: \frac{1}{|\Omega|} \sum_{i \in \Omega} \frac{1}{n_i} \|W_i\|_F^2,

    where :math:`n_i` is the number of elements of :math:`W_i`, as theanets computes
    it; without :math:`1 / n_i`, as theanets documents it, by ``elements='sum'``.

    Parameters
    ----------
    pattern : str or sequence of str, optional
        Globs for the names of the parameters, ``'hid1.w'``. Defaults to ``'*'``,
        all of them. Those of less than two dimensions, biases, are left out.
    weight : float or symbolic scalar, optional
        Strength of the penalty; not part of :meth:`loss`. Without one the
        penalty has no effect, and there is a warning.
    elements : {'mean', 'sum'}, optional
        Average or add up over the elements of each weight.
    params : sequence of variables, or dict of str -> variable, optional
        The parameters, for a model that has no layers: shared variables, or
        expressions. Defaults to those of the layers.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of the kind described.

    Examples
    --------
    >>> train, valid = net.train([X], weight_l2=0.1)
    >>> train, valid = net.train([X], weight_decay=dict(weight=0.1, pattern='hid1.w'))
    >>> cost = err + penalty({'h': h}, weight_l2=dict(weight=0.1, params=[W]))

    References
    ----------
    J. Moody, S. Hanson, A. Krogh, & J. A. Hertz (NIPS 1995). "A simple weight decay
    can improve generalization."
    """

    def _of_elements(self, param: Variable) -> Variable:
        return param * param


class WeightL1(_Norm, keys=['weight_l1', 'weight_sparsity']):
    r"""Penalize the absolute values of the weights.

    Over the set :math:`\Omega` of matching weights,

    .. math:: \frac{1}{|\Omega|} \sum_{i \in \Omega} \frac{1}{n_i} \|W_i\|_1,

    where :math:`n_i` is the number of elements of :math:`W_i`, as theanets computes
    it; without :math:`1 / n_i`, as theanets documents it, by ``elements='sum'``.

    Parameters
    ----------
    pattern, weight, elements, params
        As in :class:`WeightL2`.

    Examples
    --------
    >>> train, valid = net.train([X], weight_l1=0.1)
    >>> cost = err + WeightL1(weight=0.1, params=[W], elements='sum')({'h': h})

    References
    ----------
    Q. Qiu, Z. Jiang, & R. Chellappa (ICCV 2011). "Sparse dictionary-based
    representation and recognition of action attributes."
    """

    def _of_elements(self, param: Variable) -> Variable:
        return abs(param)
