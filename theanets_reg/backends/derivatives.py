"""Derivatives and loops, made by the package."""

from __future__ import annotations

import functools
import inspect
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Callable

from ..compat.updates import update_in_every_call
from .errors import no_derivative
from .graph import ancestors, replace

if TYPE_CHECKING:
    from .types import Variable

__all__ = ['Derivatives']


class Derivatives(object):
    """The package's derivatives and its loop, with what they lack."""

    # Of the class for a package, and of its other bases.
    Constant: Any
    OpFromGraph: Any
    SharedVariable: Any
    disconnected_type: Any
    indices: Any
    kind: Any
    name: Any
    none: Any
    package_grad: Any
    package_jacobian: Any
    package_scan: Any
    state_buffers: Any
    tensor: Any

    def grad(self, *args: Any, **kwargs: Any) -> Any:
        """The package's gradient; see :func:`.errors.no_derivative`."""
        with no_derivative(self.name):
            return self.package_grad(*args, **kwargs)

    def jacobian(self, *args: Any, **kwargs: Any) -> Any:
        """The package's literal Jacobian; see :func:`.errors.no_derivative`."""
        with no_derivative(self.name):
            return self.package_jacobian(*args, **kwargs)

    def vjp(self, output: Variable, cotangent: Variable, wrts: Sequence[Variable]) -> list[Any]:
        """Backward pass from `output`; None for a wrt it does not reach."""
        return self.vjps({output: cotangent}, wrts)

    def vjps(self, cotangents: Mapping[Variable, Variable], wrts: Sequence[Variable]
             ) -> list[Any]:
        """Backward pass from several outputs; None for a wrt none of them reaches."""
        return self.grad(None, list(wrts), known_grads=OrderedDict(cotangents),
                         disconnected_inputs='ignore',
                         return_disconnected=self.none)

    def updated(self, outputs: Sequence[Variable],
                known: Collection[Variable] = ()) -> list[Variable]:
        """The shared variables in a graph that get a new value in every call.

        But for those that are found through the variables `known` only.
        """
        return [v for v in ancestors(outputs, known) if isinstance(v, self.SharedVariable)
                and getattr(v, 'default_update', None) is not None]

    update_in_every_call = staticmethod(update_in_every_call)

    def scan(self, step: Callable[..., Any], **kwargs: Any) -> tuple[Any, Any]:
        """A loop in which shared variables keep the values that they have outside.

        The packages take a shared variable with an update of its own for a state
        of the loop, and update it at every step. What a step is given is made outside,
        and stays so, with the draws that it is made of.
        """
        held = {}

        def held_step(*given: Variable) -> Any:
            made = step(*given)
            outside = {v: v for v in given if not isinstance(v, self.SharedVariable)}
            held.update({v: v.type() for v in self.updated(made, outside)})
            return replace(made, dict(outside, **held)) if held else made

        made, updates = self.package_scan(held_step, **kwargs)
        back = {placeholder: shared for shared, placeholder in held.items()}
        if isinstance(made, (list, tuple)):
            return replace(made, back), updates
        return replace([made], back)[0], updates

    def from_start(self, states: Variable, start: Variable) -> Variable:
        """All states that :meth:`scan` has made, and the one before the first in front.

        The loop holds them one behind the other: nothing is copied.
        """
        node = states.owner
        if node is not None and self.kind(node) == 'subtensor' and self._leaves_one(node):
            held = node.inputs[0]
            if held.owner is not None and self.kind(held.owner) == 'scan' and \
                    held in self.state_buffers(held.owner):
                return held
        return self.tensor.concatenate(
            [start.dimshuffle('x', *range(start.ndim)), states], axis=0)

    def _leaves_one(self, node: Any) -> bool:
        """Whether an index is ``[1:]``."""
        index = self.indices(node)
        if len(index) != 1 or not isinstance(index[0], slice):
            return False
        first = index[0].start
        return index[0].stop is None and index[0].step in (None, 1) and \
            isinstance(first, self.Constant) and int(first.data) == 1

    def with_gradient(self, function: Callable[..., Variable],
                      gradient: Callable[..., list[Variable | None]],
                      *inputs: Variable) -> Variable:
        """``function(*inputs)``, with a backward pass of our own.

        Parameters
        ----------
        function : callable
            Makes one variable of variables.
        gradient : callable
            Makes of the inputs and the output's gradient a list of their
            gradients, as expressions that have derivatives again, or None for
            an input of which only the shape is read. A function
            of a module, or a partial one: a graph may be pickled.
        """
        inner = [v.type() for v in inputs]
        # PyTensor's name for it changed in 3.0.
        override = 'pullback' if 'pullback' in inspect.signature(
            self.OpFromGraph.__init__).parameters else 'lop_overrides'
        op = self.OpFromGraph(
            inner, [function(*inner)], inline=True,
            **{override: functools.partial(_slopes, self.disconnected_type, gradient)})
        return op(*inputs)


def _slopes(nothing: Any, gradient: Callable[..., list[Variable | None]],
            inputs: Sequence[Variable], outputs: Any, slopes: Sequence[Variable]
            ) -> list[Variable]:
    found = gradient(*list(inputs) + list(slopes))
    return [nothing() if slope is None else slope for slope in found]
