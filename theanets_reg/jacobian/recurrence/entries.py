"""How the input enters the sequences that a loop reads, step by step."""

import functools

from ... import backends
from ..errors import Unfit, Unproven
from ..independence import axis_of
from .apart import local

__all__ = ['Entries', 'plain']


class Entries(object):
    """How the input enters the sequences that a loop reads.

    Parameters
    ----------
    proof : Proof
    sequences : list of variables, shape (time, batch, units)
    wrt : variable, shape (batch, time, features) or (batch, features, time)

    Attributes
    ----------
    time : int
        The axis of `wrt` that the loop goes along.
    matrices : list of matrix variables or None
        For each place where the input, at each step for itself, has been
        multiplied by a matrix, or by nothing.
    derivatives : list of lists of Elementwise, Matrix or None
        Of each sequence by each place.
    """

    def __init__(self, proof, sequences, wrt):
        self.backend = proof.backend
        self.proof = proof
        self.wrt = wrt
        peeled = [_peel(self.backend, s) for s in sequences]
        if not sequences or any(cuts != peeled[0][1] for _, cuts, _ in peeled):
            raise Unfit
        bases = [base for base, _, _ in peeled]
        self.time = self.time_axis(bases)
        ends = self.ends(bases)
        try:
            orders = [self.order(*end) for end in ends.items()]
        except (Unfit, Unproven):
            ends, orders = {wrt: None}, [[self.time, 0, 3 - self.time]]
        self.matrices = [dot and dot.inputs[1] for dot in ends.values()]
        self.derivatives = self.between(
            bases, zip(ends, orders), peeled[0][2])

    def time_axis(self, bases):
        """The axis of the input that is the first one, time, of each sequence."""
        for axis in (1, 2):
            try:
                if all(axis_of(base, self.wrt, axis) == 0 for base in bases):
                    return axis
            except Unproven:
                pass
        raise Unfit

    def ends(self, bases):
        """The last variables on the way that are linear in the input.

        A dict of variable -> the dot that the input went through, or None.
        """
        moved, ends = {self.wrt: None}, {}
        for variable in backends.ancestors(bases):
            node = variable.owner
            used = [v for v in (node.inputs if node else ()) if v in moved]
            if not used or variable not in self.proof.batch:
                continue
            kind = self.backend.kind(node)
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
        return moved.get(left, node) is None and right not in self.proof.batch \
            and left.ndim == right.ndim == 2 \
            and axis_of(left, self.wrt, 3 - self.time) == 1

    def between(self, bases, places, indices):
        """Derivatives of the sequences by the places of entry, cut alike."""
        held, back = {}, {}
        for place, order in places:
            turned = place.dimshuffle(order)
            stand_in = turned.type()
            held[place] = stand_in.dimshuffle([order.index(a) for a in range(3)])
            back[stand_in] = turned
        found = [local(base, list(back))
                 for base in backends.replace(bases, held)]

        def finish(array):
            array, = backends.replace([array], back)
            return functools.reduce(lambda a, index: a[index], indices, array)

        return [[d and d.map(finish) for d in row] for row in found]

    def order(self, place, dot):
        """Where `place` has time, batch and units, each for certain."""
        if place.ndim != 3:
            raise Unfit
        units = axis_of(place, self.wrt, 3 - self.time) if dot is None else \
            axis_of(place, dot.outputs[0], 1)
        order = [axis_of(place, self.wrt, self.time), axis_of(place, self.wrt, 0), units]
        if sorted(order) != [0, 1, 2]:
            raise Unfit
        return order

    def features(self):
        """How many numbers the input has at one step."""
        return self.wrt.shape[3 - self.time]

    def gram(self):
        """All matrices, times themselves: (units, units)."""
        tensor = self.backend.tensor
        unit = tensor.eye(self.features(), dtype=self.wrt.dtype)
        beside = [unit if m is None else self.backend.wide(m) for m in self.matrices]
        matrix = beside[0] if len(beside) == 1 else tensor.concatenate(beside, axis=1)
        return tensor.dot(matrix.T, matrix)


def _peel(backend, variable):
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
    while variable.owner is not None and backend.kind(variable.owner) == 'subtensor':
        index = backend.indices(variable.owner)
        if len(index) != 1 or not isinstance(index[0], slice):
            break
        if plain(index) != [(0, None, 1)]:
            cuts.insert(0, plain(index))
            indices.insert(0, tuple(index))
        variable = variable.owner.inputs[0]
    return variable, cuts, indices


def plain(index):
    """Slices as tuples of integers, None, and variables."""
    return [(_bound(i.start, 0), _bound(i.stop, None), _bound(i.step, 1))
            if isinstance(i, slice) else i for i in index]


def _bound(bound, default):
    if bound is None:
        return default
    if not backends.is_symbolic(bound):
        return int(bound)
    backend = backends.of(bound)
    while bound.owner is not None and backend.kind(bound.owner) == 'same':
        bound = bound.owner.inputs[0]
    if isinstance(bound, backend.Constant):
        return int(bound.data)
    return bound
