"""Bad input: every error says what was given, what was expected and what to do.

What only shows in a net of theanets is in test_theanets.py, what is wrong with a
mask or with `wrt` is where they are tested.
"""

from fractions import Fraction
import importlib.util
import os
import re
import sys

import numpy as np
import pytest

from symbolic import RandomStreams, TT, theano
import theanets_reg
from oracles import tensor, value
from theanets_reg import Contractive, RecurrentNorm, Regularizer, from_kwargs
from theanets_reg.jacobian import METHODS, squared_norms

RecurrentState = Regularizer.get_class('recurrent_state')

both = pytest.mark.parametrize('cls', [RecurrentNorm, Contractive], ids=lambda c: c.__name__)


def says(error, *parts):
    message = str(error.value)
    for part in parts:
        assert part in message, message


class TestArguments:
    @pytest.mark.parametrize('cls, argument', [
        (RecurrentNorm, 'pattern'), (RecurrentState, 'pattern'),
        (Contractive, 'pattern'), (Contractive, 'wrt')],
        ids=lambda v: getattr(v, '__name__', v))
    @pytest.mark.parametrize('value', [3, b'h', ['h', 3], {'h'}, {'h': 1}, [['h']], 1.5],
                             ids=repr)
    def test_pattern_that_is_no_string(self, cls, argument, value):
        with pytest.raises(TypeError) as error:
            cls(**{argument: value})
        says(error, cls.__name__, '{}={!r}'.format(argument, value),
             "expected a string such as 'hid1:out', or a list of strings")

    @pytest.mark.parametrize('make', [lambda: RecurrentNorm(pattern=None),
                                      lambda: RecurrentState(pattern=None),
                                      lambda: Contractive(wrt=None)],
                             ids=['norm', 'state', 'wrt'])
    def test_none_has_a_meaning_for_contractive_only(self, make):
        with pytest.raises(TypeError, match='=None is not a glob pattern; expected'):
            make()
        assert Contractive().pattern is None

    @pytest.mark.parametrize('cls', [RecurrentNorm, RecurrentState, Contractive],
                             ids=lambda c: c.__name__)
    @pytest.mark.parametrize('number', [0.1, 0, -2, np.float32(.5)], ids=repr)
    def test_weight_where_the_pattern_is(self, cls, number):
        with pytest.raises(TypeError) as error:
            cls(number)
        says(error, 'pattern={!r} is not a glob'.format(number),
             'Did you mean weight={!r}?'.format(number))

    def test_shared_weight_where_the_pattern_is(self):
        with pytest.raises(TypeError, match='Did you mean weight=?'):
            Contractive(theano.shared(0.1))

    @pytest.mark.parametrize('cls, argument', [
        (RecurrentNorm, 'pattern'), (Contractive, 'pattern'), (Contractive, 'wrt')],
        ids=lambda v: getattr(v, '__name__', v))
    @pytest.mark.parametrize('inside', [False, True], ids=['itself', 'in a list'])
    def test_variable_where_its_name_should_be(self, cls, argument, inside):
        x, unnamed = TT.dmatrix('x'), TT.dmatrix()
        for variable, said in (x, "{}='x'"), (unnamed, "{}='its name'"):
            with pytest.raises(TypeError) as error:
                cls(**{argument: ['h', variable] if inside else variable})
            says(error, 'is not a glob pattern; expected a string such as',
                 'Give the name of the variable: ' + said.format(argument))

    def test_truth_is_no_weight_that_was_meant(self):
        with pytest.raises(TypeError) as error:
            Contractive(True)
        assert 'Did you mean' not in str(error.value)

    def test_no_wrt_at_all(self):
        with pytest.raises(ValueError, match=r"wrt=\[\] names nothing.*expected a glob, '\*'"):
            Contractive(wrt=[])

    @both
    @pytest.mark.parametrize('value', ['0.1', None, [0.1], {}, 1j, True, np.bool_(True),
                                       np.array([.1]), object], ids=repr)
    def test_weight_that_is_no_number(self, cls, value):
        with pytest.raises(TypeError) as error:
            cls(weight=value)
        says(error, cls.__name__, 'weight={!r}'.format(value),
             'expected a float such as 0.1, or a symbolic scalar (a shared variable)')

    @both
    @pytest.mark.parametrize('make', [lambda: TT.dvector('w'), lambda: TT.dmatrix('w'),
                                      lambda: theano.shared(np.ones(1), 'w')],
                             ids=['vector', 'matrix', 'shared'])
    def test_weight_that_is_no_scalar(self, cls, make):
        weight = make()
        with pytest.raises(TypeError) as error:
            cls(weight=weight)
        says(error, cls.__name__, 'weight w has {} dimension'.format(weight.ndim),
             'expected a scalar')

    @both
    @pytest.mark.parametrize('value', [float('nan'), float('inf'), -float('inf'),
                                       np.float32('nan')], ids=repr)
    def test_weight_that_is_not_finite(self, cls, value):
        with pytest.raises(ValueError) as error:
            cls(weight=value)
        says(error, cls.__name__, 'weight={!r}'.format(value), 'expected a float such as 0.1')

    @both
    @pytest.mark.parametrize('value', [10 ** 400, -10 ** 400, Fraction(10 ** 400, 3)],
                             ids=['huge', 'negative', 'fraction'])
    def test_weight_that_no_float_holds(self, cls, value):
        with pytest.raises(ValueError) as error:
            cls(weight=value)
        says(error, cls.__name__, 'is not finite; expected a float such as 0.1', 'digits)')
        assert len(str(error.value)) < 200

    @both
    @pytest.mark.parametrize('value', [0.1, 0, -1, np.float32(.1), np.int64(2), np.array(.1)],
                             ids=repr)
    def test_weight_that_is_a_number(self, cls, value):
        """Always a Python float: NumPy's would make a float32 loss float64."""
        assert type(cls(weight=value).weight) is float
        assert cls(weight=value).weight == value

    @both
    def test_weight_that_is_symbolic(self, cls):
        for weight in theano.shared(0.1), theano.shared(np.float32(1)), TT.dscalar():
            assert cls(weight=weight).weight is weight

    @both
    @pytest.mark.parametrize('name, meant', [('wieght', 'weight'), ('patern', 'pattern'),
                                             ('reduce', 'reduction'), ('qqq', None)])
    def test_unknown_argument(self, cls, name, meant):
        with pytest.raises(TypeError) as error:
            cls(**{name: 1})
        says(error, cls.__name__, 'unknown argument {!r}'.format(name),
             "expected some of 'pattern', 'weight'")
        assert ('Did you mean {!r}?'.format(meant) in str(error.value)) == (meant is not None)

    @pytest.mark.parametrize('cls, argument, value, expected', [
        (RecurrentNorm, 'norm', 'l1', "'squared', 'l2'"),
        (RecurrentNorm, 'norm', 2, "'squared', 'l2'"),
        (RecurrentNorm, 'norm', None, "'squared', 'l2'"),
        (RecurrentNorm, 'reduction', 'max', "'mean', 'sum'"),
        (RecurrentNorm, 'reduction', np.mean, "'mean', 'sum'"),
        (RecurrentNorm, 'time_axis', 2, '0, 1'),
        (RecurrentNorm, 'time_axis', -1, '0, 1'),
        (RecurrentNorm, 'time_axis', True, '0, 1'),
        (RecurrentNorm, 'time_axis', 1., '0, 1'),
        (RecurrentState, 'reduction', 'none', "'mean', 'sum'"),
        (Contractive, 'reduction', 'Mean', "'mean', 'sum'"),
        (Contractive, 'method', 'jacobean', ', '.join(map(repr, METHODS))),
        (Contractive, 'method', None, ', '.join(map(repr, METHODS))),
    ], ids=lambda v: getattr(v, '__name__', str(v)))
    def test_unknown_choice(self, cls, argument, value, expected):
        with pytest.raises(ValueError) as error:
            cls(**{argument: value})
        says(error, cls.__name__, 'unknown {} {!r}'.format(argument, value),
             'expected one of ' + expected)

    def test_choices_of_numpy(self):
        """What comes out of np.load or a parameter grid."""
        reg = RecurrentNorm(time_axis=np.int64(0), norm=np.str_('l2'))
        assert reg.time_axis == 0 and type(reg.time_axis) is int
        assert reg.norm == 'l2' and type(reg.norm) is str

    def test_unknown_method_of_squared_norms(self):
        x = TT.dmatrix()
        with pytest.raises(ValueError) as error:
            squared_norms(x, x, method='exact')
        says(error, 'squared_norms', "unknown method 'exact'", 'expected one of', repr(METHODS[0]))

    @pytest.mark.parametrize('size', [1.5, 2., True, 'a', [1], np.float64(3)], ids=repr)
    def test_chunk_size_that_is_no_integer(self, size):
        x = TT.dmatrix()
        with pytest.raises(TypeError) as error:
            squared_norms(x, x, chunk_size=size)
        says(error, 'chunk_size={!r} is not an integer; expected a number of rows'.format(size))

    @pytest.mark.parametrize('size', [0, -3, np.int64(0)], ids=repr)
    def test_chunk_size_that_is_not_positive(self, size):
        x = TT.dmatrix()
        with pytest.raises(ValueError, match='chunk_size is .*; expected a positive'):
            squared_norms(x, x, chunk_size=size)

    def test_chunk_size_of_numpy(self):
        x = TT.dmatrix('x')
        norms = squared_norms(TT.tanh(TT.dot(x, np.eye(3)) * x), x, chunk_size=np.int64(2))
        assert value(norms, {x: np.ones((2, 3))}).shape == (2, )

    def test_same_errors_through_keywords(self):
        with pytest.raises(ValueError, match='Contractive: weight=nan is not finite'):
            from_kwargs(None, contractive=float('nan'))
        with pytest.raises(TypeError, match="unknown argument 'wieght'"):
            from_kwargs(None, recurrent_norm=dict(wieght=1))


