"""Random feed-forward graphs of the kind that people build, and some they should not."""

import numpy as np

from activations import ACTIVATIONS, ANY_DIMENSIONS
from draws import Draws
from mixes import MIXES
from pieces import BEHIND, BEHIND_STEPS, DENSE, DENSE_STEPS, FRONT
from symbolic import TT

NARROW, WIDE = (1, 4), (6, 10)

PARTS = {'steps', 'residual', 'joined to its source', 'reshaped', 'cast', 'cancellation',
         'heads', 'flat layer behind'}.union(
             ACTIVATIONS, FRONT, DENSE, DENSE_STEPS, BEHIND, BEHIND_STEPS)

#: Parts whose norms come in row blocks at least, never row by row or literally.
BY_ROWS = PARTS - {
    'cast', 'repeated reads', 'repeated outputs', 'cumulated units', 'cumulated steps',
    'products of steps', 'flat dot of steps', 'tensordot of steps',
    'tensordot of units first'}


class Graph(Draws):
    """A random graph; a plain one has no draws and is in double precision.

    Parameters
    ----------
    seed : int
    mix : str, optional
        How examples are mixed, a name in MIXES.
    plain : bool
        Double precision, and no draws in the graph.
    dtype : str, optional
        Default: now and then float32, unless plain.
    allowed : collection of str, optional
        The parts that may be drawn; default: all.
    forced : str, optional
        A part that is drawn wherever it can be.

    Attributes
    ----------
    inputs, params : lists of variables
    wrt : list of variables
    outputs : list of variables
    values : list of arrays, for the inputs
    """

    def __init__(self, seed, mix=None, plain=False, dtype=None, allowed=None,
                 forced=None):
        super(Graph, self).__init__(seed, noise=not plain, allowed=allowed, forced=forced)
        if dtype is None:
            dtype = 'float32' if self.chance(.2) and not plain else 'float64'
        self.dtype, self.mix = dtype, mix
        self.steps = mix is None and self.chance(.25, 'steps')
        self.depth = self.rng.randint(1, 5)
        self.batch, self.sizes = self.draw_sizes()
        self.inputs, self.values, self.hidden = [], [], []
        for i in range(1 + self.chance(.3)):
            self.add_input('x{}'.format(i), self.sizes[0])
        self.build([(x, self.sizes[0]) for x in self.inputs])
        self.wrt = self.inputs if self.chance(.5) else self.inputs[:1]
        self.outputs = self.draw_outputs()

    def draw_sizes(self):
        """The number of examples and the units of each layer, input first."""
        kind = self.rng.choice(['any', 'equal', 'ones', 'hourglass'], p=[.4, .25, .1, .25])
        batch, levels = self.rng.randint(1, 6), self.depth + 1
        self.uses.add(kind + ' sizes')
        if self.mix:
            # With one unit, known as such, nothing can be mixed.
            return batch, list(self.rng.randint(2, 5, size=levels))
        if kind == 'equal':
            return [(n, [n] * levels) for n in [self.rng.randint(2, 5)]][0]
        if kind == 'ones':
            return self.rng.randint(1, 3), list(self.rng.randint(1, 3, size=levels))
        if kind == 'hourglass':
            order = [NARROW, WIDE] if self.chance(.7) else [WIDE, NARROW]
            return batch, [self.rng.randint(*order[i % 2]) for i in range(levels)]
        return batch, list(self.rng.randint(1, 5, size=levels))

    def add_input(self, name, n):
        shape = (self.batch, n)
        if self.steps:
            steps = self.batch if 'equal sizes' in self.uses else self.rng.randint(1, 4)
            # Several inputs have the same steps, so that they can be added.
            steps = self.values[0].shape[1] if self.values else steps
            shape = (self.batch, steps, n)
        new = TT.tensor3 if self.steps else TT.matrix
        self.inputs.append(new(name, dtype=self.dtype))
        self.values.append(self.rng.randn(*shape).astype(self.dtype))

    def build(self, sources):
        mixed = self.rng.randint(self.depth) if self.mix else None
        for level in range(self.depth):
            h, n = self.layer(sources, self.sizes[level + 1])
            if level == mixed:
                self.hidden.append((MIXES[self.mix](h).astype(self.dtype), None))
                return
            self.hidden.append((h, n))
            sources = self.hidden[-1:] + [
                s for s in sources + self.hidden[:-1] if self.chance(.2)]

    def layer(self, sources, size):
        """An activation of the weighted sources, and its number of units."""
        pre = sum(self.product(h, n, size) for h, n in sources)
        if self.chance(.7):
            pre = pre + self.param(size)
        h = self.pick(ACTIVATIONS, ANY_DIMENSIONS if self.steps else None)(pre)
        same = [s for s, n in sources if n == size]
        if same and self.chance(.3, 'residual'):
            h = h + same[0] if self.chance(.5) else h * same[0]
        if self.chance(.15, 'joined to its source'):
            h, size = TT.concatenate([h, sources[0][0]], axis=-1), size + sources[0][1]
        if not self.steps and self.chance(.15, 'reshaped'):
            h = h.reshape((h.shape[0], size, 1)).dimshuffle(2, 0, 1)[0]
        return h.astype(self.dtype), size

    def product(self, h, n, size):
        """What a layer's weights make of one source."""
        for _ in range(self.rng.choice([0, 1, 2], p=[.6, .3, .1])):
            h, n = self.pick(FRONT)(self, h, n)
        if self.dtype == 'float32' and self.chance(.15, 'cast'):
            h = h.astype('float64').astype('float32')
        dense = self.pick(DENSE_STEPS if self.steps else DENSE)
        w = self.weight(n, size)
        if self.chance(.12, 'cancellation'):
            part = np.asarray(1 - 10. ** -self.rng.randint(1, 6), self.dtype)
            f = TT.tanh if self.chance(.5) else (lambda z: z)
            return dense(f(h), w) - dense(f(h * part), w)
        return dense(h, w)

    def draw_outputs(self):
        """One or two layers' outputs, or several of one last layer, as they are read."""
        if self.mix:
            return [h for h, _ in self.hidden[-1 - self.chance(.3):]]
        found = self.hidden[-1 - self.chance(.3):]
        if self.chance(.2, 'heads'):
            h, n = self.hidden[-1]
            found = [(TT.tanh(self.product(h, n, m)), m)
                     for m in self.rng.randint(1, 6, size=self.rng.randint(2, 4))]
        if self.steps and self.chance(.3, 'flat layer behind'):
            h, n = found[-1]
            w = self.param(self.values[0].shape[1] * n, 2)
            return [f for f, _ in found[:-1]] + [TT.nnet.sigmoid(TT.dot(h.flatten(2), w))]
        behind = BEHIND_STEPS if self.steps else BEHIND
        return [self.pick(behind)(self, h, n).astype(self.dtype) if self.chance(.4) else h
                for h, n in found]

