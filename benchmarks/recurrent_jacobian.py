"""The contractive penalty of recurrent layers, next to other ways to compute it.

    python benchmarks/recurrent_jacobian.py [--engine NAME ...] [--peer-python PATH]

Every row is a function of the penalty and its gradient by all parameters of the layer,
or in the plain step of the mean square of the output. The networks are plain
code, the same for Theano, PyTensor and jax. The contenders take turns (see
`turns.py`); penalties and norms of the gradient of all exact ways are compared.
The literal Jacobian of the package is for the rnn only: it takes minutes. Of the last step
and of a layer on it there are two ways, each of which is asked for by name, too.

Interpreters, --save and --load are those of `contractive.py`.
"""

import sys

import command
from recurrent_networks import WORKS
from turns import ESTIMATE, EXACT, OURS, PEER, PLAIN, Contender

__all__ = ['contenders']

TOLERANCE = dict(float32=1e-3, float64=1e-6)


def contenders(work, engines):
    """Who takes part in a work: a list of Contender."""
    found = []
    for package in engines:
        ways = [('plain step', PLAIN, package), ('theanets_reg', OURS, package),
                ('theanets_reg, hutchinson', ESTIMATE, package)]
        if work['net'] == 'rnn':
            ways.append(('literal gradient.jacobian', EXACT, (package, 'literal')))
        if work['net'] in ('last', 'head'):
            ways += [('theanets_reg, row blocks', EXACT, package),
                     ('theanets_reg, recursion', EXACT, package)]
        found += [Contender(name, package, role, 'recurrent_symbolic', place)
                  for name, role, place in ways]
    return found + [Contender(name, 'jax', role, 'recurrent_jax', name) for name, role in (
        ('plain step', PLAIN), ('vmap(jacrev), jit', PEER), ('vmap(jacfwd), jit', PEER))]


def main():
    parser = command.parser(__doc__.split('\n')[0])
    for name, value in (('batch', 16), ('steps', 20), ('units', 32), ('features', 8)):
        parser.add_argument('--' + name, type=int, default=value)
    parser.add_argument('--dtype', choices=sorted(TOLERANCE), default='float64')
    parser.set_defaults(limit=120)
    options = parser.parse_args()
    results = command.Results(options.save, options.load)
    if options.load:
        return results.show()
    sizes = dict(batch=options.batch, steps=options.steps, units=options.units,
                 features=options.features, dtype=options.dtype)
    notes = ['{steps} steps, {features} to {units}'.format(**sizes), options.dtype]
    works = {title: dict(sizes, net=net, notes=notes, tolerance=TOLERANCE[options.dtype],
                         figures='penalty, norm of gradient')
             for title, net in WORKS.items()}
    agree = command.run(works, contenders, options, results)
    return 0 if agree else 'the exact ways differ'


if __name__ == '__main__':
    sys.exit(main())
