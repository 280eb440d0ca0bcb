"""Contractive(mask=...): padding is neither output nor input."""

import os
import subprocess
import sys

import numpy as np
import pytest

from symbolic import TT, theano
from oracles import RTOL, central_jacobian, function, tensor, value
from theanets_reg import Contractive

MASK = np.array([[1, 1, 1, 0], [1, 1, 0, 0], [1, 1, 1, 1]])


@pytest.fixture
def net(rng):
    x = TT.tensor3('x')
    w, u = [theano.shared(rng.randn(*s)) for s in ((2, 3), (3, 3))]
    steps = TT.dot(x.dimshuffle(1, 0, 2), w)
    h, _ = theano.scan(lambda a, h: TT.tanh(a + TT.dot(h, u)), sequences=steps,
                       outputs_info=TT.zeros_like(steps[0]))
    return x, h.dimshuffle(1, 0, 2), [w, u]


def expected(x, h, point, mask, rows=True):
    """By central differences, example by example."""
    jacobian = central_jacobian(function([x], h), point)
    total = 0.
    for b in range(len(point)):
        part = np.take(jacobian[b], b, axis=-3)
        if rows:
            part = part[mask[b] != 0]
        total += (part[..., mask[b] != 0, :] ** 2).sum()
    return total / len(point)


@pytest.mark.as_written
@pytest.mark.parametrize('method', ['auto', 'jacobian'])
def test_rows_and_columns_of_padding_are_left_out(net, rng, method):
    x, h, _ = net
    point = rng.randn(3, 4, 2)
    loss = Contractive('h', mask=MASK, method=method).loss([], {'h': h})
    np.testing.assert_allclose(value(loss, {x: point}), expected(x, h, point, MASK), rtol=RTOL)


@pytest.mark.as_written
def test_holes_count_as_what_they_hold(net, rng):
    """Padding in front or between is part of the function, where it is finite."""
    x, h, _ = net
    point, mask = rng.randn(2, 4, 2), np.array([[0, 1, 1, 0], [1, 0, 1, 1]])
    loss = Contractive('h', mask=mask).loss([], {'h': h})
    np.testing.assert_allclose(value(loss, {x: point}), expected(x, h, point, mask), rtol=RTOL)


@pytest.mark.parametrize('padding, method', [
    (np.nan, 'auto'), (np.inf, 'auto'), (1e6, 'auto'), (np.nan, 'jacobian'),
    (np.nan, 'hutchinson')])
def test_padding_does_not_leak(net, rng, padding, method):
    """Not into the value and not into the gradient."""
    x, h, params = net

    def build():
        loss = Contractive('h', mask=MASK, method=method).loss([], {'h': h})
        return function([x], [loss] + theano.grad(loss, params))

    point, one = rng.randn(3, 4, 2), build()
    # The first call of each draws the same.
    other = build() if method == 'hutchinson' else one
    found = [f(np.where(MASK[:, :, None], point, filling))
             for f, filling in ((one, 0.), (other, padding))]
    for clean, padded in zip(*found):
        np.testing.assert_allclose(padded, clean, rtol=RTOL)


@pytest.mark.as_written
def test_all_ones_is_no_mask(net, rng):
    x, h, params = net
    point, found = rng.randn(3, 4, 2), []
    for mask in (None, np.ones((3, 4))):
        loss = Contractive('h', mask=mask).loss([], {'h': h})
        found.append(function([x], [loss] + theano.grad(loss, params))(point))
    for one, other in zip(*found):
        np.testing.assert_allclose(one, other, rtol=RTOL)


@pytest.mark.as_written
def test_mask_by_name_is_no_input_and_no_output(net, rng):
    x, h, _ = net
    mask = TT.matrix('mask')
    point = rng.randn(3, 4, 2)
    outputs = {'h': h, 'mask': mask, 'more': 1. * mask}
    for given in ('mask', mask):
        reg = Contractive('[hm]', mask=given)
        found = value(reg.loss([], outputs), {x: point, mask: MASK.astype('d')})
        np.testing.assert_allclose(found, expected(x, h, point, MASK), rtol=RTOL)


@pytest.mark.as_written
def test_output_without_time(net, rng):
    """Only the input has steps to leave out."""
    x, h, _ = net
    last, point = h[:, -1], rng.randn(3, 4, 2)
    loss = Contractive('last', mask=MASK).loss([], {'last': last})
    np.testing.assert_allclose(value(loss, {x: point}),
                               expected(x, last, point, MASK, rows=False), rtol=RTOL)


