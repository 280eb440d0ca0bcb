"""The base class of all regularizers."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import backends, messages
from . import matching, weights
from .registry import Registered

if TYPE_CHECKING:
    from ..backends.types import Variable
    from .weights import Weight

__all__ = ['Regularizer']

logger = logging.getLogger('theanets_reg')


class Regularizer(Registered):
    """A penalty on the outputs of a computation graph.

    A subclass implements :meth:`loss` (or, rarely, :meth:`modify_graph`) and
    is registered under its class name and under the keys that it lists in
    ``__extra_registration_keys__``, all in lower case. From then on
    ``net.train(..., key=weight)`` builds it. An instance can be called:
    ``reg(outputs)`` is its weight times its loss.

    Parameters
    ----------
    pattern : str or sequence of str, optional
        Globs for the names of the outputs to regularize; case counts. What
        ``None`` stands for is up to the subclass.
    weight : float or symbolic scalar, optional
        Strength of the penalty. :meth:`loss` does not include it: the caller
        multiplies. Defaults to 0, of which there is a warning where the
        penalty is used; a 0 that was given has no effect and no cost.

    Raises
    ------
    TypeError
        If an argument has the wrong type or there is no such argument, or a
        subclass lists its keys as one string.
    ValueError
        If the weight is not finite.

    Warns
    -----
    UserWarning
        When a subclass is made that implements neither method, or takes a key
        that belongs to another class.

    Examples
    --------
    A penalty of your own:

    >>> class Energy(Regularizer):
    ...     __extra_registration_keys__ = ['energy']
    ...     def loss(self, layers, outputs):
    ...         return sum((z * z).mean() for _, z in self.matching(outputs))
    >>> Regularizer.build('energy', pattern='hid*:out', weight=0.1)
    Energy(pattern='hid*:out', weight=0.1)
    """

    _shown: tuple[str, ...] = ('pattern', 'weight')

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not cls.__name__.startswith('_') and cls.loss is Regularizer.loss \
                and cls.modify_graph is Regularizer.modify_graph:
            messages.warn('{}: the class has neither loss nor modify_graph of its own, so it '
                          'has no effect; define loss(self, layers, outputs)'.format(
                              cls.__name__))

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        _check_keywords(cls, kwargs)
        return super().__new__(cls)

    def __init__(self, pattern: str | Sequence[str] | None = None,
                 weight: Weight = weights.NOT_GIVEN) -> None:
        if pattern is not None:
            pattern = matching.as_patterns(self._name, 'pattern', pattern)
        self.pattern = pattern
        self.weight = weights.as_weight(self._name, weight)

    def __getstate__(self) -> dict[str, Any]:
        # A copy of the weight that was not given would be one that was.
        return {name: value for name, value in vars(self).items()
                if value is not weights.NOT_GIVEN}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update({'weight': weights.NOT_GIVEN}, **state)

    def __call__(self, outputs: Mapping[str, Variable], layers: Sequence[Any] = ()) -> Variable:
        """The penalty, weight included.

        Parameters
        ----------
        outputs : dict of str -> variable
            The named outputs of the model.
        layers : sequence of theanets layers, optional
            The layers of the model, where it has any.

        Returns
        -------
        penalty : scalar variable
            The weight times :meth:`loss`; where the weight is a plain 0, a
            zero for which nothing else is computed.
        """
        messages.check_outputs(self._name, outputs)
        weights.warn_not_given(self)
        if weights.is_zero(self.weight):
            return weights.zero(outputs)
        return weights.times(self.weight, self.loss(layers, outputs))

    @property
    def _name(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        return '{}({})'.format(self._name, ', '.join(
            '{}={!r}'.format(name, getattr(self, name)) for name in self._shown))

    def log(self) -> None:
        """Log class, weight and pattern to the logger ``theanets_reg``."""
        logger.info('regularizer: %s * %s(%s)', self.weight, self._name, self.pattern)

    def modify_graph(self, outputs: Mapping[str, Variable]) -> None:
        """Modify the outputs of one layer while a graph is being built.

        Penalties leave the graph as it is.

        Parameters
        ----------
        outputs : dict of str -> variable
            The outputs of one layer; changes are kept.
        """

    def loss(self, layers: Sequence[Any], outputs: Mapping[str, Variable]) -> Variable:
        """The penalty, without its weight.

        Parameters
        ----------
        layers : sequence of theanets layers
            The layers of the model; empty for a graph without layers.
        outputs : dict of str -> variable
            Every named output of the graph, e.g. ``'hid1:out'``.

        Returns
        -------
        loss : scalar variable
        """
        messages.check_outputs(self._name, outputs)
        return weights.zero(outputs)

    def matching(self, outputs: Mapping[str, Variable]) -> list[tuple[str, Variable]]:
        """The (name, variable) pairs of `outputs` that the pattern matches.

        A variable that goes by several names is there once, under the first of
        them. Warns (:class:`UnmatchedPatternWarning`) where there are none.

        Raises
        ------
        TypeError
            If `outputs` is no dict of str -> variable.
        """
        messages.check_outputs(self._name, outputs)
        pattern = '*' if self.pattern is None else self.pattern
        found = matching.select(outputs, pattern)
        if not found:
            matching.warn_unmatched(self._name, pattern, outputs)
        return found

    def _choice(self, argument: str, value: Any, choices: tuple[Any, ...]) -> Any:
        """Check that an argument has one of the values that it can have."""
        if isinstance(value, np.generic):
            value = value.item()
        if not any(type(value) is type(c) and value == c for c in choices):
            raise ValueError('{}: unknown {} {!r}; expected one of {}.{}'.format(
                self._name, argument, value, ', '.join(map(repr, choices)),
                messages.nearest(str(value), [c for c in choices if isinstance(c, str)])))
        return value

    def _floats(self, pairs: list[tuple[str, Variable]]) -> list[tuple[str, Variable]]:
        """Of matched outputs those that have derivatives.

        What a glob swept up besides is passed over; it is an error where it
        was named itself, or where nothing else is left.
        """
        good, bad = [], []
        for name, expr in pairs:
            fault = _fault(expr)
            if fault is None:
                good.append((name, expr))
            else:
                bad.append((name, fault))
        patterns = (self.pattern, ) if isinstance(self.pattern, str) else self.pattern
        for name, fault in bad:
            if not good or name in (patterns or ()):
                raise TypeError(
                    '{}: output {!r} {}; expected a dense float array. Choose '
                    'other outputs with pattern=, or cast it'
                    .format(self._name, name, fault))
        return good


def _fault(expr: Variable) -> str | None:
    """Why an output can't be differentiated, or None."""
    if not backends.of(expr).is_dense(expr):
        return 'is no ordinary tensor but a {}'.format(expr.type)
    if not expr.dtype.startswith('float'):
        return 'has the dtype {}, which has no derivatives'.format(expr.dtype)
    return None


def _check_keywords(cls: Any, given: Iterable[str]) -> None:
    parameters = inspect.signature(cls.__init__).parameters
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return
    expected = [name for name in parameters if name != 'self']
    for name in given:
        if name not in expected:
            raise TypeError('{}: unknown argument {!r}; expected some of {}.{}'.format(
                cls.__name__, name, messages.listed(expected),
                messages.nearest(name, expected)))
