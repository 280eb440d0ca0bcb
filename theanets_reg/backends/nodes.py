"""What single apply nodes say of themselves."""

from __future__ import annotations

import abc
import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Callable

import numpy as np

if TYPE_CHECKING:
    from .loop import Wiring
    from .types import Node, Variable

__all__ = ['Nodes']


class Nodes(abc.ABC):
    """The parameters of apply nodes of a known kind, read from their ops."""

    # Of the class for a package.
    Constant: Any

    def order(self, node: Node) -> list[Any]:
        """The order of a dimshuffle: numbers of axes, and 'x' for a new one."""
        return list(node.op.new_order)

    def new_shape(self, node: Node, old: list[Any], given: Any = None) -> Any:
        """The sizes that a node of the kind 'reshape' makes.

        Parameters
        ----------
        node : apply node
        old : list
            The sizes of what it is given, of any type that can be multiplied.
        given : list, optional
            Those that it is told; None where they are not known.

        Returns
        -------
        sizes : list or None
            -1 among them is an axis that takes the rest.
        """
        return given

    def axes(self, node: Node) -> list[int]:
        """The axes that a reduction, a softmax, a running sum or a normalization goes along.

        Returns
        -------
        axes : list of int
            Counted from the front.
        """
        ndim = node.inputs[0].ndim
        axis = getattr(node.op, 'axis', getattr(node.op, 'axes', -1))
        if axis is None:
            return list(range(ndim))
        return [int(a) % ndim for a in
                (axis if isinstance(axis, (list, tuple)) else [axis])]

    def is_flat(self, node: Node) -> bool:
        """Whether a running sum or product goes over the flattened array."""
        return node.op.axis is None

    def running(self, node: Node, axis: int) -> Any:
        """The op of a running sum or product, along another axis."""
        return type(node.op)(axis=axis, mode=node.op.mode)

    def measured_axis(self, node: Node) -> int:
        """Which axis' size a node of the kind 'shape_i' reads."""
        return int(node.op.i)

    @abc.abstractmethod
    def indices(self, node: Node) -> list[Any]:
        """The index of a node that reads or writes a part.

        Returns
        -------
        index : list of slice, scalar and array
            For the first axes; the others are whole.
        """

    def overwrites(self, node: Node) -> bool:
        """Whether a node that writes to a part sets it, where others add to it."""
        return node.op.set_instead_of_inc

    def joined(self, node: Node) -> tuple[Any, list[Variable]]:
        """The axis and the parts of a join."""
        axis = getattr(node.op, 'axis', None)
        return (node.inputs[0], node.inputs[1:]) if axis is None else (axis, node.inputs)

    def split_at(self, node: Node) -> tuple[Any, Variable]:
        """The axis and the sizes of the parts of a split."""
        axis = getattr(node.op, 'axis', None)
        return node.inputs[1:] if axis is None else (axis, node.inputs[1])

    def sorted_axes(self, node: Node) -> list[int]:
        """The axis that elements are sorted along; all where it is computed."""
        axis = getattr(node.op, 'axis', None)
        if axis is None:
            axis = getattr(node.inputs[1], 'data', None)
        ndim = node.inputs[0].ndim
        return list(range(ndim)) if axis is None else [int(axis) % ndim]

    def diagonal_of(self, node: Node) -> tuple[int, int, int]:
        """The offset of a diagonal and the two axes that it is taken of."""
        ndim = node.inputs[0].ndim
        return int(node.op.offset), int(node.op.axis1) % ndim, int(node.op.axis2) % ndim

    def repeated_axis(self, node: Node) -> int | None:
        """The axis whose elements are repeated; None for the flattened array."""
        axis = node.op.axis
        return axis if axis is None else int(axis) % node.inputs[0].ndim

    def pad_widths(self, node: Node) -> list[tuple[int, int]] | None:
        """How much is put in front of and behind each axis, or None if it is computed."""
        widths = node.inputs[1]
        if not isinstance(widths, self.Constant):
            return None
        shape = node.inputs[0].ndim, 2
        return [(int(a), int(b)) for a, b in np.broadcast_to(widths.data, shape)]

    def cores(self, node: Node) -> tuple[Sequence[Any], Sequence[Any]]:
        """The own axes, the last ones, of the inputs and of the outputs of a block-wise op.

        Returns
        -------
        inputs, outputs : sequences of sequences of str
            Axes with one name are of one size.
        """
        return node.op.inputs_sig, node.op.outputs_sig

    def solved(self, node: Node) -> int | None:
        """Which input of a block-wise op is made of columns, each solved for alone."""
        core = node.op.core_op
        solves = type(core).__name__ in ('Solve', 'SolveTriangular', 'CholeskySolve')
        return 1 if solves and core.b_ndim == 2 else None

    def pooled_axes(self, node: Node) -> int:
        """How many axes, the last ones, a pooling goes along."""
        return getattr(node.op, 'ndim', 2)

    def pooled_images(self, node: Node) -> int:
        """How many inputs of a pooling's gradient are images: what comes first."""
        return 2 if type(node.op).__name__ == 'MaxPoolGrad' else 1

    @abc.abstractmethod
    def window_of_maxima(self, node: Node) -> tuple[int, int] | None:
        """The (rows, columns) of the windows of a maximum pooling's gradient.

        None where it is of another kind: windows that overlap or leave gaps, that
        reach over the border, or whose size is not known before.
        """

    def of_any_batch(self, node: Node) -> Any:
        """The op of a convolution, for any number of examples.

        Returns
        -------
        op : op or None
            None where it is made for one number of them.
        """
        if hasattr(node.op, 'bsize'):
            return node.op if node.op.bsize is None else None
        op = copy.copy(node.op)
        op.imshp = op.imshp and (None, ) + tuple(op.imshp[1:])
        return op

    @abc.abstractmethod
    def real_parameters(self, node: Node) -> list[Variable]:
        """What real numbers are drawn with; nothing where a node draws integers.

        Returns
        -------
        parameters : list of variables
        """

    def state_buffers(self, node: Node) -> dict[Variable, Variable]:
        """For each state that a scan makes what it is given to write it to."""
        op = node.op
        made = op.outer_mitsot_outs(node.outputs) + op.outer_sitsot_outs(node.outputs)
        given = op.outer_mitsot(node.inputs) + op.outer_sitsot(node.inputs)
        return dict(zip(made, given))

    @abc.abstractmethod
    def loop_parts(self, node: Node) -> dict[str, Any]:
        """The places of a scan node: see :func:`.loop.parts`.

        Returns
        -------
        parts : dict
            With an entry ``'simple'`` besides: whether nothing else is in the loop.
        """

    @abc.abstractmethod
    def loop_wiring(self, node: Node) -> Wiring:
        """Which inner variable of a scan node belongs to which outer one."""

    @abc.abstractmethod
    def loop_like(self, op: Any, inner: Sequence[Variable],
                  results: Sequence[Variable]) -> Any:
        """A scan of the same form with another step, whose gradient goes through all steps."""

    @abc.abstractmethod
    def whole_loop(self, op: Any, change: Callable[[list[Variable]], list[Variable]]) -> Any:
        """A scan whose gradient goes through all steps; None for the same op.

        Parameters
        ----------
        op : Scan
        change : callable
            What to make of the list of a step's results.
        """

    @abc.abstractmethod
    def composite(self, node: Node) -> tuple[list[Variable], list[Variable]] | None:
        """Inputs and outputs of the graph that an op stands for, or None.

        None, too, where the op has a gradient of its own, or is known by name.
        """

    @abc.abstractmethod
    def inner_graph(self, node: Node) -> Any:
        """Inputs and outputs of the graph that a composite op holds, or None."""

    @abc.abstractmethod
    def vectorized(self, node: Node, inputs: list[Variable]) -> list[Variable]:
        """The outputs of the op of `node` for inputs with a new leading axis.

        Raises
        ------
        NotImplementedError
            If the package has no means to add one.
        """
