"""An output with its loops unfolded: a graph without order in time.

Each step of each loop reads states that are computed already (see
:mod:`.unfold`), so that what is left mixes no steps but where the time axis is cut or
turned. Derivatives by the states are what the recursion needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import backends
from ..errors import Unfit
from ..pullback import dependents
from ..rules.indexing import is_whole
from ..sizes import Sizes
from .loops import Loop
from .products import Products
from .slices import pulled_down

if TYPE_CHECKING:
    from ...backends.types import Node, Variable
    from ..independence import Proof

__all__ = ['Unfolding']


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
            if variable not in self._new and variable.owner is not None and variable is not wrt:
                self._visit(variable, variable.owner)
        self.output = self.rewritten(output)
        if not self.loops or self.output in self._of:
            raise Unfit

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
        if self.backend.kind(node) != 'subtensor':
            raise Unfit
        index = self.backend.indices(node)
        if len(index) != 1 or not isinstance(index[0], slice):
            raise Unfit
        start, stop, step = [b if b is None or not backends.is_symbolic(b) else
                             self.sizes.constant(b)
                             for b in (index[0].start, index[0].stop, index[0].step)]
        if start != initial or index[0].stop is not None or \
                index[0].step is not None and step != 1:
            raise Unfit
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
        index = [slice(None) if is_whole(self.sizes, source, index, axis) else i
                 for axis, i in enumerate(index)]
        if all(i == slice(None) for i in index):
            return source
        return self._part(source, index)

    def _part(self, source: Variable, index: list[Any]) -> Variable:
        """A part of something: units are cut where they are made."""
        index = index + [slice(None)] * (source.ndim - len(index))
        if not isinstance(index[-1], slice) or index[-1] == slice(None) or \
                any(i != slice(None) for i in index[:-1]):
            return source[tuple(index)]
        leaves = [self._wrt] + [b.variable for loop in self.loops for b in loop.blocks]
        moving = set(dependents([source], *leaves))
        return pulled_down(self.backend, source, index[-1], moving, self.products)
