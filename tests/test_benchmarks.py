"""Benchmarks say what they show, and keep it with machine, versions and date."""

import ast
import json
import os
import subprocess
import sys

import pytest
import symbolic

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FOLDER = os.path.join(ROOT, 'benchmarks')


def commands():
    """Those that measure something: their sources by their names."""
    found = {}
    for name in sorted(os.listdir(FOLDER)):
        if name.endswith('.py'):
            with open(os.path.join(FOLDER, name), encoding='utf-8') as source:
                text = source.read()
            said = ast.get_docstring(ast.parse(text))
            if 'python benchmarks/' + name in said:
                found[name] = said, text
    return found


@pytest.mark.parametrize('name', sorted(commands()))
def test_the_first_line_says_what_it_shows(name):
    said, text = commands()[name]
    first = said.split('\n')[0]
    assert first.endswith(('.', '.md')) and len(first) > 30
    # Kept as JSON, or, of the modes, as a page with versions and date.
    kept = 'timing.keep(' in text or 'options.save' in text or name == 'linkers.py'
    assert kept and ('save' in said or name == 'linkers.py')


def test_what_is_kept(tmp_path):
    if not {'theano'} <= set(symbolic.INSTALLED):
        pytest.skip('theano is not installed')
    pytest.importorskip('theanets_reg.compat.theanets').load()
    path = str(tmp_path / 'kept.json')
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', os.path.join(FOLDER, 'published_code.py'),
         '--save', path], env=dict(os.environ, PYTHONPATH=os.pathsep.join([ROOT] + sys.path)),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
    assert done.returncode == 0, done.stdout
    with open(path) as kept:
        kept = json.load(kept)
    assert sorted(kept) == ['load', 'machine', 'rows', 'versions']
    assert 'theano 1.0.5' in kept['versions'] and 'Python ' in kept['versions']
    assert len(kept['machine'][0].split('-')) == 3 and 'cores' in kept['machine'][1]
    # The documented number is no telescoping sum: it can't be negative.
    assert kept['rows'][0]['published'] < kept['rows'][0]['formula']
