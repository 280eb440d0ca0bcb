"""What the plan of the exact norms reckons with: prices in multiply-adds of a large product.

    python benchmarks/prices.py [--package pytensor] [--save FILE]

Measures in turns in one process, a large product that all examples share, small
products for each example, an elementwise function and a loop's step; see
theanets_reg/jacobian/costs.py.
"""

import argparse

import timing

timing.use_threads()

import importlib  # noqa: E402

import numpy as np  # noqa: E402

import theanets_reg  # noqa: E402, F401

BATCH, ROWS, UNITS = 128, 32, 256


def functions(package):
    """The compiled functions, and how much of its kind each does."""
    library = importlib.import_module(package)
    tensor = importlib.import_module(package + '.tensor')
    rng = np.random.RandomState(0)

    def shared(*shape):
        return library.shared(rng.randn(*shape).astype('float32'))

    rows, matrix = shared(ROWS * BATCH, UNITS), shared(UNITS, UNITS)
    small = shared(BATCH, ROWS, UNITS)
    multiply = tensor.batched_dot if package == 'theano' else tensor.matmul
    counter = library.shared(np.arange(100, dtype='int64'))
    looped = library.scan(lambda n, total: total + n, sequences=[counter],
                          outputs_info=[np.int64(0)])
    looped = looped[0] if isinstance(looped, (list, tuple)) else looped
    made = {
        'shared product': (tensor.dot(rows, matrix), ROWS * BATCH * UNITS * UNITS),
        'product of each example': (multiply(small, small.dimshuffle(0, 2, 1)),
                                    BATCH * ROWS * ROWS * UNITS),
        'element': (tensor.sqr(rows) * rows, ROWS * BATCH * UNITS),
        'step': (looped[-1], 100)}
    return {name: (library.function([], output), count)
            for name, (output, count) in made.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--package', choices=('theano', 'pytensor'), default='theano')
    parser.add_argument('--rounds', type=int, default=50)
    timing.save_option(parser)
    args = parser.parse_args()
    made = functions(args.package)
    print(timing.setting(args.package))
    medians = timing.medians({name: f for name, (f, _) in made.items()}, args.rounds)
    each = {name: medians[name] * 1e6 / count for name, (_, count) in made.items()}
    for name, nanoseconds in each.items():
        print('{:<24} {:10.4f} ns {:12.1f} multiply-adds of a shared product'.format(
            name, nanoseconds, nanoseconds / each['shared product']))
    timing.keep(args.save, timing.setting(args.package), [
        dict(what=name, nanoseconds=value) for name, value in each.items()])


if __name__ == '__main__':
    main()
