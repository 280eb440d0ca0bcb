"""The proof that examples are independent, as far as the graph gives it.

The one question that matters: does example *i* of the output depend on
example *i* of the input only? The batch axis is followed op by op. Where an
op is not known, or brings examples together, the proof ends there and says
which op it was.
"""

from __future__ import annotations

import copy
import weakref
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .. import backends
from .batch import Batch
from .errors import Unproven
from .rules import rules_of
from .sizes import ONE, Size, Sizes

if TYPE_CHECKING:
    from ..backends.base import Backend
    from ..backends.types import Node, Variable

__all__ = ['Proof', 'axis_of', 'depends', 'reached', 'sources']


class Proof(object):
    """Where the batch axis of `wrt` is, in all that depends on it.

    Parameters
    ----------
    outputs : list of variables
    wrt : variable
        Shape (batch, ...).
    known : list of Size, optional
        The sizes of the axes of `wrt`, where it stands for something whose sizes
        are known.
    supposed : dict of symbol -> Size, optional
        What the proof may rely on: see :mod:`.supposed`.

    Attributes
    ----------
    backend : Backend
    batch : dict of variable -> Batch
        All that depends on `wrt` in a differentiable way.
    sizes : Sizes
    size : Size
        The number of examples.

    Raises
    ------
    Unproven
        If examples are not seen to be independent.
    """

    def __init__(self, outputs: Sequence[Variable], wrt: Variable,
                 known: list[Any] | None = None,
                 supposed: Mapping[Any, Size] | None = None) -> None:
        self.backend = backends.of(wrt)
        self.supposed = supposed or {}
        self.sizes = Sizes(self.backend, self.supposed)
        self.batch = {wrt: Batch(0, ONE, ONE)}
        known = known or [None] * wrt.ndim
        if not wrt.broadcastable[0] and not (known[0] and known[0].symbols):
            # Even where the number of examples is known: a symbol of their
            # own tells their axis from others of that size.
            known = [Size(symbols=[(wrt, 0)])] + known[1:]
        self.sizes.known.update(
            {(wrt, axis): size for axis, size in enumerate(known) if size})
        self.size = self.sizes.axis(wrt, 0)
        self.follow(outputs)

    def within(self) -> Proof:
        """A proof for the step of a loop: nothing placed, sizes as known so far."""
        step = copy.copy(self)
        step.batch = {}
        # Loops that are made from one op have the variables of their steps in common.
        step.sizes = self.sizes.copy()
        return step

    def follow(self, outputs: Sequence[Variable]) -> None:
        """Place the batch axis in all that a gradient goes through."""
        matter, rules = reached(self.backend, outputs), rules_of('batch axis')
        for variable in backends.ancestors(outputs):
            if variable not in matter or variable in self.batch:
                continue
            if any(v in self.batch for v in self.sources(variable)):
                node = variable.owner
                rule = rules.get(self.backend.kind(node))
                if rule is None:
                    raise Unproven(node, 'is not known to keep examples apart')
                self.place(variable, rule(self, node, variable))

    def place(self, variable: Variable, batch: Batch | None) -> None:
        """Note where the batch axis of `variable` is."""
        if batch is None:
            return
        self.batch[variable] = batch
        if not variable.broadcastable[batch.axis]:
            self.sizes.known[variable, batch.axis] = (
                batch.before * self.size * batch.after)

    def sources(self, variable: Variable) -> list[Variable]:
        """The variables that a gradient flows to from `variable`."""
        return sources(self.backend, variable)

    def only_first(self, node: Node) -> Batch:
        """The batch of the first input, where no other depends on wrt."""
        if any(v in self.batch for v in node.inputs[1:]):
            raise Unproven(node, 'depends on the input by another argument than its first')
        return self.batch[node.inputs[0]]

    def common(self, node: Node, output: Variable | None = None) -> Batch:
        """The batch of all inputs that depend on wrt.

        Parameters
        ----------
        node : apply node
        output : variable, optional
            Of its outputs the one that a gradient comes from; by default the first.
        """
        source = node.outputs[0] if output is None else output
        batches = {self.batch[v] for v in self.sources(source)
                   if v in self.batch}
        if len(batches) > 1:
            raise Unproven(node, 'brings different examples together')
        batch, = batches
        return batch

    def plain(self, node: Node, batch: Batch) -> Batch:
        """`batch`, where its axis holds examples and nothing else."""
        if batch.before != ONE or batch.after != ONE:
            raise Unproven(node, 'works on an axis that was merged with the '
                                 'batch axis', sizes=[batch.before, batch.after])
        return batch


