"""What random projections add to a training step, next to the exact norm.

    python benchmarks/hutchinson.py [--save FILE]

All steps are timed in turns in one process, with two threads; the figures are
medians. A training step is the loss and the update of all parameters of an
autoencoder with tied weights; the penalty is that of its innermost layer.
"""

import argparse
import functools

import timing
timing.use_threads()

import numpy as np  # noqa: E402
import theanets_reg  # noqa: E402
import theano  # noqa: E402
import theano.tensor as TT  # noqa: E402

ENCODERS = [(784, 256, 64), (2048, 1024, 512)]


def training_step(sizes, contractive=None, decoder=True):
    """A compiled update by gradient descent."""
    rng = np.random.RandomState(13)
    x = TT.matrix('x')
    weights = [theano.shared((rng.randn(n, m) / np.sqrt(n)).astype('f'))
               for n, m in zip(sizes, sizes[1:])]
    h = x
    for w in weights:
        h = TT.tanh(TT.dot(h, w))
    code, target = h, x
    for w in reversed(weights if decoder else []):
        h = TT.dot(h, w.T)
    loss = TT.sqr(h - target).mean() if decoder else TT.sqr(h).mean()
    if contractive:
        loss = loss + theanets_reg.penalty({'code': code}, contractive=dict(
            weight=0.1, pattern='code', **contractive))
    updates = [(w, w - np.float32(0.001) * g)
               for w, g in zip(weights, theano.grad(loss, weights))]
    return theano.function([x], loss, updates=updates)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, value in (('batch', 128), ('rounds', 40), ('exact', 1)):
        parser.add_argument('--' + name, type=int, default=value)
    timing.save_option(parser)
    args, rows = parser.parse_args(), []
    theano.config.floatX = 'float32'
    print(timing.setting('theano'))
    print('batch {}, float32, tanh encoders'.format(args.batch))
    for sizes in ENCODERS:
        data = np.random.RandomState(0).rand(args.batch, sizes[0]).astype('f')
        one = dict(method='hutchinson')
        steps = {'autoencoder, plain': training_step(sizes),
                 'autoencoder, hutchinson': training_step(sizes, one),
                 'autoencoder, 4 samples': training_step(sizes, dict(one, samples=4)),
                 'encoder alone, plain': training_step(sizes, decoder=False),
                 'encoder alone, hutchinson': training_step(sizes, one, decoder=False)}
        if args.exact and sizes[-1] <= 64:
            steps['autoencoder, exact'] = training_step(sizes, dict(method='auto'))
        rows += report(sizes, timing.medians({name: functools.partial(step, data)
                                              for name, step in steps.items()}, args.rounds))
    timing.keep(args.save, timing.setting('theano'), rows)


def report(sizes, medians):
    """Print a line for each step; the lines as a list of dict."""
    for name, value in medians.items():
        plain = medians[name.split(',')[0] + ', plain']
        print('{:<15} {:<26} {:8.2f} ms {:6.2f}'.format(
            '-'.join(map(str, sizes)), name, value, value / plain), flush=True)
    return [dict(sizes=sizes, step=name, ms=value) for name, value in medians.items()]


if __name__ == '__main__':
    main()
