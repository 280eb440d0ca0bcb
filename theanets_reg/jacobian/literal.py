"""Exact ways to compute a Jacobian's squared norm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from .. import backends
from .linear_maps.base import per_example
from .progress import tell_literal

if TYPE_CHECKING:
    from ..backends.base import Backend
    from ..backends.types import Variable

__all__ = ['add', 'literal']


def literal(outputs: list[Variable], wrts: list[Variable]) -> list[Variable]:
    """The definition: all rows of every Jacobian, one backward pass each.

    Parameters
    ----------
    outputs, wrts : lists of float tensor variables

    Returns
    -------
    norms : list of vector variables
        For each of `wrts`, shape (batch,): summed over `outputs`.
    """
    return [add([_literal(output, wrt) for output in outputs], wrt) for wrt in wrts]


def add(terms: Sequence[Variable], wrt: Variable) -> Variable:
    """The sum of norms, vectors (batch,), in the dtype of `wrt`."""
    return backends.of(wrt).total(terms).astype(wrt.dtype)


def _literal(output: Variable, wrt: Variable) -> Variable:
    """Norms of one output by one input."""
    backend = backends.of(output)
    if wrt not in backends.ancestors([output]):
        return per_example(backend.tensor.zeros_like(wrt))
    tell_literal(output, wrt)
    # Held together: wrt may itself be computed from a draw.
    (output, wrt), fixed = backends.hold_fixed([output, wrt])
    _refuse_spread_draws(backend, wrt, fixed)
    rows = backend.jacobian(_at_least_one(backend, output.flatten()), wrt,
                           disconnected_inputs='ignore')
    norms = per_example(backend.tensor.sqr(backend.wide(rows)).sum(axis=0))
    return backends.replace([norms], fixed)[0]


def _at_least_one(backend: Backend, vector: Variable) -> Variable:
    """`vector`, or a zero where it is empty: a loop makes one step at least."""
    tensor = backend.tensor
    missing = tensor.eq(vector.shape[0], 0).astype('int64')
    return tensor.concatenate([vector, tensor.zeros((missing,), dtype=vector.dtype)])


def _refuse_spread_draws(backend: Backend, wrt: Variable,
                         fixed: Mapping[Variable, Variable]) -> None:
    """Draws that are held have no derivative by what they are drawn with."""
    held = {v: placeholder for placeholder, v in fixed.items()}
    for draw in [v for v in held if v.owner is not None]:
        parameters = backends.replace(backend.real_parameters(draw.owner), held)
        used = {p: backend.tensor.ones_like(p) for p in parameters
                if p.dtype.startswith('float') and wrt in backends.ancestors([p])}
        if used and backend.grad(None, [wrt], known_grads=used, disconnected_inputs='ignore',
                                return_disconnected=backend.none) != [None]:
            raise ValueError(
                'squared_norms: {} is drawn with parameters that depend on {}, and has no '
                'derivative by them; draw from a fixed distribution and transform the '
                'draws, as in mean + deviation * normal(0, 1)'.format(
                    draw.owner.op, wrt.name or 'the input'))
