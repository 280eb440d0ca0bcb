"""Second derivatives of every op, as the gradient of a penalty needs them."""

import importlib
import itertools
import os
import shutil

import numpy as np
import pytest

import public_ops
import theanets_reg.backends as backends
from theanets_reg.backends import kinds
from theanets_reg.jacobian import squared_norms
from symbolic import TT, theano
from oracles import contractive_norms, function

STEP = 1e-5

# So many different calls of each function.
CALLS = 2

#: Functions without first or without second derivatives, and the error of the package.
#: docs/reference/limits.md lists them. Where there is an error there is no wrong number.
LISTED = {
    'theano': {
        'chi2sf': 'first: MethodNotDefined', 'conj': 'first: MethodNotDefined',
        'default': 'first: AttributeError', 'gammainc': 'first: MethodNotDefined',
        'gammaincc': 'first: MethodNotDefined', 'gammal': 'first: MethodNotDefined',
        'gammau': 'first: MethodNotDefined', 'imag': 'first: TypeError',
        'iv': 'first: NullTypeGradError', 'jv': 'first: NullTypeGradError',
        'permute_row_elements': 'when it runs: ValueError',
        'prod': 'second: NullTypeGradError', 'psi': 'second: NotImplementedError',
        'real': 'first: TypeError', 'tri_gamma': 'first: NotImplementedError',
        'confusion_matrix': 'first: AttributeError',
        'crossentropy_categorical_1hot': 'second: AttributeError',
        'prepend_0_to_each_row': 'first: TypeError',
        'prepend_1_to_each_row': 'first: TypeError',
        'sigmoid_binary_crossentropy': 'second: TypeError',
        'ultra_fast_sigmoid': 'first: MethodNotDefined'},
    'pytensor': {
        'angle': 'first: TypeError', 'betainc': 'second: MethodNotDefined',
        'betaincinv': 'first: NullTypeGradError', 'chi2sf': 'second: MethodNotDefined',
        'gammainc': 'second: MethodNotDefined', 'gammaincc': 'second: MethodNotDefined',
        'gammainccinv': 'first: NullTypeGradError',
        'gammaincinv': 'first: NullTypeGradError',
        'gammal': 'second: MethodNotDefined', 'gammau': 'second: MethodNotDefined',
        'hyp2f1': 'second: MethodNotDefined', 'imag': 'first: TypeError',
        'iv': 'first: NullTypeGradError', 'ive': 'first: NullTypeGradError',
        'jv': 'first: NullTypeGradError', 'kn': 'first: NullTypeGradError',
        'kv': 'first: NullTypeGradError', 'kve': 'first: NullTypeGradError',
        'permute_row_elements': 'when it runs: ValueError',
        'prod': 'second: NullTypeGradError', 'real': 'first: TypeError',
        'unique': 'first: NotImplementedError'}}


def derivative(f, point, direction):
    """Of a function in a direction, by central differences."""
    return (f(point + STEP * direction) - f(point - STEP * direction)) / (2 * STEP)


def outcome(x, outputs):
    """'right', 'wrong', what fails with which error, or None where there is no value."""
    points = public_ops.POINTS[x.ndim]
    try:
        values = function([x], outputs)
    except Exception:  # Theano can't run it without a compiler, say.
        return None
    for point in points:
        found = _at(x, outputs, values, point)
        if found is not None:
            return found
    return None


def _at(x, outputs, values, point):
    rng = np.random.RandomState(1)
    direction, other = rng.randn(*point.shape), rng.randn(*point.shape)
    try:
        arrays = values(point)
    except Exception:  # The arguments don't fit together, as only their values tell.
        return None
    loss = sum((v * TT.constant(rng.randn(*np.shape(a)))).sum()
               for v, a in zip(outputs, arrays))
    try:
        slope = theano.grad(loss, x, disconnected_inputs='ignore')
    except Exception as error:
        return 'first: ' + type(error).__name__
    try:
        curve = theano.grad((slope * TT.constant(other)).sum(), x,
                            disconnected_inputs='ignore')
    except Exception as error:
        return 'second: ' + type(error).__name__
    run = function([x], [loss, slope, curve])
    try:
        run(point)
    except Exception as error:
        return 'when it runs: ' + type(error).__name__
    found = [(r * direction).sum() for r in run(point)[1:]]
    expected = [derivative(lambda p: run(p)[0], point, direction),
                derivative(lambda p: (run(p)[1] * other).sum(), point, direction)]
    if not np.isfinite(found + expected).all():
        return None
    return 'right' if np.allclose(found, expected, rtol=1e-5, atol=1e-6) else 'wrong'


