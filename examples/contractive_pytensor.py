"""The contractive autoencoder on handwritten digits, in plain PyTensor.

The same digits, net, table and picture as contractive_digits.py, without theanets:
one graph, ``penalty(...)`` added to its loss, and a training loop of a few lines.

    pip install ".[examples]" && python examples/contractive_pytensor.py
"""

import numpy as np
import pytensor
import pytensor.tensor as pt

import theanets_reg
from digits import BATCH_SIZE, LEARNING_RATE, draw, load, parse_args, report, watch

FLOAT = 'float32'


def main():
    args = parse_args('contractive_pytensor.png')
    train, test = load(args, FLOAT)
    nets = {'plain': Autoencoder(args.hidden, 0.),
            'contractive': Autoencoder(args.hidden, args.weight)}
    print('compiling, this takes a while the first time ...', flush=True)
    watch([net.epochs(train) for net in nets.values()], nets, train, test, args)
    report(nets, train, test, lambda net, x: net.penalty(x))
    draw(nets, test, args)


class Autoencoder:
    """A sigmoid layer; the decoder has its weights, else it could undo their shrinking."""

    def __init__(self, hidden, weight):
        rng = np.random.RandomState(13)
        x = pt.matrix('x', dtype=FLOAT)
        self.w = shared(rng.randn(64, hidden) / np.sqrt(64))
        b, c = shared(np.zeros(hidden)), shared(np.zeros(64))
        h = pt.sigmoid(pt.dot(x, self.w) + b)
        y = pt.dot(h, self.w.T) + c
        loss = ((y - x) ** 2).mean()
        if weight:
            loss += theanets_reg.penalty({'h': h}, contractive=weight)
        self.step = pytensor.function([x], loss, updates=adam(loss, [self.w, b, c]))
        self.encode = pytensor.function([x], h)
        self.predict = pytensor.function([x], y)
        self.penalty = pytensor.function([x], theanets_reg.Contractive('h').loss([], {'h': h}))

    def epochs(self, train):
        """One epoch of training for each item that is taken."""
        rng = np.random.RandomState(7)
        while True:
            order = rng.permutation(len(train))
            yield np.mean([self.step(train[order[i:i + BATCH_SIZE]])
                           for i in range(0, len(train), BATCH_SIZE)])

    def find(self, layer, name):
        """The parameter that the table and the picture ask for."""
        return {('hid1', 'w'): self.w}[layer, name]


def shared(value):
    return pytensor.shared(value.astype(FLOAT))


def adam(loss, params, rate=LEARNING_RATE, beta1=0.9, beta2=0.999):
    """Updates by Kingma & Ba, arXiv:1412.6980."""
    t = shared(np.asarray(1.))
    updates = {t: t + np.float32(1)}
    scale = pt.sqrt(1 - beta2 ** t) / (1 - beta1 ** t)
    for p, g in zip(params, pytensor.grad(loss, params)):
        m, v = shared(0 * p.get_value()), shared(0 * p.get_value())
        updates[m] = beta1 * m + (1 - beta1) * g
        updates[v] = beta2 * v + (1 - beta2) * g ** 2
        updates[p] = p - rate * scale * updates[m] / (pt.sqrt(updates[v]) + 1e-8)
    return {old: new.astype(FLOAT) for old, new in updates.items()}


if __name__ == '__main__':
    main()
