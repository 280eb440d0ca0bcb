"""Sums of products by labels of axes, as products of matrices and reshapes."""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .types import Variable

__all__ = ['einsum']


def einsum(tensor: Any, labels: str, arrays: Sequence[Variable]) -> Variable | None:
    """A sum of products, of two arrays at a time, the first of them first.

    Parameters
    ----------
    tensor : module
    labels : str
        One letter for each axis of each array, and for those of the result: 'bi,bj->bij'.
    arrays : sequence of variables

    Returns
    -------
    array : variable or None
        None where an array has the same letter twice, or one is spread over others.
    """
    given, result = labels.split('->')
    names = given.split(',')
    ones = {(label, one) for name, array in zip(names, arrays)
            for label, one in zip(name, array.broadcastable)}
    if any(len(set(name)) < len(name) for name in names) or \
            len({label for label, _ in ones}) < len(ones):
        return None
    made, have = arrays[0], names[0]
    for place in range(1, len(arrays)):
        wanted = set(result).union(*names[place + 1:])
        made, have = _pair(tensor, (made, have), (arrays[place], names[place]), wanted)
    made, have = _without(made, have, set(result))
    return made.dimshuffle(*[have.index(label) for label in result])


def _without(array: Variable, have: str, wanted: set[str]) -> tuple[Variable, str]:
    """An array, summed over the axes that nobody wants."""
    axes = [a for a, label in enumerate(have) if label not in wanted]
    kept = ''.join(label for label in have if label in wanted)
    return (array.sum(axis=axes) if axes else array), kept


def _pair(tensor: Any, left: tuple[Variable, str], right: tuple[Variable, str],
          wanted: set[str]) -> tuple[Variable, str]:
    """The product of two arrays, summed over what nobody else wants."""
    one, first = _without(*left, wanted=wanted | set(right[1]))
    other, second = _without(*right, wanted=wanted | set(first))
    inner = [label for label in first if label in second and label not in wanted]
    both = [label for label in first if label in second and label in wanted]
    rows = [label for label in first if label not in second]
    columns = [label for label in second if label not in first]
    if not inner:
        have = first + ''.join(columns)
        return _laid(one, first, have) * _laid(other, second, have), have
    made = tensor.matmul(_as_matrices(one, first, both, rows, inner),
                         _as_matrices(other, second, both, inner, columns))
    shape = [one.shape[first.index(label)] for label in both + rows]
    shape += [other.shape[second.index(label)] for label in columns]
    return made.reshape(shape, ndim=len(shape)), ''.join(both + rows + columns)


def _laid(array: Variable, have: str, wanted: str) -> Variable:
    """An array with an axis for each label, of size one where it has none."""
    return array.dimshuffle(*[have.index(label) if label in have else 'x' for label in wanted])


def _as_matrices(array: Variable, have: str, both: list[str], rows: list[str],
                 columns: list[str]) -> Variable:
    """An array as matrices, each of `rows` by `columns`, for all of `both`."""
    turned = array.dimshuffle(*[have.index(label) for label in both + rows + columns])
    shape = [turned.shape[a] for a in range(turned.ndim)]
    split = len(both) + len(rows)
    sizes = [functools.reduce(operator.mul, part, 1)
             for part in (shape[len(both):split], shape[split:])]
    return turned.reshape(shape[:len(both)] + sizes, ndim=len(both) + 2)
