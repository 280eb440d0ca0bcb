"""PyTensor as people write it: each by the way that is told, with the right number."""

import importlib
import warnings

import numpy as np
import pytest

import symbolic
from differences import Written, check
from oracles import contractive_norms, function, tensor
from symbolic import TT
from test_jacobian import unrewritten
from test_structure import shared, way
from theanets_reg import squared_norms

ENGINES = [name for name in symbolic.INSTALLED if name == 'pytensor']

if not ENGINES:
    pytest.skip('PyTensor is not installed', allow_module_level=True)

pytensor = importlib.import_module('pytensor')
pt = importlib.import_module('pytensor.tensor')
linalg = importlib.import_module('pytensor.tensor.linalg')
special = importlib.import_module('pytensor.tensor.special')
OpFromGraph = importlib.import_module('pytensor.compile.builders').OpFromGraph

#: What goes through all elements, or one after the other.
SLOW = {'literal Jacobian', 'row by row'}
BY_ROWS = {'row blocks', 'column blocks', 'through a narrow layer'}
CLOSED = {'closed form'}


class LinearLayer(OpFromGraph):
    """A class of its own for each layer, that overrides nothing."""


class NormLayer(OpFromGraph):
    """Another one."""


class DropoutLayer(OpFromGraph):
    """It has the next state of its generator among its outputs."""


class BatchNormLayer(OpFromGraph):
    """It has its running averages among its inputs."""


def linear(x, width=3):
    weights, bias = shared(3, width), shared(width)
    inner = [v.type() for v in (x, weights, bias)]
    return LinearLayer(inner, [inner[0] @ inner[1] + inner[2]])(x, weights, bias)


def layer_norm(x, axis=-1):
    scale, shift = shared(3), shared(3)
    inner, own_scale, own_shift = [v.type() for v in (x, scale, shift)]
    centred = inner - inner.mean(axis=axis, keepdims=True)
    made = centred / pt.sqrt(inner.var(axis=axis, keepdims=True) + 1e-3) * own_scale + own_shift
    return NormLayer([inner, own_scale, own_shift], [made])(x, scale, shift)


def batch_norm(x, training=False):
    given = [shared(3) for _ in range(3)] + [shared(3) ** 2]
    inner, scale, shift, average, variance = [v.type() for v in [x] + given]
    if training:
        made = (inner - inner.mean(axis=0)) / pt.sqrt(inner.var(axis=0) + 1e-3)
    else:
        made = (inner - average) / pt.sqrt(variance + 1e-3)
    op = BatchNormLayer([inner, scale, shift, average, variance], [made * scale + shift],
                        on_unused_input='ignore')
    return op(x, *given)


def dropout(x, rate=.4):
    generator = pytensor.shared(np.random.default_rng(5))
    with warnings.catch_warnings():
        # PyTensor 3.3 would rather hand out the state of the generator as well.
        warnings.simplefilter('ignore', DeprecationWarning)
        drawn = pt.random.bernoulli(1 - rate, size=x.shape, rng=generator)
    inner, state = x.type(), generator.type()
    mask = drawn.owner.op.make_node(state, inner.shape, pt.constant(1 - rate)).outputs
    made = pt.where(mask[1], inner / (1 - rate), 0)
    return DropoutLayer([inner, state], [made, mask[0]])(x, generator)[0]


def residual(x):
    return x + linear(pt.tanh(linear(layer_norm(x))))


def net(x, training=False):
    """Layers one after the other."""
    h = pt.maximum(batch_norm(linear(x), training), 0)
    return special.log_softmax(linear(dropout(pt.tanh(linear(h)))), axis=-1)


def block(x):
    """A transformer's, that normalizes in front."""
    x = x + linear(masked_attention(layer_norm(x)) @ shared(4, 3))
    return x + linear(pt.maximum(linear(layer_norm(x)), 0))


def hidden(x):
    return pt.tanh(pt.dot(x, shared(3, 3)))


