"""Ops of one's own, whose rules are registered from outside."""

import re
import types
import warnings

import numpy as np
import pytest

from differences import check
from oracles import tensor, ways
from own_ops import made
from symbolic import TT, theano
from theanets_reg import backends, explain, register_op, squared_norms
from theanets_reg.jacobian import rules
from theanets_reg.jacobian.independence import Proof
from theanets_reg.jacobian.rules import registry
from theanets_reg.jacobian.sizes import Size, Sizes

RNG = np.random.RandomState(5)

#: What each op promises.
LIKE = {'Softsign': 'elementwise', 'SoftsignGrad': 'linear elementwise',
        'Reversal': 'linear elementwise', 'Unit': 'along last axis',
        'UnitGrad': 'along last axis', 'LogSumExp': 'over last axis',
        'Square': 'each example', 'SquareGrad': 'each example'}

WEIGHTS = RNG.randn(4, 4)


@pytest.fixture
def ops(engine):
    """The ops by name; none of them is registered, before or afterwards."""
    classes = made(engine)
    yield types.SimpleNamespace(**classes)
    for cls in classes.values():
        registry.forget(cls)


def tell(ops):
    for name, promise in LIKE.items():
        register_op(getattr(ops, name), like=promise)


def cubes(h):
    return h.reshape((h.shape[0], 2, 2))


# As many examples as units, so that axes can't be told apart by their sizes.
GRAPHS = {
    'Softsign': lambda ops, h, w: ops.Softsign()(TT.dot(h, w)),
    'Reversal': lambda ops, h, w: ops.Reversal()(TT.tanh(TT.dot(h, w))),
    'Unit': lambda ops, h, w: TT.dot(ops.Unit()(TT.dot(h, w)), w),
    'LogSumExp': lambda ops, h, w: TT.tanh(TT.dot(
        h, w)) * ops.LogSumExp()(TT.dot(h, w)).dimshuffle(0, 'x'),
    'Square': lambda ops, h, w: TT.tanh(ops.Square()(cubes(TT.dot(h, w)))),
    'Softsign, turned': lambda ops, h, w: ops.Softsign()(TT.dot(h, w).T).T,
}

# What is not what its gradient says has no differences to be held against.
SMOOTH = sorted(set(GRAPHS) - {'Reversal'})


def graph(ops, name):
    x, w = TT.matrix('x'), theano.shared(WEIGHTS.copy(), name='w')
    output = GRAPHS[name](ops, TT.tanh(TT.dot(x, w)), w)
    return types.SimpleNamespace(inputs=[x], values=[RNG.randn(4, 4)], outputs=[output],
                                 wrt=[x], params=[w])


@pytest.mark.parametrize('name', SMOOTH)
def test_unknown_op_is_named_and_right(ops, name):
    made = graph(ops, name)
    with pytest.warns(UserWarning, match=name.split(',')[0] + '.*is not known to keep examples'):
        squared_norms(made.outputs, made.wrt)
    assert ways(made.outputs, made.wrt) == ['literal Jacobian']
    check(made)


@pytest.mark.parametrize('strategy', ['row blocks', 'column blocks', None])
@pytest.mark.parametrize('name', SMOOTH)
def test_told_op_is_proven_and_right(ops, name, strategy):
    tell(ops)
    made = graph(ops, name)
    with warnings.catch_warnings():
        warnings.simplefilter('error', UserWarning)
        squared_norms(made.outputs, made.wrt, strategy=strategy)
    assert ways(made.outputs, made.wrt)[0] not in ('literal Jacobian', 'row by row')
    check(made, strategy=strategy)


@pytest.mark.parametrize('strategy', ['row blocks', 'column blocks', 'literal Jacobian'])
def test_gradient_of_its_own_is_kept(ops, strategy):
    tell(ops)
    made = graph(ops, 'Reversal')
    plain = graph(types.SimpleNamespace(Reversal=lambda: lambda h: 2 * h), 'Reversal')
    norms = [theano.function(g.inputs, squared_norms(g.outputs[0], g.wrt[0], strategy=way))(
        made.values[0]) for g, way in [(made, strategy), (plain, 'literal Jacobian')]]
    np.testing.assert_allclose(*norms, rtol=1e-10)


