"""The algebra of structured Jacobians, against full arrays in NumPy."""

import numpy as np
import pytest

from symbolic import TT, theano
from theanets_reg import backends
from theanets_reg.jacobian.chunks import Chunk
from theanets_reg.jacobian.linear_maps import (
    Between, Dense, Diagonal, Product, Scaled, ScaledProduct, Sum, added)
from theanets_reg.jacobian.linear_maps.base import per_example

pytestmark = pytest.mark.filterwarnings('ignore::DeprecationWarning')

BATCH, TIME, ROWS, UNITS = 2, 3, 4, 6
STEP = 1e-5


def array(*shape):
    """Numbers that depend on the sizes alone."""
    return np.random.RandomState(sum(n * 10 ** i for i, n in enumerate(shape))).randn(*shape)


def factor(*shape):
    """An array of which one number can be changed, broadcastable where a size is one."""
    return TT.constant(array(*shape)) * theano.shared(1.)


def compiled(outputs):
    mode = theano.compile.Mode(linker='py', optimizer=None)
    return theano.function([], list(outputs), mode=mode)


def values(*outputs):
    return compiled(outputs)()


def evaluated(output):
    found, = values(output)
    return found


def scattered(value, index, units):
    """``full[k, ..., index[k]] = value[..., k]``."""
    full = np.zeros((value.shape[-1],) + value.shape[:-1] + (units,))
    for k, unit in enumerate(index):
        full[k, ..., unit] = value[..., k]
    return full


def diagonal(*lead):
    value = array(*lead + (ROWS,))
    return Diagonal(theano.shared(value)), scattered(value, range(ROWS), ROWS)


def placed(*lead):
    """A diagonal whose rows are at other units, two of them at one."""
    value, index = array(*lead + (ROWS,)), np.array([5, 0, 2, 0])
    made = Diagonal(theano.shared(value), index=theano.shared(index),
                    units=TT.constant(UNITS))
    return made, scattered(value, index, UNITS)


def some_rows(*lead):
    """Of a diagonal's six rows those from the second to the fifth."""
    value = array(*lead + (UNITS,))
    two, four, six = (TT.constant(n, dtype='int64') for n in (1, 4, 6))
    made = Diagonal(theano.shared(value), Chunk(two, two, four, six))
    return made, scattered(value, range(UNITS), UNITS)[1:5]


def scaled(lead, units, right=None):
    """diagonal · shared · diagonal, the last of them of the shape `right`."""
    left, shared = array(*lead + (ROWS,)), array(*(ROWS,) + units)
    full = np.moveaxis(left, -1, 0).reshape((ROWS,) + lead + (1,) * len(units)) * \
        shared.reshape((ROWS,) + (1,) * len(lead) + units)
    behind = None
    if right is not None:
        full = full * array(*right)
        behind = factor(*right)
    return Scaled(theano.shared(shared), theano.shared(left), len(lead), behind), full


def dense(*shape):
    return Dense(theano.shared(array(*shape))), array(*shape)


def with_right(*right):
    """Dense rows with a factor that all of them have."""
    shape = (ROWS,) + (BATCH, TIME, UNITS)[:len(right) - 1] + (UNITS,)
    made = Dense(theano.shared(array(*shape)), factor(*right))
    return made, array(*shape) * array(*right)


def alike_at_all_times():
    """Dense rows that are broadcast along the steps, each of which has a factor."""
    value = array(ROWS, BATCH, 1, UNITS)
    rows = theano.shared(value)
    rows = backends.of(rows).fix_broadcast(rows, (False, False, True, False))
    return Dense(rows, factor(BATCH, TIME, UNITS)), value * array(BATCH, TIME, UNITS)


def product(lead, *matrix):
    rows, shared = array(*(ROWS,) + lead + matrix[:1]), array(*matrix)
    return Product(theano.shared(rows), theano.shared(shared)), np.dot(rows, shared)


def scaled_product(lead, right, width):
    """diagonal · shared · diagonal · shared."""
    (made, full), matrix = scaled(lead, (UNITS,), right), array(UNITS, width)
    found = made.times(theano.shared(matrix))
    assert isinstance(found, ScaledProduct)
    return found, np.dot(full, matrix)


