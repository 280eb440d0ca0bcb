"""Training steps through every way to the norms, for test_default_modes.py.

``python -c "import default_modes; default_modes.save('theano', 'default', path)"``
trains all of them in the mode that is configured.
"""

import warnings

import numpy as np

import symbolic
from symbolic import TT, theano

import theanets_reg
from theanets_reg import squared_norms

STEPS, RATE = 3, .01


def weights(*shape):
    """A shared variable of these sizes, the same in every process."""
    rng = np.random.RandomState(sum(n * 7 ** i for i, n in enumerate(shape)))
    return theano.shared(rng.randn(*shape) / np.sqrt(shape[0]))


class Case(object):
    """What is trained.

    Attributes
    ----------
    loss : scalar variable
    params : list of shared variables
    inputs : list of variables
    """

    def __init__(self, loss, params, *inputs):
        self.loss = loss
        self.params = params
        self.inputs = inputs

    def values(self):
        """An array for each input."""
        rng = np.random.RandomState(5)
        return [MASK if v.name == 'mask' else rng.randn(*SHAPES[v.name]) for v in self.inputs]

    def trained(self, mode):
        """The losses of some steps of gradient descent, and the parameters after them."""
        grads = theano.grad(self.loss, self.params)
        step = theano.function(self.inputs, self.loss, mode=mode, updates=[
            (p, p - RATE * g) for p, g in zip(self.params, grads)])
        values = self.values()
        losses = [step(*values) for _ in range(STEPS)]
        return np.concatenate([losses] + [p.get_value().ravel() for p in self.params])


# x: 6 features of 3 examples; wide: all that the graph knows of these 10 units is
# that there are some; s: 2 sequences of 5 steps, time first in t; five: 5 of 4 steps.
SHAPES = {'x': (3, 6), 'wide': (10, 10), 's': (2, 5, 3), 'five': (5, 4, 3), 't': (5, 2, 3)}
MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0.]])


def layers(**options):
    """The norms of three tanh layers, 6-5-4-10."""
    x, params = TT.matrix('x'), [weights(6, 5), weights(5, 4), weights(4, 10)]
    h = x
    for w in params:
        h = TT.tanh(TT.dot(h, w))
    return Case(squared_norms(h, x, **options).mean(), params, x)


def two_layers(**options):
    """Two tanh layers, 6-5-10: a diagonal between two matrices with few columns."""
    x, params = TT.matrix('x'), [weights(6, 5), weights(5, 10)]
    h = TT.tanh(TT.dot(TT.tanh(TT.dot(x, params[0])), params[1]))
    return Case(squared_norms(h, x, **options).mean(), params, x)


def unknown_width(**options):
    """The same, where it is not known before it runs that there are 10 units."""
    x, wide, params = TT.matrix('x'), TT.matrix('wide'), [weights(6, 5), weights(5, 10)]
    h = TT.tanh(TT.dot(TT.tanh(TT.dot(TT.tanh(TT.dot(x, params[0])), params[1])), wide))
    return Case(squared_norms(h, x, strategy='row blocks', **options).mean(), params, x, wide)


def one_layer():
    x, w = TT.matrix('x'), weights(6, 5)
    return Case(squared_norms(TT.nnet.sigmoid(TT.dot(x, w)), x).mean(), [w], x)


def over_the_batch():
    x, w = TT.matrix('x'), weights(6, 4)
    h = TT.tanh(TT.dot(x, w))
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        return Case(squared_norms(h - h.mean(axis=0), x).mean(), [w], x)


def loop(steps, u):
    """The states of a recurrent layer, time first, of inputs with time first."""
    return theano.scan(lambda a, h: TT.tanh(a + TT.dot(h, u)), sequences=[steps],
                       outputs_info=[TT.zeros_like(steps[0])])[0]


def recursion(name='s', read=lambda s: s.dimshuffle(1, 0, 2),
              end=lambda h: h.dimshuffle(1, 0, 2), gated=False, **options):
    """A recurrent layer over what is read of an input, with time first, and what ends it."""
    s, w, u = TT.tensor3(name), weights(3, 4), weights(4, 4)

    def step(a, h):
        return TT.tanh(a + TT.dot(h * TT.nnet.sigmoid(TT.dot(h, u)), u))
    z = TT.dot(read(s), w)
    h = theano.scan(step, sequences=[z], outputs_info=[TT.zeros_like(z[0])])[0] \
        if gated else loop(z, u)
    return Case(squared_norms(end(h), s, strategy='recursion over time', **options).mean(),
                [w, u], s)


