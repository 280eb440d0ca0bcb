"""PyTensor behind Theano's public names, climate's old interface."""

import importlib
import importlib.util
import subprocess
import sys

import numpy as np
import pytest

from symbolic import theano
from theanets_reg.compat import climate, images, nnet, theano_names

ON_PYTENSOR = pytest.mark.skipif(
    importlib.util.find_spec('theano') is not None or
    importlib.util.find_spec('pytensor') is None, reason='for PyTensor without Theano')


@pytest.fixture
def names():
    """Theano's names, taken out again afterwards."""
    before, finders = set(sys.modules), list(sys.meta_path)
    theano_names.put()
    yield
    sys.meta_path[:] = finders
    for name in set(sys.modules) - before:
        if name.split('.')[0] == 'theano':
            del sys.modules[name]


X = np.random.RandomState(0).randn(4, 3)
P = np.random.RandomState(1).uniform(.1, .9, (4, 3))
T = np.random.RandomState(2).uniform(.1, .9, (4, 3))
LABELS = np.array([0, 2, 1, 2])


def softmax(x):
    return np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)


NNET = {
    'relu': ([X], np.maximum(X, 0)), 'elu': ([X], np.where(X > 0, X, np.exp(X) - 1)),
    'selu': ([X], 1.05070098 * np.where(X > 0, X, 1.67326324 * (np.exp(X) - 1))),
    'softsign': ([X], X / (1 + abs(X))), 'hard_sigmoid': ([X], np.clip(X * .2 + .5, 0, 1)),
    'softmax': ([X], softmax(X)), 'logsoftmax': ([X], np.log(softmax(X))),
    'sigmoid': ([X], 1 / (1 + np.exp(-X))), 'softplus': ([X], np.log(1 + np.exp(X))),
    'binary_crossentropy': ([P, T], -T * np.log(P) - (1 - T) * np.log(1 - P)),
    'sigmoid_binary_crossentropy': (
        [X, T], -T * np.log(1 / (1 + np.exp(-X))) - (1 - T) * np.log(1 / (1 + np.exp(X)))),
    'categorical_crossentropy': ([P, T], -(T * np.log(P)).sum(axis=1)),
    'batch_normalization': ([X, P, T, P, T], (X - P) * P / T + T)}


def evaluated(found, args, make):
    variables = [make(a) for a in args]
    return theano.function(variables, found(*variables))(*args)


def by_type(array):
    """A variable for an array, on the package that runs."""
    tensor = importlib.import_module('theano.tensor')
    kind = {1: 'vector', 2: 'matrix', 3: 'tensor3', 4: 'tensor4'}[array.ndim]
    return getattr(tensor, ('l' if array.dtype.kind == 'i' else 'd') + kind)()