def between(lead, right, outer):
    """The same with a diagonal behind it, the last of them of the shape `outer`."""
    made, full = scaled_product(lead, right, UNITS)
    found = made.through(lambda a, b: a * b, [factor(*outer)])
    assert isinstance(found, Between)
    return found, full * array(*outer)


def total(*pairs):
    """A sum of terms that share nothing."""
    made = added([m for m, _ in pairs])
    assert isinstance(made, Sum)
    return made, sum(full for _, full in pairs)


#: Maps (rows, batch, units), and some of other axes.
MAPS = {
    'diagonal': lambda: diagonal(BATCH),
    'placed': lambda: placed(BATCH),
    'some rows': lambda: some_rows(BATCH),
    'scaled': lambda: scaled((BATCH,), (UNITS,)),
    'scaled, right': lambda: scaled((BATCH,), (UNITS,), (BATCH, UNITS)),
    'scaled, right of all': lambda: scaled((BATCH,), (UNITS,), (1, UNITS)),
    'scaled, right alike': lambda: scaled((BATCH,), (UNITS,), (BATCH, 1)),
    'dense': lambda: dense(ROWS, BATCH, UNITS),
    'dense, right': lambda: with_right(BATCH, UNITS),
    'dense, right alike': lambda: with_right(BATCH, 1),
    'dense, right of all': lambda: with_right(1, UNITS),
    'product': lambda: product((BATCH,), 3, UNITS),
    'scaled product': lambda: scaled_product((BATCH,), (BATCH, UNITS), UNITS),
    'between': lambda: between((BATCH,), (BATCH, UNITS), (BATCH, UNITS)),
    'between, of all': lambda: between((BATCH,), (1, UNITS), (1, UNITS)),
    'sum': lambda: total(scaled((BATCH,), (UNITS,)),
                         scaled((BATCH,), (UNITS,), (BATCH, UNITS))),
    'sum with a diagonal': lambda: total(diagonal(BATCH), scaled((BATCH,), (ROWS,))),
}

MORE = {
    'diagonal, two leads': lambda: diagonal(BATCH, TIME),
    'placed, two leads': lambda: placed(BATCH, TIME),
    'scaled, two leads': lambda: scaled((BATCH, TIME), (UNITS,)),
    'scaled, two leads, right': lambda: scaled(
        (BATCH, TIME), (UNITS,), (BATCH, TIME, UNITS)),
    'scaled, two leads, right alike': lambda: scaled(
        (BATCH, TIME), (UNITS,), (BATCH, TIME, 1)),
    'scaled, two leads, one time': lambda: scaled(
        (BATCH, TIME), (UNITS,), (BATCH, 1, UNITS)),
    'scaled, images': lambda: scaled((BATCH,), (3, 2)),
    'scaled, images, right': lambda: scaled((BATCH,), (3, 2), (BATCH, 3, 2)),
    'scaled, images, right of all': lambda: scaled((BATCH,), (3, 2), (BATCH, 1, 2)),
    'dense, two leads': lambda: dense(ROWS, BATCH, TIME, UNITS),
    'dense, two leads, right': lambda: with_right(BATCH, TIME, UNITS),
    'dense, alike at all times, right': alike_at_all_times,
    'dense, no units': lambda: dense(ROWS, BATCH),
    'dense, images': lambda: dense(ROWS, BATCH, 3, 2),
    'product, two leads': lambda: product((BATCH, TIME), 3, UNITS),
    'scaled product, two leads': lambda: scaled_product(
        (BATCH, TIME), (BATCH, TIME, UNITS), UNITS),
    'between, two leads': lambda: between(
        (BATCH, TIME), (BATCH, 1, UNITS), (BATCH, TIME, UNITS)),
    'product by a vector': lambda: product((BATCH,), 3),
    'sum, two leads': lambda: total(
        scaled((BATCH, TIME), (UNITS,)),
        scaled((BATCH, TIME), (UNITS,), (BATCH, TIME, UNITS))),
}

ALL = dict(MAPS, **MORE)


@pytest.fixture(params=sorted(ALL))
def pair(request, engine):
    return ALL[request.param]()


def unknown(variable, axis):
    """No size is known: products go by Gram matrices."""


def known(variable, axis):
    """All are one: they are multiplied out."""
    return 1


