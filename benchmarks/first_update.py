"""How long the first update of theanets nets takes, with a penalty and without.

    python benchmarks/first_update.py [--cases 'one layer' rnn] [--save FILE]

Processor time of the process and of its children, the compiler among them, from
building the net to the end of the first update. Each case is a process of its own, with
a cache of its own that is empty. Importing theanets is not counted.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [HERE, os.path.join(HERE, 'benchmarks')]

import timing  # noqa: E402

#: Of a net: its layers, its penalties, and how much longer one may take than none.
CASES = {
    'one layer': ('Autoencoder', [64, (32, 'sigmoid'), 64], {
        'contractive': (dict(contractive=0.1), 1.3)}),
    'deep': ('Autoencoder', [64, (32, 'sigmoid'), (16, 'tanh'), (32, 'sigmoid'), 64], {
        'contractive': (dict(contractive=0.1), 1.8)}),
    'rnn': ('recurrent.Regressor', [10, (30, 'rnn', 'tanh'), 5], {
        'recurrent_norm': (dict(recurrent_norm=0.1), 1.3),
        'contractive': (dict(contractive=0.1), 2.)}),
    'lstm': ('recurrent.Regressor', [10, (30, 'lstm'), 5], {
        'contractive': (dict(contractive=0.1), None)}),
    'gru': ('recurrent.Regressor', [10, (30, 'gru'), 5], {
        'contractive': (dict(contractive=0.1), None)}),
}


def work(name, penalty):
    """The seconds of one case, on standard output."""
    output, sys.stdout = sys.stdout, open(os.devnull, 'w')
    import numpy as np

    import theanets_reg
    import theanets_on_pytensor
    theanets = theanets_reg.install()
    kind, layers, penalties = CASES[name]
    kwargs = penalties[penalty][0] if penalty else {}
    start, clock = processor(), time.perf_counter()
    net = theanets
    for part in kind.split('.'):
        net = getattr(net, part)
    net = net(layers)
    batch = theanets_on_pytensor.data(net)
    next(net.itertrain(batch, algo='rmsprop', batch_size=len(batch[0]), **kwargs))
    engine = sys.modules.get('theano') or sys.modules['pytensor']
    json.dump([processor() - start, time.perf_counter() - clock, '{} {}, NumPy {}'.format(
        engine.__name__, engine.__version__, np.__version__)], output)


def processor():
    """Seconds of this process and of its children that have ended."""
    return sum(os.times()[:4])


def measured(name, penalty):
    with tempfile.TemporaryDirectory() as cache:
        flags = {flag: ','.join(filter(None, [
            os.environ.get(flag, ''), 'base_compiledir=' + cache]))
            for flag in ('THEANO_FLAGS', 'PYTENSOR_FLAGS')}
        done = subprocess.run(
            [sys.executable, '-W', 'ignore', os.path.abspath(__file__), '--work', name, penalty],
            env=dict(os.environ, NUMBA_CACHE_DIR=cache, **flags),
            stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--cases', nargs='*', default=list(CASES))
    parser.add_argument('--work', nargs=2, help=argparse.SUPPRESS)
    timing.save_option(parser)
    given, rows = parser.parse_args(), []
    if given.work:
        return work(*given.work)
    for name in given.cases:
        plain, _, versions = measured(name, '')
        print('{} ({}, Python {}): {:.1f} s without a penalty'.format(
            name, versions, platform.python_version(), plain), flush=True)
        for penalty, (_, target) in CASES[name][2].items():
            seconds, clock, _ = measured(name, penalty)
            print('    {}: {:.1f} s, {:.2f} times (target {}); {:.1f} s by the clock'.format(
                penalty, seconds, seconds / plain, target or 'none', clock), flush=True)
            rows.append(dict(net=name, penalty=penalty, plain=plain, seconds=seconds, clock=clock))
    timing.keep(given.save, '{}, Python {}'.format(versions, platform.python_version()), rows)


if __name__ == '__main__':
    main()
