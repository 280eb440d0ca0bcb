"""What the commands of benchmarks with peers have in common."""

import argparse
import importlib.util
import json
import os
import sys

import report
import timing
import turns

__all__ = ['ENGINES', 'Results', 'measure', 'parser', 'run']

ENGINES = ('theano', 'pytensor')


def parser(description):
    """Options that say who takes part, and for how long."""
    found = argparse.ArgumentParser(description=description)
    found.add_argument('--engine', nargs='+', choices=ENGINES, default=[next(
        (name for name in ENGINES if importlib.util.find_spec(name)), ENGINES[0])],
        help='our packages that take part; by default the one that is installed here')
    for package in ENGINES:
        found.add_argument('--{}-python'.format(package), default=sys.executable,
                           help='interpreter that has ' + package)
    found.add_argument('--peer-python', default=sys.executable,
                       help='interpreter that has jax and torch')
    found.add_argument('--work', help='only the work of this name, or those that contain it')
    found.add_argument('--without', nargs='+', default=[], metavar='NAME',
                       help='leave contenders out whose name or package contains one of these')
    found.add_argument('--rounds', type=int, default=20)
    found.add_argument('--limit', type=float, default=60, help='seconds for one row')
    found.add_argument('--compile-limit', type=float, default=600)
    found.add_argument('--memory', type=float, default=_most_memory(),
                       help='GiB that one process may take; 0 for no limit')
    found.add_argument('--save', metavar='FILE', help='keep what was measured as JSON')
    found.add_argument('--load', metavar='FILE', help='show what was kept; measure nothing')
    return found


def _most_memory():
    """Three quarters of the machine's, in GiB."""
    return round(.75 * os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2 ** 30, 1)


class Results(object):
    """What was measured, kept as JSON after each work.

    Parameters
    ----------
    save, load : str or None
        Files to write, and to begin with.
    """

    def __init__(self, save=None, load=None):
        self.path = save
        self.data = dict(machine=timing.machine(), load=os.getloadavg(), versions={},
                         works=[], growth=[])
        if load is not None:
            with open(load) as source:
                self.data = json.load(source)

    def add(self, kind, result):
        """Append to 'works' or 'growth'."""
        self.data[kind].append(result)
        for row in result['rows']:
            if row['version']:
                self.data['versions'][row['package']] = row.pop('setting')
        if self.path is not None:
            with open(self.path, 'w') as target:
                json.dump(self.data, target, indent=1)

    def heading(self):
        """Machine and date, and how busy it was, on one line."""
        return '{}, {} threads, load before {:.1f}'.format(
            ', '.join(self.data['machine']), timing.THREADS, self.data['load'][0])

    def show(self):
        """Print all tables."""
        print(self.heading())
        for result in self.data['works']:
            print('\n'.join(report.table(result)))
        self.show_versions()

    def show_versions(self):
        print('\n' + '\n'.join(sorted(self.data['versions'].values())))


def measure(contenders, work, options):
    """Rows of those who are not left out: see :func:`turns.measure`."""
    pythons = dict(theano=options.theano_python, pytensor=options.pytensor_python,
                   jax=options.peer_python, torch=options.peer_python)
    present = [c for c in contenders if not any(
        text in '{} ({})'.format(c.name, c.package) for text in options.without)]
    return turns.measure(present, work, pythons, options)


def chosen(works, text):
    """The works that a text means: the one of that name, or all that contain it."""
    found = [title for title in works if title == text] or [
        title for title in works if (text or '') in title]
    if not found:
        raise SystemExit('no work is named like {!r}; there are: {}'.format(
            text, '; '.join(works)))
    return found


def run(works, contenders, options, results):
    """Measure works, and print each when it is done.

    Parameters
    ----------
    works : dict of str -> dict
        By title; `notes` are strings that complete it.
    contenders : callable
        Of a work and the names of our packages: a list of :class:`turns.Contender`.
    options : argparse.Namespace
    results : Results

    Returns
    -------
    agree : bool
        Whether all exact ways came to the same figures.
    """
    print(results.heading(), flush=True)
    agree = True
    for title in chosen(works, options.work):
        work = works[title]
        result = dict(title=', '.join([title, 'batch {}'.format(work['batch'])] +
                                      work.get('notes', [])),
                      work=work, tolerance=work['tolerance'],
                      rows=measure(contenders(work, options.engine), work, options))
        results.add('works', result)
        print('\n'.join(report.table(result)), flush=True)
        agree = agree and report.agreement(result['rows'], work['tolerance'])[0]
    results.show_versions()
    return agree
