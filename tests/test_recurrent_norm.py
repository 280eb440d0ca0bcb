"""The values and gradients of RecurrentNorm and RecurrentState."""

import itertools

import numpy as np
import pytest

from symbolic import TT, theano
import oracles
from oracles import RTOL, tensor, value
from theanets_reg import Contractive, RecurrentNorm, Regularizer, UnmatchedPatternWarning

RecurrentState = Regularizer.get_class('recurrent_state')

PENALTIES = [
    pytest.param(RecurrentNorm, dict(norm='squared'), oracles.recurrent_norm, id='squared'),
    pytest.param(RecurrentNorm, dict(norm='l2'), oracles.recurrent_norm, id='l2'),
    pytest.param(RecurrentState, {}, oracles.recurrent_state, id='state'),
]
every_penalty = pytest.mark.parametrize('cls, kwargs, oracle', PENALTIES)

SHAPES = list(itertools.product((1, 3), (1, 2, 7), (1, 4)))
every_shape = pytest.mark.parametrize(
    'batch, time, units', SHAPES, ids=['x'.join(map(str, s)) for s in SHAPES])


def loss(cls, states, z=None, **kwargs):
    """The penalty's value for one array of states."""
    z = tensor(states.ndim, 'z') if z is None else z
    return value(cls('z', **kwargs).loss([], {'z': z}), {z: states})


class TestFormula:
    @every_penalty
    @every_shape
    @pytest.mark.parametrize('reduction', ['mean', 'sum'])
    def test_batch_time_units(self, rng, cls, kwargs, oracle, batch, time, units, reduction):
        states = rng.randn(batch, time, units)
        kwargs = dict(kwargs, reduction=reduction)
        np.testing.assert_allclose(
            loss(cls, states, **kwargs), oracle(states, **kwargs), rtol=RTOL)

    @every_penalty
    @every_shape
    def test_time_batch_units(self, rng, cls, kwargs, oracle, batch, time, units):
        states = rng.randn(time, batch, units)
        kwargs = dict(kwargs, time_axis=0)
        np.testing.assert_allclose(
            loss(cls, states, **kwargs), oracle(states, **kwargs), rtol=RTOL)

    @every_penalty
    @pytest.mark.parametrize('time, units', [(1, 3), (2, 1), (6, 4)])
    def test_single_sequence(self, rng, cls, kwargs, oracle, time, units):
        states = rng.randn(time, units)
        kwargs = dict(kwargs, time_axis=0)
        np.testing.assert_allclose(
            loss(cls, states, **kwargs), oracle(states, **kwargs), rtol=RTOL)

    def test_of_the_design_page(self):
        """Norms 1, 2, 4 and 4: (3^2 + 12^2 + 0) / 3."""
        states = np.array([[[1., 0], [0, 2], [4, 0], [0, -4]]])
        np.testing.assert_allclose(loss(RecurrentNorm, states), 51., rtol=RTOL)
        np.testing.assert_allclose(loss(RecurrentNorm, states, norm='l2'), 5 / 3., rtol=RTOL)

    @every_penalty
    def test_no_transition_gives_zero(self, rng, cls, kwargs, oracle):
        assert loss(cls, rng.randn(3, 1, 4), **kwargs) == 0

    @every_penalty
    def test_constant_states_give_zero(self, rng, cls, kwargs, oracle):
        states = np.repeat(rng.randn(3, 1, 4), 5, axis=1)
        assert loss(cls, states, **kwargs) == 0

    @every_penalty
    @pytest.mark.parametrize('order', [1, -1], ids=['growing', 'shrinking'])
    def test_never_negative(self, rng, cls, kwargs, oracle, order):
        """The published code is negative for norms that shrink or grow."""
        states = np.ones((2, 6, 3)) * np.arange(6)[::order][:, None]
        assert loss(cls, states, **kwargs) > 0.9

    def test_mean_over_outputs(self, rng):
        a, b = rng.randn(3, 5, 2), rng.randn(3, 4, 6)
        za, zb = tensor(3), tensor(3)
        got = value(RecurrentNorm('z*').loss([], {'za': za, 'zb': zb}), {za: a, zb: b})
        expected = (oracles.recurrent_norm(a) + oracles.recurrent_norm(b)) / 2
        np.testing.assert_allclose(got, expected, rtol=RTOL)

    def test_rows_that_broadcast(self, rng):
        """A batch axis that is known to be 1 is a batch axis still."""
        z = TT.TensorType('float64', (True, False, False))('z')
        states = rng.randn(1, 5, 2)
        np.testing.assert_allclose(
            loss(RecurrentNorm, states, z=z), oracles.recurrent_norm(states), rtol=RTOL)

    @every_penalty
    @pytest.mark.parametrize('reduction', ['mean', 'sum'])
    @pytest.mark.parametrize('mask', [None, np.ones((0, 4))], ids=['plain', 'masked'])
    def test_no_examples_give_zero(self, cls, kwargs, oracle, reduction, mask):
        z, scale = tensor(3), theano.shared(2.)
        penalty = cls('z', reduction=reduction, mask=mask, **kwargs).loss([], {'z': z * scale})
        got, gradient = value([penalty, theano.grad(penalty, scale)], {z: np.ones((0, 4, 3))})
        assert got == 0 and gradient == 0

    def test_one_variable_under_two_names_counts_once(self):
        """The numbers of docs/explanation/conventions.md: (51 + 3) / 2, and not (51 + 51 + 3) / 3."""
        x, h = tensor(3), tensor(3)
        values = {x: np.array([[[1., 0], [0, 2], [4, 0], [0, -4]]]),
                  h: np.array([[[1.], [0.], [1.], [0.]]]) * 3 ** .25}
        alone = [value(RecurrentNorm().loss([], {'z': v}), values) for v in (x, h)]
        np.testing.assert_allclose(alone, [51, 3])
        for pattern in ('*', ['in', 'in:out', 'hid1:out'], ['in:out', 'hid1:out']):
            penalty = RecurrentNorm(pattern).loss([], {'in': x, 'in:out': x, 'hid1:out': h})
            np.testing.assert_allclose(value(penalty, values), 27., rtol=RTOL)

    def test_weight_is_left_to_the_caller(self, rng):
        states = rng.randn(2, 4, 3)
        assert loss(RecurrentNorm, states, weight=7.) == loss(RecurrentNorm, states)