class TestOutputs:
    @pytest.mark.parametrize('time_axis, ndim, layout', [
        (1, 2, '(batch, time, units)'), (1, 4, '(batch, time, units)'),
        (1, 1, '(batch, time, units)'), (0, 1, '(time, batch, units) or (time, units)'),
    ])
    def test_without_a_time_axis(self, time_axis, ndim, layout):
        reg = RecurrentNorm('hid1:out', time_axis=time_axis)
        given = "RecurrentNorm: output 'hid1:out' has {} dimension{}; it needs {}".format(
            ndim, 's' * (ndim > 1), layout)
        with pytest.raises(ValueError) as error:
            reg.loss([], {'hid1:out': tensor(ndim)})
        says(error, given, 'Choose outputs of recurrent layers with pattern=')
        with pytest.raises(ValueError) as error:
            reg.loss([], {'hid1:out': tensor(ndim), 'rnn1:out': tensor(3), 'z': tensor(3)})
        says(error, given, "Did you mean 'rnn1:out'?")

    @pytest.mark.parametrize('dtype', ['int32', 'uint8', 'bool', 'complex128'])
    @pytest.mark.parametrize('cls, ndim', [(RecurrentNorm, 3), (Contractive, 2)],
                             ids=['RecurrentNorm', 'Contractive'])
    @pytest.mark.parametrize('pattern', ['h', '*'])
    def test_of_integers(self, cls, ndim, dtype, pattern):
        with pytest.raises(TypeError) as error:
            cls(pattern).loss([], {'h': tensor(ndim, 'h', dtype)})
        says(error, cls.__name__, "output 'h' has the dtype " + dtype,
             'expected a dense float array', 'pattern=', 'cast it')

    def test_of_integers_named_beside_others(self):
        """A glob may sweep up an integer output, but who names one means it."""
        outputs = {'h': tensor(3), 'ids': tensor(3, dtype='int64')}
        with pytest.raises(TypeError, match="output 'ids' has the dtype int64"):
            RecurrentNorm(['h', 'ids']).loss([], outputs)

    @pytest.mark.parametrize('reg', [Contractive('h'), RecurrentNorm('h', time_axis=0)],
                             ids=lambda r: type(r).__name__)
    def test_sparse(self, reg):
        with pytest.raises(TypeError) as error:
            reg.loss([], {'h': theano.sparse.csr_matrix('s') * 2})
        says(error, "output 'h' is no ordinary tensor but a Sparse", 'expected a dense float array', 'pattern=')

    @pytest.mark.parametrize('reg', [Contractive('h'), RecurrentNorm('h')],
                             ids=lambda r: type(r).__name__)
    def test_that_are_no_variables(self, reg):
        with pytest.raises(TypeError) as error:
            reg.loss([], {'h': np.ones((2, 3, 4))})
        says(error, 'expected a Theano or PyTensor variable', 'ndarray', 'build the expression')


