"""Sizes as products, and what is read of integers in a graph."""

import numpy as np
import pytest

from oracles import function, tensor
from symbolic import TT, theano
from theanets_reg import backends
from theanets_reg.jacobian.costs import symbolic
from theanets_reg.jacobian.sizes import ONE, Size, Sizes, product

POINT = np.ones((4, 2, 5))


class TestSize:

    def test_product(self):
        a, b = Size(2, 'n'), Size(3, 'nm')
        assert a * b == Size(6, ['n', 'n', 'm']) == product([a, b]) != Size(6, 'nm')
        assert product([]) == ONE == Size(1)
        assert hash(a * b) == hash(b * a) and len({a, Size(2, 'n'), b}) == 2
        assert repr(a) == "Size(2, {'n': 1})"

    def test_quotient(self):
        whole = Size(6, 'nnm')
        assert whole.over(Size(2, 'n')) == Size(3, 'nm')
        assert whole.over(whole) == ONE
        assert whole.over(Size(4)) is None
        assert whole.over(Size(1, 'k')) is None
        assert Size(6, 'n').over(Size(1, 'nn')) is None
        assert whole.over(Size(0)) is None
        assert Size(0).over(Size(3)) == Size(0)


@pytest.fixture
def x():
    return tensor(3, 'x')


def sizes_of(x):
    return Sizes(backends.of(x))


SCALARS = {
    'a size': lambda x: x.shape[1],
    'the last size': lambda x: x.shape[-1],
    'the first from behind': lambda x: x.shape[-3],
    'a product': lambda x: x.shape[0] * 3 * x.shape[2],
    'of all': lambda x: TT.prod(x.shape),
    'of some': lambda x: TT.prod(x.shape[1:]),
    'converted': lambda x: TT.cast(x.shape[0] * 2, 'int32'),
    'of a part': lambda x: x.shape[1:][1],
    'of a vector of sizes': lambda x: TT.stack([x.shape[1], x.shape[0] * 2])[1],
    'a number': lambda x: TT.constant(7),
    'of a number': lambda x: TT.constant(7) * x.shape[1],
    'the least of equal ones': lambda x: TT.minimum(x.shape[1], x[:, :, 0].shape[1]),
    'the greatest of equal ones': lambda x: TT.maximum(x.shape[2], x.dimshuffle(2, 0, 1).shape[0]),
    'of what is made': lambda x: x.dimshuffle(2, 0, 1).shape[0],
}


@pytest.mark.parametrize('name', sorted(SCALARS))
def test_scalars(x, name):
    made = SCALARS[name](x)
    size = sizes_of(x).scalar(made)
    assert (made, None) not in size.symbols
    assert all(v is x for v, _ in size.symbols)
    found, expected = function([x], [symbolic(size, TT), made])(POINT)
    assert found == expected


UNKNOWN = {
    'the least': lambda x: TT.minimum(x.shape[0], x.shape[1]),
    'the greatest': lambda x: TT.maximum(x.shape[0], 3),
    'a sum': lambda x: x.shape[0] + 1,
    'a sum of all': lambda x: TT.sum(x.shape),
    'a size that is chosen': lambda x: x.shape[TT.lscalar()],
    'an element': lambda x: TT.lmatrix()[0, 1],
    'rounded': lambda x: x.sum().astype('int64'),
}


@pytest.mark.parametrize('name', sorted(UNKNOWN))
def test_scalars_that_are_not_known(x, name):
    made = UNKNOWN[name](x)
    assert sizes_of(x).scalar(made) == Size(symbols=[(made, None)])
    assert sizes_of(x).constant(made) is None


def test_floats_are_no_sizes(x):
    made = TT.constant(3.)
    assert sizes_of(x).scalar(made) == Size(symbols=[(made, None)])
    assert sizes_of(x).vector(TT.constant([3., 4.])) is None
    assert sizes_of(x).vector(TT.constant([[3, 4]])) is None


