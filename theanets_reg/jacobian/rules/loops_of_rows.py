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
        open_ones = [c.full() for c in site.carried if not c.full().broadcastable[0]]
        # How many rows there are, where their type does not say that it is one.
        self.rows = open_ones[0].shape[0] if open_ones else None
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
        return self.backend.TensorType(inner.dtype, self._pattern(inner))()

    def _pattern(self, variable: Variable) -> tuple[bool, ...]:
        """The broadcast pattern of a variable with the rows in front."""
        return (self.rows is None, ) + tuple(variable.broadcastable)

    def made(self) -> list[Any]:
        """What the loop makes: maps, or what it made before."""
        node, wiring = self.site.node, self.wiring
        wide = {output for output, result in zip(wiring.made, self.results)
                if isinstance(result, LinearMap) or wiring.buffers.get(output) in self.wide}
        results = [self._result(new, old, output in wide) for new, old, output in zip(
            self.results, wiring.results, wiring.made)]
        op = self.backend.loop_like(node.op, self.inner, results)
        found = op.make_node(*[self._given(p) for p in range(len(node.inputs))]).outputs
        exchanged = self.backend.first_two_exchanged
        return [Dense(self.backend.fix_broadcast(exchanged(f), self._pattern(old)))
                if place in wide else f
                for place, (f, old) in enumerate(zip(found, node.outputs))]

    def _result(self, result: Any, old: Variable, wide: bool) -> Variable:
        """What a step makes, with the rows in front if those of the loop are."""
        if not wide:
            # Itself, or what is made of the sizes of one row.
            return self.backend.fix_broadcast(result, old.broadcastable)
        array = result.full() if isinstance(result, LinearMap) else self._repeated(result)
        return self.backend.fix_broadcast(array.astype(old.dtype), self._pattern(old))

    def _repeated(self, array: Variable) -> Variable:
        """An array of a step that is the same for all rows."""
        one = array.dimshuffle('x', *range(array.ndim))
        if self.rows is None:
            return one
        rows = next(new for new, old in zip(self.inner, self.wiring.inner) if new is not old)
        return self.backend.repeated(one, rows.shape[0])

    def _given(self, place: int) -> Variable:
        """An input of the node, with the rows behind time where both are."""
        old = self.site.node.inputs[place]
        if place not in self.wide:
            return old
        full = self.site.full(self.site.inputs[place])
        if self.rows is not None and full.broadcastable[0]:
            full = self.backend.repeated(full, self.rows)
        full = self.backend.fix_broadcast(full, self._pattern(old))
        return self.backend.first_two_exchanged(full) if place in self.wiring.timed else full
