"""Many cotangents or tangents at once through a graph that is linear in one.

The graph of a backward pass is linear in its cotangent, that of a forward pass
in its tangent. Carrying a whole set through it takes one new leading axis, on the
variables that depend on what is carried and on nothing else: the values of
the forward pass, random draws among them, are used as they are, spread over the
rows, never copied and never computed again.
"""

from .. import backends
from .errors import Unsupported
from .linear_maps import Dense, LinearMap, Product
from .linear_maps.base import spread
from .rules import rules_of

__all__ = ['Site', 'carried_through']

#: So many products make a deep graph. A package's gradient recurses over it, with
#: three of Python's frames for each op, of which there are 1000 by default.
DEEP = 40


def carried_through(graph, variable, seed, sizes):
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
    backend, rules = backends.of(variable), rules_of('batching')
    made, order = {variable: seed}, backends.ancestors(graph)
    deep = sum(v.owner is not None and backend.kind(v.owner) == 'dot' for v in order) > DEEP
    for current in order:
        node = current.owner
        if current in made or node is None or not any(v in made for v in node.inputs):
            continue
        rule = rules.get(backend.kind(node), _by_the_package)
        for output, result in zip(node.outputs, rule(Site(backend, node, made, sizes))):
            made[output] = result
            if deep and isinstance(result, Product):
                result.in_one_op = True
    return [made[v] for v in graph]


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

    def __init__(self, backend, node, made, sizes):
        self.backend = backend
        self.node = node
        self.sizes = sizes
        self.inputs = [made.get(v, v) for v in node.inputs]
        self.carried = [i for i in self.inputs if isinstance(i, LinearMap)]

    def is_carried(self, place):
        """Whether the input at `place` is carried."""
        return isinstance(self.inputs[place], LinearMap)

    def only(self, place):
        """The map at `place`, where no other input is carried."""
        if not self.is_carried(place) or len(self.carried) > 1:
            raise Unsupported(str(self.node.op))
        return self.inputs[place]

    def full(self, value):
        """`value` as one array with the rows as its first axis."""
        return value.full() if isinstance(value, LinearMap) else spread(value, 0)

    def rows(self):
        """How many rows there are."""
        return self.carried[0].full().shape[0]

    def repeated(self, value):
        """`value` in full, with as many rows as there are."""
        full = self.full(value)
        if isinstance(value, LinearMap):
            return full
        return self.backend.tensor.alloc(
            full, self.rows(), *[full.shape[a] for a in range(1, full.ndim)])

    def result(self, array):
        """A dense map, with the broadcast pattern of the node's output."""
        pattern = (False,) + tuple(self.node.outputs[0].broadcastable)
        return [Dense(self.backend.fix_broadcast(array, pattern))]

    def as_examples(self, inputs):
        """Apply the op with the rows as more examples.

        Parameters
        ----------
        inputs : list of variables
            Arrays with the rows in front of the examples, and what the op has
            besides.
        """
        olds = self.node.inputs
        some = next(i for i, old in zip(inputs, olds) if i.ndim > old.ndim)
        merged = [_merged(self.backend, i, old) if i.ndim > old.ndim else i
                  for i, old in zip(inputs, olds)]
        made = self.node.op(*merged)
        shape = [some.shape[0], some.shape[1]] + [made.shape[a] for a in range(1, made.ndim)]
        return self.result(made.reshape(shape, ndim=made.ndim + 1))


def _merged(backend, array, old):
    """The rows and the examples of an array on one axis."""
    shape = [array.shape[0] * array.shape[1]] + [array.shape[a] for a in range(2, array.ndim)]
    flat = array.reshape(shape, ndim=old.ndim)
    return backend.fix_broadcast(flat, (False,) + tuple(old.broadcastable[1:]))


def _by_the_package(site):
    """An op without a rule, where the package knows how to add an axis to it."""
    inputs = [i.full() if isinstance(i, LinearMap) else i for i in site.inputs]
    try:
        return [Dense(output) for output in site.backend.vectorized(site.node, inputs)]
    except NotImplementedError:
        raise Unsupported(str(site.node.op))
