"""The contractive penalty: which Jacobians. How is the matter of `jacobian`."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .. import backends, jacobian, messages
from . import curvature, masks, matching, weights
from .base import Regularizer, logger
from .inputs import chosen
from .layout import batch_first
from .targets import targets_of
from .ways import told

if TYPE_CHECKING:
    from ..backends.types import Variable
    from .masks import Mask
    from .weights import Weight

__all__ = ['Contractive']


class Contractive(Regularizer, key='contractive'):
    r"""Penalize the derivative of outputs with respect to the input.

    For each example :math:`x` of the batch and each matching output
    :math:`Z_i` the squared Frobenius norm of the Jacobian,

    .. math:: \left\| \frac{\partial Z_i}{\partial x} \right\|_F^2,

    averaged over the examples and over the matching outputs; the norms for
    several inputs add up. Random draws in the graph (dropout, noise) are part
    of the function: the same draws in every row of the Jacobian.

    Parameters
    ----------
    pattern : str or sequence of str, optional
        Globs for the names of the outputs to differentiate. Defaults to
        ``None``: the outputs of the hidden layers or, in a graph without
        layers, every output that is not itself an input.
    weight : float or symbolic scalar, optional
        Strength of the penalty; not part of :meth:`loss`. Without one the
        penalty has no effect, and there is a warning.
    wrt : str or sequence of str, optional
        Globs for what to differentiate by: names of inputs of the graph, or
        else of outputs, or else of shared variables in the graph. Inputs of
        integer type are skipped. Defaults to ``'*'``: all inputs but scalars;
        in a graph that has none, since its data are in shared variables, those
        of them that are among the outputs. The first axis is that of the
        examples; `time_axis` tells where it is the second.
    reduction : {'mean', 'sum'}, optional
        Average or add up over the examples of the batch.
    method : {'auto', 'jacobian', 'hutchinson'}, optional
        How the norms are computed, see
        :func:`theanets_reg.squared_norms`: exactly, in the cheapest
        way that the graph proves right; exactly, by the definition; or an
        unbiased estimate for every graph, by random projections.
    samples : int, optional
        With ``'hutchinson'``, the number of projections, one backward pass
        each. Defaults to 1.
    rng : int or random stream, optional
        With ``'hutchinson'``, where the projections come from: a seed, or a
        stream of symbolic draws. Defaults to 13.
    mask : array or variable of shape (batch, time), or str, optional
        1 where a step counts and 0 where it is padding (or the name of such a
        variable among the outputs), for sequences of different lengths. Padding
        is neither output nor input: of outputs and inputs that have a time
        axis, (batch, time, ...), masked steps are not differentiated and not
        differentiated by. They are not counted either way, since nothing is
        divided by a number of steps. What is not a number in masked steps of
        the input is taken for 0.
    time_axis : {1, 0}, optional
        1: outputs and inputs are (batch, time, ...), as in theanets, or have
        no time axis. 0: those of three and more dimensions are (time, batch,
        ...), as ``scan`` has them. The mask is (batch, time) all the same.
    hessian : float or symbolic scalar, optional
        Where it is not 0, how the Jacobian changes close by is penalized, too: this times
        :math:`\mathrm{E}_\epsilon \|J(x) - J(x + \epsilon)\|_F^2` is added to
        the norm, with one draw for each example at each update. Defaults to 0.
    sigma : float or symbolic scalar, optional
        With `hessian`, the standard deviation of :math:`\epsilon`, which is normal.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of the kind described.

    Examples
    --------
    >>> train, valid = net.train([X], contractive=0.1)
    >>> train, valid = net.train([X], contractive=dict(
    ...     weight=0.1, pattern='hid1:out', wrt='in'))
    >>> reg = Contractive(pattern='h', weight=0.1, wrt='x')
    >>> cost = err + reg({'h': h})

    References
    ----------
    S. Rifai, P. Vincent, X. Muller, X. Glorot, & Y. Bengio (ICML 2011).
    "Contractive auto-encoders: Explicit invariance during feature extraction."

    S. Rifai, G. Mesnil, P. Vincent, X. Muller, Y. Bengio, Y. Dauphin, & X. Glorot (ECML
    2011). "Higher order contractive auto-encoder."
    """

    #: Of one that was pickled before there were these.
    hessian: Any = 0.
    sigma: Any = None

    def __init__(self, pattern: str | Sequence[str] | None = None,
                 weight: Weight = weights.NOT_GIVEN, wrt: str | Sequence[str] = '*',
                 reduction: str = 'mean', method: str = 'auto', samples: int = 1, rng: Any = 13,
                 mask: Mask | None = None, time_axis: int = 1, hessian: Any = 0.,
                 sigma: Any = None) -> None:
        super().__init__(pattern=pattern, weight=weight)
        self.wrt = matching.as_patterns(self._name, 'wrt', wrt)
        if self.wrt == ():
            raise ValueError("{}: wrt={!r} names nothing to differentiate by; expected "
                             "a glob, '*' for all inputs".format(self._name, wrt))
        self.reduction = self.choice('reduction', reduction, ('mean', 'sum'))
        self.method = self.choice('method', method, jacobian.METHODS)
        self.samples = jacobian.check_samples(self._name, samples)
        self.rng = jacobian.check_rng(self._name, rng)
        self.mask = self.as_mask(mask)
        self.time_axis = self.choice('time_axis', time_axis, (0, 1))
        self.hessian, self.sigma = curvature.as_curvature(self._name, hessian, sigma)

    def log(self) -> None:
        """Log class, weight, pattern and wrt to the logger ``theanets_reg``."""
        logger.info('regularizer: %s * %s(%s wrt %s)',
                    self.weight, self._name, self.pattern, self.wrt)

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
            If `wrt` matches no input and no output, there is a mask and nothing
            that has a time axis, or types tell that the mask does not fit.
        TypeError
            If `outputs` is no dict of str -> variable, or an output or an input
            has no derivatives (integer or sparse).
        AssertionError
            When the compiled function runs, if the mask is of another shape
            than (batch, time), or holds other values than 0 and 1.
        """
        targets, inputs = self._graph(layers, outputs)
        if not targets:
            return self.zero(outputs)
        if self.method == 'auto' and logger.isEnabledFor(logging.INFO):
            logger.info('contractive: %s', told(self.method, targets, inputs))
        first = self._norms(targets, inputs)
        if weights.is_zero(self.hessian):
            return first
        return first + weights.times(self.hessian, self._norms(
            self._changes(targets, inputs), inputs))

    def _norms(self, targets: dict[str, Variable], inputs: list[Variable]) -> Variable:
        """Of the inputs added up, over outputs the mean, over examples mean or sum."""
        norms = jacobian.squared_norms(targets, inputs, method=self.method,
                                       samples=self.samples, rng=self.rng)
        by_input = [self.over_examples(norm) for norm in norms]
        return backends.of(*by_input).total(by_input) / len(targets)

    def _changes(self, targets: dict[str, Variable],
                 inputs: list[Variable]) -> dict[str, Variable]:
        return curvature.changes(self._name, targets, inputs, self.sigma, self.rng)

    def explain(self, outputs: Mapping[str, Variable], layers: Sequence[Any] = ()) -> str:
        """Which way the norms of each output are computed, and why.

        Parameters
        ----------
        outputs, layers
            As for calling the penalty.

        Returns
        -------
        text : str
            One line for each pair of an output and an input, as
            :func:`theanets_reg.explain` tells them.

        Raises
        ------
        TypeError, ValueError
            As :meth:`loss`.

        Examples
        --------
        >>> print(Contractive().explain({'h': h}))
        h by x: closed form, because the output is an elementwise function of
        dot(input, W); about ... multiply-adds ...
        """
        targets, inputs = self._graph(layers, outputs)
        if targets and not weights.is_zero(self.hessian):
            targets = dict(targets, **self._changes(targets, inputs))
        return told(self.method, targets, inputs) if targets else ''

    def _graph(self, layers: Sequence[Any],
               outputs: Mapping[str, Variable]) -> tuple[dict[str, Variable], list[Variable]]:
        """What is differentiated, and what by.

        Returns
        -------
        targets : dict of str -> variable
            As they are computed from the inputs, without padding.
        inputs : list of variables
            Examples first.
        """
        messages.check_outputs(self._name, outputs)
        mask, candidates = self.find_mask(outputs)
        targets = dict(targets_of(self, layers, candidates))
        if not targets:
            return {}, []
        names, exprs = list(targets), list(targets.values())
        inputs = chosen(self._name, self.wrt, candidates, mask)
        if self.time_axis == 0:
            exprs, inputs = batch_first(exprs, inputs)
        if mask is not None:
            exprs, inputs = self._masked(mask, names, exprs, inputs)
        return dict(zip(names, exprs)), inputs

    def _masked(self, mask: Mask, names: Sequence[str], exprs: list[Variable],
                inputs: list[Variable]) -> tuple[list[Variable], list[Variable]]:
        """The outputs and the inputs without the steps that are padding."""
        if all(expr.ndim < 3 for expr in exprs + inputs):
            raise ValueError(
                '{}: there is a mask, but neither output {!r} nor an input has a time '
                'axis; expected (batch, time, ...). Leave the mask out, or choose '
                'others with pattern= and wrt='.format(self._name, names[0]))
        exprs = [masks.without_padding(self._name, mask, name, expr)
                 for name, expr in zip(names, exprs)]
        return masks.hold_padding(self._name, mask, exprs, inputs)
