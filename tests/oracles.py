"""What the penalties are, in plain NumPy, and small helpers of the tests."""

import re

import numpy as np

from symbolic import TT, theano
import theanets_reg.jacobian
from theanets_reg.jacobian import explain

RTOL = 1e-6

#: What ``explain`` says of one output and one input.
WAY = re.compile(r' by .*?: ([a-z ]+|literal Jacobian), because ')

#: The methods that compute the norms exactly.
EXACT = [m for m in theanets_reg.jacobian.METHODS if m != 'hutchinson']


def recurrent_norm(states, norm='squared', **kwargs):
    """1/(T-1) sum_t (|Z_t|^2 - |Z_t-1|^2)^2 per sequence, of one output."""
    def change(new, old):
        new, old = (new ** 2).sum(), (old ** 2).sum()
        if norm == 'l2':
            new, old = np.sqrt(new), np.sqrt(old)
        return (new - old) ** 2
    return _over_transitions(change, states, **kwargs)


def recurrent_state(states, **kwargs):
    """1/(T-1) sum_t |Z_t - Z_t-1|^2 per sequence, of one output."""
    return _over_transitions(lambda new, old: ((new - old) ** 2).sum(), states, **kwargs)


def _over_transitions(change, states, time_axis=1, mask=None, reduction='mean'):
    if states.ndim == 2:
        sequences = [states]
    elif time_axis == 0:
        sequences = [states[:, b] for b in range(states.shape[1])]
    else:
        sequences = list(states)
    values = []
    for b, sequence in enumerate(sequences):
        total, count = 0., 0
        for t in range(1, len(sequence)):
            if mask is None or (mask[b][t] and mask[b][t - 1]):
                total += change(sequence[t], sequence[t - 1])
                count += 1
        values.append(total / count if count else 0.)
    return np.sum(values) / (len(values) if reduction == 'mean' else 1)


def central_jacobian(f, x, step=1e-5):
    """All derivatives of the array f(x), shape f(x).shape + x.shape."""
    columns = []
    for i in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[i] += step
        below[i] -= step
        columns.append((np.asarray(f(above)) - np.asarray(f(below))) / (2 * step))
    return np.stack(columns, axis=-1).reshape(columns[0].shape + x.shape)


def contractive_norms(f, x):
    """The squares of all derivatives of f by each example of x, added up."""
    jacobian = central_jacobian(f, x)
    jacobian = jacobian.reshape((-1, ) + x.shape)
    if x.ndim == 0:
        return np.array([(jacobian ** 2).sum()])
    return np.array([(jacobian[:, b] ** 2).sum() for b in range(len(x))])


def literal_norms(output, wrt):
    """The same by theano.gradient.jacobian, as an expression."""
    rows = theano.gradient.jacobian(output.flatten(), wrt, disconnected_inputs='ignore')
    return (rows ** 2).sum(axis=0).reshape((wrt.shape[0], -1)).sum(axis=1)


def contractive(outputs, values, targets, wrts, reduction='mean'):
    """The contractive penalty by central differences.

    Parameters
    ----------
    outputs : dict of str -> variable
    values : dict of variable -> array
        The value of every input of the graph.
    targets, wrts : lists of names and of variables
    """
    total = 0.
    for name in targets:
        for wrt in wrts:
            others = [v for v in values if v is not wrt]
            compiled = function([wrt] + others, outputs[name])
            given = [values[v] for v in others]
            norms = contractive_norms(lambda x: compiled(x, *given), values[wrt])
            total += getattr(norms, reduction)()
    return total / len(targets)


def ways(outputs, wrts):
    """The ways that are told for each output and input."""
    return [WAY.search(line).group(1) for line in explain(outputs, wrts).splitlines()]


def function(inputs, outputs, **kwargs):
    return theano.function(inputs, outputs, on_unused_input='ignore', **kwargs)


def value(expression, values, **kwargs):
    """An expression's value, given a dict of variable -> array."""
    return function(list(values), expression, **kwargs)(*values.values())


def tensor(ndim, name=None, dtype='float64'):
    """An input, without broadcastable axes."""
    return TT.TensorType(dtype, (False, ) * ndim)(name)


def dtypes_within(compiled):
    """The dtypes of all variables of a compiled function, scan's inner ones too."""
    found, pending = set(), [compiled.maker.fgraph]
    while pending:
        graph = pending.pop()
        for node in graph.toposort():
            found.update(getattr(v, 'dtype', None) for v in node.inputs + node.outputs)
            inner = getattr(node.op, 'fn', None)
            if hasattr(inner, 'maker'):
                pending.append(inner.maker.fgraph)
    return found
