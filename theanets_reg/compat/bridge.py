"""theanets 0.7.3 and downhill 0.4.0, unmodified, on PyTensor.

They ask for Theano by name when they are imported, and for some fifty things
in it. :func:`theano_from_pytensor` answers with PyTensor's, while they are
being imported and not a moment longer::

    with theano_from_pytensor():
        import theanets

Most of the names are PyTensor's own objects. The functions in this module
stand where PyTensor differs, or has nothing. They are functions of a module
that stays, because a saved network may refer to them.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import inspect
import sys
import types
import warnings
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from ..backends.types import Variable

__all__ = ['theano_from_pytensor']

_SAME_IN_TENSOR = '''
    TensorVariable arange argmax cast clip concatenate dot eq exp grad gt
    imatrix iscalar itensor3 itensor4 ivector log lt matrix maximum minimum
    prod repeat scalar sqr sqrt sum switch tensor3 tensor4 vector
'''
_SAME_IN_SPARSE = 'csc_matrix csr_matrix structured_dot'


@contextlib.contextmanager
def theano_from_pytensor() -> Iterator[None]:
    """Let ``import theano`` find PyTensor, inside the ``with`` block only.

    Afterwards, also when the block fails, ``sys.modules`` has no trace of it:
    a Theano that was there is there again, one that was not is not.

    Raises
    ------
    ImportError
        If PyTensor is not installed.
    """
    modules = _stand_ins()
    hidden = {name: sys.modules[name] for name in modules if name in sys.modules}
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name in modules:
            del sys.modules[name]
        sys.modules.update(hidden)
    _restore_numpy_cast()


@functools.lru_cache(maxsize=None)
def _stand_ins() -> dict[str, ModuleType]:
    """The modules of Theano that are asked for, by their full names."""
    if importlib.util.find_spec('pytensor') is None:
        raise ImportError('theanets runs on Theano or on PyTensor, and PyTensor '
                          'is not installed here; pip install pytensor')
    import pytensor
    from pytensor import gradient, sparse, tensor
    from pytensor.compile.sharedvalue import SharedVariable
    from pytensor.graph.basic import Constant

    names = {
        'theano': dict(config=pytensor.config, function=pytensor.function,
                       scan=scan, shared=shared),
        'theano.compile': dict(SharedVariable=SharedVariable),
        'theano.sandbox': {},
        'theano.sandbox.rng_mrg': dict(MRG_RandomStreams=MRG_RandomStreams),
        'theano.sparse': dict(
            _pick(sparse, _SAME_IN_SPARSE),
            SparseVariable=sparse.SparseTensorType.variable_type),
        'theano.tensor': dict(
            _pick(tensor, _SAME_IN_TENSOR), Constant=Constant, sgn=tensor.sign,
            # Newer PyTensors have renamed these two.
            Lop=getattr(gradient, 'pullback', None) or gradient.Lop,
            Rop=getattr(gradient, 'pushforward', None) or gradient.Rop,
            tanh=tanh),
        'theano.tensor.nnet': dict(sigmoid=sigmoid, softplus=softplus),
        'theano.tensor.nnet.conv': dict(conv2d=conv2d),
    }
    modules = {name: types.ModuleType(name, __doc__) for name in names}
    for name, module in modules.items():
        vars(module).update(names[name])
        parent, _, child = name.rpartition('.')
        if parent:
            setattr(modules[parent], child, module)
    return modules


def _pick(module: ModuleType, names: str) -> dict[str, Any]:
    return {name: getattr(module, name) for name in names.split()}


def _restore_numpy_cast() -> None:
    """NumPy 2.0 has removed ``cast``; downhill's Adam asks for one of it.

    It is given to that module only: nobody else's NumPy is touched.
    """
    import numpy
    adaptive: Any = sys.modules.get('downhill.adaptive')
    if adaptive is None or hasattr(adaptive.np, 'cast'):
        return
    adaptive.np = types.ModuleType('numpy')
    vars(adaptive.np).update(
        vars(numpy), cast={'float32': functools.partial(numpy.asarray, dtype='float32')})


# theanets writes a name and a list of parameters onto its activations. Of
# PyTensor's own there is one for the whole process, so it gets these instead.

def tanh(x: Variable) -> Variable:
    from pytensor import tensor
    return tensor.tanh(x)


def sigmoid(x: Variable) -> Variable:
    from pytensor import tensor
    return tensor.sigmoid(x)


def softplus(x: Variable) -> Variable:
    from pytensor import tensor
    return tensor.softplus(x)


def shared(value: Any, name: str | None = None, broadcastable: Sequence[bool] | None = None,
           **kwargs: Any) -> Variable:
    """A shared variable; of its axes of length one, PyTensor asks the length."""
    import pytensor
    if broadcastable is not None:
        kwargs['shape'] = tuple(1 if b else None for b in broadcastable)
    return pytensor.shared(value, name=name, **kwargs)


def scan(fn: Callable[..., Any], **kwargs: Any) -> tuple[Any, list[Any]]:
    """A loop's outputs, and its updates as the list of pairs theanets adds up."""
    import pytensor
    if 'return_updates' in inspect.signature(pytensor.scan).parameters:
        return pytensor.scan(fn, return_updates=False, **kwargs), []
    outputs, updates = pytensor.scan(fn, **kwargs)
    return outputs, list(updates.items())


