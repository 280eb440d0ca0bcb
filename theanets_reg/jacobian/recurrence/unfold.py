"""The step of a loop for all its steps at once, as a graph outside of the loop.

Time is a new first axis of what differs from step to step. What the loop
computes is known already: where a step reads the state before it, the unfolded graph
reads the states that the loop has made. So it has no order in time any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Callable

from ... import backends
from ..errors import Unfit

if TYPE_CHECKING:
    from ...backends.base import Backend
    from ...backends.types import Node, Variable

__all__ = ['unfolded']


def unfolded(backend: Backend, results: Sequence[Variable], timed: Mapping[Variable, Variable],
             constants: Mapping[Variable, Variable], product: Callable[..., Variable],
             part: Callable[..., Variable]) -> list[Variable]:
    """`results` of a step for all steps.

    Parameters
    ----------
    backend : Backend
    results : list of variables
        In the graph of a step.
    timed : dict of variable -> variable
        What stands for the inputs of the step that have a value for each step:
        the same with time in front.
    constants : dict of variable -> variable
        What stands for the others.
    product : callable
        Makes the product of (time, batch, units) by a matrix.
    part : callable
        Makes a part of an array of an index for each of its axes.

    Returns
    -------
    made : list of variables

    Raises
    ------
    Unfit
        If an op is not known to take another axis.
    """
    timed, constants = dict(timed), dict(constants)
    for variable in backends.ancestors(results):
        node = variable.owner
        if node is None or variable in timed or variable in constants:
            continue
        if any(v in timed for v in node.inputs):
            site = Site(backend, node, timed, constants, product, part)
            timed.update(zip(node.outputs, _rule(backend, node)(site)))
            constants.update((o, site.untimed) for o in node.outputs if o not in timed)
        elif any(v in constants for v in node.inputs):
            clone = node.clone_with_new_inputs(
                [constants.get(v, v) for v in node.inputs], strict=False)
            constants.update(zip(node.outputs, clone.outputs))
    if not all(r in timed for r in results):
        raise Unfit
    return [timed[r] for r in results]


class Site(object):
    """One apply node of a step.

    Attributes
    ----------
    untimed : variable
        What the node makes where that is the same at each step, as a shape is.
    """

    untimed: Variable = None

    def __init__(self, backend: Backend, node: Node, timed: Mapping[Variable, Variable],
                 constants: Mapping[Variable, Variable], product: Callable[..., Variable],
                 part: Callable[..., Variable]) -> None:
        self.backend = backend
        self.node = node
        self.timed = timed
        self.constants = constants
        self.product = product
        self.part = part

    def given(self, place: int) -> Variable:
        """An input, with a first axis for time in any case."""
        variable = self.node.inputs[place]
        if variable in self.timed:
            return self.timed[variable]
        fixed = self.constants.get(variable, variable)
        return fixed.dimshuffle('x', *range(fixed.ndim))

    def alone(self, place: int = 0) -> Variable:
        """The input at `place`, where no other differs from step to step."""
        if any(v in self.timed for p, v in enumerate(self.node.inputs) if p != place):
            raise Unfit
        return self.timed[self.node.inputs[place]]

    def fixed(self, variable: Variable) -> Variable:
        """An input that is the same at each step, as it is outside."""
        if variable in self.timed:
            raise Unfit
        return self.constants.get(variable, variable)

    def index(self) -> list[Any]:
        """The index of a node that reads a part, outside."""
        return [slice(*[self._bound(b) for b in (i.start, i.stop, i.step)])
                if isinstance(i, slice) else self._bound(i)
                for i in self.backend.indices(self.node)]

    def _bound(self, bound: Any) -> Any:
        if not backends.is_symbolic(bound):
            return bound
        held = {v: self.fixed(v) for v in backends.ancestors([bound])
                if v in self.constants or v in self.timed}
        return backends.replace([bound], held)[0]


def _rule(backend: Backend, node: Node) -> Callable[[Site], list[Variable]]:
    rule = _RULES.get(backend.kind(node))
    if rule is None:
        raise Unfit
    return rule


def _elementwise(site: Site) -> list[Variable]:
    return [site.node.op(*[site.given(p) for p in range(len(site.node.inputs))])]


def _dimshuffle(site: Site) -> list[Variable]:
    order = site.backend.order(site.node)
    return [site.alone().dimshuffle(0, *[a if a == 'x' else a + 1 for a in order])]


def _dot(site: Site) -> list[Variable]:
    left, right = site.node.inputs
    if left.ndim != 2 or right.ndim != 2:
        raise Unfit
    if right in site.timed:
        # A matrix that differs from step to step.
        if left not in site.timed:
            raise Unfit
        return [site.backend.batched_dot(site.given(0), site.given(1))]
    return [site.product(site.alone(), site.fixed(right))]


def _subtensor(site: Site) -> list[Variable]:
    return [site.part(site.alone(), [slice(None)] + site.index())]


def _join(site: Site) -> list[Variable]:
    along, parts = site.backend.joined(site.node)
    if not isinstance(along, int):
        if not isinstance(along, site.backend.Constant):
            raise Unfit
        along = int(along.data)
    places = range(len(site.node.inputs) - len(parts), len(site.node.inputs))
    arrays = [site.given(p) for p in places]
    first = next(a for a in arrays if not a.broadcastable[0])
    whole = [a if not a.broadcastable[0] else site.backend.tensor.alloc(
        a, first.shape[0], *[a.shape[k] for k in range(1, a.ndim)]) for a in arrays]
    return [site.backend.tensor.join(1 + along % parts[0].ndim, *whole)]


def _sum(site: Site) -> list[Variable]:
    axes = [a + 1 for a in site.backend.axes(site.node)]
    return [site.alone().sum(axis=axes, dtype=site.node.outputs[0].dtype)]


def _extreme(site: Site) -> list[Variable]:
    name = site.backend.extreme(site.node)
    if name is None:
        raise Unfit
    axes = [a + 1 for a in site.backend.axes(site.node)]
    return [getattr(site.backend.tensor, name)(site.alone(), axis=axes)]


def _softmax(site: Site) -> list[Variable]:
    given, axes = site.alone(), [a + 1 for a in site.backend.axes(site.node)]
    tensor = site.backend.tensor
    given = given - given.max(axis=axes, keepdims=True)
    total = tensor.exp(given).sum(axis=axes, keepdims=True)
    return [given - tensor.log(total) if site.backend.is_logarithm(site.node)
            else tensor.exp(given) / total]


def _same(site: Site) -> list[Variable]:
    made = site.alone()
    return [site.backend.fix_broadcast(
        made, (False,) + tuple(site.node.outputs[0].broadcastable))]


def _take(site: Site) -> list[Variable]:
    index = [slice(None)] + site.index()
    if site.node.inputs[0].ndim != 2:
        raise Unfit
    return [site.alone()[tuple(index)]]


def _shape(site: Site) -> list[Variable]:
    site.untimed = site.alone().shape[1:]
    return []


def _shape_i(site: Site) -> list[Variable]:
    site.untimed = site.alone().shape[site.backend.measured_axis(site.node) + 1]
    return []


_RULES = {
    'elemwise': _elementwise, 'dimshuffle': _dimshuffle, 'dot': _dot,
    'subtensor': _subtensor, 'join': _join, 'sum': _sum, 'reduce': _extreme,
    'softmax': _softmax, 'same': _same, 'take': _take, 'shape': _shape,
    'shape_i': _shape_i}
