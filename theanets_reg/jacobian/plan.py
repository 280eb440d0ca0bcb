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

# What to advise where only a slow way is certain.
ADVICE = ("that takes one backward pass for each element of the output, and "
          "method='hutchinson' estimates it in one backward pass")


class Choice(object):
    """The way for one output and one input.

    Attributes
    ----------
    output, wrt : variables
    way : str
    why : str
        The reason; where a proof ended, what the op of `node` does.
    node : apply node or None
        Where the proof ended.
    """

    def __init__(self, output, wrt, way, why, node=None):
        self.output = output
        self.wrt = wrt
        self.way = way
        self.why = why
        self.node = node

    def is_slow(self):
        """Whether a better way was looked for and not found."""
        rows = sum(not one for one in self.output.broadcastable)
        return self.node is not None or (self.way == blocks.LOOP and rows > 1)

    def told(self, names):
        """The choice in a line; `names` (a dict) says what to call variables."""
        line = '{} by {}: {}, because {}'.format(
            _called(self.output, names), _called(self.wrt, names), self.way,
            self.reason(names))
        return '; '.join([line] + self.advice(names))

    def reason(self, names):
        """Why this way, with the op at which a proof ended."""
        if self.node is None:
            return self.why
        sources = [_called(v, names) for v in self.node.inputs if names.get(v) or v.name]
        return 'examples are not proven independent: {}, which makes {}{}, {}'.format(
            self.node.op, _called(self.node.outputs[0], names),
            ' of ' + ' and '.join(sources) if sources else '', self.why)

    def advice(self, names):
        """What can be done about it: a list of sentences."""
        if not self.is_slow():
            return []
        found, wrt = [], _called(self.wrt, names)
        if self.node is not None and self.wrt.ndim == 1:
            found.append('the elements of the vector {} count as examples, each as one: '
                         'for a single example give the input the shape (1, n)'.format(wrt))
        if self.node is not None and self.wrt.ndim > 2 and self.loops():
            found.append('if {} is (time, batch, ...), say so with batch_axis=1 or, in '
                         'Contractive, time_axis=0'.format(wrt))
        return found + [ADVICE]

    def loops(self):
        """Whether the graph has a loop, and the input is as the user made it."""
        kind = engines.of(self.wrt).kind
        return self.wrt.owner is None and any(
            v.owner is not None and kind(v.owner) == 'scan'
            for v in engines.ancestors([self.output]))


def _called(variable, names):
    """What to call a variable in a message."""
    return names.get(variable) or variable.name or 'an unnamed {}'.format(variable.type)


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
            return Choice(output, wrt, LITERAL, 'the {} is a scalar'.format(
                'input' if wrt.ndim == 0 else 'output'))
        try:
            structure = Structure([output], wrt)
            if output not in structure.batch:
                return Choice(output, wrt, NOTHING, 'no gradient flows between them')
            batch = structure.batch[output]
            if (batch.before, batch.after) != (ONE, ONE):
                raise Unproven(output.owner, 'leaves the examples merged with others on one '
                                             'axis (give the output before that)')
        except Unproven as end:
            return Choice(output, wrt, LITERAL, end.reason, end.node)
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
        return [exact.add(t) for t in terms]

    def warn(self, names):
        """One warning for all that has to take a slow way."""
        slow = OrderedDict.fromkeys(c.told(names) for c in self.choices if c.is_slow())
        if slow:
            matching.warn('squared_norms: {}'.format('. '.join(slow)))


def _batch_first(output, axis):
    if axis == 0:
        return output
    return output.dimshuffle(
        axis, *[a for a in range(output.ndim) if a != axis])
