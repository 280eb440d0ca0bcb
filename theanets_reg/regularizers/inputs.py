"""What to differentiate by: the inputs of a graph, by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .. import backends, messages
from . import matching

if TYPE_CHECKING:
    from ..backends.types import Variable

__all__ = ['chosen']


def chosen(owner: str, patterns: str | Sequence[str], outputs: Mapping[str, Variable],
           mask: Any = None) -> list[Variable]:
    """The float variables that `patterns` name.

    Each pattern is looked for among the inputs of the graph, then among the
    outputs, and then among the named shared variables in the graph, which may
    hold the data. ``'*'`` means what is data beyond doubt: all inputs but
    scalars, or shared variables that are among the outputs.

    Parameters
    ----------
    owner : str
        Whose argument it is, for the message.
    patterns : str or sequence of str
    outputs : dict of str -> variable
    mask : variable or None
        An input that is none of these.

    Returns
    -------
    variables : list of variables, each once

    Raises
    ------
    ValueError
        If a pattern names none.
    TypeError
        If it names something sparse.
    """
    inputs = {v: names for v, names in _named_inputs(outputs).items() if v is not mask}
    shared = [v for v in _named_shared(outputs) if v is not mask]
    found: dict[Variable, bool] = {}
    for pattern in (patterns, ) if isinstance(patterns, str) else patterns:
        some = [v for v in _matching(pattern, inputs, outputs, shared)
                if _is_float(owner, v)]
        if not some:
            raise ValueError(_no_match(owner, pattern, inputs, outputs, shared))
        found.update((v, True) for v in some)
    return list(found)


def _matching(pattern: str, inputs: dict[Variable, list[str]], outputs: Mapping[str, Variable],
              shared: list[Variable]) -> list[Variable]:
    # A scalar, such as a keep rate, has no examples: it is meant only by name.
    found = [v for v, names in inputs.items() if (v.ndim or pattern != '*') and
             any(matching.matches(name, pattern) for name in names)]
    if found:
        return found
    # '*' says inputs, and must not sweep up the outputs themselves.
    found = [v for _, v in matching.select(outputs, pattern)
             if pattern != '*' or _holds_data(v)]
    if found or pattern == '*':
        return found
    return [v for v in shared if matching.matches(v.name, pattern)]


def _is_float(owner: str, variable: Variable) -> bool:
    fault = messages.fault_of(variable)
    if fault is not None and not backends.of(variable).is_dense(variable):
        raise TypeError(
            '{}: the input {} {}; expected a dense float array. Let the graph begin with '
            'one, or name another input with wrt='
            .format(owner, variable.name or variable, fault))
    return fault is None


def _holds_data(variable: Variable) -> bool:
    return isinstance(variable, backends.of(variable).SharedVariable)


def _named_inputs(outputs: Mapping[str, Variable]) -> dict[Variable, list[str]]:
    """The array inputs of a graph, each with all the names that it goes by."""
    inputs = {v: [v.name or ''] for v in backends.inputs_of(list(outputs.values()))
              if hasattr(v, 'dtype')}
    for name, expr in outputs.items():
        if expr in inputs:
            inputs[expr].append(name)
    return inputs


def _named_shared(outputs: Mapping[str, Variable]) -> list[Variable]:
    """The shared arrays in a graph that have names and derivatives."""
    return [v for v in backends.ancestors(list(outputs.values()))
            if v.name and _holds_data(v) and
            getattr(v, 'dtype', '').startswith('float')]


def _no_match(owner: str, pattern: str, inputs: dict[Variable, list[str]],
              outputs: Mapping[str, Variable], shared: list[Variable]) -> str:
    floats = [name for v, names in inputs.items() if v.dtype.startswith('float')
              for name in names if name]
    floats += [name for name, v in outputs.items()
               if getattr(v, 'dtype', '').startswith('float')]
    floats += [v.name for v in shared]
    held = ''
    if shared:
        held = ', of the shared variables: {}'.format(_listed((v, [v.name]) for v in shared))
    return ('{}: wrt={!r} matches no floating input. Name one of the inputs: {}{}; or of '
            'the outputs: {}.{}'.format(
                owner, pattern, _listed(inputs.items()), held, messages.listed(outputs),
                messages.nearest(pattern, floats)))


def _listed(named: Iterable[tuple[Variable, list[str]]]) -> str:
    """Variables for a message, with their names and dtypes."""
    return ', '.join(dict.fromkeys(
        '{} ({})'.format(next(filter(None, names), 'unnamed'), v.dtype)
        for v, names in named)) or 'none'
