"""What a graph costs, counted before it runs.

The price of an order of multiplying is that of its multiply-adds: one for those
of products that all examples share, more for those of small products for each
example, and for the elements that are written, and for the steps of a loop. The
weights were measured by ``benchmarks/prices.py``.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from .. import backends
from .pullback import dependents
from .rules.loops import sizes_of_step
from .sizes import Sizes, product

if TYPE_CHECKING:
    from ..backends.base import Backend
    from ..backends.types import Node, Variable
    from .assumptions import Assumptions
    from .size import Size

__all__ = ['Price', 'largest', 'price', 'symbolic', 'widest']

# In multiply-adds of a large product.
PER_EXAMPLE, WRITTEN, STEP = 1.5, 12., 2e5


class Price(object):
    """What a graph costs.

    Attributes
    ----------
    shared, per_example : float
        Multiply-adds of products with one matrix for all, and of one for each
        example.
    written : float
        Elements of all arrays that are made.
    steps : float
        Of loops.
    guessed : bool
        Whether a size was not known.
    """

    guessed = False

    def __init__(self, shared: float = 0., per_example: float = 0., written: float = 0.,
                 steps: float = 0.) -> None:
        self.shared = shared
        self.per_example = per_example
        self.written = written
        self.steps = steps

    @property
    def total(self) -> float:
        """In multiply-adds of a large product."""
        return (self.shared + PER_EXAMPLE * self.per_example + WRITTEN * self.written +
                STEP * self.steps)

    def __repr__(self) -> str:
        return '{:.3g} multiply-adds'.format(self.total)


def price(outputs: list[Variable], given: Collection[Variable], sizes: Sizes,
          assumptions: Assumptions) -> Price:
    """The Price of computing `outputs` where the variables `given` are there.

    Parameters
    ----------
    outputs : list of variables
    given : collection of variables
    sizes : Sizes
    assumptions : Assumptions
    """
    backend, total, done = backends.of(*outputs), Price(), set()
    assumptions.guessed = False
    for variable in backends.ancestors(outputs, given):
        if variable.owner is None or variable.owner in done:
            continue
        done.add(variable.owner)
        _add_node(backend, variable.owner, sizes, assumptions, total)
    total.guessed = assumptions.guessed
    return total


def _add_node(backend: Backend, node: Node, sizes: Sizes, assumptions: Assumptions,
              total: Price) -> None:
    kind = backend.kind(node)
    floats = [v for v in node.outputs if backends.dtype(v).startswith('float')]
    if kind in _FREE or not floats:
        return
    made = [assumptions.guess(product(sizes.of(v))) for v in floats]
    total.written += sum(made)
    if kind in ('dot', 'matmul', 'batched_dot'):
        left = node.inputs[0]
        inner = assumptions.guess(sizes.axis(left, left.ndim - 1))
        if kind == 'dot':
            total.shared += made[0] * inner
        else:
            total.per_example += made[0] * inner
    elif kind in ('conv', 'conv_back'):
        total.shared += made[0] * assumptions.guess(product(sizes.of(node.inputs[0])[1:]))
    elif kind == 'scan':
        _add_steps(backend, node, sizes, assumptions, total)
    elif kind in (None, 'composite'):
        inner = backend.inner_graph(node)
        if inner is not None:
            _add_inner(backend, node, inner, sizes, assumptions, total)


def _add_inner(backend: Backend, node: Node, inner: tuple[list[Variable], list[Variable]],
               sizes: Sizes, assumptions: Assumptions, total: Price) -> None:
    """A composite op costs what its graph costs."""
    _add_graph(backend, inner[1], _sizes_within(backend, node, inner[0], sizes), assumptions,
               total)


def _sizes_within(backend: Backend, node: Node, inputs: list[Variable], sizes: Sizes) -> Sizes:
    """The sizes in the graph of a composite op, which has `inputs` for those of the node."""
    within = Sizes(backend)
    for outer, variable in zip(node.inputs, inputs):
        within.known.update({(variable, a): s for a, s in enumerate(sizes.of(outer))})
    return within


def _add_steps(backend: Backend, node: Node, sizes: Sizes, assumptions: Assumptions,
               total: Price) -> None:
    """A loop costs what its step costs, so many times."""
    wiring, step = backend.loop_wiring(node), Price()
    within = sizes_of_step(sizes, wiring.pairs(node.inputs))
    _add_graph(backend, wiring.results, within, assumptions, step)
    steps = assumptions.guess(sizes.scalar(node.inputs[0]))
    total.shared += steps * step.shared
    total.per_example += steps * step.per_example
    total.written += steps * step.written
    total.steps += steps * (1 + step.steps)


def _add_graph(backend: Backend, outputs: list[Variable], sizes: Sizes,
               assumptions: Assumptions, total: Price) -> None:
    done = set()
    for variable in backends.ancestors(outputs):
        if variable.owner is not None and variable.owner not in done:
            done.add(variable.owner)
            _add_node(backend, variable.owner, sizes, assumptions, total)


# What makes nothing, or views only.
_FREE = ('dimshuffle', 'reshape', 'same', 'shape', 'shape_i', 'make_vector', 'subtensor')


def largest(outputs: list[Variable], given: Collection[Variable], sizes: Sizes,
            assumptions: Assumptions) -> int | None:
    """Elements of the largest array that is made, or None where one is not known."""
    backend = backends.of(*outputs)
    found: list[Any] = [1]
    for variable in backends.ancestors(outputs, given):
        if variable.owner is not None and backends.dtype(variable).startswith('float'):
            found.append(assumptions.number(product(sizes.of(variable))))
            found.append(_largest_within(backend, variable.owner, sizes, assumptions))
    return None if None in found else max(found)


def _largest_within(backend: Backend, node: Node, sizes: Sizes,
                    assumptions: Assumptions) -> int | None:
    """The same of the graph of a composite op; 1 of other ops."""
    inner = None
    if backend.kind(node) in (None, 'composite'):
        inner = backend.inner_graph(node)
    if inner is None:
        return 1
    within = _sizes_within(backend, node, inner[0], sizes)
    return largest(inner[1], inner[0], within, assumptions)


def widest(graph: list[Variable], cause: Variable, sizes: Sizes,
           assumptions: Assumptions) -> list[Size]:
    """The Sizes that may be that of the largest array that depends on `cause`.

    Of those whose size is known without `cause`: the largest of which the number is
    known, and all others.
    """
    made = dependents(graph, cause)
    found = OrderedDict.fromkeys(product(sizes.of(v)) for v in made)
    outside = [s for s in found if not any(v in made for v, _ in s.symbols)]
    known = [s for s in outside if assumptions.number(s) is not None]
    return [s for s in outside if s not in known] + (
        [max(known, key=assumptions.guess)] if known else [])


def symbolic(size: Size, tensor: Any) -> Variable:
    """A Size as an integer scalar variable."""
    total = size.number
    for variable, axis in size.symbols.elements():
        total = total * (variable if axis is None else variable.shape[axis])
    return tensor.as_tensor_variable(total)