class TestNames:
    """Each value is NumPy's; on Theano itself, too, so that they are Theano's."""

    @pytest.fixture(autouse=True)
    def one(self, engine, request):
        if engine != 'theano':
            if importlib.util.find_spec('theano') is not None:
                pytest.skip('Theano is there')
            request.getfixturevalue('names')

    @pytest.mark.parametrize('name', sorted(NNET))
    def test_nnet(self, name):
        args, expected = NNET[name]
        found = getattr(importlib.import_module('theano.tensor.nnet'), name)
        np.testing.assert_allclose(evaluated(found, args, by_type), expected, rtol=1e-7)

    def test_leaky(self):
        from theano.tensor import nnet
        got = evaluated(lambda x: nnet.relu(x, .1), [X], by_type)
        np.testing.assert_allclose(got, np.where(X > 0, X, .1 * X))

    def test_labels(self):
        from theano.tensor import nnet
        got = evaluated(nnet.categorical_crossentropy, [P, LABELS], by_type)
        np.testing.assert_allclose(got, -np.log(P[np.arange(4), LABELS]))

    def test_a_vector_is_one_row(self):
        from theano.tensor import nnet
        np.testing.assert_allclose(evaluated(nnet.softmax, [X[0]], by_type), softmax(X[:1]))

    @pytest.mark.parametrize('subscripts', ['bij,bjk->bik', 'bi,bij->bj', 'bij,bj->bi', 'bi,bi->b'])
    def test_batched_dot(self, subscripts):
        import theano.tensor as TT
        rng = np.random.RandomState(0)
        sizes = dict(b=4, i=3, j=3, k=2)
        args = [rng.randn(*[sizes[c] for c in part])
                for part in subscripts.split('->')[0].split(',')]
        got = evaluated(TT.batched_dot, args, by_type)
        np.testing.assert_allclose(got, np.einsum(subscripts, *args))

    @ON_PYTENSOR        # Theano's own needs a compiler.
    @pytest.mark.parametrize('mode', ['valid', 'full', 'half', 1, (2, 0)])
    @pytest.mark.parametrize('flip', [True, False])
    def test_conv2d(self, mode, flip):
        signal = pytest.importorskip('scipy.signal')
        from theano.tensor.nnet import conv2d
        rng = np.random.RandomState(0)
        x, w = rng.randn(2, 3, 6, 5), rng.randn(4, 3, 3, 3)
        got = evaluated(lambda a, b: conv2d(
            a, b, filter_shape=(4, 3, 3, 3), input_shape=(None, 3, None, None),
            border_mode=mode, subsample=(2, 1), filter_flip=flip), [x, w], by_type)
        rows, columns = {'valid': (0, 0), 'full': (2, 2), 'half': (1, 1), 1: (1, 1)}.get(mode, mode)
        padded = np.pad(x, [(0, 0), (0, 0), (rows, rows), (columns, columns)])
        apply = signal.convolve2d if flip else signal.correlate2d
        expected = [[sum(apply(channel, kernel, 'valid') for channel, kernel in zip(image, stack))
                     for stack in w] for image in padded]
        np.testing.assert_allclose(got, np.array(expected)[:, :, ::2], rtol=1e-10)

    @ON_PYTENSOR
    @pytest.mark.parametrize('mode', ['max', 'average_inc_pad', 'sum'])
    @pytest.mark.parametrize('pad', [(0, 0), (1, 1)])
    @pytest.mark.parametrize('stride', [None, (1, 2)])
    def test_pool_2d(self, mode, pad, stride):
        from theano.tensor.signal import pool
        x = np.random.RandomState(0).randn(2, 3, 6, 5)
        got = evaluated(lambda v: pool.pool_2d(
            v, ws=(2, 2), ignore_border=True, stride=stride, pad=pad, mode=mode), [x], by_type)
        border = [(0, 0), (0, 0), pad, pad]
        padded = np.pad(x, border, constant_values=-np.inf if mode == 'max' else 0)
        step = stride or (2, 2)
        of = dict(max=np.max, sum=np.sum, average_inc_pad=np.mean)[mode]
        expected = [[of(padded[:, :, r:r + 2, c:c + 2], axis=(2, 3))
                     for c in range(0, padded.shape[3] - 1, step[1])]
                    for r in range(0, padded.shape[2] - 1, step[0])]
        np.testing.assert_allclose(got, np.transpose(expected, (2, 3, 0, 1)))

    def test_scan(self):
        import theano as package
        import theano.tensor as TT
        x = TT.dmatrix('x')
        states, updates = package.scan(lambda row, h: h + row, sequences=[x],
                                       outputs_info=[TT.zeros_like(x[0])])
        got = package.function([x], states, updates=updates)(X)
        np.testing.assert_allclose(got, np.cumsum(X, axis=0))
        assert len(updates) == 0 and not dict(updates)
        changed = package.clone(states, replace={x: 2 * x})
        np.testing.assert_allclose(changed.eval({x: X}), 2 * np.cumsum(X, axis=0))

    def test_other_names(self):
        import theano as package
        from theano import gradient, tensor as TT
        from theano.ifelse import ifelse
        from theano.sandbox.rng_mrg import MRG_RandomStreams
        from theano.tensor.shared_randomstreams import RandomStreams
        import theano.tensor.nnet
        x = TT.dmatrix('x')
        f = package.function([x], [
            TT.sgn(x), TT.inv(x), TT.abs_(x), package.dot(x, x.T),
            ifelse(TT.gt(x.sum(), 0), x, -x),
            TT.grad((x * TT.consider_constant(x)).sum(), x),
            TT.grad((x * gradient.disconnected_grad(x)).sum(), x)])
        for got, expected in zip(f(X), [np.sign(X), 1 / X, abs(X), X.dot(X.T),
                                        X * np.sign(X.sum()), X, X]):
            np.testing.assert_allclose(got, expected)
        for streams in MRG_RandomStreams, RandomStreams:
            draws = package.function([], streams(3).normal((50, 40), avg=1., std=2.))
            assert abs(draws().mean() - 1) < .3 and not np.allclose(draws(), draws())
        assert package.config.floatX == 'float64'
        assert isinstance(package.shared(1.), package.compile.SharedVariable)


