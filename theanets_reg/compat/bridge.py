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
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, Callable

from .images import conv2d
from .streams import MRG_RandomStreams

if TYPE_CHECKING:
    from ..backends.types import Variable

__all__ = ['stand_ins', 'theano_from_pytensor']

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
    modules = stand_ins()
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
def stand_ins() -> dict[str, ModuleType]:
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
        'theano.tensor.nnet': dict(conv2d=conv2d, sigmoid=sigmoid, softplus=softplus),
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


def scan(fn: Callable[..., Any], *args: Any, **kwargs: Any) -> tuple[Any, list[Any]]:
    """A loop's outputs, and its updates as the list of pairs theanets adds up."""
    import pytensor
    if 'return_updates' in inspect.signature(pytensor.scan).parameters:
        return pytensor.scan(fn, *args, return_updates=False, **kwargs), []
    outputs, updates = pytensor.scan(fn, *args, **kwargs)
    return outputs, list(updates.items())
