"""What is told of the way that is taken: names, true reasons, and what to do."""

import warnings

import numpy as np
import pytest

from symbolic import TT, theano
from theanets_reg import Contractive, explain, squared_norms
from theanets_reg.jacobian import explain as same_explain, squared_norms as same_norms

ADVICE = "method='hutchinson' estimates it in one backward pass"


@pytest.fixture
def w(rng):
    return theano.shared(rng.randn(3, 4), 'W')


def warned(output, wrt, **kwargs):
    """The one warning that squared_norms gives."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        squared_norms(output, wrt, **kwargs)
    caught = [c for c in caught if c.category is UserWarning]
    assert [c.filename for c in caught] == [__file__]
    return str(caught[0].message)


def silent(output, wrt, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter('error', UserWarning)
        squared_norms(output, wrt, **kwargs)


def test_public_names():
    assert explain is same_explain and squared_norms is same_norms


def test_names_of_a_dict(w):
    x = TT.matrix()
    h = TT.tanh(TT.dot(x, w))
    lines = explain({'hid1:out': h, 'input': x}, x).splitlines()
    assert lines[0].startswith('hid1:out by input: closed form, because the output is')
    assert explain({'h': h}, [x], names={x: 'data', h: 'code'}).startswith('code by data: ')
    with pytest.raises(TypeError, match="output 'h' is None; expected"):
        explain({'h': None}, x)


def test_norms_of_a_dict_are_those_of_a_list(w):
    x = TT.matrix('x')
    h = TT.tanh(TT.dot(x, w))
    f = theano.function([x], [squared_norms({'a': h, 'b': h ** 2}, x),
                              squared_norms([h, h ** 2], x)])
    one, other = f(np.ones((2, 3)))
    np.testing.assert_array_equal(one, other)
    assert (one > 0).all()


def test_names_the_op_the_variable_and_what_to_do():
    x = TT.matrix('x')
    m = TT.tanh(x).mean(axis=0)
    for name in (None, 'average'):
        for node in [m.owner] + [v.owner for v in m.owner.inputs if v.owner]:
            node.outputs[0].name = name
        said = warned({'h': x - m}, x)
        assert said.startswith('squared_norms: h by x: literal Jacobian, because examples '
                               'are not proven independent: Sum{')
        assert 'which makes {}'.format(name or 'an unnamed ') in said
        assert 'reduces over examples; if it is for batch normalization' in said
        assert '; that takes one backward pass for each element of the output' in said
        assert said.endswith(ADVICE)
        assert said.endswith(explain({'h': x - m}, x))


def test_one_warning_for_all():
    x = TT.matrix('x')
    said = warned({'a': x[::-1], 'b': TT.dot(x, x.T)}, x)
    assert 'a by x: literal' in said and 'b by x: literal' in said


def test_contractive_names_the_outputs():
    x = TT.matrix('x')
    with pytest.warns(UserWarning, match='hid1:out by x: literal Jacobian') as caught:
        Contractive().loss([], {'hid1:out': x[::-1]})
    assert [c.filename for c in caught if c.category is UserWarning] == [__file__]


def test_vector_is_no_single_example(w):
    """The number is as ever: the mean over as many examples as there are elements."""
    v = TT.vector('v')
    h = TT.tanh(TT.dot(v, w))
    said = warned({'h': h}, v)
    assert 'the elements of the vector v count as examples, each as one: for a single ' \
           'example give the input the shape (1, n)' in said
    x, given = TT.matrix('x'), np.array([.1, .2, .3])
    with pytest.warns(UserWarning, match=r'give the input the shape \(1, n\)'):
        of_vector = Contractive('h').loss([], {'h': h})
    silent(TT.tanh(TT.dot(x, w)), x)
    of_row = Contractive('h').loss([], {'h': TT.tanh(TT.dot(x, w))})
    slope = 1 - np.tanh(given.dot(w.get_value())) ** 2
    norm = ((slope * w.get_value()) ** 2).sum()
    np.testing.assert_allclose(theano.function([v], of_vector)(given), norm / 3)
    np.testing.assert_allclose(theano.function([x], of_row)(given[None]), norm)


def test_vector_of_single_numbers_is_what_it_is():
    v = TT.vector('v')
    silent(TT.tanh(v), v)
    assert 'count as examples' not in explain(TT.tanh(v), v)


GIVE_BATCH = 'give the batch size as x.shape[0] of the input x'
GIVE_UNITS = 'give them as they are read from the graph, such as h.shape[1]'
RESHAPES = {
    'batch as a number of its own': (lambda h, x: h.reshape((TT.iscalar('k'), 4)), GIVE_BATCH),
    'units as numbers of their own, in front': (
        lambda h, x: h.T.reshape((TT.iscalar('k'), TT.iscalar('l'), x.shape[0])), GIVE_UNITS),
    'mixed': (lambda h, x: h.T.reshape((x.shape[0], 4)), GIVE_UNITS),
}


@pytest.mark.parametrize('name', sorted(RESHAPES))
def test_reshapes_say_what_is_unknown(w, name):
    """And never to give a batch size that was given."""
    make, said = RESHAPES[name]
    x = TT.matrix('x')
    told = explain(make(TT.tanh(TT.dot(x, w)), x), x)
    assert [advice for advice in (GIVE_BATCH, GIVE_UNITS) if advice in told] == [said]


def test_the_advice_for_reshapes_is_good(w):
    """What was refused above is followed as advised."""
    x = TT.matrix('x')
    h = TT.tanh(TT.dot(x, w))
    for z in (h.reshape((x.shape[0], 2, 2)), h.reshape((x.shape[0], 4)),
              h.T.reshape((h.shape[1], x.shape[0], 1))):
        assert 'literal' not in explain(z, x)


def test_one_example_by_its_type(w):
    x = TT.row('x')
    h = TT.tanh(TT.dot(x, w)).reshape((2, 2))
    assert 'there is one example by its type: give the input a batch axis of any size' \
        in explain(h, x)


@pytest.fixture
def unruled(engine):
    """What has no rule for many rows at once: Theano can't add an axis to a product."""
    if engine == 'pytensor':
        pytest.skip('PyTensor adds an axis to any op')
    x = TT.tensor3('x')
    return x, x.prod(axis=1)