class TestInputs:
    def test_sparse(self):
        s = theano.sparse.csr_matrix('s', dtype='float64')
        h = theano.sparse.dot(s, TT.constant(np.ones((3, 2))))
        with pytest.raises(TypeError) as error:
            Contractive('h').loss([], {'h': h})
        says(error, 'Contractive', 'the input s is no ordinary tensor but a Sparse', 'expected a dense float array', 'wrt=')

    @pytest.mark.parametrize('role', ['output', 'wrt'])
    @pytest.mark.parametrize('make, what', [
        (lambda: TT.lmatrix('v'), 'int64'), (lambda: theano.sparse.csr_matrix('v'), 'a Sparse')],
        ids=['integer', 'sparse'])
    def test_of_squared_norms(self, role, make, what):
        x, v = TT.dmatrix('x'), make()
        with pytest.raises(TypeError) as error:
            squared_norms(v if role == 'output' else x, v if role == 'wrt' else x)
        says(error, 'squared_norms: {} v'.format(role), what, 'expected a')


class TestDraws:
    @pytest.mark.parametrize('method', ['auto', 'jacobian'])
    def test_with_parameters_that_depend_on_the_input(self, method):
        x = TT.dmatrix('x')
        draws = RandomStreams(13).normal((2, 3), avg=2 * x, std=1.)
        with pytest.raises(ValueError) as error:
            squared_norms(draws, x, method=method)
        says(error, 'parameters that depend on x', 'mean + deviation * normal(0, 1)')

    def test_of_integers_and_of_sizes_are_held(self):
        x = TT.dmatrix('x')
        streams = RandomStreams(13)
        ones = streams.binomial((2, 3), p=TT.nnet.sigmoid(x) * 0 + 1, dtype='int64')
        noise = streams.uniform((2, 3), low=TT.cast(x.shape[0], 'float64'), high=2.)
        norms = squared_norms(ones * x + noise, x, method='jacobian')
        np.testing.assert_allclose(value(norms, {x: np.ones((2, 3))}), [3, 3])


