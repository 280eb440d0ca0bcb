"""The examples in docstrings run as they are, and give what they say."""

import doctest
import functools
import importlib
import importlib.util
import inspect
import pkgutil

import numpy as np
import pytest
from own_ops import made
from symbolic import INSTALLED, TT, theano

import theanets_reg
from theanets_reg import Regularizer
from theanets_reg.jacobian.rules import registry


def _modules():
    """All modules of the package but those for a package that is not installed."""
    yield theanets_reg
    for found in pkgutil.walk_packages(theanets_reg.__path__, 'theanets_reg.'):
        room, name = found.name.split('.')[1:][:-1], found.name.split('.')[-1]
        package = name.split('_')[0] if room == ['backends'] else None
        if package not in ('theano', 'pytensor') or package in INSTALLED:
            yield importlib.import_module(found.name)


def _examples():
    finder = doctest.DocTestFinder(exclude_empty=True)
    return {test.name: test for module in _modules() for test in finder.find(module)
            if test.examples}


EXAMPLES = _examples()


@pytest.fixture
def names(engine):
    """What examples take for granted: a layer, states of a loop, an error, data, ops."""
    x, s = TT.matrix('x'), TT.tensor3('s')
    W = theano.shared(np.ones((3, 2)), name='W')
    h = TT.tanh(TT.dot(x, W))
    found = {name: getattr(theanets_reg, name) for name in theanets_reg.__all__}
    found.update(theanets_reg=theanets_reg, np=np, TT=TT, x=x, W=W, h=h, s=s,
                 err=TT.sqr(h).mean(), X=np.ones((8, 64)), Y=np.ones((8, 5, 2)))
    ops = made(engine)
    yield dict(found, **ops)
    for op in ops.values():
        registry.forget(op)


@pytest.fixture
def undone():
    """Classes that are made meanwhile are forgotten afterwards, and theanets is its own."""
    before = dict(Regularizer._registry)
    yield
    theanets_reg.uninstall()
    Regularizer._registry.clear()
    Regularizer._registry.update(before)


@pytest.fixture
def silent(monkeypatch):
    """What theanets says of its training is not what an example gives."""
    if importlib.util.find_spec('click') is not None:
        monkeypatch.setattr('click.echo', lambda *args, **kwargs: None)


def _net(theanets, recurrent):
    """A network whose training ends after one update."""
    net = theanets.recurrent.Regressor([4, (3, 'rnn'), 2]) if recurrent \
        else theanets.Autoencoder([64, (4, 'sigmoid'), 64])
    net.train = functools.partial(net.train, max_updates=1)
    return net


@pytest.mark.parametrize('name', sorted(EXAMPLES))
def test_example(name, names, undone, silent, request):
    example = EXAMPLES[name]
    source = ''.join(e.source for e in example.examples)
    assert 'SKIP' not in source
    if 'net.' in source and 'net =' not in source:
        recurrent = 'recurrent' in source
        names['net'] = _net(request.getfixturevalue('theanets'), recurrent)
        if recurrent:
            names['X'] = np.ones((8, 5, 4))
    example.globs = names
    said = []
    runner = doctest.DocTestRunner(
        optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    runner.run(example, out=said.append)
    assert runner.failures == 0, ''.join(said)


@pytest.mark.parametrize('name', sorted(
    name for name in theanets_reg.__all__
    if not name.endswith('Warning') and name != 'uninstall'))
def test_public_names_have_examples(name):
    value = getattr(theanets_reg, name)
    assert '>>>' in inspect.getdoc(value)
    assert '{}.{}'.format(value.__module__, value.__qualname__) in EXAMPLES
