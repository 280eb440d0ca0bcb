"""The programs of README.md and of docs/ run as they stand, and print what they say.

A ``python`` block of the README is a program, a page of docs/ is one from its first block
to its last. A ``text`` block says what the block before it prints. On Theano the lines that
import PyTensor are exchanged for those that the README names.
"""

import doctest
import importlib.util
import inspect
import io
import os
import re

import pytest

import theanets_reg
from symbolic import INSTALLED

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BLOCK = re.compile(r'^```(\w+)\n(.*?)^```$', re.MULTILINE | re.DOTALL)
MARK = '-- end of block {} --'
AT_ONCE = 'cxx=,mode=FAST_COMPILE,linker=py'
AS_USERS = bool(os.environ.get('THEANETS_REG_DEFAULT_MODES'))
ON_THEANO = [('import pytensor.tensor as pt', 'import theano.tensor as pt'),
             ('import pytensor\n', 'import theanets_reg\nimport theano as pytensor\n'),
             ('from pytensor.graph import', 'from theano import')]

#: A price, of the graph in PyTensor; in Theano the same sum may be another op.
PRICE = re.compile(r'[\d.]+e[+]\d+(?= (multiply-adds|elements))')


def read(*path):
    with io.open(os.path.join(HERE, *path), encoding='utf-8') as handle:
        return handle.read()


def pages():
    """The paths of all pages, without extension."""
    for folder, _, names in os.walk(os.path.join(HERE, 'docs')):
        for name in names:
            if name.endswith('.md'):
                yield os.path.relpath(os.path.join(folder, name), HERE)


def blocks(text):
    """(source, what it prints or None) of each ``python`` block."""
    found = BLOCK.findall(text) + [('end', '')]
    return [(source, said if kind == 'text' else None)
            for (language, source), (kind, said) in zip(found, found[1:])
            if language == 'python']


README = read('README.md')
PAGES = {page: blocks(read(page)) for page in sorted(pages())}
PROGRAMS = {'README {}'.format(n): [block] for n, block in enumerate(blocks(README))}
PROGRAMS.update((page, found) for page, found in PAGES.items() if found)


@pytest.mark.parametrize('package', INSTALLED)
@pytest.mark.parametrize('name', sorted(PROGRAMS))
def test_runs(name, package, run_script, monkeypatch):
    source = ''.join(s + "print('{}')\n".format(MARK.format(n))
                     for n, (s, _) in enumerate(PROGRAMS[name]))
    if 'install()' in source:
        if importlib.util.find_spec('theanets') is None:
            pytest.skip('theanets is not installed')
        if package != INSTALLED[0]:
            pytest.skip('theanets is on {}'.format(INSTALLED[0]))
    if 'import jax' in source:
        if package != 'pytensor' or importlib.util.find_spec('jax') is None:
            pytest.skip('it needs PyTensor and jax')
    if package == 'theano':
        for old, new in ON_THEANO:
            source = source.replace(old, new)
    # What is logged comes in between, where it is said.
    monkeypatch.setenv('PYTHONUNBUFFERED', '1')
    compiled = AS_USERS and name.startswith('README')
    said = run_script(source, '' if compiled else AT_ONCE)
    for n, (_, expected) in enumerate(PROGRAMS[name]):
        printed, _, said = said.partition(MARK.format(n) + '\n')
        if expected is not None:
            if package == 'theano':
                expected = PRICE.sub('...', expected)
            assert_prints(printed, expected)


def assert_prints(printed, expected):
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    assert doctest.OutputChecker().check_output(expected, printed, flags), \
        'it prints\n{}and should\n{}'.format(printed, expected)


def test_the_imports_on_theano_are_those_that_the_readme_names():
    lines = {line.split('#')[0].strip() for line in README.splitlines()}
    assert set(''.join(new for _, new in ON_THEANO[:2]).replace(
        'ptimport', 'pt\nimport').split('\n')) - {''} <= lines


def test_all_public_names_are_in_the_reference():
    text = read('docs', 'reference', 'api.md')
    missing = [name for name in theanets_reg.__all__
               if not re.search(r'auto(function|class):: theanets_reg\.{}$'.format(name),
                                text, re.MULTILINE)]
    assert missing == []


ROW = re.compile(r'^\| (`.*?` )?\| (both|`\w+`) \| (.*?) \|', re.MULTILINE)


def table():
    """(keyword of the penalty, argument, default) for each row of README's table."""
    arguments = None
    for found, of, defaults in ROW.findall(README):
        arguments = re.findall('`(.*?)`', found) or arguments
        for key in ['contractive', 'recurrent_norm'] if of == 'both' else [of.strip('`')]:
            for pair in zip(arguments, re.findall('`(.*?)`', defaults)):
                yield (key, ) + pair


def test_the_table_has_the_defaults():
    given = {}
    for key in 'contractive', 'recurrent_norm':
        parameters = inspect.signature(theanets_reg.Regularizer.get_class(key)).parameters
        given.update(((key, name), repr(p.default)) for name, p in parameters.items())
    given.update({(key, 'weight'): '0' for key, _ in given})
    assert {(key, name): default for key, name, default in table()} == given


def test_links_lead_somewhere():
    for page in ['README.md'] + sorted(PAGES):
        folder = os.path.dirname(os.path.join(HERE, page))
        for target in re.findall(r'\]\(([^)#:]+)(?:#[^)]*)?\)', read(page)):
            assert os.path.exists(os.path.join(folder, target)), (page, target)


def test_the_readme_is_short():
    assert len(README.split()) < 1200
