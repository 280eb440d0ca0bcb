"""Each example runs as its first lines say, in its quick form: the same with little data."""

import ast
import importlib.util
import os
import re
import subprocess
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FOLDER = os.path.join(ROOT, 'examples')
COMMON = ['matplotlib', 'sklearn']
# What each needs to run.
EXAMPLES = {'contractive_digits': ['theanets'], 'length_generalization': ['theanets'],
            'nuclear_norm': [], 'deep_pytensor': ['pytensor'],
            'contractive_pymc': ['pymc'], 'many_devices': ['pytensor', 'jax']}


def there(*packages):
    return all(importlib.util.find_spec(p) for p in packages)


@pytest.fixture(scope='module')
def ran(tmp_path_factory):
    """Runs an example once: what it prints, and the names of its pictures."""
    known = {}

    def once(name):
        if name not in known:
            known[name] = run(name, tmp_path_factory.mktemp(name))
        return known[name]
    return once


def run(name, folder):
    if not there(*COMMON):
        pytest.skip('the examples need {}'.format(' and '.join(COMMON)))
    env = dict(os.environ, PYTHONPATH=os.pathsep.join([ROOT] + sys.path),
               PYTHONIOENCODING='utf-8')
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', os.path.join(FOLDER, name + '.py'),
         '--quick', '--pictures', str(folder)],
        env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding='utf-8')
    assert done.returncode == 0, done.stdout
    return done.stdout, sorted(os.listdir(str(folder)))


def table(text, head):
    """The cells of the table whose first head is `head`, by the first of each row."""
    lines = text[text.index('\n\n' + head):].split('\n\n')[1].split('\n')
    # Columns stand under their heads: cells are apart by three spaces and more.
    return {cells[0]: cells[1:] for cells in (re.split(' {3,}', line) for line in lines)}


@pytest.mark.parametrize('name', sorted(EXAMPLES))
def test_example(name, ran):
    if not there(*EXAMPLES[name]):
        pytest.skip('{} is not installed'.format(' or '.join(EXAMPLES[name])))
    text, pictures = ran(name)
    assert pictures == [name + '.png']
    tasks = re.findall(r'^ *(\d+)/(\d+)  .* (?:s, mostly compiling|s left|s in all)$', text, re.M)
    assert [int(done) for done, _ in tasks] == list(range(1, int(tasks[0][1]) + 1))


@pytest.mark.parametrize('name', sorted(EXAMPLES))
def test_what_is_missing_is_named(name, ran):
    missing = [p for p in EXAMPLES[name] if not there(p)]
    if not missing or missing == ['theanets']:
        pytest.skip('nothing is missing')
    text, pictures = ran(name)
    assert 'pip install ' + missing[0] in text and not pictures


def test_nuclear_norm_is_bounded(ran):
    """Two contractive penalties are an upper bound of what singular values give."""
    rows = table(ran('nuclear_norm')[0], '200 points not seen before')
    exact, bound = rows['‖J‖_*, by singular values'], rows['(‖J_g‖² + ‖J_h‖²) / 2']
    assert all(0 < float(e) <= float(b) for e, b in zip(exact, bound))


def test_devices_agree(ran):
    if not there('pytensor', 'jax'):
        pytest.skip('jax is not installed')
    text, _ = ran('many_devices')
    rows = [re.split(' {3,}', line) for line in text.split('\n')
            if line.startswith(('automatic  ', 'by examples  '))]
    assert sorted(row[:2] for row in rows) == sorted(
        [way, str(n)] for way in ('automatic', 'by examples') for n in (1, 2, 4))
    assert all(float(row[5]) < 1e-5 for row in rows)
    assert all(float(row[3]) > 0 for row in rows)


def names():
    return sorted(f[:-3] for f in os.listdir(FOLDER) if f.endswith('.py'))


def test_all_are_tested():
    """A module without an underscore is an example, and no helper is one."""
    assert [n for n in names() if not n.startswith('_')] == sorted(EXAMPLES)
    for name in names():
        with open(os.path.join(FOLDER, name + '.py'), encoding='utf-8') as source:
            text = source.read()
        assert ('__main__' in text) != name.startswith('_'), name
        said = ast.get_docstring(ast.parse(text))
        assert '%(' not in said and (name.startswith('_') or name + '.py' in said), name


def test_pictures_are_not_for_git():
    with open(os.path.join(ROOT, '.gitignore')) as ignored:
        assert '/examples/pictures/' in ignored.read().split('\n')
