"""The same theanets nets, seeds and data, trained on Theano and on PyTensor.

    python benchmarks/theanets_on_pytensor.py \\
        --theano-python=python3.11 --pytensor-python=python3.12

Each interpreter has theanets, downhill and one of the two packages. They train
one after the other; the table compares the losses after the last update and
the median times of an update. Random draws differ between the two packages, so
no net here has dropout or noise. --save FILE keeps all as JSON.
"""

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import time

import numpy as np

import timing


def feedforward(theanets):
    return theanets.Autoencoder([64, (32, 'sigmoid'), 64])


def tied(theanets):
    return theanets.Autoencoder([64, (32, 'sigmoid'), (16, 'tanh'), (32, 'tied'),
                                 (64, 'tied')])


def classifier(theanets):
    return theanets.Classifier([64, (50, 'relu'), (20, 'tanh'), 10])


def wide(theanets):
    return theanets.Autoencoder([784, 512, 256, 32, 256, 512, 784])


def recurrent(*layers, **sizes):
    return lambda theanets: theanets.recurrent.Regressor(
        [sizes.get('inputs', 10)] + list(layers) + [5])


def data(net, seed=13, batch=None, steps=20):
    """One mini-batch in the shapes that `net` asks for."""
    rng = np.random.RandomState(seed)
    series = net.inputs[0].ndim == 3
    batch = batch or (32 if series else 64)
    inputs = rng.uniform(size=(batch, ) + (steps, ) * series + (net.layers[0].size, ))
    if len(net.variables) == 1:
        return [inputs]
    if net.variables[1].dtype.startswith('int'):
        return [inputs, rng.randint(10, size=batch).astype('int32')]
    steps = steps - (getattr(net.layers[1], 'filter_shape', (1, 1))[1] - 1)
    return [inputs, rng.randn(batch, steps, 5)]


CONTRACTIVE = dict(contractive=0.1)
NORM = dict(recurrent_norm=dict(weight=0.1, pattern='hid1:out'))
CASES = [
    ('autoencoder', feedforward, {}),
    ('autoencoder', feedforward, CONTRACTIVE),
    ('deep tied autoencoder', tied, {}),
    ('deep tied autoencoder', tied, dict(contractive=dict(weight=0.1, pattern='hid2:out'))),
    ('classifier', classifier, {}),
    ('classifier', classifier, CONTRACTIVE),
    ('rnn', recurrent((30, 'rnn', 'tanh')), {}),
    ('rnn', recurrent((30, 'rnn', 'tanh')), NORM),
    ('rnn', recurrent((30, 'rnn', 'tanh')), CONTRACTIVE),
    ('gru', recurrent((30, 'gru')), {}),
    ('gru', recurrent((30, 'gru')), NORM),
    ('lstm', recurrent((30, 'lstm')), {}),
    ('lstm', recurrent((30, 'lstm')), NORM),
    ('bidirectional', recurrent((30, 'bidirectional')), {}),
    ('bidirectional', recurrent((30, 'bidirectional')), NORM),
    ('clockwork', recurrent(dict(form='clockwork', size=30, periods=(1, 2, 4))), {}),
    ('clockwork', recurrent(dict(form='clockwork', size=30, periods=(1, 2, 4))), NORM),
    ('conv1', recurrent(dict(form='conv1', size=30, filter_size=3)), {}),
    ('784-512-256-32-256-512-784', wide, {}),
    ('784-512-256-32-256-512-784', wide, CONTRACTIVE),
    ('bidirectional 20-16', recurrent((16, 'bidirectional'), inputs=20), {}),
    ('bidirectional 20-16', recurrent((16, 'bidirectional'), inputs=20), CONTRACTIVE),
]

# Where the mini-batch is not that of the others.
BATCHES = {'784-512-256-32-256-512-784': dict(batch=32),
           'bidirectional 20-16': dict(batch=32, steps=30)}


