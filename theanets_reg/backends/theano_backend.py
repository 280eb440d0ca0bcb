"""Theano, under the names that the library uses."""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Callable

import theano
from theano import tensor
from theano.compile import builders
from theano.ifelse import IfElse
from theano.sandbox import rng_mrg
from theano.scan_module import scan_op
from theano.tensor import raw_random
from theano.tensor.extra_ops import cpu_contiguous
from theano.tensor.nnet import bn
from theano.tensor.opt import Assert
from theano.tensor.signal.pool import DownsampleFactorMaxGradGrad
from theano.tensor.subtensor import get_idx_list

from ..compat import asserts, batch_norm, buffers, choices, inlining, loop_outputs, scan
from . import loop
from .base import Backend
from .indices import as_index
from .kinds import KINDS

if TYPE_CHECKING:
    from .types import Node, Variable

__all__ = ['Theano']

scan.mend(scan_op, scan.INNER_OUTPUTS, info='self', taps='tap_array')
asserts.mend(Assert)
batch_norm.mend(bn)
buffers.mend(DownsampleFactorMaxGradGrad)
choices.mend(IfElse, theano.gradient.DisconnectedType)
loop_outputs.mend(scan_op)
inlining.mend(builders, theano.gof.graph.clone_get_equiv)
scan.mend_integers(scan_op, theano.gradient, tensor.discrete_dtypes)


