"""Random graphs of the kind that people build, and some that they should not."""

import numpy as np

from symbolic import MRG_RandomStreams, TT, theano

ACTIVATIONS = {
    'linear': lambda z: z,
    'sigmoid': TT.nnet.sigmoid,
    'tanh': TT.tanh,
    'softplus': TT.nnet.softplus,
    'relu': lambda z: (z + abs(z)) / 2,
    'rect:min': lambda z: (z + 1 - abs(z - 1)) / 2,
    'rect:minmax': lambda z: (abs(z) + 1 - abs(z - 1)) / 2,
    'softmax': lambda z: (TT.exp(z - z.max(axis=-1, keepdims=True)) /
                          TT.exp(z - z.max(axis=-1, keepdims=True))
                          .sum(axis=-1, keepdims=True)),
    'nnet.softmax': TT.nnet.softmax,
    'norm:mean': lambda z: z - z.mean(axis=-1, keepdims=True),
    'norm:max': lambda z: z / (abs(z).max(axis=-1, keepdims=True) + 1e-8),
    'norm:std': lambda z: z / TT.sqrt(z.var(axis=-1, keepdims=True) + .1),
    'tanh+softplus': lambda z: TT.nnet.softplus(TT.tanh(z)),
    'clip': lambda z: TT.clip(z, -.5, .5),
    'switch': lambda z: TT.switch(z > 0, z, .1 * z),
    'maximum': lambda z: TT.maximum(z, .2),
    'square': lambda z: TT.sqr(z) / 2,
}
ELEMENTWISE = [name for name in ACTIVATIONS if name not in (
    'softmax', 'nnet.softmax', 'norm:mean', 'norm:max', 'norm:std')]

MIXES = {
    'batch mean': lambda h: h - h.mean(axis=0),
    'batch norm': lambda h: (h - h.mean(axis=0)) / TT.sqrt(h.var(axis=0) + .1),
    'attention over the batch': lambda h: TT.dot(
        TT.nnet.softmax(TT.dot(h, h.T)), h),
    'x xT': lambda h: TT.dot(h, h.T),
    'xT x': lambda h: TT.dot(h, TT.dot(h.T, h)),
    'sort': lambda h: TT.sort(h, axis=0),
    'reversed': lambda h: h[::-1],
    'first example': lambda h: h + h[0],
    'last example': lambda h: h * h[-1],
    'reshape': lambda h: h.T.reshape(h.shape),
    'flat reshape': lambda h: h.reshape((h.shape[1], h.shape[0])).T,
    'flatten': lambda h: h.flatten(),
    'reshape to -1': lambda h: h.reshape((-1, 1)),
    'roll': lambda h: TT.roll(h, 1, axis=0),
    'roll flat': lambda h: TT.roll(h, 1),
    'permuted': lambda h: h[TT.arange(h.shape[0])[::-1]],
    'cumsum': lambda h: TT.cumsum(h, axis=0),
    'flat cumsum': lambda h: TT.cumsum(h).reshape(h.shape),
    'joined along the batch': lambda h: TT.concatenate([h, h], axis=0),
    'repeated': lambda h: TT.repeat(h, 2, axis=0),
    'tiled': lambda h: TT.tile(h, (2, 1)),
    'max over the batch': lambda h: h / (abs(h).max(axis=0) + 1),
    'softmax over the batch': lambda h: TT.nnet.softmax(h.T).T,
    'outer': lambda h: h.dimshuffle(0, 'x', 1) * h.dimshuffle('x', 0, 1),
    'rows by columns': lambda h: h.sum(axis=1) * h.sum(axis=1, keepdims=True),
    'picked': lambda h: h[TT.arange(h.shape[0]), TT.zeros_like(h[:, 0], 'int64')],
    'scan over the batch': lambda h: theano.scan(
        lambda row, state: row + state, h, TT.zeros_like(h[0]))[0],
    'scan that turns the batch': lambda h: theano.scan(
        lambda state: TT.tanh(state[::-1] + 1), None, h, n_steps=2)[0],
    'written to one example': lambda h: TT.inc_subtensor(h[:1], h[-1:]),
}


