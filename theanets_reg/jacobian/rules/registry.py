"""What is known of each op: three rules, registered side by side.

* A *batch-axis rule* says where the examples are in an output of a node, and so
  proves that the op keeps them apart.
* A *size rule* says how large an axis of an output is.
* A *batching rule* says what the op, in a graph that is linear in what is
  carried, makes of many cotangents or tangents at once.

A kind of op that has one of them has all, or says with :func:`without` why not.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Callable, Dict, TypeVar

__all__ = ['SORTS', 'batch_axis', 'batching', 'forget', 'reasons', 'register', 'rules_of',
           'size', 'without']

SORTS = ('batch axis', 'size', 'batching')

_RULES: Dict[str, dict] = {what: {} for what in SORTS}
_REASONS: Dict[str, dict] = {what: {} for what in SORTS}

#: A function that is registered comes back as it is.
Rule = TypeVar('Rule', bound=Callable[..., Any])


def rules_of(what: str) -> dict[Any, Callable[..., Any]]:
    """The rules of one sort: a dict of kind -> rule."""
    return _RULES[what]


def reasons(what: str) -> dict[Any, str]:
    """Why some kinds have no rule of one sort: a dict of kind -> reason."""
    return _REASONS[what]


def register(what: str, kinds: Iterable[Any], rule: Rule) -> Rule:
    """Note a rule for some kinds of op; what was there before is replaced."""
    for kind in kinds:
        _RULES[what][kind] = rule
    return rule


def forget(kind: Any) -> None:
    """Drop all rules of a kind."""
    for what in SORTS:
        _RULES[what].pop(kind, None)


def without(what: str, *kinds: Any, why: str) -> None:
    """Note why some kinds have no rule of one sort."""
    for kind in kinds:
        _REASONS[what][kind] = why


def batch_axis(*kinds: str) -> Callable[[Rule], Rule]:
    """Register a function of (proof, node, output) that returns a Batch.

    It may return None, where no gradient goes through, or raise
    :class:`~..errors.Unproven`.
    """
    return lambda rule: register('batch axis', kinds, rule)


def size(*kinds: str) -> Callable[[Rule], Rule]:
    """Register a function of (sizes, node, output, axis) that returns a Size.

    Or None where it is not known.
    """
    return lambda rule: register('size', kinds, rule)


def batching(*kinds: str) -> Callable[[Rule], Rule]:
    """Register a function of a Site that returns a LinearMap for each output.

    It may raise :class:`~..errors.Unsupported`.
    """
    return lambda rule: register('batching', kinds, rule)