def conv2d(input: Variable, filters: Variable, image_shape: Any = None, filter_shape: Any = None,
           border_mode: str = 'valid', subsample: tuple[int, int] = (1, 1)) -> Variable:
    """Convolve stacks of images with stacks of filters.

    PyTensor convolves one image with one filter. As the size of theanets'
    filters is known, a sum over their pixels does it, each one a product of
    the shifted images with that pixel's (filters, channels) matrix.

    Parameters
    ----------
    input : (batch, channels, rows, columns) tensor
    filters : (filters, channels, rows, columns) tensor
    image_shape : ignored
    filter_shape : tuple of int
        The shape of `filters`.
    border_mode : 'valid' or 'full'
    subsample : (int, int)
        Keep each of so many rows and columns.

    Returns
    -------
    output : (batch, filters, rows, columns) tensor
    """
    from pytensor import tensor
    if border_mode not in ('valid', 'full'):
        raise ValueError("conv2d: border_mode is {!r}; Theano's conv2d knows "
                         "'valid' and 'full', use one of them".format(border_mode))
    height, width = filter_shape[2:]
    if border_mode == 'full':
        batch, channels, rows, columns = tuple(input.shape)
        input = tensor.zeros(
            (batch, channels, rows + 2 * height - 2, columns + 2 * width - 2),
            dtype=input.dtype)[:, :, height - 1:height - 1 + rows,
                               width - 1:width - 1 + columns].set(input)
    rows = input.shape[2] - height + 1
    columns = input.shape[3] - width + 1
    # A convolution, not a correlation: the filters run backwards.
    pixels = [
        tensor.tensordot(
            input[:, :, r:r + rows:subsample[0], c:c + columns:subsample[1]],
            filters[:, :, height - 1 - r, width - 1 - c], axes=[[1], [1]])
        for r in range(height) for c in range(width)]
    return sum(pixels[1:], pixels[0]).dimshuffle(0, 3, 1, 2)


class MRG_RandomStreams(object):
    """Theano's random streams, drawn with PyTensor's generators.

    The draws are new at every call of a compiled function and come again from
    the same seed. They are not the numbers that Theano draws.

    Parameters
    ----------
    seed : int or sequence of int, optional
        Theano's default is 12345.

    Attributes
    ----------
    state_updates : list of (shared variable, variable)
        The generator of each draw, and what it is after it.
    """

    def __init__(self, seed: Any = 12345) -> None:
        from numpy.random import SeedSequence
        self._seeds = SeedSequence(seed)
        self.state_updates: list[tuple[Variable, Variable]] = []

    def uniform(self, size: Any, low: Any = 0., high: Any = 1.,
                dtype: str | None = None) -> Variable:
        return self._draw('uniform', low, high, size=size, dtype=dtype)

    def normal(self, size: Any, avg: Any = 0., std: Any = 1.,
               dtype: str | None = None) -> Variable:
        return self._draw('normal', avg, std, size=size, dtype=dtype)

    def binomial(self, size: Any, n: Any = 1, p: Any = .5,
                 dtype: str | None = 'int64') -> Variable:
        return self._draw('binomial', n, p, size=size, dtype=dtype)

    def _draw(self, distribution: str, *params: Any, **kwargs: Any) -> Variable:
        import numpy
        import pytensor
        from pytensor.tensor.random import basic
        seed, = self._seeds.spawn(1)
        generator = pytensor.shared(numpy.random.default_rng(seed))
        with warnings.catch_warnings():
            # PyTensor 3.3 would rather have the updates given to function(),
            # but theanets, as it may with Theano, gives it none.
            warnings.simplefilter('ignore', DeprecationWarning)
            draw = getattr(basic, distribution)(
                *params, size=kwargs['size'], rng=generator)
            generator.default_update = draw.owner.outputs[0]
        self.state_updates.append((generator, generator.default_update))
        return draw.astype(kwargs['dtype'] or pytensor.config.floatX)