def test_inputs_that_follow_from_each_other(rng):
    """By an input and by what is made of it: both as without a mask."""
    x = TT.tensor3('x')
    h = TT.tanh(TT.dot(x, theano.shared(rng.randn(2, 3))))
    z = TT.sqr(h)
    outputs, found = {'h': h, 'z': z}, []
    for mask, wrt in [(np.ones((2, 3)), ['x', 'h']), (np.ones((2, 3)), ['h', 'x']),
                      (None, ['x', 'h'])]:
        loss = Contractive('z', wrt=wrt, mask=mask).loss([], outputs)
        found.append(value(loss, {x: np.ones((2, 3, 2))}))
    np.testing.assert_allclose(found, [found[2]] * 3, rtol=RTOL)


def test_wrong_shape_is_an_error_when_it_runs(net, rng):
    x, h, _ = net
    loss = Contractive('h', mask=MASK[:, :3]).loss([], {'h': h})
    with pytest.raises(AssertionError, match=r'Contractive: the shape \(3, 3\)'):
        value(loss, {x: rng.randn(3, 4, 2)})
    m = tensor(2, 'm')
    loss = Contractive('h', mask=m).loss([], {'h': h})
    with pytest.raises(AssertionError, match='Contractive: the shape of the mask is not'):
        value(loss, {x: rng.randn(3, 4, 2), m: MASK[:, :3].astype('d')})


@pytest.mark.parametrize('other', [.5, 2, np.nan])
def test_other_values_are_an_error_when_it_runs(net, rng, other):
    x, h, _ = net
    m = tensor(2, 'm')
    compiled = function([x, m], Contractive('h', mask=m).loss([], {'h': h}))
    point, mask = rng.randn(3, 4, 2), MASK.astype('d')
    np.testing.assert_allclose(compiled(point, mask), expected(x, h, point, MASK), rtol=RTOL)
    mask[1, 2] = other
    with pytest.raises(AssertionError, match='Contractive: the mask holds other values than 0'):
        compiled(point, mask)


STRIPPED = """
import warnings
warnings.simplefilter('ignore')
import theanets_reg
import numpy as np
import {package}
from {package} import tensor
assert False, 'not stripped'
z, m = [tensor.TensorType('float64', (False, ) * n)() for n in (3, 2)]
for reg in theanets_reg.RecurrentNorm('z', mask=m), theanets_reg.Contractive('h', wrt='z', mask=m):
    loss = reg.loss([], {{'z': z, 'h': tensor.tanh(z)}})
    compiled = {package}.function([z, m], loss)
    print(float(compiled(np.ones((2, 4, 3)), np.ones((2, 4)))) >= 0)
    for mask in np.ones((2, 3)), np.full((2, 4), .5), np.full((2, 4), np.nan):
        try:
            compiled(np.ones((2, 4, 3)), mask)
        except AssertionError as error:
            print(str(error).split(';')[0])
"""


def test_errors_are_the_same_without_pythons_own(engine):
    """Under ``python -O`` Theano's op, in Python code, let everything pass."""
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    done = subprocess.run(
        [sys.executable, '-O', '-c', STRIPPED.format(package=engine)],
        env=dict(os.environ, PYTHONPATH=os.pathsep.join([root] + sys.path)),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    values = ': the mask holds other values than 0 and 1'
    shape = ': the shape of the mask is not the (batch, time) of '
    assert lines == ['True', 'RecurrentNorm' + shape + "'z'"] + ['RecurrentNorm' + values] * 2 \
        + ['True', 'Contractive' + shape + 'the input'] + ['Contractive' + values] * 2


@pytest.mark.parametrize('mask, said', [
    (np.ones(4), 'has 1 dimension'), ('maks', "'maks' is not among the outputs")])
def test_bad_masks(net, mask, said):
    x, h, _ = net
    with pytest.raises(ValueError, match=said):
        Contractive('h', mask=mask).loss([], {'h': h})


def test_mask_must_be_zeros_and_ones():
    with pytest.raises(ValueError, match='Contractive: the mask holds other values'):
        Contractive(mask=[[0.5]])


def test_no_time_axis_is_an_error():
    x = tensor(2, 'x')
    with pytest.raises(ValueError, match="neither output 'h' nor an input has a time"):
        Contractive('h', mask=MASK).loss([], {'h': TT.tanh(x)})


def test_while_training_with_theanets(theanets, rng):
    net = theanets.recurrent.Regressor([2, (3, 'rnn', 'tanh'), 1])
    x, y = rng.randn(3, 4, 2), rng.randn(3, 4, 1)
    train, _ = next(net.itertrain([x, y], batch_size=3, contractive=dict(
        weight=0.1, pattern='hid1:out', mask=MASK)))
    assert train['loss'] > train['err']
