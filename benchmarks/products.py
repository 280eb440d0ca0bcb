"""The matrix products alone of a penalty's order, in SciPy's BLAS.

What is left when all else costs nothing: a bound for the rows of the Jacobian
from the output's side, down to the first layer, and there times the Gram matrix of
its weights. A whole training step, in float32.
"""

import numpy as np

__all__ = ['shapes', 'step']


def shapes(sizes, batch):
    """(m, k, n) of every product of (m, k) by (k, n), forwards and backwards.

    Parameters
    ----------
    sizes : sequence of int
        Of the input and of at least two layers.
    batch : int
    """
    inputs, first = sizes[:2]
    rows = batch * sizes[-1]
    found = []
    for a, b in zip(sizes, sizes[1:]):
        found += [(batch, a, b), (a, batch, b)]               # h W; its slope by W
    for a, b in zip(sizes[1:], sizes[2:]):
        found += [(batch, b, a)]                              # and by h
    # A diagonal times the last weights are the rows: no product.
    for a, b in zip(sizes[1:-1], sizes[2:-1]):
        found += [(rows, b, a), (rows, a, b), (a, rows, b)]   # R Wᵀ; its slopes by R, W
    found += [(first, inputs, first), (inputs, first, first),     # G = WᵀW; its slope
              (rows, first, first), (first, rows, first)]     # R G; the slope by G
    return found


def step(sizes, batch):
    """A function that does all the products once."""
    from scipy.linalg.blas import sgemm
    rng = np.random.RandomState(13)
    pairs = [[rng.rand(*shape).astype('float32') for shape in ((m, k), (k, n))]
             for m, k, n in shapes(sizes, batch)]

    def products():
        for one, other in pairs:
            # BLAS counts along columns: of transposed views it needs no copies.
            sgemm(1, other.T, one.T)
    return products
