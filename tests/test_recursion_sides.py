"""Tangents on either side of a matrix, against NumPy."""

import numpy as np
import pytest

from symbolic import TT, theano
from theanets_reg import backends
from theanets_reg.jacobian.recurrence.sides import Columns, Rows

pytestmark = pytest.mark.filterwarnings('ignore::DeprecationWarning')

BATCH, COUNT, UNITS, LATER, TIME = 2, 3, 4, 5, 6


def array(*shape):
    return np.random.RandomState(len(shape) + sum(shape)).randn(*shape)


def made(side, name, tangents, factor):
    method = getattr(side(backends.of(TT.constant(tangents))), name)
    mode = theano.compile.Mode(linker='py', optimizer=None)
    # Shared variables, so that no size is known before the function runs.
    output = method(theano.shared(tangents), theano.shared(factor))
    return theano.function([], output, mode=mode)()


#: What stands behind tangents (count, batch, units), and the product with it.
FACTORS = {
    'scale': (array(BATCH, UNITS), 'kbu,bu->kbu'),
    'times': (array(UNITS, LATER), 'kbu,uv->kbv'),
    'dense': (array(BATCH, LATER, UNITS), 'kbu,bvu->kbv')}


@pytest.mark.parametrize('name', sorted(FACTORS))
def test_one_step(name):
    factor, product = FACTORS[name]
    tangents = array(COUNT, BATCH, UNITS)
    expected = np.einsum(product, tangents, factor)
    np.testing.assert_allclose(made(Rows, name, tangents, factor), expected)
    np.testing.assert_allclose(
        made(Columns, name, tangents.transpose(2, 1, 0), factor), expected.transpose(2, 1, 0))


@pytest.mark.parametrize('name', sorted(FACTORS))
def test_all_steps(name):
    factor, product = FACTORS[name]
    if name != 'times':
        factor = array(TIME, *factor.shape)
        product = ',t'.join(product.split(','))
    tangents = array(TIME, COUNT, BATCH, UNITS)
    expected = np.einsum('t' + product.replace('->', '->t'), tangents, factor)
    np.testing.assert_allclose(made(Rows, name, tangents, factor), expected)


@pytest.mark.parametrize('side, shape', [(Rows, (COUNT, 1, UNITS)), (Columns, (UNITS, 1, COUNT))])
def test_tangents_that_all_examples_share(side, shape):
    tangents, factor = array(*shape), array(BATCH, LATER, UNITS)
    backend = backends.of(TT.constant(tangents))
    one = backend.fix_broadcast(theano.shared(tangents), (False, True, False))
    mode = theano.compile.Mode(linker='py', optimizer=None)
    found = theano.function([], side(backend).dense(one, theano.shared(factor)), mode=mode)()
    product = 'kbu,bvu->kbv' if side is Rows else 'ubk,bvu->vbk'
    whole = np.broadcast_to(tangents, [BATCH if a == 1 else n for a, n in enumerate(shape)])
    np.testing.assert_allclose(found, np.einsum(product, whole, factor))
