"""Squares by way of a Gram matrix: values, gradients and theirs, against differences."""

import numpy as np
import pytest

from oracles import central_jacobian
from symbolic import TT, theano
from theanets_reg.jacobian.linear_maps.grams import (
    grams_of_rows, norms_of_rows, norms_of_scaled)

pytestmark = pytest.mark.filterwarnings('ignore::DeprecationWarning')

ROWS, BATCH, UNITS, OTHERS = 3, 2, 4, 5

#: By name: the function, the shapes of its factors, and the rows that they make.
FUNCTIONS = {
    'rows': (norms_of_rows, [(ROWS, BATCH, UNITS)], lambda rows: rows),
    'scaled': (norms_of_scaled, [(ROWS, UNITS), (BATCH, UNITS)],
               lambda shared, right: shared[:, None] * right),
    'grams': (grams_of_rows, [(ROWS, BATCH, UNITS)], lambda rows: rows)}


def expected(name, factors, matrix):
    made = FUNCTIONS[name][2](*factors).dot(matrix)
    if name == 'grams':
        return np.einsum('kbu,lbu->bkl', made, made)
    return (made ** 2).sum(axis=-1)


@pytest.fixture(params=sorted(FUNCTIONS))
def name(request, engine):
    return request.param


@pytest.fixture(params=['matrix', 'its transpose'])
def graph(request, name):
    """Inputs, their values, a weighted sum of the output, and that sum in NumPy."""
    function, shapes, _ = FUNCTIONS[name]
    turned = request.param == 'its transpose'
    rng = np.random.RandomState(len(name))
    values = [rng.randn(*shape) for shape in shapes + [(UNITS, OTHERS)]]
    weights = rng.randn(*expected(name, values[:-1], values[-1]).shape)
    values[-1] = values[-1].T if turned else values[-1]
    inputs = [{2: TT.dmatrix, 3: TT.dtensor3}[v.ndim]() for v in values]
    made = function(*inputs[:-1] + [inputs[-1].T if turned else inputs[-1]])

    def by_hand(*values):
        matrix = values[-1].T if turned else values[-1]
        return (weights * expected(name, values[:-1], matrix)).sum()
    return inputs, values, (made * TT.constant(weights)).sum(), by_hand


def evaluated(inputs, values, output):
    mode = theano.compile.Mode(linker='py', optimizer=None)
    return theano.function(inputs, output, mode=mode)(*values)


def differences(function, values):
    """The derivatives of a scalar by each of its inputs."""
    return [central_jacobian(lambda v: function(*values[:i] + [v] + values[i + 1:]), value)
            for i, value in enumerate(values)]


def test_value(graph):
    inputs, values, total, by_hand = graph
    np.testing.assert_allclose(evaluated(inputs, values, total), by_hand(*values))


def test_gradient(graph):
    inputs, values, total, by_hand = graph
    found = evaluated(inputs, values, theano.grad(total, inputs))
    for made, wanted in zip(found, differences(by_hand, values)):
        np.testing.assert_allclose(made, wanted, rtol=1e-6, atol=1e-7)


def test_gradient_of_the_gradient(graph):
    inputs, values, total, _ = graph
    squares = sum((g ** 2).sum() for g in theano.grad(total, inputs))
    mode = theano.compile.Mode(linker='py', optimizer=None)
    function = theano.function(inputs, squares, mode=mode)
    found = evaluated(inputs, values, theano.grad(squares, inputs))
    for made, wanted in zip(found, differences(function, values)):
        np.testing.assert_allclose(made, wanted, rtol=1e-5, atol=1e-5)
