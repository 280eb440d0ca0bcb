"""What ops do, under names that both packages share."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any, Set

if TYPE_CHECKING:
    from .types import Node

__all__ = ['KINDS', 'SCALAR_KINDS', 'Kinds', 'add_op']

# What the ops are called that both packages have. 'same' hands its first input
# on, elements and places unchanged; 'cut' lets no gradient through.
KINDS = {
    'Elemwise': 'elemwise', 'DimShuffle': 'dimshuffle', 'Dot': 'dot',
    'BatchedDot': 'batched_dot', 'Sum': 'sum', 'Prod': 'reduce',
    'CAReduce': 'reduce', 'Max': 'reduce', 'Min': 'reduce', 'Mean': 'reduce',
    'MaxAndArgmax': 'reduce', 'Reshape': 'reshape', 'Join': 'join',
    'Split': 'split', 'Subtensor': 'subtensor', 'IncSubtensor': 'incsubtensor',
    'AdvancedSubtensor1': 'take', 'AdvancedIncSubtensor1': 'inctake',
    'AdvancedSubtensor': 'pick', 'AdvancedIncSubtensor': 'incpick',
    'ARange': 'arange', 'SortOp': 'sort', 'ArgSortOp': 'sort', 'ExtractDiag': 'diagonal',
    'Alloc': 'alloc', 'AllocEmpty': 'alloc_empty', 'Eye': 'eye',
    'CumOp': 'along_axis', 'Softmax': 'softmax', 'LogSoftmax': 'softmax',
    'SoftmaxGrad': 'softmax_grad',
    'Shape': 'shape', 'Shape_i': 'shape_i', 'MakeVector': 'make_vector',
    'TensorFromScalar': 'same', 'ScalarFromTensor': 'same',
    'OpFromGraph': 'composite', 'SpecifyShape': 'same', 'Assert': 'same', 'Scan': 'scan',
    'GradClip': 'grad_clip', 'IfElse': 'ifelse', 'Print': 'same',
    'DisconnectedGrad': 'cut', 'ZeroGrad': 'cut', 'ConsiderConstant': 'cut'}

SCALAR_KINDS = {
    'Mul': 'mul', 'Add': 'add', 'Sub': 'sub', 'Neg': 'neg',
    'TrueDiv': 'divide', 'Identity': 'identity', 'Cast': 'identity',
    'Second': 'fill', 'Switch': 'switch', 'Sqr': 'sqr', 'Exp': 'exp', 'Abs': 'abs',
    'Minimum': 'minimum', 'ScalarMinimum': 'minimum', 'Maximum': 'maximum',
    'ScalarMaximum': 'maximum',
    'Complex': 'complex', 'ComplexFromPolar': 'polar', 'Conj': 'conj', 'Real': 'real',
    'Imag': 'imag', 'Angle': 'angle'}

# Classes of ops that are kinds of their own.
_OWN: Set[type] = set()


def add_op(op_class: type) -> None:
    """Let a class of ops be a kind of its own, whatever it is called.

    Parameters
    ----------
    op_class : type
        A subclass of the ``Op`` of a package. Classes made from it are no such kind.

    Raises
    ------
    TypeError
        If it is none.
    """
    if not _is_op_class(op_class):
        raise TypeError(
            'register_op: the op is {!r}; expected a class of ops, a subclass of '
            'theano.Op or pytensor.graph.op.Op. Give the class itself{}'.format(
                op_class, '' if isinstance(op_class, type) else ', such as type(op)'))
    _OWN.add(op_class)


def _is_op_class(value: object) -> bool:
    return isinstance(value, type) and any(
        cls.__name__ == 'Op' and cls.__module__.split('.')[0] in ('theano', 'pytensor')
        for cls in value.__mro__[1:])


class Kinds(abc.ABC):
    """What the apply nodes of a package do.

    Attributes
    ----------
    kinds : dict of str -> str
        What its ops are called, and what they do.
    """

    kinds: dict[str, str] = KINDS
    name: Any
    OpFromGraph: Any

    def kind(self, node: Node) -> Any:
        """What an apply node does, under a name that both packages share.

        Looked up by the exact type: a subclass, or an op of that name for other
        arrays than dense ones, may do something else.

        Returns
        -------
        kind : str, type or None
            The class itself for one that was given to :func:`add_op`, None for an
            op that is not known.
        """
        if type(node.op) in _OWN:
            return type(node.op)
        if type(node.op) is self.OpFromGraph:
            return 'composite'
        path = type(node.op).__module__.split('.')
        if path[0] != self.name or 'sparse' in path or 'xtensor' in path:
            return None
        return self.own_kind(node)

    @abc.abstractmethod
    def own_kind(self, node: Node) -> str | None:
        """The same for an op of the package that is seen to be of dense arrays.

        Returns
        -------
        kind : str or None
        """

    def scalar_kind(self, node: Node) -> str | None:
        """What an elementwise node does to one element.

        Returns
        -------
        kind : str or None
            None where it is not known.
        """
        return SCALAR_KINDS.get(type(getattr(node.op, 'scalar_op', None)).__name__)

    @abc.abstractmethod
    def is_random(self, node: Node) -> bool:
        """Whether a node draws."""

    def is_product(self, node: Node) -> bool:
        """Whether a reduction multiplies."""
        return type(node.op).__name__ == 'Prod'

    def extreme(self, node: Node) -> str | None:
        """What a reduction finds: 'max' or 'min', or None for something else."""
        return {'MaxAndArgmax': 'max', 'Max': 'max', 'Min': 'min'}.get(type(node.op).__name__)

    def is_logarithm(self, node: Node) -> bool:
        """Whether a softmax gives the logarithms."""
        return type(node.op).__name__ == 'LogSoftmax'
