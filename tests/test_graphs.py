"""Walks over graphs, and what is exchanged in them."""

import numpy as np
import pytest

from symbolic import TT, theano
from theanets_reg import backends

X = np.array([[.5, -1.], [2., 3.], [0., 1.]])


@pytest.fixture
def x(engine):
    return TT.matrix('x')


def test_inputs_come_before_results_and_each_once(x):
    y = TT.tanh(x)
    z = y * x + y
    found = backends.ancestors([z, y])
    assert sorted(map(str, set(found))) == sorted(map(str, found))
    place = {v: i for i, v in enumerate(found)}
    assert all(place[i] < place[v] for v in found if v.owner for i in v.owner.inputs)
    assert found[-1] is z and found.count(y) == 1


def test_what_is_known_is_left_out_and_what_is_behind_it_alone(x):
    y, other = TT.tanh(x), TT.matrix('other')
    z = y + other
    assert backends.ancestors([z], [y]) == [other, z]
    assert backends.ancestors([y], [y]) == []
    assert x in backends.ancestors([z * x], [y])


def test_dtypes(x):
    assert backends.dtype(x) == 'float64' and backends.dtype(TT.lscalar()) == 'int64'
    assert backends.dtype(x > 0) == 'bool'


def test_replaced_and_nothing_else_is_built_anew(x):
    y, apart = TT.tanh(x), TT.exp(TT.matrix('apart'))
    z, new = y * apart, TT.matrix('new')
    made, same, once = backends.replace([z, apart, y], {y: new})
    assert made is not z and same is apart and once is new
    assert set(made.owner.inputs) == {new, apart}
    # The new ones are taken as they are, also where they are made of the old ones.
    doubled, = backends.replace([z], {y: 2 * y})
    assert doubled.owner.inputs[0].owner.inputs[1] is y


def test_inputs_are_exchanged_one_after_the_other(x):
    """The second is computed from the first."""
    second = 2 * x
    output = TT.dot(second.T, x)
    fixed = TT.matrix('fixed')

    def change(old, place):
        if old is fixed:
            return None
        places.append(place)
        new = old.dimshuffle(1, 0)
        return new, new.dimshuffle(1, 0)

    places = []
    (made, ), inputs = backends.exchange([output], [x, fixed, second], change)
    assert places == [0, 2] and inputs[1] is fixed
    assert {inputs[0], inputs[2]} <= set(backends.ancestors([made]))
    assert inputs[0] in backends.ancestors([inputs[2]])
    found = theano.function([x], [made, inputs[0], inputs[2]])(X)
    for array, expected in zip(found, [2 * X.T @ X, X.T, 2 * X.T]):
        np.testing.assert_allclose(array, expected)


class TestAlike:

    def test_the_same_ops_of_the_same_variables(self, x):
        w = theano.shared(X)
        assert backends.alike(x, x) and backends.alike(w.T, w.T)
        assert backends.alike(TT.exp(w.T * x), TT.exp(w.T * x))

    @pytest.mark.parametrize('make', [
        lambda x, w: (TT.exp(w), TT.tanh(w)), lambda x, w: (w * x, x * w),
        lambda x, w: (w.T, x.T), lambda x, w: (w, x), lambda x, w: (TT.exp(w), w)])
    def test_others_are_none(self, x, make):
        w = theano.shared(X)
        one, other = make(x, w)
        assert not backends.alike(one, other) and not backends.alike(other, one)

    def test_two_outputs_of_one_op(self, x):
        one, other = TT.split(x, [1, 1], n_splits=2, axis=1)
        assert backends.alike(one, one) and not backends.alike(one, other)

    def test_sums_of_more_terms(self, x):
        assert not backends.alike(TT.add(x, x), TT.add(x, x, x))

    def test_only_a_few_steps_are_looked_back(self, x):
        def deep(count):
            made = x
            for _ in range(count):
                made = TT.exp(made)
            return made
        assert backends.alike(deep(4), deep(4)) and not backends.alike(deep(5), deep(5))
