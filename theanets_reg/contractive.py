"""The contractive penalty: which Jacobians. How is the matter of `jacobian`."""

import logging

import numpy as np

from . import backends as engines
from . import jacobian
from . import masks, matching
from .base import Regularizer, logger

__all__ = ['Contractive']


class Contractive(Regularizer):
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
        Strength of the penalty; not part of :meth:`loss`. Defaults to 0.
    wrt : str or sequence of str, optional
        Globs for what to differentiate by: names of inputs of the graph, or
        else of outputs. Inputs of integer type are skipped. Defaults to
        ``'*'``: all inputs but scalars; in a graph that has none, since its
        data are in shared variables, those of them that are among the
        outputs. The first axis is that of the examples.
    reduction : {'mean', 'sum'}, optional
        Average or add up over the examples of the batch.
    method : {'auto', 'jacobian', 'hutchinson'}, optional
        How the norms are computed, see
        :func:`theanets_reg.jacobian.squared_norms`: exactly, in the cheapest
        way that the graph proves right; exactly, by the definition; or an
        unbiased estimate for every graph, by random projections.
    samples : int, optional
        With ``'hutchinson'``, the number of projections, one backward pass
        each. Defaults to 1.
    rng : int or random stream, optional
        With ``'hutchinson'``, where the projections come from: a seed, or a
        stream of symbolic draws. Defaults to 13.
    mask : array or variable of shape (batch, time), or str, optional
        1 where a step counts and 0 where it is padding (or the name of such
        an array in the outputs), for sequences of different lengths. Padding
        is neither output nor input: of outputs and inputs that have a time
        axis, (batch, time, ...), masked steps are not differentiated and not
        differentiated by. They are not counted either way, since nothing is
        divided by a number of steps. What is not a number in masked steps of
        the input is taken for 0.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of the kind described.

    Examples
    --------
    >>> net.train([X], contractive=0.1)
    >>> net.train([X], contractive=dict(weight=0.1, pattern='hid1:out', wrt='in'))
    >>> reg = Contractive(pattern='h', weight=0.1, wrt='x')
    >>> cost = err + reg.weight * reg.loss([], {'h': h})

    References
    ----------
    S. Rifai, P. Vincent, X. Muller, X. Glorot, & Y. Bengio (ICML 2011).
    "Contractive auto-encoders: Explicit invariance during feature extraction."
    """

    __extra_registration_keys__ = ['contractive']
    _shown = ('pattern', 'weight', 'wrt', 'reduction', 'method', 'samples', 'rng',
              'mask')

    def __init__(self, pattern=None, weight=0., wrt='*', reduction='mean',
                 method='auto', samples=1, rng=13, mask=None):
        super().__init__(pattern=pattern, weight=weight)
        self.wrt = matching.as_patterns(self._name, 'wrt', wrt)
        if self.wrt == ():
            raise ValueError("{}: wrt={!r} names nothing to differentiate by; expected "
                             "a glob, '*' for all inputs".format(self._name, wrt))
        self.reduction = self._choice('reduction', reduction, ('mean', 'sum'))
        self.method = self._choice('method', method, jacobian.METHODS)
        self.samples = jacobian.check_samples(self._name, samples)
        self.rng = jacobian.check_rng(self._name, rng)
        self.mask = masks.as_mask(self._name, mask)

    def log(self):
        """Log class, weight, pattern and wrt to the logger ``theanets_reg``."""
        logger.info('regularizer: %s * %s(%s wrt %s)',
                    self.weight, self._name, self.pattern, self.wrt)

    def loss(self, layers, outputs):
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
            If an output or an input has no derivatives (integer or sparse).
        """
        mask = masks.find(self._name, self.mask, outputs)
        candidates = {name: expr for name, expr in outputs.items()
                      if mask is None or expr is not mask}
        targets = self._targets(layers, candidates)
        if not targets:
            return self._zero(outputs)
        exprs, inputs = [expr for _, expr in targets], self._inputs(candidates, mask)
        if mask is not None:
            exprs, inputs = self._masked(mask, targets, inputs)
        if self.method == 'auto' and logger.isEnabledFor(logging.INFO):
            names = dict(zip(exprs, (name for name, _ in targets)))
            logger.info('contractive: %s', jacobian.explain(exprs, inputs, names))
        norms = jacobian.squared_norms(exprs, inputs, method=self.method,
                                       samples=self.samples, rng=self.rng)
        totals = [getattr(norm, self.reduction)() for norm in norms]
        return sum(totals[1:], totals[0]) / len(targets)

    def _targets(self, layers, outputs):
        """The (name, variable) pairs to differentiate."""
        if self.pattern is not None:
            return self._floats(self.matching(outputs))
        if layers:
            names = [_output_name(layer) for layer in layers[1:-1]]
            found = [(name, outputs[name]) for name in names if name in outputs]
        else:
            names = '*'
            found = [(name, expr) for name, expr in outputs.items()
                     if expr.owner is not None]
        if not found:
            matching.warn_unmatched(self._name, names, outputs)
        return self._floats(found)

    def _masked(self, mask, targets, inputs):
        """The outputs and the inputs without the steps that are padding."""
        if all(expr.ndim < 3 for expr in [e for _, e in targets] + inputs):
            raise ValueError(
                '{}: there is a mask, but neither output {!r} nor an input has a time '
                'axis; expected (batch, time, ...). Leave the mask out, or choose '
                'others with pattern= and wrt='.format(self._name, targets[0][0]))
        graph = [_without_padding(self._name, mask, name, expr) for name, expr in targets]
        graph += inputs
        for place in range(len(targets), len(graph)):
            graph = _hold_padding(self._name, mask, graph, place)
        return graph[:len(targets)], graph[len(targets):]

    def _inputs(self, outputs, mask=None):
        """The variables to differentiate by."""
        inputs = {v: names for v, names in _named_inputs(outputs).items()
                  if v is not mask}
        chosen = []
        for pattern in (self.wrt, ) if isinstance(self.wrt, str) else self.wrt:
            # A scalar, such as a keep rate, has no examples: it is meant only by name.
            found = [v for v, names in inputs.items() if (v.ndim or pattern != '*') and
                     any(matching.matches(name, pattern) for name in names)]
            if not found:
                # '*' says inputs, and must not sweep up the outputs themselves.
                found = [v for _, v in matching.select(outputs, pattern)
                         if pattern != '*' or _holds_data(v)]
            found = [v for v in found if self._is_float(v)]
            if not found:
                raise ValueError(_no_match(self._name, pattern, inputs, outputs))
            chosen.extend(v for v in found if v not in chosen)
        return chosen

    def _is_float(self, variable):
        if not engines.of(variable).is_dense(variable):
            raise TypeError(
                '{}: the input {} is no ordinary tensor but a {}; expected a dense float '
                'array. Let the graph begin with one, or name another input with wrt='
                .format(self._name, variable.name or variable, variable.type))
        return variable.dtype.startswith('float')