class TestMask:
    """Transitions that touch a masked step don't count, above or below the line."""

    mask = np.array([[1, 1, 1, 1, 1, 1],    # nothing is padding
                     [1, 1, 1, 0, 0, 0],    # padding behind
                     [0, 0, 1, 1, 1, 1],    # in front
                     [1, 1, 0, 1, 1, 1],    # a hole: two runs
                     [1, 0, 1, 0, 1, 0],    # steps, but no transition
                     [0, 0, 0, 0, 0, 0]])   # no sequence at all

    def states(self, rng):
        states = rng.randn(6, 6, 3)
        states[self.mask == 0] = 1e3
        return states

    @every_penalty
    @pytest.mark.parametrize('dtype', ['int8', 'int64', 'float32', 'float64', 'bool'])
    def test_array(self, rng, cls, kwargs, oracle, dtype):
        states = self.states(rng)
        got = loss(cls, states, mask=self.mask.astype(dtype), **kwargs)
        np.testing.assert_allclose(got, oracle(states, mask=self.mask, **kwargs), rtol=RTOL)

    def test_list(self, rng):
        states = self.states(rng)
        got = loss(RecurrentNorm, states, mask=self.mask.tolist())
        np.testing.assert_allclose(
            got, oracles.recurrent_norm(states, mask=self.mask), rtol=RTOL)

    @every_penalty
    @pytest.mark.parametrize('reduction', ['mean', 'sum'])
    @pytest.mark.parametrize('how', ['variable', 'name'])
    def test_symbolic(self, rng, cls, kwargs, oracle, how, reduction):
        states = self.states(rng)
        z, m = tensor(3, 'z'), tensor(2, 'm', 'int32')
        kwargs = dict(kwargs, reduction=reduction)
        reg = cls('*', mask=m if how == 'variable' else 'steps', **kwargs)
        got = value(reg.loss([], {'z': z, 'steps': m}), {z: states, m: self.mask.astype('int32')})
        np.testing.assert_allclose(got, oracle(states, mask=self.mask, **kwargs), rtol=RTOL)

    def test_is_batch_time_whatever_the_time_axis(self, rng):
        states = self.states(rng)
        got = loss(RecurrentNorm, states.transpose(1, 0, 2), mask=self.mask, time_axis=0)
        np.testing.assert_allclose(
            got, oracles.recurrent_norm(states, mask=self.mask), rtol=RTOL)

    @pytest.mark.parametrize('mask', [[1, 1, 1, 0, 0], [[1, 1, 1, 0, 0]]],
                             ids=['time', 'batch-time'])
    def test_of_a_single_sequence(self, rng, mask):
        states = rng.randn(5, 3)
        got = loss(RecurrentNorm, states, mask=np.array(mask), time_axis=0)
        np.testing.assert_allclose(got, oracles.recurrent_norm(states[:3], time_axis=0), rtol=RTOL)

    def test_is_no_output_itself(self, rng):
        """With time_axis=0 a float mask looks like a sequence of its own."""
        states = rng.randn(5, 1, 3)
        z, m = tensor(3), tensor(2)
        reg = RecurrentNorm('*', mask='m', time_axis=0)
        got = value(reg.loss([], {'z': z, 'm': m}), {z: states, m: np.array([[1., 1, 0, 1, 1]])})
        np.testing.assert_allclose(got, oracles.recurrent_norm(
            states, time_axis=0, mask=[[1, 1, 0, 1, 1]]), rtol=RTOL)

    @every_penalty
    @pytest.mark.parametrize('padding', [np.nan, np.inf, 1e300])
    def test_padding_never_counts(self, rng, cls, kwargs, oracle, padding):
        states = self.states(rng)
        clean = np.where(self.mask[..., None], states, 0.)
        states[self.mask == 0] = padding
        z = tensor(3, 'z')
        penalty = cls('z', mask=self.mask, **kwargs).loss([], {'z': z})
        got, gradient = value([penalty, theano.grad(penalty, z)], {z: states})
        np.testing.assert_allclose(got, oracle(clean, mask=self.mask, **kwargs), rtol=RTOL)
        assert np.isfinite(gradient).all()
        assert (gradient[self.mask == 0] == 0).all()
        assert (gradient[0] != 0).any()

    @every_penalty
    def test_all_ones_is_no_mask(self, rng, cls, kwargs, oracle):
        states = rng.randn(3, 4, 2)
        np.testing.assert_allclose(loss(cls, states, mask=np.ones((3, 4)), **kwargs),
                                   loss(cls, states, **kwargs), rtol=1e-14)

    @pytest.mark.parametrize('shape', [(2, 3), (4, 2), (1, 4), (2, 1)],
                             ids=['short', 'transposed', 'one-row', 'one-column'])
    @pytest.mark.parametrize('symbolic', [False, True], ids=['array', 'variable'])
    def test_of_another_shape(self, shape, symbolic):
        z, m = tensor(3), tensor(2)
        reg = RecurrentNorm('z', mask=m if symbolic else np.ones(shape))
        penalty = reg.loss([], {'z': z})
        with pytest.raises(AssertionError) as error:
            value(penalty, {z: np.ones((2, 4, 3)), m: np.ones(shape)})
        message = str(error.value)
        assert "'z'" in message and '(batch, time)' in message
        assert 'give one 0 or 1 for each step' in message
        assert symbolic or str(shape) in message

    @pytest.mark.parametrize('mask', [lambda: np.ones(4), lambda: np.ones((2, 4, 1, 1)), TT.vector, TT.tensor4],
                             ids=['array-1', 'array-4', 'variable-1', 'variable-4'])
    def test_of_another_number_of_dimensions(self, mask):
        mask = mask()
        with pytest.raises(ValueError) as error:
            RecurrentNorm('z', mask=mask).loss([], {'z': tensor(3)})
        message = str(error.value)
        assert '{} dimension'.format(mask.ndim) in message
        assert '(batch, time)' in message and 'Give one 0 or 1' in message

    @pytest.mark.parametrize('mask', [[[1, 2]], [[0.5, 1]], [[np.nan, 1]], [['a', 'b']], object()],
                             ids=['2', 'half', 'nan', 'text', 'object'])
    def test_of_other_values(self, mask):
        with pytest.raises(ValueError, match='other values than 0 and 1; give 1 where'):
            RecurrentNorm(mask=mask)

    @every_penalty
    @pytest.mark.parametrize('other', [.5, 2, -1, np.nan, np.inf])
    def test_of_other_values_that_are_known_when_it_runs(self, cls, kwargs, oracle, other):
        z, m = tensor(3), tensor(2)
        penalty = cls('z', mask=m, **kwargs).loss([], {'z': z})
        compiled = oracles.function([z, m], penalty)
        mask = np.array([[1., 1., 0.]])
        assert np.isfinite(compiled(np.ones((1, 3, 2)), mask))
        mask[0, 1] = other
        with pytest.raises(AssertionError, match=cls.__name__ + ': the mask holds other values '
                                                 'than 0 and 1; give 1 where'):
            compiled(np.ones((1, 3, 2)), mask)

    def test_name_that_is_not_there(self):
        with pytest.raises(ValueError) as error:
            RecurrentNorm('z', mask='msk').loss([], {'z': tensor(3), 'mask': tensor(2)})
        for part in ("'msk'", "'z', 'mask'", "Did you mean 'mask'?"):
            assert part in str(error.value)


