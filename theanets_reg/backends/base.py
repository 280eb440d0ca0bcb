"""What the library needs of a package, and what both packages have alike."""

import functools
import inspect
import operator

from .errors import no_derivative
from .graph import ancestors, replace

__all__ = ['Backend']

# How many terms a chain of additions has at most.
FEW_TERMS = 8


class Backend(object):
    """What the library needs of a symbolic package, under one set of names.

    A subclass for each package has these attributes, and the methods that
    differ.

    Attributes
    ----------
    name : str
        The package: ``'theano'`` or ``'pytensor'``.
    tensor : module
        ``theano.tensor`` or its counterpart.
    package_grad, package_jacobian, package_scan : callable
        The package's own reverse-mode derivatives of a scalar and of a vector, and its
        loop. The methods :meth:`grad`, :meth:`jacobian` and :meth:`scan` go through them.
    random_stream : callable
        A new stream of symbolic draws, from an integer seed.
    batched_dot : callable
        A product of matrices for each place on the first axis.
    Constant, SharedVariable, TensorType, Assert, OpFromGraph : type
        Kinds of graph leaves, the type of dense arrays, and two ops.
    none : str
        What :attr:`grad` calls the wish for None where there is no gradient.
    config : object
        The package's settings.
    """

    def kind(self, node):
        """What an apply node does, under a name that both packages share.

        None for an op that is not known. Looked up by the exact type: a
        subclass, or an op of that name for other arrays than dense ones, may
        do something else.
        """
        if type(node.op) is self.OpFromGraph:
            return 'composite'
        path = type(node.op).__module__.split('.')
        if path[0] != self.name or 'sparse' in path or 'xtensor' in path:
            return None
        return self.own_kind(node)

    def own_kind(self, node):
        """The same for an op that is seen to be of dense arrays."""
        return _KINDS.get(type(node.op).__name__)

    def scalar_kind(self, node):
        """What an elementwise node does to one element, or None."""
        return _SCALAR_KINDS.get(type(node.op.scalar_op).__name__)

    def order(self, node):
        """The order of a dimshuffle: numbers of axes, and 'x' for a new one."""
        return list(node.op.new_order)

    def overwrites(self, node):
        """Whether a node that writes to a part sets it, where others add to it."""
        return node.op.set_instead_of_inc

    def pooled_axes(self, node):
        """How many axes, the last ones, a pooling goes along."""
        return getattr(node.op, 'ndim', 2)

    def pooled_images(self, node):
        """How many inputs of a pooling's gradient are images: what comes first."""
        return 2 if type(node.op).__name__ == 'MaxPoolGrad' else 1

    def window_of_maxima(self, node):
        """The (rows, columns) of the windows of a maximum pooling's gradient.

        None where it is of another kind: windows that overlap or leave gaps, that
        reach over the border, or whose size is not known before.
        """
        return None

    def is_product(self, node):
        """Whether a reduction multiplies."""
        return type(node.op).__name__ == 'Prod'

    def fixed_batch(self, node):
        """Whether a convolution is for one number of examples only."""
        shape = [node.op.bsize] if hasattr(node.op, 'bsize') else node.op.imshp
        return shape is not None and shape[0] is not None

    def axes(self, node):
        """The axes that a reduction, a softmax or a running sum goes along."""
        ndim = node.inputs[0].ndim
        axis = getattr(node.op, 'axis', -1)
        if axis is None:
            return list(range(ndim))
        return [int(a) % ndim for a in
                (axis if isinstance(axis, (list, tuple)) else [axis])]

    def static_size(self, variable, axis):
        """The size of an axis where the variable's type tells it, or None."""
        if variable.broadcastable[axis]:
            return 1
        return getattr(variable.type, 'shape', (None,) * variable.ndim)[axis]

    def joined(self, node):
        """The axis and the parts of a join."""
        axis = getattr(node.op, 'axis', None)
        return (node.inputs[0], node.inputs[1:]) if axis is None else (axis, node.inputs)

    def split_at(self, node):
        """The axis and the sizes of the parts of a split."""
        axis = getattr(node.op, 'axis', None)
        return node.inputs[1:] if axis is None else (axis, node.inputs[1])

    def grad(self, *args, **kwargs):
        """The package's gradient; see :func:`.errors.no_derivative`."""
        with no_derivative(self.name):
            return self.package_grad(*args, **kwargs)

    def jacobian(self, *args, **kwargs):
        """The package's literal Jacobian; see :func:`.errors.no_derivative`."""
        with no_derivative(self.name):
            return self.package_jacobian(*args, **kwargs)

    def vjp(self, output, cotangent, wrts):
        """Backward pass from `output`; None for a wrt it does not reach."""
        return self.grad(None, wrts, known_grads={output: cotangent},
                         disconnected_inputs='ignore',
                         return_disconnected=self.none)

    def updated(self, outputs):
        """The shared variables in a graph that get a new value in every call."""
        return [v for v in ancestors(outputs) if isinstance(v, self.SharedVariable)
                and getattr(v, 'default_update', None) is not None]

    def scan(self, step, **kwargs):
        """A loop in which shared variables keep the values that they have outside.

        The packages take a shared variable with an update of its own for a state
        of the loop, and update it at every step.
        """
        held = {}

        def held_step(*given):
            made = step(*given)
            held.update({v: v.type() for v in self.updated(made)})
            return replace(made, held)

        made, updates = self.package_scan(held_step, **kwargs)
        back = {placeholder: shared for shared, placeholder in held.items()}
        if isinstance(made, (list, tuple)):
            return replace(made, back), updates
        return replace([made], back)[0], updates

    def with_gradient(self, function, gradient, *inputs):
        """``function(*inputs)``, with a backward pass of our own.

        Parameters
        ----------
        function : callable
            Makes one variable of variables.
        gradient : callable
            Makes of the inputs and the output's gradient a list of their
            gradients, as expressions that have derivatives again. A function
            of a module, or a partial one: a graph may be pickled.
        """
        inner = [v.type() for v in inputs]
        # PyTensor's name for it changed in 3.0.
        override = 'pullback' if 'pullback' in inspect.signature(
            self.OpFromGraph.__init__).parameters else 'lop_overrides'
        op = self.OpFromGraph(
            inner, [function(*inner)], inline=True,
            **{override: functools.partial(_slopes, gradient)})
        return op(*inputs)

    def all_rows_times(self, array, factor):
        """``array[k] * factor`` for all k."""
        return array * factor.dimshuffle('x', *range(factor.ndim))

    def squares_of_all_rows(self, array):
        """The sum of ``array[k] ** 2`` over all k."""
        return self.tensor.sqr(array).sum(axis=0)

    def flat_rows(self, array):
        """An array with all its axes but the last on one."""
        lines = [array.shape[a] for a in range(array.ndim - 1)]
        count = functools.reduce(operator.mul, lines, 1)
        return array.reshape((count, array.shape[array.ndim - 1]), ndim=2)

    def rows_times(self, array, matrix, in_one_op=False):
        """One product of all rows of an array by a matrix or a vector.

        Parameters
        ----------
        array : variable, shape (..., units)
        matrix : variable, shape (units, others) or (units,)
        in_one_op : bool
            Whether it shall be one op of the graph, with a gradient of one op each.
        """
        if in_one_op and matrix.ndim == 2:
            return self.with_gradient(self._rows_times, self._rows_slopes, array, matrix)
        return self._rows_times(array, matrix)

    def _rows_slopes(self, array, matrix, slopes):
        outer = self.tensor.dot(self.flat_rows(array).T, self.flat_rows(slopes))
        return [self._rows_times(slopes, matrix.T), outer]

    def _rows_times(self, array, matrix):
        lines = [array.shape[a] for a in range(array.ndim - 1)]
        tail = [matrix.shape[a] for a in range(1, matrix.ndim)]
        made = self.tensor.dot(self.flat_rows(array), matrix)
        made = made.reshape(lines + tail, ndim=len(lines + tail))
        return self.fix_broadcast(
            made, tuple(array.broadcastable[:-1]) + tuple(matrix.broadcastable[1:]))

    def not_negative(self, variable):
        """What can't be negative but for rounding: clamped in value only."""
        below = self.disconnected_grad(self.tensor.minimum(variable, 0))
        return variable - below.astype(variable.dtype)

    @property
    def floatX(self):
        """The package's default float type, as configured now."""
        return self.config.floatX

    def check(self, value, condition, message):
        """`value`, where `condition` holds when the function runs."""
        return self.Assert(message)(value, condition)

    def total(self, terms):
        """The sum of a list of arrays of one shape.

        The packages make of a chain of additions one op with as many inputs, and
        their Python linkers stop at 32. So many are a product with ones: of a sum
        over a stack the packages would make that chain again.
        """
        if len(terms) <= FEW_TERMS:
            return functools.reduce(operator.add, terms)
        shape, ndim = terms[0].shape, terms[0].ndim
        stack = self.tensor.stack([term.flatten() for term in terms])
        total = self.tensor.dot(self.tensor.ones((len(terms), ), stack.dtype), stack)
        return total.reshape([shape[a] for a in range(ndim)], ndim=ndim)

    def wide(self, array):
        """`array` in a type whose squares don't overflow: float16 ends at 65504."""
        return array.astype('float32') if array.dtype == 'float16' else array

    def is_dense(self, variable):
        """Whether `variable` is an ordinary array, neither sparse nor labelled."""
        return isinstance(variable.type, self.TensorType)


