"""Random recurrent nets, in all the layouts in which people write them."""

import steps
from activations import ACTIVATIONS, ANY_DIMENSIONS
from cells import CELLS
from draws import Draws
from symbolic import TT, theano

BATCH, TIME, FEATURES = range(3)
LOOP_ACTIVATIONS = ['tanh', 'sigmoid', 'softplus', 'linear', 'softmax', 'norm:mean']

#: Parts of the nets whose norms come by the recursion over time.
BY_RECURSION = set(CELLS) - {'repeated units in the loop'} | set(ANY_DIMENSIONS) | {
    'dense in front', 'go backwards', 'two sequences', 'dense behind', 'both states',
    'gates apart', 'constant initial state', 'scaled input', 'taps', 'later steps',
    'reversed behind', 'reversed units behind', 'flat dense behind', 'last step',
    'mean of steps'}

#: Parts with which they do not.
HAZARDS = ['batch in step', 'batch in front', 'time in front', 'time behind']

PARTS = BY_RECURSION.union(CELLS, HAZARDS, [
    'layout', 'ones', 'reversed in front', 'another input', 'dropout of the input',
    'no dense in front', 'bidirectional', 'stacked', 'reversed between', 'two offsets',
    'masked', 'units first', 'layout behind', 'state from the input'])


