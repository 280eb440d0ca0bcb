"""Many cotangents or tangents at once through a graph that is linear in one.

The graph of a backward pass is linear in its cotangent, that of a forward pass
in its tangent. Carrying a whole set through it takes one new leading axis, on the
variables that depend on what is carried and on nothing else: the values of
the forward pass, random draws among them, are used as they are, spread over the
rows, never copied and never computed again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Callable

from .. import backends
from .errors import Unsupported
from .linear_maps import Dense, LinearMap, Product, Turned
from .linear_maps.base import spread
from .rules import rules_of

if TYPE_CHECKING:
    from ..backends.base import Backend
    from ..backends.types import Node, Variable
    from .sizes import Sizes

__all__ = ['Site', 'by_the_package', 'carried_through', 'carried_together']

#: So many products make a deep graph. A package's gradient recurses over it, with
#: three of Python's frames for each op, of which there are 1000 by default.
DEEP = 40


def carried_through(graph: list[Variable], variable: Variable, seed: LinearMap,
                    sizes: Sizes) -> list[LinearMap]:
    """What becomes of `seed` on its way through a linear graph.

    Parameters
    ----------
    graph : list of variables
        All of them depend on `variable`.
    variable : variable
        What the graph is linear in.
    seed : LinearMap
        What stands in its place.
    sizes : Sizes
        Of the graph.

    Returns
    -------
    results : list of LinearMap
        One for each of `graph`.

    Raises
    ------
    Unsupported
        If the graph has an op without a rule.
    """
    return carried_together(graph, {variable: seed}, sizes)


def carried_together(graph: list[Variable], seeds: Mapping[Variable, LinearMap], sizes: Sizes,
                     own: Mapping[str, Callable[..., Any]] | None = None) -> list[LinearMap]:
    """The same for seeds that stand in the places of several variables.

    Parameters
    ----------
    own : dict of kind -> batching rule, optional
        In place of those that are registered: the graph is not linear, and a rule may
        overlook what it reads besides.

    Raises
    ------
    Unsupported
        If the graph has an op without a rule, or one whose rule leaves a seed's place in it.
    """
    backend, rules = backends.of(*seeds), dict(rules_of('batching'), **(own or {}))
    made: dict[Variable, Any] = dict(seeds)
    order = backends.ancestors(graph)
    deep = sum(v.owner is not None and backend.kind(v.owner) == 'dot' for v in order) > DEEP
    for current in order:
        node = current.owner
        if current in made or node is None or not any(v in made for v in node.inputs):
            continue
        given = [made.get(v, v) for v in node.inputs]
        if not any(isinstance(i, LinearMap) for i in given):
            # It is made of sizes, and those are of one row.
            made.update(zip(node.outputs, node.clone_with_new_inputs(given).outputs))
            continue
        rule = rules.get(backend.kind(node), by_the_package)
        site = Site(backend, _of_sizes(node, given), made, sizes)
        for output, result in zip(node.outputs, rule(site)):
            made[output] = result
            product = result.inner if isinstance(result, Turned) else result
            if deep and isinstance(product, Product):
                product.in_one_op = True
    results: list[Any] = [made.get(v, v) for v in graph]
    if own is not None:
        left = set(seeds) & set(backends.ancestors(
            [r.full() if isinstance(r, LinearMap) else r for r in results]))
        if left:
            raise Unsupported('a rule that overlooks what is read')
    return results


def _of_sizes(node: Node, given: list[Any]) -> Node:
    """The node itself, or with what `given` has in the place of sizes of what is carried."""
    inputs = [v if isinstance(i, LinearMap) else i for i, v in zip(given, node.inputs)]
    same = all(i is v for i, v in zip(inputs, node.inputs))
    return node if same else node.clone_with_new_inputs(inputs)


class Site(object):
    """One apply node of a linear graph, and what its inputs became.

    Attributes
    ----------
    backend : Backend
    node : apply node
    inputs : list of LinearMap or variable
    carried : list of LinearMap
        Those of the inputs that are.
    sizes : Sizes
    """

    def __init__(self, backend: Backend, node: Node, made: Mapping[Variable, LinearMap],
                 sizes: Sizes) -> None:
        self.backend = backend
        self.node = node
        self.sizes = sizes
        self.inputs = [made.get(v, v) for v in node.inputs]
        self.carried = [i for i in self.inputs if isinstance(i, LinearMap)]

    def is_carried(self, place: int) -> bool:
        """Whether the input at `place` is carried."""
        return isinstance(self.inputs[place], LinearMap)

    def within(self, graph: list[Variable], seeds: Mapping[Variable, LinearMap],
               sizes: Sizes) -> list[LinearMap]:
        """What becomes of seeds in the graph that the op holds."""
        return carried_together(graph, seeds, sizes)

    def only(self, place: int) -> Any:
        """The map at `place`, where no other input is carried."""
        if not self.is_carried(place) or len(self.carried) > 1:
            raise Unsupported(str(self.node.op))
        return self.inputs[place]

    def full(self, value: Any) -> Variable:
        """`value` as one array with the rows as its first axis."""
        return value.full() if isinstance(value, LinearMap) else spread(value, 0)

    def rows(self) -> Variable:
        """How many rows there are."""
        return self.carried[0].full().shape[0]

    def repeated(self, value: Any) -> Variable:
        """`value` in full, with as many rows as there are."""
        full = self.full(value)
        if isinstance(value, LinearMap):
            return full
        return self.backend.repeated(full, self.rows())

    def result(self, *arrays: Variable) -> list[LinearMap]:
        """Dense maps, with the broadcast patterns of the node's outputs.

        Parameters
        ----------
        *arrays : variables
            One for each output, with the rows as their first axis.
        """
        patterns = [(False,) + tuple(v.broadcastable) for v in self.node.outputs]
        return [Dense(self.backend.fix_broadcast(array, pattern))
                for array, pattern in zip(arrays, patterns)]

    def as_examples(self, inputs: list[Any], op: Any = None) -> list[LinearMap]:
        """Apply the op with the rows as more examples.

        Parameters
        ----------
        inputs : list of variables
            Arrays with the rows in front of the examples, and what the op has
            besides.
        op : op, optional
            In place of that of the node.
        """
        return self.result(*self._over_examples(inputs, op or self.node.op))

    def _over_examples(self, inputs: list[Any], op: Any) -> list[Variable]:
        olds = self.node.inputs
        wide = [hasattr(i, 'ndim') and i.ndim > old.ndim for i, old in zip(inputs, olds)]
        lines = self.backend.lengths(inputs[wide.index(True)])[:2]
        made = op.make_node(*[
            _merged(self.backend, i, old) if is_wide else i
            for i, old, is_wide in zip(inputs, olds, wide)]).outputs
        return [self.backend.split_axis(m, 0, lines) for m in made]

    def on_arrays(self, arrays: list[Variable]) -> Variable:
        """The output of an elementwise op for arrays of one shape.

        Parameters
        ----------
        arrays : list of variables
            With as many axes as the op has been given before, or one more, or fewer.

        Returns
        -------
        array : variable of their shape
        """
        ndim, given = self.node.outputs[0].ndim, arrays[0].ndim
        if given > ndim:
            return self._over_examples(arrays, self.node.op)[0]
        new = ['x'] * (ndim - given)
        made = self.node.op.make_node(
            *[a.dimshuffle(*new + list(range(given))) for a in arrays]).outputs[0]
        return made.reshape([made.shape[a] for a in range(ndim - given, ndim)], ndim=given) \
            if new else made


def _merged(backend: Backend, array: Variable, old: Variable) -> Variable:
    """The rows and the examples of an array on one axis."""
    flat = backend.joined_axes(array, 0, 2)
    return backend.fix_broadcast(flat, (False,) + tuple(old.broadcastable[1:]))


def by_the_package(site: Site) -> list[LinearMap]:
    """An op without a rule, where the package knows how to add an axis to it."""
    if site.backend.is_random(site.node):
        raise Unsupported(str(site.node.op))
    inputs = [i.full() if isinstance(i, LinearMap) else i for i in site.inputs]
    try:
        return [Dense(output) for output in site.backend.vectorized(site.node, inputs)]
    except NotImplementedError:
        raise Unsupported(str(site.node.op))
