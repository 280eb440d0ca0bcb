"""Walks over graphs, which are made alike in both packages."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from .types import Variable

__all__ = ['alike', 'ancestors', 'dtype', 'exchange', 'replace', 'replace_in']


def ancestors(outputs: Sequence[Variable], known: Collection[Variable] = ()) -> list[Variable]:
    """All variables that `outputs` are computed from, inputs before results.

    Parameters
    ----------
    outputs : sequence of variables
    known : collection of variables, optional
        These are left out, and what is found through them only.

    Returns
    -------
    variables : list of variables
        In topological order, `outputs` included, each once.
    """
    seen, order, stack = set(), [], [(v, False) for v in reversed(outputs)]
    while stack:
        variable, expanded = stack.pop()
        if expanded:
            order.append(variable)
        elif variable not in seen and variable not in known:
            seen.add(variable)
            stack.append((variable, True))
            if variable.owner is not None:
                stack.extend((v, False) for v in reversed(variable.owner.inputs))
    return order


def dtype(variable: Variable) -> str:
    """The dtype of an array, be it dense or sparse; '' for what is none.

    The type of a list has under that name the type of its elements.
    """
    found = getattr(variable.type, 'dtype', '')
    return found if isinstance(found, str) else ''


def replace(outputs: Sequence[Variable],
            replacements: Mapping[Variable, Variable]) -> list[Variable]:
    """Rebuild `outputs` with some of their variables replaced.

    Only what depends on a replaced variable is built anew; everything else,
    the replacements themselves included, is shared with the old graph.

    Parameters
    ----------
    outputs : sequence of variables
    replacements : dict of variable -> variable

    Returns
    -------
    outputs : list of variables
    """
    new = dict(replacements)
    for variable in ancestors(outputs):
        node = variable.owner
        if variable in new or node is None:
            continue
        if any(v in new for v in node.inputs):
            clone = node.clone_with_new_inputs(
                [new.get(v, v) for v in node.inputs], strict=False)
            for old, fresh in zip(node.outputs, clone.outputs):
                new.setdefault(old, fresh)
    return [new.get(v, v) for v in outputs]


def replace_in(groups: Sequence[Sequence[Variable]],
               replacements: Mapping[Variable, Variable]) -> list[list[Variable]]:
    """The same for several lists of variables, which stay one graph.

    Parameters
    ----------
    groups : list of lists of variables
    replacements : dict of variable -> variable

    Returns
    -------
    groups : list of lists of variables
    """
    made = iter(replace([v for group in groups for v in group], replacements))
    return [[next(made) for _ in group] for group in groups]


def exchange(outputs: Sequence[Variable], inputs: Sequence[Variable],
             change: Callable[[Variable, int], tuple[Variable, Variable] | None]
             ) -> tuple[list[Variable], list[Variable]]:
    """Exchange inputs of a graph for others, one after the other.

    One of them may be computed from another.

    Parameters
    ----------
    outputs, inputs : sequences of variables
    change : callable
        Of an input and its place; returns the new one, and what is made of that to
        stand for the old one; None for an input that stays.

    Returns
    -------
    outputs, inputs : lists of variables
    """
    outputs, waiting = list(outputs), list(inputs)
    done: list[Variable] = []
    while waiting:
        old = waiting.pop(0)
        changed = change(old, len(done))
        if changed is None:
            done.append(old)
            continue
        new, stand_in = changed
        outputs, waiting, done = replace_in([outputs, waiting, done], {old: stand_in})
        done.append(new)
    return outputs, done


def alike(one: Variable, other: Variable, depth: int = 4) -> bool:
    """Whether two variables are seen to be one and the same number.

    They are where the same ops make them of the same variables, a few steps back.
    """
    if one is other:
        return True
    nodes: list[Any] = [getattr(v, 'owner', None) for v in (one, other)]
    if not depth or None in nodes or nodes[0].op != nodes[1].op or \
            len(nodes[0].inputs) != len(nodes[1].inputs):
        return False
    places = [node.outputs.index(v) for node, v in zip(nodes, (one, other))]
    return places[0] == places[1] and all(
        alike(a, b, depth - 1) for a, b in zip(nodes[0].inputs, nodes[1].inputs))
