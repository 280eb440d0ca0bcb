"""PyTensor, under the names that the library uses: versions 2.34 to 3.3."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Callable

import pytensor
from pytensor import tensor
from pytensor.compile.builders import OpFromGraph
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Constant
from pytensor.graph.replace import vectorize_graph
from pytensor.ifelse import IfElse
from pytensor.raise_op import Assert
from pytensor.scan import op as scan_op
from pytensor.tensor import subtensor
from pytensor.tensor.random.op import RandomVariable
from pytensor.tensor.type import DenseTensorType

from ..compat import choices, scan, streams
from . import loop
from .base import Backend
from .einsum import einsum
from .graph import ancestors, replace
from .indices import as_index
from .kinds import KINDS
from .pytensor_axes import Axes

if TYPE_CHECKING:
    from .types import Node, Variable

__all__ = ['PyTensor']

choices.mend(IfElse, pytensor.gradient.DisconnectedType)
if int(pytensor.__version__.split('.')[0]) < 3:
    scan.mend(scan_op, info='info', taps='mit_mot_in_slices')


class Composite(OpFromGraph):
    """A composite op that can be pickled after its gradient has been taken.

    What it keeps of a gradient are functions inside of functions; they are made
    again where they are missing.
    """

    def __getstate__(self) -> dict[str, Any]:
        return dict(vars(self), _lop_op_cache={}, _rop_op_cache=None)


class PyTensor(Axes, Backend):
    """PyTensor."""

    kinds = dict(KINDS, Argmax='reduce', Pad='pad', Repeat='repeat',
                 JoinDims='reshape', SplitDims='reshape')
    name = 'pytensor'
    none = 'none'
    tensor = tensor
    config = pytensor.config
    package_grad = staticmethod(pytensor.grad)
    package_jacobian = staticmethod(pytensor.gradient.jacobian)
    disconnected_grad = staticmethod(pytensor.gradient.disconnected_grad)
    disconnected_type = pytensor.gradient.disconnected_type
    batched_dot = staticmethod(tensor.matmul)
    random_stream = streams.MRG_RandomStreams
    shared = staticmethod(pytensor.shared)
    Assert = Assert
    Constant = Constant
    OpFromGraph = Composite
    SharedVariable = SharedVariable
    TensorType = DenseTensorType

    def own_kind(self, node: Node) -> str | None:
        op = node.op
        name = type(op).__name__
        if name == 'Blockwise':
            # One product for each place on the leading axes, of matrices only:
            # other signatures are products with vectors.
            matrices = [len(core) for core in op.inputs_sig] == [2, 2]
            if type(op.core_op).__name__ != 'Dot' or not matrices:
                return 'blockwise'
            return 'dot' if node.outputs[0].ndim == 2 else 'matmul'
        if getattr(op, 'ignore_duplicates', False) or not getattr(op, 'n_axes', 1):
            return None
        if name in ('XLogY', 'XLog1PY'):
            return 'elemwise' if len({v.ndim for v in node.inputs}) == 1 else None
        kind = self.kinds.get(name)
        if kind in ('pick', 'incpick') and _is_take(self.indices(node)):
            return 'take' if kind == 'pick' else 'inctake'
        return kind

    def is_random(self, node: Node) -> bool:
        return isinstance(node.op, RandomVariable)

    def real_parameters(self, node: Node) -> list[Variable]:
        real = node.outputs[-1].dtype.startswith('float')
        return list(node.op.dist_params(node)) if real else []

    def uniform(self, stream: Any, size: Any) -> Variable:
        return stream.uniform(size=size)

    def package_scan(self, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        if 'return_updates' not in inspect.signature(pytensor.scan).parameters:
            return pytensor.scan(*args, **kwargs)
        return pytensor.scan(*args, return_updates=False, **kwargs), {}

    def fix_broadcast(self, variable: Variable, pattern: Sequence[bool]) -> Variable:
        # A size of one that the type tells is no promise to be taken back.
        axes = [axis for axis, one in enumerate(pattern)
                if one and not variable.broadcastable[axis]]
        return tensor.specify_broadcastable(variable, *axes) if axes else variable

    def indices(self, node: Node) -> list[Any]:
        op, name = node.op, type(node.op).__name__
        given = node.inputs[2 if name.startswith(('Inc', 'AdvancedInc')) else 1:]
        if getattr(op, 'idx_list', None) is None:
            # PyTensor 2: an advanced index is given as it is, slices as variables.
            return [as_index(v) for v in given]
        return list(subtensor.indices_from_subtensor(given, op.idx_list))

    def window_of_maxima(self, node: Node) -> tuple[int, int] | None:
        # It has no pooling.
        return None

    def loop_parts(self, node: Node) -> dict[str, Any]:
        op, info = node.op, node.op.info
        inner, results = _fresh(op.fgraph)
        return dict(
            loop.parts(op, info, inner, node.inputs, results, node.outputs),
            simple=not info.n_mit_mot and _of_arrays(info))

    def loop_wiring(self, node: Node) -> loop.Wiring:
        inner, results = _fresh(node.op.fgraph)
        return loop.wiring(node.op, inner, results, _of_arrays(node.op.info))

    def whole_loop(self, op: Any, change: Callable[[list[Variable]], list[Variable]]) -> Any:
        inputs, results = _fresh(op.fgraph)
        changed = change(list(results))
        if op.truncate_gradient == -1 and changed == list(results):
            return None
        return self.loop_like(op, inputs, changed)

    def loop_like(self, op: Any, inner: Sequence[Variable],
                  results: Sequence[Variable]) -> Any:
        kept = {name: getattr(op, name) for name in (
            'mode', 'name', 'profile', 'allow_gc', 'strict')}
        return scan_op.Scan(list(inner), list(results), op.info, truncate_gradient=-1, **kept)

    def composite(self, node: Node) -> tuple[list[Variable], list[Variable]] | None:
        op = node.op
        if not isinstance(op, OpFromGraph) or self.kind(node) not in (None, 'composite'):
            return None
        # The names of PyTensor 3, and those before.
        overrides = [getattr(op, name, None) for name in (
            'pullback_overrides', 'pushforward_overrides', 'lop_overrides', 'grad_overrides')]
        own = any(getattr(type(op), name, None) is not getattr(OpFromGraph, name, None)
                  for name in ('pullback', 'L_op'))
        if own or any(o is not None for o in overrides):
            return None
        inputs, outputs = _fresh(op.fgraph)
        if type(op).__name__ == 'Einsum' and self._has_blocks(outputs):
            made = einsum(tensor, op.subscripts, inputs)
            outputs = outputs if made is None else [made]
        return inputs, outputs

    def _has_blocks(self, outputs: list[Variable]) -> bool:
        """Whether something is done example by example, in Python."""
        return any(v.owner is not None and self.kind(v.owner) == 'blockwise'
                   for v in ancestors(outputs))

    def inner_graph(self, node: Node) -> Any:
        return _fresh(node.op.fgraph) if isinstance(node.op, OpFromGraph) else None

    def vectorized(self, node: Node, inputs: list[Variable]) -> list[Variable]:
        """The outputs of the op of `node` for inputs with a new leading axis."""
        return vectorize_graph(node.outputs, {
            old: new for old, new in zip(node.inputs, inputs) if new is not old})


def _fresh(graph: Any) -> tuple[list[Variable], list[Variable]]:
    """Inputs and outputs of a loop's step, as variables of this loop only.

    PyTensor names the inputs of all loops alike: the very same variables stand
    for arrays of different sizes in different loops. And in PyTensor 3 what
    is made of them can't be used in another graph.
    """
    if hasattr(graph, 'unfreeze'):
        graph = graph.unfreeze()
        return graph.inputs, graph.outputs
    fresh = [v.type() for v in graph.inputs]
    return fresh, replace(graph.outputs, dict(zip(graph.inputs, fresh)))


def _of_arrays(info: Any) -> bool:
    """Whether a loop runs to its end, and has no states that are no arrays."""
    # The newer name, and that of PyTensor 2.
    untraced = 'n_untraced_sit_sot' if hasattr(info, 'n_untraced_sit_sot') \
        else 'n_shared_outs'
    return not (info.as_while or getattr(info, untraced))


def _is_take(index: list[Any]) -> bool:
    """Whether an index picks along one axis and leaves all others whole."""
    picks = [i for i in index if not isinstance(i, slice)]
    return len(picks) == 1 and getattr(picks[0].type, 'dtype', '').startswith('int')
