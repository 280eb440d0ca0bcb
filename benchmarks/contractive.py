"""What the contractive penalty costs, next to other ways to compute it.

    python benchmarks/contractive.py [--engine NAME] [--peer-python PATH] [--figure FILE]

Every row is a whole training step, loss and update of all parameters, in
float32 on the same arrays. The contenders of a table take turns, a fifth of a
second or one step each, and the median counts; the first step of a turn doesn't,
so that nobody pays for the turn of the one before. The plain step and ours are
in one process; the others are in one each, as they may run out of memory.

jax and torch may live in another environment: name its interpreter with
--peer-python. The engine, theano or pytensor, is the one that is installed where
the script runs. A contender whose package is missing, or that takes longer than
--limit seconds for a step, is printed as such.
"""

import argparse
import datetime
import functools
import importlib.util
import json
import os
import platform
import re
import select
import signal
import subprocess
import sys
import tempfile
import time

import numpy as np

THREADS = 2
TURN = .2        # seconds: for so long each takes steps, and all but the first count
WEIGHT = np.float32(.1)
RATE = np.float32(1e-4)

WORK = {
    'tied sigmoid 784-200': dict(sizes=(784, 200), activation='sigmoid'),
    'tied sigmoid 784-2000': dict(sizes=(784, 2000), activation='sigmoid'),
    'tanh 784-256-64': dict(sizes=(784, 256, 64), activation='tanh'),
    'relu 784-512-256-32': dict(sizes=(784, 512, 256, 32), activation='relu'),
}

ENGINES = ('theano', 'pytensor')

# Contender: package, None for the engine, and whether it is for one layer only.
CONTENDERS = {
    'plain step (engine)': (None, False),
    'theanets_reg': (None, False),
    'theanets_reg, hutchinson': (None, False),
    'materialised Jacobian (theano tutorial)': (None, True),
    'literal gradient.jacobian': (None, False),
    'plain step (jax)': ('jax', False),
    'vmap(jacrev), jit (jax)': ('jax', False),
    'plain step (torch)': ('torch', False),
    'vmap(jacrev) (torch)': ('torch', False),
    'loop over units (torch)': ('torch', False),
}

# They share a process, in which they take turns: what counts is their ratio.
TOGETHER = ('plain step (engine)', 'theanets_reg', 'theanets_reg, hutchinson')


def arrays(sizes, batch):
    """One batch, and parameters: an encoder and biases, the decoder is tied."""
    rng = np.random.RandomState(13)
    weights = [rng.randn(a, b) / np.sqrt(a) for a, b in zip(sizes, sizes[1:])]
    biases = [np.zeros(b) for b in sizes[1:] + sizes[-2::-1]]
    x = rng.rand(batch, sizes[0])
    return [a.astype('float32') for a in [x] + weights + biases]


def network(library, x, params, activation):
    """Hidden output and reconstruction error of a tied autoencoder."""
    depth = len(params) // 3
    weights, biases = params[:depth], params[depth:]
    h = x
    for w, b in zip(weights, biases):
        h = library[activation](library['dot'](h, w) + b)
    code, y = h, h
    for w, b in zip(weights[::-1], biases[depth:]):
        y = library['sigmoid'](library['dot'](y, w.T) + b)
    return code, ((y - x) ** 2).mean()


def relu(z):
    return (z + abs(z)) / 2


def symbolic_step(engine, contender, sizes, batch, activation):
    from theanets_reg.jacobian import squared_norms
    theano = importlib.import_module(engine)
    TT = importlib.import_module(engine + '.tensor')
    sigmoid = TT.nnet.sigmoid if engine == 'theano' else TT.sigmoid
    library = dict(dot=TT.dot, sigmoid=sigmoid, tanh=TT.tanh, relu=relu)
    values = arrays(sizes, batch)
    x = TT.matrix('x', dtype='float32')
    params = [theano.shared(v) for v in values[1:]]
    h, loss = network(library, x, params, activation)
    penalty = TT.zeros((), 'float32')
    methods = {'theanets_reg': 'auto', 'theanets_reg, hutchinson': 'hutchinson',
               'literal gradient.jacobian': 'jacobian'}
    if contender in methods:
        penalty = squared_norms(h, x, method=methods[contender]).mean()
    elif contender.startswith('materialised'):
        w = params[0]
        jacobian = ((h * (1 - h)).reshape((batch, 1, sizes[1])) *
                    w.reshape((1, sizes[0], sizes[1])))
        penalty = (jacobian ** 2).sum() / np.float32(batch)
    loss = loss + WEIGHT * penalty
    step = theano.function([x], penalty, updates=[
        (p, p - RATE * g) for p, g in zip(params, theano.grad(loss, params))])
    return lambda: float(step(values[0]))