class Loop(Draws):
    """A random recurrent net over a three-dimensional input.

    Parameters
    ----------
    seed : int
    allowed : collection of str, optional
        The parts that may be drawn; default: those by recursion and a random
        choice of the others, so that few come together as often as many.
    forced : str, optional
        A part that is drawn in any case.

    Attributes
    ----------
    inputs, wrt, outputs : lists of variables
    x, output : variables, the first ones
    params : list of shared variables
    values : list of arrays, for the inputs
    layout : list
        Which of BATCH, TIME and FEATURES each axis of the input is.
    """

    def __init__(self, seed, allowed=None, forced=None):
        super(Loop, self).__init__(seed, allowed=allowed, forced=forced)
        self.draw_allowed()
        self.layout = [BATCH, TIME, FEATURES]
        if self.chance(.4, 'layout'):
            # Norms are told by the first axis: mostly that of the examples.
            self.layout = self.rng.permutation(3).tolist() if self.chance(.3) else [
                BATCH, FEATURES, TIME]
        self.draw_sizes()
        self.inputs, self.values = [], []
        self.x = self.add_input('x')
        self.wrt = [self.x]
        x, width = self.in_front()
        out, n = self.nets(x, width)
        out, n = self.behind(out, n, x, width)
        self.output = self.ending(out)
        self.outputs = [self.output]

    def draw_allowed(self):
        share = self.rng.choice([.15, .4, 1.])
        if self.allowed is None:
            self.allowed = BY_RECURSION.union(
                part for part in sorted(PARTS) if self.chance(share))

    def draw_sizes(self):
        low = 1 if self.chance(.1, 'ones') else 2
        self.batch, self.time, self.features, self.units = self.rng.randint(low, 4, size=4)
        if self.chance(.5):
            self.batch = self.time = self.features = self.units = self.rng.randint(low, 4)

    def add_input(self, name):
        sizes = [self.batch, self.time, self.features]
        self.inputs.append(TT.tensor3(name))
        self.values.append(self.rng.randn(*[sizes[a] for a in self.layout]))
        return self.inputs[-1]

    def activation(self):
        return self.pick(ACTIVATIONS, LOOP_ACTIVATIONS)

    def in_front(self):
        """The input as (time, batch, features), and its number of features."""
        x, time = self.x, self.layout.index(TIME)
        if self.chance(.1, 'batch in front'):
            x = x - x.mean(axis=self.layout.index(BATCH), keepdims=True)
        if self.chance(.1, 'time in front'):
            x = TT.cumsum(x, axis=time)
        if self.chance(.3, 'scaled input'):
            x = TT.tanh(x * .7)
        if self.chance(.15, 'reversed in front'):
            x = x[tuple(slice(None, None, -1 if a == time else None) for a in range(3))]
        if self.chance(.15, 'another input'):
            x = x * TT.nnet.sigmoid(self.add_input('y'))
        if self.chance(.1, 'dropout of the input'):
            x = x * self.dropout(x.shape)
        x = x.dimshuffle(*[self.layout.index(a) for a in (TIME, BATCH, FEATURES)])
        if self.chance(.3, 'dense in front'):
            return self.activation()(TT.dot(x, self.param(self.features, self.units))), self.units
        return x, self.features

    def nets(self, x, width):
        """One loop, two side by side or one on the other: (time, batch, n) and n."""
        if self.chance(.2, 'bidirectional'):
            return self.both_directions(x, width)
        stacked = self.chance(.15, 'stacked')
        out = self.net(x, width)
        if stacked:
            out = out[::-1] if self.chance(.2, 'reversed between') else out
            out = self.net(out, self.units)
        return out, self.units

    def both_directions(self, x, width):
        one, other = self.net(x, width), self.net(x[::-1], width)
        other = other[::-1] if self.chance(.8) else other
        if self.chance(.7):
            return TT.concatenate([one, other], axis=2), 2 * self.units
        return (one + other if self.chance(.5) else one * other), self.units

    def net(self, x, width):
        """What a loop over (time, batch, width) puts out, (time, batch, units)."""
        cell = self.pick(CELLS)
        sequences = self.sequences(x, width, cell.gates)
        step = steps.of_gates(cell.make(self, self.units), cell.gates, self.units)
        if self.chance(.2, 'two sequences'):
            sequences.append(TT.sqr(TT.dot(x, self.param(width, self.units))))
            step = steps.with_another(step)
        if self.time > 2 and not self.uses & {'bidirectional', 'stacked', 'two offsets'} and (
                self.chance(.1, 'two offsets')):
            sequences = [s[1:] + s[:-1] for s in sequences]
        if self.chance(.1, 'batch in step'):
            step = steps.of_centred(step)
        if self.chance(.15, 'masked'):
            sequences.append(self.mask().dimshuffle(1, 0, 'x'))
            step = steps.masked(step)
        states = self.scan(step, sequences, [
            self.initial_state(x, width) for _ in range(cell.states)])
        if len(states) > 1 and self.chance(.3, 'both states'):
            return states[0] + TT.sqr(states[1])
        return states[0]

    def sequences(self, x, width, gates):
        """Input sums of the gates: one wide sequence, or one for each."""
        if width == self.units and self.chance(.4, 'no dense in front'):
            return [x * self.param(width) for _ in range(gates)]
        if gates > 1 and self.chance(.5, 'gates apart'):
            return [TT.dot(x, self.param(width, self.units)) + self.param(self.units)
                    for _ in range(gates)]
        return [TT.dot(x, self.param(width, gates * self.units))]

    def mask(self):
        """Another input, zeros and ones of (batch, time)."""
        self.inputs.append(TT.matrix('mask'))
        self.values.append((self.rng.rand(self.batch, self.time) < .7) * 1.)
        return self.inputs[-1]

    def initial_state(self, x, width):
        if self.chance(.15, 'state from the input'):
            return TT.tanh(TT.dot(x[0], self.param(width, self.units)))
        # A size of one that the type tells would have to be told of the cell as well.
        zero = TT.zeros((x.shape[1], self.param(self.units, 1).shape[0]))
        if self.chance(.2, 'constant initial state'):
            return zero + self.param(self.units)
        return zero

    def scan(self, step, sequences, initial):
        """The states of all steps, each (time, batch, units)."""
        taps = self.chance(.08, 'taps')
        if taps:
            step = steps.two_back(step)
            initial[0] = TT.stack([initial[0], .5 * initial[0]])
        turned = self.chance(.1, 'units first')
        if turned:
            step = steps.turned(step)
            sequences, initial = [[steps.turn(v) for v in vs] for vs in (sequences, initial)]
        if taps:
            initial[0] = dict(initial=initial[0], taps=[-2, -1])
        count = len(sequences)
        found, _ = theano.scan(
            lambda *given: step(list(given[:count]), list(given[count:])),
            sequences=sequences, outputs_info=initial,
            go_backwards=self.chance(.25, 'go backwards'))
        found = list(found) if isinstance(found, (list, tuple)) else [found]
        return [steps.turn(f) for f in found] if turned else found

    def behind(self, out, n, x, width):
        """What follows at each step: (time, batch, n) and n."""
        if 'two offsets' not in self.uses and self.chance(.2, 'input behind'):
            y = x if n == width else TT.dot(x, self.param(width, n))
            out = out + y if self.chance(.5) else out * TT.nnet.sigmoid(y)
        if self.chance(.1, 'reversed behind'):
            out = out[::-1]
        if self.chance(.1, 'reversed units behind'):
            out = out[:, :, ::-1]
        if self.chance(.3, 'dense behind'):
            out, n = self.activation()(TT.dot(out, self.param(n, 2))), 2
        elif self.chance(.1, 'flat dense behind'):
            flat = TT.dot(out.reshape((-1, n)), self.param(n, 3))
            out, n = TT.tanh(flat.reshape((out.shape[0], out.shape[1], 3))), 3
        if self.chance(.08, 'time behind'):
            out = out - out.mean(axis=0, keepdims=True)
        return out, n

    def ending(self, out):
        """Which steps are read, in what order of axes."""
        if self.chance(.1, 'later steps'):
            out = out[1:]
        if self.chance(.12, 'last step'):
            return out[-1]
        if self.chance(.08, 'mean of steps'):
            return out.mean(axis=0)
        if self.chance(.2, 'layout behind'):
            return out.dimshuffle(*self.rng.permutation(3).tolist())
        return out.dimshuffle(1, 0, 2)