def heads(x):
    """(batch, time, 4) as (batch, 2 heads, time, 2)."""
    parts = pt.dot(x, shared(3, 4)).reshape((x.shape[0], x.shape[1], 2, 2))
    return parts.dimshuffle(0, 2, 1, 3)


def attention(x):
    queries, keys, values = [linear(x) for _ in range(3)]
    scores = pt.einsum('bqd,bkd->bqk', queries, keys) / np.sqrt(3)
    return pt.einsum('bqk,bkd->bqd', special.softmax(scores, axis=-1), values)


def masked_attention(x):
    queries, keys, values = [heads(x) for _ in range(3)]
    scores = queries @ keys.dimshuffle(0, 1, 3, 2)
    scores = pt.where(pt.tril(pt.ones((3, 3))) > 0, scores, -1e9)
    made = (special.softmax(scores, axis=-1) @ values).dimshuffle(0, 2, 1, 3)
    return made.reshape((x.shape[0], x.shape[1], 4))


def covariances(x):
    """A positive definite matrix for each example of (batch, n, m)."""
    wide = pt.tanh(x)
    return wide @ wide.dimshuffle(0, 2, 1) + pt.eye(x.shape[1])


def lowered(build):
    """What labelled arrays become."""
    def made(x):
        labelled = pytest.importorskip('pytensor.xtensor')
        rewriting = importlib.import_module('pytensor.graph.rewriting.utils')
        output = build(labelled, x)
        return rewriting.rewrite_graph(output, include=('lower_xtensor', ))
    return made


def labelled_dot(labelled, x):
    one = labelled.as_xtensor(x, dims=('example', 'unit'))
    other = labelled.as_xtensor(shared(3, 3), dims=('unit', 'made'))
    return pt.tanh(one.dot(other).values)


def labelled_pairs(labelled, x):
    one = labelled.as_xtensor(pt.tanh(x), dims=('example', 'unit'))
    other = labelled.as_xtensor(hidden(x), dims=('example', 'other'))
    return (one * other).transpose('example', 'unit', 'other').values


def summed(labels, *others, **kwargs):
    """An einsum of hidden units with shared arrays, or with themselves (None)."""
    apply = kwargs.get('apply', hidden)

    def made(x):
        return pt.einsum(labels, *[apply(x)] + [
            apply(x) if shape is None else shared(*shape) for shape in others])
    return made


