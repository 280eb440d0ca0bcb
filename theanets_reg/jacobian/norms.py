"""The entrance: check what was given, then hand it to a method."""

from .. import engine as engines
from . import exact

__all__ = ['METHODS', 'squared_norms']

METHODS = ('jacobian',)


def squared_norms(output, wrt, method='jacobian'):
    """Squared Frobenius norm of ∂output/∂wrt, for each example of `wrt`.

    Parameters
    ----------
    output : float tensor variable, or sequence of them
        What is differentiated, of any shape. The norms of several outputs
        are added up.
    wrt : float tensor variable, or sequence of them
        What it is differentiated by, shape (batch, ...). A scalar counts as
        one example.
    method : {'jacobian'}
        How the norm is computed. ``'jacobian'`` is the definition: the
        literal Jacobian of the flattened output, one backward pass per
        element. Random draws in the graph are part of the function: the same
        draws in every row.

    Returns
    -------
    norms : vector variable, or list of them where `wrt` is a sequence
        Shape (batch,): the sum of the squares of all derivatives of `output`
        by the elements of that example. Zero where `output` does not depend
        on `wrt`.

    Raises
    ------
    TypeError
        If an `output` or a `wrt` is not a dense float variable.
    ValueError
        If `method` is unknown.

    Examples
    --------
    >>> x = TT.matrix('x')
    >>> h = TT.tanh(TT.dot(x, W))
    >>> squared_norms(h, x).mean()       # doctest: +SKIP
    """
    if method not in METHODS:
        raise ValueError('squared_norms: unknown method {!r}; expected one of {}'
                         .format(method, ', '.join(map(repr, METHODS))))
    several = isinstance(wrt, (list, tuple))
    outputs = list(output) if isinstance(output, (list, tuple)) else [output]
    wrts = list(wrt) if several else [wrt]
    for role, variables in (('output', outputs), ('wrt', wrts)):
        for variable in variables:
            _check(role, variable)
    norms = exact.literal(outputs, wrts)
    return norms if several else norms[0]


def _check(role, variable):
    engine = engines.of(variable)
    name = variable.name or variable
    if not engine.is_dense(variable):
        raise TypeError('squared_norms: {} {} is sparse; expected a dense float '
                        'variable; convert it to a dense one'.format(role, name))
    if not variable.dtype.startswith('float'):
        raise TypeError('squared_norms: {} {} has dtype {}, which has no '
                        'derivatives; expected a float'
                        .format(role, name, variable.dtype))