def train(theanets, case, updates):
    """The last loss, the median seconds of an update, the seconds before the first."""
    name, make, penalties = case
    net = make(theanets)
    batch = data(net, **BATCHES.get(name, {}))
    times, start = [], time.perf_counter()
    for monitors, _ in net.itertrain(batch, algo='rmsprop', learning_rate=0.001,
                                     batch_size=len(batch[0]), max_updates=updates,
                                     patience=updates, **penalties):
        times.append(time.perf_counter() - start)
        start = time.perf_counter()
    return float(monitors['loss']), float(np.median(times[1:])), times[0]


def work(number, updates):
    """Train one case; what came of it goes to standard output as JSON."""
    output, sys.stdout = sys.stdout, open(os.devnull, 'w')
    import theanets_reg
    theanets = theanets_reg.install()
    engine = sys.modules.get('theano') or sys.modules['pytensor']
    json.dump(dict(result=train(theanets, CASES[number], updates),
                   versions='Python {} | NumPy {} | {} {}'.format(
                       platform.python_version(), np.__version__, engine.__name__,
                       engine.__version__)), output)


def title(penalties):
    return ', '.join(sorted(penalties)) or '-'


def ask(python, number, updates):
    command = [python, os.path.abspath(__file__), '--worker', '--updates', str(updates),
               '--cases', str(number)]
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    path = os.pathsep.join(filter(None, [root, os.environ.get('PYTHONPATH')]))
    return json.loads(subprocess.run(
        command, stdout=subprocess.PIPE, check=True,
        env=dict(os.environ, PYTHONPATH=path)).stdout.decode())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--theano-python', default=sys.executable)
    parser.add_argument('--pytensor-python', default=sys.executable)
    parser.add_argument('--updates', type=int, default=20)
    parser.add_argument('--cases', type=int, nargs='+', default=range(len(CASES)),
                        help='numbers of the rows, all of them by default')
    parser.add_argument('--worker', action='store_true', help=argparse.SUPPRESS)
    timing.save_option(parser)
    args, rows = parser.parse_args(), []
    if args.worker:
        work(args.cases[0], args.updates)
        return
    row = '{:<27} {:<15} {:>18} {:>18} {:>9} {:>9} {:>9} {:>8} {:>8}'
    print('{} | {} cores | {}'.format(
        platform.platform(), os.cpu_count(), datetime.date.today()))
    for count, number in enumerate(args.cases):
        theano = ask(args.theano_python, number, args.updates)
        pytensor = ask(args.pytensor_python, number, args.updates)
        if count == 0:
            for flags, answer in (('THEANO_FLAGS', theano), ('PYTENSOR_FLAGS', pytensor)):
                print('{} | {}={}'.format(
                    answer['versions'], flags, os.environ.get(flags, '')))
            print('loss after {} updates, ms of an update, s before the first\n'.format(
                args.updates))
            print(row.format('net', 'penalty', 'loss Theano', 'loss PyTensor', 'relative',
                             'ms Theano', 'PyTensor', 's Theano', 'PyTensor'))
        one, other = theano['result'], pytensor['result']
        print(row.format(
            CASES[number][0], title(CASES[number][2]),
            '{:.15g}'.format(one[0]), '{:.15g}'.format(other[0]),
            '{:.1e}'.format(abs(one[0] - other[0]) / abs(one[0])),
            '{:.2f}'.format(1e3 * one[1]), '{:.2f}'.format(1e3 * other[1]),
            '{:.1f}'.format(one[2]), '{:.1f}'.format(other[2])), flush=True)
        rows.append(dict(net=CASES[number][0], penalty=title(CASES[number][2]),
                         **{name: dict(zip(('loss', 'seconds', 'first'), result))
                            for name, result in (('theano', one), ('pytensor', other))}))
    timing.keep(args.save, [theano['versions'], pytensor['versions']], rows)


if __name__ == '__main__':
    main()
