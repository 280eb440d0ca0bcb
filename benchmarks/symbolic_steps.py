"""Training steps in Theano and PyTensor: with our penalty, and in other ways."""

import importlib

import theanets_reg  # noqa: F401 (before theano)
from networks import NOISE, RATE, WEIGHT, arrays, closed_form, network
import products
from theanets_reg.jacobian import explain, squared_norms

__all__ = ['build']

METHODS = {'theanets_reg': 'auto', 'theanets_reg, hutchinson': 'hutchinson',
           'literal gradient.jacobian': 'jacobian'}


def build(package, contender, work):
    """A training step.

    Parameters
    ----------
    package : {'theano', 'pytensor'}
    contender : str
    work : dict

    Returns
    -------
    step : callable
        Takes a step and returns the list of figures that all contenders shall
        agree on: the penalty.
    told : str
        What :func:`explain` says, or nothing.
    """
    if contender == 'bare products':
        bare = products.step(work['sizes'], work['batch'])
        return lambda: bare() or [], ''
    theano = importlib.import_module(package)
    library = libraries(package)
    x_value, extra_value, values = arrays(work)
    params = [theano.shared(v) for v in values]
    x, extra = symbols(package, library, work, x_value)
    given = [(x, x_value)] + [(extra, extra_value)] * (extra_value is not None)
    outputs, loss = network(library, work, x, extra, params)
    penalty = penalty_of(library, contender, work, outputs, x, extra, params)
    loss = loss + WEIGHT * penalty
    function = theano.function([v for v, _ in given], penalty, updates=[
        (p, p - RATE * g) for p, g in zip(params, theano.grad(loss, params))])
    data = [value for _, value in given]
    for place, output in enumerate(outputs):
        output.name = 'h{}'.format(place + 1)
    told = explain(outputs, x) if contender == 'theanets_reg' else ''
    return lambda: [float(function(*data))], told


def symbols(package, library, work, value):
    """The input, and the mask or the noise that it meets, or None."""
    make = {2: 'matrix', 4: 'tensor4'}[value.ndim]
    x = getattr(importlib.import_module(package + '.tensor'), make)('x', dtype='float32')
    extra = {'mask': lambda: x.type('mask'),
             'noise': lambda: NOISE * library['normal'](x.shape)}
    return x, extra.get(work['front'], lambda: None)()


def penalty_of(library, contender, work, outputs, x, extra, params):
    """Scalar: the mean over the examples, or zero in the plain step."""
    if contender in METHODS:
        return squared_norms(outputs, x, method=METHODS[contender]).mean()
    if contender == 'closed form by hand':
        return closed_form(library, work, outputs[0], extra, params)
    if contender == 'materialised Jacobian':
        inputs, units = work['sizes']
        h, w = outputs[0], params[0]
        jacobian = ((h * (1 - h)).reshape((work['batch'], 1, units)) *
                    w.reshape((1, inputs, units)))
        return (jacobian ** 2).sum() / WEIGHT.dtype.type(work['batch'])
    return library['zero']


def libraries(package):
    """What :func:`networks.network` asks for."""
    TT = importlib.import_module(package + '.tensor')
    common = dict(dot=TT.dot, tanh=TT.tanh, relu=lambda z: (z + abs(z)) / 2,
                  flatten=lambda z: z.flatten(2), zero=TT.zeros((), 'float32'))
    return dict(common, **(_theano() if package == 'theano' else _pytensor()))


def _theano():
    import theano.tensor as TT
    from theano.sandbox.rng_mrg import MRG_RandomStreams
    from theano.tensor.signal import pool
    return dict(
        sigmoid=TT.nnet.sigmoid,
        conv=lambda x, filters: TT.nnet.conv2d(x, filters, filter_flip=False),
        pool=lambda h: pool.pool_2d(h, (2, 2), ignore_border=True),
        normal=lambda shape: MRG_RandomStreams(13).normal(shape, dtype='float32'))


def _pytensor():
    import numpy as np
    import pytensor
    import pytensor.tensor as TT

    def normal(shape):
        state = pytensor.shared(np.random.default_rng(13))
        draw = TT.random.normal(size=shape, rng=state, dtype='float32')
        state.default_update = draw.owner.outputs[0]
        return draw

    return dict(sigmoid=TT.sigmoid, normal=normal)
