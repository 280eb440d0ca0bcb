"""How the benchmarks take time: in turns, in one process, medians."""

import datetime
import importlib
import json
import os
import platform
import time

import numpy as np

__all__ = ['THREADS', 'keep', 'machine', 'medians', 'save_option', 'setting', 'threads',
           'use_threads']

THREADS = 2


def threads():
    """The environment that gives each library so many threads."""
    return {name: str(THREADS) for name in (
        'OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS')}


def use_threads():
    """To be called before NumPy's products are first used: before all imports."""
    for name, value in threads().items():
        os.environ.setdefault(name, value)


def machine():
    """Date and machine, as a list of str."""
    return [str(datetime.date.today()),
            '{} cores {}'.format(os.cpu_count(), platform.machine())]


def setting(*packages):
    """Machine, versions and date, on one line."""
    versions = ['{} {}'.format(p, importlib.import_module(p).__version__)
                for p in ('numpy',) + packages]
    return ', '.join(machine() + ['Python {}'.format(platform.python_version())] + versions)


def save_option(parser):
    """``--save FILE``, for :func:`keep`."""
    parser.add_argument('--save', metavar='FILE',
                        help='keep what was measured, machine, versions and date as JSON')


def keep(path, versions, rows):
    """Write a benchmark's rows, with when and on what they were measured.

    Parameters
    ----------
    path : str or None
        None to keep nothing.
    versions : str
        See :func:`setting`.
    rows : list of dict
    """
    if path is not None:
        with open(path, 'w') as target:
            json.dump(dict(machine=machine(), load=os.getloadavg(), versions=versions,
                           rows=rows), target, indent=1)
            target.write('\n')


def medians(steps, rounds, warm=2):
    """Milliseconds of each step.

    Parameters
    ----------
    steps : dict of str -> callable
        They take turns.
    rounds : int
    warm : int
        Rounds before those that count.
    """
    times = {name: [] for name in steps}
    for turn in range(rounds + warm):
        for name, step in steps.items():
            start = time.perf_counter()
            step()
            if turn >= warm:
                times[name].append(time.perf_counter() - start)
    return {name: 1e3 * float(np.median(values)) for name, values in times.items()}
