"""All rows at once, or as many at a time as the memory is meant for."""

import functools
import operator
from collections import OrderedDict

from .. import engine as engines
from . import gram
from .push import push
from .rows import Diagonal, Rows, Unsupported, onehot
from .shapes import Sizes, product

__all__ = ['Passes', 'CLOSED', 'ROWS', 'LOOP']

CLOSED, ROWS, LOOP = 'closed form', 'row blocks', 'row by row'

# Elements in the widest array of one block: 32 MiB in float32. A step needs a
# handful of such arrays.
BUDGET = 2 ** 23

# For the choice, made before any data is seen, whether one block will do.
USUAL_BATCH = 256


class Passes(object):
    """The backward passes from one output to the places where inputs enter.

    Parameters
    ----------
    engine : Engine
    output : variable, shape (batch, ...)
    groups : list of (list of variables, list of matrices or None)
        For each input its places of entry and their matrices.
    block_size : int, optional
        Rows at a time. By default as many as a fixed budget of memory holds.
    """

    def __init__(self, engine, output, groups, block_size=None):
        self.engine = engine
        self.output = output
        self.groups = groups
        self.block_size = block_size
        self.cotangent = output.type()
        places = list(OrderedDict.fromkeys(p for ps, _ in groups for p in ps))
        graph = engine.vjp(output, self.cotangent, places)
        self.reached = [p for p, g in zip(places, graph) if _depends(g, self.cotangent)]
        self.graph = [g for g in graph if _depends(g, self.cotangent)]
        self.way, self.unsupported = self.choose()

    def choose(self):
        """The way, and the op that bars a better one."""
        try:
            results = self.results(_all)
        except Unsupported as error:
            return LOOP, str(error)
        if all(isinstance(r, Diagonal) for r in results):
            return CLOSED, None
        return ROWS, None

    def results(self, pick):
        """What arrives at the places of entry."""
        if self.output.ndim == 2 and not self.output.broadcastable[1]:
            ones = self.engine.tensor.ones_like(self.output)
            start = Diagonal(ones)
        else:
            start = onehot(self.engine, self.output, pick)
        return push(self.engine, self.graph, self.cotangent, start, pick)

    def squares(self, results, pick, keep=None):
        """Sums of squares for each group, of the rows that `keep` keeps."""
        arrived = dict(zip(self.reached, results))
        sums = []
        for places, matrices in self.groups:
            here = [p in arrived for p in places]
            if not any(here):
                sums.append(zeros(self.engine, self.output))
                continue
            sums.append(gram.squares(
                self.engine, [arrived[p] for p in places if p in arrived],
                matrices and [m for m, h in zip(matrices, here) if h], pick, keep))
        return sums

    def norms(self):
        """Sums of squares of all rows: a vector (batch,) for each group."""
        if self.way == LOOP:
            return self.in_blocks(1)
        if self.way == CLOSED or self.fits():
            return self.squares(self.results(_all), _all)
        return self.in_blocks(self.block_size or self.adapted_size())

    def count(self):
        """The number of rows."""
        shape = self.output.shape
        one = self.engine.tensor.constant(1, dtype='int64')
        return one if self.output.ndim == 1 else self.engine.tensor.prod(shape[1:])

    def fits(self):
        """Whether one block will do, as far as it can be told beforehand."""
        count, width = (self.number(size) for size in self.extent())
        if self.block_size is not None:
            return count is not None and count <= self.block_size
        return None not in (count, width) and \
            count * width * USUAL_BATCH <= BUDGET

    def adapted_size(self):
        """As many rows as fit into the budget, for the batch at hand."""
        width = self.symbolic(self.extent()[1]) * self.output.shape[0]
        maximum = self.engine.tensor.maximum
        return maximum(1, BUDGET // maximum(1, width))

    def extent(self):
        """The number of rows, and the widest row of the backward pass."""
        sizes = Sizes(self.engine)
        own = sizes.of(self.output)
        sizes.known.update({(self.cotangent, a): s for a, s in enumerate(own)})
        pushed = dependents(self.graph, self.cotangent)
        widths = [product(sizes.of(v)).over(own[0]) for v in pushed]
        widths = [w for w in widths if w is not None] + [product(own[1:])]
        return product(own[1:]), max(
            widths, key=lambda width: self.number(width) or 0)

    def number(self, size):
        """A size as a number, by the values that shared variables have now."""
        shapes = []
        for (variable, axis), power in size.symbols.items():
            if axis is None or not isinstance(variable, self.engine.SharedVariable):
                return None
            shapes.append(variable.get_value(borrow=True).shape[axis] ** power)
        return size.number * functools.reduce(operator.mul, shapes, 1)

    def symbolic(self, size):
        """A size as a symbolic integer."""
        total = size.number
        for variable, axis in size.symbols.elements():
            total = total * (variable if axis is None else variable.shape[axis])
        return self.engine.tensor.as_tensor_variable(total)

    def in_blocks(self, size):
        """A loop over blocks of `size` rows.

        All blocks are alike, for the gradient of a loop keeps what a step makes
        in one array for all steps: the last block reaches back over rows that
        have been there, and doesn't keep them. These are rows like others, so
        that no zero meets an infinite derivative.
        """
        tensor = self.engine.tensor
        count = self.count()
        size = tensor.maximum(1, tensor.minimum(size, count))
        place = tensor.scalar(dtype='int64')
        first = tensor.maximum(0, tensor.minimum(place, count - size))

        def pick(array):
            return array[first:first + size]

        if self.way == LOOP:
            row = onehot(self.engine, self.output, pick).base[0]
            results = [Rows(r.dimshuffle('x', *range(r.ndim))) for r in
                       engines.replace(self.graph, {self.cotangent: row})]
        else:
            results = self.results(pick)
        keep = None if self.way == LOOP else tensor.ge(pick(tensor.arange(count)), place)
        sums = self.squares(results, pick, keep)
        needed = surroundings(self.engine, sums, place)

        def step(*given):
            return engines.replace(sums, dict(zip([place] + needed, given)))

        # One step at least, also where the output has no units.
        places = tensor.arange(0, tensor.maximum(count, 1), size)
        found, _ = self.engine.scan(step, sequences=[places], non_sequences=needed)
        found = found if isinstance(found, (list, tuple)) else [found]
        return [f.sum(axis=0) for f in found]


def zeros(engine, output):
    """A zero for each example of `output`."""
    return engine.tensor.zeros((output.shape[0],), dtype=output.dtype)


def _all(array):
    return array


def _depends(variable, cause):
    return variable is not None and cause in engines.ancestors([variable])


def dependents(outputs, *causes):
    """All that depends on one of `causes` on the way to `outputs`, itself included."""
    found = OrderedDict()
    for variable in engines.ancestors(outputs):
        node = variable.owner
        if variable in causes or (node is not None and
                                 any(v in found for v in node.inputs)):
            found[variable] = True
    return list(found)


def surroundings(engine, outputs, *causes):
    """What is needed besides `causes` to compute `outputs`, from outside.

    A loop takes arrays only: a variable of another type is left inside, and
    what it is made of is taken in its place. The packages find the leaves of
    other types by themselves.
    """
    inside = set(dependents(outputs, *causes))
    needed = OrderedDict((v, True) for v in outputs if v not in inside)
    for variable in reversed(engines.ancestors(outputs)):
        if variable in needed and not engine.is_dense(variable):
            inside.add(variable)
            del needed[variable]
        if variable.owner is None:
            continue
        if variable in inside and variable not in causes:
            needed.update((v, True) for v in variable.owner.inputs
                          if v not in inside and not isinstance(v, engine.Constant))
    return list(needed)
