"""Each rule of each kind of op alone: sizes, where examples are, many rows at once.

A rule is held against what the op does when it runs: the shape of its output, which
elements change with one example, the op applied to one row after the other.
"""

import importlib

import numpy as np
import pytest

from oracles import function, tensor
from symbolic import TT, theano
from theanets_reg import backends
from theanets_reg.jacobian.batching import carried_through
from theanets_reg.jacobian.costs import symbolic
from theanets_reg.jacobian.independence import Proof
from theanets_reg.jacobian.linear_maps import Dense
from theanets_reg.jacobian.rules import registry, rules_of
from theanets_reg.jacobian.seeds import one_for_each_unit
from theanets_reg.jacobian.sizes import Sizes

# All sizes differ, so that an axis is told by its size.
SHAPE = 4, 2, 5, 3


def numbers(*shape):
    return np.random.RandomState(sum(n * 10 ** i for i, n in enumerate(shape))).randn(*shape)


def const(*shape):
    return TT.constant(numbers(*shape))


def composite(x):
    inner = tensor(x.ndim)
    return theano.compile.builders.OpFromGraph([inner], [inner.dimshuffle(1, 0, 2) * 2])(x)


def ifelse(x, one, other, least=9):
    choose = importlib.import_module(backends.of(x).name + '.ifelse').ifelse
    return choose(TT.gt(x.shape[0], least), one, other)


def softmax_slopes(x):
    """The gradient of a softmax, which is linear in what comes back."""
    values = TT.constant(numbers(4, 2))
    return theano.grad(None, values, known_grads={TT.nnet.softmax(values): x})


def pooled(x, **kwargs):
    return theano.tensor.signal.pool.pool_2d(x, (2, 1), ignore_border=True, **kwargs)


def unpooled(x, **kwargs):
    images = TT.constant(numbers(4, 2, 10, 3))
    return theano.grad(None, images, known_grads={pooled(images, **kwargs): x})


def convolved_back(x):
    images = tensor(4)
    return theano.grad(None, images, known_grads={
        TT.nnet.conv2d(images, const(2, 6, 2, 2)): x})


def axes_joined(x, start, count):
    """By the op that newer PyTensors have for it, whatever the sizes."""
    join = getattr(TT, 'join_dims', backends.of(x).joined_axes)
    return join(x, start, count)


def an_axis_split(x, axis, parts):
    if hasattr(TT, 'split_dims'):
        return TT.split_dims(x, parts, axis=axis)
    return backends.of(x).split_axis(x, axis, parts)


def one_wide(x):
    """The first step of (batch, steps, units), known to be one."""
    return backends.of(x).fix_broadcast(x[:, :1], (False, True, False))


def looped(x, others=(), stop=False, **kwargs):
    def step(now, *rest):
        made, end = TT.tanh(now), theano.scan_module.until
        return (made, end(TT.ge(now.sum(), 0))) if stop else made
    return theano.scan(step, sequences=[x.dimshuffle(1, 0, 2)] + list(others), **kwargs)[0]


def numbers_of(x):
    """0, 1, 2 and so on, one for each example."""
    return TT.arange(x.shape[0])


def mask(*where):
    return np.array(where)


def picks_among_zeros(x, *index):
    return TT.inc_subtensor(TT.zeros((x.shape[0], 3, 6))[index], x)


def case(ndim, make, rows=True, apart=True, unknown=()):
    """An input of so many axes, and a graph whose last op is of the kind.

    `rows` says whether it is linear and takes many rows, `apart` whether it has a rule
    for examples, `unknown` which sizes can't be told.
    """
    return ndim, make, rows, apart, unknown


NO_ROWS = dict(rows=False)
SIZES_ONLY = dict(rows=False, apart=False)

