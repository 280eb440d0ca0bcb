"""Graphs with things in them that are no arrays, and what else may not go wrong."""

import importlib

import numpy as np
import pytest
import scipy.sparse

from symbolic import TT, theano
from oracles import EXACT, contractive_norms, function
from theanets_reg import Contractive
from theanets_reg.jacobian import METHODS, explain, squared_norms


def foreign(engine):
    """A variable of the package that the test is not about, as far as that can be told."""
    other = {'theano': 'pytensor', 'pytensor': 'theano'}[engine]
    return type('Variable', (), {'__module__': other + '.graph.basic'})()


@pytest.mark.parametrize('method', METHODS)
def test_variables_of_two_packages(engine, method):
    x = TT.matrix('x')
    for output, wrt in (([TT.tanh(x), foreign(engine)], x), (foreign(engine), x),
                        (TT.tanh(x), [x, foreign(engine)])):
        with pytest.raises(TypeError, match='one package.*pytensor and theano'):
            squared_norms(output, wrt, method=method)


def test_variables_of_two_packages_to_explain(engine):
    with pytest.raises(TypeError, match='one package.*pytensor and theano'):
        explain(TT.tanh(TT.matrix('x')), foreign(engine))


def test_variables_of_two_packages_in_a_penalty():
    theano_too, pytensor_too = (pytest.importorskip(name + '.tensor')
                                for name in ('theano', 'pytensor'))
    x, y = theano_too.matrix('x'), pytensor_too.matrix('x')
    with pytest.raises(TypeError, match='one package.*pytensor and theano'):
        Contractive(pattern='*', weight=1.).loss([], {'h': x.tanh(), 'g': y.tanh()})


def module(engine, name):
    return importlib.import_module('{}.{}'.format(engine, name))


def op_of(engine, **methods):
    """An op of one's own; what it needs of the package is given by name."""
    if engine == 'theano':
        from theano.gof import Apply, Op
    else:
        from pytensor.graph.basic import Apply
        from pytensor.graph.op import Op
    undefined = module(engine, 'gradient').disconnected_type
    names = dict(__props__=(), make_node=lambda self, *inputs: Apply(
        self, list(inputs), [methods['result'](*inputs)]))
    if 'gradient' in methods:
        names['pullback'] = lambda self, inputs, _, slopes: methods['gradient'](
            inputs, slopes, undefined)
        names['grad'] = lambda self, inputs, slopes: methods['gradient'](
            inputs, slopes, undefined)
    if 'pattern' in methods:
        names['connection_pattern'] = lambda self, node: methods['pattern']
    names['perform'] = lambda self, node, inputs, storage: storage[0].__setitem__(
        0, methods['perform'](*inputs))
    return type(methods['name'], (Op, ), names)()


def generic(engine):
    if engine == 'theano':
        return theano.gof.generic()
    from pytensor.link.c.type import generic
    return generic()


def typed_list(engine, x, h, given):
    return module(engine, 'typed_list').make_list([h, x])[0] * 2


def length_of_a_list(engine, x, h, given):
    return h * module(engine, 'typed_list').length(
        module(engine, 'typed_list').make_list([h, x])).astype('float64')


def choose(engine, x, h, given):
    return TT.choose(TT.zeros((4, 3), 'int64'), [h, x])


def sparse_product(engine, x, h, given):
    s = module(engine, 'sparse').csr_matrix('s')
    given[s] = scipy.sparse.csr_matrix(np.eye(4)[::-1] + .5)
    return module(engine, 'sparse').structured_dot(s, h)


def product_by_sparse(engine, x, h, given):
    """An op that is called Dot, as that of dense arrays is."""
    s = module(engine, 'sparse').csr_matrix('s')
    given[s] = scipy.sparse.csr_matrix(np.eye(3)[::-1] + .5)
    return module(engine, 'sparse').dot(h, s)


def sparse_sum(engine, x, h, given):
    s = module(engine, 'sparse').csc_matrix('s')
    given[s] = scipy.sparse.csc_matrix(2 * np.eye(3))
    return h * module(engine, 'sparse').sp_sum(s)


def made_sparse(engine, x, h, given):
    sparse = module(engine, 'sparse')
    return TT.tanh(sparse.dense_from_sparse(sparse.csr_from_dense(h)))


