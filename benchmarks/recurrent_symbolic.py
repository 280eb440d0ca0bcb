"""Penalty and gradient of recurrent networks in Theano and PyTensor."""

import importlib
import inspect

import numpy as np
import theanets_reg  # noqa: F401 (before theano)
from recurrent_networks import arrays, network
from theanets_reg.jacobian import explain, squared_norms

__all__ = ['build']

METHODS = {'theanets_reg': 'auto', 'theanets_reg, hutchinson': 'hutchinson',
           'literal gradient.jacobian': 'jacobian'}

#: Ways of 'auto' that are asked for by name.
STRATEGIES = {'theanets_reg, row blocks': 'row blocks',
              'theanets_reg, recursion': 'recursion over time'}


def library(package, x):
    """What :mod:`recurrent_networks` asks for; `x` is (time, batch, features)."""
    theano = importlib.import_module(package)
    TT = importlib.import_module(package + '.tensor')
    options = {}
    if 'return_updates' in inspect.signature(theano.scan).parameters:
        options['return_updates'] = False

    def scan(step, sequences, sizes):
        found = theano.scan(step, sequences=sequences, outputs_info=[
            TT.zeros((x.shape[1], size), x.dtype) for size in sizes], **options)
        states = found if options else found[0]
        return states if isinstance(states, list) else [states]
    return dict(dot=TT.dot, tanh=TT.tanh, scan=scan,
                sigmoid=TT.nnet.sigmoid if package == 'theano' else TT.sigmoid,
                size=lambda u: u.get_value(borrow=True).shape[0],
                concatenate=lambda parts: TT.concatenate(parts, axis=-1))


def build(package, contender, work):
    """A function of the penalty and its gradient by all parameters.

    The plain step has the mean square of the output in the penalty's place.
    See `symbolic_steps.py`; the figures are the penalty and the norm of its gradient.
    """
    theano = importlib.import_module(package)
    TT = importlib.import_module(package + '.tensor')
    value, values = arrays(work)
    x = TT.tensor3('x', dtype=work['dtype'])
    params = [theano.shared(v) for v in values]
    series = x.dimshuffle(1, 0, 2)
    output = network(library(package, series), work, series, params)
    if output.ndim == 3:
        output = output.dimshuffle(1, 0, 2)
    output.name = 'h'
    if contender in METHODS:
        cost = squared_norms(output, x, method=METHODS[contender]).mean()
    elif contender in STRATEGIES:
        cost = squared_norms(output, x, strategy=STRATEGIES[contender]).mean()
    else:
        cost = (output ** 2).mean()
    function = theano.function([x], [cost] + theano.grad(
        cost, params, disconnected_inputs='ignore'))
    told = explain(output, x) if contender == 'theanets_reg' else ''
    return lambda: figures(function(value)), told


def figures(found):
    """Of the penalty and its slopes: the penalty and the norm of the gradient."""
    return [float(found[0]), float(np.sqrt(sum((np.asarray(g) ** 2).sum()
                                               for g in found[1:])))]
