"""The works of the feed-forward benchmark: networks, losses and data.

A work is a dict that JSON can hold, so that it can be handed to another process.
The same code builds it for Theano, PyTensor, jax and torch: a library is a dict
of the few functions that they name differently.
"""

from collections import OrderedDict

import numpy as np

__all__ = ['NOISE', 'RATE', 'WEIGHT', 'WORKS', 'arrays', 'closed_form', 'dense',
           'network']

WEIGHT = np.float32(.1)
RATE = np.float32(1e-4)
NOISE = np.float32(.1)


def dense(*sizes, **changes):
    """A work of dense layers.

    Parameters
    ----------
    sizes : int
        Of the input and all layers.
    activation : {'tanh', 'sigmoid', 'relu'}
    penalized : {'last', 'hidden'}
        The outputs that are differentiated by the input: the last layer, or
        all others.
    tied : bool
        Whether a decoder of the transposed weights follows, whose loss is the
        mean square error. The loss is the mean square of the last layer where
        there is none.
    front : {None, 'noise', 'mask', 'scale'}
        What the input goes through before the first layer.
    batch : int
    tolerance : float
        By how much the penalties of exact ways may differ, relatively.
    also_slow : bool
        Whether the ways that take minutes are run as well.
    bound : bool
        Whether the matrix products alone are timed, too: see `products.py`.
    """
    work = dict(kind='dense', sizes=sizes, activation='tanh', penalized='last', tied=False,
                front=None, batch=128, tolerance=1e-3, also_slow=False, bound=False)
    return dict(work, **changes)


def _tied(units, **changes):
    return dense(784, units, activation='sigmoid', tied=True, **changes)


WORKS = OrderedDict([
    ('4-512-64, output by input', dense(4, 512, 64)),
    ('32-256-784, output by input', dense(32, 256, 784)),
    ('784-256-32-256-784, hidden layers by input',
     dense(784, 256, 32, 256, 784, penalized='hidden')),
    ('784-256-32-256-784, output by input', dense(784, 256, 32, 256, 784)),
    ('784-512-256-32-256-512-784, hidden layers by input',
     dense(784, 512, 256, 32, 256, 512, 784, penalized='hidden', batch=64)),
    ('tanh 784-256-64', dense(784, 256, 64, bound=True)),
    ('relu 784-512-256-32', dense(784, 512, 256, 32, activation='relu', bound=True)),
    ('tied tanh 784-256-64', dense(784, 256, 64, tied=True, also_slow=True)),
    ('tied relu 784-512-256-32',
     dense(784, 512, 256, 32, activation='relu', tied=True, also_slow=True)),
    ('tied sigmoid 784-200', _tied(200, also_slow=True)),
    ('tied sigmoid 784-2000', _tied(2000, also_slow=True)),
    # Every library has draws of its own.
    ('input noise, tied sigmoid 784-200', _tied(200, front='noise', tolerance=1e-2)),
    ('mask in front, tied sigmoid 784-200', _tied(200, front='mask')),
    ('scale in front, tied sigmoid 784-200', _tied(200, front='scale')),
    ('conv 28x28x1 - 8 maps 5x5 - max pool 2 - 32 units', dict(
        kind='conv', sizes=(28, 5, 8, 32), penalized='last', batch=64, front=None, tied=False,
        tolerance=1e-3, also_slow=False, bound=False)),
])


def arrays(work):
    """One batch, what the input meets in front (or None), and the parameters.

    Returns
    -------
    x : (batch, inputs) or (batch, 1, rows, columns) array
    extra : array of the shape of `x`, or None
        The mask. Noise is no array: every library draws its own.
    params : list of arrays
        Weights, then biases, those of a decoder included.
    """
    rng = np.random.RandomState(13)
    if work['kind'] == 'conv':
        shape, weights, biases = _conv_arrays(rng, *work['sizes'])
    else:
        shape, weights, biases = _dense_arrays(rng, work['sizes'], work['tied'])
    x = rng.rand(work['batch'], *shape)
    extra = rng.rand(*x.shape) < .8 if work['front'] == 'mask' else None
    if work['front'] == 'scale':
        x *= 255
    return (x.astype('float32'), None if extra is None else extra.astype('float32'),
            [a.astype('float32') for a in weights + biases])


def _dense_arrays(rng, sizes, tied):
    sizes = tuple(sizes)
    weights = [rng.randn(a, b) / np.sqrt(a) for a, b in zip(sizes, sizes[1:])]
    biases = [np.zeros(b) for b in sizes[1:] + (sizes[-2::-1] if tied else ())]
    return sizes[:1], weights, biases


def _conv_arrays(rng, side, filters, maps, units):
    pooled = maps * ((side - filters + 1) // 2) ** 2
    weights = [rng.randn(maps, 1, filters, filters) / filters,
               rng.randn(pooled, units) / np.sqrt(pooled)]
    return (1, side, side), weights, [np.zeros(maps), np.zeros(units)]


def network(library, work, x, extra, params):
    """What is penalized, and the loss.

    Parameters
    ----------
    library : dict of str -> callable
        ``dot``, ``tanh``, ``sigmoid``, ``relu``; for images ``conv``, ``pool``, ``flatten``.
    work : dict
    x : (batch, ...) or (...)
        A batch or, in libraries that are mapped over examples, one example.
    extra : of the shape of `x`, or None
        Noise or mask.
    params : list

    Returns
    -------
    outputs : list
    loss : scalar
    """
    build = _conv_network if work['kind'] == 'conv' else _dense_network
    return build(library, work, x, extra, params)


def _dense_network(library, work, x, extra, params):
    depth = len(work['sizes']) - 1
    weights, biases = params[:depth], params[depth:]
    activation = library[work['activation']]
    h, target = _front(work['front'], x, extra)
    layers = []
    for w, b in zip(weights, biases):
        h = activation(library['dot'](h, w) + b)
        layers.append(h)
    outputs = layers[-1:] if work['penalized'] == 'last' else layers[:-1]
    if not work['tied']:
        return outputs, (h ** 2).mean()
    for w, b in zip(weights[::-1], biases[depth:]):
        h = library['sigmoid'](library['dot'](h, w.T) + b)
    return outputs, ((h - target) ** 2).mean()


def _front(front, x, extra):
    """What enters the first layer, and what a decoder is to make of it."""
    if front == 'scale':
        return (x / np.float32(255), ) * 2
    if front == 'mask':
        return x * extra, x
    if front == 'noise':
        return x + extra, x
    return x, x


def _conv_network(library, work, x, extra, params):
    filters, w, maps, b = params
    h = library['tanh'](library['conv'](x, filters) + maps[:, None, None])
    h = library['flatten'](library['pool'](h))
    h = library['tanh'](library['dot'](h, w) + b)
    return [h], (h ** 2).mean()


def closed_form(library, work, h, extra, params):
    """The penalty of one sigmoid layer as one writes it by hand.

    ‖∂h/∂x‖² is Σ_k (h_k (1 - h_k))² Σ_i W_ik², with W_ik times what the i-th
    input was multiplied by.
    """
    slopes, squares = (h * (1 - h)) ** 2, params[0] ** 2
    if work['front'] == 'mask':
        return (slopes * library['dot'](extra ** 2, squares)).sum() / np.float32(work['batch'])
    scale = 255. ** -2 if work['front'] == 'scale' else 1.
    return (slopes * squares.sum(0)).sum() * np.float32(scale / work['batch'])