class TestGradient:
    @every_penalty
    @pytest.mark.parametrize('masked', [False, True], ids=['plain', 'masked'])
    @pytest.mark.parametrize('time_axis', [0, 1])
    def test_verify_grad(self, rng, cls, kwargs, oracle, time_axis, masked):
        mask = np.array([[1, 1, 1, 0], [1, 1, 1, 1], [0, 0, 0, 0]])
        reg = cls('z', time_axis=time_axis, mask=mask if masked else None, **kwargs)
        states = rng.randn(3, 4, 2)
        if time_axis == 0:
            states = states.transpose(1, 0, 2)
        theano.gradient.verify_grad(
            lambda z: reg.loss([], {'z': z}), [states], rng=rng)

    @every_penalty
    def test_by_central_differences(self, rng, cls, kwargs, oracle):
        z = tensor(3)
        penalty = cls('z', **kwargs).loss([], {'z': z})
        states = rng.randn(2, 4, 3)
        np.testing.assert_allclose(
            value(theano.grad(penalty, z), {z: states}),
            oracles.central_jacobian(lambda z: oracle(z, **kwargs), states),
            rtol=RTOL, atol=1e-8)

    @every_penalty
    def test_finite_at_zero_states(self, rng, cls, kwargs, oracle):
        """A recurrent net starts at a zero state, where |.|_2 has no gradient."""
        states = rng.randn(2, 5, 3)
        states[0] = 0
        states[1, 2] = 0
        z = tensor(3)
        penalty = cls('z', **kwargs).loss([], {'z': z})
        got, gradient = value([penalty, theano.grad(penalty, z)], {z: states})
        np.testing.assert_allclose(got, oracle(states, **kwargs), rtol=RTOL)
        assert np.isfinite(gradient).all()
        assert (gradient[0] == 0).all() and (gradient[1] != 0).any()

    @every_penalty
    def test_of_no_transition_is_zero(self, rng, cls, kwargs, oracle):
        z = tensor(3)
        penalty = cls('z', **kwargs).loss([], {'z': z})
        assert (value(theano.grad(penalty, z), {z: rng.randn(2, 1, 3)}) == 0).all()

    def test_through_scan(self, rng):
        """By the recurrent weights, on the raw output of scan."""
        W, inputs = rng.randn(3, 3), rng.randn(5, 2, 3)

        def penalty(w):
            h, _ = theano.scan(lambda x, h: TT.tanh(x + TT.dot(h, w)),
                               sequences=[TT.constant(inputs)],
                               outputs_info=[TT.zeros((2, 3), dtype='float64')])
            return RecurrentNorm('h', time_axis=0).loss([], {'h': h})

        def states(w):
            h, out = np.zeros((2, 3)), []
            for x in inputs:
                h = np.tanh(x + h.dot(w))
                out.append(h)
            return oracles.recurrent_norm(np.array(out), time_axis=0)

        w = TT.matrix()
        got, gradient = value([penalty(w), theano.grad(penalty(w), w)], {w: W})
        np.testing.assert_allclose(got, states(W), rtol=RTOL)
        np.testing.assert_allclose(gradient, oracles.central_jacobian(states, W),
                                   rtol=RTOL, atol=1e-9)


