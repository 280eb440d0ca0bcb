"""Mutants of the package, by hand: ``python tests/mutants.py --seed 1 --count 60``.

A mutant is the package with one token changed: an operator, a comparison, a number by
one, a bound of a slice, two arguments. It is *seen* if a test fails, and *unseen* if all
pass: then it is no other program, or a test is missing. The tests nearest to the file
come first, then the rest of the suite. Prints what became of each, and the change where
it was unseen. Exits with 1 if less than 90 % were seen.
"""

import argparse
import difflib
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from mutations import mutations  # noqa: E402

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

#: What other tests are for, or what is words alone.
LEFT_OUT = ('compat/', 'dropin.py', 'jacobian/recurrence/', 'jacobian/wording.py',
            'backends/errors.py', 'regularizers/ways.py', 'moved.py', 'running.py',
            '__main__.py')

#: The tests nearest to a part of the package, by the beginning of its path.
NEAREST = [
    ('jacobian/linear_maps/', 'linear_maps passes'),
    ('jacobian/rules/own', 'register_op'), ('jacobian/rules/promises', 'register_op'),
    ('jacobian/rules/registry', 'register_op'),
    ('jacobian/rules/images', 'rules convolution'), ('jacobian/rules/loops', 'rules structure'),
    ('jacobian/rules/', 'rules structure'),
    ('jacobian/size', 'symbolic_sizes rules'), ('jacobian/complex', 'sizes'),
    ('jacobian/layout', 'layout'), ('jacobian/plain', 'plain'),
    ('jacobian/estimate', 'hutchinson'), ('jacobian/literal', 'updates bad_input jacobian'),
    ('jacobian/costs', 'costs explain'), ('jacobian/cuts', 'cuts passes'),
    ('jacobian/flow', 'cuts passes'),
    ('jacobian/limits', 'explain bad_input'), ('jacobian/chunks', 'linear_maps passes'),
    ('jacobian/pu', 'passes'), ('jacobian/seeds', 'passes rules every_strategy'),
    ('jacobian/batching', 'rules register_op passes'),
    ('jacobian/independence', 'rules structure'),
    ('jacobian/', 'every_strategy passes explain'),
    ('backends/arrays', 'linear_maps many'), ('backends/graph', 'graphs passes rules'),
    ('backends/kinds', 'register_op rules'), ('backends/nodes', 'rules convolution'),
    ('backends/theano', 'rules convolution linear_maps updates'), ('backends/', 'rules updates'),
    ('regularizers/contractive', 'contractive contractive_mask bad_input'),
    ('regularizers/masks', 'contractive_mask recurrent_norm bad_input'),
    ('regularizers/recurrent', 'recurrent_norm'), ('regularizers/layers', 'layers contractive'),
    ('regularizers/layout', 'layout'),
    ('regularizers/keywords', 'factory bad_input'),
    ('regularizers/matching', 'bad_input factory contractive'),
    ('regularizers/', 'base bad_input factory'),
    ('nets/', 'nets_graphs nets_keywords nets_masks nets_prediction monitors'),
    ('messages', 'bad_input base explain'), ('', 'base moved')]

#: Not on the Python linker, or slow for what they see beyond the others.
NOT_RUN = ('c_compiler', 'default_modes', 'linkers_pytensor', 'theanets_on_pytensor', 'compat',
           'public_ops', 'shape_of_the_code', 'dropin', 'running', 'theano_names')


def drawn(package, count, seed):
    """So many mutations of all, in the order in which they were drawn."""
    found = []
    for folder, _, names in sorted(os.walk(package)):
        for name in sorted(names):
            path = os.path.relpath(os.path.join(folder, name), package)
            if name.endswith('.py') and not path.startswith(LEFT_OUT) and _installed(name):
                with open(os.path.join(folder, name), encoding='utf-8') as lines:
                    found.extend((path, m) for m in mutations(lines.read()))
    return random.Random(seed).sample(found, min(count, len(found))), len(found)


def _installed(name):
    """Whether a file is run by what is installed here."""
    theano = sys.version_info < (3, 12)
    return name != ('pytensor' if theano else 'theano') + '_backend.py'


def nearest(path):
    """The files of tests nearest to a file of the package."""
    return next(names.split() for start, names in NEAREST if path.startswith(start))