def test_row_by_row_warns_like_the_literal_jacobian(unruled):
    x, z = unruled
    said = warned({'z': z}, x)
    assert said.startswith('squared_norms: z by x: row by row, because examples are '
                           'independent, but ')
    assert said.endswith(ADVICE)


def test_row_by_row_of_a_single_row_has_nothing_to_gain(unruled):
    x, z = unruled
    silent(z.sum(axis=1), x)


def test_scalars_are_told_as_such():
    x, s = TT.matrix('x'), TT.dscalar('s')
    assert explain({'h': x.sum()}, x).endswith('literal Jacobian, because the output is a scalar')
    assert explain({'h': x * s}, s).endswith('literal Jacobian, because the input is a scalar')


REASONS = {
    'batch twice': (lambda x: TT.concatenate([x, x], axis=0), 'joins along the batch axis'),
    'part of the batch': (lambda x: x[1:], 'is not seen to take all examples as they are'),
    'one example': (lambda x: TT.tanh(x)[1], 'takes one of the examples'),
    'taken examples': (lambda x: x[[1, 0]], 'is not seen to take each example once and in its place'),
    'batch as weights': (lambda x: TT.dot(x.T, x), 'multiplies examples by examples'),
    'sum by a product': (lambda x: TT.dot(x.T, np.ones((2, 3))), 'sums over examples'),
    'two layouts': (lambda x: x + x.T, 'brings different examples together'),
    'running sum': (lambda x: TT.cumsum(x, axis=0), 'runs along the examples'),
}


@pytest.mark.parametrize('name', sorted(REASONS))
def test_reasons(name):
    make, said = REASONS[name]
    x = TT.matrix('x')
    assert said in explain(make(x), x)


class TestContractive:
    """Contractive.explain(outputs)."""

    def test_as_the_loss_takes_it(self, w, caplog):
        x = TT.matrix('x')
        outputs = {'x': x, 'h': TT.tanh(TT.dot(x, w)), 'g': x[::-1]}
        reg = Contractive(wrt='x')
        with caplog.at_level('INFO', logger='theanets_reg'), warnings.catch_warnings():
            warnings.simplefilter('ignore')
            reg.loss([], outputs)
        told = reg.explain(outputs)
        assert [line.split(',')[0] for line in told.splitlines()] == [
            'h by x: closed form', 'g by x: literal Jacobian']
        assert caplog.records[0].getMessage() == 'contractive: ' + told

    @pytest.mark.parametrize('method, way', [('jacobian', 'literal Jacobian'),
                                             ('hutchinson', 'random projections')])
    def test_of_other_methods(self, w, method, way):
        x = TT.matrix('x')
        told = Contractive(method=method).explain({'h': TT.tanh(TT.dot(x, w))})
        assert told == "h by x: {}, because method='{}' was asked for".format(way, method)

    def test_names_survive_masks_and_layouts(self):
        x = TT.tensor3('x')
        for reg in (Contractive('h', mask=np.ones((2, 3))), Contractive('h', time_axis=0),
                    Contractive('h', mask=np.ones((2, 3)), time_axis=0)):
            assert reg.explain({'h': TT.tanh(x)}).startswith('h by x: ')

    def test_with_layers(self, w):
        class Layer(object):
            def __init__(self, name):
                self.output_name = name

        x = TT.matrix('x')
        h = TT.tanh(TT.dot(x, w))
        told = Contractive().explain({'in': x, 'h': h, 'out': 2 * h},
                                     layers=[Layer('in'), Layer('h'), Layer('out')])
        assert told.startswith('h by x: ') and len(told.splitlines()) == 1

    def test_of_nothing(self):
        with pytest.warns(UserWarning, match='this penalty is 0'):
            assert Contractive().explain({'x': TT.matrix('x')}) == ''
        with pytest.raises(TypeError, match='expected a dict'):
            Contractive().explain([TT.matrix('x')])
