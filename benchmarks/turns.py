"""Contenders in processes of their own, which take turns.

A fifth of a second or one step each, and the first step of a turn doesn't count, so
that nobody pays for the turn of the one before. Contenders with the same
`place` share a process: what counts is their ratio.
"""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections import namedtuple

import timing

__all__ = ['BOUND', 'ESTIMATE', 'EXACT', 'OURS', 'PEER', 'PLAIN', 'Contender', 'measure']

# What a contender is there for.
PLAIN, OURS, EXACT, PEER = 'plain', 'ours', 'exact', 'peer'
ESTIMATE, BOUND = 'estimate', 'bound'

#: One way to do a work: `module` builds it with `package`, in the process `place`.
Contender = namedtuple('Contender', 'name package role module place')


class Process(object):
    """Where contenders step, while those of other processes wait.

    One that ends, or that is not ready in time, is started anew for those of its
    contenders that were not at work then.
    """

    def __init__(self, python, module, package, work, memory):
        self.command = [python, '-W', 'ignore', os.path.join(_HERE, 'server.py'), module,
                        package, json.dumps(work), str(memory)]
        self.environment = environment(work.get('dtype', 'float32'))
        self.process, self.built = None, []

    def build(self, contender, limit):
        """The answer, or a dict with 'error'."""
        answer = self.ask('build', contender, limit)
        if 'error' not in answer:
            self.built.append((contender, limit))
        return answer

    def turn(self, contender, limit):
        """The same; a contender that has failed is not built again."""
        answer = self.ask('turn', contender, limit)
        if 'error' in answer:
            self.built = [(c, l) for c, l in self.built if c != contender]
        return answer

    def ask(self, what, contender, limit):
        if self.process is None:
            self.start()
        try:
            self.process.stdin.write(json.dumps([what, contender]) + '\n')
            self.process.stdin.flush()
        except BrokenPipeError:
            return self.ended()
        ready, _, _ = select.select([self.process.stdout], [], [], limit)
        if not ready:
            self.stop()
            return dict(error='does not finish in {:.0f} s'.format(limit))
        line = self.process.stdout.readline()
        return json.loads(line) if line else self.ended()

    def start(self):
        self.errors = tempfile.TemporaryFile('w+')
        self.process = subprocess.Popen(
            self.command, env=self.environment, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self.errors, universal_newlines=True)
        again, self.built = self.built, []
        for contender, limit in again:
            self.build(contender, limit)

    def ended(self):
        """Why the process ended by itself."""
        code = self.process.wait()
        self.errors.seek(0)
        last = self.errors.read().strip().split('\n')[-1]
        self.stop()
        if code == -signal.SIGKILL:
            return dict(error='killed: out of memory')
        if code < 0:
            return dict(error='crashed (signal {})'.format(-code))
        return dict(error='ended with status {}: {}'.format(code, last)[:100])

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def environment(dtype):
    """Two threads for everybody, and our package on the path."""
    root = os.path.dirname(_HERE)
    flags = {name: ','.join(filter(None, [os.environ.get(name), 'floatX=' + dtype]))
             for name in ('THEANO_FLAGS', 'PYTENSOR_FLAGS')}
    return dict(os.environ, PYTHONPATH=os.pathsep.join(
        filter(None, [root, os.environ.get('PYTHONPATH')])),
        XLA_FLAGS='--xla_cpu_multi_thread_eigen=true', **dict(timing.threads(), **flags))


def measure(contenders, work, pythons, options):
    """Let contenders take turns.

    Parameters
    ----------
    contenders : list of Contender
    work : dict
    pythons : dict of str -> str
        The interpreter of each package.
    options : object
        With `rounds`, `limit`, `compile_limit` and `memory`.

    Returns
    -------
    rows : list of dict
        For each contender its name, package, version, role, the seconds of a
        step in each turn, the figures of the first, and what went wrong or None.
    """
    processes, rows = {}, []
    try:
        for contender in contenders:
            process = processes.setdefault(contender.place, Process(
                pythons[contender.package], contender.module, contender.package, work,
                options.memory))
            rows.append(_first(contender, process, options))
        for _ in range(options.rounds):
            for contender, row in zip(contenders, rows):
                if row['error'] is None and sum(row['seconds']) < options.limit:
                    _turn(row, processes[contender.place], contender, options.limit)
    finally:
        for process in processes.values():
            process.stop()
    return rows


def _first(contender, process, options):
    """The row of a contender that was built and took a turn, if it could."""
    sys.stderr.write('{} ({})\n'.format(contender.name, contender.package))
    row = dict(name=contender.name, package=contender.package, role=contender.role,
               version='', told='', error=None, seconds=[], figures=[])
    row.update(process.build(contender.name, options.compile_limit))
    if row['error'] is None:
        _turn(row, process, contender, options.limit)
    return row


def _turn(row, process, contender, limit):
    answer = process.turn(contender.name, limit)
    row['error'] = answer.get('error')
    if row['error'] is None:
        row['seconds'].append(answer['seconds'])


_HERE = os.path.dirname(os.path.abspath(__file__))