class Composite(theano.OpFromGraph):
    """A composite op of which some outputs may have no gradient.

    Theano hands the mark of a missing gradient on as if it were an array. So the
    gradient of one of several gradients, which are one such op, would fail. And an
    input may be for the gradient only.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super(Composite, self).__init__(*args, **dict({'on_unused_input': 'ignore'}, **kwargs))

    def L_op(self, inputs: list[Variable], outputs: list[Variable],
             output_grads: list[Variable]) -> list[Variable]:
        none = theano.gradient.DisconnectedType
        return super(Composite, self).L_op(inputs, outputs, [
            output.zeros_like() if isinstance(grad.type, none) else grad
            for output, grad in zip(outputs, output_grads)])


class Theano(Backend):
    """Theano 1.0.5."""

    kinds = dict(KINDS, **{
        'AdvancedBooleanSubtensor': 'pick', 'AdvancedBooleanIncSubtensor': 'incpick',
        'RepeatOp': 'repeat',
        'Rebroadcast': 'same', 'CpuContiguous': 'same', 'AbstractConv2d': 'conv', 'ConvOp': 'conv',
        'AbstractConv3d': 'conv', 'Pool': 'pool',
        'AbstractConv2d_gradInputs': 'conv_back', 'AbstractConv3d_gradInputs': 'conv_back',
        'AbstractBatchNormInference': 'normalized',
        'AbstractBatchNormTrain': 'normalizing',
        'MaxPoolGrad': 'pool_back', 'AveragePoolGrad': 'pool_back'})
    name = 'theano'
    none = 'None'
    tensor = tensor
    config = theano.config
    package_grad = staticmethod(theano.grad)
    package_jacobian = staticmethod(theano.gradient.jacobian)
    package_scan = staticmethod(theano.scan)
    disconnected_grad = staticmethod(theano.gradient.disconnected_grad)
    disconnected_type = theano.gradient.disconnected_type
    fix_broadcast = staticmethod(tensor.patternbroadcast)
    batched_dot = staticmethod(tensor.batched_dot)
    random_stream = rng_mrg.MRG_RandomStreams
    shared = staticmethod(theano.shared)
    Assert = Assert
    Constant = theano.gof.Constant
    OpFromGraph = Composite
    SharedVariable = theano.compile.SharedVariable
    TensorType = tensor.TensorType

    def own_kind(self, node: Node) -> str | None:
        return self.kinds.get(type(node.op).__name__)

    def is_random(self, node: Node) -> bool:
        return isinstance(node.op, (raw_random.RandomFunction, rng_mrg.mrg_uniform_base))

    def real_parameters(self, node: Node) -> list[Variable]:
        real = getattr(node.op, 'fn', None) in ('uniform', 'normal')
        return node.inputs[2:] if real else []

    def uniform(self, stream: Any, size: Any) -> Variable:
        # MRG prepares 15360 parallel streams, for a GPU, where it isn't told.
        parallel = {'nstreams': 256} if hasattr(stream, 'n_streams') else {}
        return stream.uniform(size=size, **parallel)

    def indices(self, node: Node) -> list[Any]:
        kind = self.own_kind(node)
        if kind in ('take', 'inctake'):
            return [node.inputs[-1]]
        if kind in ('pick', 'incpick'):
            return [as_index(v) for v in node.inputs[1 if kind == 'pick' else 2:]]
        writes = kind == 'incsubtensor'
        return list(get_idx_list(
            node.inputs[:1] + node.inputs[1 + writes:], node.op.idx_list))

    def loop_parts(self, node: Node) -> dict[str, Any]:
        op = node.op
        return dict(
            loop.parts(op, op, op.inputs, node.inputs, op.outputs, node.outputs),
            simple=not (op.as_while or op.n_mit_mot or op.n_shared_outs))

    def loop_wiring(self, node: Node) -> loop.Wiring:
        op = node.op
        return loop.wiring(op, op.inputs, op.outputs, not (op.as_while or op.n_shared_outs))

    def loop_like(self, op: Any, inner: Sequence[Variable],
                  results: Sequence[Variable]) -> Any:
        return scan_op.Scan(list(inner), list(results), dict(op.info, truncate_gradient=-1))

    # Theano's sums over the first axis of a large array are slow, also those that its
    # gradients make where an array was broadcast: a product with ones is fast.

    def all_rows_times(self, array: Variable, factor: Any) -> Variable:
        if any(factor.broadcastable):
            return super(Theano, self).all_rows_times(array, factor)
        return self.with_gradient(
            super(Theano, self).all_rows_times, self._slopes_of_times, array, factor)

    def _slopes_of_times(self, array: Variable, factor: Any, slopes: Variable) -> list[Variable]:
        by_array = super(Theano, self).all_rows_times(slopes, factor)
        spread = [a for a in range(array.ndim) if array.broadcastable[a]]
        if spread:
            by_array = by_array.sum(axis=spread, keepdims=True)
        return [by_array, self._sum_of_rows(slopes * array)]

    def turned(self, matrix: Variable) -> Variable:
        # What it makes elementwise of transposes lies column after column itself, and
        # is copied when axes are joined.
        return cpu_contiguous(matrix.T)

    def weighed_sums(self, left: Variable, weights: Variable) -> Variable:
        # Its sums over one axis are slower than products with ones.
        return self.weighed_by_products(left, weights)

    def squares_of_all_rows(self, array: Variable) -> Variable:
        if any(array.broadcastable[1:]):
            return super(Theano, self).squares_of_all_rows(array)
        return self.with_gradient(
            self._sum_of_squares, self._slopes_of_squares, array)

    def _sum_of_squares(self, array: Variable) -> Variable:
        return self._sum_of_rows(tensor.sqr(array))

    def _slopes_of_squares(self, array: Variable, slopes: Variable) -> list[Variable]:
        return [2 * super(Theano, self).all_rows_times(array, slopes)]

    def _sum_of_rows(self, array: Variable) -> Variable:
        shape = [array.shape[a] for a in range(1, array.ndim)]
        units = functools.reduce(operator.mul, shape, 1)
        flat = array.reshape((array.shape[0], units), ndim=2)
        ones = tensor.ones((array.shape[0],), dtype=array.dtype)
        return tensor.dot(ones, flat).reshape(shape, ndim=len(shape))

    def window_of_maxima(self, node: Node) -> tuple[int, int] | None:
        op = node.op
        if type(op).__name__ != 'MaxPoolGrad' or op.ndim != 2 or not op.ignore_border \
                or node.inputs[0].ndim != 4:
            return None
        window, stride, pad = [v.data.tolist() if isinstance(v, self.Constant) else None
                               for v in node.inputs[3:]]
        return tuple(window) if window and window == stride and pad == [0, 0] else None

    def whole_loop(self, op: Any, change: Callable[[list[Variable]], list[Variable]]) -> Any:
        results = change(op.outputs)
        if op.truncate_gradient == -1 and results == op.outputs:
            return None
        return self.loop_like(op, op.inputs, results)

    def composite(self, node: Node) -> tuple[list[Variable], list[Variable]] | None:
        if type(node.op) not in (theano.OpFromGraph, Composite) or not node.op._lop_is_default:
            return None
        return node.op.local_inputs, node.op.local_outputs

    def inner_graph(self, node: Node) -> Any:
        if isinstance(node.op, theano.OpFromGraph):
            return node.op.local_inputs, node.op.local_outputs
        return None

    def vectorized(self, node: Node, inputs: list[Variable]) -> list[Variable]:
        """Theano has no means to add an axis to any op.

        Raises
        ------
        NotImplementedError
        """
        raise NotImplementedError(str(node.op))
