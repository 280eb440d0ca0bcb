"""Complex numbers on the way from an input to an output, as pairs of real ones.

Neither package has a gradient through complex numbers. What is computed with their real
and imaginary parts apart is the same function, and has one.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Callable

from .. import backends

if TYPE_CHECKING:
    from ..backends.base import Backend
    from ..backends.types import Node, Variable

__all__ = ['in_pairs']

#: A real and an imaginary part.
Pair = Any


def in_pairs(variables: list[Variable]) -> list[Variable]:
    """The same variables, computed without complex numbers.

    Parameters
    ----------
    variables : list of real variables

    Returns
    -------
    variables : list of variables
        Those that need no change are themselves. Where an op on complex numbers is not
        known, it and all that is computed from it stay as they are.
    """
    ancestors = backends.ancestors(variables)
    if not any(_is_complex(v) for v in ancestors):
        return variables
    pairs = _Pairs(backends.of(*variables))
    for variable in ancestors:
        if variable.owner is not None:
            pairs.add(variable)
    return [pairs.real.get(v, v) for v in variables]


def _is_complex(variable: Variable) -> bool:
    return backends.dtype(variable).startswith('complex')


class _Pairs(object):
    """What stands for the variables of a graph.

    Attributes
    ----------
    parts : dict of complex variable -> (real part, imaginary part)
    real : dict of variable -> variable
        For real variables that are made of complex ones.
    """

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.parts: dict[Variable, Pair] = {}
        self.real: dict[Variable, Variable] = {}

    def add(self, variable: Variable) -> None:
        """Note what stands for the result of a node whose inputs have been added."""
        node = variable.owner
        if _is_complex(variable) or any(_is_complex(v) for v in node.inputs):
            made = self.rule(node)(self, node)
            if made is None:
                return
            if _is_complex(variable):
                self.parts[variable] = made
            else:
                self.real[variable] = made.astype(variable.dtype)
        elif any(v in self.real for v in node.inputs):
            clone = node.clone_with_new_inputs([self.real.get(v, v) for v in node.inputs])
            self.real.update(zip(node.outputs, clone.outputs))
        if variable in self.real:
            self.real[variable].name = variable.name

    def rule(self, node: Node) -> Callable[..., Any]:
        kind = self.backend.kind(node)
        if kind == 'elemwise':
            return _ELEMENTWISE.get(
                self.backend.scalar_kind(node), lambda pairs, node: None)
        return _RULES.get(kind, lambda pairs, node: None)

    def of(self, variable: Variable) -> Pair:
        """The real and the imaginary part of a variable."""
        if variable in self.parts:
            return self.parts[variable]
        if _is_complex(variable):
            # A leaf, or the end of what is known.
            return self.backend.tensor.real(variable), self.backend.tensor.imag(variable)
        variable = self.real.get(variable, variable)
        return variable, self.backend.tensor.zeros_like(variable)


def _elementwise(rule: Any) -> Callable[[_Pairs, Node], Any]:
    """A rule that is given the package's functions and the pairs of all inputs."""
    return lambda pairs, node: rule(pairs.backend.tensor, *[pairs.of(v) for v in node.inputs])


def _each_part(pairs: _Pairs, node: Node) -> Pair:
    """An op that moves elements and computes nothing."""
    return tuple(node.op(part, *node.inputs[1:]) for part in pairs.of(node.inputs[0]))


def _sum(pairs: _Pairs, node: Node) -> Pair:
    axes = pairs.backend.axes(node)
    return tuple(part.sum(axis=axes) for part in pairs.of(node.inputs[0]))


def _multiply(multiply: Callable[..., Variable], left: Pair, right: Pair) -> Pair:
    return (multiply(left[0], right[0]) - multiply(left[1], right[1]),
            multiply(left[0], right[1]) + multiply(left[1], right[0]))


def _dot(pairs: _Pairs, node: Node) -> Pair:
    return _multiply(pairs.backend.tensor.dot, *[pairs.of(v) for v in node.inputs])


def _product(tensor: Any, *factors: Pair) -> Pair:
    return functools.reduce(functools.partial(_multiply, tensor.mul), factors)


def _quotient(tensor: Any, above: Pair, below: Pair) -> Pair:
    square = tensor.sqr(below[0]) + tensor.sqr(below[1])
    return tuple(part / square for part in _product(tensor, above, _conjugate(tensor, below)))


def _conjugate(tensor: Any, number: Pair) -> Pair:
    return number[0], -number[1]


def _sum_of(tensor: Any, *terms: Pair) -> Pair:
    return tuple(sum(parts[1:], parts[0]) for parts in zip(*terms))


def _polar(tensor: Any, length: Any, angle: Any) -> Pair:
    return length[0] * tensor.cos(angle[0]), length[0] * tensor.sin(angle[0])


def _exp(tensor: Any, number: Pair) -> Pair:
    return _polar(tensor, (tensor.exp(number[0]), ), (number[1], ))


_RULES: dict[Any, Any] = {
    'dimshuffle': _each_part, 'reshape': _each_part, 'subtensor': _each_part,
          'take': _each_part, 'same': _each_part, 'sum': _sum, 'dot': _dot}

_ELEMENTWISE: dict[Any, Any] = {name: _elementwise(rule) for name, rule in {
    'complex': lambda tensor, real, imag: (real[0], imag[0]),
    'polar': _polar,
    'identity': lambda tensor, number: number,
    'add': _sum_of,
    'sub': lambda tensor, one, other: (one[0] - other[0], one[1] - other[1]),
    'neg': lambda tensor, number: (-number[0], -number[1]),
    'mul': _product,
    'sqr': lambda tensor, number: _product(tensor, number, number),
    'divide': _quotient,
    'conj': _conjugate,
    'exp': _exp,
    'fill': lambda tensor, like, number: tuple(
        tensor.fill(like[0], part) for part in number),
    'switch': lambda tensor, condition, one, other: tuple(
        tensor.switch(condition[0], *parts) for parts in zip(one, other)),
    'real': lambda tensor, number: number[0],
    'imag': lambda tensor, number: number[1],
    'abs': lambda tensor, number: tensor.sqrt(
        tensor.sqr(number[0]) + tensor.sqr(number[1])),
    'angle': lambda tensor, number: tensor.arctan2(number[1], number[0]),
}.items()}
