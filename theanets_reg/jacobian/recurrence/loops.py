"""An output with its loops unfolded: a graph without order in time.

Each step of each loop reads states that are computed already (see
:mod:`.unfold`), so that what is left mixes no steps but where the time axis is cut or
turned. Derivatives by the states are what the recursion needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from ... import backends
from ..batch import Batch
from ..errors import Unfit
from ..pullback import dependents
from ..sizes import ONE, Sizes
from .clock import is_whole
from .products import Products
from .slices import pulled_down
from .unfold import unfolded

if TYPE_CHECKING:
    from ...backends.types import Node, Variable
    from ..independence import Proof

__all__ = ['Block', 'Loop', 'Unfolding']


class Block(object):
    """A state of a loop, so many steps before the one that is made.

    Attributes
    ----------
    loop : Loop
    delay : int
    variable : variable, shape (time, batch, units)
        Its value for each step.
    result : variable
        The state that is made, for each step; what is 1 at the next step.
    made : variable
        All values of the state, the initial ones included.
    """

    def __init__(self, loop: Loop, made: Variable, delay: int, deepest: int) -> None:
        self.loop = loop
        self.made = made
        self.delay = delay
        self.variable = made[deepest - delay:-delay]
        self.result: Variable = None


class Loop(object):
    """A scan that reads the input step by step.

    Attributes
    ----------
    blocks : list of Block
        Those that depend on the input.
    sequences : list of variables
        What is read step by step and depends on the input, unfolded.
    results : dict of variable -> (variable, int)
        For each output of the scan, unfolded states and how many initial ones are in
        front of them in the output.
    """

    def __init__(self, proof: Proof, node: Node,
                 rewritten: Callable[[Variable], Variable]) -> None:
        self.parts = proof.backend.loop_parts(node)
        _must(self.parts['simple'] and self.parts['whole'])
        self.proof = proof
        self.blocks: list[Block] = []
        self.results: dict[Variable, tuple[Variable, int]] = {}
        self._timed: dict[Variable, Variable] = {}
        for outer, inner in self.parts['sequences']:
            self._timed[inner] = rewritten(outer)
        self.sequences = [self._timed[inner] for outer, inner in self.parts['sequences']
                          if self._follows(outer)]
        _must(self.sequences)
        for state in self.parts['states']:
            self._read(state)
        _must(self.blocks)

    def _follows(self, variable: Variable) -> bool:
        """Whether it depends on the input; then it is (time, batch, units)."""
        batch = self.proof.batch.get(variable)
        _must(batch is None or variable.ndim == 3 and batch == Batch(1, ONE, ONE))
        return batch is not None

    def _read(self, state: Any) -> None:
        """What the steps read of one state."""
        outer, inner, _, made = state
        _must(outer not in self.proof.batch)
        delays = self.parts['delays'][made]
        deepest = max(delays)
        carried = self._follows(made)
        blocks = {d: Block(self, made, d, deepest) for d in range(1, deepest + 1)}
        self._timed.update((i, blocks[d].variable) for i, d in zip(inner, delays))
        if carried:
            self.blocks += [blocks[d] for d in sorted(blocks)]

    def unfold(self, product: Callable[..., Variable], part: Callable[..., Variable]) -> None:
        """Find what a step makes, for all steps.

        Parameters
        ----------
        product, part : callables
            See :func:`.unfold.unfolded`.
        """
        backend, constants = self.proof.backend, {}
        for outer, inner in self.parts['constants']:
            _must(outer not in self.proof.batch)
            constants[inner] = outer
        made = [(r, m, max(self.parts['delays'][m])) for _, _, r, m in self.parts['states']
                if m in self.proof.batch]
        made += [(r, m, 0) for r, m in self.parts['results'] if m in self.proof.batch]
        for (_, output, first), whole in zip(made, unfolded(
                backend, [r for r, _, _ in made], self._timed, constants, product, part)):
            self._follows(output)
            whole = backend.fix_broadcast(whole, output.broadcastable)
            self.results[output] = (whole, first)
        newer: dict[tuple[Variable, int], Block] = {}
        for block in self.blocks:
            block.result = self.results[block.made][0] if block.delay == 1 else \
                newer[block.made, block.delay - 1].variable
            newer[block.made, block.delay] = block


class Unfolding(object):
    """An output with all loops on the way to the input unfolded.

    Parameters
    ----------
    proof : Proof
    output, wrt : variables

    Attributes
    ----------
    output : variable
    loops : list of Loop
        Those that are read come before those that read them.
    sizes : Sizes
    products : Products

    Raises
    ------
    Unfit
    """

    def __init__(self, proof: Proof, output: Variable, wrt: Variable) -> None:
        self.proof = proof
        self.backend = proof.backend
        self.sizes = Sizes(self.backend, proof.supposed)
        self.products = Products(self.backend)
        self.loops: list[Loop] = []
        self._of: dict[Variable, tuple[Variable, int]] = {}
        self._new: dict[Variable, Variable] = {}
        self._wrt = wrt
        for variable in backends.ancestors([output]):
            if variable not in self._new and variable.owner is not None:
                self._visit(variable, variable.owner)
        self.output = self.rewritten(output)
        _must(self.loops and not any(v in self._of for v in [self.output]))

    def rewritten(self, variable: Variable) -> Variable:
        return self._new.get(variable, variable)

    def _visit(self, variable: Variable, node: Node) -> None:
        if self.backend.kind(node) == 'scan':
            if variable in self.proof.batch and variable not in self._of:
                self._add(node)
            return
        read = [v for v in node.inputs if v in self._of]
        if read and self.backend.kind(node) not in ('shape', 'shape_i'):
            self._new[variable] = self._result(node, read[0])
        elif any(v in self._new for v in node.inputs) or variable in self.proof.batch and \
                self.backend.kind(node) in ('subtensor', 'dot', 'reshape'):
            self._rebuild(node)

    def _add(self, node: Node) -> None:
        loop = Loop(self.proof, node, self.rewritten)
        self.loops.append(loop)
        first = loop.sequences[0]
        for block in loop.blocks:
            self.sizes.known[block.variable, 0] = self.sizes.axis(first, 0)
        loop.unfold(self.products.make, self._part)
        for output, (whole, initial) in loop.results.items():
            # What is known of the loop's own output is known of what stands for it.
            self.sizes.known.update({
                (whole, a): self.sizes.axis(output, a) for a in range(1, whole.ndim)})
            if initial:
                self._of[output] = whole, initial
            else:
                self._new[output] = whole

    def _result(self, node: Node, read: Variable) -> Variable:
        """What is read of a loop's states: all but the initial ones."""
        whole, initial = self._of[read]
        _must(self.backend.kind(node) == 'subtensor')
        index = self.backend.indices(node)
        _must(len(index) == 1 and isinstance(index[0], slice))
        start, stop, step = [b if b is None or not backends.is_symbolic(b) else
                             self.sizes.constant(b)
                             for b in (index[0].start, index[0].stop, index[0].step)]
        _must(start == initial and index[0].stop is None and (
            index[0].step is None or step == 1))
        return whole

    def _rebuild(self, node: Node) -> None:
        clone = node.clone_with_new_inputs(
            [self.rewritten(v) for v in node.inputs], strict=False)
        for old, new in zip(node.outputs, clone.outputs):
            product = self.products.rewritten(clone, self.sizes) \
                if old in self.proof.batch else None
            if product is not None:
                new = self.backend.fix_broadcast(product, old.broadcastable) \
                    if product.broadcastable != old.broadcastable else product
            if self.backend.kind(node) == 'subtensor' and old in self.proof.batch:
                new = self._read_part(clone, new)
            self._new[old] = new

    def _read_part(self, node: Node, variable: Variable) -> Variable:
        """A part of something: without slices that take all of an axis."""
        index, source = self.backend.indices(node), node.inputs[0]
        if not all(isinstance(i, slice) for i in index):
            return variable
        sizes = [self.sizes.axis(source, a) for a in range(source.ndim)]
        index = [slice(None) if is_whole(i, s, self.sizes) else i
                 for i, s in zip(index, sizes)]
        if all(i == slice(None) for i in index):
            return source
        made = self._part(source, index)
        for axis, i in enumerate(index):
            if i == slice(None, None, -1) or i.step is not None and i.start is None \
                    and i.stop is None and self.sizes.constant(i.step) == -1:
                self.sizes.known[made, axis] = sizes[axis]
        return made

    def _part(self, source: Variable, index: list[Any]) -> Variable:
        """A part of something: units are cut where they are made."""
        index = index + [slice(None)] * (source.ndim - len(index))
        if not isinstance(index[-1], slice) or index[-1] == slice(None) or \
                any(i != slice(None) for i in index[:-1]):
            return source[tuple(index)]
        leaves = [self._wrt] + [b.variable for loop in self.loops for b in loop.blocks]
        moving = set(dependents([source], *leaves))
        return pulled_down(self.backend, source, index[-1], moving, self.products)


def _must(condition: Any) -> None:
    if not condition:
        raise Unfit
