"""Several penalties in one training step, next to the same apart.

    python benchmarks/shared_work.py [--save FILE]

The norms of several outputs, or by several inputs, and their gradients by all
parameters: one function for all of them, and one for each. "apart" is the sum
of the latter.
"""

import argparse
import functools

import timing
timing.use_threads()

import numpy as np  # noqa: E402
import theanets_reg  # noqa: E402,F401 (before theano)
import theano  # noqa: E402
import theano.tensor as TT  # noqa: E402
from theanets_reg.jacobian import squared_norms  # noqa: E402


def outputs_of_one_input(rng):
    """784-512-256-32: the norms of all three layers."""
    x, params, layers = TT.matrix('x', dtype='float32'), [], []
    h = x
    for shape in (784, 512), (512, 256), (256, 32):
        params.append(theano.shared((rng.randn(*shape) / 30).astype('float32')))
        h = TT.tanh(TT.dot(h, params[-1]))
        layers.append(h)
    return [(layer, x) for layer in layers], [x], params


def inputs_of_one_output(rng):
    """784 and 300 to 256 to 64: the norms by both inputs."""
    inputs = [TT.matrix(name, dtype='float32') for name in 'xy']
    params = [theano.shared((rng.randn(*shape) / 30).astype('float32'))
              for shape in ((784, 256), (300, 256), (256, 64))]
    h = TT.tanh(sum(TT.dot(v, w) for v, w in zip(inputs, params)))
    z = TT.tanh(TT.dot(h, params[2]))
    return [(z, v) for v in inputs], inputs, params


def function(pairs, inputs, params):
    outputs = list(dict.fromkeys(z for z, _ in pairs))
    wrt = list(dict.fromkeys(x for _, x in pairs))
    cost = sum(n.mean() for n in squared_norms(outputs, wrt))
    slopes = theano.grad(cost, params, disconnected_inputs='ignore')
    return theano.function(inputs, [cost] + slopes, on_unused_input='ignore')


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--batch', type=int, default=128)
    parser.add_argument('--rounds', type=int, default=20)
    timing.save_option(parser)
    args, rows = parser.parse_args(), []
    print(timing.setting('theano'))
    for work in outputs_of_one_input, inputs_of_one_output:
        rng = np.random.RandomState(13)
        pairs, inputs, params = work(rng)
        data = [rng.rand(args.batch, w.get_value().shape[0]).astype('float32')
                for _, w in zip(inputs, params)]
        steps = {'together': functools.partial(function(pairs, inputs, params), *data)}
        for k, pair in enumerate(pairs):
            steps[k] = functools.partial(function([pair], inputs, params), *data)
        found = timing.medians(steps, args.rounds)
        together = found.pop('together')
        apart = sum(found.values())
        print('{} together {:.2f} ms, apart {:.2f} ms: {:.2f}'.format(
            work.__doc__, together, apart, together / apart), flush=True)
        rows.append(dict(work=work.__doc__, together=together, apart=apart))
    timing.keep(args.save, timing.setting('theano'), rows)


if __name__ == '__main__':
    main()
