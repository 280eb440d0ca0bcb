"""A list, made by trying, of the public functions of a package and of what they take.

Every function of ``tensor`` and ``tensor.nnet`` is called in many ways. Those that give
an array of real numbers that depends on the argument are kept.
"""

import collections
import importlib
import itertools

import numpy as np

from symbolic import TT
import theanets_reg.backends as engines

__all__ = ['calls', 'functions', 'POINTS']

#: Where the functions are in each package.
MODULES = {'theano': ['tensor', 'tensor.nnet'],
           'pytensor': ['tensor', 'tensor.special', 'tensor.signal']}

#: Functions that change the package, and such as say what a gradient shall be.
LEFT_OUT = {'register_transfer', 'consider_constant', 'zero_grad', 'disconnected_grad',
            'verify_grad', 'load',
            # Whose values are whatever was in memory.
            'empty', 'empty_like',
            # Between processes.
            'isend', 'irecv', 'send', 'recv'}

def numbers(*shape):
    """Between 0.2 and 0.8, the same for each shape."""
    return np.random.RandomState(sum(shape)).uniform(.2, .8, size=shape)


#: For each number of dimensions some points, of which functions are defined at one.
POINTS = {len(shape): [numbers(*shape), numbers(*shape) + 1.5, -numbers(*shape)]
          for shape in [(), (3, ), (3, 3), (2, 3, 3), (2, 2, 4, 4)]}
for ndim, shape in (2, (3, 3)), (3, (2, 3, 3)):
    POINTS[ndim].append(numbers(*shape) + 2 * np.eye(3))

ORDER = [2, 1, 0, 3, 4]

CANDIDATES = [
    lambda f, x, c: f(x),
    lambda f, x, c: f(x, c),
    lambda f, x, c: f(c, x),
    lambda f, x, c: f(x, c * x),
    lambda f, x, c: f(x, c, 2 * c),
    lambda f, x, c: f(c, x, 2 * c),
    lambda f, x, c: f(c, c / 2, x),
    lambda f, x, c: f(c, c / 2, c / 3, x),
    lambda f, x, c: f(TT.gt(x, .5), x, c),
    lambda f, x, c: f(TT.gt(x.sum(), 0), x, c),
    lambda f, x, c: f(x, integers()),
    lambda f, x, c: f(c, x, integers()),
    lambda f, x, c: f(x, c[0], integers()),
    lambda f, x, c: f(x, axis=0),
    lambda f, x, c: f(x, axis=-1),
    lambda f, x, c: f(x, 2),
    lambda f, x, c: f(x, 1),
    lambda f, x, c: f(x, 0),
    lambda f, x, c: f(x, 3, 3),
    lambda f, x, c: f(x, 0, 1),
    lambda f, x, c: f(x, [2, 1]),
    lambda f, x, c: f(x, [1, 2], 2),
    lambda f, x, c: f(x, (1, 0)),
    lambda f, x, c: f(x, (9, )),
    lambda f, x, c: f(x, (2, 2)),
    lambda f, x, c: f(x, (2, 2), (2, 2)),
    lambda f, x, c: f(x, 3, 2, 2, 2, *[TT.constant(numbers(*shape)) for shape in [
        (3, 2), (2, ), (2, 3, 2), (2, 2)]]),
    lambda f, x, c: f([x, c]),
    lambda f, x, c: f(0, x, c),
    lambda f, x, c: f(x, c, axes=1),
    lambda f, x, c: f(x, c, [1, 2], [0, 1]),
    lambda f, x, c: f('ij,jk->ik', x, c),
    lambda f, x, c: f(x[0], c),
    lambda f, x, c: f(x[:, 0], c),
    lambda f, x, c: f(x[:1], c[0]),
    lambda f, x, c: f(x, c[0], c[1]),
    lambda f, x, c: f(c, x[0], x[1]),
    lambda f, x, c: f(x, row(c, 0), row(c, 1), row(c, 0), row(c, 1)),
    lambda f, x, c: f(c, *[row(x, i) for i in (0, 1, 2, 0)]),
    lambda f, x, c: f(c, x, integers(), integers()),
]


def integers():
    return TT.constant(np.array([0, 2, 1]))


def row(array, place):
    """A row of a matrix that is known to be one."""
    return array[place].dimshuffle('x', *range(array.ndim - 1))


def functions(package, modules=()):
    """Names and functions of a package, each once.

    Parameters
    ----------
    package : str
    modules : sequence of str
        Where to look besides.

    Yields
    ------
    name : str
    function : callable
    """
    seen = []
    for path in MODULES[package] + list(modules):
        module = importlib.import_module('{}.{}'.format(package, path))
        for name in sorted(vars(module)):
            function = getattr(module, name)
            if callable(function) and not name.startswith('_') and not isinstance(
                    function, (type, TT.TensorType)) and name not in LEFT_OUT and \
                    not any(function is other for other in seen):
                seen.append(function)
                yield name, function


#: Of each function the candidates that do not fit, which most don't: three tests try them.
_UNFIT = collections.defaultdict(set)


def calls(function):
    """Ways to call a function that give real numbers which depend on its argument.

    Yields
    ------
    x, outputs : variable, list of variables
    """
    # By identity: functions of modules live on, and some can't be hashed.
    unfit = _UNFIT[id(function)]
    for ndim, candidate in itertools.product(ORDER, CANDIDATES):
        if (ndim, candidate) not in unfit:
            x, outputs = _call(function, ndim, candidate)
            if outputs:
                yield x, outputs
            else:
                unfit.add((ndim, candidate))


def _call(function, ndim, candidate):
    """An argument, and what a function makes of it that is real and depends on it: a list."""
    x = TT.TensorType('float64', (False, ) * ndim)('x')
    try:
        outputs = candidate(function, x, TT.constant(.7 * POINTS[ndim][0] + .1))
    except Exception:  # Whatever it is, it is not called in this way.
        return x, []
    outputs = [v for v in (outputs if isinstance(outputs, (list, tuple)) else [outputs])
               if engines.is_symbolic(v) and hasattr(v, 'broadcastable')
               and engines.dtype(v).startswith('float')]
    return x, [v for v in outputs if v is not x and x in engines.ancestors([v])]
