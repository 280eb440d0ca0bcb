"""Many rows of a Jacobian in one backward pass.

A backward pass is linear in its cotangent. Pushing a whole set of cotangents
through its graph takes one new leading axis, on the variables that depend on
the cotangent and on nothing else: the values of the forward pass, random
draws among them, are used as they are, spread over the rows, never copied and
never computed again.
"""

from .. import engine as engines
from .row_rules import rule
from .rows import Diagonal, Rows, Unsupported, spread

__all__ = ['push']


def push(engine, graph, cotangent, start, pick):
    """Push many cotangents through a backward pass.

    Parameters
    ----------
    graph : list of variables
        The results of a backward pass that was built for one `cotangent`.
    cotangent : variable
    start : Diagonal or Rows
        What stands in its place.
    pick : callable
        Takes the wanted rows of an array with one for each unit.

    Returns
    -------
    results : list of Diagonal or Rows
        One for each of `graph`.

    Raises
    ------
    Unsupported
        If the graph has an op without a rule.
    """
    done = {cotangent: start}
    for variable in engines.ancestors(graph):
        node = variable.owner
        if variable in done or node is None or \
                not any(v in done for v in node.inputs):
            continue
        results = rule(engine, node)(_Place(engine, node, done, pick))
        for output, result in zip(node.outputs, results):
            done[output] = result
    return [done[v] for v in graph]


class _Place(object):
    """One apply node of the backward pass and what its inputs became."""

    def __init__(self, engine, node, done, pick):
        self.engine = engine
        self.node = node
        self.pick = pick
        self.inputs = [done.get(v, v) for v in node.inputs]
        self.pushed = [i for i in self.inputs if isinstance(i, (Diagonal, Rows))]

    def rows(self, value):
        """`value` as rows, where it was pushed."""
        if isinstance(value, Diagonal):
            return value.rows(self.engine, self.pick)
        return value

    def full(self, value):
        """`value` as one array with the rows as its first axis."""
        value = self.rows(value)
        return value.full() if isinstance(value, Rows) else spread(value, 0)

    def first(self):
        """The first input in full, where no other was pushed."""
        if self.inputs[0] not in self.pushed or len(self.pushed) > 1:
            raise Unsupported(str(self.node.op))
        return self.full(self.inputs[0])

    def as_examples(self, inputs):
        """Apply the op with rows as more examples.

        Parameters
        ----------
        inputs : list of variables
            Arrays with the rows in front of the examples, and what the op has
            besides.
        """
        some = next(i for i, old in zip(inputs, self.node.inputs) if i.ndim > old.ndim)
        merged = [i.reshape([some.shape[0] * some.shape[1]] + [
            i.shape[a] for a in range(2, i.ndim)], ndim=old.ndim)
            if i.ndim > old.ndim else i for i, old in zip(inputs, self.node.inputs)]
        merged = [self.engine.fix_broadcast(i, (False, ) + tuple(old.broadcastable[1:]))
                  if i is not old else i for i, old in zip(merged, self.node.inputs)]
        made = self.node.op(*merged)
        return self.result(made.reshape([some.shape[0], some.shape[1]] + [
            made.shape[a] for a in range(1, made.ndim)], ndim=made.ndim + 1))

    def result(self, base):
        """Rows without a scale, with the broadcast pattern of the node."""
        pattern = (False,) + tuple(self.node.outputs[0].broadcastable)
        return [Rows(self.engine.fix_broadcast(base, pattern))]
