"""What each of PyTensor's modes makes of our graphs: docs/linkers.md.

    python benchmarks/linkers.py [--modes JAX Numba] [--limit 900] [--to docs/linkers.md]

Each graph of tests/linker_graphs.py in each mode that is installed, value and gradient,
in a process of its own; right is what the graph gives as it is written. Some modes take an
hour: what others have given stays, in a JSON file beside the page.
"""

import argparse
import datetime
import importlib.util
import json
import os
import platform
import resource
import shutil
import signal
import subprocess
import sys
from importlib.metadata import version

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TESTS = os.path.join(HERE, 'tests')
sys.path[:0] = [HERE, TESTS]

#: What a mode needs, besides PyTensor.
NEEDED = {'Numba': 'numba', 'JAX': 'jax', 'PyTorch': 'torch'}

HEAD = '''# Modes of PyTensor

Value and gradient of small graphs in each of PyTensor's modes, compared with the graphs as they are written, in
Python. The batch size is not known when they are compiled; all others are. `python benchmarks/linkers.py` makes this page.

{settings}

'''


def installed(mode):
    if mode == 'C':
        return shutil.which('g++') is not None
    return mode not in NEEDED or importlib.util.find_spec(NEEDED[mode]) is not None


def tried(graph, mode, limit):
    """'yes', or what went wrong."""
    flags = os.environ.get('PYTENSOR_FLAGS', '') + ',floatX=float32'
    env = dict(os.environ, PYTHONPATH=os.pathsep.join([HERE, TESTS]), PYTENSOR_FLAGS=flags)
    command = [sys.executable, '-W', 'ignore', os.path.join(TESTS, 'linker_graphs.py')]
    done = subprocess.run(
        command + [graph, mode], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        universal_newlines=True, preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_CPU, (limit, limit)))
    if done.returncode == 0:
        return 'yes'
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return 'not within {} s of a processor'.format(limit)
    errors = [line for line in done.stdout.splitlines() if 'Error' in line.split(':')[0]]
    return (errors or ['exit status {}'.format(done.returncode)])[-1]


def setting():
    names = ['pytensor', 'numpy'] + [n for n in NEEDED.values() if importlib.util.find_spec(n)]
    return ', '.join([str(datetime.date.today()), 'Python ' + platform.python_version()] + [
        '{} {}'.format(name, version(name)) for name in names])


def page(graphs, results):
    """A table, and below it what the errors are."""
    notes, modes = [], list(results)

    def cell(graph, mode):
        result = results[mode]['graphs'].get(graph, 'not run')
        if result in ('yes', 'not run'):
            return result
        if result not in notes:
            notes.append(result)
        return 'no ({})'.format(1 + notes.index(result))

    lines = ['| | ' + ' | '.join(modes) + ' |', '|---|' + '---|' * len(modes)]
    lines += ['| {} | '.format(g) + ' | '.join(cell(g, m) for m in modes) + ' |' for g in graphs]
    lines += [''] + ['{}. `{}`'.format(i, note.replace('`', "'"))
                     for i, note in enumerate(notes, 1)]
    settings = {}
    for mode in modes:
        settings.setdefault(results[mode]['setting'], []).append(mode)
    told = '\n\n'.join('{}: {}.'.format(', '.join(m), s) for s, m in settings.items())
    return HEAD.format(settings=told) + '\n'.join(lines).rstrip() + '\n'


def main():
    import linker_graphs
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--modes', nargs='*', default=list(linker_graphs.MODES))
    parser.add_argument('--limit', type=int, default=900,
                        help='seconds of a processor for one graph')
    parser.add_argument('--to', default=os.path.join(HERE, 'docs', 'linkers.md'))
    given = parser.parse_args()
    kept = os.path.splitext(given.to)[0] + '.json'
    results = json.load(open(kept)) if os.path.exists(kept) else {}
    for mode in [m for m in given.modes if installed(m)]:
        results[mode] = dict(setting=setting(), graphs={})
        for graph in linker_graphs.GRAPHS:
            results[mode]['graphs'][graph] = tried(graph, mode, given.limit)
            print(mode, graph, results[mode]['graphs'][graph], flush=True)
        with open(kept, 'w') as file:
            json.dump(results, file, indent=1)
    ordered = {m: results[m] for m in linker_graphs.MODES if m in results}
    with open(given.to, 'w') as file:
        file.write(page(list(linker_graphs.GRAPHS), ordered))


if __name__ == '__main__':
    main()
