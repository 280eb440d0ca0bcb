"""Noise and dropout: regularizers that change a graph while it is built."""

from __future__ import annotations

import numbers
import weakref
from collections.abc import Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import backends, jacobian, messages
from . import draws, matching, weights
from .base import Regularizer

if TYPE_CHECKING:
    from ..backends.types import Variable
    from .weights import Weight

__all__ = ['BernoulliDropout', 'GaussianNoise']

#: Of each regularizer: the variables that it was applied to, by their make-up.
_applied: Any = weakref.WeakKeyDictionary()


class _Drawn(Regularizer):
    """Each matching output with something drawn at random."""

    #: What the output as it was is called, behind its name.
    suffix = ''

    def __init__(self, pattern: str | Sequence[str] = '*:out',
                 weight: Weight = weights.NOT_GIVEN, rng: Any = 13) -> None:
        super().__init__(pattern='*:out' if pattern is None else pattern, weight=weight)
        self.rng = jacobian.check_rng(self._name, rng)
        if isinstance(self.weight, numbers.Real):
            self._check(self.weight)

    def __call__(self, outputs: Any, layers: Sequence[Any] = ()) -> Any:
        """A variable with what is drawn; the same draws wherever the result is used.

        Called again for the same variable, it draws the same from a seed, and others
        from a stream.

        Parameters
        ----------
        outputs : float variable
            Of any shape. Not a dict of outputs, of which this is no penalty.
        layers
            Not used.

        Returns
        -------
        drawn : variable
            Of the same type; `outputs` itself where the weight is 0.

        Raises
        ------
        TypeError
            If it is no variable, or no dense float array.
        """
        if not backends.is_symbolic(outputs):
            raise TypeError('{}: expected a variable to apply it to, {}(weight=0.1)(x), got '
                            '{}. It changes a graph, and is no penalty on outputs'.format(
                                self._name, self._name, messages.kind_of(outputs)))
        weights.warn_not_given(self)
        fault = messages.fault_of(outputs)
        if fault is not None:
            raise TypeError('{}: {} {}; expected a dense float array. Cast it'.format(
                self._name, outputs.name or outputs, fault))
        return self._drawn(outputs)

    def modify_graph(self, outputs: Mapping[str, Variable]) -> None:
        """Exchange the matching outputs of one layer, while a graph is being built.

        Parameters
        ----------
        outputs : dict of str -> variable
            The outputs of one layer; changes are kept. As it was an output goes by its
            name with ``-prenoise`` or ``-predrop`` behind.

        Raises
        ------
        TypeError
            If an output that was named itself is no dense float array; one that a glob
            swept up besides stays as it is.
        """
        assert self.pattern is not None and isinstance(outputs, MutableMapping)
        for name, output in list(outputs.items()):
            if not matching.matches(name, self.pattern):
                continue
            if messages.fault_of(output) is not None:
                self._refuse_named(name, output)
                continue
            outputs[name + self.suffix] = output
            outputs[name] = self._drawn(output)

    def _refuse_named(self, name: str, output: Variable) -> None:
        patterns = (self.pattern, ) if isinstance(self.pattern, str) else self.pattern
        if name in (patterns or ()):
            raise TypeError('{}: output {!r} {}; expected a dense float array. Choose other '
                            'outputs with pattern='.format(
                                self._name, name, messages.fault_of(output)))

    def _drawn(self, variable: Variable) -> Variable:
        if weights.is_zero(self.weight):
            return variable
        stream = draws.stream_for(variable, self.rng, type(self).__name__, self._nth(variable))
        wide = backends.of(variable).wide(variable)
        return self._with_draws(wide, stream, self._weight_as(wide)).astype(variable.dtype)

    def _nth(self, variable: Variable) -> int:
        """Which this is of the variables of one make-up, such as inputs without names."""
        alike = _applied.setdefault(self, {}).setdefault(draws.make_up(variable), [])
        if variable not in alike:
            alike.append(variable)
        return alike.index(variable)

    def _weight_as(self, variable: Variable) -> Any:
        """The weight in the float type of `variable`."""
        if backends.is_symbolic(self.weight):
            return self.weight.astype(variable.dtype)
        return np.asarray(self.weight, variable.dtype)

    def _check(self, weight: Any) -> None:
        """Check a weight that is a number."""
        raise NotImplementedError

    def _with_draws(self, variable: Variable, stream: Any, weight: Any) -> Variable:
        raise NotImplementedError