class TestFloat32:
    @every_penalty
    @pytest.mark.parametrize('time_axis', [0, 1])
    @pytest.mark.parametrize('mask', [None, 'int64', 'float64'])
    def test_stays_float32(self, rng, cls, kwargs, oracle, time_axis, mask):
        z = tensor(3, dtype='float32')
        steps = None if mask is None else np.ones((2, 2), mask)
        penalty = cls('z', time_axis=time_axis, mask=steps, **kwargs).loss([], {'z': z, 'y': z})
        gradient = theano.grad(penalty, z)
        assert penalty.dtype == gradient.dtype == 'float32'
        compiled = oracles.function([z], [penalty, gradient])
        allowed = {'float64'} if mask == 'float64' else set()    # the mask itself
        assert 'float64' not in oracles.dtypes_within(compiled) - allowed
        states = rng.randn(2, 2, 3).astype('float32')
        np.testing.assert_allclose(
            compiled(states)[0], oracle(states, time_axis=time_axis, **kwargs), rtol=1e-5)


class TestFloat16:
    @every_penalty
    @pytest.mark.parametrize('masked', [False, True], ids=['plain', 'masked'])
    @pytest.mark.parametrize('time_axis', [0, 1])
    def test_is_computed_in_float32(self, rng, cls, kwargs, oracle, masked, time_axis):
        """A squared norm of 300 ** 2 is infinite in float16; the result fits."""
        x, y = tensor(3, dtype='float16'), tensor(3, dtype='float16')
        mask = np.array([[1, 1, 1], [1, 1, 0]]) if masked else None
        reg = cls('[zy]', mask=mask, time_axis=time_axis, **kwargs)
        # By what is in front of an op: a cast itself leaves the gradient in float32.
        penalty = reg.loss([], {'z': x + y, 'y': y + x})
        gradient = theano.grad(penalty, x)
        assert penalty.dtype == gradient.dtype == 'float16'
        states = np.array([[300., 0]] * 3 + [[300., 1]] + [[300., 0]] * 2)
        states = states.reshape(2, 3, 2).astype('float16')
        if time_axis == 0:
            states = states.transpose(1, 0, 2)
        got, slopes = value([penalty, gradient], {x: states, y: 0 * states})
        expected = oracle(states.astype('float64'), mask=mask, time_axis=time_axis, **kwargs)
        assert got.dtype == 'float16' and np.isfinite(slopes).all()
        np.testing.assert_allclose(got, expected, rtol=2e-3, atol=1e-5)

    def test_with_others_it_is_theirs(self):
        a, b = tensor(3, dtype='float16'), tensor(3, dtype='float64')
        penalty = RecurrentNorm().loss([], {'a': a, 'b': b})
        assert penalty.dtype == 'float64'
        states = np.array([[[300.], [0.]]])
        got = value(penalty, {a: states.astype('float16'), b: states})
        np.testing.assert_allclose(got, 300. ** 4)


