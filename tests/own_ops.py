"""Ops that neither package has, as a user would write them.

They are strict: arrays of exactly the number of axes that they are for, and of one
shape where that is all that an op of NumPy's would want.
"""

import functools
import importlib

import numpy as np

__all__ = ['made']


@functools.lru_cache(maxsize=None)
def made(package):
    """Classes of ops for a package: a dict of name -> class."""
    graph, op = ('theano.gof.graph', 'theano.gof.op') if package == 'theano' else (
        'pytensor.graph.basic', 'pytensor.graph.op')
    tensor = importlib.import_module(package + '.tensor')
    apply = importlib.import_module(graph).Apply
    return {cls.__name__: cls for cls in _classes(
        _strict(importlib.import_module(op).Op, apply, tensor), tensor)}


def _strict(base, apply, tensor):
    class Strict(base):
        """Arrays of `ndims` axes; the result has the axes of the first, or one less."""

        __props__ = ()
        ndims = (2, )
        drops = 0

        def make_node(self, *inputs):
            inputs = [tensor.as_tensor_variable(v) for v in inputs]
            if tuple(v.ndim for v in inputs) != self.ndims:
                raise TypeError('expected {} axes, got {}'.format(self.ndims, inputs))
            kept = (False, ) * (inputs[0].ndim - self.drops)
            made = tensor.TensorType(inputs[0].dtype, kept)
            return apply(self, inputs, [made()])

        def perform(self, node, inputs, storage):
            storage[0][0] = np.asarray(self.value(*inputs), node.outputs[0].dtype)

        def grad(self, inputs, slopes):
            return self.slopes(*list(inputs) + list(slopes))

        def pullback(self, inputs, outputs, slopes):
            return self.slopes(*list(inputs) + list(slopes))

        def infer_shape(self, *given):
            shape = given[-1][0]
            return [shape[:len(shape) - self.drops]]

    return Strict


def _classes(strict, tensor):
    class Softsign(strict):
        def value(self, x):
            return x / (1 + abs(x))

        def slopes(self, x, g):
            return [SoftsignGrad()(x, g)]

    class SoftsignGrad(strict):
        ndims = (2, 2)

        def value(self, x, g):
            assert x.shape == g.shape
            return g / (1 + abs(x)) ** 2

        def slopes(self, x, g, u):
            below = 1 + abs(x)
            return [-2 * tensor.sgn(x) * u * g / below ** 3, SoftsignGrad()(x, u)]

    class Reversal(strict):
        """The identity, with the gradient turned around."""
        def value(self, x):
            return x

        def slopes(self, x, g):
            return [-2 * g]

    class Unit(strict):
        """Each vector along the last axis divided by its length."""
        def value(self, x):
            return x / np.sqrt((x * x).sum(axis=-1, keepdims=True))

        def slopes(self, x, g):
            return [UnitGrad()(x, g)]

    class UnitGrad(strict):
        ndims = (2, 2)

        def value(self, x, g):
            assert x.shape == g.shape
            length = np.sqrt((x * x).sum(axis=-1, keepdims=True))
            unit = x / length
            return (g - unit * (g * unit).sum(axis=-1, keepdims=True)) / length

        def slopes(self, x, g, u):
            length = tensor.sqrt(tensor.sqr(x).sum(axis=1, keepdims=True))

            def inner(a, b):
                return (a * b).sum(axis=1, keepdims=True)

            unit = x / length
            by_unit = -(inner(g, unit) * u + inner(u, unit) * g)
            whole = inner(u, g - unit * inner(g, unit))
            by_x = (by_unit - unit * inner(unit, by_unit)) / length ** 2 - \
                unit * whole / length ** 2
            return [by_x, UnitGrad()(x, u)]

    class LogSumExp(strict):
        drops = 1

        def value(self, x):
            return np.log(np.exp(x).sum(axis=-1))

        def slopes(self, x, g):
            powers = tensor.exp(x)
            return [g.dimshuffle(0, 'x') * powers / powers.sum(axis=1, keepdims=True)]

    class Square(strict):
        """The square of each example, a matrix."""
        ndims = (3, )

        def value(self, x):
            return np.matmul(x, x)

        def slopes(self, x, g):
            return [SquareGrad()(x, g)]

    class SquareGrad(strict):
        ndims = (3, 3)

        def value(self, x, g):
            assert x.shape == g.shape
            turned = x.transpose(0, 2, 1)
            return np.matmul(g, turned) + np.matmul(turned, g)

        def slopes(self, x, g, u):
            product = tensor.batched_dot if hasattr(tensor, 'batched_dot') else tensor.matmul
            turned = u.dimshuffle(0, 2, 1)
            by_x = product(turned, g) + product(g, turned)
            return [by_x, product(u, x) + product(x, u)]

    return [Softsign, SoftsignGrad, Reversal, Unit, UnitGrad, LogSumExp, Square, SquareGrad]
