"""Files and functions stay small enough to be read at once, and modules know their order."""

import ast
import os
import subprocess
import sys

import pytest

import theanets_reg

HERE = os.path.dirname(theanets_reg.__file__)
FILES = sorted(os.path.relpath(os.path.join(folder, name), HERE)
               for folder, _, names in os.walk(HERE) for name in names if name.endswith('.py'))


def _own_lines(function):
    """How many lines a function has, its docstring left out."""
    first = function.body[0]
    said = first.end_lineno - first.lineno + 1 if ast.get_docstring(function) else 0
    return function.end_lineno - function.lineno + 1 - said


@pytest.mark.parametrize('path', FILES)
def test_small(path):
    with open(os.path.join(HERE, path), encoding='utf-8') as lines:
        text = lines.read()
    assert text.count('\n') < 250
    # Python 3.7 does not tell where a function ends.
    if 'end_lineno' in ast.FunctionDef._attributes:
        long = [node.name for node in ast.walk(ast.parse(text))
                if isinstance(node, ast.FunctionDef) and _own_lines(node) > 40]
        assert long == []


IMPORTED_FIRST = """
import importlib, sys
for name in sys.argv[1:]:
    for module in [m for m in sys.modules if m.split('.')[0] == 'theanets_reg']:
        del sys.modules[module]
    importlib.import_module(name)
"""


def test_each_module_can_be_the_first_that_is_imported():
    names = ['theanets_reg.' + path[:-3].replace(os.sep, '.') for path in FILES
             if path.startswith(('jacobian', 'regularizers'))]
    assert len(names) > 50
    subprocess.check_call([sys.executable, '-W', 'ignore', '-c', IMPORTED_FIRST] + names,
                          cwd=os.path.dirname(HERE))