def others(tests, near):
    names = [n[len('test_'):-len('.py')] for n in os.listdir(tests)
             if n.startswith('test_') and n.endswith('.py')]
    size = {n: os.path.getsize(os.path.join(tests, 'test_{}.py'.format(n))) for n in names}
    return sorted((n for n in names if n not in near and n not in NOT_RUN), key=size.get)


def fails(copy, names, seconds):
    """Which test sees it first, or None."""
    files = ['tests/test_{}.py'.format(n) for n in names]
    command = [sys.executable, '-m', 'pytest', '-q', '-x', '-p', 'no:cacheprovider',
               '-m', 'not compiled', '--tb=no', '-W', 'ignore']
    command += [f for f in files if os.path.exists(os.path.join(copy, f))]
    env = dict(os.environ, PYTHONDONTWRITEBYTECODE='1', PYTHONPATH='')
    # Of the processor's time: a busy machine makes no mutant seen.
    done = subprocess.run(command, cwd=copy, env=env, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, universal_newlines=True,
                          preexec_fn=lambda: resource.setrlimit(
                              resource.RLIMIT_CPU, (seconds, seconds + 5)))
    if done.returncode == -signal.SIGXCPU:
        return 'no end in {} s'.format(seconds)
    if done.returncode == 0:
        return None
    said = [line for line in done.stdout.splitlines() if line.startswith(('FAILED', 'ERROR'))]
    return said[0][:160] if said else 'exit code {}'.format(done.returncode)


class Mutant(object):
    """One mutation of a file, in a copy of the tree.

    Attributes
    ----------
    seen : str or None
        What saw it.
    """

    def __init__(self, copy, number, path, mutation):
        self.copy = copy
        self.place = os.path.join(copy, 'theanets_reg', path)
        self.name = '{:3d} {}:{}'.format(number, path, mutation.line)
        self.near = nearest(path)
        with open(self.place, encoding='utf-8') as lines:
            self.old = lines.read()
        self.new = mutation.applied(self.old)
        self.seen = None

    def try_on(self, names, seconds):
        """Run tests on it, and tell what became of it."""
        start = time.time()
        self.write(self.new)
        try:
            self.seen = fails(self.copy, names, seconds)
        finally:
            self.write(self.old)
        print('{} ({:.0f} s) {}'.format(self.name, time.time() - start,
                                        self.seen or 'UNSEEN'), flush=True)
        if not self.seen:
            print(self.difference(), flush=True)

    def write(self, text):
        with open(self.place, 'w', encoding='utf-8') as lines:
            lines.write(text)

    def difference(self):
        lines = difflib.unified_diff(self.old.splitlines(), self.new.splitlines(),
                                     n=0, lineterm='')
        return '\n'.join('    ' + line for line in list(lines)[3:])


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--count', default=60, type=int)
    parser.add_argument('--seed', default=1, type=int)
    parser.add_argument('--only', nargs='*', type=int, metavar='NUMBER',
                        help='of the drawn ones, by their numbers')
    parser.add_argument('--seconds', default=300, type=int,
                        help='of the processor, for the nearest tests; four times as many for the others')
    parser.add_argument('--near', action='store_true', help='the nearest tests alone')
    parser.add_argument('--list', action='store_true', help='say what is drawn, run nothing')
    return parser.parse_args()


def main():
    args, folder = arguments(), tempfile.mkdtemp()
    chosen, total = drawn(os.path.join(HERE, 'theanets_reg'), args.count, args.seed)
    print('{} of {} mutants, seed {}'.format(len(chosen), total, args.seed), flush=True)
    copy = os.path.join(folder, 'copy')
    shutil.copytree(HERE, copy, ignore=shutil.ignore_patterns('.git', '__pycache__', '.*_cache'))
    mutants = [Mutant(copy, number, path, mutation)
               for number, (path, mutation) in enumerate(chosen)
               if args.only is None or number in args.only]
    if args.list:
        print('\n'.join(m.name + '\n' + m.difference() for m in mutants))
        return 0
    for mutant in mutants:
        mutant.try_on(mutant.near, args.seconds)
    for mutant in [m for m in mutants if not m.seen and not args.near]:
        mutant.try_on(others(os.path.join(copy, 'tests'), mutant.near), 4 * args.seconds)
    shutil.rmtree(folder)
    unseen = sum(not m.seen for m in mutants)
    print('{} of {} seen'.format(len(mutants) - unseen, len(mutants)))
    return int(unseen > 0.1 * len(mutants))


if __name__ == '__main__':
    sys.exit(main())
