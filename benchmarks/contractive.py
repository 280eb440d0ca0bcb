"""What the contractive penalty costs, next to other ways to compute it.

    python benchmarks/contractive.py [--engine NAME ...] [--peer-python PATH]
        [--save JSON] [--figure FILE]

Every row is a whole training step, loss and update of all parameters, in float32 on
the same arrays. The contenders of a table take turns (see `turns.py`); the table
has medians, quartiles, and ratios over the plain step of the same package and
over the fastest peer. The penalties of all exact ways are compared.

Theano, PyTensor, and jax with torch may live in environments of their own: name
their interpreters with --theano-python, --pytensor-python and --peer-python. Both
our packages take part with ``--engine theano pytensor``. A contender that crashes, or
needs more than --memory or --limit, is a row that says so.

--figure draws how the cost grows. ``--load JSON`` shows tables, and with --figure
the picture, of what --save has kept, and measures nothing.
"""

import sys

import command
import growth
from networks import WORKS
from turns import BOUND, ESTIMATE, EXACT, OURS, PEER, PLAIN, Contender

__all__ = ['contenders']


def contenders(work, engines):
    """Who takes part in a work.

    Parameters
    ----------
    work : dict
    engines : sequence of str

    Returns
    -------
    contenders : list of Contender
    """
    by_hand = work['kind'] == 'dense' and len(work['sizes']) == 2
    found = []
    for package in engines:
        found += _ours(package, work, by_hand)
    found += _peers('jax', 'peers_jax', ['vmap(jacrev), jit', 'vmap(jacfwd), jit'], by_hand)
    loop = ['loop over units'] if work['also_slow'] else []
    return found + _peers('torch', 'peers_torch', ['vmap(jacrev)', 'vmap(jacfwd)'] + loop,
                          by_hand)


def _ours(package, work, by_hand):
    """They share a process, but for those that may run out of memory.

    PyTensor has no convolution of a batch, nor pooling.
    """
    if package == 'pytensor' and work['kind'] == 'conv':
        return []
    together = [('plain step', PLAIN), ('theanets_reg', OURS),
                ('theanets_reg, hutchinson', ESTIMATE)]
    apart = []
    if by_hand:
        together.append(('closed form by hand', EXACT))
    if work['bound']:
        together.append(('bare products', BOUND))
    if work['also_slow']:
        apart.append(('literal gradient.jacobian', EXACT))
        if by_hand:
            apart.append(('materialised Jacobian', EXACT))
    return ([Contender(name, package, role, 'symbolic_steps', package)
             for name, role in together] +
            [Contender(name, package, role, 'symbolic_steps', (package, name))
             for name, role in apart])


def _peers(package, module, names, by_hand):
    names = names + ['closed form by hand'] * by_hand
    return [Contender('plain step', package, PLAIN, module, (package, 'plain'))] + [
        Contender(name, package, PEER, module, (package, name)) for name in names]


def main():
    parser = command.parser(__doc__.split('\n')[0])
    parser.add_argument('--batch', type=int, help='examples, in the place of each work\'s own')
    parser.add_argument('--figure', help='save a picture of the growth here')
    parser.add_argument('--no-table', action='store_true')
    options = parser.parse_args()
    results = command.Results(options.save, options.load)
    agree = True
    if options.load:
        results.show()
    elif not options.no_table:
        works = {title: dict(work, batch=options.batch or work['batch'])
                 for title, work in WORKS.items()}
        agree = command.run(works, contenders, options, results)
    if options.figure:
        if not options.load:
            growth.measure(contenders, options, results)
        growth.draw(results, options.figure)
    return 0 if agree else 'the exact ways differ'


if __name__ == '__main__':
    sys.exit(main())