FLAT = {
    'einsum, a layer': (lambda x: pt.tanh(pt.einsum('bi,io->bo', x, shared(3, 4))), CLOSED),
    'einsum, weights turned': (lambda x: pt.tanh(pt.einsum('bi,oi->bo', x, shared(4, 3))), CLOSED),
    'einsum, dots': (lambda x: pt.tanh(pt.einsum('...i,io->...o', x, shared(3, 4))), CLOSED),
    'einsum, by units': (summed('bi,i->bi', (3,)), CLOSED),
    'einsum, pairs': (summed('bi,bj->bij', None), BY_ROWS),
    'einsum, pairs in front': (summed('bi,bj->ijb', None), BY_ROWS),
    'einsum, inner products': (summed('bi,bi->b', None), BY_ROWS),
    'einsum, products': (summed('bi,bi->bi', None), CLOSED),
    'einsum, bilinear': (summed('bi,ijk,bj->bk', (3, 3, 2), None), BY_ROWS),
    'einsum, sum': (summed('bi->b'), BY_ROWS),
    'einsum, turned': (summed('bi->ib'), CLOSED),
    'labels, a layer': (lowered(labelled_dot), CLOSED),
    'labels, pairs': (lowered(labelled_pairs), BY_ROWS),
    'logsumexp': (lambda x: special.logsumexp(hidden(x), axis=-1), BY_ROWS),
    'logsumexp, kept': (lambda x: special.logsumexp(hidden(x), axis=1, keepdims=True), BY_ROWS),
    'softmax, the last': (lambda x: special.softmax(hidden(x), axis=-1), BY_ROWS),
    'softmax, by number': (lambda x: special.softmax(hidden(x), axis=1), BY_ROWS),
    'log softmax': (lambda x: special.log_softmax(hidden(x), axis=-1), BY_ROWS),
    'log softmax, by number': (lambda x: special.log_softmax(hidden(x), axis=1), BY_ROWS),
    'cross entropy': (lambda x: special.log_softmax(linear(x), axis=-1)[
        pt.arange(x.shape[0]), (2 * pt.arange(x.shape[0])) % 3], BY_ROWS),
    'entropy': (lambda x: -special.xlogy(*[special.softmax(linear(x), axis=-1)] * 2), BY_ROWS),
    'a linear layer': (lambda x: pt.tanh(linear(x)), CLOSED),
    'two linear layers': (lambda x: linear(pt.tanh(linear(x, 2)).dot(shared(2, 3))), BY_ROWS),
    'layer norm': (layer_norm, BY_ROWS),
    'residual': (residual, BY_ROWS),
    'dropout': (lambda x: pt.tanh(linear(dropout(x))), CLOSED),
    'dropout behind': (lambda x: dropout(hidden(x)), CLOSED),
    'batch norm, as it predicts': (lambda x: pt.tanh(batch_norm(linear(x))), CLOSED),
    'a net': (net, BY_ROWS),
    'padded': (lambda x: pt.pad(hidden(x), [(0, 0), (1, 2)]), BY_ROWS),
    'padded, the edge': (lambda x: pt.pad(hidden(x), [(0, 0), (1, 2)], mode='edge'), BY_ROWS),
    'padded, around': (lambda x: pt.pad(hidden(x), [(0, 0), (1, 2)], mode='wrap'), BY_ROWS),
    'padded, folded': (lambda x: pt.pad(hidden(x), [(0, 0), (1, 2)], mode='reflect'), BY_ROWS),
    'padded, mirrored': (lambda x: pt.pad(hidden(x), [(0, 0), (0, 2)], mode='symmetric'), BY_ROWS),
    'padded, the mean': (lambda x: pt.pad(hidden(x), [(0, 0), (1, 0)], mode='mean'), BY_ROWS),
    'padded, the maximum': (lambda x: pt.pad(hidden(x), [(0, 0), (1, 2)], mode='maximum'), BY_ROWS),
    'padded, a ramp': (lambda x: pt.pad(hidden(x), [(0, 0), (1, 2)], mode='linear_ramp'), BY_ROWS),
    'repeated': (lambda x: pt.repeat(hidden(x), 2, axis=1), BY_ROWS),
    'repeated unevenly': (lambda x: pt.repeat(hidden(x), [2, 0, 3], axis=1), BY_ROWS),
    'tiled': (lambda x: pt.tile(hidden(x), (1, 2)), BY_ROWS),
    'taken along': (lambda x: pt.take_along_axis(hidden(x), pt.argsort(x, axis=1), axis=1), BY_ROWS),
    'sorted by places': (lambda x: (lambda h: pt.take_along_axis(
        h, pt.argsort(h, axis=1), axis=1))(hidden(x)), BY_ROWS),
    'tensordot': (lambda x: pt.tensordot(hidden(x), shared(2, 3), axes=[[1], [1]]), BY_ROWS),
    'pairs, lower triangle': (lambda x: pt.tril(
        hidden(x)[:, :, None] * hidden(x)[:, None, :]), BY_ROWS),
    'vectorized': (lambda x: pt.vectorize(
        lambda a: pt.outer(a, a), signature='(i)->(i,i)')(hidden(x)), BY_ROWS),
}