def many_examples(variable, axis):
    """More examples than units: what comes before them is multiplied first."""
    return 1 if axis else 9


def many_units(variable, axis):
    """More units than rows: sums over the units come first."""
    return 9 if axis else 1


NUMBERS = [unknown, known, many_examples, many_units]


def check(made, full):
    """The map, and its forms without structure, and its norms, are those of `full`."""
    assert made.ndim == full.ndim - 1
    np.testing.assert_allclose(evaluated(made.full()), full, rtol=1e-12, atol=1e-12)
    squares = (full ** 2).sum(axis=tuple(a for a in range(full.ndim) if a != 1))
    for numbers in NUMBERS:
        np.testing.assert_allclose(evaluated(made.squares(numbers)), squares, rtol=1e-10)


def test_full_and_squares(pair):
    made, full = pair
    check(made, full)
    check(made.dense(), full)
    assert isinstance(made.dense(), Dense)


@pytest.mark.parametrize('numbers', NUMBERS)
def test_squares_of_valid_rows(pair, numbers):
    made, full = pair
    if isinstance(made, Diagonal) and made.closed:
        pytest.skip('it has all of its rows, always')
    valid = np.array([True, False, True, True])
    found = evaluated(made.squares(numbers, theano.shared(valid)))
    expected = (full[valid] ** 2).sum(axis=tuple(a for a in range(full.ndim) if a != 1))
    np.testing.assert_allclose(found, expected, rtol=1e-10)


WITH_GRAM = sorted(MAPS) + [
    'scaled, images', 'scaled, images, right', 'scaled, images, right of all',
    'dense, no units', 'dense, images']


@pytest.mark.parametrize('numbers', NUMBERS)
@pytest.mark.parametrize('name', WITH_GRAM)
def test_gram(name, numbers):
    made, full = ALL[name]()
    rows = np.moveaxis(full, 0, 1).reshape(full.shape[1], full.shape[0], -1)
    np.testing.assert_allclose(
        evaluated(made.gram(numbers)), np.matmul(rows, rows.transpose(0, 2, 1)), rtol=1e-10,
        atol=1e-12)


def test_per_example():
    """The sum over all axes but one, the first where nothing is said; a number is one example."""
    value = array(2, 3, 4)
    for ndim, axes in (3, (1, 2)), (2, (1, )), (1, ()):
        part = value[(slice(None), ) * ndim + (0, ) * (3 - ndim)]
        found = evaluated(per_example(TT.constant(part)))
        np.testing.assert_allclose(found, part.sum(axis=axes) if axes else part)
    np.testing.assert_allclose(
        evaluated(per_example(TT.constant(value), 1)), value.sum(axis=(0, 2)))
    assert evaluated(per_example(TT.constant(3.))).tolist() == [3.]


def weighted(output):
    """A sum of all elements, each with a factor of its own."""
    return (TT.cos(1 + TT.arange(output.size)).reshape(
        output.shape, ndim=output.ndim) * output).sum()


@pytest.mark.parametrize('numbers', NUMBERS)
@pytest.mark.parametrize('name', sorted(ALL))
def test_gradients(name, numbers):
    """Along one direction of all that a map is made of, against central differences."""
    outputs = [ALL[name]()[0].full(), ALL[name]()[0].squares(numbers)]
    if name in WITH_GRAM:
        outputs.append(ALL[name]()[0].gram(numbers))
    for total in map(weighted, outputs):
        params = [v for v in backends.ancestors([total]) if hasattr(v, 'get_value')
                  and v.dtype == 'float64']
        start = [p.get_value() for p in params]
        directions = [np.cos(3 * v) for v in start]
        run, ends = compiled([total] + theano.grad(total, params)), []
        for step in STEP, -STEP:
            for param, value, direction in zip(params, start, directions):
                param.set_value(value + step * direction)
            ends.append(run()[0])
        for param, value in zip(params, start):
            param.set_value(value)
        slopes = run()[1:]
        assert [s.shape for s in slopes] == [v.shape for v in start]
        np.testing.assert_allclose(
            sum((s * d).sum() for s, d in zip(slopes, directions)),
            (ends[0] - ends[1]) / (2 * STEP), rtol=1e-6)


