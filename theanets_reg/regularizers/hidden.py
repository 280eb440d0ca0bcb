"""Penalties on the size of what hidden layers put out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .. import backends, messages
from . import masks, weights
from .base import Regularizer
from .targets import targets_of

if TYPE_CHECKING:
    from ..backends.types import Variable
    from .masks import Mask
    from .weights import Weight

__all__ = ['ActivationL2', 'HiddenL1']


class _Size(Regularizer):
    """Mean or sum over the elements of each example of each output."""

    def __init__(self, pattern: str | Sequence[str] | None = None,
                 weight: Weight = weights.NOT_GIVEN, elements: str = 'mean',
                 reduction: str = 'mean', mask: Mask | None = None,
                 time_axis: int = 1) -> None:
        super().__init__(pattern=pattern, weight=weight)
        self.elements = self.choice('elements', elements, ('mean', 'sum'))
        self.reduction = self.choice('reduction', reduction, ('mean', 'sum'))
        self.mask = self.as_mask(mask)
        self.time_axis = self.choice('time_axis', time_axis, (0, 1))

    def loss(self, layers: Sequence[Any], outputs: Mapping[str, Variable]) -> Variable:
        """The penalty, without its weight.

        Parameters
        ----------
        layers : sequence of theanets layers
            The layers of the model; empty for a graph without layers.
        outputs : dict of str -> variable
            Every named output of the graph, of any shape.

        Returns
        -------
        loss : scalar variable
            Never negative.

        Raises
        ------
        ValueError
            If there is a mask and no output that has a time axis, or types tell that
            the mask does not fit.
        TypeError
            If `outputs` is no dict of str -> variable, or an output is no dense float
            array.
        AssertionError
            When the compiled function runs, if the mask is of another shape
            than (batch, time), or holds other values than 0 and 1.
        """
        messages.check_outputs(self._name, outputs)
        mask, candidates = self.find_mask(outputs)
        targets = targets_of(self, layers, candidates)
        if not targets:
            return self.zero(outputs)
        if mask is not None and all(expr.ndim < 3 for _, expr in targets):
            raise ValueError('{}: there is a mask, but output {!r} has no time axis; expected '
                             '(batch, time, ...). Leave the mask out, or choose others with '
                             'pattern='.format(self._name, targets[0][0]))
        return self.over_outputs([self._of_one(name, expr, mask) for name, expr in targets])

    def _of_one(self, name: str, output: Variable, mask: Mask) -> Variable:
        """What is penalized, of one output."""
        states = backends.of(output).wide(output)
        if states.ndim > 2 and self.time_axis == 0:
            states = states.dimshuffle(1, 0, *range(2, states.ndim))
        elif states.ndim == 0:
            states = states.dimshuffle('x')
        values = self._per_example(name, states, mask if states.ndim > 2 else None)
        return self.over_examples(values).astype(output.dtype)

    def _per_example(self, name: str, states: Variable, mask: Mask) -> Variable:
        """Mean or sum over all axes but the first, shape (batch,)."""
        tensor, first, count = backends.of(states).tensor, 1, 1
        if mask is not None:
            valid = self.valid(mask, name, states)
            states = masks.zeroed(valid, states)
            first, count = 2, valid.astype('int64').sum(axis=1)
        if states.ndim == 1:
            return self._of_elements(states)
        total = self._of_elements(states).sum(axis=tuple(range(1, states.ndim)))
        if self.elements == 'sum':
            return total
        for axis in range(first, states.ndim):
            count = count * states.shape[axis]
        return total / tensor.maximum(count, 1).astype(states.dtype)

    def _of_elements(self, states: Variable) -> Variable:
        """What is penalized, of each element."""
        raise NotImplementedError


class HiddenL1(_Size, keys=['hidden_l1', 'hidden_sparsity']):
    r"""Penalize the absolute values of what hidden layers put out.

    For each example of each matching output :math:`Z_i`, of :math:`n_i` elements,

    .. math:: \frac{1}{n_i} \|Z_i\|_1,

    averaged over the examples and over the matching outputs, as theanets computes it;
    without :math:`1 / n_i`, as theanets documents it, by ``elements='sum'``.

    Parameters
    ----------
    pattern : str or sequence of str, optional
        Globs for the names of the outputs. Defaults to ``None``: the outputs of the
        hidden layers or, in a graph without layers, every output that is not itself
        an input.
    weight : float or symbolic scalar, optional
        Strength of the penalty; not part of :meth:`loss`. Without one the
        penalty has no effect, and there is a warning.
    elements : {'mean', 'sum'}, optional
        Average or add up over the elements of each example: units and, of outputs
        that have a time axis, steps.
    reduction : {'mean', 'sum'}, optional
        Average or add up over the examples of the batch.
    mask : array or variable of shape (batch, time), or str, optional
        1 where a step counts and 0 where it is padding (or the name of such a
        variable among the outputs), whatever `time_axis` is. Of outputs that have a
        time axis masked steps don't count, neither above nor below the fraction line.
    time_axis : {1, 0}, optional
        1: outputs are (batch, time, ...), as in theanets, or have no time axis. 0:
        those of three and more dimensions are (time, batch, ...), as ``scan`` has them.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of the kind described.

    Examples
    --------
    >>> train, valid = net.train([X], hidden_l1=0.1)
    >>> train, valid = net.train([X], hidden_sparsity=dict(weight=0.1, pattern='hid1:out'))
    >>> cost = err + penalty({'h': h}, hidden_l1=0.1)

    References
    ----------
    A. Ng (2011). "Sparse Autoencoder." Stanford CS294A lecture notes.
    """

    def _of_elements(self, states: Variable) -> Variable:
        return abs(states)


class ActivationL2(_Size, key='activation_l2'):
    r"""Penalize the squares of what hidden layers put out.

    For each example of each matching output :math:`Z_i`, of :math:`n_i` elements,

    .. math:: \frac{1}{n_i} \|Z_i\|_2^2,

    averaged over the examples and over the matching outputs; without :math:`1 / n_i`
    by ``elements='sum'``. Where dropout is applied to an output, it is what is left
    that is penalized, as in the paper.

    Parameters
    ----------
    pattern, weight, elements, reduction, mask, time_axis
        As in :class:`HiddenL1`.

    Examples
    --------
    >>> train, valid = net.train([X], activation_l2=2., hidden_dropout=0.4)
    >>> cost = err + penalty({'h': h}, activation_l2=2.)

    References
    ----------
    S. Merity, B. McCann, & R. Socher (2017). "Revisiting Activation Regularization for
    Language RNNs." arXiv:1708.01009.
    """

    def _of_elements(self, states: Variable) -> Variable:
        return states * states
