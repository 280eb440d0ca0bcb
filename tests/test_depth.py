"""Deep graphs: our walks go around Python's limit, the packages' recursion does not."""

import sys

import numpy as np
import pytest

import theanets_reg.backends as backends
from oracles import function
from symbolic import TT, theano
from theanets_reg.jacobian import METHODS, explain, squared_norms
from theanets_reg.jacobian.sizes import Sizes


def chain(depth):
    rng = np.random.RandomState(0)
    x = TT.matrix('x')
    params = [theano.shared(rng.randn(3, 3) / 1.2) for _ in range(depth)]
    h = x
    for w in params:
        h = TT.tanh(TT.dot(h, w))
    return x, h, params


@pytest.mark.parametrize('method', METHODS)
def test_training_gradient_of_seventy_layers(method):
    x, h, params = chain(70)
    norms = squared_norms(h, x, method=method)
    grads = theano.grad(norms.sum(), params)
    assert len(grads) == 70


def test_many_layers_are_right():
    """What goes through ops of its own kind for deep graphs is the same number."""
    x, h, params = chain(45)
    point = np.random.RandomState(1).randn(2, 3)
    results = []
    for method in 'auto', 'jacobian':
        norms = squared_norms(h, x, method=method)
        mode = theano.compile.Mode(linker='py', optimizer=None)
        results.append(function([x], [norms] + theano.grad(norms.sum(), params[:2]), mode=mode)(point))
    for found, expected in zip(*results):
        assert abs(expected).max() > 1e-12
        np.testing.assert_allclose(found, expected, rtol=1e-7)


def test_our_walks_are_iterative(engine):
    """Where Theano's own recursion ends, the error says so and what to do."""
    x, h, _ = chain(1)
    for _ in range(700):
        h = h + 1
    sizes = Sizes(backends.of(h))
    assert sizes.axis(h, 0) == sizes.axis(x, 0)
    if engine == 'theano':
        with pytest.raises(RecursionError, match=r'sys\.setrecursionlimit'):
            squared_norms(TT.tanh(h), x)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(20000)
    try:
        assert 'closed form' in explain(TT.tanh(h), x)
    finally:
        sys.setrecursionlimit(limit)
