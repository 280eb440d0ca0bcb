"""What lies between an input and an output, as far as the graph proves it.

The one question that matters: does example *i* of the output depend on
example *i* of the input only? The batch axis is followed op by op. Where an
op is not known, or brings examples together, the proof ends there and says
which op it was.
"""

import copy

from .. import engine as engines
from .batch import Batch, Unproven
from .batch_rules import RULES
from .shapes import ONE, Size, Sizes

__all__ = ['Structure', 'entries']


class Structure(object):
    """Where the batch axis of `wrt` is, in all that depends on it.

    Parameters
    ----------
    outputs : list of variables
    wrt : variable
        Shape (batch, ...).

    Attributes
    ----------
    batch : dict of variable -> Batch
        All that depends on `wrt` in a differentiable way.
    sizes : Sizes

    Raises
    ------
    Unproven
        If examples are not seen to be independent.
    """

    def __init__(self, outputs, wrt):
        self.engine = engines.of(wrt)
        self.sizes = Sizes(self.engine)
        self.batch = {wrt: Batch(0, ONE, ONE)}
        if not wrt.broadcastable[0]:
            # Even where the number of examples is known: a symbol of their
            # own tells their axis from others of that size.
            self.sizes.known[wrt, 0] = Size(symbols=[(wrt, 0)])
        self.size = self.sizes.axis(wrt, 0)
        self.follow(outputs)

    def within(self):
        """A structure for the step of a loop: nothing placed, sizes as known so far."""
        step = copy.copy(self)
        step.batch = {}
        # Loops that are made from one op have the variables of their steps in common.
        step.sizes = self.sizes.copy()
        return step

    def follow(self, outputs):
        """Place the batch axis in all that a gradient goes through."""
        matter = self.reached(outputs)
        for variable in engines.ancestors(outputs):
            if variable not in matter or variable in self.batch:
                continue
            if any(v in self.batch for v in self.sources(variable)):
                self.place(variable, self.rule(variable.owner)(
                    self, variable.owner, variable))

    def reached(self, outputs):
        """All that a gradient from `outputs` can flow to."""
        found, stack = set(), list(outputs)
        while stack:
            variable = stack.pop()
            if variable not in found:
                found.add(variable)
                stack.extend(self.sources(variable))
        return found

    def place(self, variable, batch):
        """Note where the batch axis of `variable` is."""
        if batch is None:
            return
        self.batch[variable] = batch
        if not variable.broadcastable[batch.axis]:
            self.sizes.known[variable, batch.axis] = (
                batch.before * self.size * batch.after)

    def sources(self, variable):
        """The variables that a gradient flows to from `variable`."""
        node = variable.owner
        if node is None or not self.may_have_gradient(variable):
            return []
        kind = self.engine.kind(node)
        if kind in ('shape', 'shape_i', 'cut'):
            return []
        if kind == 'elemwise' and self.engine.scalar_kind(node) == 'fill':
            return node.inputs[1:]
        return node.inputs

    def may_have_gradient(self, variable):
        """Whether a gradient may flow through a variable.

        Through integers there is none, nor through the state of a generator.
        Through complex numbers, lists and anything else there may be one.
        """
        kind = engines.dtype(variable)
        if not kind:
            return not self.engine.is_random(variable.owner)
        return kind.startswith(('float', 'complex'))

    def rule(self, node):
        """The rule for the op of `node`."""
        kind = self.engine.kind(node)
        if kind not in RULES:
            raise Unproven(node, 'is not known to keep examples apart')
        return RULES[kind]

    def only_first(self, node):
        """The batch of the first input, where no other depends on wrt."""
        if any(v in self.batch for v in node.inputs[1:]):
            raise Unproven(node, 'depends on the input in more than one way')
        return self.batch[node.inputs[0]]

    def plain(self, node, batch):
        """`batch`, where its axis holds examples and nothing else."""
        if batch.before != ONE or batch.after != ONE:
            raise Unproven(node, 'works on an axis that was merged with the '
                                 'batch axis')
        return batch


def entries(structure, output, wrt):
    """Where `wrt` enters `output`, if only through ``dot(wrt, W)``.

    Returns
    -------
    entries : list of variables, or None
        The dots, or None if `wrt` enters in another way as well.
    """
    users = [v for v in engines.ancestors([output])
             if v in structure.batch and v is not wrt
             and wrt in v.owner.inputs]
    if output is wrt or wrt.ndim != 2 or not users:
        return None
    for variable in users:
        node = variable.owner
        if structure.engine.kind(node) != 'dot' or node.inputs[0] is not wrt \
                or node.inputs[1].ndim != 2:
            return None
    return users
