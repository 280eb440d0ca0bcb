"""Names that were elsewhere in version 1."""

import importlib
import os
import pickle
import subprocess
import sys
import warnings

import pytest

import theanets_reg
from theanets_reg import jacobian

HERE = os.path.dirname(os.path.dirname(theanets_reg.__file__))

PATHS = {
    'base': ['Regularizer'], 'contractive': ['Contractive'],
    'factory': ['from_kwargs', 'penalty'], 'matching': ['UnmatchedPatternWarning'],
    'recurrent': ['RecurrentNorm', 'RecurrentState']}


@pytest.mark.parametrize('module, name', [(m, n) for m in PATHS for n in PATHS[m]])
def test_old_path_leads_to_the_same_object(module, name):
    old = importlib.import_module('theanets_reg.' + module)
    with pytest.warns(DeprecationWarning) as caught:
        found = getattr(old, name)
    assert found is getattr(theanets_reg, name)
    # Told once, at the user's line, and where it is now.
    message, = caught
    assert message.filename == __file__
    assert 'theanets_reg.{}.{} is '.format(module, name) in str(message.message)
    assert '{0.__module__}.{0.__qualname__} now'.format(found) in str(message.message)


def test_from_import_and_attributes_of_the_package():
    with pytest.warns(DeprecationWarning) as caught:
        from theanets_reg.contractive import Contractive
    assert Contractive is theanets_reg.Contractive
    assert [w.filename for w in caught] == [__file__]
    with pytest.warns(DeprecationWarning):
        assert theanets_reg.factory.penalty is theanets_reg.penalty


def test_star_import_has_the_public_names():
    names = {}
    with pytest.warns(DeprecationWarning):
        exec('from theanets_reg.recurrent import *', names)
    assert sorted(n for n in names if not n.startswith('__')) == PATHS['recurrent']


def test_what_was_never_there_is_not_there_now():
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        with pytest.raises(AttributeError, match="'theanets_reg.base' has no attribute 'Energy'"):
            theanets_reg.base.Energy
        with pytest.raises(ImportError):
            from theanets_reg.recurrent import masks  # noqa: F401


def test_pickle_of_version_1():
    """A regularizer that was pickled under its old path is one of today's."""
    now = pickle.dumps(theanets_reg.RecurrentState('h', weight=2.), protocol=0)
    old = now.replace(b'theanets_reg.regularizers.recurrent', b'theanets_reg.recurrent')
    assert old != now
    with pytest.warns(DeprecationWarning):
        loaded = pickle.loads(old)
    assert type(loaded) is theanets_reg.RecurrentState
    assert repr(loaded) == repr(theanets_reg.RecurrentState('h', weight=2.))


def test_jacobians_are_where_they_were():
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        assert jacobian.squared_norms is theanets_reg.squared_norms
        assert jacobian.explain is theanets_reg.explain


def test_names_that_are_imported_later():
    """They are there for all that asks, and others are not."""
    for package in theanets_reg, jacobian:
        assert set(package.__all__) <= set(dir(package))
        with pytest.raises(AttributeError, match="'{}' has no attribute 'energy'".format(
                package.__name__)):
            package.energy


def test_importing_does_not_import_what_finds_the_norms():
    script = 'import sys, theanets_reg; print(sorted(m for m in sys.modules if ".jacobian" in m))'
    said = subprocess.run([sys.executable, '-W', 'ignore', '-c', script], check=True, cwd=HERE,
                          stdout=subprocess.PIPE, universal_newlines=True).stdout
    assert said == "['theanets_reg.jacobian']\n"
