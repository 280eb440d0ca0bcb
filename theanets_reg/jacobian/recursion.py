"""The exact norm for a recurrent layer, in one pass forward through time.

With the state h_t, the input x_t, A_t = ∂h_t/∂h_{t-1} and B_t = ∂h_t/∂x_t,
the sum over all earlier inputs P_t = Σ_s (∂h_t/∂x_s)(∂h_t/∂x_s)ᵀ is

    P_t = A_t P_{t-1} A_tᵀ + B_t B_tᵀ,

and tr P_t = Σ_s ‖∂h_t/∂x_s‖². An output y_t of a step has its own A and B,
and Σ_s ‖∂y_t/∂x_s‖² comes from P_{t-1} in the same way. That is one product
of matrices per step, in place of a backward pass through all steps for each
element of the output.
"""

import functools

from .. import engine as engines
from .batch import Batch, Unproven
from .locality import axis_of, depends, local
from .push import push
from .rows import Diagonal, Unsupported, onehot
from .shapes import ONE

__all__ = ['Recursion', 'find', 'RECURSION']

RECURSION = 'recursion over time'


class Unfit(Exception):
    """The graph is not a loop over the steps of the input."""


def find(structure, output, wrt):
    """The Recursion for `output` by `wrt`, or None if the graph is unfit.

    Parameters
    ----------
    structure : Structure
        Of `output` by `wrt`: the examples are independent.
    """
    try:
        return Recursion(structure, output, wrt)
    except (Unfit, Unproven, Unsupported):
        return None


class Recursion(object):
    """A loop that reads the input step by step.

    Parameters
    ----------
    structure : Structure
    output : variable, three dimensions in any order
    wrt : variable, shape (batch, time, features)

    Raises
    ------
    Unfit, Unproven, Unsupported
        If it is not seen to be one.
    """

    way = RECURSION

    def __init__(self, structure, output, wrt):
        if wrt.ndim != 3 or output.ndim != 3:
            raise Unfit
        self.engine = structure.engine
        self.structure = structure
        self.output = output
        self.parts = self.engine.loop_parts(self.the_loop())
        if not self.parts['markov']:
            raise Unfit
        for outer, _ in self.parts['constants']:
            self.must(outer not in structure.batch)
        self.states = [s for s in self.parts['states'] if self.follows(s[3])]
        for outer, _, _, _ in self.states:
            self.must(outer not in structure.batch)
        self.sequences = [s for s in self.parts['sequences'] if self.follows(s[0])]
        self.entries = Entries(structure, [outer for outer, _ in self.sequences], wrt)
        self.tail = self.tails()
        self.step = Step(self)

    def must(self, condition):
        if not condition:
            raise Unfit

    def the_loop(self):
        """The only loop between input and output."""
        nodes = {v.owner for v in engines.ancestors([self.output])
                 if v in self.structure.batch and v.owner is not None
                 and self.engine.kind(v.owner) == 'scan'}
        self.must(len(nodes) == 1)
        return nodes.pop()

    def follows(self, variable):
        """Whether it depends on the input; then it is (time, batch, units)."""
        batch = self.structure.batch.get(variable)
        self.must(batch is None or variable.ndim == 3 and batch == Batch(1, ONE, ONE))
        return batch is not None

    def tails(self):
        """What makes the output of each step: (result of step, derivatives)."""
        results = self.results()
        held = {v: v.type() for v in results}
        tail, = engines.replace([self.output], held)
        self.must(not depends(tail, self.entries.wrt))
        back = {p: v for v, p in held.items()}
        found = local(self.engine, tail, list(back))
        return [(r, d.map(lambda array: engines.replace([array], back)[0]))
                for r, d in zip(results.values(), found) if d is not None]

    def results(self):
        """What the output reads of the loop: dict of outside -> inside."""
        inside = {made: (result, 1) for _, _, result, made in self.parts['states']}
        inside.update({made: (result, 0) for result, made in self.parts['results']})
        found = {}
        for variable in engines.ancestors([self.output]):
            node = variable.owner
            read = [v for v in (node.inputs if node else ()) if v in inside]
            if not read or self.engine.kind(node) in ('shape', 'shape_i'):
                continue
            result, first = inside[read[0]]
            if not first:
                found[read[0]] = result
            else:
                # The states come with the initial one in front.
                self.must(self.engine.kind(node) == 'subtensor' and
                          _plain(self.engine.indices(node)) == [(1, None, 1)])
                found[variable] = result
        if self.output in inside:
            self.must(not inside[self.output][1])
            found[self.output] = inside[self.output][0]
        return {v: r for v, r in found.items() if v in self.structure.batch}

    def norms(self):
        """The sum of squares for each example: a list of one vector."""
        tensor, step = self.engine.tensor, self.step
        parts = self.parts
        made = [m for _, _, _, m in parts['states']]
        width = sum(m.shape[2] for _, _, _, m in self.states)
        batch = self.states[0][3].shape[1]
        sequences = [outer for outer, _ in parts['sequences']] + \
            [m[:-1] for m in made] + [d.array for d in step.derivatives]
        constants = [outer for outer, _ in parts['constants']] + step.outside
        placeholders = [inner for _, inner in parts['sequences']] + \
            [inner for _, (inner, ), _, _ in parts['states']] + \
            step.placeholders + [step.before] + \
            [inner for _, inner in parts['constants']] + step.inside

        def advance(*given):
            return engines.replace([step.after, step.squares],
                                   dict(zip(placeholders, given)))

        (_, squares), _ = self.engine.scan(
            advance, sequences=sequences, non_sequences=constants,
            outputs_info=[tensor.zeros((batch, width, width), self.output.dtype), None])
        return [squares.sum(axis=0)]