@ON_PYTENSOR
class TestWhatIsNotThere:
    def test_name(self, names):
        import theano.tensor as TT
        with pytest.raises(AttributeError, match='theano.tensor.nosuch: PyTensor, which stands'):
            TT.nosuch
        with pytest.raises(ImportError, match='nosuch'):
            from theano.tensor import nosuch  # noqa: F401
        with pytest.raises(ImportError, match='theano.nosuch'):
            import theano.nosuch  # noqa: F401

    def test_pytensors_modules_stay_what_they_are(self, names):
        own = importlib.import_module('pytensor.ifelse')
        before = own.__spec__
        assert importlib.import_module('theano.ifelse') is own and own.__spec__ is before

    def test_sizes_that_are_not_known(self, names):
        import theano.tensor as TT
        with pytest.raises(ValueError, match='size of the filters is not known; give filter_'):
            images.conv2d(TT.tensor4(), TT.tensor4())
        with pytest.raises(ValueError, match="mode='mean', ignore_border=True; on PyTensor"):
            images.pool_2d(TT.tensor4(), (2, 2), True, mode='mean')
        with pytest.raises(TypeError, match='3 and 1 dimensions; expected'):
            nnet.categorical_crossentropy(TT.tensor3(), TT.vector())


def test_install_leaves_no_false_module():
    script = ('import sys, theanets_reg; theanets_reg.install(); '
              'print([n for n in sys.modules if n.split(".")[0] in ("theano", "climate") and '
              'not hasattr(sys.modules[n], "__file__") and sys.modules[n]])')
    said = subprocess.run([sys.executable, '-W', 'ignore', '-c', script], check=True,
                          stdout=subprocess.PIPE, universal_newlines=True).stdout
    assert said.strip() == '[]'


class TestClimate:
    @pytest.fixture(autouse=True)
    def fresh(self, monkeypatch):
        import argparse
        monkeypatch.setattr(climate, '_parser', argparse.ArgumentParser(
            conflict_handler='resolve'))
        self.climate = climate.stand_in()

    def line(self, monkeypatch, *args):
        monkeypatch.setattr(sys, 'argv', ['script.py'] + list(args))

    def test_public_names(self):
        assert sorted(n for n in vars(self.climate) if n[0] != '_') == [
            'add_arg', 'add_arg_group', 'add_group', 'add_mutex_arg_group', 'annotate', 'call',
            'enable_default_logging', 'get_logger', 'parse_args', 'parse_known_args']

    def test_groups(self, monkeypatch):
        self.climate.add_group('G').add_argument('--features', type=int, default=8)
        self.climate.add_arg_group('H').add_argument('--rate', type=float, default=.1)
        either = self.climate.add_mutex_arg_group()
        either.add_argument('--this', action='store_true')
        either.add_argument('--that', action='store_true')
        self.climate.add_arg('name')
        self.line(monkeypatch, 'x', '--features', '3', '--that')
        found = self.climate.call(lambda args: vars(args))
        assert found == dict(features=3, rate=.1, this=False, that=True, name='x')
        assert self.climate.parse_args(rate=5.).rate == 5.
        args, rest = self.climate.parse_known_args(['x', '--other'])
        assert args.name == 'x' and rest == ['--other']

    @pytest.mark.parametrize('line, expected', [
        ('a --number 5 -q', ('a', 'out', 5, True)), ('a -t b', ('a', 'b', 3, False))])
    def test_annotate(self, monkeypatch, line, expected):
        @self.climate.annotate(
            source='where from', target=('where to', 'option', 't'),
            number=('how many', 'option', None, int), quiet=('say nothing', 'flag', 'q'))
        def main(source, target='out', number=3, quiet=False):
            return source, target, number, quiet

        self.line(monkeypatch, *line.split())
        assert self.climate.call(main) == expected

    def test_no_parameters(self, monkeypatch):
        self.line(monkeypatch)
        assert self.climate.call(lambda: 7) == 7