def jax_step(contender, sizes, batch, activation):
    import jax
    import jax.numpy as jnp
    library = dict(dot=jnp.dot, sigmoid=jax.nn.sigmoid, tanh=jnp.tanh, relu=relu)
    x, *params = [jnp.asarray(v) for v in arrays(sizes, batch)]

    def loss(params):
        loss, penalty = network(library, x, params, activation)[1], jnp.float32(0)
        if 'jacrev' in contender:
            def encode(row):
                return network(library, row, params, activation)[0]
            rows = jax.vmap(jax.jacrev(encode))(x)
            penalty = (rows ** 2).sum() / batch
        return loss + WEIGHT * penalty, penalty

    @jax.jit
    def update(params):
        (_, penalty), slopes = jax.value_and_grad(loss, has_aux=True)(params)
        return [p - RATE * g for p, g in zip(params, slopes)], penalty

    state = [params]

    def step():
        state[0], penalty = jax.block_until_ready(update(state[0]))
        return float(penalty)
    return step


def torch_step(contender, sizes, batch, activation):
    import torch
    torch.set_num_threads(THREADS)
    library = dict(dot=torch.matmul, sigmoid=torch.sigmoid, tanh=torch.tanh, relu=relu)
    x, *params = [torch.tensor(v) for v in arrays(sizes, batch)]
    for p in params:
        p.requires_grad_()

    def jacrev():
        def encode(row):
            return network(library, row, params, activation)[0]
        return (torch.func.vmap(torch.func.jacrev(encode))(x) ** 2).sum() / batch

    def loop():
        row = x.clone().requires_grad_()
        h, total = network(library, row, params, activation)[0], 0.
        for k in range(sizes[-1]):
            slope, = torch.autograd.grad(h[:, k].sum(), row, create_graph=True)
            total = total + (slope ** 2).sum()
        return total / batch

    def step():
        penalty = torch.zeros(())
        if 'jacrev' in contender:
            penalty = jacrev()
        elif 'loop' in contender:
            penalty = loop()
        loss = network(library, x, params, activation)[1] + WEIGHT * penalty
        slopes = torch.autograd.grad(loss, params)
        with torch.no_grad():
            for p, g in zip(params, slopes):
                p -= RATE * g
        return float(penalty)
    return step


STEPS = {'jax': jax_step, 'torch': torch_step}
STEPS.update((engine, functools.partial(symbolic_step, engine)) for engine in ENGINES)


def serve(package, sizes, batch, activation):
    """Do what each line asks for: build a contender, or let it take a turn."""
    answers = os.fdopen(os.dup(1), 'w')
    os.dup2(2, 1)                                 # whatever a package prints is no answer
    steps = {}
    for line in sys.stdin:
        what, contender = json.loads(line)
        if what == 'build':
            steps[contender] = STEPS[package](contender, tuple(sizes), batch, activation)
            answer = package, __import__(package).__version__
        else:
            answer = turn(steps[contender])
        print(json.dumps(answer), file=answers, flush=True)


def turn(step):
    """Median seconds of the steps of one turn, and the penalty of the first."""
    times, penalties = [], []
    while len(times) < 2 or sum(times) < TURN:
        start = time.perf_counter()
        penalties.append(step())
        times.append(time.perf_counter() - start)
        if times[0] > TURN:
            break
    return float(np.median(times[1:] or times)), penalties[0]


class Process(object):
    """Where contenders of one package step, while those of others wait."""

    def __init__(self, package, python, work, batch):
        self.note = None
        self.errors = tempfile.TemporaryFile('w+')
        self.process = subprocess.Popen(
            [python, '-W', 'ignore', os.path.abspath(__file__), '--serve',
             json.dumps(dict(work, package=package, batch=batch))], env=environment(),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self.errors, universal_newlines=True)

    def ask(self, what, contender, limit):
        """The answer, or None if there is none in time, or if it has ended."""
        if self.note is not None:
            return None
        self.process.stdin.write(json.dumps([what, contender]) + '\n')
        self.process.stdin.flush()
        ready, _, _ = select.select([self.process.stdout], [], [], limit)
        line = self.process.stdout.readline() if ready else None
        if not line:
            self.note = ('does not finish in {:.0f} s'.format(limit) if line is None
                         else self.failure())
            self.stop()
        return json.loads(line) if line else None

    def failure(self):
        """Why the process ended by itself."""
        code = self.process.wait()
        if code < 0:
            return 'killed: out of memory' if code == -signal.SIGKILL else 'crashed (signal {})'.format(-code)
        self.errors.seek(0)
        lines = self.errors.read().strip().split('\n')
        # PyTensor says more after the error's own line.
        return next((line for line in lines if re.match(r'[\w.]+Error: ', line)),
                    lines[-1])[:100]

    def stop(self):
        self.process.kill()
        self.process.wait()


class Contender(object):
    """One way to take a training step, and how long its steps took."""

    def __init__(self, name, process, limit):
        self.name, self.process, self.times, self.penalty = name, process, [], None
        self.package, self.version = process.ask('build', name, limit) or (None, None)

    def step(self, limit):
        found = self.process.ask('step', self.name, limit)
        if found:
            self.times.append(found[0])
            self.penalty = found[1] if self.penalty is None else self.penalty

    @property
    def median(self):
        return float(np.median(self.times[min(3, len(self.times) - 1):]))