class GaussianNoise(_Drawn, key='noise'):
    r"""Add Gaussian noise to outputs.

    Each element of a matching output :math:`Z` becomes :math:`Z + \epsilon`, where
    :math:`\epsilon \sim \mathcal{N}(0, \sigma^2)` and :math:`\sigma` is the weight.

    In theanets the keywords are ``input_noise``, ``hidden_noise``, ``output_noise``, and
    ``noise``: a number for the outputs of all layers, or a dict of patterns and numbers.

    Parameters
    ----------
    pattern : str or sequence of str, optional
        Globs for the names of the outputs of a network. Defaults to ``'*:out'``: those
        of all layers.
    weight : float or symbolic scalar, optional
        The standard deviation. Without one there is no noise; a warning says so where it
        is applied to a variable.
    rng : int or random stream, optional
        Where the draws come from. From a seed each variable has draws of its own,
        which are independent of those of others, and come again when the graph is built
        again. Variables that nothing tells apart, such as inputs without names, must be
        given to one instance, or to several with different seeds. A stream of symbolic
        draws is drawn from in turn. Defaults to 13.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of the kind described, or the weight negative.

    Examples
    --------
    >>> train, valid = net.train([X], input_noise=0.1)
    >>> train, valid = net.train([X], noise={'hid*:out': 0.1, 'in:out': 0.01})
    >>> noisy = GaussianNoise(weight=0.1)(x)     # x: a variable of any graph

    References
    ----------
    P. Vincent, H. Larochelle, Y. Bengio, & P.-A. Manzagol (ICML 2008). "Extracting and
    composing robust features with denoising autoencoders."
    """

    suffix = '-prenoise'

    def _check(self, weight: Any) -> None:
        if weight < 0:
            raise ValueError('{}: weight={!r} is negative; expected a standard deviation '
                             'such as 0.1'.format(self._name, weight))

    def _with_draws(self, variable: Variable, stream: Any, weight: Any) -> Variable:
        return variable + weight * draws.normal(stream, variable)


class BernoulliDropout(_Drawn, key='dropout'):
    r"""Set elements of outputs to zero, and scale the others up.

    Each element of a matching output :math:`Z` becomes 0 with the probability
    :math:`p`, the weight, and :math:`Z / (1 - p)` otherwise, which keeps the mean.
    (theanets 0.7.3 divides by :math:`p`.)

    In theanets the keywords are ``input_dropout``, ``hidden_dropout``, ``output_dropout``,
    and ``dropout``: a number for the outputs of all layers, or a dict of patterns and
    numbers.

    Parameters
    ----------
    pattern, rng
        As in :class:`GaussianNoise`.
    weight : float or symbolic scalar, optional
        The probability of being dropped, less than 1. Without one nothing is.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of the kind described, or the weight no such probability.

    Examples
    --------
    >>> train, valid = net.train([X], hidden_dropout=0.5)
    >>> train, valid = net.train([X], dropout={'hid*:out': 0.5, 'in:out': 0.2})
    >>> dropped = BernoulliDropout(weight=0.5)(h)     # h: a variable of any graph

    References
    ----------
    G. E. Hinton, N. Srivastava, A. Krizhevsky, I. Sutskever, & R. R. Salakhutdinov (2012).
    "Improving neural networks by preventing co-adaptation of feature detectors."
    arXiv:1207.0580.
    """

    suffix = '-predrop'

    def _check(self, weight: Any) -> None:
        if not 0 <= weight < 1:
            raise ValueError('{}: weight={!r} is no probability of being dropped; expected '
                             'at least 0 and less than 1, such as 0.5'.format(
                                 self._name, weight))

    def _with_draws(self, variable: Variable, stream: Any, weight: Any) -> Variable:
        keep = 1 - weight
        kept = backends.of(variable).tensor.lt(draws.uniform(stream, variable), keep)
        return variable * (kept.astype(variable.dtype) / keep)
