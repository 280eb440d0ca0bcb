"""Exact ways to compute a Jacobian's squared norm."""

from .. import backends 

__all__ = ['literal']


def literal(outputs, wrts):
    """The definition: all rows of every Jacobian, one backward pass each.

    Parameters
    ----------
    outputs, wrts : lists of float tensor variables

    Returns
    -------
    norms : list of vector variables
        For each of `wrts`, shape (batch,): summed over `outputs`.
    """
    backend = backends.of(*outputs)
    return [backend.added([_literal(output, wrt) for output in outputs]) for wrt in wrts]


def _literal(output, wrt):
    """Norms of one output by one input."""
    backend = backends.of(output)
    if wrt not in backends.ancestors([output]):
        return _per_example(backend, backend.tensor.zeros_like(wrt))
    # Held together: wrt may itself be computed from a draw.
    (output, wrt), draws = backends.hold_draws([output, wrt])
    _refuse_spread_draws(backend, wrt, draws)
    rows = backend.jacobian(output.flatten(), wrt, disconnected_inputs='ignore')
    norms = _per_example(backend, backend.tensor.sqr(rows).sum(axis=0))
    return backends.replace([norms], draws)[0]


def _refuse_spread_draws(backend, wrt, draws):
    """Draws that are held have no derivative by what they are drawn with."""
    held = {draw: placeholder for placeholder, draw in draws.items()}
    for draw in held:
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


def _per_example(backend, squares):
    """Sum an array shaped like wrt over all axes but the first."""
    if squares.ndim < 2:
        return squares.reshape((-1,), ndim=1)
    return squares.sum(axis=tuple(range(1, squares.ndim)))