DEEP = {
    'einsum, steps': (lambda x: pt.tanh(pt.einsum('bti,io->bto', x, shared(3, 4))), CLOSED),
    'einsum, pairs of steps': (lambda x: pt.einsum('bqd,bkd->bqk', pt.tanh(x), x), BY_ROWS),
    'einsum, heads': (lambda x: pt.einsum('bqhd,bkhd->bhqk', *[
        heads(x).dimshuffle(0, 2, 1, 3) for _ in range(2)]), BY_ROWS),
    'einsum, all products': (summed('bti,bti->b', None, apply=pt.tanh), BY_ROWS),
    'einsum, two axes kept': (summed('bti,bikl->btkl', (3, 3, 2, 2), apply=pt.tanh), BY_ROWS),
    'softmax, units': (lambda x: special.softmax(linear(x), axis=-1), BY_ROWS),
    'softmax, steps': (lambda x: special.softmax(linear(x), axis=1), BY_ROWS),
    'softmax, both': (lambda x: special.softmax(linear(x), axis=(1, 2)), BY_ROWS),
    'log softmax, both': (lambda x: special.log_softmax(linear(x), axis=(1, 2)), BY_ROWS),
    'logsumexp, both': (lambda x: special.logsumexp(linear(x), axis=(1, 2)), BY_ROWS),
    'attention': (attention, BY_ROWS),
    'masked attention, heads': (masked_attention, BY_ROWS),
    'layer norm': (layer_norm, BY_ROWS),
    'a transformer': (block, BY_ROWS),
    'product, matrices': (lambda x: pt.tanh(x) @ x.dimshuffle(0, 2, 1), BY_ROWS),
    'product, from the left': (lambda x: shared(2, 3) @ pt.tanh(x), BY_ROWS),
    'tensordot, steps': (lambda x: pt.tanh(pt.tensordot(x, shared(3, 4), axes=[[2], [0]])), CLOSED),
    'padded steps': (lambda x: pt.pad(pt.tanh(x), [(0, 0), (1, 1), (0, 0)]), BY_ROWS),
    'sorted steps': (lambda x: pt.sort(pt.tanh(x), axis=1), BY_ROWS),
    'steps taken along': (lambda x: pt.take_along_axis(
        pt.tanh(x), pt.argsort(x, axis=1), axis=1), BY_ROWS),
    'cholesky': (lambda x: linalg.cholesky(covariances(x)), BY_ROWS),
    'solve': (lambda x: linalg.solve(covariances(x), pt.tanh(x)), BY_ROWS),
    'solve, vectors': (lambda x: linalg.solve(covariances(x), x[:, :, 0], b_ndim=1), BY_ROWS),
    'solve, one for all': (lambda x: linalg.solve(covariances(x), shared(3, 2)), BY_ROWS),
    'triangular': (lambda x: linalg.solve_triangular(
        linalg.cholesky(covariances(x)), pt.tanh(x), lower=True), BY_ROWS),
    'inverse': (lambda x: linalg.inv(covariances(x)), BY_ROWS),
    'determinant': (lambda x: linalg.det(covariances(x)), BY_ROWS),
    'log determinant': (lambda x: linalg.slogdet(covariances(x))[1], BY_ROWS),
    'density': (lambda x: pt.log(pt.diagonal(
        linalg.cholesky(covariances(x)), axis1=1, axis2=2)).sum(axis=1), BY_ROWS),
    'diagonal': (lambda x: pt.diagonal(pt.tanh(x) @ shared(3, 3), axis1=1, axis2=2), BY_ROWS),
    'another diagonal': (lambda x: pt.diagonal(
        pt.tanh(x).dimshuffle(1, 0, 2), offset=1, axis1=0, axis2=2), BY_ROWS),
    'trace': (lambda x: pt.trace(pt.tanh(x) @ shared(3, 3), axis1=1, axis2=2)
              if hasattr(pt, 'trace') else pt.diagonal(x, axis1=1, axis2=2).sum(axis=-1), BY_ROWS),
    'lower triangle': (lambda x: pt.tril(pt.tanh(x @ shared(3, 3))), CLOSED),
    'eigenvalues': (lambda x: linalg.eigh(covariances(x))[0], BY_ROWS),
    'convolved': (lambda x: pt.signal.convolve1d(x, shared(2), mode='valid'), BY_ROWS),
}

#: What PyTensor doesn't make, or run, where sizes are not found out as for its users.
NEEDS_SIZES = {'padded, a ramp', 'convolved'}

