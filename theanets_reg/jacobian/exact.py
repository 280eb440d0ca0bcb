"""Exact ways to compute a Jacobian's squared norm."""

from .. import engine as engines

__all__ = ['add', 'literal']


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
    return [add([_literal(output, wrt) for output in outputs]) for wrt in wrts]


def add(terms):
    """The sum of a list of vectors."""
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _literal(output, wrt):
    """Norms of one output by one input."""
    engine = engines.of(output)
    if wrt not in engines.ancestors([output]):
        return _per_example(engine, engine.tensor.zeros_like(wrt))
    # Held together: wrt may itself be computed from a draw.
    (output, wrt), draws = engines.hold_draws([output, wrt])
    rows = engine.jacobian(output.flatten(), wrt, disconnected_inputs='ignore')
    norms = _per_example(engine, engine.tensor.sqr(rows).sum(axis=0))
    return engines.replace([norms], draws)[0]


def _per_example(engine, squares):
    """Sum an array shaped like wrt over all axes but the first."""
    if squares.ndim < 2:
        return squares.reshape((-1,), ndim=1)
    return squares.sum(axis=tuple(range(1, squares.ndim)))
