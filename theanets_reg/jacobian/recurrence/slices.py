"""Slices of units, taken of weights rather than of what they make.

Gates are often computed side by side, with one wide matrix, and cut apart behind.
Cut apart in front each of them is a function of its own, and unit k of it one of
unit k.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...backends.base import Backend
    from ...backends.types import Node, Variable
    from .products import Products

__all__ = ['pulled_down']


def pulled_down(backend: Backend, variable: Variable, cut: slice, moving: Collection[Variable],
                products: Products, done: dict[Variable, Variable] | None = None) -> Variable:
    """``variable[..., cut]``, the slice taken as early as it can be.

    Parameters
    ----------
    backend : Backend
    variable : variable
    cut : slice
    moving : collection of variables
        Those that the derivatives go through; others are cut as they are.
    products : Products
    """
    done = {} if done is None else done
    if variable not in done:
        done[variable] = _cut(backend, variable, cut, moving, products, done)
    return done[variable]


def _cut(backend: Backend, variable: Variable, cut: slice, moving: Collection[Variable],
         products: Products, done: dict[Variable, Variable]) -> Variable:
    node = variable.owner
    if variable in products.factors:
        left, right = products.factors[variable]
        return products.make(left, right[:, cut])
    if variable in moving and node is not None and not variable.broadcastable[-1]:
        rule = _RULES.get(backend.kind(node))
        made = rule and rule(backend, node, cut, moving, products, done)
        if made is not None:
            return made
    return variable[tuple([slice(None)] * (variable.ndim - 1) + [cut])]


def _elementwise(backend: Backend, node: Node, cut: slice, moving: Collection[Variable],
                 products: Products, done: dict[Variable, Variable]) -> Variable | None:
    if len(node.outputs) > 1:
        return None
    return node.op(*[
        v if v.broadcastable[-1] else pulled_down(backend, v, cut, moving, products, done)
        for v in node.inputs])


def _dimshuffle(backend: Backend, node: Node, cut: slice, moving: Collection[Variable],
                products: Products, done: dict[Variable, Variable]) -> Variable | None:
    source, order = node.inputs[0], backend.order(node)
    if not source.ndim or order[-1] != source.ndim - 1:
        return None
    return pulled_down(backend, source, cut, moving, products, done).dimshuffle(*order)


_RULES = {'elemwise': _elementwise, 'dimshuffle': _dimshuffle}
