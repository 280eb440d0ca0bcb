"""The package that the running test is about, under Theano's names.

``from symbolic import theano, TT`` in the place of Theano's own makes a module
of tests run once for each package that is installed: see conftest.py.
"""

import functools
import importlib
import importlib.util
import inspect

import numpy as np

__all__ = ['INSTALLED', 'Name', 'theano', 'TT', 'MRG_RandomStreams', 'RandomStreams',
           'use', 'without_folding_shapes']

#: The packages that are there.
INSTALLED = [name for name in ('theano', 'pytensor')
             if importlib.util.find_spec(name) is not None]

_current = []


def use(package):
    """Let the names stand for those of `package`; None for no package."""
    _current[:] = [] if package is None else [package]


class Name(object):
    """A name of the current package.

    Before there is one, as in the arguments of ``parametrize``, it stands for
    itself until it is called.
    """

    def __init__(self, path):
        self._path = path

    def __getattr__(self, name):
        if name.startswith('__'):
            raise AttributeError(name)
        path = '.'.join(filter(None, [self._path, name]))
        if not _current:
            return Name(path)
        found = _lookup(_current[0], path)
        return Name(path) if found is None or _is_module(found) else found

    def __call__(self, *args, **kwargs):
        return _lookup(_current[0], self._path)(*args, **kwargs)

    def __repr__(self):
        return self._path


def _is_module(value):
    return isinstance(value, type(importlib))


def _lookup(package, path):
    """What a name stands for; None for a mere step on the way to one."""
    if package == 'pytensor' and path in _pytensor():
        return _pytensor()[path]
    value = importlib.import_module(package)
    done = package
    for part in path.split('.'):
        done += '.' + part
        if not hasattr(value, part):
            try:
                importlib.import_module(done)
            except ImportError:
                if package == 'pytensor' and any(
                        name.startswith(path + '.') for name in _pytensor()):
                    return None
                raise AttributeError('{} has no {}'.format(package, path))
        value = getattr(value, part)
    return value


@functools.lru_cache(maxsize=None)
def _pytensor():
    """PyTensor's counterparts of what is named otherwise there."""
    import pytensor
    from pytensor import tensor
    from pytensor.compile.sharedvalue import SharedVariable
    from pytensor.graph.traversal import ancestors, graph_inputs
    from pytensor.scan.utils import until
    from pytensor.tensor.special import log_softmax, softmax

    class Streams(object):
        """Draws with the signatures of Theano's streams."""

        def __init__(self, seed):
            self.seeds = np.random.SeedSequence(seed)
            self.state_updates = []

        def seed(self, seed):
            seeds = np.random.SeedSequence(seed)
            for state, _ in self.state_updates:
                state.set_value(np.random.default_rng(seeds.spawn(1)[0]))

        def draw(self, kind, *args, **kwargs):
            state = pytensor.shared(np.random.default_rng(self.seeds.spawn(1)[0]))
            drawn = getattr(tensor.random, kind)(*args, rng=state, **kwargs)
            state.default_update = drawn.owner.outputs[0]
            self.state_updates.append((state, state.default_update))
            return drawn

        def uniform(self, size, low=0., high=1., dtype=None, nstreams=None):
            return self.draw('uniform', low, high, size=size, dtype=dtype)

        def normal(self, size, avg=0., std=1., dtype=None):
            return self.draw('normal', avg, std, size=size, dtype=dtype)

        def binomial(self, size, n=1, p=.5, dtype='int64'):
            return self.draw('binomial', n, p, size=size).astype(dtype)

    def scan(*args, **kwargs):
        if 'return_updates' not in inspect.signature(pytensor.scan).parameters:
            return pytensor.scan(*args, **kwargs)
        return pytensor.scan(*args, return_updates=False, **kwargs), {}

    return {
        'scan': scan,
        'scan_module.until': until,
        'compile.SharedVariable': SharedVariable,
        'gof.graph.ancestors': lambda outputs: list(ancestors(outputs)),
        'gof.graph.inputs': lambda outputs: list(graph_inputs(outputs)),
        'gradient.consider_constant': pytensor.gradient.disconnected_grad,
        'tensor.nnet.sigmoid': tensor.sigmoid,
        'tensor.nnet.softplus': tensor.softplus,
        'tensor.nnet.relu': lambda x: (x + abs(x)) / 2,
        'tensor.nnet.softmax': lambda x: softmax(x, axis=-1),
        'tensor.nnet.logsoftmax': lambda x: log_softmax(x, axis=-1),
        'tensor.batched_dot': tensor.matmul,
        'sandbox.rng_mrg.MRG_RandomStreams': Streams,
        'tensor.shared_randomstreams.RandomStreams': Streams,
    }


def without_folding_shapes():
    """Let PyTensor take only constants for known sizes.

    It rewrites the graph of every size of every new array to find out whether
    it is one: nine tenths of what the tests of loops would take.
    """
    from pytensor.tensor import basic

    def infer_static_shape(shape):
        sizes = [basic.as_tensor_variable(size, ndim=0) for size in shape]
        return sizes, tuple(size.data.item() if isinstance(size, basic.Constant) else None
                            for size in sizes)

    infer_static_shape.folding = basic.infer_static_shape
    basic.infer_static_shape = infer_static_shape


theano = Name('')
TT = Name('tensor')
MRG_RandomStreams = Name('sandbox.rng_mrg.MRG_RandomStreams')
RandomStreams = Name('tensor.shared_randomstreams.RandomStreams')