CASES = {
    'elemwise': {
        'by units': case(3, lambda x: x * const(5)),
        'by a column': case(3, lambda x: const(2, 1) * x),
        'by examples': case(2, lambda x: x.dimshuffle(1, 0) * const(4)),
        'spread': case(2, lambda x: x.dimshuffle(0, 'x', 1) * const(3, 1)),
        'divided': case(2, lambda x: x / const(2)),
        'negative': case(3, lambda x: -x),
        'twice': case(2, lambda x: TT.add(x, const(2) * x)),
        'difference': case(2, lambda x: TT.sub(const(2) * x, x)),
        'from nothing': case(2, lambda x: TT.sub(TT.zeros_like(x), x)),
        'switched': case(2, lambda x: TT.switch(TT.constant([True, False]), x, 0.)),
        'switched off': case(2, lambda x: TT.switch(
            TT.constant([True, False]), 0., x)),
        'filled': case(2, lambda x: TT.fill(const(4, 2), x)),
        'curved': case(2, lambda x: TT.exp(x), **NO_ROWS)},
    'dimshuffle': {
        'turned': case(3, lambda x: x.dimshuffle(2, 0, 1)),
        'new axes': case(2, lambda x: x.dimshuffle('x', 1, 'x', 0)),
        'dropped': case(3, lambda x: one_wide(x).dimshuffle(0, 2))},
    'reshape': {
        'flat': case(3, lambda x: x.reshape((x.shape[0], x.shape[1] * x.shape[2]))),
        'open': case(4, lambda x: x.reshape((x.shape[0], -1, x.shape[3]), ndim=3)),
        'merged': case(3, lambda x: x.reshape((-1, x.shape[2]), ndim=2)),
        'merged behind': case(3, lambda x: x.dimshuffle(1, 0, 2).reshape(
            (x.shape[1] * x.shape[0], x.shape[2]))),
        'merged between': case(3, lambda x: x.dimshuffle(1, 0, 2).reshape(
            (x.shape[1] * x.shape[0] * x.shape[2], ))),
        'axes joined': case(4, lambda x: axes_joined(x, 1, 2)),
        'axes joined with examples': case(3, lambda x: axes_joined(x, 0, 2)),
        'an axis split': case(3, lambda x: an_axis_split(
            x.dimshuffle(1, 0, 2).reshape((x.shape[1] * x.shape[0], x.shape[2])),
            0, [x.shape[1], x.shape[0]])),
        'a last axis split': case(2, lambda x: an_axis_split(x, 1, [1, x.shape[1]])),
        'split': case(2, lambda x: x.reshape((x.shape[0], 1, x.shape[1]))),
        'taken apart': case(3, lambda x: x.reshape(
            (-1, x.shape[2]), ndim=2).reshape(x.shape, ndim=3))},
    'dot': {
        'by a matrix': case(2, lambda x: TT.dot(x, const(2, 6))),
        'by a vector': case(2, lambda x: TT.dot(x, const(2))),
        'of a matrix': case(2, lambda x: TT.dot(const(6, 2), x.T)),
        'of a vector': case(2, lambda x: TT.dot(const(2), x.T))},
    'batched_dot': {
        'left': case(3, lambda x: TT.blas.BatchedDot()(x, const(4, 5, 6))),
        'right': case(3, lambda x: TT.blas.BatchedDot()(const(4, 6, 2), x)),
        'rows': case(3, lambda x: TT.blas.BatchedDot()(x.dimshuffle(1, 0, 2), const(2, 5, 6))),
        'columns': case(3, lambda x: TT.blas.BatchedDot()(
            const(2, 6, 5), x.dimshuffle(1, 2, 0)))},
    'matmul': {
        'left': case(3, lambda x: TT.matmul(x, const(4, 5, 6))),
        'right': case(3, lambda x: TT.matmul(const(4, 6, 2), x)),
        'by one': case(3, lambda x: TT.matmul(x, const(5, 6))),
        'of one': case(3, lambda x: TT.matmul(const(6, 2), x)),
        'examples last': case(2, lambda x: TT.matmul(const(3, 6, 2), x.T)),
        'examples first': case(2, lambda x: TT.matmul(x, const(3, 2, 6)))},
    'sum': {
        'of the last': case(3, lambda x: x.sum(axis=2)),
        'of units alone': case(2, lambda x: x.sum(axis=1)),
        'of the middle': case(3, lambda x: x.sum(axis=1)),
        'of the first': case(3, lambda x: x.dimshuffle(1, 2, 0).sum(axis=0)),
        'of two': case(4, lambda x: x.dimshuffle(1, 0, 2, 3).sum(axis=(0, 2)))},
    'reduce': {
        'greatest': case(3, lambda x: x.max(axis=1), **NO_ROWS),
        'greatest of two': case(4, lambda x: x.dimshuffle(1, 2, 0, 3).max(axis=(0, 1)),
                                **NO_ROWS)},
    'join': {
        'units': case(2, lambda x: TT.concatenate([x, const(4, 3)], axis=1), unknown=[1]),
        'units in front': case(3, lambda x: TT.concatenate(
            [const(6, 4, 5), x.dimshuffle(1, 0, 2)], axis=0), unknown=[0]),
        'from behind': case(3, lambda x: TT.concatenate(
            [x, const(4, 2, 1)], axis=-1), unknown=[2])},
    'split': {
        'first part': case(3, lambda x: TT.split(x, [2, 3], n_splits=2, axis=2)[0],
                           unknown=[2]),
        'second part': case(3, lambda x: TT.split(
            x.dimshuffle(2, 0, 1), [4, 1], n_splits=2, axis=0)[1], unknown=[0])},
    'subtensor': {
        'first steps': case(3, lambda x: x[:, :1], unknown=[1]),
        'a unit': case(3, lambda x: x[:, :, 2]),
        'a step': case(3, lambda x: x[:, 1]),
        'turned': case(3, lambda x: x.dimshuffle(2, 0, 1)[::-1]),
        'of a loop': case(3, lambda x: looped(
            x, outputs_info=TT.zeros((x.shape[0], 5))), **NO_ROWS),
        'every second step': case(3, lambda x: x.dimshuffle(2, 0, 1)[::-2], unknown=[0]),
        'a step in front': case(3, lambda x: x.dimshuffle(2, 0, 1)[3])},
    'take': {
        'steps': case(3, lambda x: x.dimshuffle(1, 0, 2)[TT.constant([1, 0, 1])]),
        'whole': case(2, lambda x: x.dimshuffle(1, 0)[TT.constant([0, 0, 1, 1, 0])])},
    'incsubtensor': {
        'set in': case(2, lambda x: TT.set_subtensor(
            TT.alloc(.5, x.shape[0], 6)[:, 1:3], x), **NO_ROWS),
        'set among zeros': case(2, lambda x: TT.set_subtensor(
            TT.zeros((x.shape[0], 6))[:, 1:3], x)),
        'added among zeros': case(3, lambda x: TT.inc_subtensor(
            TT.zeros((x.shape[0], 3, 5))[:, 1:], x)),
        'set to it': case(3, lambda x: TT.set_subtensor(x[:, :, 1:3], const(2)),
                          **NO_ROWS),
        'zeros set': case(3, lambda x: TT.set_subtensor(x[:, :, 1:3], 0.)),
        'its own step added': case(3, lambda x: TT.inc_subtensor(x[:, 0], x[:, 1])),
        'step in front': case(3, lambda x: TT.inc_subtensor(
            TT.zeros((7, x.shape[0], 2, 5))[3], x))},
    'inctake': {
        'added': case(3, lambda x: TT.inc_subtensor(
            x.dimshuffle(1, 0, 2)[TT.constant([1, 1, 0])], const(3, 4, 5)), **NO_ROWS),
        'added among zeros': case(3, lambda x: TT.inc_subtensor(
            TT.zeros((3, x.shape[0], 5))[TT.constant([1, 1])], x.dimshuffle(1, 0, 2))),
        'set': case(3, lambda x: TT.set_subtensor(
            x.dimshuffle(1, 0, 2)[TT.constant([1])], 0.))},
    'pick': {
        'a unit of each': case(2, lambda x: x[numbers_of(x), numbers_of(x) % 2]),
        'several of each': case(2, lambda x: x[
            numbers_of(x).dimshuffle(0, 'x'), TT.constant([[0, 1, 1]])]),
        'numbers behind': case(3, lambda x: x.dimshuffle(1, 0, 2)[
            TT.constant([[1], [0], [1]]), numbers_of(x).dimshuffle('x', 0)]),
        'a step of each': case(3, lambda x: x[numbers_of(x), numbers_of(x) % 2]),
        'parted': case(3, lambda x: x[numbers_of(x), :, numbers_of(x) % 5]),
        'two axes': case(3, lambda x: x[:, TT.constant([0, 1, 0]), TT.constant([4, 4, 1])]),
        'two axes, parted': case(4, lambda x: x.dimshuffle(1, 0, 2, 3)[
            TT.constant([0, 1, 0, 0, 1, 1]), :, TT.constant([4, 4, 1, 3, 2, 2])]),
        'parted behind a slice': case(4, lambda x: x[:, TT.constant([0, 1, 0]), :, TT.constant(
            [2, 2, 0])]),
        'a number and an array': case(4, lambda x: x[:, 1, TT.constant([0, 4, 3, 1])]),
        'some steps': case(3, lambda x: x.dimshuffle(1, 0, 2)[
            :1, :, mask(True, False, True, True, False)], unknown=[0, 2]),
        'a mask': case(3, lambda x: x[:, :, mask(True, False, True, True, False)],
                       unknown=[2]),
        'a mask of two axes': case(3, lambda x: x[:, mask(
            [True, False, True, True, False], [True, False, False, False, True])],
            unknown=[1])},
    'incpick': {
        'a unit of each': case(2, lambda x: TT.inc_subtensor(
            x[numbers_of(x), numbers_of(x) % 2], const(4)), **NO_ROWS),
        'among zeros': case(1, lambda x: picks_among_zeros(
            x, numbers_of(x), numbers_of(x) % 3, 2 * TT.ones_like(numbers_of(x)))),
        'parted': case(2, lambda x: TT.set_subtensor(
            TT.zeros((x.shape[0], 2, 6))[numbers_of(x), :, numbers_of(x) % 6], x)),
        'two axes': case(2, lambda x: picks_among_zeros(
            x, slice(None), TT.constant([1, 1]), TT.constant([5, 5]))),
        'zeros set': case(3, lambda x: TT.set_subtensor(
            x[:, TT.constant([0, 1]), TT.constant([4, 2])], 0.)),
        'at a mask': case(3, lambda x: TT.set_subtensor(
            x[:, :, mask(True, False, True, True, False)], 0.)),
        'parts at a mask': case(2, lambda x: TT.set_subtensor(
            TT.zeros((x.shape[0], 4))[:, mask(True, False, True, False)], x))},
    'sort': {
        'units': case(3, lambda x: TT.sort(x, axis=2), **NO_ROWS),
        'in front': case(3, lambda x: TT.sort(x.dimshuffle(1, 0, 2), axis=0), **NO_ROWS)},
    'repeat': {
        'units': case(2, lambda x: TT.repeat(x, TT.constant([3, 2]), axis=1), unknown=[1]),
        'in front': case(3, lambda x: TT.repeat(
            x.dimshuffle(1, 2, 0), TT.constant([3, 0]), axis=0), unknown=[0])},
    'diagonal': {
        'of units': case(3, lambda x: TT.diagonal(x, axis1=1, axis2=2), unknown=[1]),
        'of equal sizes': case(2, lambda x: TT.diagonal(
            x.dimshuffle(0, 1, 'x') * x.dimshuffle(0, 'x', 1), axis1=1, axis2=2), **NO_ROWS),
        'besides, of equal sizes': case(2, lambda x: TT.diagonal(
            x.dimshuffle(0, 1, 'x') * x.dimshuffle(0, 'x', 1), offset=1, axis1=1, axis2=2),
            unknown=[1], **NO_ROWS),
        'besides': case(3, lambda x: TT.diagonal(
            x.dimshuffle(1, 0, 2), offset=1, axis1=0, axis2=2), unknown=[1])},
    'pad': {
        'units': case(2, lambda x: TT.pad(x, [(0, 0), (2, 1)]), unknown=[1], **NO_ROWS),
        'folded': case(3, lambda x: TT.pad(
            x.dimshuffle(1, 0, 2), [(1, 0), (0, 0), (0, 3)], mode='reflect'),
            unknown=[0, 2], **NO_ROWS)},
    'blockwise': {
        'solved': case(3, lambda x: TT.linalg.solve(const(2, 2), x)),
        'solved each': case(3, lambda x: TT.linalg.solve(const(4, 2, 2), x)),
        'solved, a vector': case(2, lambda x: TT.linalg.solve(const(2, 2), x, b_ndim=1)),
        'triangular': case(3, lambda x: TT.linalg.solve_triangular(
            const(5, 5), x.dimshuffle(0, 2, 1))),
        'inverse': case(3, lambda x: TT.linalg.inv(x[:, :, :2]),
                        unknown=[2], **NO_ROWS),
        'determinant': case(3, lambda x: TT.linalg.det(x[:, :, :2]), **NO_ROWS)},
    'arange': {'numbers': case(2, lambda x: TT.arange(x.shape[1]), **SIZES_ONLY),
               'none': case(2, lambda x: TT.arange(TT.constant(-2)), unknown=[0], **SIZES_ONLY)},
    'alloc': {
        'in front': case(2, lambda x: TT.alloc(x, 7, x.shape[0], x.shape[1])),
        'along a size of one': case(3, lambda x: TT.alloc(
            one_wide(x), x.shape[0], 6, 5))},
    'along_axis': {
        'units': case(3, lambda x: TT.cumsum(x, axis=2)),
        'in front': case(3, lambda x: TT.cumsum(x.dimshuffle(1, 0, 2), axis=0))},
    'ifelse': {
        'with itself': case(2, lambda x: ifelse(x, x, x)),
        'with zeros': case(3, lambda x: ifelse(x, x, TT.zeros_like(x), 3)),
        'zeros with it': case(3, lambda x: ifelse(x, TT.zeros_like(x), x)),
        'with another': case(2, lambda x: ifelse(x, const(4, 2) * x, x),
                             unknown=[0, 1])},
    'normalized': {'units': case(2, lambda x: TT.nnet.bn.batch_normalization_test(
        x, *[const(1, 2) ** 2 for _ in range(4)]), **NO_ROWS)},
    'normalizing': {
        'a batch': case(2, lambda x: TT.nnet.bn.batch_normalization_train(
            x, const(1, 2), const(1, 2))[0], **SIZES_ONLY),
        'the means of a batch': case(2, lambda x: TT.nnet.bn.batch_normalization_train(
            x, const(1, 2), const(1, 2))[1], **SIZES_ONLY)},
    'softmax': {'units': case(2, TT.nnet.softmax, **NO_ROWS)},
    'softmax_grad': {'units': case(2, softmax_slopes)},
    'same': {'the same': case(2, lambda x: backends.of(x).check(
        x, TT.gt(x.shape[1], 1), 'too few'))},
    'composite': {'turned': case(3, composite, **SIZES_ONLY)},
    'cut': {'cut': case(2, lambda x: theano.gradient.disconnected_grad(x),
                        **SIZES_ONLY)},
    'grad_clip': {'clipped': case(2, lambda x: theano.gradient.grad_clip(x, -1, 1),
                                  **SIZES_ONLY)},
    'alloc_empty': {'of sizes': case(2, lambda x: TT.basic.AllocEmpty('float64')(
        x.shape[1], 7), **SIZES_ONLY)},
    'eye': {'of sizes': case(2, lambda x: TT.eye(x.shape[1], x.shape[0]),
                             **SIZES_ONLY)},
    'shape': {'of it': case(3, lambda x: x.shape, **SIZES_ONLY)},
    'make_vector': {'of sizes': case(3, lambda x: TT.stack([x.shape[1], x.shape[0]]),
                                     **SIZES_ONLY)},
    'scan': {'steps': case(3, looped, unknown=[1, 2], **NO_ROWS),
             'backwards': case(3, lambda x: looped(x, go_backwards=True),
                               unknown=[1, 2], **NO_ROWS),
             'of two sequences': case(3, lambda x: looped(x, [x.dimshuffle(1, 2, 0)]),
                                      unknown=[1, 2], **NO_ROWS),
             'of unequal ones': case(3, lambda x: looped(x, [x.dimshuffle(2, 1, 0)]),
                                     unknown=[0, 1, 2], **NO_ROWS),
             'until': case(3, lambda x: looped(x, stop=True), unknown=[0, 1, 2], **SIZES_ONLY)},
    'conv': {'images': case(4, lambda x: TT.nnet.conv2d(x, const(6, 2, 2, 2)),
                            unknown=[1, 2, 3], **SIZES_ONLY)},
    'conv_back': {'images': case(4, convolved_back, unknown=[1, 2, 3], **SIZES_ONLY)},
    'pool': {'windows': case(4, pooled, unknown=[2, 3], **SIZES_ONLY)},
    'pool_back': {'greatest': case(4, unpooled, **SIZES_ONLY),
                  'mean': case(4, lambda x: unpooled(x, mode='average_inc_pad'), **SIZES_ONLY)},
}

