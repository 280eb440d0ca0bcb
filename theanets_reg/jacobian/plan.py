"""Which way to take, told from the graph alone, and why."""

from collections import OrderedDict

from .. import engine as engines
from .. import matching
from . import blocks, exact, recursion
from .batch import Unproven
from .shapes import ONE
from .structure import Structure, entries

__all__ = ['Plan', 'LITERAL', 'NOTHING']

LITERAL, NOTHING = 'literal Jacobian', 'nothing'

# What to advise where only the literal Jacobian is certain.
ADVICE = ". method='hutchinson' estimates it in one backward pass"


class Choice(object):
    """The way for one output and one input.

    Attributes
    ----------
    output, wrt : variables
    way : str
    why : str
    node : apply node or None
        Where the proof ended.
    """

    def __init__(self, output, wrt, way, why, node=None):
        self.output = output
        self.wrt = wrt
        self.way = way
        self.why = why
        self.node = node

    def told(self, names):
        """The choice in a line; `names` (a dict) says what to call variables."""
        return '{} by {}: {}, because {}'.format(*[
            names.get(v) or v.name or 'an unnamed {}'.format(v.type)
            for v in (self.output, self.wrt)], self.way, self.why)


class Plan(object):
    """The cheapest ways that the graph proves right.

    Parameters
    ----------
    outputs, wrts : lists of float tensor variables
    block_size : int, optional

    Attributes
    ----------
    choices : list of Choice
        One for each output and input.
    """

    def __init__(self, outputs, wrts, block_size=None):
        self.engine = engines.of(*outputs)
        self.wrts = wrts
        self.choices = []
        self.passes = []
        for output in OrderedDict.fromkeys(outputs):
            self.add(output, wrts, block_size, outputs.count(output))

    def add(self, output, wrts, block_size, times):
        """Choose for one output, which counts `times` times."""
        groups = OrderedDict()
        for place, wrt in enumerate(wrts):
            found = self.prove(output, wrt)
            if isinstance(found, Choice):
                self.choices.append(found)
                self.passes.append((times, found, [place], None))
            elif isinstance(found, recursion.Recursion):
                self.choices.append(Choice(output, wrt, found.way, (
                    'examples are independent and the output is made step by step')))
                self.passes.append((times, None, [place], found))
            else:
                axis, entry = found
                groups.setdefault(axis, []).append((place, entry))
        for axis, members in groups.items():
            places = [p for p, _ in members]
            work = blocks.Passes(self.engine, _batch_first(output, axis),
                                 [entry for _, entry in members], block_size)
            choices = [self.choice(output, wrts[p], entry, work)
                       for p, entry in members]
            self.choices.extend(choices)
            self.passes.append((times, None, places, work))

    def prove(self, output, wrt):
        """The batch axis of `output` and the entry of `wrt`.

        Or the Recursion or, where there is nothing more to build, the Choice.
        """
        if wrt not in engines.ancestors([output]):
            return Choice(output, wrt, NOTHING, 'the one does not depend on the other')
        if wrt.ndim == 0 or output.ndim == 0:
            return Choice(output, wrt, LITERAL, 'there is no batch axis on both')
        try:
            structure = Structure([output], wrt)
            if output not in structure.batch:
                return Choice(output, wrt, NOTHING, 'no gradient flows between them')
            batch = structure.batch[output]
            if (batch.before, batch.after) != (ONE, ONE):
                raise Unproven(output.owner, 'merges the batch axis with others')
        except Unproven as end:
            return Choice(output, wrt, LITERAL, 'examples are not proven independent: '
                          '{} {}'.format(end.node.op, end.reason), end.node)
        steps = recursion.find(structure, output, wrt)
        if steps is not None:
            return steps
        places = entries(structure, output, wrt)
        if places is None:
            return batch.axis, ([wrt], None)
        return batch.axis, (places, [p.owner.inputs[1] for p in places])

    def choice(self, output, wrt, entry, work):
        """What to tell of a way that was found."""
        enters = 'the input enters {}'.format(
            'through a dot only' if entry[1] else 'elsewhere than through a dot')
        why = {
            blocks.CLOSED: 'the output is an elementwise function of {}'.format(
                'dot(input, W)' if entry[1] else 'the input'),
            blocks.ROWS: 'examples are independent and {}'.format(enters),
            blocks.LOOP: 'examples are independent, but {} has no rule for many '
                         'rows at once'.format(work.unsupported)}
        return Choice(output, wrt, work.way, why[work.way])

    def norms(self):
        """Vector (batch,) for each of the inputs."""
        terms = [[] for _ in self.wrts]
        for times, choice, places, work in self.passes:
            if work is not None:
                found = work.norms()
            elif choice.way == LITERAL:
                found = exact.literal([choice.output], [choice.wrt])
            else:
                found = [blocks.zeros(self.engine, choice.wrt)
                         if choice.wrt.ndim else
                         choice.wrt.zeros_like().reshape((1,))]
            for place, norms in zip(places, found):
                terms[place].append(norms if times == 1 else norms * times)
        return [exact.add(t, wrt) for t, wrt in zip(terms, self.wrts)]

    def warn(self):
        """One warning for all that had to take the literal way."""
        ends = [c for c in self.choices if c.node is not None]
        if ends:
            matching.warn(
                'squared_norms: {}; computing the literal Jacobian, one backward '
                'pass for each element of the output{}'.format(
                    '; '.join(OrderedDict.fromkeys(c.why for c in ends)), ADVICE))


def _batch_first(output, axis):
    if axis == 0:
        return output
    return output.dimshuffle(
        axis, *[a for a in range(output.ndim) if a != axis])