@pytest.mark.parametrize('act', ['Softsign', 'Reversal'])
def test_one_layer_has_the_closed_form(ops, act):
    tell(ops)
    x, w = TT.matrix('x'), theano.shared(WEIGHTS[:, :3])
    h = getattr(ops, act)()(TT.dot(x, w))
    assert ways([h], [x]) == ['closed form']
    found, exact = theano.function([x], [
        squared_norms(h, x), squared_norms(h, x, method='jacobian')])(RNG.randn(3, 4))
    np.testing.assert_allclose(found, exact, rtol=1e-10)


@pytest.mark.parametrize('name, output, reason', [
    ('Unit', lambda ops, h: ops.Unit()(h.T).T, 'goes along the examples'),
    ('LogSumExp', lambda ops, h: ops.LogSumExp()(h.T).dimshuffle('x', 0) * h,
     'goes along the examples'),
    ('Square', lambda ops, h: ops.Square()(cubes(h).dimshuffle(1, 0, 2)),
     'is promised for examples on the first axis'),
    ('SoftsignGrad', lambda ops, h: ops.SoftsignGrad()(h, h.T),
     'brings different examples together'),
    ('SquareGrad', lambda ops, h: ops.SquareGrad()(
        cubes(h), theano.shared(RNG.randn(4, 2, 2))), 'as many examples'),
])
def test_promise_that_the_graph_does_not_keep(ops, name, output, reason):
    tell(ops)
    x = TT.matrix('x')
    z = output(ops, TT.tanh(TT.dot(x, theano.shared(WEIGHTS))))
    said = explain(z, x)
    assert 'literal Jacobian' in said and name in said and reason in said
    found, exact = theano.function([x], [
        squared_norms(z, x), squared_norms(z, x, method='jacobian')])(
            RNG.randn(2 if name == 'Square' else 4, 4))
    np.testing.assert_allclose(found, exact, rtol=1e-10)


@pytest.mark.parametrize('name, ndim', [
    ('Softsign', 2), ('Unit', 2), ('LogSumExp', 2), ('SoftsignGrad', 2), ('SquareGrad', 3)])
def test_sizes_that_are_promised(ops, name, ndim):
    tell(ops)
    x = tensor(ndim, 'x')
    op = getattr(ops, name)()
    output = op(*[x] * len(op.ndims))
    sizes = Sizes(backends.of(x)).of(output)
    known = [(x, axis) for axis in range(1 if name == 'SquareGrad' else output.ndim)]
    # What is not promised is known as what it is.
    assert sizes == [Size(symbols=[s]) for s in known] + [
        Size(symbols=[(output, axis)]) for axis in range(len(known), output.ndim)]


def test_an_input_of_fewer_axes_is_spread_over_the_examples(ops):
    class Shifted(ops.Softsign):
        ndims = 2, 1

        def value(self, x, y):
            return x + y

    class OfOne(Shifted):
        ndims = 2, 2

    x, y = TT.row('x'), TT.vector('y')
    for op in Shifted, OfOne:
        register_op(op, like='elementwise')
    try:
        output = Shifted()(x, y)
        assert Proof([output], x).batch[output].axis == 0
        with pytest.raises(rules.Unproven, match='spreads one example over several'):
            Proof([OfOne()(x, TT.matrix('z'))], x)
    finally:
        for op in Shifted, OfOne:
            registry.forget(op)


def test_examples_are_written_into_what_an_op_makes(ops):
    """It has as many as its inputs, of which none depends on x."""
    tell(ops)
    x = TT.matrix('x')
    made = ops.SquareGrad()(TT.zeros((x.shape[0], 2, 2)), theano.shared(RNG.randn(4, 2, 2)))
    output = TT.set_subtensor(made[:, 1:], cubes(TT.tanh(x))[:, :1])
    assert 'literal Jacobian' not in ways([output], [x]), explain(output, x)
    found, exact = theano.function([x], [
        squared_norms(output, x), squared_norms(output, x, method='jacobian')])(RNG.randn(4, 4))
    np.testing.assert_allclose(found, exact, rtol=1e-10)


def test_rules_of_ones_own(ops):
    """In the place of one that is promised, or without any promise."""
    asked = []

    def batch_axis(proof, node, output):
        asked.append(node.op)
        return proof.batch[node.inputs[0]]

    def batching(site):
        rows = site.only(1).full()
        return site.result(rows / (1 + abs(site.full(site.inputs[0]))) ** 2)

    register_op(ops.Softsign, batch_axis=batch_axis,
                size=lambda sizes, node, output, axis: sizes.axis(node.inputs[0], axis))
    register_op(ops.SoftsignGrad, like='elementwise', batching=batching)
    made = graph(ops, 'Softsign')
    assert ways(made.outputs, made.wrt)[0] not in ('literal Jacobian', 'row by row')
    assert asked and all(isinstance(op, ops.Softsign) for op in asked)
    check(made, strategy='row blocks')


