"""The process in which contenders step; started by `turns.py`.

    python server.py MODULE PACKAGE WORK MEMORY

MODULE.build makes a contender's step. Each line of standard input asks for one
thing and each line of standard output answers it; all as JSON.
"""

import importlib
import json
import os
import platform
import resource
import sys
import time

__all__ = ['serve', 'turn']

TURN = .2        # seconds: for so long each takes steps, and all but the first count


def serve(module, package, work, answers):
    """Do what each line asks for: build a contender, or let it take a turn."""
    build, steps = importlib.import_module(module).build, {}
    for line in sys.stdin:
        what, contender = json.loads(line)
        try:
            if what == 'build':
                steps[contender], told = build(package, contender, work)
                # The first step of all may compile, and is no step to be timed.
                answer = dict(told=told, figures=steps[contender](), **versions(package))
            else:
                answer = turn(steps[contender])
        except Exception as error:
            # Its row says so; the others in this process go on.
            lines = str(error).strip().split('\n')
            answer = dict(error='{}: {}'.format(type(error).__name__, lines[0])[:100])
        print(json.dumps(answer), file=answers, flush=True)


def versions(package):
    """Of the package, and in words of what it runs on."""
    numpy, own = [importlib.import_module(p).__version__ for p in ('numpy', package)]
    return dict(version=own, setting='{} {}, Python {}, NumPy {}'.format(
        package, own, platform.python_version(), numpy))


def turn(step):
    """Median seconds of the steps of one turn."""
    times = []
    while len(times) < 2 or sum(times) < TURN:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
        if times[0] > TURN:
            break
    counted = sorted(times[1:] or times)
    middle = len(counted) // 2
    return dict(seconds=(counted[middle] + counted[-middle - 1]) / 2)


def main():
    module, package, work, memory = sys.argv[1:]
    if float(memory):
        limit = int(float(memory) * 2 ** 30)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    answers = os.fdopen(os.dup(1), 'w')
    os.dup2(2, 1)                                 # whatever a package prints is no answer
    serve(module, package, json.loads(work), answers)


if __name__ == '__main__':
    main()
