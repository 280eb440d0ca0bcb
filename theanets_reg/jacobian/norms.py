"""The entrance: check what was given, then hand it to a method."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .. import backends, messages
from . import estimate, layout
from .complex_pairs import in_pairs
from .limits import Limits
from .literal import literal
from .plain import plain
from .plan import Plan

if TYPE_CHECKING:
    from ..backends.types import Variable

__all__ = ['METHODS', 'explain', 'squared_norms']

METHODS = ('auto', 'jacobian', 'hutchinson')


def squared_norms(output: Any, wrt: Any, method: str = 'auto', chunk_size: int | None = None,
                  samples: int = 1, rng: Any = 13, batch_axis: int = 0,
                  strategy: str | None = None, assume: Mapping[str, int] | None = None,
                  memory: float | None = None, block_size: int | None = None) -> Any:
    """Squared Frobenius norm of ∂output/∂wrt, for each example of `wrt`.

    Parameters
    ----------
    output : float tensor variable, or sequence or dict of them
        What is differentiated, of any shape. The norms of several outputs
        are added up. The names in a dict are told in messages.
    wrt : float tensor variable, or sequence of them
        What it is differentiated by, shape (batch, ...), or as `batch_axis`
        says. A scalar counts as one example, and each element of a vector as
        one: give a single example the shape (1, n).
    method : {'auto', 'jacobian', 'hutchinson'}
        How the norm is computed. ``'jacobian'`` is the definition: the
        literal Jacobian of the flattened output, one backward pass per
        element. ``'auto'`` is the same number, found in the cheapest way
        that the graph proves right; see :func:`explain`. Random draws in the
        graph are part of the function: the same draws in every row.
        ``'hutchinson'`` is an estimate [2]_ that is right on average, for
        every graph, at the price of one backward pass per sample: the squared
        norm of a random projection of the Jacobian.
    chunk_size : int, optional
        With ``'auto'``, how many rows (or columns) of the Jacobian, for each
        example, are held in memory at a time where they are needed. By
        default as many as `memory` is for.
    samples : int, optional
        With ``'hutchinson'``, how many projections are averaged. The
        variance is inversely proportional to it. Defaults to 1.
    rng : int or random stream, optional
        With ``'hutchinson'``, where the projections come from: a seed, or a
        stream of symbolic draws such as Theano's ``MRG_RandomStreams``. They
        are new in every call of the compiled function, and repeatable from
        the seed. Defaults to 13.
    batch_axis : int, optional
        Which axis of `wrt` holds the examples, 1 for (time, batch, features);
        where they are in `output` is found out. Defaults to 0.
    strategy : str, optional
        With ``'auto'``, the way to take in place of the cheapest, if it is proven
        right: ``'closed form'``, ``'row blocks'``, ``'column blocks'``, ``'through a
        narrow layer'``, ``'recursion over time'`` or ``'row by row'``.
    assume : dict of str -> int, optional
        With ``'auto'``, what to reckon with where the graph doesn't tell:
        ``{'batch': 128}``, the number of examples, and ``{'size': 100}``, that
        of units. They choose a way and never change the number.
    memory : int, optional
        With ``'auto'``, how many bytes the widest array may have; a step of
        training needs a handful of such arrays. By default 64 MiB in float32,
        twice that in float64.
    block_size : int, optional
        The old name of `chunk_size`, deprecated.

    Returns
    -------
    norms : vector variable, or list of them where `wrt` is a sequence
        Shape (batch,): the sum of the squares of all derivatives of `output`
        by the elements of that example. Zero where `output` does not depend
        on `wrt`.

    Raises
    ------
    TypeError
        If an `output` or a `wrt` is not a dense float variable, `chunk_size`,
        `samples` or `batch_axis` not an integer, or `rng` neither a seed nor a
        stream.
    ValueError
        If `method` is unknown, `chunk_size` or `samples` is not positive, the
        `strategy` is none that is proven right, `wrt` has no axis `batch_axis`,
        real numbers are drawn with parameters that depend on `wrt`, or the
        package finds no derivative: an op between them has none, or a loop draws
        inside of its steps from a generator that is no array.

    Warns
    -----
    UserWarning
        Where examples are not proven to be independent of each other, so
        that ``'auto'`` has to compute the literal Jacobian, and where it goes
        row by row, which is as slow.

    Examples
    --------
    >>> x = TT.matrix('x')
    >>> h = TT.tanh(TT.dot(x, W))                # W: (3, 2), all ones
    >>> norms = squared_norms(h, x)
    >>> norms.eval({x: np.zeros((2, 3))})        # where tanh has the slope 1
    array([6., 6.])

    References
    ----------
    .. [1] S. Rifai, P. Vincent, X. Muller, X. Glorot, & Y. Bengio (ICML 2011).
       "Contractive auto-encoders: Explicit invariance during feature
       extraction." For one sigmoid layer: equation (3) and the closed form
       of its norm, which ``'auto'`` finds for every elementwise activation.
    .. [2] J. Hoffman, D. A. Roberts, & S. Yaida (2019). "Robust Learning with
       Jacobian Regularization." arXiv:1908.02729. The trace estimate is M. F.
       Hutchinson's (1990), "A stochastic estimator of the trace of the
       influence matrix for Laplacian smoothing splines."
    """
    if method not in METHODS:
        raise ValueError('squared_norms: unknown method {!r}; expected one of {}'
                         .format(method, ', '.join(map(repr, METHODS))))
    limits = Limits('squared_norms', _renamed(chunk_size, block_size), strategy, assume,
                    memory)
    samples = estimate.check_samples('squared_norms', samples)
    rng = estimate.check_rng('squared_norms', rng)
    outputs, wrts, names = _prepared(output, wrt, batch_axis)
    if method == 'jacobian':
        norms = literal(outputs, wrts)
    elif method == 'hutchinson':
        norms = estimate.projected(outputs, wrts, samples, rng)
    else:
        plan = Plan(outputs, wrts, limits)
        plan.warn(names)
        norms = plan.norms()
    return norms if isinstance(wrt, (list, tuple)) else norms[0]


def explain(output: Any, wrt: Any, names: Mapping[Variable, str] | None = None,
            batch_axis: int = 0, strategy: str | None = None,
            assume: Mapping[str, int] | None = None, memory: float | None = None) -> str:
    """Which way ``squared_norms(output, wrt)`` takes, and why.

    Parameters
    ----------
    output : float tensor variable, or sequence or dict of them
    wrt : float tensor variable, or sequence of them
        As for :func:`squared_norms`.
    names : dict of variable -> str, optional
        What to call the variables. By default their own names.
    batch_axis, strategy, assume, memory : optional
        As for :func:`squared_norms`.

    Returns
    -------
    text : str
        One line for each pair of an output and an input: the way, why it is
        right, its price in multiply-adds and the memory that it takes, the next
        best way, and what was assumed.

    Raises
    ------
    TypeError, ValueError
        As :func:`squared_norms`.

    Examples
    --------
    >>> print(explain({'h': h}, x))
    h by x: closed form, because the output is an elementwise function of
    dot(input, W); about ... multiply-adds and ... elements in memory for 128
    examples
    """
    limits = Limits('explain', None, strategy, assume, memory)
    outputs, wrts, names = _prepared(output, wrt, batch_axis, names)
    return '\n'.join(Plan(outputs, wrts, limits).told(names))


def _prepared(output: Any, wrt: Any, batch_axis: int,
              names: Mapping[Variable, str] | None = None) -> Any:
    """Lists of outputs and of inputs, as they are differentiated, and their names."""
    names = dict(names or {})
    if isinstance(output, Mapping):
        messages.check_outputs('squared_norms', output)
        for name, variable in output.items():
            names.setdefault(variable, name)
        output = list(output.values())
    given = _checked(output, wrt)
    axes = layout.check_axis(batch_axis, given[1])
    outputs, wrts = layout.examples_first(*_plain(*given), axes)
    for old, new in zip(given[0] + given[1], outputs + wrts):
        names.setdefault(new, names.get(old) or old.name)
    return outputs, wrts, names


def _checked(output: Any, wrt: Any) -> Any:
    """Both as lists of dense float variables."""
    lists = [list(v) if isinstance(v, (list, tuple)) else [v]
             for v in (output, wrt)]
    backends.of(*lists[0] + lists[1])
    for role, variables in zip(('output', 'wrt'), lists):
        for variable in variables:
            _check(role, variable)
    return lists


def _renamed(chunk_size: int | None, block_size: int | None) -> int | None:
    """The one that was given, by its new or its old name."""
    if block_size is None:
        return chunk_size
    messages.warn('squared_norms: block_size is called chunk_size now; the old name will '
                  'go', DeprecationWarning)
    return block_size


def _plain(outputs: list[Variable], wrts: list[Variable]) -> tuple[list[Variable], list[Variable]]:
    """The graph of both, without what only shapes training gradients, in real numbers."""
    variables = in_pairs(plain(outputs + wrts))
    return variables[:len(outputs)], variables[len(outputs):]


def _check(role: str, variable: Variable) -> None:
    fault = messages.fault_of(variable)
    if fault is not None:
        raise TypeError('squared_norms: {} {} {}; expected a dense float variable; convert '
                        'it to one'.format(role, variable.name or variable, fault))