def test_registered_again_is_replaced(ops):
    tell(ops)
    made = graph(ops, 'Softsign')
    assert 'literal Jacobian' not in ways(made.outputs, made.wrt)

    def refuses(proof, node, output):
        raise rules.Unproven(node, 'is told to mix')

    register_op(ops.Softsign, batch_axis=refuses)
    assert 'is told to mix' in explain(made.outputs, made.wrt)
    assert ops.Softsign not in rules.rules_of('size')


def test_classes_made_from_it_are_not_meant(ops):
    tell(ops)

    class Mixes(ops.Softsign):
        def value(self, x):
            return x[::-1]

    x = TT.matrix('x')
    assert ways([Mixes()(x)], [x]) == ['literal Jacobian']


def test_an_op_that_is_called_as_the_packages_are_is_not_known(ops):
    """A softmax over the examples, under the name of an op that keeps them apart."""
    class Softmax(ops.Softsign):
        def value(self, x):
            powers = np.exp(x)
            return powers / powers.sum(axis=0)

    x = TT.matrix('x')
    output = Softmax()(x)
    assert backends.of(x).kind(output.owner) is None
    assert 'is not known to keep examples' in explain(output, x)


RULE = "expected a function of "


@pytest.mark.parametrize('arguments, error, said', [
    (dict(like=3), TypeError, "like is 3; expected one of 'elementwise'"),
    (dict(like='elementwize'), ValueError, "'elementwize'; .*Did you mean 'elementwise'"),
    (dict(), TypeError, 'nothing was told of .*expected like='),
    (dict(batch_axis=0), TypeError, r'batch_axis is 0; ' + RULE + r'\(proof, node, output\)'),
    (dict(size='n'), TypeError, r"size is 'n'; " + RULE + r'\(sizes, node, output, axis\)'),
    (dict(batching=[1]), TypeError, r'batching is a list; ' + RULE + r'\(site\)'),
    (dict(batching=lambda: None), TypeError, RULE + r'\(site\)'),
    (dict(batch_axis=lambda node: None), TypeError, RULE + r'\(proof, node, output\)'),
    (dict(size=lambda s, n, o, a, b: None), TypeError, RULE),
], ids=repr)
def test_wrong_registration(ops, arguments, error, said):
    with pytest.raises(error, match='register_op: .*' + said):
        register_op(ops.Softsign, **arguments)
    assert ops.Softsign not in rules.rules_of('batch axis')


def test_what_is_no_class_of_ops(ops):
    for given in ops.Softsign(), 'Softsign', dict, np.tanh:
        with pytest.raises(TypeError, match='register_op: the op is {}; expected a class of '
                           'ops'.format(re.escape(repr(given)))):
            register_op(given, like='elementwise')


@pytest.mark.parametrize('name, sort, rule, said', [
    ('Softsign', 'batch_axis', lambda proof, node, output: 0,
     'batch_axis of .*returned 0; expected a Batch'),
    ('Softsign', 'size', lambda sizes, node, output, axis: 4,
     'size of .*returned 4; expected a Size'),
    ('SoftsignGrad', 'batching', lambda site: site.inputs[1].full(),
     'batching of .*expected a list of 1 LinearMap'),
])
def test_rule_that_returns_something_else(ops, name, sort, rule, said):
    tell(ops)
    register_op(getattr(ops, name), like='elementwise', **{sort: rule})
    made = graph(ops, 'Softsign')
    with pytest.raises(TypeError, match='register_op: the rule ' + said):
        squared_norms(made.outputs, made.wrt, strategy='row blocks')


@pytest.mark.parametrize('sort', registry.SORTS)
def test_every_kind_has_all_rules_or_says_why_not(sort):
    known = [backends.of(TT.scalar()).kinds.values()] + list(map(rules.rules_of, registry.SORTS))
    kinds = {k for some in known for k in some if isinstance(k, str)}
    missing = kinds - set(rules.rules_of(sort))
    assert missing == set(registry.reasons(sort))
    assert all(registry.reasons(sort).values())