def test_product_chooses_by_the_count():
    """units²·(others + lines) multiply-adds by Gram, lines·units·others without."""
    rows, matrix = theano.shared(array(ROWS, BATCH, 3)), theano.shared(array(3, UNITS))
    sizes = {rows: (ROWS, BATCH, 3), matrix: (3, UNITS)}

    def chooses(units, others, lines):
        sizes.update({rows: (lines, 1, units), matrix: (units, others)})
        made = Product(rows, matrix)
        made.squares(lambda v, axis: sizes[v][axis])
        return 'product' if made._full is not None else 'gram'
    assert chooses(units=3, others=60, lines=4) == 'gram'         # 576 for 720
    assert chooses(units=3, others=10, lines=4) == 'product'      # 126 for 120
    assert chooses(units=60, others=3, lines=400) == 'product'
    assert chooses(units=5, others=6, lines=1000) == 'gram'       # 25150 for 30000


@pytest.mark.parametrize('shape', [(), (BATCH, 1)])
def test_factors_of_whole_rows_leave_the_product_as_it_is(shape):
    """So that it may still be closed by a Gram matrix."""
    for made in product((BATCH,), 3, UNITS)[0], scaled_product(
            (BATCH,), (BATCH, UNITS), UNITS)[0]:
        found = made.through(lambda a, b: a * b, [TT.constant(array(*shape) + np.zeros(shape))])
        assert type(found) is type(made)


def test_fewer_columns_than_examples():
    """Then no row is made for an example."""
    for made in scaled_product((BATCH,), (BATCH, UNITS), UNITS)[0], between(
            (BATCH,), (BATCH, UNITS), (BATCH, UNITS))[0]:
        product = getattr(made, 'product', made)
        made.squares(many_examples)
        assert product._array is None
        made.squares(known)
        assert product._array is not None


@pytest.mark.parametrize('width', [None, 5])
def test_times(pair, width):
    made, full = pair
    if full.ndim < 3:
        pytest.skip('it has no units')
    matrix = array(*(full.shape[-1],) + ((width,) if width else ()))
    check(made.times(theano.shared(matrix)), np.dot(full, matrix))


def test_times_keeps_the_cheap_form():
    matrix = theano.shared(array(ROWS, 5))
    assert isinstance(diagonal(BATCH)[0].times(matrix), Scaled)
    twice = scaled((BATCH,), (ROWS,))[0].times(matrix)
    assert isinstance(twice, Scaled) and twice.shared.ndim == 2
    assert isinstance(dense(ROWS, BATCH, ROWS)[0].times(matrix), Product)
    alike = scaled((BATCH,), (ROWS,), (BATCH, 1))[0].times(matrix)
    assert isinstance(alike, Scaled) and alike.right is not None


@pytest.mark.parametrize('spread', ['full', 'lead', 'units', 'number', 'nothing'])
def test_through(pair, spread):
    made, full = pair
    shape = {'full': full.shape[1:], 'lead': full.shape[1:-1] + (1,),
             'units': (1,) * (full.ndim - 2) + full.shape[-1:], 'number': ()}.get(spread)
    if spread == 'nothing':
        check(made.through(lambda a: -a), -full)
        return
    if full.ndim < 3 and spread == 'lead':
        pytest.skip('it has no units')
    other = array(*shape) if shape else np.float64(.3)
    check(made.through(lambda a, b: a * b, [TT.constant(other)]), full * other)
    check(made.through(lambda a, b, c: a * b / c, [TT.constant(other), TT.constant(2.)]),
          full * other / 2)
    check(made.through(lambda a, b: a * b, [TT.constant(other)], exactly=True), full * other)


class Stays(object):
    """Tells which axes a reshape from one shape to another keeps."""

    def __init__(self, old, new):
        self.old = old
        self.new = new

    def last(self):
        return self.old[-1] == self.new[-1]

    def first(self, count):
        return self.old[:count] == self.new[:count]


class Unknown(Stays):
    """Sizes of which nothing is seen, whatever they are."""

    def last(self):
        return False

    def first(self, count):
        return False


