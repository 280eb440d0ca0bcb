"""The norm of rows, where the input has entered through matrices.

With ``a = dot(x, W)``, a row ``r`` of ∂Z/∂a is the row ``dot(r, W.T)`` of
∂Z/∂x, and its squared norm is ``dot(dot(r, G), r)`` with ``G = dot(W.T, W)``:
no row is ever multiplied by W.
"""

import functools

import numpy as np

from .rows import Diagonal, Rows

__all__ = ['squares']


def squares(engine, results, matrices, pick, keep=None):
    """Sum of squares of rows, for each example.

    Parameters
    ----------
    results : list of Diagonal or Rows
        What arrived at each place of entry.
    matrices : list of matrix variables, or None
        The W of each place. None where the rows have arrived at the input
        itself; then there is one place only.
    pick : callable
        Takes the wanted rows of an array with one for each unit.
    keep : boolean vector variable, shape (rows,), optional
        Which rows count. By default all.

    Returns
    -------
    squares : vector variable, shape (batch,)
    """
    results = [_wide(engine, r) for r in results]
    matrices = matrices and [engine.wide(m) for m in matrices]
    if all(isinstance(r, Diagonal) for r in results):
        return _of_diagonals(engine, [r.value for r in results], matrices)
    rows = [r.rows(engine, pick) if isinstance(r, Diagonal) else r
            for r in results]
    if matrices is None:
        base, scale = rows[0].base, rows[0].scale
        axes = list(range(2, base.ndim))
        norms = engine.tensor.sqr(base)
        norms = norms.sum(axis=axes) if axes else norms
    else:
        base, scale = _side_by_side(engine, rows)
        norms = _through(engine, base, _beside(engine, matrices, 1))
    if scale is not None:
        norms = norms * engine.tensor.sqr(engine.wide(scale))
    if keep is not None:
        zero = np.asarray(0, norms.dtype)
        norms = engine.tensor.switch(keep.dimshuffle(0, 'x'), norms, zero)
    return norms.sum(axis=0)


def _wide(engine, result):
    """A Diagonal or Rows whose squares don't overflow."""
    if isinstance(result, Diagonal):
        return Diagonal(engine.wide(result.value))
    return Rows(engine.wide(result.base), result.scale)


def _of_diagonals(engine, values, matrices):
    """Closed form: unit k of each place has its own column of each matrix."""
    tensor = engine.tensor
    if matrices is None:
        return tensor.sqr(values[0]).sum(axis=1)
    terms = []
    for i, (value, matrix) in enumerate(zip(values, matrices)):
        columns = _column_sums(engine, tensor.sqr(matrix))
        terms.append(tensor.dot(tensor.sqr(value), columns))
        for other, another in list(zip(values, matrices))[:i]:
            columns = _column_sums(engine, matrix * another)
            terms.append(2 * tensor.dot(value * other, columns))
    return engine.total(terms)


def _column_sums(engine, matrix):
    """A product with ones: Theano's sum over the first axis is slower."""
    ones = engine.tensor.ones((matrix.shape[0], ), dtype=matrix.dtype)
    return engine.tensor.dot(matrix.T, ones)


def _side_by_side(engine, rows):
    """Rows at several places as rows at one."""
    if len(rows) == 1:
        return rows[0].base, rows[0].scale
    alike = all(r.scale is rows[0].scale and r.base.broadcastable[1]
                == rows[0].base.broadcastable[1] for r in rows)
    if alike:
        return _beside(engine, [r.base for r in rows], 2), rows[0].scale
    return _beside(engine, [r.full() for r in rows], 2), None


def _beside(engine, arrays, axis):
    return arrays[0] if len(arrays) == 1 else engine.tensor.concatenate(
        arrays, axis=axis)


def _through(engine, base, matrix):
    """Squared norms of the rows of ``dot(base, matrix.T)``: (rows, batch)."""
    shape, alike = base.shape[:2], base.broadcastable[1]
    flat = base.reshape((shape[0] * shape[1], base.shape[2]))
    norms = engine.with_gradient(
        functools.partial(_norms, engine), functools.partial(_slopes, engine),
        flat, matrix).reshape(shape, ndim=2)
    return engine.fix_broadcast(norms, (False, alike))


def _norms(engine, rows, matrix):
    product = engine.tensor.dot(rows, _twice_gram(engine, matrix))
    return (product * rows).sum(axis=1) / 2


def _slopes(engine, rows, matrix, slopes):
    """The gradient, which knows that the Gram matrix is symmetric.

    Its product of rows by the Gram matrix is that of the forward pass (which
    has the factor of two for this alone), so that one more large product is
    left where there were three.
    """
    dot, slopes = engine.tensor.dot, slopes.dimshuffle(0, 'x')
    return [slopes * dot(rows, _twice_gram(engine, matrix)),
            2 * dot(matrix, dot(rows.T, slopes * rows))]


def _twice_gram(engine, matrix):
    return 2 * engine.tensor.dot(matrix.T, matrix)