class TestMasks:
    def test_that_the_types_tell_not_to_fit(self, engine):
        if engine == 'theano':
            pytest.skip("Theano's types know no sizes but one")
        h = TT.tensor('h', shape=(2, 3, 2), dtype='float64')
        with pytest.raises(ValueError) as error:
            RecurrentNorm('h', mask=np.ones((2, 4))).loss([], {'h': h})
        says(error, "the shape (2, 4) of the mask is not the (batch, time) of 'h'")


class TestInstall:
    @pytest.mark.parametrize('missing', ['theanets', 'downhill', 'click'])
    def test_something_is_missing(self, monkeypatch, missing):
        find_spec = importlib.util.find_spec
        monkeypatch.setattr(importlib.util, 'find_spec',
                            lambda name, *rest: None if name == missing else find_spec(name, *rest))
        for name in [n for n in sys.modules if n.split('.')[0] in (missing, 'climate')]:
            monkeypatch.delitem(sys.modules, name)
        before = set(sys.modules)
        with pytest.raises(ImportError) as error:
            theanets_reg.install()
        says(error, 'theanets needs {}, which is not installed'.format(missing),
             'In a clone of theanets-reg, install with: pip install ".[test]" && '
             'pip install --no-deps theanets==0.7.3 downhill==0.4.0')
        assert set(sys.modules) == before
        theanets_reg.uninstall()

    def test_the_advice_is_what_the_readme_says_and_setup_knows(self):
        """A clone has the extra that is named, with what theanets needs besides."""
        root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        if not os.path.exists(os.path.join(root, 'setup.py')):
            pytest.skip('not in a clone')
        texts = [open(os.path.join(root, name), encoding='utf-8').read()
                 for name in ('README.md', 'setup.py')]
        line = ('pip install ".[test]" && pip install --no-deps theanets==0.7.3 '
                'downhill==0.4.0')
        assert line in texts[0]
        assert re.search(r"'test': THEANETS_NEEDS", texts[1])
        assert re.search(r"THEANETS_NEEDS = \['click'\]", texts[1])

    def test_stays_uninstalled_after_a_failure(self, monkeypatch, theanets):
        """A theanets that is broken leaves nothing of ours behind."""
        theanets_reg.uninstall()
        names = dict(vars(theanets.regularizers))
        registry = dict(theanets.regularizers.Regularizer._registry)
        monkeypatch.delattr(theanets.regularizers, 'from_kwargs')
        del names['from_kwargs']
        with pytest.raises((AttributeError, KeyError)):
            theanets_reg.install()
        assert dict(vars(theanets.regularizers)) == names
        assert theanets.regularizers.Regularizer._registry == registry
