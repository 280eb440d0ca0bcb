"""Theano or PyTensor, told from the variables that come in.

The rest of the library works on whatever :func:`of` returns and never asks
which package it is. A package is imported only when one of its variables has
been seen, so it is there already.
"""

import functools
import inspect

import numpy as np

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
    scan : callable
        The loop.
    random_stream : callable
        A new stream of symbolic draws, from an integer seed.
    uniform : callable
        A draw between 0 and 1, from a stream and a tuple of sizes.
    batched_dot : callable
        A product of matrices for each place on the first axis.
    vectorize : callable or None
        Applies the op of a node to inputs of which some have a new leading
        axis; where the package can't do that, None.
    Constant, SharedVariable, TensorType : type
        Kinds of graph leaves, and the type of dense arrays.
    """

    def __init__(self, name, tensor, grad, jacobian, scan, check, Constant,
                 SharedVariable, TensorType, is_random, floatX, kinds,
                 scalar_kinds, indices, loop_parts, fix_broadcast,
                 random_stream, uniform, subgraph, batched_dot, vectorize, none):
        self.name = name
        self.tensor = tensor
        self.grad = grad
        self.jacobian = jacobian
        self.check = check
        self.Constant = Constant
        self.SharedVariable = SharedVariable
        self.TensorType = TensorType
        self.is_random = is_random
        self.scan = scan
        self.loop_parts = loop_parts
        self.fix_broadcast = fix_broadcast
        self.random_stream = random_stream
        self.uniform = uniform
        self.batched_dot = batched_dot
        self.vectorize = vectorize
        self._none = none
        self._subgraph = subgraph
        # PyTensor's name for it changed in 3.0.
        self._overrides = 'pullback' if 'pullback' in inspect.signature(
            subgraph.__init__).parameters else 'lop_overrides'
        self._floatX = floatX
        self._kinds = kinds
        self._scalar_kinds = scalar_kinds
        self._indices = indices

    def kind(self, node):
        """What an apply node does, under a name that both packages share.

        None for an op that is not known. Looked up by the exact type: a
        subclass, or an op of that name for other arrays than dense ones, may
        do something else.
        """
        path = type(node.op).__module__.split('.')
        if path[0] != self.name or 'sparse' in path or 'xtensor' in path:
            return None
        return self._kinds(node)

    def scalar_kind(self, node):
        """What an elementwise node does to one element, or None."""
        return self._scalar_kinds.get(type(node.op.scalar_op).__name__)

    def fixed_batch(self, node):
        """Whether a convolution is for one number of examples only."""
        shape = [node.op.bsize] if hasattr(node.op, 'bsize') else node.op.imshp
        return shape is not None and shape[0] is not None

    def indices(self, node):
        """The index of a subtensor node: a list of slices, scalars and arrays."""
        return self._indices(node)

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

    def vjp(self, output, cotangent, wrts):
        """Backward pass from `output`; None for a wrt it does not reach."""
        return self.grad(None, wrts, known_grads={output: cotangent},
                         disconnected_inputs='ignore',
                         return_disconnected=self._none)

    def with_gradient(self, function, gradient, *inputs):
        """``function(*inputs)``, with a backward pass of our own.

        Parameters
        ----------
        function : callable
            Makes one variable of variables.
        gradient : callable
            Makes of the inputs and the output's gradient a list of their
            gradients, as expressions that have derivatives again.
        """
        inner = [v.type() for v in inputs]
        op = self._subgraph(
            inner, [function(*inner)], inline=True, **{
                self._overrides: lambda ins, outs, slopes: gradient(
                    *list(ins) + list(slopes))})
        return op(*inputs)

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


# What the ops are called that both packages have. 'same' hands its first input
# on, elements and places unchanged; 'cut' lets no gradient through.
_KINDS = {
    'Elemwise': 'elemwise', 'DimShuffle': 'dimshuffle', 'Dot': 'dot',
    'BatchedDot': 'batched_dot', 'Sum': 'sum', 'Prod': 'reduce',
    'CAReduce': 'reduce', 'Max': 'reduce', 'Min': 'reduce', 'Mean': 'reduce',
    'MaxAndArgmax': 'reduce', 'Reshape': 'reshape', 'Join': 'join',
    'Split': 'split', 'Subtensor': 'subtensor', 'IncSubtensor': 'incsubtensor',
    'AdvancedSubtensor1': 'take', 'Alloc': 'alloc', 'AllocEmpty': 'alloc_empty',
    'CumOp': 'along_axis', 'Softmax': 'softmax', 'LogSoftmax': 'softmax',
    'SoftmaxGrad': 'softmax_grad',
    'Shape': 'shape', 'Shape_i': 'shape_i', 'MakeVector': 'make_vector',
    'TensorFromScalar': 'same', 'ScalarFromTensor': 'same',
    'SpecifyShape': 'same', 'Assert': 'same', 'Scan': 'scan',
    'DisconnectedGrad': 'cut', 'ZeroGrad': 'cut', 'ConsiderConstant': 'cut'}

_SCALAR_KINDS = {
    'Mul': 'mul', 'Add': 'add', 'Sub': 'sub', 'Neg': 'neg',
    'TrueDiv': 'divide', 'Identity': 'identity', 'Cast': 'identity',
    'Second': 'fill', 'Switch': 'switch'}


def _theano_uniform(stream, size):
    # MRG prepares 15360 parallel streams, for a GPU, where it isn't told.
    parallel = {'nstreams': 256} if hasattr(stream, 'n_streams') else {}
    return stream.uniform(size=size, **parallel)


def _without_part(node):
    """The inputs of a subtensor node, less the part that it writes."""
    writes = type(node.op).__name__ == 'IncSubtensor'
    return node.inputs[:1] + node.inputs[1 + writes:]


def _theano_kind(node):
    name = type(node.op).__name__
    return _THEANO_KINDS.get(name) or _KINDS.get(name)


_THEANO_KINDS = {
    'Rebroadcast': 'same', 'AbstractConv2d': 'conv', 'ConvOp': 'conv',
    'Pool': 'pool', 'AbstractConv2d_gradInputs': 'conv_back',
    'MaxPoolGrad': 'pool_back', 'AveragePoolGrad': 'pool_back'}


def _loop_parts(op, info, inner, outer, results, made):
    """The places of a scan node, as pairs of outer and inner variables.

    The inner graph leads from `inner` to `results`, the node from `outer` to
    `made`.
    """
    return {
        'sequences': list(zip(op.outer_seqs(outer), op.inner_seqs(inner))),
        'constants': list(zip(op.outer_non_seqs(outer),
                              op.inner_non_seqs(inner))),
        'states': _tapped(info, op.outer_mitsot(outer), op.inner_mitsot(inner),
                          op.inner_mitsot_outs(results),
                          op.outer_mitsot_outs(made)) +
        [(o, [i], r, m) for o, i, r, m in zip(
            op.outer_sitsot(outer), op.inner_sitsot(inner),
            op.inner_sitsot_outs(results), op.outer_sitsot_outs(made))],
        'results': list(zip(op.inner_nitsot_outs(results),
                            op.outer_nitsot_outs(made))),
        # Each state is read one step back, and so is its gradient.
        'markov': not (info.n_mit_sot or op.truncate_gradient != -1)}


def _tapped(info, outer, inner, results, made):
    """States that are read at several earlier steps."""
    states, start = [], 0
    for place, state in enumerate(outer):
        taps = len(info.tap_array[info.n_mit_mot + place])
        states.append((state, list(inner[start:start + taps]),
                       results[place], made[place]))
        start += taps
    return states


def _theano_loop_parts(node):
    op = node.op
    return dict(
        _loop_parts(op, op, op.inputs, node.inputs, op.outputs, node.outputs),
        simple=not (op.as_while or op.n_mit_mot or op.n_shared_outs))


def _pytensor_loop_parts(node):
    op, info = node.op, node.op.info
    inner, results = _fresh(op.fgraph)
    # The newer name, and that of PyTensor 2.34.
    untraced = 'n_untraced_sit_sot' if hasattr(info, 'n_untraced_sit_sot') \
        else 'n_shared_outs'
    return dict(
        _loop_parts(op, info, inner, node.inputs, results, node.outputs),
        simple=not (info.as_while or info.n_mit_mot or getattr(info, untraced)))


def _fresh(graph):
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


def _pytensor_kind(node):
    op = node.op
    name = type(op).__name__
    if name == 'Blockwise':
        # One product for each place on the leading axes, of matrices only:
        # other signatures are products with vectors.
        matrices = [len(core) for core in op.inputs_sig] == [2, 2]
        if type(op.core_op).__name__ != 'Dot' or not matrices:
            return None
        return 'dot' if node.outputs[0].ndim == 2 else 'matmul'
    if name == 'AdvancedSubtensor':
        return 'take' if _is_take(_pytensor_indices(node)) else None
    return _KINDS.get(name)


def _is_take(index):
    """Whether an index picks along one axis and leaves all others whole."""
    picks = [i for i in index if not isinstance(i, slice)]
    return len(picks) == 1 and getattr(picks[0].type, 'dtype', '').startswith('int')


def _pytensor_indices(node):
    """The index of a subtensor node, whatever way its op notes it in."""
    op, name = node.op, type(node.op).__name__
    given = node.inputs[2 if name.startswith(('Inc', 'AdvancedInc')) else 1:]
    if getattr(op, 'idx_list', None) is None:
        # PyTensor 2: an advanced index is given as it is, slices as variables.
        return [_pytensor_slice(v) for v in given]
    from pytensor.tensor.subtensor import indices_from_subtensor
    return list(indices_from_subtensor(given, op.idx_list))


def _pytensor_slice(index):
    """A slice that is a variable, as a slice."""
    if type(index.type).__name__ != 'SliceType':
        return index
    if index.owner is None:
        return index.data
    return slice(*[None if type(v.type).__name__ == 'NoneTypeT' else v
                   for v in index.owner.inputs])


@functools.lru_cache(maxsize=None)
def _theano():
    import theano
    from .compat.theano import mend_scan
    mend_scan()
    from theano import tensor
    from theano.sandbox import rng_mrg
    from theano.tensor import raw_random
    from theano.tensor.opt import Assert
    from theano.tensor.subtensor import get_idx_list
    random_ops = (raw_random.RandomFunction, rng_mrg.mrg_uniform_base)
    return Engine(
        'theano', tensor, theano.grad, theano.gradient.jacobian, theano.scan,
        check=lambda value, condition, message: Assert(message)(value, condition),
        Constant=theano.gof.Constant,
        SharedVariable=theano.compile.SharedVariable,
        TensorType=tensor.TensorType,
        is_random=lambda node: isinstance(node.op, random_ops),
        floatX=lambda: theano.config.floatX,
        kinds=_theano_kind,
        scalar_kinds=_SCALAR_KINDS,
        indices=lambda node: (
            [node.inputs[1]] if _theano_kind(node) == 'take' else
            list(get_idx_list(_without_part(node), node.op.idx_list))),
        loop_parts=_theano_loop_parts,
        fix_broadcast=tensor.patternbroadcast,
        random_stream=rng_mrg.MRG_RandomStreams,
        uniform=_theano_uniform,
        batched_dot=tensor.batched_dot,
        subgraph=theano.OpFromGraph,
        vectorize=None,
        none='None')


class _PyTensorStream(object):
    """Symbolic draws that are new in every call of a function.

    PyTensor 3.3 gives its own RandomStream up, and 2.38 has nothing else.
    """

    def __init__(self, seed):
        self._seeds = np.random.SeedSequence(seed)
        self.state_updates = []

    def uniform(self, size):
        import pytensor
        state = pytensor.shared(np.random.default_rng(self._seeds.spawn(1)[0]))
        draw = pytensor.tensor.random.uniform(0., 1., size=size, rng=state)
        state.default_update = draw.owner.outputs[0]
        self.state_updates.append((state, state.default_update))
        return draw


@functools.lru_cache(maxsize=None)
def _pytensor():
    import pytensor
    from pytensor import tensor
    from pytensor.compile.builders import OpFromGraph
    from pytensor.compile.sharedvalue import SharedVariable
    from pytensor.graph.basic import Constant
    from pytensor.graph.replace import vectorize_graph
    from pytensor.raise_op import Assert
    from pytensor.tensor.random.op import RandomVariable
    from pytensor.tensor.type import DenseTensorType

    def scan(*args, **kwargs):
        if 'return_updates' not in inspect.signature(pytensor.scan).parameters:
            return pytensor.scan(*args, **kwargs)
        return pytensor.scan(*args, return_updates=False, **kwargs), {}

    def fix_broadcast(variable, pattern):
        # A size of one that the type tells is no promise to be taken back.
        axes = [axis for axis, one in enumerate(pattern)
                if one and not variable.broadcastable[axis]]
        return tensor.specify_broadcastable(variable, *axes) if axes else variable

    def vectorize(node, inputs):
        return vectorize_graph(node.outputs, dict(
            (old, new) for old, new in zip(node.inputs, inputs) if new is not old))

    return Engine(
        'pytensor', tensor, pytensor.grad, pytensor.gradient.jacobian, scan,
        check=lambda value, condition, message: Assert(message)(value, condition),
        Constant=Constant,
        SharedVariable=SharedVariable,
        TensorType=DenseTensorType,
        is_random=lambda node: isinstance(node.op, RandomVariable),
        floatX=lambda: pytensor.config.floatX,
        kinds=_pytensor_kind,
        scalar_kinds=_SCALAR_KINDS,
        indices=_pytensor_indices,
        loop_parts=_pytensor_loop_parts,
        fix_broadcast=fix_broadcast,
        random_stream=_PyTensorStream,
        uniform=lambda stream, size: stream.uniform(size=size),
        batched_dot=tensor.matmul,
        subgraph=OpFromGraph,
        vectorize=vectorize,
        none='none')


_ENGINES = {'theano': _theano, 'pytensor': _pytensor}