#: What doesn't run without a compiler: see test_convolution.py.
IMAGES = 'conv', 'conv_back', 'pool', 'pool_back'

#: Kinds of which a package has no op, or makes none.
NOT_MADE = {'theano': {'matmul', 'blockwise', 'pad'}, 'pytensor': set(IMAGES) | {
    'softmax_grad', 'normalized', 'normalizing'}}


PAIRS = sorted((kind, name) for kind, named in CASES.items() for name in named)
WITH_ROWS = [(kind, name) for kind, name in PAIRS if CASES[kind][name][2]]
APART = [(kind, name) for kind, name in PAIRS if CASES[kind][name][3]]


def graph(kind, name):
    """An input and the output of a node of the kind."""
    ndim, make = CASES[kind][name][:2]
    if kind in NOT_MADE.get(backends.of(tensor(0)).name, ()):
        pytest.skip('is not made by this package')
    x = tensor(ndim, 'x')
    output = make(x)
    found = backends.of(x).kind(output.owner)
    if found != kind:
        pytest.skip('is of the kind {}'.format(found))
    return x, output


def test_every_kind_is_made():
    backend = backends.of(tensor(0))
    kinds = set(backend.kinds.values()) | {
        k for sort in registry.SORTS for k in rules_of(sort) if isinstance(k, str)}
    made = set()
    for kind in set(CASES) - NOT_MADE[backend.name]:
        for ndim, make, _, _, _ in CASES[kind].values():
            made.add(backend.kind(make(tensor(ndim)).owner))
    # A size that is a number has no axes.
    assert kinds - made == NOT_MADE[backend.name] | {'shape_i'}