VECTORS = {
    'a shape': lambda x: x.shape,
    'without the first': lambda x: x.shape[1:],
    'without the last': lambda x: x.shape[:-1],
    'backwards': lambda x: x.shape[::-1],
    'every second': lambda x: x.shape[::2],
    'the middle': lambda x: x.shape[1:2],
    'numbers': lambda x: TT.constant([3, 1]),
    'converted': lambda x: TT.cast(x.shape, 'int32'),
    'together': lambda x: TT.concatenate([x.shape[:1], [3], x.shape[2:]]),
    'one': lambda x: x.shape[1].dimshuffle('x'),
    'stacked': lambda x: TT.stack([x.shape[1] * x.shape[0], x.shape[2]]),
}


@pytest.mark.parametrize('name', sorted(VECTORS))
def test_vectors(x, name):
    made = VECTORS[name](x)
    entries = sizes_of(x).vector(made)
    assert all(v is x for size in entries for v, _ in size.symbols)
    *found, expected = function([x], [symbolic(e, TT) for e in entries] + [made])(POINT)
    assert found == list(expected)


UNKNOWN_VECTORS = {
    'up to a number that is not known': lambda x: x.shape[:TT.lscalar()],
    'doubled': lambda x: x.shape + x.shape,
    'an input': lambda x: TT.lvector(),
    'together with one that is not known': lambda x: TT.concatenate([x.shape, TT.lvector()]),
    'a row': lambda x: TT.lmatrix()[0],
}


@pytest.mark.parametrize('name', sorted(UNKNOWN_VECTORS))
def test_vectors_that_are_not_known(x, name):
    assert sizes_of(x).vector(UNKNOWN_VECTORS[name](x)) is None


def test_constants(x):
    sizes = sizes_of(x)
    assert sizes.constant(3) == 3 == sizes.constant(TT.constant(3))
    assert sizes.constant(TT.constant(3) * TT.constant(2)) == 6
    assert sizes.constant(x.shape[0]) is None


def test_reshaped(x):
    def of(*shape, **kwargs):
        return sizes_of(x).reshaped(x.reshape(*shape, **kwargs).owner)

    n, m, k = [Size(symbols=[(x, axis)]) for axis in range(3)]
    assert of((x.shape[0], x.shape[1] * x.shape[2])) == [n, m * k]
    assert of((-1, x.shape[2]), ndim=2) == [n * m, k]
    assert of((x.shape[2], -1), ndim=2) == [k, n * m]
    assert of((x.shape[2], -1, 3), ndim=3) == [k, None, Size(3)]
    assert of(TT.lvector(), ndim=2) == [None, None]


def test_sizes_that_are_equal_when_it_runs(x):
    sizes, (n, m, k) = sizes_of(x), [Size(symbols=[(x, axis)]) for axis in range(3)]
    assert not sizes.equal(n, m)
    sizes.note_equal([n, m])
    sizes.note_equal([Size(2), k * m, k])
    assert sizes.equal(n, m) and not sizes.equal(n, k)
    assert sizes.equal(n * n * k, m * n * k) and not sizes.equal(n * k, n * n)
    other = sizes.copy()
    other.note_equal([m, k])
    assert other.equal(n, k) and not sizes.equal(n, k)


def test_a_copy_learns_apart(x):
    sizes = sizes_of(x)
    sizes.known[x, 0] = Size(3)
    other = sizes.copy()
    assert other.axis(x, 0) == Size(3)
    other.known[x, 1] = Size(5)
    assert sizes.axis(x, 1) == Size(symbols=[(x, 1)])


def test_what_types_and_constants_tell(x):
    sizes = sizes_of(x)
    assert sizes.of(TT.row()) [0] == ONE
    assert sizes.of(TT.constant(np.ones((2, 3)))) == [Size(2), Size(3)]
    w = theano.shared(np.ones((2, 3)))
    # What a shared variable holds now proves nothing.
    assert sizes.of(w) == [Size(symbols=[(w, 0)]), Size(symbols=[(w, 1)])]
