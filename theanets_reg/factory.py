"""Keywords to regularizers, and regularizers to a penalty."""

import difflib

import numpy as np

from . import backends as engines
from . import matching
from .base import Regularizer

__all__ = ['from_kwargs', 'penalty', 'split', 'warn_near_misses']


def from_kwargs(graph, **kwargs):
    """Construct regularizers from keyword arguments.

    Parameters
    ----------
    graph : theanets network or None
        Not used; it has the place that it has in theanets.
    regularizers : Regularizer, list or tuple of them, or dict, optional
        Regularizers to add as they are, or more keyword arguments.
    **kwargs
        For each name of a registered regularizer: its weight (a number or a
        symbolic scalar), a dict of arguments for its constructor, or an
        instance. Other names are passed over, since training options come in
        the same call, but for one that is nearly a regularizer's there is a
        warning.

    Returns
    -------
    regularizers : list of Regularizer

    Raises
    ------
    TypeError, ValueError
        If a value is none of these, or a regularizer is given both as a
        keyword and in ``regularizers={...}``.

    Examples
    --------
    >>> from_kwargs(None, recurrent_norm=0.1)
    [RecurrentNorm(pattern='*', weight=0.1, norm='squared', time_axis=1, reduction='mean', mask=None)]
    """
    regularizers, rest = split(kwargs)
    warn_near_misses(rest)
    return regularizers


def penalty(outputs, layers=(), **kwargs):
    """The weighted sum of regularizers, for a model of your own.

    Parameters
    ----------
    outputs : dict of str -> variable
        The named outputs of the model.
    layers : sequence of theanets layers, optional
        The layers of the model, where it has any.
    **kwargs
        Regularizers, as for :func:`from_kwargs`.

    Returns
    -------
    penalty : scalar variable
        The sum of weight times loss over all regularizers.

    Raises
    ------
    TypeError
        If a keyword is not the name of a regularizer.

    Examples
    --------
    >>> cost = err + penalty({'h': h, 's': states}, contractive=0.1,
    ...                      recurrent_norm=dict(weight=1e-3, pattern='s'))
    """
    regularizers, rest = split(kwargs)
    for name in rest:
        raise TypeError('penalty: {!r} is not the name of a regularizer; expected '
                        'some of {}.{}'.format(
                            name, matching.listed(sorted(Regularizer._registry)),
                            matching.nearest(name, Regularizer._registry)))
    terms = [_weighted(r.weight, r.loss(layers, outputs)) for r in regularizers]
    return sum(terms[1:], terms[0]) if terms else 0.


def split(kwargs):
    """Part keyword arguments into regularizers and other things.

    Returns
    -------
    regularizers : list of Regularizer
    rest : dict
        What names no regularizer, with the like of ``regularizers={...}``.
    """
    rest = dict(kwargs)
    given = rest.pop('regularizers', ())
    if isinstance(given, dict):
        twice = sorted(set(given) & set(rest))
        if twice:
            raise ValueError('{!r} is given both as a keyword and in regularizers=; '
                             'give it once'.format(twice[0]))
        rest.update(given)
        given = ()
    regularizers = [_instance(r) for r in (
        given if isinstance(given, (list, tuple)) else [given])]
    for name in [n for n in rest if Regularizer.is_registered(n)]:
        regularizers.append(_build(name, rest.pop(name)))
    return regularizers, rest


def _instance(value):
    if isinstance(value, type) or not all(
            hasattr(value, name) for name in ('loss', 'weight', 'modify_graph')):
        raise TypeError('regularizers= holds {!r}; expected instances of Regularizer, '
                        "or a dict such as {{'contractive': 0.1}}".format(value))
    return value


def _build(name, value):
    if isinstance(value, Regularizer):
        expected = Regularizer.get_class(name)
        if not isinstance(value, expected):
            raise TypeError('{}={!r}: expected an instance of {}; give this one with '
                            'regularizers='.format(name, value, expected.__name__))
        return value
    arguments = value if isinstance(value, dict) else dict(weight=value)
    return Regularizer.build(name, **arguments)


def _weighted(weight, loss):
    """Their product, in the float type of the loss."""
    if not engines.is_symbolic(loss):
        return weight * loss
    if engines.is_symbolic(weight):
        return weight.astype(loss.dtype) * loss
    return np.asarray(weight, loss.dtype) * loss


def warn_near_misses(names):
    """Warn of names that are nearly, but not quite, those of regularizers."""
    for name in names:
        close = difflib.get_close_matches(
            name.lower(), list(Regularizer._registry), n=1, cutoff=0.8)
        if close:
            matching.warn('{!r} is not the name of a regularizer and has no effect '
                          'as one. Did you mean {!r}?'.format(name, close[0]))