def sources(backend: Backend, variable: Variable) -> list[Variable]:
    """The variables that a gradient flows to from `variable`."""
    node = variable.owner
    if node is None or not _may_have_gradient(backend, variable):
        return []
    kind = backend.kind(node)
    if kind in ('shape', 'shape_i', 'cut'):
        return []
    if kind == 'elemwise' and backend.scalar_kind(node) == 'fill':
        return node.inputs[1:]
    if kind == 'scan':
        return _sources_of_loop(backend, node)[node.outputs.index(variable)]
    return node.inputs


#: What has been found of loops, which hold many variables.
_loops: Any = weakref.WeakKeyDictionary()


def _sources_of_loop(backend: Backend, node: Node) -> list[list[Variable]]:
    """For each output of a loop the inputs of the node that a gradient flows to."""
    if node not in _loops:
        wiring = backend.loop_wiring(node)
        places = [set(range(len(node.inputs)))] * len(node.outputs)
        if wiring.simple:
            step = {inner: place for inner, place in zip(wiring.inner, wiring.read)}
            found = [{step[v] for v in reached(backend, [result]) if v in step}
                     for result in wiring.results]
            places = wiring.flow(found, len(node.outputs))
        _loops[node] = [sorted(p) for p in places]
    return [[node.inputs[p] for p in places] for places in _loops[node]]


def reached(backend: Backend, outputs: Sequence[Variable]) -> set[Variable]:
    """All that a gradient from `outputs` can flow to."""
    found, stack = set(), list(outputs)
    while stack:
        variable = stack.pop()
        if variable not in found:
            found.add(variable)
            stack.extend(sources(backend, variable))
    return found


def _may_have_gradient(backend: Backend, variable: Variable) -> bool:
    """Whether a gradient may flow through a variable.

    Through integers there is none, nor through the state of a generator.
    Through complex numbers, lists and anything else there may be one.
    """
    kind = backends.dtype(variable)
    if not kind:
        return not backend.is_random(variable.owner)
    return kind.startswith(('float', 'complex'))


def depends(output: Variable, wrt: Variable,
            supposed: Mapping[Any, Size] | None = None) -> bool:
    """Whether a gradient flows from `output` to `wrt`."""
    if wrt not in backends.ancestors([output]):
        return False
    known = Sizes(backends.of(wrt), supposed).of(wrt)
    return output in Proof([output], wrt, known, supposed).batch


def axis_of(output: Variable, wrt: Variable, axis: int,
            supposed: Mapping[Any, Size] | None = None) -> Any:
    """Where `axis` of `wrt` is in `output`, which keeps its indices apart.

    None where no gradient flows between them.

    Raises
    ------
    Unproven
        If it is not seen that each index of that axis has its own index in
        the output.
    """
    backend = backends.of(wrt)
    order = [axis] + [a for a in range(wrt.ndim) if a != axis]
    front = wrt.dimshuffle(order).type()
    back = front.dimshuffle([order.index(a) for a in range(wrt.ndim)])
    output, = backends.replace([output], {wrt: backend.fix_broadcast(
        back, wrt.broadcastable)})
    sizes = Sizes(backend, supposed)
    known = [sizes.axis(wrt, a) for a in order]
    if not known[0].symbols:
        supposed = dict(sizes.supposed)
        supposed[front, 0] = known[0]
    found = Proof([output], front, known, supposed).batch.get(output)
    if found is None or found == Batch(found.axis, ONE, ONE):
        return found and found.axis
    raise Unproven(output.owner, 'merges an axis with others')
