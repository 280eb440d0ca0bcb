"""What `recurrent_norm` adds to a training step of a recurrent network.

    python benchmarks/recurrent_norm.py [--save FILE]

Both steps are timed in turns in one process; the figures are medians.
"""

import argparse
import functools

import timing
timing.use_threads()

import numpy as np  # noqa: E402
import theanets_reg  # noqa: E402
import theano  # noqa: E402


def training_step(theanets, sizes, **regularizers):
    """A compiled update of all parameters by gradient descent."""
    net = theanets.recurrent.Regressor(sizes, rng=13)
    loss = net.loss(**regularizers)
    updates = [(p, p - np.float32(0.001) * g)
               for p, g in zip(net.params, theano.grad(loss, net.params))]
    return theano.function(net.variables, loss, updates=updates)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, value in (('batch', 32), ('steps', 50), ('units', 100), ('rounds', 200)):
        parser.add_argument('--' + name, type=int, default=value)
    timing.save_option(parser)
    args = parser.parse_args()
    theano.config.floatX = 'float32'
    theanets = theanets_reg.install()
    rng = np.random.RandomState(13)
    sizes = [20, (args.units, 'rnn', 'tanh'), 5]
    data = [rng.randn(args.batch, args.steps, n).astype('f') for n in (20, 5)]
    steps = {'plain': training_step(theanets, sizes),
             'recurrent_norm': training_step(
                 theanets, sizes, recurrent_norm=dict(weight=0.1, pattern='hid1:out'))}
    medians = timing.medians({name: functools.partial(step, *data)
                              for name, step in steps.items()}, args.rounds, warm=5)
    print(timing.setting('theano'))
    print('rnn, batch {}, {} steps, {} units, float32'.format(
        args.batch, args.steps, args.units))
    for name, value in medians.items():
        print('{:<15} {:8.2f} ms  {:5.2f}'.format(name, value, value / medians['plain']))
    timing.keep(args.save, timing.setting('theano'), [
        dict(step=name, ms=value) for name, value in medians.items()])


if __name__ == '__main__':
    main()
