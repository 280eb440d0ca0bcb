"""The weights of a model: which arrays these are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .. import backends, messages
from . import matching

if TYPE_CHECKING:
    from ..backends.types import Variable

__all__ = ['OfWeights', 'as_params', 'chosen']


class OfWeights(object):
    """What penalties on weights have alike, to be inherited from before Regularizer."""

    # Of a Regularizer.
    _name: str
    pattern: Any
    params: Any
    zero: Any
    over_outputs: Any

    def loss(self, layers: Sequence[Any], outputs: Mapping[str, Variable]) -> Variable:
        """The penalty, without its weight.

        Parameters
        ----------
        layers : sequence of theanets layers
            The layers of the model; empty for a graph without layers.
        outputs : dict of str -> variable
            Not used.

        Returns
        -------
        loss : scalar variable
            Never negative.

        Raises
        ------
        ValueError
            If there are neither layers nor `params`, or none of `params` is chosen.
        TypeError
            If `outputs` is no dict of str -> variable, or one of the weights is no
            dense float array.
        """
        messages.check_outputs(self._name, outputs)
        found = chosen(self._name, self.pattern, self.params, layers)
        if not found:
            return self.zero(outputs)
        return self.over_outputs([self._of_one(param) for _, param in found])

    def _of_one(self, param: Variable) -> Variable:
        """What is penalized, of one weight."""
        raise NotImplementedError


def as_params(owner: str, params: Any) -> Any:
    """Check that `params` is None, or a list or a dict of variables.

    Parameters
    ----------
    owner : str
        Whose argument it is, for the message.
    params : sequence of variables, dict of str -> variable, or None

    Raises
    ------
    TypeError
        If it is none of these.
    """
    if params is None:
        return None
    if not isinstance(params, (Mapping, list, tuple)):
        raise TypeError('{}: params={} is no list; expected variables, params=[W, V]'.format(
            owner, messages.kind_of(params)))
    for param in params.values() if isinstance(params, Mapping) else params:
        if not backends.is_symbolic(param):
            raise TypeError(
                '{}: params= holds {}; expected shared variables or expressions, '
                'params=[W, V]'.format(owner, messages.kind_of(param)))
    return params


def chosen(owner: str, pattern: str | Sequence[str], params: Any,
           layers: Sequence[Any]) -> list[tuple[str, Variable]]:
    """The matching parameters of two and more dimensions, each once.

    Parameters
    ----------
    owner : str
        Whose they are, for the message.
    pattern : str or sequence of str
    params : sequence of variables, dict of str -> variable, or None
        What to choose from; None for the parameters of the layers.
    layers : sequence of theanets layers

    Returns
    -------
    pairs : list of (str, variable)

    Raises
    ------
    ValueError
        If there are neither parameters nor layers, or none of `params` is chosen.
    TypeError
        If one that is chosen is no dense float array.
    """
    named = _named(owner, params, layers)
    found: dict[Variable, str] = {}
    for name, param in named:
        if getattr(param, 'ndim', 0) > 1 and matching.matches(name, pattern):
            found.setdefault(param, name)
    if not found:
        _no_match(owner, pattern, params, [name for name, _ in named])
    for param, name in found.items():
        fault = messages.fault_of(param)
        if fault is not None:
            raise TypeError('{}: the parameter {!r} {}; expected a dense float array. Choose '
                            'others with pattern='.format(owner, name, fault))
    return [(name, param) for param, name in found.items()]


def _named(owner: str, params: Any, layers: Sequence[Any]) -> list[tuple[str, Variable]]:
    """All parameters with their names."""
    if isinstance(params, Mapping):
        return list(params.items())
    if params is None and not layers:
        raise ValueError('{}: there are no layers to take the weights from; give '
                         'params=[W, V], or layers=net.layers'.format(owner))
    given = [p for layer in layers for p in layer.params] if params is None else params
    return [(param.name or 'unnamed', param) for param in given]


def _no_match(owner: str, pattern: str | Sequence[str], params: Any, names: list[str]) -> None:
    first = pattern if isinstance(pattern, str) else ''.join(pattern[:1])
    told = 'pattern {!r} matches no parameter of two or more dimensions'.format(pattern)
    there = 'There are: {}.{}'.format(messages.listed(names), messages.nearest(first, names))
    if params is not None:
        raise ValueError('{}: {}. {}'.format(owner, told, there))
    messages.warn('{}: {}, so this penalty is 0. {}'.format(owner, told, there),
                  matching.UnmatchedPatternWarning)