def _slopes(gradient, inputs, outputs, slopes):
    return gradient(*list(inputs) + list(slopes))


# What the ops are called that both packages have. 'same' hands its first input
# on, elements and places unchanged; 'cut' lets no gradient through.
_KINDS = {
    'Elemwise': 'elemwise', 'DimShuffle': 'dimshuffle', 'Dot': 'dot',
    'BatchedDot': 'batched_dot', 'Sum': 'sum', 'Prod': 'reduce',
    'CAReduce': 'reduce', 'Max': 'reduce', 'Min': 'reduce', 'Mean': 'reduce',
    'MaxAndArgmax': 'reduce', 'Reshape': 'reshape', 'Join': 'join',
    'Split': 'split', 'Subtensor': 'subtensor', 'IncSubtensor': 'incsubtensor',
    'AdvancedSubtensor1': 'take', 'Alloc': 'alloc', 'AllocEmpty': 'alloc_empty', 'Eye': 'eye',
    'CumOp': 'along_axis', 'Softmax': 'softmax', 'LogSoftmax': 'softmax',
    'SoftmaxGrad': 'softmax_grad',
    'Shape': 'shape', 'Shape_i': 'shape_i', 'MakeVector': 'make_vector',
    'TensorFromScalar': 'same', 'ScalarFromTensor': 'same',
    'OpFromGraph': 'composite', 'SpecifyShape': 'same', 'Assert': 'same', 'Scan': 'scan',
    'GradClip': 'grad_clip',
    'DisconnectedGrad': 'cut', 'ZeroGrad': 'cut', 'ConsiderConstant': 'cut'}

_SCALAR_KINDS = {
    'Mul': 'mul', 'Add': 'add', 'Sub': 'sub', 'Neg': 'neg',
    'TrueDiv': 'divide', 'Identity': 'identity', 'Cast': 'identity',
    'Second': 'fill', 'Switch': 'switch'}
