"""What takes long is told at INFO, with its size; what does not is not."""

import warnings

import pytest

from symbolic import TT
from theanets_reg import squared_norms
from theanets_reg.jacobian import progress


@pytest.fixture
def told(caplog):
    def messages(output, wrt, **options):
        caplog.clear()
        with caplog.at_level('INFO', logger='theanets_reg'), warnings.catch_warnings():
            warnings.simplefilter('ignore')
            squared_norms(output, wrt, **options)
        return [record.getMessage() for record in caplog.records]
    return messages


def deep(x, ops):
    for _ in range(ops):
        x = TT.tanh(x)
    return x


def test_large_plans_are_told(engine, told):
    x = TT.matrix('x')
    h = deep(x, progress.LARGE)
    assert told(h, x) == ['planning the norms of 1 output by 1 input: a graph of {} ops'.format(
        progress.LARGE)]
    assert told([h, 2 * x], [x, h]) == [
        'planning the norms of 2 outputs by 2 inputs: a graph of {} ops'.format(
            progress.LARGE + 2)]


def test_small_plans_are_not_told(engine, told):
    x = TT.matrix('x')
    assert told(deep(x, progress.LARGE - 1), x) == []


@pytest.mark.parametrize('options', [{}, {'method': 'jacobian'}])
def test_literal_jacobians_are_told(engine, told, options):
    x = TT.matrix('x')
    h = TT.tanh(x[::-1])
    h.name = 'h'
    assert told(h, x, **options) == [
        'building the literal Jacobian of h by x: a loop with a backward pass through 2 ops '
        'for each element of the output, which takes long to compile']


def test_what_does_not_depend_is_no_literal_jacobian(engine, told):
    x = TT.matrix('x')
    assert told(TT.tanh(TT.matrix('y')), x, method='jacobian') == []