def size_of_sparse(engine, x, h, given):
    return h.reshape((module(engine, 'sparse').csr_from_dense(h).shape[0], 3))


def generic_factor(engine, x, h, given):
    g = generic(engine)
    given[g] = {'factor': 2}
    times = op_of(engine, name='Times', result=lambda g, h: h.type(),
                  pattern=[[False], [True]], perform=lambda g, h: g['factor'] * h,
                  gradient=lambda inputs, slopes, none: [none(), 2 * slopes[0]])
    return times(g, h)


def generic_size(engine, x, h, given):
    g = generic(engine)
    given[g] = {'size': 4}
    size = op_of(engine, name='SizeOf', result=lambda g: TT.lscalar(), pattern=[[False]],
                 perform=lambda g: np.asarray(g['size']),
                 gradient=lambda inputs, slopes, none: [none()])
    return h.reshape((size(g), 3))


def through_generic(engine, x, h, given):
    """What is no array may carry what depends on the input, and no gradient."""
    wrap = op_of(engine, name='Wrap', result=lambda h: generic(engine),
                 perform=lambda h: {'value': h})
    unwrap = op_of(engine, name='Unwrap', result=lambda g: TT.matrix(),
                   perform=lambda g: g['value'])
    return unwrap(wrap(h))


def without_gradient(engine, x, h, given):
    return op_of(engine, name='Bare', result=lambda h: h.type(), perform=lambda h: 2 * h)(h)


def gradient_that_fails(engine, x, h, given):
    return op_of(engine, name='Failing', result=lambda h: h.type(), perform=lambda h: 2 * h,
                 gradient=lambda inputs, slopes, none: {}['slope'])(h)


def if_else(engine, x, h, given):
    where = 'conditional.op' if hasattr(theano, 'conditional') else 'ifelse'
    return module(engine, where).ifelse(TT.gt(x.sum(), 0), h, x)


def picked_by_mask(engine, x, h, given):
    return h[(x > 0).nonzero()]


def printed(engine, x, h, given):
    return TT.tanh(theano.printing.Print('', attrs=())(h))


EXACT_ON = [sparse_product, product_by_sparse, sparse_sum, made_sparse, size_of_sparse, generic_factor,
            generic_size, if_else, picked_by_mask, printed]
REFUSED = [typed_list, length_of_a_list, choose, through_generic, without_gradient,
           gradient_that_fails]


def graph(build, engine):
    x, w = TT.matrix('x'), theano.shared(np.random.RandomState(3).randn(3, 3))
    given = {}
    return build(engine, x, TT.tanh(TT.dot(x, w)), given), x, given


@pytest.mark.filterwarnings('ignore:squared_norms')
@pytest.mark.parametrize('method', EXACT)
@pytest.mark.parametrize('build', EXACT_ON)
def test_exact_where_the_package_has_a_gradient(build, method, engine, rng):
    output, x, given = graph(build, engine)
    inputs, values, point = [x] + list(given), list(given.values()), rng.randn(4, 3)
    forward = function(inputs, output)
    norms = function(inputs, squared_norms(output, x, method=method))
    np.testing.assert_allclose(norms(point, *values), contractive_norms(
        lambda value: forward(value, *values), point), rtol=1e-6)


@pytest.mark.parametrize('samples', [1, 20])
@pytest.mark.parametrize('build', EXACT_ON)
def test_estimated_where_the_package_has_a_gradient(build, samples, engine, rng):
    """In a loop, too, which things that are no arrays can't be handed to."""
    output, x, given = graph(build, engine)
    inputs, values, point = [x] + list(given), list(given.values()), rng.randn(4, 3)
    norms = function(inputs, squared_norms(output, x, method='hutchinson', samples=samples))
    assert norms(point, *values).shape == (4, )


@pytest.mark.filterwarnings('ignore:squared_norms')
@pytest.mark.parametrize('method', METHODS)
@pytest.mark.parametrize('build', REFUSED)
def test_refused_where_it_has_none(build, method, engine):
    output, x, _ = graph(build, engine)
    with pytest.raises(ValueError, match='squared_norms: {} finds no derivative.*Build the '
                       'graph from ops that have derivatives'.format(engine)):
        squared_norms(output, x, method=method)