def environment():
    threads = {name: str(THREADS) for name in (
        'OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS')}
    path = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    flags = {name: ','.join(filter(None, [os.environ.get(name), 'floatX=float32']))
             for name in ('THEANO_FLAGS', 'PYTENSOR_FLAGS')}
    return dict(os.environ, PYTHONPATH=os.pathsep.join(
        filter(None, [path, os.environ.get('PYTHONPATH')])),
        XLA_FLAGS='--xla_cpu_multi_thread_eigen=true', **dict(threads, **flags))


def measure(names, work, batch, options):
    """Let contenders take turns; the list of them, with their times."""
    contenders, processes = [], {}
    for name in names:
        package = CONTENDERS[name][0] or options.engine
        python = sys.executable if package in ENGINES else options.peer_python
        place = 'together' if name in TOGETHER else name
        if place not in processes:
            processes[place] = Process(package, python, work, batch)
        contenders.append(Contender(name, processes[place], options.compile_limit))
        contenders[-1].step(options.limit)
    for _ in range(options.rounds):
        for contender in contenders:
            if sum(contender.times) < options.limit:
                contender.step(options.limit)
    for process in processes.values():
        process.stop()
    return contenders


def table(title, contenders):
    """Print one work: milliseconds, and how many plain steps that is."""
    found = {c.name: c.median for c in contenders if c.times}
    ours = found.get('theanets_reg')
    print('\n### {}\n'.format(title))
    print('| contender | version | ms | / plain step of its package | / ours | penalty |')
    print('|---|---|---|---|---|---|')
    for c in contenders:
        if c.name not in found:
            print('| {} | | {} | | | |'.format(c.name, c.process.note))
            continue
        plain = found.get('plain step ({})'.format(
            'engine' if c.package in ENGINES else c.package))
        print('| {} | {} {} | {:.2f} | {} | {} | {:.6g} |'.format(
            c.name, c.package, c.version, 1e3 * c.median,
            '{:.2f}'.format(c.median / plain) if plain else '',
            '{:.2f}'.format(c.median / ours) if ours else '', c.penalty))
    sys.stdout.flush()


def growth(options):
    """A picture of the cost by batch, inputs and units."""
    import matplotlib
    matplotlib.use('Agg')
    from matplotlib import pyplot
    base = dict(batch=128, inputs=784, units=200)
    sweeps = dict(batch=(16, 64, 256, 1024), inputs=(100, 400, 1600, 3200),
                  units=(50, 200, 800, 3200))
    names = {'plain step (engine)': 'plain step', 'theanets_reg': 'with our penalty',
             'vmap(jacrev), jit (jax)': 'with the penalty by vmap(jacrev), jax'}
    figure, panels = pyplot.subplots(1, 3, figsize=(12, 4), sharey=True)
    for panel, (what, values) in zip(panels, sweeps.items()):
        points = {name: [] for name in names}
        for value in values:
            now = dict(base, **{what: value})
            work = dict(sizes=(now['inputs'], now['units']), activation='sigmoid')
            for c in measure(names, work, now['batch'], options):
                if c.times:
                    points[c.name].append((value, 1e3 * c.median))
        for name, pairs in points.items():
            if pairs:
                panel.loglog(*zip(*pairs), marker='o', label=names[name])
        panel.set_xlabel(what)
        panel.set_xticks(values, [str(value) for value in values])
        panel.minorticks_off()
        panel.grid(alpha=.3)
    panels[0].set_ylabel('training step, ms')
    figure.legend(*panels[0].get_legend_handles_labels(), loc='lower center', ncol=3,
                  frameon=False)
    figure.suptitle('Tied sigmoid autoencoder, batch 128, 784 inputs, 200 units, '
                    'but for what is varied')
    figure.tight_layout(rect=(0, .07, 1, 1))
    figure.savefig(options.figure, dpi=150)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--engine', choices=ENGINES, default=next(
        (name for name in ENGINES if importlib.util.find_spec(name)), ENGINES[0]))
    parser.add_argument('--peer-python', default=sys.executable,
                        help='interpreter that has jax and torch')
    parser.add_argument('--figure', help='save a picture of the growth here')
    parser.add_argument('--work', help='only work whose name contains this')
    parser.add_argument('--batch', type=int, default=128)
    parser.add_argument('--rounds', type=int, default=20)
    parser.add_argument('--limit', type=float, default=60, help='seconds for one row')
    parser.add_argument('--compile-limit', type=float, default=600)
    parser.add_argument('--no-table', action='store_true')
    parser.add_argument('--serve', help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        return serve(**json.loads(options.serve))
    print('{}, {} cores, {}, Python {}, NumPy {}, {} threads'.format(
        datetime.date.today(), os.cpu_count(), platform.platform(),
        platform.python_version(), np.__version__, THREADS))
    for title, work in WORK.items():
        if options.no_table or (options.work and options.work not in title):
            continue
        names = [n for n, (_, shallow) in CONTENDERS.items()
                 if len(work['sizes']) == 2 or not shallow]
        table('{}, batch {}'.format(title, options.batch),
              measure(names, work, options.batch, options))
    if options.figure:
        growth(options)


if __name__ == '__main__':
    main()
