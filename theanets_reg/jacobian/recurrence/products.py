"""Products of all steps with one matrix, noted as such.

The packages make of a product of three axes by a matrix one of two axes between two
reshapes. Here it stays one thing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...backends.base import Backend
    from ...backends.types import Node, Variable
    from ..sizes import Sizes

__all__ = ['Products']


class Products(object):
    """The products by shared matrices of a graph.

    Attributes
    ----------
    factors : dict of variable -> (variable, variable)
        Of a product: what is multiplied, of three axes, and the matrix.
    """

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.factors: dict[Variable, tuple[Variable, Variable]] = {}

    def make(self, left: Variable, matrix: Variable) -> Variable:
        """``dot(left, matrix)``, of shape (..., ..., units)."""
        made = self.backend.rows_times(left, matrix)
        self.factors[made] = left, matrix
        return made

    def rewritten(self, node: Node, sizes: Sizes) -> Variable | None:
        """A node that is a flat product, or makes one whole again, or None.

        Parameters
        ----------
        node : apply node
        sizes : Sizes
        """
        kind = self.backend.kind(node)
        if kind == 'dot' and node.inputs[1].ndim == 2:
            return self._product(node, sizes)
        if kind == 'reshape' and node.outputs[0].ndim == 3:
            source = self._flattened(node.inputs[0])
            if source in self.factors and sizes.of(source) == sizes.of(node.outputs[0]):
                return source
        return None

    def _product(self, node: Node, sizes: Sizes) -> Variable | None:
        left, matrix = node.inputs
        if left.ndim == 3:
            return self.make(left, matrix)
        source = self._flattened(left)
        if source is None or sizes.axis(left, 1) != sizes.axis(source, 2):
            return None
        return self.backend.flat_rows(self.make(source, matrix))

    def _flattened(self, variable: Variable) -> Variable | None:
        """What a matrix is made of by a reshape of three axes."""
        node = variable.owner
        if variable.ndim == 2 and node is not None and \
                self.backend.kind(node) == 'reshape' and node.inputs[0].ndim == 3:
            return node.inputs[0]
        return None
