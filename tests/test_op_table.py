"""The table of ops in the docs is what is found today."""

import importlib

import pytest

import op_table
from symbolic import theano  # noqa: F401  (once for each package)


def test_it_is_written_as_it_is_made():
    with open(op_table.PATH, encoding='utf-8') as lines:
        assert lines.read() == op_table.written(op_table.read())


def test_it_is_true(engine):
    if importlib.import_module(engine).__version__ != op_table.VERSIONS[engine]:
        pytest.skip('the table is about another version')
    found, said = op_table.found(engine), op_table.read()[engine]
    for section, _ in op_table.SECTIONS:
        assert found[section] == said[section]
    assert len(said['functions']) > 100 and len(said['ops']) > 20