@pytest.mark.parametrize('kind, name', PAIRS)
def test_size(kind, name):
    x, output = graph(kind, name)
    sizes = Sizes(backends.of(x)).of(output)
    own = [axis for axis, size in enumerate(sizes) if (output, axis) in size.symbols]
    assert set(own) <= set(CASES[kind][name][-1])
    wanted = [symbolic(size, TT) for size in sizes] + [output.shape]
    # Of images the shapes alone are computed, by the package's own rules for these.
    mode = theano.compile.Mode('py', 'fast_run') if kind in IMAGES else None
    given = [v for v in backends.inputs_of(wanted)]
    found = function(given, wanted, mode=mode)(*[numbers(*SHAPE[:x.ndim])] * len(given))
    assert found[:-1] == list(found[-1])


@pytest.mark.parametrize('kind, name', APART)
def test_batch_axis(kind, name):
    x, output = graph(kind, name)
    batch = Proof([output], x).batch[output]
    before, after = [function([x], symbolic(s, TT))(numbers(*SHAPE[:x.ndim]))
                     for s in (batch.before, batch.after)]
    run, point = function([x], output), numbers(*SHAPE[:x.ndim])
    others = tuple(a for a in range(output.ndim) if a != batch.axis)
    for example in range(SHAPE[0]):
        changed = point.copy()
        changed[example] *= 3
        differs = (run(changed) != run(point)).any(axis=others)
        assert len(differs) == before * SHAPE[0] * after
        own = np.arange(len(differs)) // after % SHAPE[0] == example
        assert differs.any() and not differs[~own].any()


def of_other_shapes(x, output):
    """The same with shapes that are read from another variable than `x`."""
    other, backend = x.type(), backends.of(x)
    shapes = {v: v.owner.op(other) for v in backends.ancestors([output])
              if v.owner and backend.kind(v.owner) in ('shape', 'shape_i')
              and v.owner.inputs[0] is x}
    return other, backends.replace([output], shapes)[0]


@pytest.mark.parametrize('seed', ['dense', 'units'])
@pytest.mark.parametrize('kind, name', WITH_ROWS)
def test_many_rows(kind, name, seed):
    x, output = graph(kind, name)
    other, output = of_other_shapes(x, output)
    shape = SHAPE[:x.ndim]
    carried = Dense(TT.constant(numbers(3, *shape))) if seed == 'dense' else \
        one_for_each_unit(other)
    made, = carried_through([output], x, carried, Sizes(backends.of(x)))
    found, given = function([other], [made.full(), carried.full()])(numbers(*shape))
    run = function([x, other], output)
    np.testing.assert_allclose(found, [run(row, numbers(*shape)) for row in given],
                               rtol=1e-12, atol=1e-12)
    assert made.ndim == output.ndim
