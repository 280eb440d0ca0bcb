"""What follows a layer's product: elementwise functions and a few that are not."""

from symbolic import TT

ACTIVATIONS = {
    'linear': lambda z: z,
    'sigmoid': TT.nnet.sigmoid,
    'tanh': TT.tanh,
    'softplus': TT.nnet.softplus,
    'relu': lambda z: (z + abs(z)) / 2,
    'rect:min': lambda z: (z + 1 - abs(z - 1)) / 2,
    'rect:minmax': lambda z: (abs(z) + 1 - abs(z - 1)) / 2,
    'softmax': lambda z: (TT.exp(z - z.max(axis=-1, keepdims=True)) /
                          TT.exp(z - z.max(axis=-1, keepdims=True))
                          .sum(axis=-1, keepdims=True)),
    'nnet.softmax': TT.nnet.softmax,
    'norm:mean': lambda z: z - z.mean(axis=-1, keepdims=True),
    'norm:max': lambda z: z / (abs(z).max(axis=-1, keepdims=True) + 1e-8),
    'norm:std': lambda z: z / TT.sqrt(z.var(axis=-1, keepdims=True) + .1),
    'tanh+softplus': lambda z: TT.nnet.softplus(TT.tanh(z)),
    'clip': lambda z: TT.clip(z, -.5, .5),
    'switch': lambda z: TT.switch(z > 0, z, .1 * z),
    'maximum': lambda z: TT.maximum(z, .2),
    'square': lambda z: TT.sqr(z) / 2,
}

#: Those whose every unit reads one unit.
ELEMENTWISE = [name for name in ACTIVATIONS if name not in (
    'softmax', 'nnet.softmax', 'norm:mean', 'norm:max', 'norm:std')]

#: Those that take more than two dimensions.
ANY_DIMENSIONS = [name for name in ACTIVATIONS if name != 'nnet.softmax']
