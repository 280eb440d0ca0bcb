"""Whole models as people write them: by which way they go, and that it is right."""

import re
import shutil

import numpy as np
import pytest

import models
from oracles import function, tensor
from models import BATCH
from symbolic import TT, theano
from test_structure import way
from theanets_reg import backends, squared_norms

BY_BLOCKS = {'row blocks', 'column blocks', 'through a narrow layer'}
OVER_TIME = {'recursion over time'}

#: What the input looks like, the model, and the ways of which the cheapest is taken.
MODELS = {
    'convolution, as it predicts': (
        (2, 3, 3), models.lasagne(models.shifted_sums, True), BY_BLOCKS),
    'convolution and dropout': ((2, 3, 3), models.dropped, BY_BLOCKS),
    'recurrent, masked': ((5, 3), models.recurrent(models.simple_step, 1), OVER_TIME),
    'lstm, masked': ((5, 3), models.recurrent(models.lstm_step, 2), OVER_TIME),
    'gru, masked': ((5, 3), models.recurrent(models.gru_step, 1), OVER_TIME),
    'as it is trained': ((3, ), models.in_train_phase(1), BY_BLOCKS),
    'as it predicts': ((3, ), models.in_train_phase(0), BY_BLOCKS),
    'transformer, heads in front': (
        (3, 3), models.transformer(models.heads_in_front), BY_BLOCKS),
    'transformer, causal': (
        (3, 3), models.transformer(models.heads_behind, True), BY_BLOCKS),
    'encoder, mean': ((3, ), lambda x: models.code(x)[0], BY_BLOCKS),
    'encoder, variance': ((3, ), lambda x: models.code(x)[1], BY_BLOCKS),
    'encoder, code': ((3, ), lambda x: models.code(x)[2], BY_BLOCKS),
    'encoder, divergence': (
        (3, ), lambda x: models.divergence(*models.code(x)[:2]), BY_BLOCKS),
}


def check_against_the_definition(output, x, point):
    """The norms and the training gradient of each parameter, by both methods at once."""
    kind = backends.of(x).SharedVariable
    params = [v for v in backends.ancestors([output])
              if isinstance(v, kind) and backends.dtype(v) == x.dtype and v.ndim]
    made = []
    for method in ('auto', 'jacobian'):
        norms = squared_norms(output, x, method=method)
        loss = (norms * (1 + TT.arange(norms.shape[0]))).sum()
        made.append([norms] + theano.grad(loss, params, disconnected_inputs='ignore'))
    found = function([x], made[0] + made[1])(point)
    half = len(made[0])
    assert (found[0] > 0).all() and any(abs(g).max() > 1e-3 for g in found[1:half])
    for one, other in zip(found[:half], found[half:]):
        np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-10)


def a_batch(shape, name=''):
    """Random examples; those of sequences end with steps that are masked."""
    point = np.random.RandomState(len(shape)).randn(BATCH, *shape)
    if 'masked' in name:
        point[0, 3:] = point[1, :1] = 0
    return point


@pytest.mark.as_written
@pytest.mark.parametrize('name', sorted(MODELS))
def test_by_no_slow_way(name):
    shape, build, ways = MODELS[name]
    x = tensor(len(shape) + 1, 'x')
    output = build(x)
    assert way(output, x) in ways
    check_against_the_definition(output, x, a_batch(shape, name))


def warned(output, x):
    """The one warning that squared_norms gives."""
    with pytest.warns(UserWarning) as caught:
        squared_norms({'h': output}, x)
    said, = [str(c.message) for c in caught if c.category is UserWarning]
    return said


@pytest.mark.filterwarnings('ignore:squared_norms')
def test_batch_statistics():
    """They mix examples: the one warning names the layer and says what to do."""
    x = tensor(4, 'x')
    output = models.lasagne(models.shifted_sums, False)(x)
    said = warned(output, x)
    assert said.startswith('squared_norms: h by x: literal Jacobian')
    assert re.search(', in the layer of norm1.(gamma|beta), reduces over examples; ', said)
    assert 'give the deterministic output, made with running averages' in said
    assert "method='hutchinson' estimates it in one backward pass" in said
    check_against_the_definition(output, x, a_batch((2, 3, 3)))


def test_the_layer_is_named_by_what_it_makes():
    x = TT.matrix('x')
    h = models.dense(x, 3, 4)
    centred = h - h.mean(axis=0)
    assert 'on the way' not in warned(TT.tanh(centred), x)
    centred.name = 'norm'
    assert ', on the way to norm, reduces over examples' in warned(TT.tanh(centred), x)


def test_what_is_no_normalization_is_not_told_to_be_one():
    x = TT.matrix('x')
    for output in (x[::-1], TT.dot(x, x.T), TT.tanh(x).sum(axis=0)):
        assert 'deterministic' not in warned(output, x)


def test_the_op_of_theano_that_normalizes_a_batch(engine):
    if engine != 'theano':
        pytest.skip('PyTensor has no such op')
    x, (gamma, beta) = TT.matrix('x'), [models.shared(3) for _ in range(2)]
    gamma.name = 'norm.gamma'
    train = TT.nnet.bn.batch_normalization_train
    said = warned(train(x, gamma, beta, axes=(0, ))[0] * 2, x)
    assert ', in the layer of norm.gamma, normalizes over examples; ' in said
    assert 'give the deterministic output' in said
    given = [theano.shared(np.ones((BATCH, 1)), broadcastable=(False, True)) for _ in range(2)]
    assert 'is followed only where' in warned(train(x, *given, axes=(1, ))[0], x)


COMPILED = """
    import warnings
    import numpy as np
    import theanets_reg, theano
    import theano.tensor as TT
    from theano.tensor.nnet import corr
    import symbolic
    symbolic.use('theano')
    import models
    from test_models import a_batch, check_against_the_definition, way

    def compiled_thunk(self, node, storage, compute, recycling, impl=None):
        return theano.gof.Op.make_thunk(self, node, storage, compute, recycling, 'c')

    # What has no Python version goes through the compiler.
    corr.BaseCorrMM.make_thunk = compiled_thunk
    for deterministic in (True, False):
        x = TT.tensor4('x')
        output = models.lasagne(models.convolved, deterministic)(x)
        print(way(output, x))
        check_against_the_definition(output, x, a_batch((2, 3, 3)))
    """


@pytest.mark.compiled
@pytest.mark.skipif(shutil.which('g++') is None, reason='there is no g++')
def test_convolutions_of_theano(engine, run_script):
    if engine != 'theano':
        pytest.skip('PyTensor has no convolution of stacks of images')
    said = run_script(COMPILED, 'floatX=float64,mode=FAST_COMPILE').splitlines()
    assert said[-2:] == ['through a narrow layer', 'literal Jacobian']


def test_heads_that_are_not_those_of_the_examples():
    """Of two examples and two heads: each axis is as long in either order."""
    x = tensor(3, 'x')
    h = models.dense(x, 3, 4)
    one, other = models.heads_in_front(h), models.heads_behind(h)
    output = TT.batched_dot(one, other.dimshuffle(0, 2, 1))
    assert way(output, x) == 'literal Jacobian'
