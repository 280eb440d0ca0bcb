"""The exact norm for recurrent layers, in one pass forward through time.

With the state h_t, the input x_t, A_t = ∂h_t/∂h_{t-1} and B_t = ∂h_t/∂x_t,
the sum over all earlier inputs P_t = Σ_s (∂h_t/∂x_s)(∂h_t/∂x_s)ᵀ is

    P_t = A_t P_{t-1} A_tᵀ + B_t B_tᵀ,

and an output y_t with C_t = ∂y_t/∂h_{t-1} and D_t = ∂y_t/∂x_t has

    Σ_s ‖∂y_t/∂x_s‖² = tr(C_t P_{t-1} C_tᵀ) + ‖D_t‖².

Stacked layers have one joint state. Where loops run both ways through time their states
have read different steps of the input, but for x_t, so that their first terms add up;
all that an output has of x_t itself is one D_t.

Where A_t has one product with a matrix that all examples share it is never made, but
applied to the rows and to the columns of P: a product and a diagonal. Where there are
more, it is made for each step; fewer arrays are passed through then.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from ... import backends
from ..errors import Unfit, Unproven, Unsupported
from ..independence import Proof
from ..rules.indexing import is_reversed
from .clock import START
from .ends import with_time
from .group import Group
from .part import Part
from .pieces import Leaf, Pieces
from .unfolding import Unfolding

if TYPE_CHECKING:
    from ...backends.types import Variable
    from ..chunks import Chunk
    from ..size import Size
    from ..sizes import Sizes
    from .clock import Clock
    from .loops import Loop

__all__ = ['Recursion', 'find']


def find(proof: Proof, output: Variable, wrt: Variable) -> Recursion | None:
    """The Recursion for `output` by `wrt`, or None if the graph is unfit.

    Parameters
    ----------
    proof : Proof
        Of `output` by `wrt`: the examples are independent.
    """
    if output.dtype == 'float16' or output.ndim not in (2, 3) or wrt.ndim != 3:
        # What is carried from step to step are squares, which overflow.
        return None
    if output.ndim == 2:
        try:
            output = with_time(proof, output)
            proof = Proof([output], wrt, supposed=proof.supposed)
        except (Unfit, Unproven, Unsupported):
            return None
    for time in (1, 2):
        try:
            return Recursion(proof, output, wrt, time)
        except (Unfit, Unproven, Unsupported):
            pass
    return None


class Recursion(object):
    """An output that loops make, which read the input step by step.

    Parameters
    ----------
    proof : Proof
    output : variable, three dimensions in any order
    wrt : variable, shape (batch, time, features) or (batch, features, time)
    time : int
        The axis of `wrt` along which the loops go.

    Raises
    ------
    Unfit, Unproven, Unsupported
        If it is not seen to be one.
    """

    def __init__(self, proof: Proof, output: Variable, wrt: Variable, time: int) -> None:
        self.backend = proof.backend
        self.wrt = wrt
        self.features = wrt.shape[3 - time]
        self.unfolding = Unfolding(proof, output, wrt)
        self._enter(time)
        self.examples: dict[Variable, int] = {}
        self.parts: list[Part] = []
        self._groups: dict[tuple[Loop, ...], Group] = {}
        axis = proof.batch[output].axis
        for part in _apart(self.unfolding.sizes, self.unfolding.output, axis):
            self.parts.append(Part(self, part))
        self._norms: Variable | None = None

    def _enter(self, time: int) -> None:
        """Leaves for the input and the states of each loop, read first to last."""
        leaf = Leaf(self.wrt, [time, 0, 3 - time], START)
        self.pieces = Pieces(self.unfolding, [leaf])
        self.ends = Pieces(self.unfolding, [leaf])
        self.clocks: dict[Loop, tuple[Clock, ...]] = {}
        for loop in self.unfolding.loops:
            states = {b.variable for b in loop.blocks}
            found = {self.pieces.of(s).clock for s in loop.sequences
                     if not states & set(backends.ancestors([s]))}
            if len(found) != 1:
                raise Unfit
            clock, = self.clocks[loop] = tuple(found)
            for block in loop.blocks:
                state = Leaf(block.variable, [0, 1, 2], clock)
                self.pieces.leaves[block.variable] = state
                self.ends.leaves[block.variable] = state
                if block.delay == 1:
                    self.ends.leaves[block.result] = Leaf(block.result, [0, 1, 2], clock)

    def groups(self, loops: Collection[Loop]) -> list[Group]:
        """The Groups of some loops and those that they read, by their clocks."""
        needed = self._read(set(loops))
        found: dict[tuple[Clock, ...], list[Loop]] = {}
        for loop in self.unfolding.loops:
            if loop in needed:
                found.setdefault(self.clocks[loop], []).append(loop)
        strides = [clock[0].stride for clock in found]
        if len(found) > 1 and sorted(strides) != [-1, 1]:
            # They have read the same steps of the input, but at different times.
            raise Unfit
        return [self.group(members) for members in found.values()]

    def group(self, loops: Sequence[Loop]) -> Group:
        key = tuple(loops)
        if key not in self._groups:
            self._groups[key] = Group(
                self.pieces, loops, self.wrt, self.features, self.examples)
        return self._groups[key]

    def _read(self, loops: Collection[Loop]) -> set[Loop]:
        """Loops, and all those whose states they read."""
        of = {b.variable: loop for loop in self.unfolding.loops for b in loop.blocks}
        stack, found = list(loops), set(loops)
        while stack:
            for block in stack.pop().blocks:
                for place, _ in self.pieces.reached(block.result):
                    loop = of.get(place.variable)
                    if loop is not None and loop not in found:
                        found.add(loop)
                        stack.append(loop)
        return found

    def norms(self) -> list[Variable]:
        """The sum of squares for each example: a list of one vector."""
        if self._norms is None:
            self._norms = self.backend.total([p.norms() for p in self.parts])
        return [self._norms]

    def norms_of(self, chunk: Chunk) -> Variable:
        """The same, of some of the examples and zero for the others.

        Parameters
        ----------
        chunk : Chunk
            Of examples.
        """
        tensor = self.backend.tensor
        whole, = self.norms()
        made, = backends.replace([whole], {
            v: chunk.take(v, axis) for v, axis in self.examples.items()
            if not v.broadcastable[axis]})
        rest = tensor.zeros((self.wrt.shape[0],), dtype=whole.dtype)
        return tensor.set_subtensor(rest[chunk.first:chunk.first + chunk.size],
                                    tensor.switch(chunk.valid, made, 0).astype(whole.dtype))

    def widths(self) -> list[Size]:
        """How many units each state has."""
        blocks = {b for part in self.parts for group in part.groups for b in group.blocks}
        return [self.unfolding.sizes.axis(block.made, 2) for block in blocks]

    def kept(self) -> list[Size]:
        """How many numbers are kept for the gradient, as sizes to be added up."""
        groups = {group for part in self.parts for group in part.groups}
        return [size for group in groups for size in group.kept(self.unfolding.sizes)]


def _apart(sizes: Sizes, output: Variable, batch: int) -> list[Variable]:
    """Parts whose squares add up: what is joined, without the order of what is in it."""
    backend, node = sizes.backend, output.owner
    kind = node and backend.kind(node)
    if kind == 'dimshuffle' and 'x' not in backend.order(node) and \
            node.inputs[0].ndim == 3:
        return _apart(sizes, node.inputs[0], backend.order(node)[batch])
    if kind == 'join':
        along, parts = backend.joined(node)
        if not isinstance(along, int) and isinstance(along, backend.Constant):
            along = int(along.data)
        if isinstance(along, int) and along % 3 != batch:
            return [piece for p in parts for piece in _apart(sizes, p, batch)]
    if kind == 'subtensor':
        index = backend.indices(node)
        if all(i == slice(None) or is_reversed(sizes, i) for i in index) and \
                index[batch:batch + 1] in ([], [slice(None)]):
            return _apart(sizes, node.inputs[0], batch)
    return [output]