class TestWhichOutputs:
    def test_default_is_every_output_with_a_time_axis(self, rng):
        """The input itself is one; vectors, matrices and images are not."""
        x, y = tensor(3), tensor(3)
        outputs = {'in': x, 'hid1:out': y, 'v': tensor(1), 'm': tensor(2),
                   's': tensor(0), 'image': tensor(4)}
        a, b = rng.randn(2, 3, 4), rng.randn(2, 5, 2)
        got = value(RecurrentNorm().loss([], outputs), {x: a, y: b})
        expected = (oracles.recurrent_norm(a) + oracles.recurrent_norm(b)) / 2
        np.testing.assert_allclose(got, expected, rtol=RTOL)

    def test_integers_that_a_glob_sweeps_up_are_passed_over(self, rng):
        z, ids = tensor(3), tensor(3, dtype='int32')
        states = rng.randn(2, 3, 4)
        got = value(RecurrentNorm().loss([], {'ids': ids, 'z': z}), {z: states})
        np.testing.assert_allclose(got, oracles.recurrent_norm(states), rtol=RTOL)

    @pytest.mark.parametrize('pattern, expected', [
        ('h?', ['h1', 'h2']), ('h[12]', ['h1', 'h2']), (('h1', 'z*'), ['h1', 'z']),
        (['H1'], ['H1']), ('h1', ['h1']), (('h1', 'h*'), ['h1', 'h2']),
    ], ids=str)
    @pytest.mark.parametrize('cls', [RecurrentNorm, RecurrentState], ids=['norm', 'state'])
    def test_globs(self, rng, cls, pattern, expected):
        """Case counts, on every system, and nothing counts twice."""
        outputs = {name: tensor(3) for name in ('h1', 'h2', 'H1', 'z')}
        values = {v: rng.randn(2, 3, 4) for v in outputs.values()}
        oracle = (oracles.recurrent_norm if cls is RecurrentNorm else oracles.recurrent_state)
        np.testing.assert_allclose(
            value(cls(pattern).loss([], outputs), values),
            np.mean([oracle(values[outputs[name]]) for name in expected]), rtol=RTOL)

    def test_no_match_warns_and_is_zero(self):
        outputs = {'hid1:out': tensor(3), 'in': tensor(3)}
        with pytest.warns(UnmatchedPatternWarning) as caught:
            penalty = RecurrentNorm('hid1.out').loss([], outputs)
        assert value(penalty, {}) == 0
        assert len(caught) == 1 and caught[0].filename == __file__
        for part in ("'hid1.out'", "'hid1:out', 'in'", "Did you mean 'hid1:out'?"):
            assert part in str(caught[0].message)

    @pytest.mark.parametrize('cls', [RecurrentNorm, RecurrentState, Contractive],
                             ids=lambda cls: cls.__name__)
    @pytest.mark.parametrize('pattern', ['h', ()], ids=['name', 'no-glob'])
    def test_no_outputs_at_all(self, cls, pattern):
        with pytest.warns(UnmatchedPatternWarning, match='There are: none'):
            assert cls(pattern).loss([], {}) == 0
