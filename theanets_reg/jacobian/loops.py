"""The batch axis inside a scan: an induction over its steps."""

from .. import engine as engines
from .structure import Structure, Unproven

__all__ = ['scan']


def scan(structure, node, variable):
    """Where the batch axis of a scan's output is.

    Each step must keep the examples apart, given that its sequences, its
    states and its constants do.
    """
    parts = structure.engine.loop_parts(node)
    if not parts['simple']:
        raise Unproven(node, 'has a form of loop that is not followed')
    step = _Step(structure, node, parts)
    step.settle()
    for _, _, result, made in parts['states']:
        if result in step.batch:
            structure.place(made, _later(step.batch[result]))
    for result, made in parts['results']:
        if result in step.batch:
            structure.place(made, _later(step.batch[result]))
    return structure.batch.get(variable)


def _later(batch):
    """Outside, time comes before all axes of a step."""
    return batch._replace(axis=batch.axis + 1)


class _Step(Structure):
    """The structure of one step of a scan."""

    def __init__(self, structure, node, parts):
        self.engine = structure.engine
        self.sizes = structure.sizes
        self.size = structure.size
        self.batch = {}
        self.node = node
        self.states = parts['states']
        self.results = [r for _, _, r, _ in self.states] + [
            r for r, _ in parts['results']]
        for outer, inner in parts['constants']:
            if outer in structure.batch:
                self.place(inner, structure.batch[outer])
        for outer, inner in parts['sequences']:
            self.enter(structure, outer, [inner])
        for outer, inner, _, _ in parts['states']:
            self.enter(structure, outer, inner)
        self.given = dict(self.batch)

    def enter(self, structure, outer, inner):
        """Place the batch axis of what a step sees of an outer variable."""
        if outer not in structure.batch:
            return
        batch = structure.batch[outer]
        if batch.axis == 0:
            raise Unproven(self.node, 'runs along the examples')
        for variable in inner:
            self.place(variable, batch._replace(axis=batch.axis - 1))

    def settle(self):
        """Follow the step until its states are what they were assumed to be."""
        for _ in range(len(self.states) + 1):
            self.batch = dict(self.given)
            self.follow(self.results)
            assumed = dict(self.given)
            for _, inner, result, _ in self.states:
                if result in self.batch:
                    self.assume(assumed, inner, self.batch[result])
            if assumed == self.given:
                return
            self.given = assumed
        raise Unproven(self.node, 'was not followed to an end')

    def assume(self, assumed, inner, batch):
        for variable in inner:
            if assumed.setdefault(variable, batch) != batch:
                raise Unproven(self.node, 'moves the examples from step to step')
            self.sizes.known[variable, batch.axis] = (
                batch.before * self.size * batch.after)
