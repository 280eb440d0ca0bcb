"""Many tangents through a forward pass.

A pullback is linear in its cotangent u; its own pullback, by u, is linear in the
tangent t and is the pushforward: the transpose of the transpose. It is made of
the package's own derivatives, as the definition is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .. import backends
from .batching import carried_through
from .errors import Unsupported
from .independence import reached, sources
from .plain import plain
from .pullback import depends_on
from .sizes import Sizes

if TYPE_CHECKING:
    from ..backends.base import Backend
    from ..backends.types import Variable
    from .linear_maps import LinearMap
    from .size import Size

__all__ = ['Pushforward']


class Pushforward(object):
    """The forward pass of tangents of one input to one output.

    Parameters
    ----------
    output, wrt : variables
    supposed : dict of symbol -> Size, optional
        Of sizes in the graph: see :mod:`.supposed`.

    Attributes
    ----------
    results : list of variables
        The tangent of the output, linear in :attr:`variable`; none where no
        gradient flows.
    variable : variable
        The tangent of the input.

    Raises
    ------
    Unsupported
        If an op's gradient is not seen to be linear in its cotangent, or has no
        derivative itself.
    """

    def __init__(self, output: Variable, wrt: Variable,
                 supposed: Mapping[Any, Size] | None = None) -> None:
        self.backend = backends.of(output)
        self.variable = wrt.type()
        cotangent = output.type()
        pulled, = self.backend.vjp(output, cotangent, [wrt])
        self.results = []
        if depends_on(pulled, cotangent):
            self.results = self._transposed(output, cotangent, pulled)
        self.sizes = Sizes(self.backend, supposed)
        own = self.sizes.of(wrt)
        self.sizes.known.update({(self.variable, a): s for a, s in enumerate(own)})

    def _transposed(self, output: Variable, cotangent: Variable,
                    pulled: Variable) -> list[Variable]:
        try:
            pushed, = self.backend.vjp(pulled, self.variable, [cotangent])
        except ValueError as error:
            raise Unsupported('no second derivative: {}'.format(error))
        if pushed is None:
            raise Unsupported('no second derivative')
        _check_linear(self.backend, pushed, cotangent)
        # The cotangent is left where its shape is read: it has that of the output.
        found = plain(backends.replace([pushed], {cotangent: output}))
        _check_loops(self.backend, found)
        return [f for f in found if depends_on(f, self.variable)]

    def carry(self, seed: LinearMap) -> LinearMap | None:
        """What arrives at the output; None where no gradient flows.

        Parameters
        ----------
        seed : LinearMap
            The tangents.

        Returns
        -------
        map : LinearMap or None

        Raises
        ------
        Unsupported
            If an op has no rule for many tangents at once.
        """
        made = carried_through(self.results, self.variable, seed, self.sizes)
        return made[0] if made else None


def _check_loops(backend: Backend, pushed: list[Variable]) -> None:
    """That no loop makes zeros of nothing: the packages do of gradients that they lack."""
    for variable in backends.ancestors(pushed):
        node = variable.owner
        if node is not None and backend.kind(node) == 'scan' and not sources(backend, variable):
            raise Unsupported('a loop whose gradient has no derivative')


def _check_linear(backend: Backend, pushed: Variable, cotangent: Variable) -> None:
    """That a gradient was linear in the cotangent: its derivative is free of it."""
    if cotangent in reached(backend, [pushed]):
        raise Unsupported('a gradient that is not linear in its cotangent')
