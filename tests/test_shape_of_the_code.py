"""Files and functions of the package stay small enough to be read at once."""

import ast
import os

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