def outcomes(tried):
    """What comes of the first calls of a function."""
    found = (outcome(*call) for call in public_ops.calls(tried))
    return list(itertools.islice((o for o in found if o is not None), CALLS))


@pytest.mark.as_written
def test_public_functions(engine):
    """Right, or known to have no derivative: never wrong without an error."""
    found = {name: outcomes(tried) for name, tried in public_ops.functions(engine)}
    found = {name: set(what) for name, what in found.items() if what}
    assert len(found) > 170
    assert not [name for name, what in found.items() if 'wrong' in what]
    if engine == 'theano' or importlib.import_module('pytensor').__version__[0] == '3':
        assert {name: what - {'right'} for name, what in found.items()
                if what != {'right'}} == {
                    name: {what} for name, what in LISTED[engine].items()}


def jacobian_norms(x, outputs):
    """By central differences: a point and the norms there, or None."""
    try:
        run = function([x], outputs)
    except Exception:  # Theano can't run it without a compiler, say.
        return None
    for point in public_ops.POINTS[x.ndim]:
        try:
            norms = sum(contractive_norms(lambda value: run(value)[place], point)
                        for place in range(len(outputs)))
        except Exception:  # The arguments don't fit together.
            return None
        if np.isfinite(norms).all():
            return point, norms
    return None


@pytest.mark.as_written
@pytest.mark.filterwarnings('ignore:squared_norms')
def test_norms_of_public_functions(engine):
    """Right, or an error that says that the package finds no derivative."""
    checked = 0
    for name, tried in public_ops.functions(engine):
        for x, outputs in itertools.islice(public_ops.calls(tried), 1):
            expected = jacobian_norms(x, outputs)
            if expected is None or name == 'permute_row_elements':
                continue
            try:
                norms = squared_norms(outputs, x)
            except ValueError as error:
                assert 'finds no derivative' in str(error) and name in LISTED[engine], name
                continue
            np.testing.assert_allclose(function([x], norms)(expected[0]), expected[1],
                                       rtol=1e-4, atol=1e-6, err_msg=name)
            checked += 1
    assert checked > 130


def test_the_list_is_in_the_docs(engine):
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, '..', 'docs', 'reference', 'limits.md'), encoding='utf-8') as lines:
        limits = lines.read()
    for name, what in LISTED[engine].items():
        assert '`{}`'.format(name) in limits, name
        assert what.split(': ')[1] in limits, what


def chosen(x):
    """Everything elementwise that the rules know."""
    return TT.switch(x > .4, x * x + TT.fill(x, x.sum()) - (x - 1) / (x + 2), -x) * \
        (x > .3).astype('float64')


def multiplied(one, other):
    return one.sum() * TT.sqr(other)


def looped(x):
    h, _ = theano.scan(lambda a, h: TT.tanh(a + TT.dot(h, x)), sequences=[x],
                       outputs_info=[TT.zeros_like(x[0])])
    return h


