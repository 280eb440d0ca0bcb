"""Penalties on how the states of a recurrent layer change over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import backends, messages
from . import masks, matching, weights
from .base import Regularizer

if TYPE_CHECKING:
    from ..backends.types import Variable
    from .masks import Mask
    from .weights import Weight

__all__ = ['RecurrentNorm', 'RecurrentState']


class _Transitions(Regularizer):
    """Mean of something over the transitions t-1 -> t of every sequence."""

    def __init__(self, pattern: str | Sequence[str] = '*', weight: Weight = weights.NOT_GIVEN,
                 time_axis: int = 1, reduction: str = 'mean', mask: Mask | None = None) -> None:
        pattern = matching.as_patterns(self._name, 'pattern', pattern)
        super().__init__(pattern=pattern, weight=weight)
        self.time_axis = self.choice('time_axis', time_axis, (0, 1))
        self.reduction = self.choice('reduction', reduction, ('mean', 'sum'))
        self.mask = self.as_mask(mask)

    def loss(self, layers: Sequence[Any], outputs: Mapping[str, Variable]) -> Variable:
        """The penalty, without its weight.

        Parameters
        ----------
        layers : sequence of theanets layers
            Not used.
        outputs : dict of str -> variable
            Every named output of the graph; recurrent ones are
            (batch, time, units), or as `time_axis` says.

        Returns
        -------
        loss : scalar variable
            Never negative.

        Raises
        ------
        ValueError
            If no matching output has a time axis, or the mask does not exist
            or has the wrong number of dimensions.
        TypeError
            If `outputs` is no dict of str -> variable, or an output has no
            derivatives (integer or sparse).
        AssertionError
            When the compiled function runs, if the mask is of another shape
            than (batch, time), or holds other values than 0 and 1.
        """
        messages.check_outputs(self._name, outputs)
        mask, candidates = self.find_mask(outputs)
        matched = self.matching(candidates)
        if not matched:
            return self.zero(outputs)
        chosen = self.floats(self._with_time(matched, candidates))
        mean = self.over_outputs([self._penalty(name, expr, mask) for name, expr in chosen])
        half = all(expr.dtype == 'float16' for _, expr in chosen)
        return mean.astype('float16') if half else mean

    def _change(self, tensor: Any, states: Variable) -> Variable:
        """What is penalized: (batch, time, units) -> (batch, time - 1)."""
        raise NotImplementedError

    def _with_time(self, pairs: list[tuple[str, Variable]],
                   outputs: Mapping[str, Variable]) -> list[tuple[str, Variable]]:
        """The outputs that have a time axis; it is an error if none has."""
        dims = (2, 3) if self.time_axis == 0 else (3, )
        found = [(name, expr) for name, expr in pairs if expr.ndim in dims]
        if not found:
            name, expr = pairs[0]
            others = [n for n, e in outputs.items() if e.ndim in dims]
            meant = messages.nearest(name, others) or (
                ' Did you mean {!r}?'.format(others[0]) if others else
                ' Choose outputs of recurrent layers with pattern=')
            layout = ('(batch, time, units)' if self.time_axis
                      else '(time, batch, units) or (time, units)')
            raise ValueError('{}: output {!r} has {} dimension{}; it needs {}.{}'.format(
                self._name, name, expr.ndim, '' if expr.ndim == 1 else 's',
                layout, meant))
        return found

    def _penalty(self, name: str, states: Variable, mask: Mask) -> Variable:
        """Mean over the transitions, mean or sum over the sequences."""
        if self.time_axis == 0:
            order = (1, 0, 2) if states.ndim == 3 else ('x', 0, 1)
            states = states.dimshuffle(*order)
        # Squares of float16 overflow at 256.
        states = backends.of(states).wide(states)
        # Counted by the states: a package that reckons with shapes would take the
        # number of sequences from the mask, before the mask has been checked.
        return self.over_examples(self._per_example(name, states, mask), states)

    def _per_example(self, name: str, states: Variable, mask: Mask) -> Variable:
        """Mean over the transitions of each sequence, shape (batch,)."""
        tensor = backends.of(states).tensor
        if mask is None:
            count = states.shape[1] - 1
            change = self._change(tensor, states)
        else:
            valid = self.valid(self._two_axes(mask), name, states)
            states = masks.zeroed(valid, states)
            valid = valid.astype(states.dtype)
            valid = valid[:, 1:] * valid[:, :-1]
            count = valid.sum(axis=1)
            change = valid * self._change(tensor, states)
        return change.sum(axis=1) / tensor.maximum(count, 1).astype(states.dtype)

    def _two_axes(self, mask: Any) -> Any:
        """The mask of a single sequence may come without a batch axis."""
        if self.time_axis == 0 and mask.ndim == 1:
            return mask[None] if isinstance(mask, np.ndarray) else mask.dimshuffle('x', 0)
        return mask


class RecurrentNorm(_Transitions, key='recurrent_norm'):
    r"""Penalize changes of the norm of a recurrent layer's state.

    For each sequence of each matching output :math:`Z_i`, with T steps,

    .. math:: \frac{1}{T - 1} \sum_{t=2}^{T}
       \left( \|Z_i^t\|_2^2 - \|Z_i^{t-1}\|_2^2 \right)^2,

    averaged over the sequences of the batch and over the matching outputs. A
    sequence without a transition contributes 0.

    Parameters
    ----------
    pattern : str or sequence of str, optional
        Globs for the names of the outputs to regularize. Matches without a
        time axis are passed over. Defaults to ``'*'``: every output that has
        a time axis, the input itself included.
    weight : float or symbolic scalar, optional
        Strength of the penalty; not part of :meth:`loss`. Without one the
        penalty has no effect, and there is a warning.
    norm : {'squared', 'l2'}, optional
        ``'squared'`` is the formula above; ``'l2'`` compares norms in the
        place of squared norms, as the paper does. Its gradient at a zero
        state is taken to be 0.
    time_axis : {1, 0}, optional
        1: outputs are (batch, time, units), as in theanets. 0: they are
        (time, batch, units), as ``scan`` returns them, or (time, units) for a
        single sequence.
    reduction : {'mean', 'sum'}, optional
        Average or add up over the sequences of the batch.
    mask : array or variable of shape (batch, time), or str, optional
        1 where a step counts and 0 where it is padding (or the name of such a
        variable among the outputs), whatever `time_axis` is. Transitions that
        touch a masked step don't count, neither above nor below the fraction
        line.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of the kind described.

    Examples
    --------
    >>> train, valid = net.train([X, Y], recurrent_norm=dict(
    ...     weight=0.1, pattern='hid1:out'))
    >>> reg = RecurrentNorm(pattern='s', weight=0.1, time_axis=0)
    >>> cost = err + reg({'s': s})               # s: states, (time, batch, units)

    References
    ----------
    D. Krueger & R. Memisevic (2015). "Regularizing RNNs by Stabilizing
    Activations." arXiv:1511.08400.
    """

    def __init__(self, pattern: str | Sequence[str] = '*', weight: Weight = weights.NOT_GIVEN,
                 norm: str = 'squared', time_axis: int = 1, reduction: str = 'mean',
                 mask: Mask | None = None) -> None:
        super().__init__(pattern=pattern, weight=weight, time_axis=time_axis,
                         reduction=reduction, mask=mask)
        self.norm = self.choice('norm', norm, ('squared', 'l2'))

    def _change(self, tensor: Any, states: Variable) -> Variable:
        norms = tensor.sqr(states).sum(axis=2)
        if self.norm == 'l2':
            norms = _safe_sqrt(tensor, norms)
        return tensor.sqr(norms[:, 1:] - norms[:, :-1])


class RecurrentState(_Transitions, key='recurrent_state'):
    r"""Penalize changes of a recurrent layer's state itself.

    For each sequence of each matching output :math:`Z_i`, with T steps,

    .. math:: \frac{1}{T - 1} \sum_{t=2}^{T} \| Z_i^t - Z_i^{t-1} \|_2^2,

    averaged over the sequences of the batch and over the matching outputs.

    Parameters
    ----------
    pattern, weight, time_axis, reduction, mask
        As in :class:`RecurrentNorm`.

    Examples
    --------
    >>> train, valid = net.train([X, Y], recurrent_state=dict(
    ...     weight=0.1, pattern='hid1:out'))

    References
    ----------
    The reference pages of theanets 0.7, ``theanets.regularizers``.
    """

    def _change(self, tensor: Any, states: Variable) -> Variable:
        return tensor.sqr(states[:, 1:] - states[:, :-1]).sum(axis=2)


def _safe_sqrt(tensor: Any, squares: Variable) -> Variable:
    """Square root whose gradient at 0 is 0 and not infinite."""
    zero = tensor.eq(squares, 0)
    roots = tensor.sqrt(tensor.switch(zero, tensor.ones_like(squares), squares))
    return tensor.switch(zero, tensor.zeros_like(squares), roots)
