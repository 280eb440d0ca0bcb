"""The base class of all regularizers."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .. import messages
from . import arguments, matching, weights
from .helpers import Helpers
from .registry import Registered

if TYPE_CHECKING:
    from ..backends.types import Variable
    from .weights import Weight

__all__ = ['Regularizer']

logger = logging.getLogger('theanets_reg')


class Regularizer(Registered, Helpers):
    """A penalty on the outputs of a computation graph.

    A subclass implements :meth:`loss` (or, rarely, :meth:`modify_graph`) and
    is registered under its class name and under the keys that it is given, all in
    lower case: ``class Mine(Regularizer, key='mine')``, or ``keys=['mine', 'my']``
    (or, as in theanets, in ``__extra_registration_keys__``). From then on
    ``net.train(..., mine=weight)`` builds it. An instance can be called:
    ``reg(outputs)`` is its weight times its loss.

    Arguments of its own are named in the signature of its ``__init__``, which hands
    the others on as ``**kwargs``, and kept as attributes of the same names: ``repr``
    shows them, and an argument that none of the signatures names is a TypeError.

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
        If an argument has the wrong type or there is no such argument, or the
        keys of a subclass are not strings.
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

    >>> class Energy(Regularizer, key='energy'):
    ...     def __init__(self, norm='l2', **kwargs):
    ...         super().__init__(**kwargs)
    ...         self.norm = self.choice('norm', norm, ('l1', 'l2'))
    ...     def loss(self, layers, outputs):
    ...         terms = [(abs(z) if self.norm == 'l1' else z * z).sum(axis=1)
    ...                  for _, z in self.floats(self.matching(outputs))]
    ...         if not terms:
    ...             return self.zero(outputs)
    ...         return self.over_outputs([self.over_examples(t) for t in terms])
    >>> Regularizer.build('energy', pattern='hid*:out', weight=0.1)
    Energy(pattern='hid*:out', weight=0.1, norm='l2')
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not cls.__name__.startswith('_') and cls.loss is Regularizer.loss \
                and cls.modify_graph is Regularizer.modify_graph:
            messages.warn('{}: the class has neither loss nor modify_graph of its own, so it '
                          'has no effect; define loss(self, layers, outputs)'.format(
                              cls.__name__))

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        arguments.check_names(cls, kwargs)
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

    def __repr__(self) -> str:
        return '{}({})'.format(self._name, ', '.join(
            '{}={!r}'.format(name, getattr(self, name))
            for name in arguments.names(type(self)) if hasattr(self, name)))

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
