"""The table of ops in ``docs/ops.md``: what keeps examples apart, and how its norms are found.

``python tests/op_table.py theano --write`` finds the column of a package anew. Public
functions are called in the ways of :mod:`public_ops`; ops that have no function of their
own are those of the cases in :mod:`test_rules`.
"""

import importlib
import itertools
import os
import re
import sys
import warnings

if __name__ == '__main__':
    import conftest  # noqa: F401

import oracles
import public_ops
import symbolic
from theanets_reg import backends, explain

__all__ = ['PATH', 'VERSIONS', 'found', 'read', 'written']

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'docs', 'ops.md')

PACKAGES = ['theano', 'pytensor']

#: What the columns are about; of other versions of the packages they may say too much.
VERSIONS = {'theano': '1.0.5', 'pytensor': '3.3.8'}

#: Modules besides those of :mod:`public_ops`: of matrices, of which examples are stacks.
MODULES = {'theano': [], 'pytensor': ['tensor.linalg']}

#: So many ways to call a function are tried, until examples are apart in one.
CALLS = 30

#: The three that carry many rows or columns at once: prices choose among them.
BLOCKS = 'row blocks', 'column blocks', 'through a narrow layer'

#: Where examples are not apart, or nothing is differentiated.
NONE = 'literal Jacobian', 'nothing'

HEADER = """\
# What keeps examples apart

If the examples are proven independent, the norms are computed without the literal Jacobian. These tables show by which
[method](explanation/how_the_norm_is_found.md), for each op alone, applied to the input. In a larger graph the method depends on
all of its ops; `explain` says which it is. A function can be called in many ways; the table shows the first of some calls
that keeps examples apart.

* *closed form*: the Jacobian is a product of diagonal matrices and of matrices that all examples share;
* *blocks*: many rows or columns of the Jacobian at once, from the side of the output, of the input, or of a
  narrow layer;
* *recursion*: forward through time;
* *row by row*: one backward pass for each unit.

A function or op that is not in the tables has no derivative, mixes examples, or is not known. Then the literal Jacobian
is computed, and a warning names the op.

`tests/op_table.py` makes the tables, and a test checks them.
"""

SECTIONS = [('functions', 'Functions of `tensor`, `tensor.nnet` and the like'),
            ('ops', 'Ops, by what they are called inside')]


def told(output, x):
    """The way for one output in the words of the table, or None."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            text = explain(output, x)
    except ValueError as error:
        # The op has no derivative.
        if 'finds no derivative' not in str(error):
            raise
        return None
    if 'one example alone' in text:
        # Nothing is said of what the op makes of several.
        return None
    way = re.search(' by .*?: ([a-z ]+|literal Jacobian), because ', text).group(1)
    return None if way in NONE else 'blocks' if way in BLOCKS else \
        way.replace(' over time', '')


def functions(package):
    """A dict of the names of public functions -> the ways that are seen."""
    return {name: _first(function)
            for name, function in public_ops.functions(package, MODULES[package])}


def _first(function):
    """The ways of the first call in which examples are apart: a set."""
    for x, outputs in itertools.islice(public_ops.calls(function), CALLS):
        if x.ndim and runs(x, outputs):
            ways = {told(output, x) for output in outputs if output.ndim} - {None}
            if ways:
                return ways
    return set()


def runs(x, outputs):
    """Whether a function may be called in this way."""
    try:
        run = oracles.function([x], outputs)
    except Exception:  # Theano can't run it without a compiler, say.
        return False
    for point in public_ops.POINTS[x.ndim]:
        try:
            run(point)
            return True
        except Exception:  # The arguments don't fit together, as only their values tell.
            continue
    return False


def ops():
    """The same for the names of ops, of the cases of each kind."""
    cases = importlib.import_module('test_rules')
    tensor = oracles.tensor
    ways, backend = {}, backends.of(tensor(0))
    for kind in set(cases.CASES) - cases.NOT_MADE[backend.name]:
        for ndim, make, _, _, _ in cases.CASES[kind].values():
            x = tensor(ndim, 'x')
            output = make(x)
            if backends.dtype(output).startswith('float') and output.ndim:
                name = type(output.owner.op).__name__
                ways.setdefault(name, set()).add(told(output, x))
    return ways


def found(package):
    """What is found for a package: a dict of section -> dict of name -> ways as text."""
    made = {'functions': functions(package), 'ops': ops()}
    return {section: {name: ', '.join(sorted(ways - {None}))
                      for name, ways in by_name.items() if ways - {None}}
            for section, by_name in made.items()}


def read():
    """What the file says: a dict of package -> section -> name -> ways."""
    said = {p: {section: {} for section, _ in SECTIONS} for p in PACKAGES}
    if not os.path.exists(PATH):
        return said
    with open(PATH, encoding='utf-8') as lines:
        parts = lines.read().split('\n## ')[1:]
    for (section, _), part in zip(SECTIONS, parts):
        for line in re.findall(r'^\| `.*$', part, re.M):
            name, *columns = [cell.strip() for cell in line.strip('|').split('|')]
            for package, cell in zip(PACKAGES, columns):
                if cell:
                    said[package][section][name.strip('`')] = cell
    return said


def written(said):
    """The text of the file."""
    text = HEADER
    for section, title in SECTIONS:
        text += '\n## {}\n\n| | {} |\n|---|---|---|\n'.format(title, ' | '.join(
            '{} {}'.format({'theano': 'Theano', 'pytensor': 'PyTensor'}[p], VERSIONS[p])
            for p in PACKAGES))
        for name in sorted(set().union(*[said[p][section] for p in PACKAGES])):
            text += '| `{}` | {} |\n'.format(name, ' | '.join(
                said[p][section].get(name, '') for p in PACKAGES))
    return text


def main(package):
    symbolic.use(package)
    said = dict(read(), **{package: found(package)})
    if '--write' not in sys.argv:
        sys.stdout.write(written(said))
        return
    os.makedirs(os.path.dirname(PATH), exist_ok=True)
    with open(PATH, 'w', encoding='utf-8') as lines:
        lines.write(written(said))


if __name__ == '__main__':
    main(sys.argv[1])