RESHAPES = {
    'units apart': lambda s: s[:-1] + (2, s[-1] // 2),
    'leads together': lambda s: (s[0] * s[1],) + s[2:],
    'all but the examples': lambda s: (s[0], int(np.prod(s[1:]))),
    'one more lead': lambda s: (1,) + s,
    'everything': lambda s: (int(np.prod(s)),),
}


@pytest.mark.parametrize('name', sorted(RESHAPES))
def test_reshaped(pair, name):
    made, full = pair
    old = full.shape[1:]
    if len(old) < 2:
        pytest.skip('it has no units')
    new = RESHAPES[name](old)
    found = made.reshaped(TT.constant(np.array(new)), len(new), Stays(old, new))
    expected = full.reshape(full.shape[:1] + new)
    assert found.ndim == len(new)
    np.testing.assert_allclose(evaluated(found.full()), expected, rtol=1e-12)
    check(found, expected)


@pytest.mark.parametrize('name', ['units apart', 'leads together'])
def test_reshaped_where_no_size_is_known(pair, name):
    made, full = pair
    old = full.shape[1:]
    if len(old) < 2:
        pytest.skip('it has no units')
    new = RESHAPES[name](old)
    found = made.reshaped(TT.constant(np.array(new)), len(new), Unknown(old, new))
    check(found, full.reshape(full.shape[:1] + new))


def orders(ndim):
    yield list(range(ndim))[::-1]
    yield [0, 'x'] + list(range(1, ndim))
    yield ['x'] + list(range(ndim))
    yield list(range(ndim)) + ['x']
    if ndim > 2:
        yield [0, 2, 1] + list(range(3, ndim))
        yield [1, 0] + list(range(2, ndim))
        yield [1, 2, 0] + list(range(3, ndim))


def test_permuted(pair):
    made, full = pair
    for order in orders(full.ndim - 1):
        kept = [a for a in order if a != 'x']
        expected = full.transpose([0] + [1 + a for a in kept])
        expected = expected.reshape((full.shape[0],) + tuple(
            1 if a == 'x' else full.shape[1 + a] for a in order))
        check(made.permuted(order), expected)


def test_permuted_keeps_the_cheap_form():
    """Where the axes in front stay in front, and those of the units behind."""
    images = scaled((BATCH, TIME), (3, 2), (BATCH, TIME, 3, 2))
    for (made, full), order in (images, [1, 0, 3, 2]), (images, [0, 1, 3, 2]), (
            scaled((BATCH, TIME), (UNITS,)), [1, 0, 2]):
        found = made.permuted(order)
        assert isinstance(found, Scaled) and found.lead == 2
        np.testing.assert_allclose(
            evaluated(found.full()), full.transpose([0] + [1 + a for a in order]), rtol=1e-12)
    for order in [0, 2, 1, 3], [0, 1, 3, 2, 'x'], [0, 'x', 1, 2, 3]:
        assert isinstance(images[0].permuted(order), Dense)
    assert isinstance(diagonal(BATCH, TIME)[0].permuted([1, 0, 2]), Diagonal)


@pytest.mark.parametrize('lead', [(BATCH,), (BATCH, TIME)])
def test_selected(lead):
    """The units are put among others, at once and once more."""
    index, again = np.array([4, 2, 2, 0]), np.array([1, 1, 5, 0, 3])
    made, _ = diagonal(*lead)
    once = made.selected(theano.shared(index), TT.constant(5))
    value = array(*lead + (ROWS,))
    check(once, scattered(value, index, 5))
    check(once.selected(theano.shared(again), TT.constant(6)),
          scattered(value, again[index], 6))


def terms():
    """Pairs of maps, and the form that their sum has."""
    shared, left, right = (theano.shared(array(*s)) for s in (
        (ROWS, UNITS), (BATCH, ROWS), (BATCH, UNITS)))
    another = [theano.shared(array(*s) + .5) for s in (
        (ROWS, UNITS), (BATCH, ROWS), (BATCH, UNITS))]
    matrix, rows = theano.shared(array(3, UNITS)), theano.shared(array(ROWS, BATCH, 3))
    value, factor = theano.shared(array(BATCH, ROWS)), theano.shared(array(BATCH, 3))
    return {
        'diagonals': (Diagonal(value), Diagonal(value * 2), Diagonal),
        'one matrix': (Scaled(shared, left, 1), Scaled(shared, another[1], 1), Scaled),
        'one matrix and right': (
            Scaled(shared, left, 1, right), Scaled(shared, another[1], 1, right), Scaled),
        'one left': (Scaled(shared, left, 1), Scaled(another[0], left, 1), Scaled),
        'other rights': (
            Scaled(shared, left, 1, right), Scaled(shared, left, 1, another[2]), Scaled),
        'nothing alike': (
            Scaled(shared, left, 1), Scaled(another[0], another[1], 1, right), Sum),
        'one side without right': (
            Scaled(shared, left, 1), Scaled(shared, left, 1, right), Sum),
        'products of one matrix': (
            Product(rows, matrix), Product(rows * 2, matrix), Product),
        'products of two': (
            Product(rows, matrix), Product(rows * 2, TT.tanh(matrix)), Product),
        'dense': (Dense(TT.dot(rows, matrix)), Dense(TT.dot(rows, matrix) + 1), Dense),
        'dense of one right': (
            Dense(rows, factor), Dense(2 * rows, factor), Dense),
        'dense of other rights': (
            Dense(rows, factor), Dense(2 * rows, factor + 1), Dense),
        'dense and product': (
            Dense(TT.dot(rows, matrix)), Product(rows, matrix), Dense),
        'scaled and dense': (Scaled(shared, left, 1), Dense(TT.dot(rows, matrix)), Dense),
    }


NAMES = ['dense', 'dense and product', 'dense of one right', 'dense of other rights',
         'diagonals', 'nothing alike', 'one left', 'one matrix',
         'one matrix and right', 'one side without right', 'other rights',
         'products of one matrix', 'products of two', 'scaled and dense']


@pytest.mark.parametrize('name', NAMES)
def test_added(name):
    one, other, form = terms()[name]
    made = added([one, other])
    assert type(made) is form
    check(made, sum(values(one.full(), other.full())))


def test_sums_of_sums_are_flat():
    one, other, _ = terms()['nothing alike']
    made = added([added([one, other]), one])
    assert len(made.terms) == 2
    check(made, evaluated(2 * one.full() + other.full()))


def cancelling(kind):
    """Two float32 terms with one matrix, which differ by 1e-4."""
    value = np.full((BATCH, ROWS), 1, 'float32')
    less = value * np.float32(1 - 1e-4)
    matrix = array(ROWS, UNITS).astype('float32')
    if kind == 'product':
        rows = [np.moveaxis(a, -1, 0)[..., None] * np.eye(ROWS, dtype='f')[:, None]
                for a in (value, -less)]
        maps = [Product(theano.shared(r), theano.shared(matrix)) for r in rows]
        maps[1].matrix = maps[0].matrix
    else:
        shared = theano.shared(matrix)
        maps = [Scaled(shared, theano.shared(a), 1) for a in (value, -less)]
    left = value.astype('float64') - less
    return maps, (left ** 2).dot((matrix.astype('float64') ** 2).sum(axis=1))


@pytest.mark.parametrize('kind', ['scaled', 'product'])
def test_terms_of_one_matrix_are_added_before_they_are_squared(kind):
    maps, expected = cancelling(kind)
    found = evaluated(added(maps).squares(unknown))
    assert found.dtype == 'float32'
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    # What cross terms would make of it.
    crossed = evaluated(Sum(maps).squares(unknown)) if kind == 'scaled' else None
    assert crossed is None or abs(crossed / expected - 1).max() > 1e-2


def test_a_sum_is_never_negative():
    """Its cross terms may be rounded to less than nothing."""
    one, full = scaled((BATCH,), (UNITS,))
    other = Scaled(one.shared * 1, one.left * -1, 1, TT.ones_like(one.left[:, :1]).repeat(
        UNITS, axis=1))
    assert (evaluated(Sum([one, other]).squares(unknown)) >= 0).all()


def test_squares_of_half_precision_do_not_overflow():
    value = np.full((BATCH, ROWS), 300, 'float16')
    made = Diagonal(theano.shared(value))
    assert evaluated(made.squares(unknown)).tolist() == [360000.] * BATCH
    times = made.times(TT.constant(np.eye(ROWS, dtype='float16')))
    assert evaluated(times.squares(unknown)).tolist() == [360000.] * BATCH
    assert backends.of(made.value).wide(made.value).dtype == 'float32'
