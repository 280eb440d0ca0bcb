"""Keywords to regularizers, and regularizers to a penalty."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .. import messages
from . import noise_keywords, weights
from .base import Regularizer

if TYPE_CHECKING:
    from ..backends.types import Variable

__all__ = ['from_kwargs', 'penalty', 'split', 'warn_near_misses']


#: Keywords of theanets before 0.7, and what comes nearest to them today.
_OLDER = {'hidden_l2': 'activation_l2', 'input_dropouts': 'input_dropout',
          'hidden_dropouts': 'hidden_dropout', 'output_dropouts': 'output_dropout'}

#: Options of training that look like the name of a regularizer.
_TRAINING = ('rms_regularizer', )


def from_kwargs(graph: Any, **kwargs: Any) -> list[Regularizer]:
    """Construct regularizers from keyword arguments.

    Parameters
    ----------
    graph : theanets network or None
        Whose layers tell where ``input_noise`` and their like are applied.
    regularizers : Regularizer, list or tuple of them, or dict, optional
        Regularizers to add as they are, or more keyword arguments.
    **kwargs
        For each name of a registered regularizer: its weight (a number or a
        symbolic scalar), a dict of arguments for its constructor, an
        instance, or a list of these, for several penalties of one kind. None
        and False stand for none. Other names are passed over, since training
        options come in the same call, but for one that is nearly a
        regularizer's there is a warning.

    Returns
    -------
    regularizers : list of Regularizer

    Raises
    ------
    TypeError, ValueError
        If a value is none of these, or a regularizer is given both as a
        keyword and in ``regularizers={...}``.

    Warns
    -----
    UserWarning
        If a regularizer was given no weight.

    Examples
    --------
    >>> from_kwargs(None, recurrent_norm=0.1)
    [RecurrentNorm(pattern='*', weight=0.1, norm='squared', time_axis=1,
                   reduction='mean', mask=None)]
    """
    regularizers, rest = split(kwargs, graph=graph)
    warn_near_misses(rest)
    return regularizers


def penalty(outputs: Mapping[str, Variable], *regularizers: Any, layers: Sequence[Any] = (),
            **kwargs: Any) -> Variable:
    """The weighted sum of regularizers, for a model of your own.

    Parameters
    ----------
    outputs : dict of str -> variable
        The named outputs of the model.
    *regularizers : Regularizer, list or tuple of them, dict, or None
        Regularizers as they are, or keyword arguments in a dict.
    layers : sequence of theanets layers, optional
        The layers of the model, where it has any.
    **kwargs
        Regularizers, as for :func:`from_kwargs`.

    Returns
    -------
    penalty : scalar variable
        The sum of weight times loss over all regularizers. A penalty whose
        weight is a plain 0 is not even computed; 0 in the package's default
        float type if nothing else was given.

    Raises
    ------
    TypeError
        If `outputs` is no dict of str -> variable, no regularizer was given at
        all, something else than one, or a keyword that is not the name of one.
    ValueError
        If a name is given twice.

    Warns
    -----
    UserWarning
        If a regularizer was given no weight.

    Examples
    --------
    >>> cost = err + penalty({'h': h, 's': s}, contractive=0.1,
    ...                      recurrent_norm=dict(weight=1e-3, pattern='s'))
    >>> cost = err + penalty({'h': h}, Contractive(weight=0.1))
    """
    messages.check_outputs('penalty', outputs)
    if not regularizers and not kwargs:
        raise TypeError('penalty: no regularizer was given; expected one as in '
                        'penalty(outputs, contractive=0.1)')
    found, rest = split(kwargs, regularizers)
    for name in rest:
        raise TypeError('penalty: {!r} is not the name of a regularizer; expected '
                        'some of {}.{}'.format(
                            name, messages.listed(Regularizer.names()),
                            messages.nearest(name, Regularizer.names())))
    for regularizer in found:
        _refuse_without_loss(regularizer)
    terms = [weights.times(r.weight, r.loss(layers, outputs))
             for r in found if not weights.is_zero(r.weight)]
    return weights.total(terms) if terms else weights.zero(outputs)


def _refuse_without_loss(regularizer: Any) -> None:
    """Noise and its like have no share in a sum of penalties."""
    cls = type(regularizer)
    if isinstance(regularizer, Regularizer) and cls.loss is Regularizer.loss \
            and cls.modify_graph is not Regularizer.modify_graph:
        raise TypeError('penalty: {} changes a graph, and is no penalty; apply it to a '
                        'variable, {}(weight=0.1)(x)'.format(cls.__name__, cls.__name__))


def split(kwargs: dict[str, Any], positional: Sequence[Any] = (),
          graph: Any = None) -> tuple[list[Any], dict[str, Any]]:
    """Part arguments into regularizers and other things.

    Parameters
    ----------
    kwargs : dict
        Keyword arguments, ``regularizers`` among them.
    positional : sequence, optional
        More values such as ``regularizers`` takes.
    graph : theanets network, optional

    Returns
    -------
    regularizers : list of Regularizer
    rest : dict
        What names no regularizer, with the like of ``regularizers={...}``.
    """
    rest = dict(kwargs)
    given = [('regularizers= holds', rest.pop('regularizers', None))]
    given += [('a regularizer was given as', value) for value in positional]
    found = []
    for how, value in given:
        for part in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(part, dict):
                _merge(rest, part)
            elif not weights.is_none(part) and not weights.is_zero(part):
                found.append(_instance(how, part))
    found.extend(noise_keywords.taken(rest, graph))
    for name in [n for n in rest if Regularizer.is_registered(n)]:
        found.extend(_built(name, rest.pop(name)))
    for regularizer in found:
        _warn_not_given(regularizer)
    return found, rest


def _merge(rest: dict[str, Any], more: dict[str, Any]) -> None:
    """Add keyword arguments that came in a dict."""
    twice = sorted(set(more) & set(rest))
    if twice:
        raise ValueError('{!r} is given both as a keyword and in regularizers=; '
                         'give it once'.format(twice[0]))
    rest.update(more)


def _instance(how: str, value: Any) -> Any:
    if hasattr(value, 'output_name'):
        raise TypeError('{} {!r}, a layer; give layers by name: penalty(outputs, ..., '
                        'layers=net.layers)'.format(how, value))
    if isinstance(value, type) or not all(
            hasattr(value, name) for name in ('loss', 'weight', 'modify_graph')):
        raise TypeError('{} {!r}; expected instances of Regularizer, or a dict such as '
                        "{{'contractive': 0.1}}".format(how, value))
    return value


def _built(name: str, value: Any) -> list[Any]:
    """The regularizers that the value of a keyword stands for."""
    if isinstance(value, (list, tuple)):
        return [_build(name, part) for part in value if not weights.is_none(part)]
    return [] if weights.is_none(value) else [_build(name, value)]


def _build(name: str, value: Any) -> Any:
    if isinstance(value, Regularizer):
        expected = Regularizer.get_class(name)
        if not isinstance(value, expected):
            raise TypeError('{}={!r}: expected an instance of {}; give this one with '
                            'regularizers='.format(name, value, expected.__name__))
        return value
    arguments = value if isinstance(value, dict) else dict(weight=value)
    return Regularizer.build(name, **arguments)


def _warn_not_given(regularizer: Any) -> None:
    """Warn of a weight that was forgotten, where one has an effect."""
    if isinstance(regularizer, Regularizer) and \
            type(regularizer).loss is not Regularizer.loss:
        weights.warn_not_given(regularizer)


def warn_near_misses(names: Iterable[str], known: Collection[str] = ()) -> None:
    """Warn of names that are nearly, but not quite, those of regularizers.

    Parameters
    ----------
    names : iterable of str
    known : collection of str, optional
        More names of regularizers than are registered here.
    """
    known = {*known, *Regularizer.names(), *noise_keywords.NAMES, 'regularizers'}
    public = sorted(name for name in known if not name.startswith('_'))
    for name in names:
        lower = name.lower()
        if lower in known or lower in _TRAINING:
            continue
        if lower in _OLDER:
            messages.warn('{!r} is a keyword of older versions of theanets and has no effect. '
                          'The nearest of today is {!r}'.format(name, _OLDER[lower]))
            continue
        close = difflib.get_close_matches(lower, public, n=1, cutoff=0.8)
        if close:
            messages.warn('{!r} is not the name of a regularizer and has no effect '
                          'as one. Did you mean {!r}?'.format(name, close[0]))
