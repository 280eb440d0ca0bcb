"""Norms and training gradients of a random graph against central differences."""

import re
import warnings

import numpy as np

from symbolic import theano
from theanets_reg import backends
from theanets_reg.jacobian import explain, squared_norms

STEPS = 1e-5, 1e-4, 1e-6, 1e-3
ROUGH = 1e-13, -1e-13, 3e-13
RTOL = 1e-5
#: The square of a rounding error: a norm of what cancels is that, not zero.
ROUNDED = 1e-30


class Written(object):
    """A graph that is written by hand, in the form that :func:`check` takes.

    Parameters
    ----------
    build : callable
        Makes the output of the input, and shared variables for weights.
    x : variable
        The input.
    value : array
    others : dict of variable -> array, optional
        Other inputs.
    """

    def __init__(self, build, x, value, others=()):
        self.outputs, self.wrt = [build(x)], [x]
        self.inputs = [x] + list(others)
        self.values = [value] + [others[v] for v in others]
        self.params = [
            v for v in backends.ancestors(self.outputs)
            if isinstance(v, backends.of(x).SharedVariable) and backends.dtype(v) == x.dtype]


class Mismatch(Exception):
    """A number that is not the one of the differences."""


class Kink(Exception):
    """The derivative that is asked for is not there: it differs by side."""


def ways(graph):
    """The ways to the norms as `explain` names them."""
    return sorted(set(re.findall('^.* by .*?: (.*?), because', explain(
        graph.outputs, graph.wrt), re.M)))


def compiled(graph, mode=None, **options):
    """Two functions of the inputs: flat outputs; loss, norms and gradients.

    The same draws in every call.
    """
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        norms = squared_norms(graph.outputs, graph.wrt, **options)
    loss = sum((n * (1 + theano.tensor.arange(n.shape[0]) / 4.)).sum() for n in norms)
    grads = theano.grad(loss, graph.params, disconnected_inputs='ignore')
    common = dict(mode=mode, on_unused_input='ignore', no_default_updates=True)
    outputs = theano.function(graph.inputs, graph.outputs, **common)
    training = theano.function(graph.inputs, [loss] + norms + grads, **common)

    def flat(*values):
        return np.concatenate([np.ravel(o) for o in outputs(*values)])

    return flat, training


def slopes(f, values, place, step):
    """Derivatives from above and from below, (elements of the input, outputs)."""
    middle, found = f(*values), []
    for i in np.ndindex(values[place].shape):
        sides = []
        for sign in (1, -1):
            moved = [v.copy() for v in values]
            moved[place][i] += sign * step
            sides.append(sign * (f(*moved) - middle) / step)
        found.append(sides)
    return np.array(found).transpose(1, 0, 2)


def norms_of(f, values, place, step):
    """Squared norm for each example, its error, and whether sides agree."""
    above, below = slopes(f, values, place, step)
    examples = len(values[place])
    rows = ((above + below) / 2).reshape(examples, -1)
    norms = (rows ** 2).sum(axis=1)
    middle = f(*values)
    # Where nearly equal numbers were subtracted the outputs are rough at the smallest steps.
    noise = max(abs(f(*[v + s if p == place else v for p, v in enumerate(values)]) - middle).max()
                for s in ROUGH)
    rough = (1e-15 * (1 + abs(middle).max()) + 4 * noise) / step
    error = RTOL * norms.max() + 2 * np.sqrt(norms.max() * rows.size) * rough + rows.size * rough ** 2
    sizes = abs(above) + abs(below)
    smooth = abs(above - below) <= 1e-3 * sizes.max() + 10 * rough
    return norms, error, smooth.all()


def check_norms(graph, flat, training):
    """Every norm against the differences of the graph's own function."""
    found = training(*graph.values)[1:1 + len(graph.wrt)]
    for wrt, norms in zip(graph.wrt, found):
        place, seen = graph.inputs.index(wrt), []
        for step in STEPS:
            expected, error, smooth = norms_of(flat, graph.values, place, step)
            if norms.shape == expected.shape and (abs(norms - expected) <= error).all():
                break
            seen.append(smooth)
        else:
            if not any(seen):
                raise Kink('value by {}'.format(wrt))
            raise Mismatch('value by {}: {} for {}'.format(
                wrt, norms, norms_of(flat, graph.values, place, STEPS[0])[0]))


def along(graph, training, direction, step):
    """The loss with all parameters moved along the direction."""
    start = [p.get_value() for p in graph.params]
    for param, value, d in zip(graph.params, start, direction):
        param.set_value(value + step * d)
    loss = float(training(*graph.values)[0])
    for param, value in zip(graph.params, start):
        param.set_value(value)
    return loss


def check_gradient(graph, training):
    """The training gradient along a random direction against differences."""
    rng = np.random.RandomState(3)
    direction = [rng.randn(*p.get_value().shape) for p in graph.params]
    found = training(*graph.values)
    loss, grads = float(found[0]), found[1 + len(graph.wrt):]
    terms = np.concatenate([[0.]] + [np.ravel(g * d) for g, d in zip(grads, direction)])
    # The loss may be as rough.
    noise = max(abs(along(graph, training, direction, s) - loss) for s in ROUGH)
    seen = []
    for step in STEPS:
        above, below = [along(graph, training, direction, s * step) for s in (1, -1)]
        slope = (above - below) / (2 * step)
        error = RTOL * max(abs(terms).sum(), abs(slope)) + (
            1e-14 * abs(loss) + 4 * noise + ROUNDED) / step
        if abs(terms.sum() - slope) <= error:
            return
        bend = abs(above - 2 * loss + below) / step
        seen.append(bend <= 1e-2 * abs(above - below) / step + 10 * error)
    if not any(seen):
        raise Kink('gradient')
    raise Mismatch('gradient: {} for {} (loss {})'.format(terms.sum(), slope, loss))


def check(graph, mode=None, **options):
    """Raise Mismatch where a value or the training gradient is not right."""
    flat, training = compiled(graph, mode, **options)
    check_norms(graph, flat, training)
    check_gradient(graph, training)
