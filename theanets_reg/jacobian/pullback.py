"""Many cotangents through a backward pass."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .. import backends
from .batching import carried_through
from .plain import plain
from .sizes import Sizes

if TYPE_CHECKING:
    from ..backends.types import Variable
    from .linear_maps import LinearMap
    from .size import Size

__all__ = ['Pullback', 'dependents']


class Pullback(object):
    """The backward pass from one output, built once for any cotangents.

    Parameters
    ----------
    output : variable
    wrts : list of variables
        None of them is computed from another.
    supposed : dict of symbol -> Size, optional
        Of sizes in the graph: see :mod:`.supposed`.

    Attributes
    ----------
    reached : list of variables
        Those of `wrts` that a gradient reaches.
    results : list of variables
        Their gradients, linear in :attr:`variable`.
    variable : variable
        The cotangent.
    """

    def __init__(self, output: Variable, wrts: list[Variable],
                 supposed: Mapping[Any, Size] | None = None) -> None:
        self.backend = backends.of(output)
        self.variable = output.type()
        graph = self.backend.vjp(output, self.variable, wrts)
        pairs = [(w, g) for w, g in zip(wrts, graph) if depends_on(g, self.variable)]
        self.reached = [w for w, _ in pairs]
        # The packages hide parts of a gradient in composite ops.
        self.results = plain([g for _, g in pairs])
        self.sizes = Sizes(self.backend, supposed)
        own = self.sizes.of(output)
        self.sizes.known.update({(self.variable, a): s for a, s in enumerate(own)})

    def carry(self, seed: LinearMap) -> dict[Variable, LinearMap]:
        """What arrives at each variable that is reached.

        Parameters
        ----------
        seed : LinearMap
            The cotangents.

        Returns
        -------
        maps : dict of variable -> LinearMap

        Raises
        ------
        Unsupported
            If an op has no rule for many cotangents at once.
        """
        return dict(zip(self.reached, carried_through(
            self.results, self.variable, seed, self.sizes)))


def depends_on(variable: Variable, cause: Variable) -> bool:
    """Whether `variable` is made of `cause`."""
    return variable is not None and cause in backends.ancestors([variable])


def dependents(outputs: Sequence[Variable], *causes: Variable) -> list[Variable]:
    """All that depends on one of `causes` on the way to `outputs`, itself included."""
    found = OrderedDict()
    for variable in backends.ancestors(outputs):
        node = variable.owner
        if variable in causes or (node is not None and any(v in found for v in node.inputs)):
            found[variable] = True
    return list(found)
