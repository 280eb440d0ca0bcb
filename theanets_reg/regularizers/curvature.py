"""How much a Jacobian changes close by: the higher-order term of the contractive penalty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .. import backends
from . import draws, weights

if TYPE_CHECKING:
    from ..backends.types import Variable

__all__ = ['as_curvature', 'changes']


def as_curvature(owner: str, hessian: Any, sigma: Any) -> tuple[Any, Any]:
    """The strength of the term and the deviation of its noise, checked.

    Parameters
    ----------
    owner : str
        Whose arguments they are, for the message.
    hessian : float or symbolic scalar
    sigma : float, symbolic scalar or None

    Raises
    ------
    TypeError, ValueError
        If they are something else, or the one is there without the other.
    """
    hessian = weights.as_weight(owner, hessian, 'hessian')
    if sigma is not None:
        sigma = weights.as_weight(owner, sigma, 'sigma')
    if not weights.is_zero(hessian) and sigma is None:
        raise TypeError('{}: there is hessian={} without sigma; expected the standard '
                        'deviation of the noise on the input, such as '
                        'sigma=0.1'.format(owner, hessian))
    if not backends.is_symbolic(sigma) and sigma is not None and sigma <= 0:
        raise ValueError('{}: sigma={!r} is not positive; expected the standard deviation of '
                         'the noise on the input, such as 0.1'.format(owner, sigma))
    return hessian, sigma


def changes(owner: str, outputs: dict[str, Variable], inputs: Sequence[Variable], sigma: Any,
            rng: Any) -> dict[str, Variable]:
    """What becomes of outputs where there is noise on the inputs: f(x + e) - f(x).

    The derivative of that is the change of the Jacobian, J(x + e) - J(x). Random draws of
    the graph are the same in both.

    Parameters
    ----------
    owner : str
        Whose outputs they are, for the message.
    outputs : dict of str -> variable
    inputs : sequence of variables
    sigma : float or symbolic scalar
        The standard deviation of the noise.
    rng : int or random stream

    Returns
    -------
    changes : dict of str -> variable

    Raises
    ------
    ValueError
        If one of the inputs is computed from another.
    """
    for wrt in inputs:
        if set(backends.ancestors([wrt])[:-1]) & set(inputs):
            raise ValueError('{}: hessian= needs inputs none of which is computed from '
                             'another; {} is. Choose one of them with wrt='.format(
                                 owner, wrt.name or wrt))
    held, fixed = backends.hold_fixed(list(outputs.values()))
    moved = backends.replace(held, {
        wrt: _with_noise(wrt, sigma, draws.stream_for(wrt, rng, 'hessian', place))
        for place, wrt in enumerate(inputs)})
    found = backends.replace([new - old for new, old in zip(moved, held)], fixed)
    return dict(zip(['change of ' + name for name in outputs], found))


def _with_noise(wrt: Variable, sigma: Any, stream: Any) -> Variable:
    noise = weights.times(sigma, draws.normal(stream, wrt))
    return wrt + noise.astype(wrt.dtype)
