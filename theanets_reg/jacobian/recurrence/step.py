"""The graph of one step of the recursion over time."""

from ..errors import Unfit
from ..pullback import Pullback
from ..seeds import one_for_each_unit

__all__ = ['Step']


class Step(object):
    """P_t and the squares of the output, from P_{t-1}.

    Parameters
    ----------
    recursion : Recursion

    Attributes
    ----------
    start, before, after : variables, shape (batch, states, states)
        P at first, at the step before and at this one.
    squares : vector variable
        What this step of the output adds, for each example.
    derivatives, placeholders : lists
        Derivatives of all steps, and what stands for those of one step.
    outside, inside : lists of variables
        Constants, and what stands for them.
    """

    def __init__(self, recursion):
        self.backend = recursion.backend
        self.recursion = recursion
        self.entries = recursion.entries
        self.derivatives, self.placeholders = [], []
        self.outside, self.inside, self._constants = [], [], {}
        results = [result for _, _, result, _ in recursion.states]
        count = len(results)
        results += [r for r, _ in recursion.tail if r not in results]
        self.start = self.nothing([made for _, _, _, made in recursion.states],
                                  recursion.output.dtype)
        self.before = self.start.type()
        left, right = zip(*[self.rows(result) for result in results])
        states = [self.beside(side[:count], 1) for side in (left, right)]
        after = self.backend.batched_dot(states[0], states[1].dimshuffle(0, 2, 1))
        self.after = self.backend.fix_broadcast(
            after.astype(self.before.dtype), self.before.broadcastable)
        self.squares = self.of_tail(dict(zip(results, zip(left, right))))

    def nothing(self, made, dtype):
        """P before the first step, of the one type that a loop's state has."""
        width = sum(m.shape[2] for m in made)
        zeros = self.backend.tensor.zeros((made[0].shape[1], width, width), dtype)
        single = len(made) == 1 and made[0].broadcastable[2]
        return self.backend.fix_broadcast(
            zeros, (made[0].broadcastable[1], single, single))

    def of_tail(self, sides):
        """The squares of the output's rows, from those of the results."""
        terms = [[derivative.after(self.backend, self.here(derivative), side)
                  for side in sides[result]] for result, derivative in self.recursion.tail]
        ends = [self.backend.total(list(side)) for side in zip(*terms)]
        squares = (ends[0] * ends[1]).sum(axis=[1, 2])
        return squares.astype(self.recursion.output.dtype)

    def rows(self, result):
        """Two arrays (batch, units, ...) whose product is what P is for states.

        [A P, B] and [A, B], with B in units of the matrices' columns.
        """
        states = [inner for _, (inner, ), _, _ in self.recursion.states]
        inputs = [inner for _, inner in self.recursion.sequences]
        found = self.jacobians(result, states + inputs)
        across = self.beside([self.matrix(result, f, s)
                              for f, s in zip(found, states)], 2)
        entering = self.entering(result, found[len(states):])
        through = entering
        if self.entries.matrices != [None]:
            through = self.backend.tensor.dot(entering, self.gram())
        return (self.beside([self.backend.batched_dot(across, self.before),
                             through], 2),
                self.beside([across, entering], 2))

    def entering(self, result, found):
        """B: derivatives of a result by the places where the input enters."""
        entering = []
        for column in range(len(self.entries.matrices)):
            terms = []
            for jacobian, (_, inner), row in zip(
                    found, self.recursion.sequences, self.entries.derivatives):
                if jacobian is not None and row[column] is not None:
                    terms.append(row[column].before(
                        self.backend, self.here(row[column]),
                        self.matrix(result, jacobian, inner)))
            entering.append(self.backend.total(terms) if terms
                            else self.zeros(result, self.width(column)))
        return self.beside(entering, 2)

    def jacobians(self, result, wrts):
        """Of a step's result by what it reads: LinearMap or None."""
        if result.ndim != 2:
            raise Unfit
        maps = Pullback(result, wrts).carry(one_for_each_unit(result))
        return [maps.get(w) for w in wrts]

    def matrix(self, result, jacobian, wrt):
        """As an array (batch, units of result, units of wrt)."""
        if jacobian is None:
            return self.zeros(result, wrt.shape[1])
        return jacobian.full().dimshuffle(1, 0, 2)

    def zeros(self, result, width):
        return self.backend.tensor.zeros(
            (result.shape[0], result.shape[1], width), result.dtype)

    def beside(self, arrays, axis):
        arrays = list(arrays)
        return arrays[0] if len(arrays) == 1 else \
            self.backend.tensor.concatenate(arrays, axis=axis)

    def here(self, derivative):
        """A derivative at the step that is being made."""
        if derivative not in self.derivatives:
            array = derivative.array
            self.derivatives.append(derivative)
            self.placeholders.append(self.backend.tensor.TensorType(
                array.dtype, array.broadcastable[1:])())
        return self.placeholders[self.derivatives.index(derivative)]

    def gram(self):
        return self.constant('gram', self.entries.gram)

    def width(self, column):
        matrix = self.entries.matrices[column]
        size = self.entries.features() if matrix is None else matrix.shape[1]
        return self.constant(column, lambda: size)

    def constant(self, key, make):
        """What stands, inside of the loop, for something made outside."""
        if key not in self._constants:
            outside = make()
            self.outside.append(outside)
            self.inside.append(outside.type())
            self._constants[key] = self.inside[-1]
        return self._constants[key]