#: What PyTensor 2 doesn't have, has no gradient of, or a loop within its padding.
ONLY_IN_3 = {
    'entropy', 'entropy of the batch', 'logsumexp', 'logsumexp, kept', 'logsumexp, both',
    'logsumexp, examples', 'softmax, both', 'softmax, examples and steps', 'log softmax, both',
    'padded, folded', 'padded, mirrored', 'padded, the edge', 'eigenvalues'}

#: What is compiled for half a minute with the gradient of the norms.
WITHOUT_TRAINING = {'padded, a ramp', 'padded, the maximum'}

#: Values that are not near each other, nor symmetric.
POINT = np.random.RandomState(11).permutation(np.linspace(-1.1, 1.3, 27)).reshape(3, 3, 3)


def graph_of(build, ndim):
    return Written(build, tensor(ndim, 'x'), POINT if ndim == 3 else POINT[1])


def skip_in_2(name):
    if name in ONLY_IN_3 and pytensor.__version__[0] == '2':
        pytest.skip('PyTensor 2 does not have it')


def check_all(request, name, build, ndim, ways):
    """The way that is told, the norms, and their training gradient."""
    skip_in_2(name)
    if name in NEEDS_SIZES:
        request.getfixturevalue('folding_shapes')
    graph = graph_of(build, ndim)
    output, x = graph.outputs[0], graph.wrt[0]
    assert way(output, x) in ways
    if name not in WITHOUT_TRAINING:
        check(graph, unrewritten())
        return
    run, flat = [function([x], v, mode=unrewritten()) for v in (squared_norms(output, x), output)]
    expected = contractive_norms(flat, graph.values[0])
    np.testing.assert_allclose(run(graph.values[0]), expected, rtol=1e-6)


@pytest.mark.parametrize('name', sorted(FLAT))
def test_of_units(request, name):
    build, ways = FLAT[name]
    check_all(request, name, build, 2, ways)


@pytest.mark.parametrize('name', sorted(DEEP))
def test_of_steps(request, name):
    build, ways = DEEP[name]
    check_all(request, name, build, 3, ways)


MIXED = {
    'einsum, gram': (2, summed('bi,ci->bc', None)),
    'einsum, over examples': (2, summed('bi,bj->ij', None)),
    'einsum, units as examples': (2, summed('bi,ib->b', None)),
    'einsum, other examples': (2, summed('bi,ib->bi', None)),
    'einsum, the trace': (2, summed('bb->b')),
    'einsum, weights of examples': (2, summed('bi,cb->ci', (3, 3))),
    'einsum, pairs of examples': (2, summed('bi,cj->bcij', None)),
    'softmax, all': (2, lambda x: special.softmax(hidden(x), axis=None)),
    'softmax, examples': (2, lambda x: special.softmax(hidden(x), axis=0)),
    'softmax, examples and steps': (3, lambda x: special.softmax(hidden(x), axis=(0, 1))),
    'log softmax, examples': (2, lambda x: special.log_softmax(hidden(x), axis=0)),
    'logsumexp, examples': (2, lambda x: hidden(x) - special.logsumexp(hidden(x), axis=0)),
    'norm of a batch': (2, lambda x: layer_norm(hidden(x), axis=0)),
    'batch norm, as it is trained': (2, lambda x: batch_norm(linear(x), True)),
    'a net, as it is trained': (2, lambda x: net(x, True)),
    'padded examples': (2, lambda x: pt.pad(hidden(x), [(1, 0), (0, 0)])),
    'padded by a variable': (2, lambda x: pt.pad(
        hidden(x), pt.stack([[0, 0], [1, x.shape[1] - 2]]))),
    'folded examples': (2, lambda x: pt.pad(hidden(x), [(0, 1), (0, 1)], mode='reflect')),
    'tiled': (2, lambda x: pt.tile(hidden(x), (2, 1))),
    'repeated unevenly': (2, lambda x: pt.repeat(hidden(x), [1, 0, 2], axis=0)),
    'taken along': (2, lambda x: pt.take_along_axis(hidden(x), pt.argsort(x, axis=0), axis=0)),
    'product of matrices': (3, lambda x: pt.tanh(x) @ x.dimshuffle(1, 0, 2)),
    'product over examples': (3, lambda x: shared(3, 3) @ pt.tanh(x).dimshuffle(1, 0, 2)),
    'inverse of units by examples': (2, lambda x: linalg.inv(hidden(x) + 4 * pt.eye(3))),
    'inverse over examples': (3, lambda x: linalg.inv(pt.tanh(x).dimshuffle(1, 0, 2) + 4 * pt.eye(3))),
    'cholesky over examples': (3, lambda x: linalg.cholesky(
        pt.tanh(x).dimshuffle(1, 0, 2) @ pt.tanh(x).dimshuffle(1, 2, 0) + pt.eye(3))),
    'solved for examples': (2, lambda x: linalg.solve(shared(3, 3), hidden(x))),
    'solved by other examples': (3, lambda x: linalg.solve(
        covariances(x), pt.tanh(x).dimshuffle(1, 0, 2))),
    'one example solved for all': (3, lambda x: linalg.solve(covariances(x), pt.tanh(x)[0])),
    'diagonal over examples': (3, lambda x: pt.diagonal(pt.tanh(x), axis1=0, axis2=2)),
    'entropy of the batch': (2, lambda x: special.xlogy(
        pt.sigmoid(hidden(x)), pt.sigmoid(hidden(x)).T)),
    'vectorized over units': (2, lambda x: pt.vectorize(
        lambda a: a.cumsum(), signature='(i)->(i)')(hidden(x).T).T),
}