class Entries(object):
    """How the input enters the sequences that a loop reads.

    Parameters
    ----------
    structure : Structure
    sequences : list of variables, shape (time, batch, units)
    wrt : variable, shape (batch, time, features)

    Attributes
    ----------
    matrices : list of matrix variables or None
        For each place where the input, at each step for itself, has been
        multiplied by a matrix, or by nothing.
    derivatives : list of lists of Elementwise, Matrix or None
        Of each sequence by each place.
    """

    def __init__(self, structure, sequences, wrt):
        self.engine = structure.engine
        self.structure = structure
        self.wrt = wrt
        peeled = [_peel(self.engine, s) for s in sequences]
        if not sequences or any(cuts != peeled[0][1] for _, cuts, _ in peeled):
            raise Unfit
        bases = [base for base, _, _ in peeled]
        ends = self.ends(bases)
        try:
            orders = [self.order(*end) for end in ends.items()]
        except (Unfit, Unproven):
            ends, orders = {wrt: None}, [[1, 0, 2]]
        self.matrices = [dot and dot.inputs[1] for dot in ends.values()]
        self.derivatives = self.between(
            bases, zip(ends, orders), peeled[0][2])

    def ends(self, bases):
        """The last variables on the way that are linear in the input.

        A dict of variable -> the dot that the input went through, or None.
        """
        moved, ends = {self.wrt: None}, {}
        for variable in engines.ancestors(bases):
            node = variable.owner
            used = [v for v in (node.inputs if node else ()) if v in moved]
            if not used or variable not in self.structure.batch:
                continue
            kind = self.engine.kind(node)
            if kind in ('dimshuffle', 'reshape') and used == [node.inputs[0]]:
                moved[variable] = moved[used[0]]
            elif kind == 'dot' and self.multiplies(node, moved):
                moved[variable] = node
            else:
                ends.update((v, moved[v]) for v in used)
        ends.update((v, moved[v]) for v in bases if v in moved)
        return ends

    def multiplies(self, node, moved):
        """Whether a dot takes all features of a step times a matrix."""
        left, right = node.inputs
        return moved.get(left, node) is None and right not in self.structure.batch \
            and left.ndim == right.ndim == 2 and axis_of(left, self.wrt, 2) == 1

    def between(self, bases, places, indices):
        """Derivatives of the sequences by the places of entry, cut alike."""
        held, back = {}, {}
        for place, order in places:
            turned = place.dimshuffle(order)
            stand_in = turned.type()
            held[place] = stand_in.dimshuffle([order.index(a) for a in range(3)])
            back[stand_in] = turned
        found = [local(self.engine, base, list(back))
                 for base in engines.replace(bases, held)]

        def finish(array):
            array, = engines.replace([array], back)
            return functools.reduce(lambda a, index: a[index], indices, array)

        return [[d and d.map(finish) for d in row] for row in found]

    def order(self, place, dot):
        """Where `place` has time, batch and units, each for certain."""
        if place.ndim != 3:
            raise Unfit
        units = axis_of(place, self.wrt, 2) if dot is None else \
            axis_of(place, dot.outputs[0], 1)
        order = [axis_of(place, self.wrt, 1), axis_of(place, self.wrt, 0), units]
        if sorted(order) != [0, 1, 2]:
            raise Unfit
        return order

    def gram(self):
        """All matrices, times themselves: (units, units)."""
        tensor = self.engine.tensor
        unit = tensor.eye(self.wrt.shape[2], dtype=self.wrt.dtype)
        beside = [unit if m is None else m for m in self.matrices]
        matrix = beside[0] if len(beside) == 1 else tensor.concatenate(beside, axis=1)
        return tensor.dot(matrix.T, matrix)


def _peel(engine, variable):
    """Take away what cuts or turns the time axis of a sequence.

    Returns
    -------
    base : variable
    cuts : list of lists of tuple
        What the cuts are, in a form that can be compared.
    indices : list of index tuples
        To apply to something else, in this order.
    """
    cuts, indices = [], []
    while variable.owner is not None and engine.kind(variable.owner) == 'subtensor':
        index = engine.indices(variable.owner)
        if len(index) != 1 or not isinstance(index[0], slice):
            break
        if _plain(index) != [(0, None, 1)]:
            cuts.insert(0, _plain(index))
            indices.insert(0, tuple(index))
        variable = variable.owner.inputs[0]
    return variable, cuts, indices