class Graph(object):
    """A random graph; a plain one has no draws and is in double precision.

    Attributes
    ----------
    inputs, params : lists of variables
    wrt : list of variables
    outputs : list of variables
    values : list of arrays, for the inputs
    mix : str or None
        How examples are mixed.
    """

    def __init__(self, seed, mix=None, plain=False):
        self.rng = np.random.RandomState(seed)
        self.streams = MRG_RandomStreams(seed + 1)
        self.plain = plain
        self.dtype = 'float32' if self.chance(.2) and not plain else 'float64'
        self.batch = self.rng.randint(1, 8)
        self.params, self.weights, self.mix = [], {}, mix
        self.inputs = [TT.matrix('x{}'.format(i), dtype=self.dtype)
                       for i in range(1 + self.chance(.3))]
        sizes = [self.rng.randint(1, 5) for _ in self.inputs]
        self.values = [self.rng.randn(self.batch, n).astype(self.dtype)
                       for n in sizes]
        self.hidden = []
        self.build(list(zip(self.inputs, sizes)))
        self.wrt = self.inputs if self.chance(.5) else self.inputs[:1]
        self.outputs = [h for h, _ in self.hidden[-1 - self.chance(.3):]]

    def chance(self, p):
        return bool(self.rng.rand() < p)

    def param(self, *shape):
        value = self.rng.randn(*shape).astype(self.dtype)
        self.params.append(theano.shared(value))
        return self.params[-1]

    def weight(self, rows, columns):
        """A matrix; now and then one that is in use already."""
        if (rows, columns) in self.weights and self.chance(.5):
            return self.weights[rows, columns]
        if (columns, rows) in self.weights and self.chance(.5):
            return self.weights[columns, rows].T
        self.weights[rows, columns] = self.param(rows, columns)
        return self.weights[rows, columns]

    def build(self, sources):
        depth = self.rng.randint(1, 5)
        mixed = self.rng.randint(depth) if self.mix else None
        for level in range(depth):
            h, size = self.layer(sources)
            if level == mixed:
                h = self.mixed(h)
                size = None
            self.hidden.append((h, size))
            if size is None:
                return
            sources = [self.hidden[-1]] + [
                s for s in sources + self.hidden[:-1] if self.chance(.25)]

    def mixed(self, h):
        return MIXES[self.mix](h).astype(self.dtype)

    def layer(self, sources):
        size = self.rng.randint(1, 5)
        pre = sum(TT.dot(self.noisy(h), self.weight(n, size)) for h, n in sources)
        if self.chance(.7):
            pre = pre + self.param(size)
        h = ACTIVATIONS[self.rng.choice(sorted(ACTIVATIONS))](pre).astype(self.dtype)
        same = [s for s, n in sources if n == size]
        if same and self.chance(.4):
            h = h + same[0] if self.chance(.5) else h * same[0]
        if self.chance(.2):
            h, size = TT.concatenate([h, sources[0][0]], axis=1), size + sources[0][1]
        if self.chance(.15):
            h = h.reshape((h.shape[0], size, 1)).dimshuffle(2, 0, 1)[0]
        if self.chance(.1):
            h = h[:, ::-1]
        return h, size

    def noisy(self, h):
        if self.plain:
            return h
        if self.chance(.15):
            return h * self.streams.binomial(
                size=h.shape, n=1, p=.7, dtype=self.dtype) / np.float32(.7)
        if self.chance(.1):
            return h + self.streams.normal(size=h.shape, std=.3, dtype=self.dtype)
        return h


class Loop(object):
    """A random recurrent net over x, of shape (batch, time, features).

    Attributes
    ----------
    x, output : variables
    params : list of shared variables
    value : array, for x
    fits : bool
        Whether each step reads the input of that step and the state before.
    """

    HAZARDS = ['batch in step', 'batch in front', 'time in front', 'time behind',
               'input behind', 'initial state', 'last state']

    def __init__(self, seed, hazard=None):
        self.rng = np.random.RandomState(seed)
        self.hazard, self.fits = hazard, hazard is None
        self.params = []
        batch, time, self.features = self.rng.randint(2, 4, size=3)
        self.units = self.rng.randint(2, 4)
        self.x = TT.tensor3('x')
        self.value = self.rng.randn(batch, time, self.features)
        self.output = self.behind(self.loop(self.in_front()))

    def chance(self, p):
        return bool(self.rng.rand() < p)

    def param(self, *shape):
        self.params.append(theano.shared(self.rng.randn(*shape) / np.sqrt(shape[0])))
        return self.params[-1]

    def activation(self):
        return ACTIVATIONS[self.rng.choice([
            'tanh', 'sigmoid', 'softplus', 'linear', 'softmax', 'norm:mean'])]

    def in_front(self):
        """Sequences of (time, batch, units)."""
        x = self.x
        if self.hazard == 'batch in front':
            x = x - x.mean(axis=0)
        if self.hazard == 'time in front':
            x = TT.cumsum(x, axis=1)
        if self.chance(.3):
            x = self.activation()(TT.dot(x, self.param(self.features, self.features)))
        x = x.dimshuffle(1, 0, 2)
        sequences = []
        for _ in range(self.rng.randint(1, 3)):
            z = TT.dot(x, self.param(self.features, self.units)) + self.param(self.units)
            sequences.append(self.activation()(z) if self.chance(.3) else z)
        return sequences

    def loop(self, sequences):
        """Results of each step, (time, batch, units)."""
        matrices = [self.param(self.units, self.units) for _ in range(3)]
        one, other = self.activation(), self.activation()
        two_states, go_backwards, turned = [self.chance(.4) for _ in range(3)]

        def step(*given):
            x, h = given[:len(sequences)], given[len(sequences):]
            if self.hazard == 'batch in step':
                h = [h[0] - h[0].mean(axis=0)] + list(h[1:])
            pre = x[0] + TT.dot(h[0], matrices[0])
            new = one(pre)
            if len(x) > 1:
                new = TT.nnet.sigmoid(x[1]) * new + h[0] * .5
            if turned:
                new = new[:, ::-1]
            if not two_states:
                return [new, pre * TT.dot(new, matrices[1])]
            cell = other(.5 * h[1] + TT.dot(new, matrices[1]) * x[0])
            return [TT.tanh(cell) * new, cell]

        zero = TT.zeros_like(sequences[0][0])
        if self.hazard == 'initial state':
            zero = TT.sqr(sequences[0][0])
        results, _ = theano.scan(step, sequences=sequences, go_backwards=go_backwards,
                                 outputs_info=[zero, zero if two_states else None])
        return results

    def behind(self, results):
        out = results[self.rng.randint(2)]
        if self.chance(.4):
            out = results[0] + TT.sqr(results[1])
        if self.chance(.4):
            out = self.activation()(TT.dot(out, self.param(self.units, 2)))
        if self.hazard == 'last state':
            return out[-1]
        out = out.dimshuffle(1, 0, 2)
        if self.hazard == 'time behind':
            out = out - out.mean(axis=1, keepdims=True)
        if self.hazard == 'input behind':
            out = out * self.x.sum(axis=2, keepdims=True)
        return out