#: What the rules are for, besides convolutions and pools, which need a compiler.
RULED = {
    'elementwise': chosen,
    'dimshuffle': lambda x: TT.tanh(x.T.dimshuffle(0, 'x', 1)),
    'dot': lambda x: TT.dot(TT.tanh(x), x),
    'batched dot': lambda x: TT.batched_dot(
        TT.stack([x, TT.tanh(x)]), TT.stack([x * x, x])),
    'sum': lambda x: TT.sqr(x).sum(axis=0),
    'max': lambda x: TT.sqr(x).max(axis=1),
    'max of all': lambda x: TT.sqr(x.max()),
    'min': lambda x: TT.sqr(x).min(axis=0),
    'max with its place': lambda x: TT.max_and_argmax(TT.sqr(x), axis=1)[0],
    'mean': lambda x: TT.sqr(x).mean(axis=1),
    'reshape': lambda x: TT.tanh(x.reshape((9, ))),
    'join': lambda x: TT.concatenate([TT.sqr(x), TT.tanh(x)], axis=1),
    'split': lambda x: multiplied(*TT.split(x, [1, 2], n_splits=2, axis=0)),
    'subtensor': lambda x: TT.sqr(x[1:, ::2]) * x[0, 1],
    'set_subtensor': lambda x: TT.sqr(TT.set_subtensor(TT.tanh(x)[1:], TT.sqr(x[:2]))),
    'inc_subtensor': lambda x: TT.sqr(TT.inc_subtensor(TT.tanh(x)[1:], TT.sqr(x[:2]))),
    'take': lambda x: TT.sqr(x[TT.constant(np.array([2, 0, 2]))]),
    'pick': lambda x: TT.sqr(x[TT.constant([2, 0, 2]), TT.constant([1, 1, 0])]),
    'sort': lambda x: TT.sqr(TT.sort(x, axis=1)) * TT.arange(3.),
    'diagonal': lambda x: TT.sqr(TT.diagonal(TT.sqr(x))),
    'alloc': lambda x: TT.sqr(TT.alloc(x.sum(axis=0), 2, 3)),
    'cumsum': lambda x: TT.sqr(TT.cumsum(x, axis=1)),
    'cumprod': lambda x: TT.cumprod(x, axis=0),
    'softmax': lambda x: TT.sqr(TT.nnet.softmax(x)),
    'logsoftmax': lambda x: TT.sqr(TT.nnet.logsoftmax(x)),
    'specify_shape': lambda x: TT.sqr(TT.specify_shape(x, (3, 3))),
    'elementwise functions': lambda x: TT.exp(-abs(x)) * TT.sqr(x) * TT.minimum(x, .5) * TT.maximum(x, .4),
    'assert': lambda x: TT.sqr(backends.of(x).check(x, TT.gt(x.sum(), -99), '')),
    'known broadcast': lambda x: TT.sqr(backends.of(x).fix_broadcast(
        x[:1], (True, False))),
    'scan': looped,
}


@pytest.mark.parametrize('name', sorted(RULED))
def test_ops_that_the_rules_know(name):
    x = TT.matrix('x')
    assert outcome(x, [RULED[name](x)]) == 'right'


#: Names of ops in the tables of rules that the graphs above are made without.
ELSEWHERE = {
    'they have no derivative':
        'Shape Shape_i MakeVector AllocEmpty TensorFromScalar ScalarFromTensor '
        'DisconnectedGrad ZeroGrad ConsiderConstant GradClip Eye',
    'their second derivative is listed': 'Prod',
    'the package has others in their place, or makes them only while it optimizes': {
        'theano': 'CAReduce Max Mean Min',
        'pytensor': 'AdvancedIncSubtensor1 AdvancedSubtensor1 BatchedDot CAReduce Identity '
                    'MaxAndArgmax Mean Min SoftmaxGrad'},
    'the packages have no gradient through complex numbers: they are taken apart':
        'Complex ComplexFromPolar Conj Real Imag Angle',
    'they are graphs of others, which are looked into': 'OpFromGraph',
    'other versions of the packages call them so': 'ScalarMaximum ScalarMinimum',
    'they choose or show what others make: test_everyday.py': 'IfElse Print',
    'they need a compiler': 'AbstractConv2d AbstractConv2d_gradInputs ConvOp Pool '
                            'MaxPoolGrad AveragePoolGrad',
}


def test_all_ops_that_the_rules_know_are_among_them(engine):
    x, seen = TT.matrix('x'), set()
    for build in RULED.values():
        output = build(x)
        slope = theano.grad(output.sum(), x)
        for variable in backends.ancestors([output, slope, theano.grad(
                TT.sqr(slope).sum(), x)]):
            if variable.owner is not None:
                op = variable.owner.op
                seen.add(type(op).__name__)
                seen.add(type(getattr(op, 'scalar_op', op)).__name__)
    known = set(kinds.KINDS) | set(kinds.SCALAR_KINDS) | set(getattr(
        importlib.import_module('theanets_reg.backends.{}_backend'.format(engine)), '_KINDS', ()))
    elsewhere = [names if isinstance(names, str) else names[engine]
                 for names in ELSEWHERE.values()]
    assert not known - seen - set(' '.join(elsewhere).split())


@pytest.mark.compiled
@pytest.mark.skipif(shutil.which('g++') is None, reason='there is no g++')
def test_convolutions_and_pools(engine, run_script):
    if engine != 'theano':
        pytest.skip('PyTensor has no convolution of stacks of images')
    said = run_script("""
        import convolutions
        for name, build in convolutions.OPS.items():
            print('{}: {}'.format(name, convolutions.outcome(build)))
        """, 'floatX=float64,mode=FAST_COMPILE')
    found = dict(line.rsplit(': ', 1) for line in said.splitlines() if ': ' in line)
    assert len(found) == 18 and set(found.values()) == {'right'}, said
