"""The base class of all regularizers, and the registry of their names."""

import inspect
import logging
import math
import numbers

import numpy as np

from . import backends as engines
from . import matching

__all__ = ['Regularizer']

logger = logging.getLogger('theanets_reg')


class Regularizer(object):
    """A penalty on the outputs of a computation graph.

    A subclass implements :meth:`loss` (or, rarely, :meth:`modify_graph`) and
    is registered under its class name and under the keys that it lists in
    ``__extra_registration_keys__``, all in lower case. From then on
    ``net.train(..., key=weight)`` builds it.

    Parameters
    ----------
    pattern : str or sequence of str, optional
        Globs for the names of the outputs to regularize; case counts. What
        ``None`` stands for is up to the subclass.
    weight : float or symbolic scalar, optional
        Strength of the penalty. :meth:`loss` does not include it: the caller
        multiplies. Defaults to 0.

    Raises
    ------
    TypeError
        If an argument has the wrong type or there is no such argument.
    ValueError
        If the weight is not finite.

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

    _registry = {}
    _shown = ('pattern', 'weight')

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        extra = cls.__dict__.get('__extra_registration_keys__', ())
        for key in (cls.__name__, ) + tuple(extra):
            Regularizer._registry[key.lower()] = cls

    def __new__(cls, *args, **kwargs):
        _check_keywords(cls, kwargs)
        return super().__new__(cls)

    def __init__(self, pattern=None, weight=0.):
        if pattern is not None:
            pattern = matching.as_patterns(self._name, 'pattern', pattern)
        self.pattern = pattern
        self.weight = _as_weight(self._name, weight)

    @classmethod
    def build(cls, key, *args, **kwargs):
        """Construct the regularizer that is registered under `key`.

        Raises
        ------
        KeyError
            If nothing is registered under that name.
        """
        return cls.get_class(key)(*args, **kwargs)

    @classmethod
    def is_registered(cls, key):
        """Whether a regularizer is registered under `key`, in any case."""
        return key.lower() in cls._registry

    @classmethod
    def get_class(cls, key):
        """The class that is registered under `key`, in any case.

        Raises
        ------
        KeyError
            If nothing is registered under that name.
        """
        if not cls.is_registered(key):
            raise KeyError('no regularizer is named {!r}; there are: {}.{}'.format(
                key, matching.listed(sorted(cls._registry)),
                matching.nearest(key, cls._registry)))
        return cls._registry[key.lower()]

    @property
    def key(self):
        """The keyword that it goes by: the first of its extra keys, or its class name."""
        extra = type(self).__dict__.get('__extra_registration_keys__', ())
        return (list(extra) + [self._name.lower()])[0]

    @property
    def _name(self):
        return type(self).__name__

    def __repr__(self):
        return '{}({})'.format(self._name, ', '.join(
            '{}={!r}'.format(name, getattr(self, name)) for name in self._shown))

    def log(self):
        """Log class, weight and pattern to the logger ``theanets_reg``."""
        logger.info('regularizer: %s * %s(%s)', self.weight, self._name, self.pattern)

    def modify_graph(self, outputs):
        """Modify the outputs of one layer while a graph is being built.

        Penalties leave the graph as it is.

        Parameters
        ----------
        outputs : dict of str -> variable
            The outputs of one layer; changes are kept.
        """

    def loss(self, layers, outputs):
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
        return self._zero(outputs)

    def matching(self, outputs):
        """The (name, variable) pairs of `outputs` that the pattern matches.

        Warns (:class:`UnmatchedPatternWarning`) where there are none.
        """
        pattern = '*' if self.pattern is None else self.pattern
        found = matching.select(outputs, pattern)
        if not found:
            matching.warn_unmatched(self._name, pattern, outputs)
        return found

    def _zero(self, outputs):
        if not outputs:
            return 0.
        engine = engines.of(*outputs.values())
        return engine.tensor.constant(np.asarray(0, engine.floatX))

    def _choice(self, argument, value, choices):
        """Check that an argument has one of the values that it can have."""
        if isinstance(value, np.generic):
            value = value.item()
        if not any(type(value) is type(c) and value == c for c in choices):
            raise ValueError('{}: unknown {} {!r}; expected one of {}.{}'.format(
                self._name, argument, value, ', '.join(map(repr, choices)),
                matching.nearest(str(value), [c for c in choices if isinstance(c, str)])))
        return value

    def _floats(self, pairs):
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


def _fault(expr):
    """Why an output can't be differentiated, or None."""
    if not engines.of(expr).is_dense(expr):
        return 'is no ordinary tensor but a {}'.format(expr.type)
    if not expr.dtype.startswith('float'):
        return 'has the dtype {}, which has no derivatives'.format(expr.dtype)
    return None


def _check_keywords(cls, given):
    parameters = inspect.signature(cls.__init__).parameters
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return
    expected = [name for name in parameters if name != 'self']
    for name in given:
        if name not in expected:
            raise TypeError('{}: unknown argument {!r}; expected some of {}.{}'.format(
                cls.__name__, name, matching.listed(expected),
                matching.nearest(name, expected)))


def _as_weight(owner, weight):
    """A weight as a Python float, or as the symbolic scalar that it is.

    NumPy scalars would turn a float32 loss into a float64 one.
    """
    if engines.is_symbolic(weight):
        if weight.ndim != 0:
            raise TypeError(
                '{}: the weight {} has {} dimensions; expected a scalar'.format(
                    owner, weight, weight.ndim))
        return weight
    if isinstance(weight, np.ndarray) and weight.ndim == 0:
        weight = weight[()]
    if not isinstance(weight, numbers.Real) or isinstance(weight, (bool, np.bool_)):
        raise TypeError(
            '{}: weight={!r} is not a number; expected a float such as 0.1, or a '
            'symbolic scalar (a shared variable)'.format(owner, weight))
    if not math.isfinite(weight):
        raise ValueError('{}: weight={!r} is not finite; expected a float such '
                         'as 0.1'.format(owner, weight))
    return float(weight)
