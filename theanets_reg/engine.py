"""Theano or PyTensor, told from the variables that come in.

The rest of the library works on whatever :func:`of` returns and never asks
which package it is. A package is imported only when one of its variables has
been seen, so it is there already.
"""

import functools

__all__ = ['Engine', 'of', 'is_symbolic', 'ancestors', 'inputs_of', 'replace',
           'hold_draws']


class Engine(object):
    """What the library needs of a symbolic package, under one set of names.

    Attributes
    ----------
    name : str
        The package: ``'theano'`` or ``'pytensor'``.
    tensor : module
        ``theano.tensor`` or its counterpart.
    grad, jacobian : callable
        Reverse-mode derivatives of a scalar and of a vector.
    Constant, SharedVariable, TensorType : type
        Kinds of graph leaves, and the type of dense arrays.
    """

    def __init__(self, name, tensor, grad, jacobian, check, Constant,
                 SharedVariable, TensorType, is_random, floatX):
        self.name = name
        self.tensor = tensor
        self.grad = grad
        self.jacobian = jacobian
        self.check = check
        self.Constant = Constant
        self.SharedVariable = SharedVariable
        self.TensorType = TensorType
        self.is_random = is_random
        self._floatX = floatX

    @property
    def floatX(self):
        """The package's default float type, as configured now."""
        return self._floatX()

    def is_dense(self, variable):
        """Whether `variable` is an ordinary (not a sparse) array."""
        return isinstance(variable.type, self.TensorType)


def _package(variable):
    for cls in type(variable).__mro__:
        package = cls.__module__.split('.')[0]
        if cls.__name__ == 'Variable' and package in _ENGINES:
            return package
    return None


def is_symbolic(value):
    """Whether `value` is a variable of a package that we know."""
    return _package(value) is not None


def of(*variables):
    """The engine of the first symbolic variable among `variables`.

    Raises
    ------
    TypeError
        If none of them is a Theano or PyTensor variable.
    """
    for variable in variables:
        package = _package(variable)
        if package is not None:
            return _ENGINES[package]()
    raise TypeError(
        'expected a Theano or PyTensor variable, got {}; build the expression '
        'with theano.tensor or pytensor.tensor first'.format(
            ', '.join(type(v).__name__ for v in variables) or 'nothing'))


def ancestors(outputs):
    """All variables that `outputs` are computed from, inputs before results.

    Parameters
    ----------
    outputs : sequence of variables

    Returns
    -------
    variables : list of variables
        In topological order, `outputs` included, each once.
    """
    seen, order, stack = set(), [], [(v, False) for v in reversed(outputs)]
    while stack:
        variable, expanded = stack.pop()
        if expanded:
            order.append(variable)
        elif variable not in seen:
            seen.add(variable)
            stack.append((variable, True))
            if variable.owner is not None:
                stack.extend((v, False) for v in reversed(variable.owner.inputs))
    return order


def inputs_of(outputs):
    """The free inputs of `outputs`: leaves that hold no value of their own."""
    engine = of(*outputs)
    held = (engine.Constant, engine.SharedVariable)
    return [v for v in ancestors(outputs)
            if v.owner is None and not isinstance(v, held)]


def replace(outputs, replacements):
    """Rebuild `outputs` with some of their variables replaced.

    Only what depends on a replaced variable is built anew; everything else,
    the replacements themselves included, is shared with the old graph.

    Parameters
    ----------
    outputs : sequence of variables
    replacements : dict of variable -> variable

    Returns
    -------
    outputs : list of variables
    """
    new = dict(replacements)
    for variable in ancestors(outputs):
        node = variable.owner
        if variable in new or node is None:
            continue
        if any(v in new for v in node.inputs):
            clone = node.clone_with_new_inputs(
                [new.get(v, v) for v in node.inputs], strict=False)
            for old, fresh in zip(node.outputs, clone.outputs):
                new.setdefault(old, fresh)
    return [new.get(v, v) for v in outputs]


def hold_draws(outputs):
    """Take the random draws out of a graph, so that they can be held fixed.

    Parameters
    ----------
    outputs : sequence of variables

    Returns
    -------
    held : list of variables
        `outputs` with a placeholder in the place of every random draw.
    draws : dict of variable -> variable
        What to :func:`replace` the placeholders with in the end.
    """
    is_random = of(*outputs).is_random
    placeholders = {v: v.type() for v in ancestors(outputs)
                    if v.owner is not None and is_random(v.owner)}
    return (replace(outputs, placeholders),
            {held: draw for draw, held in placeholders.items()})


@functools.lru_cache(maxsize=None)
def _theano():
    import theano
    from theano import tensor
    from theano.sandbox import rng_mrg
    from theano.tensor import raw_random
    from theano.tensor.opt import Assert
    random_ops = (raw_random.RandomFunction, rng_mrg.mrg_uniform_base)
    return Engine(
        'theano', tensor, theano.grad, theano.gradient.jacobian,
        check=lambda value, condition, message: Assert(message)(value, condition),
        Constant=theano.gof.Constant,
        SharedVariable=theano.compile.SharedVariable,
        TensorType=tensor.TensorType,
        is_random=lambda node: isinstance(node.op, random_ops),
        floatX=lambda: theano.config.floatX)


@functools.lru_cache(maxsize=None)
def _pytensor():
    import pytensor
    from pytensor import tensor
    from pytensor.compile.sharedvalue import SharedVariable
    from pytensor.graph.basic import Constant
    from pytensor.raise_op import Assert
    from pytensor.tensor.random.op import RandomVariable
    return Engine(
        'pytensor', tensor, pytensor.gradient.grad, pytensor.gradient.jacobian,
        check=lambda value, condition, message: Assert(message)(value, condition),
        Constant=Constant,
        SharedVariable=SharedVariable,
        TensorType=tensor.TensorType,
        is_random=lambda node: isinstance(node.op, RandomVariable),
        floatX=lambda: pytensor.config.floatX)


_ENGINES = {'theano': _theano, 'pytensor': _pytensor}
