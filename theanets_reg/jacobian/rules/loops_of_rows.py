"""A loop of many cotangents or tangents: the rows are one more axis of what it carries.

The gradient of a loop is a loop that adds to buffers. With the rows in front of what
a step sees of them it stays one loop of as many steps, of the same form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import Unsupported
from ..linear_maps import Dense, LinearMap
from .loops import sizes_of_step
from .registry import batching

if TYPE_CHECKING:
    from ...backends.types import Variable
    from ..batching import Site


@batching('scan')
def _scan(site: Site) -> list[Any]:
    return LoopOfRows(site).made()


class LoopOfRows(object):
    """A scan node of which some inputs are carried.

    Parameters
    ----------
    site : Site

    Raises
    ------
    Unsupported
        If the loop may end early or has states that are no arrays, or an op in a step
        has no rule.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self.backend = site.backend
        self.wiring = site.backend.loop_wiring(site.node)
        if not self.wiring.simple:
            raise Unsupported(str(site.node.op))
        self.sizes = sizes_of_step(site.sizes, self.wiring.pairs(site.node.inputs))
        self.wide = {place for place, i in enumerate(site.inputs) if isinstance(i, LinearMap)}
        self._settle()

    def _settle(self) -> None:
        """Carry the rows through a step until states are what they are made of."""
        wiring = self.wiring
        while True:
            self.inner = [
                self._of_rows(v) if place in self.wide else v
                for v, place in zip(wiring.inner, wiring.read)]
            seeds = {old: Dense(new) for old, new in zip(wiring.inner, self.inner)
                     if new is not old}
            self.results = self.site.within(wiring.results, seeds, self.sizes)
            found = {output for output, result in zip(wiring.made, self.results)
                     if isinstance(result, LinearMap)}
            more = {wiring.buffers[o] for o in found if o in wiring.buffers} - self.wide
            if not more:
                return
            self.wide |= more

    def _of_rows(self, inner: Variable) -> Variable:
        """What stands for a variable of a step with the rows in front."""
        return self.backend.TensorType(
            inner.dtype, (False, ) + tuple(inner.broadcastable))()

    def made(self) -> list[Any]:
        """What the loop makes: maps, or what it made before."""
        node, wiring = self.site.node, self.wiring
        wide = {output for output, result in zip(wiring.made, self.results)
                if isinstance(result, LinearMap) or wiring.buffers.get(output) in self.wide}
        results = [self._result(new, old, output in wide) for new, old, output in zip(
            self.results, wiring.results, wiring.made)]
        op = self.backend.loop_like(node.op, self.inner, results)
        found = op.make_node(*[self._given(p) for p in range(len(node.inputs))]).outputs
        patterns = [(False, ) + tuple(v.broadcastable) for v in node.outputs]
        return [Dense(self.backend.fix_broadcast(_exchanged(f), pattern))
                if place in wide else f
                for place, (f, pattern) in enumerate(zip(found, patterns))]

    def _result(self, result: Any, old: Variable, wide: bool) -> Variable:
        """What a step makes, with the rows in front if those of the loop are."""
        if not wide:
            # Itself, or what is made of the sizes of one row.
            return self.backend.fix_broadcast(result, old.broadcastable)
        array = result.full() if isinstance(result, LinearMap) else self._repeated(result)
        return self.backend.fix_broadcast(
            array.astype(old.dtype), (False, ) + tuple(old.broadcastable))

    def _repeated(self, array: Variable) -> Variable:
        """An array of a step that is the same for all rows."""
        rows = next(new for new, old in zip(self.inner, self.wiring.inner) if new is not old)
        return self.backend.tensor.alloc(
            array.dimshuffle('x', *range(array.ndim)), rows.shape[0],
            *[array.shape[axis] for axis in range(array.ndim)])

    def _given(self, place: int) -> Variable:
        """An input of the node, with the rows behind time where both are."""
        if place not in self.wide:
            return self.site.node.inputs[place]
        full = self.site.repeated(self.site.inputs[place])
        return _exchanged(full) if place in self.wiring.timed else full


def _exchanged(array: Variable) -> Variable:
    """The first two axes of an array in the other order."""
    return array.dimshuffle(1, 0, *range(2, array.ndim))
