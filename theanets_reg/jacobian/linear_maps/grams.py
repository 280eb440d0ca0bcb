"""Rows times a shared matrix, squared by way of the matrix's Gram matrix.

A row r of the product has the squared norm ``dot(dot(r, G), r)`` with ``G = dot(matrix,
matrix.T)``, where r itself may be much shorter. The gradients know that G is symmetric:
their product of rows by it is that of the forward pass, so that one more large product
is left where there were three. It is made as 2 G, since the gradient needs that, and
outside of a loop over chunks of rows, which add up what it gets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import backends

if TYPE_CHECKING:
    from ...backends.types import Variable

__all__ = ['grams_of_rows', 'norms_of_rows', 'norms_of_scaled']


def norms_of_rows(rows: Variable, matrix: Variable) -> Variable:
    """Squared norms of rows times a matrix.

    Parameters
    ----------
    rows : variable, shape (..., units)
    matrix : matrix variable, shape (units, others)

    Returns
    -------
    norms : variable, shape (...)
    """
    backend = backends.of(rows)
    norms = backend.with_gradient(
        _norms, _slopes, backend.flat_rows(rows), *_twice_gram(matrix))
    return backend.split_axis(norms, 0, backend.lengths(rows)[:-1])


def norms_of_scaled(shared: Variable, right: Variable, matrix: Variable) -> Variable:
    """Squared norms of rows that are made of two factors, times a matrix.

    All rows ``shared[k, u] * right[n, u]``. They are columns here, for in the
    gradients of both factors what belongs to one unit is a matrix then, which is
    multiplied by a vector.

    Parameters
    ----------
    shared : matrix variable, shape (rows, units)
    right : matrix variable, shape (examples, units)
    matrix : matrix variable, shape (units, others)

    Returns
    -------
    norms : matrix variable, shape (rows, examples)
    """
    return backends.of(shared).with_gradient(
        _norms_of_scaled, _slopes_of_scaled, shared, right, *_twice_gram(matrix))


def grams_of_rows(array: Variable, matrix: Variable) -> Variable:
    """The products of an example's rows with each other, all times a matrix.

    Parameters
    ----------
    array : variable, shape (rows, batch, units)
    matrix : matrix variable, shape (units, others)

    Returns
    -------
    grams : variable, shape (batch, rows, rows)
    """
    return backends.of(array).with_gradient(
        _grams, _gram_slopes, array, *_twice_gram(matrix))


def _twice_gram(matrix: Variable) -> tuple[Variable, Variable]:
    """``2 dot(matrix, matrix.T)``, twice: for a value, and for its gradient.

    The gradient by the first is symmetric, and is known to be. What differentiates the
    gradient once more meets the second, whose own is any.

    The gradient reaches weights as they are, and not their transpose: the packages would
    turn the large arrays that it is made of.
    """
    backend, node = backends.of(matrix), matrix.owner
    if node is not None and backend.kind(node) == 'dimshuffle' and \
            backend.order(node) == [1, 0]:
        symmetric = backend.with_gradient(_of_columns, _columns_slopes, node.inputs[0])
    else:
        symmetric = backend.with_gradient(_of_rows, _rows_slopes, matrix)
    return symmetric, _of_rows(matrix)


def _of_rows(matrix: Variable) -> Variable:
    return 2 * backends.of(matrix).tensor.dot(matrix, matrix.T)


def _rows_slopes(matrix: Variable, slopes: Variable) -> list[Variable]:
    return [4 * backends.of(matrix).tensor.dot(slopes, matrix)]


def _of_columns(matrix: Variable) -> Variable:
    return 2 * backends.of(matrix).tensor.dot(matrix.T, matrix)


def _columns_slopes(matrix: Variable, slopes: Variable) -> list[Variable]:
    return [4 * backends.of(matrix).tensor.dot(matrix, slopes)]


def _norms(rows: Variable, gram: Variable, _: Variable) -> Variable:
    tensor = backends.of(rows).tensor
    return (tensor.dot(rows, gram) * rows).sum(axis=1) / 2


def _slopes(rows: Variable, _: Variable, gram: Variable,
            slopes: Variable) -> list[Variable | None]:
    tensor = backends.of(rows).tensor
    slopes = slopes.dimshuffle(0, 'x')
    return [slopes * tensor.dot(rows, gram), tensor.dot(rows.T, slopes * rows) / 2, None]


def _norms_of_scaled(shared: Variable, right: Variable, gram: Variable,
                     _: Variable) -> Variable:
    backend = backends.of(shared)
    columns = _columns(shared, right)
    products = columns * backend.tensor.dot(gram, columns)
    halves = backend.tensor.ones((products.shape[0], ), products.dtype) / 2
    return backend.split_axis(backend.tensor.dot(halves, products), 0, _counts(shared, right))


def _slopes_of_scaled(shared: Variable, right: Variable, _: Variable, gram: Variable,
                      slopes: Variable) -> list[Variable | None]:
    backend = backends.of(shared)
    tensor, columns = backend.tensor, _columns(shared, right)
    weights = backend.joined_axes(slopes, 0, 2).dimshuffle('x', 0)
    moved = tensor.dot(gram, columns) * weights
    moved = backend.split_axis(moved, 1, _counts(shared, right))
    by_shared = backend.batched_dot(moved, right.T.dimshuffle(0, 1, 'x'))
    by_right = backend.batched_dot(shared.T.dimshuffle(0, 'x', 1), moved)
    return [by_shared[:, :, 0].T, by_right[:, 0, :].T,
            tensor.dot(columns * weights, columns.T) / 2, None]


def _columns(shared: Variable, right: Variable) -> Variable:
    """All products of both factors, shape (units, rows * examples)."""
    backend = backends.of(shared)
    shared, right = backend.turned(shared), backend.turned(right)
    return backend.joined_axes(
        shared.dimshuffle(0, 1, 'x') * right.dimshuffle(0, 'x', 1), 1, 2)


def _counts(shared: Variable, right: Variable) -> list[Variable]:
    """The numbers of rows and of examples."""
    return [backends.of(v).lengths(v)[0] for v in (shared, right)]


def _grams(array: Variable, gram: Variable, _: Variable) -> Variable:
    backend = backends.of(array)
    return backend.batched_dot(
        backend.rows_times(array, gram).dimshuffle(1, 0, 2),
        array.dimshuffle(1, 2, 0)) / 2


def _gram_slopes(array: Variable, _: Variable, gram: Variable,
                 slopes: Variable) -> list[Variable | None]:
    backend = backends.of(array)
    both = (slopes + slopes.dimshuffle(0, 2, 1)) / 2
    moved = [backend.batched_dot(both, a.dimshuffle(1, 0, 2)).dimshuffle(1, 0, 2)
             for a in (backend.rows_times(array, gram), array)]
    outer = backend.tensor.dot(backend.flat_rows(moved[1]).T, backend.flat_rows(array)) / 2
    return [moved[0], outer, None]
