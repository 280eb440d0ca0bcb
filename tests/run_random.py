"""Random graphs by the thousand: ``python tests/run_random.py --seeds 0:1000``.

Prints each graph whose norms or training gradient are not those of central
differences, or that crashes, and the counts of each way to the norms at the
end. Exits with 1 if there was any. ``python tests/run_random.py --help``.
"""

import argparse
import collections
import multiprocessing
import os
import resource
import sys
import time
import traceback
import warnings

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import conftest  # noqa: E402, F401
import symbolic  # noqa: E402
from differences import Kink, Mismatch, check, ways  # noqa: E402
from random_graphs import Graph  # noqa: E402
from random_loops import Loop  # noqa: E402

KINDS = {'graphs': lambda seed, part: Graph(seed, dtype='float64', forced=part),
         'loops': lambda seed, part: Loop(seed, forced=part)}


def mode_named(name, package):
    if name != 'unrewritten':
        return name
    linker = 'py' if package == 'pytensor' else 'vm'
    return symbolic.theano.compile.Mode(linker=linker, optimizer=None)


def run(args, seed):
    """(verdict, ways, text) of one graph."""
    symbolic.use(args.package)
    found, graph = ['not known'], None
    try:
        graph = KINDS[args.kind](seed, args.part)
        found = ways(graph)
        check(graph, mode_named(args.engine_mode, args.package), **args.options)
    except Kink as kink:
        return 'kink', found, str(kink)
    except Mismatch as mismatch:
        return 'MISMATCH', found, '{} {}'.format(mismatch, told(graph))
    except Exception as crash:  # What is looked for: told, counted, exit code 1.
        frames = traceback.extract_tb(crash.__traceback__)[-args.frames:]
        return 'CRASH', found, '{}: {} {}\n{}'.format(
            type(crash).__name__, str(crash).split('\n')[0], told(graph),
            ''.join(traceback.format_list(frames)).rstrip())
    return 'right', found, ''


def told(graph):
    if graph is None:
        return 'while the graph was made'
    return '[{}; shapes {}]'.format(', '.join(sorted(graph.uses)), ', '.join(
        str(v.shape) for v in graph.values))


def limited(gigabytes):
    resource.setrlimit(resource.RLIMIT_AS, (int(gigabytes * 2 ** 30), ) * 2)
    # Old NumPy names in the packages' own lines, and what the ways already tell.
    warnings.simplefilter('ignore')


def seeds(text):
    start, end = text.split(':')
    return range(int(start), int(end))


def option(text):
    name, value = text.split('=')
    return name, int(value) if value.isdigit() else value


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--package', default=symbolic.INSTALLED[0], choices=symbolic.INSTALLED)
    parser.add_argument('--kind', default='graphs', choices=sorted(KINDS))
    parser.add_argument('--seeds', default='0:100', type=seeds, metavar='START:END')
    parser.add_argument('--part', help='a part that each graph shall have, such as taps')
    parser.add_argument('--engine-mode', default='unrewritten',
                        help='default: the graph as it is; or FAST_RUN, FAST_COMPILE')
    parser.add_argument('--options', nargs='*', default=[], type=option, metavar='NAME=VALUE',
                        help='of squared_norms, such as chunk_size=2')
    parser.add_argument('--memory', default=6., type=float, help='limit in GiB')
    parser.add_argument('--seconds', default=300., type=float, help='limit for a graph')
    parser.add_argument('--frames', default=2, type=int, help='of a traceback to print')
    args = parser.parse_args()
    args.options = dict(args.options)
    return args


def results(args):
    """(seed, verdict, ways, text) of all; a process for each 50 bounds memory."""
    context, pool = multiprocessing.get_context('fork'), None
    for seed in args.seeds:
        if pool is None:
            pool = context.Pool(1, limited, [args.memory], maxtasksperchild=50)
        try:
            yield (seed, ) + pool.apply_async(run, [args, seed]).get(args.seconds)
        except multiprocessing.TimeoutError:
            pool.terminate()
            pool = None
            yield seed, 'CRASH', ['not known'], 'no answer in {} s'.format(args.seconds)


def main():
    args, start = arguments(), time.time()
    counts = collections.Counter()
    for seed, verdict, found, text in results(args):
        counts[verdict, ' + '.join(found)] += 1
        if text:
            print('{} seed {} ({}): {}'.format(verdict, seed, ' + '.join(found), text), flush=True)
    print('{} {} on {}, seeds {}:{}, {:.0f} s'.format(
        len(args.seeds), args.kind, args.package, args.seeds[0], args.seeds[-1] + 1,
        time.time() - start))
    for (verdict, way), count in sorted(counts.items()):
        print('{:6d} {:9s} {}'.format(count, verdict, way))
    return int(any(verdict in ('MISMATCH', 'CRASH') for verdict, _ in counts))


if __name__ == '__main__':
    sys.exit(main())