@pytest.mark.parametrize('name', sorted(MIXED))
def test_tempting(name):
    ndim, build = MIXED[name]
    skip_in_2(name)
    graph = graph_of(build, ndim)
    output, x = graph.outputs[0], graph.wrt[0]
    assert way(output, x) == 'literal Jacobian'
    with pytest.warns(UserWarning, match='literal'):
        norms = squared_norms(output, x)
    run, flat = function([x], norms), function([x], output)
    np.testing.assert_allclose(run(graph.values[0]), contractive_norms(flat, graph.values[0]),
                               rtol=1e-6, atol=1e-8)


def test_an_override_is_not_looked_behind():
    """What a composite op says of its gradient is the word of whoever made it."""
    inner = TT.matrix()
    name = 'pullback' if pytensor.__version__[0] != '2' else 'lop_overrides'
    op = OpFromGraph([inner], [pt.tanh(inner)], **{name: lambda inputs, outputs, slopes: [
        slopes[0][::-1]]})
    x = tensor(2, 'x')
    output = op(hidden(x))
    assert way(output, x) == 'literal Jacobian'


def test_one_example_is_not_spread():
    """Nothing of one example, as its type says, is brought together with several."""
    row, others = TT.row('x'), shared(4, 3, 3)
    output = linalg.solve(others + pt.eye(3), pt.tanh(row).dimshuffle(0, 1, 'x'))
    assert way(output, row) == 'literal Jacobian'


def states_of(x, u):
    """A recurrent layer of three units over (batch, time, three features)."""
    start = pt.zeros((x.shape[0], 3))
    return symbolic.theano.scan(
        lambda now, h: pt.tanh(now + pt.dot(h, u)), sequences=[x.dimshuffle(1, 0, 2)],
        outputs_info=[start])[0].dimshuffle(1, 0, 2)


def test_a_number_of_examples_in_the_type_and_chunks_of_them():
    """Loops are of that many, and say so; where their number is left open chunks are right."""
    point, u = np.random.RandomState(1).randn(2, 3, 3), shared(3, 3)
    fixed, free = [pt.tensor('x', shape=(n, None, 3), dtype='float64') for n in (2, None)]
    with pytest.raises(ValueError, match=r'there are 2; give it a type that .* shape=\(None, '):
        squared_norms(states_of(fixed, u), fixed, memory=8)
    expected = contractive_norms(function([free], states_of(free, u)), point)
    for x, memory in ((fixed, None), (free, 8)):
        found = function([x], squared_norms(states_of(x, u), x, memory=memory))(point)
        np.testing.assert_allclose(found, expected, rtol=1e-6)