def _plain(index):
    """Slices as tuples of integers, None, and variables."""
    return [(_bound(i.start, 0), _bound(i.stop, None), _bound(i.step, 1))
            if isinstance(i, slice) else i for i in index]


def _bound(bound, default):
    if bound is None:
        return default
    if not engines.is_symbolic(bound):
        return int(bound)
    engine = engines.of(bound)
    while bound.owner is not None and engine.kind(bound.owner) == 'same':
        bound = bound.owner.inputs[0]
    if isinstance(bound, engine.Constant):
        return int(bound.data)
    return bound


class Step(object):
    """The graph of one step of the recursion.

    Attributes
    ----------
    before, after : variables, shape (batch, states, states)
        P of the step before and of this one.
    squares : vector variable
        What this step of the output adds, for each example.
    derivatives, placeholders : lists
        Derivatives of all steps, and what stands for those of one step.
    outside, inside : lists of variables
        Constants, and what stands for them.
    """

    def __init__(self, recursion):
        self.engine = recursion.engine
        self.recursion = recursion
        self.entries = recursion.entries
        self.derivatives, self.placeholders = [], []
        self.outside, self.inside, self._constants = [], [], {}
        results = [result for _, _, result, _ in recursion.states]
        count = len(results)
        results += [r for r, _ in recursion.tail if r not in results]
        tensor = self.engine.tensor
        self.before = tensor.TensorType(recursion.output.dtype, (False, ) * 3)()
        left, right = zip(*[self.rows(result) for result in results])
        states = [self.beside(side[:count], 1) for side in (left, right)]
        after = self.engine.batched_dot(states[0], states[1].dimshuffle(0, 2, 1))
        self.after = self.engine.fix_broadcast(
            after.astype(self.before.dtype), (False, ) * 3)
        self.squares = self.of_tail(dict(zip(results, zip(left, right))))

    def of_tail(self, sides):
        """The squares of the output's rows, from those of the results."""
        ends = [0, 0]
        for result, derivative in self.recursion.tail:
            here = self.here(derivative)
            ends = [end + derivative.after(self.engine, here, side)
                    for end, side in zip(ends, sides[result])]
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
            through = self.engine.tensor.dot(entering, self.gram())
        return (self.beside([self.engine.batched_dot(across, self.before),
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
                        self.engine, self.here(row[column]),
                        self.matrix(result, jacobian, inner)))
            entering.append(sum(terms[1:], terms[0]) if terms
                            else self.zeros(result, self.width(column)))
        return self.beside(entering, 2)

    def jacobians(self, result, wrts):
        """Of a step's result by what it reads: Diagonal, Rows or None."""
        if result.ndim != 2:
            raise Unfit
        cotangent = result.type()
        graph = self.engine.vjp(result, cotangent, wrts)
        used = [g for g in graph
                if g is not None and cotangent in engines.ancestors([g])]
        start = onehot(self.engine, result, _all) if result.broadcastable[1] \
            else Diagonal(self.engine.tensor.ones_like(result))
        found = dict(zip(used, push(self.engine, used, cotangent, start, _all)))
        return [found.get(g) for g in graph]

    def matrix(self, result, jacobian, wrt):
        """As an array (batch, units of result, units of wrt)."""
        if jacobian is None:
            return self.zeros(result, wrt.shape[1])
        if isinstance(jacobian, Diagonal):
            jacobian = jacobian.rows(self.engine, _all)
        full = jacobian.full()
        if full.broadcastable[1]:
            full = full * self.engine.tensor.ones_like(result[:, 0]).dimshuffle(
                'x', 0, 'x')
        return full.dimshuffle(1, 0, 2)

    def zeros(self, result, width):
        return self.engine.tensor.zeros(
            (result.shape[0], result.shape[1], width), result.dtype)

    def beside(self, arrays, axis):
        arrays = list(arrays)
        return arrays[0] if len(arrays) == 1 else \
            self.engine.tensor.concatenate(arrays, axis=axis)

    def here(self, derivative):
        """A derivative at the step that is being made."""
        if derivative not in self.derivatives:
            array = derivative.array
            self.derivatives.append(derivative)
            self.placeholders.append(self.engine.tensor.TensorType(
                array.dtype, array.broadcastable[1:])())
        return self.placeholders[self.derivatives.index(derivative)]

    def gram(self):
        return self.constant('gram', self.entries.gram)

    def width(self, column):
        matrix = self.entries.matrices[column]
        size = self.entries.wrt.shape[2] if matrix is None else matrix.shape[1]
        return self.constant(column, lambda: size)

    def constant(self, key, make):
        """What stands, inside of the loop, for something made outside."""
        if key not in self._constants:
            outside = make()
            self.outside.append(outside)
            self.inside.append(outside.type())
            self._constants[key] = self.inside[-1]
        return self._constants[key]


def _all(array):
    return array
