"""The figures in docs/regularizers.md are those of the net that it names."""

import os
import re

import numpy as np
import pytest

from symbolic import theano
from theanets_reg import Regularizer

HERE = os.path.dirname(os.path.abspath(__file__))
PAGE = os.path.join(HERE, os.pardir, 'docs', 'regularizers.md')


def _rows():
    """Keywords, figures and named tests of each line of the first two tables."""
    with open(PAGE, encoding='utf-8') as lines:
        text = lines.read().split('## Weights')[0].replace('\\|', '')
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip('|').split('|')]
        if line.startswith('| `'):
            yield re.findall('`(.*?)`', cells[0]), cells[3], re.findall('`(.*?)`', cells[4])


ROWS = list(_rows())


@pytest.mark.parametrize('keys, figures', [(keys, f) for keys, f, _ in ROWS if f])
def test_figures(theanets, keys, figures):
    net = theanets.Regressor([8, (6, 'tanh'), 4])
    outputs, _ = net.build_graph()
    expected = [float(figure) for figure in figures.split(', ')]
    for key in keys:
        losses = [Regularizer.build(key, **kwargs).loss(net.layers, outputs)
                  for kwargs in [{}, dict(elements='sum')][:len(expected)]]
        found = theano.function(net.inputs, losses, on_unused_input='ignore')(
            np.random.RandomState(0).randn(20, 8))
        np.testing.assert_allclose(found, expected, rtol=5e-6)


def test_every_keyword_has_a_row():
    listed = {key for keys, _, _ in ROWS for key in keys}
    places = {'{}_{}'.format(place, kind) for place in ('input', 'hidden', 'output')
              for kind in ('noise', 'dropout')}
    ours = {key for cls in Regularizer._registry.values()
            if cls.__module__.startswith('theanets_reg.')
            for key in vars(cls).get('__extra_registration_keys__', ())}
    assert listed == ours | places


def test_named_tests_are_there():
    named = {name for _, _, names in ROWS for name in names if name.startswith('test_')}
    assert named
    for name in named:
        path, _, inside = name.partition('::')
        with open(os.path.join(HERE, path), encoding='utf-8') as lines:
            assert 'class {}:'.format(inside) in lines.read() if inside else True