def _without_padding(owner, mask, name, output):
    """`output` with zeros, which have no derivatives, in the masked steps."""
    if output.ndim < 3:
        return output
    engine = engines.of(output)
    valid = _spread(masks.checked(owner, mask, name, output), output)
    # Padding may hold anything, NaN included: it must not reach a product,
    # not even one with zero.
    return engine.tensor.switch(valid, output, np.asarray(0, output.dtype))


def _hold_padding(owner, mask, graph, place):
    """Make a graph depend on one of its variables in steps that count only.

    The variable at `place` is exchanged for one to differentiate by; masked
    steps keep their values, as constants.
    """
    old = graph[place]
    if old.ndim < 3:
        return graph
    engine = engines.of(old)
    tensor, zero = engine.tensor, np.asarray(0, old.dtype)
    valid = _spread(masks.checked(owner, mask, old.name, old), old)
    new = old.copy()
    finite = tensor.switch(tensor.or_(tensor.isnan(old), tensor.isinf(old)), zero, old)
    graph = engines.replace(graph, {old: tensor.switch(valid, new, finite)})
    graph[place] = new
    return graph


def _spread(valid, variable):
    return valid.dimshuffle(0, 1, *['x'] * (variable.ndim - 2))


def _holds_data(variable):
    return isinstance(variable, engines.of(variable).SharedVariable)


def _output_name(layer):
    """The name of a layer's output: a method or a property in theanets."""
    name = layer.output_name
    return name() if callable(name) else name


def _named_inputs(outputs):
    """The array inputs of a graph, each with all the names that it goes by."""
    inputs = {v: [v.name or ''] for v in engines.inputs_of(list(outputs.values()))
              if hasattr(v, 'dtype')}
    for name, expr in outputs.items():
        if expr in inputs:
            inputs[expr].append(name)
    return inputs


def _no_match(owner, pattern, inputs, outputs):
    shown = ', '.join(dict.fromkeys(
        '{} ({})'.format(next(filter(None, names), 'unnamed'), v.dtype)
        for v, names in inputs.items()))
    floats = [name for v, names in inputs.items() if v.dtype.startswith('float')
              for name in names if name]
    floats += [name for name, v in outputs.items() if v.dtype.startswith('float')]
    return ('{}: wrt={!r} matches no floating input. Name one of the inputs: {}; or of '
            'the outputs: {}.{}'.format(
                owner, pattern, shown or 'none', matching.listed(outputs),
                matching.nearest(pattern, floats)))
