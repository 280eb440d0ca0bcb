"""The contractive penalty of a recurrent layer: exact by recursion, or not.

    python benchmarks/recurrent_jacobian.py

One function for each way, penalty and its gradient by all parameters of the
layer; timed in turns in one process, with two threads; medians.
"""

import argparse
import functools
import time

import timing
timing.use_threads()

import numpy as np  # noqa: E402
import theanets_reg  # noqa: E402
import theano  # noqa: E402
from theanets_reg.jacobian import explain, squared_norms  # noqa: E402


def penalty_and_gradient(net, method):
    """Compiled; and what takes the longest to compile is the literal way."""
    outputs, _ = net.build_graph()
    penalty = squared_norms(outputs['hid1:out'], net.inputs[0], method=method).mean()
    params = net.layers[1].params
    return theano.function(net.inputs, [penalty] + theano.grad(
        penalty, params, disconnected_inputs='ignore'))


def training_step(net):
    loss = net.loss()
    return theano.function(net.variables, [loss] + theano.grad(loss, net.params))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, value in (('batch', 16), ('steps', 20), ('units', 32), ('features', 10),
                        ('rounds', 3)):
        parser.add_argument('--' + name, type=int, default=value)
    parser.add_argument('--form', default='rnn')
    parser.add_argument('--dtype', default='float64')
    parser.add_argument('--without-literal', action='store_true')
    args = parser.parse_args()
    theano.config.floatX = args.dtype
    theanets = theanets_reg.install()
    net = theanets.recurrent.Regressor(
        [args.features, (args.units, args.form, 'tanh'), 5], rng=13)
    for param in net.params:
        param.set_value(param.get_value().astype(args.dtype))
    rng = np.random.RandomState(13)
    data = [rng.randn(args.batch, args.steps, n).astype(args.dtype)
            for n in (args.features, 5)]
    print(timing.setting('theano'))
    print('{}, batch {}, {} steps, {} units, {} features, {}'.format(
        args.form, args.batch, args.steps, args.units, args.features, args.dtype))
    print(explain(net.build_graph()[0]['hid1:out'], net.inputs[0]))
    ways = ['auto', 'hutchinson'] + ([] if args.without_literal else ['jacobian'])
    functions = {'plain step': functools.partial(training_step(net), *data)}
    for way in ways:
        start = time.perf_counter()
        functions[way] = functools.partial(penalty_and_gradient(net, way), data[0])
        print('{} compiled in {:.0f} s'.format(way, time.perf_counter() - start), flush=True)
    report(functions, args.rounds)


def report(functions, rounds):
    medians = timing.medians(functions, rounds, warm=1)
    for name, value in medians.items():
        print('{:<12} {:10.1f} ms {:8.1f} times auto'.format(
            name, value, value / medians['auto']))
    if 'jacobian' in functions:
        print('largest relative difference to the literal Jacobian: {:.1e}'.format(max(
            abs(a - b).max() / max(abs(b).max(), 1e-30)
            for a, b in zip(functions['auto'](), functions['jacobian']()))))


if __name__ == '__main__':
    main()