def decoder(**options):
    """States that are made of the last one of a recurrent layer, four units each."""
    s, w, u = TT.tensor3('s'), weights(3, 4), weights(4, 4)
    h = theano.scan(lambda h: TT.tanh(TT.dot(h, u)),
                    outputs_info=[loop(TT.dot(s.dimshuffle(1, 0, 2), w), u)[-1]], n_steps=2)[0]
    return Case(squared_norms(h.dimshuffle(1, 0, 2), s, strategy=ROWS, **options).mean(),
                [w, u], s)


def step_of_examples():
    """A loop over the examples, each of them a sequence of its own."""
    s, w, u = TT.tensor3('s'), weights(3, 4), weights(4, 4)
    h = theano.scan(lambda one: loop(TT.dot(one, w), u), sequences=[s])[0]
    return Case(squared_norms(h, s, strategy='recursion over time').mean(), [w, u], s)


def recurrent_norm(**options):
    t, mask, u = TT.tensor3('t'), TT.matrix('mask'), weights(3, 3)
    reg = theanets_reg.RecurrentNorm('h', time_axis=0, mask=mask, **options)
    return Case(reg.loss([], {'h': loop(t, u)}), [u], t, mask)


def masked_contractive():
    t, mask, w = TT.tensor3('t'), TT.matrix('mask'), weights(3, 4)
    reg = theanets_reg.Contractive('h', wrt='t', time_axis=0, mask=mask)
    return Case(reg.loss([], {'h': TT.tanh(TT.dot(t, w)), 't': t}), [w], t, mask)


ROWS, COLUMNS, NARROW = 'row blocks', 'column blocks', 'through a narrow layer'

#: 10 rows, 6 columns and 4 units of the narrow layer: all but the wholes have a remainder.
CASES = {
    'closed form': one_layer,
    'rows': lambda: layers(strategy=ROWS),
    'rows, 3 at a time': lambda: layers(strategy=ROWS, chunk_size=3),
    'rows, 7 at a time': lambda: layers(strategy=ROWS, chunk_size=7),
    'rows, 20 at a time': lambda: layers(strategy=ROWS, chunk_size=20),
    'rows, by memory': lambda: layers(strategy=ROWS, memory=8 * 128 * 5 * 4),
    'rows of unknown width, 7 at a time': lambda: unknown_width(chunk_size=7),
    'rows of unknown width, 10 at a time': lambda: unknown_width(chunk_size=10),
    'rows of unknown width, 20 at a time': lambda: unknown_width(chunk_size=20),
    'columns': lambda: layers(strategy=COLUMNS),
    'columns, 4 at a time': lambda: layers(strategy=COLUMNS, chunk_size=4),
    'columns of two layers': lambda: two_layers(strategy=COLUMNS),
    'columns of two layers, 4 at a time': lambda: two_layers(strategy=COLUMNS, chunk_size=4),
    'narrow': lambda: layers(strategy=NARROW),
    'narrow, 3 at a time': lambda: layers(strategy=NARROW, chunk_size=3),
    'narrow, by memory': lambda: layers(strategy=NARROW, memory=8 * 128 * 10 * 3),
    'row by row': lambda: layers(strategy='row by row'),
    'literal': over_the_batch,
    'recursion': recursion,
    'recursion by matrices': lambda: recursion(gated=True),
    'recursion, 2 of 5 examples at a time': lambda: recursion('five', memory=8 * 2 * 4 * 16),
    'recursion, last step': lambda: recursion(end=lambda h: h[-1]),
    'recursion of one example': lambda: recursion(read=lambda s: s[1], end=lambda h: h),
    'recursion in a loop over examples': step_of_examples,
    'rows of a decoder': decoder,
    'rows of a decoder, 3 at a time': lambda: decoder(chunk_size=3),
    'hutchinson': lambda: layers(method='hutchinson', samples=2),
    'hutchinson in a loop': lambda: layers(method='hutchinson', samples=9),
    'recurrent norm': lambda: recurrent_norm(norm='squared'),
    'recurrent norm, l2': lambda: recurrent_norm(norm='l2'),
    'contractive, masked': masked_contractive,
}



def save(package, path, names=None):
    """Train what is named in the default mode, and write the numbers to a file."""
    symbolic.use(package)
    np.savez(path, **{name: CASES[name]().trained(None) for name in names or sorted(CASES)})
