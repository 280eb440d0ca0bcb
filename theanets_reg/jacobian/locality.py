"""What is computed apart for each step and example, and its derivatives there.

A recurrent layer is a loop between two pieces that know no time: what makes
of the input at one step what the loop reads at that step, and what makes of a
state the output. For these the Jacobian at one step of one example is all
that there is.
"""

from .. import engine as engines
from .batch import Batch, Unproven
from .push import push
from .rows import onehot
from .shapes import ONE, Size, Sizes
from .structure import Structure

__all__ = ['Elementwise', 'Matrix', 'axis_of', 'depends', 'local']


def axis_of(output, wrt, axis):
    """Where `axis` of `wrt` is in `output`, which keeps its indices apart.

    None where no gradient flows between them.

    Raises
    ------
    Unproven
        If it is not seen that each index of that axis has its own index in
        the output.
    """
    engine = engines.of(wrt)
    order = [axis] + [a for a in range(wrt.ndim) if a != axis]
    front = wrt.dimshuffle(order).type()
    back = front.dimshuffle([order.index(a) for a in range(wrt.ndim)])
    output, = engines.replace([output], {wrt: engine.fix_broadcast(
        back, wrt.broadcastable)})
    sizes = Sizes(engine)
    found = _Followed([output], front, [sizes.axis(wrt, a) for a in order]).batch.get(output)
    if found is None or found == Batch(found.axis, ONE, ONE):
        return found and found.axis
    raise Unproven(output.owner, 'merges an axis with others')


class _Followed(Structure):
    """A structure where the sizes of `wrt` are known."""

    def __init__(self, outputs, wrt, sizes):
        self.engine = engines.of(wrt)
        self.sizes = Sizes(self.engine)
        if not sizes[0].symbols and not wrt.broadcastable[0]:
            # As in Structure: a mere number doesn't tell this axis from others.
            sizes = [Size(symbols=[(wrt, 0)])] + sizes[1:]
        self.sizes.known.update({(wrt, axis): size for axis, size in enumerate(sizes)})
        self.batch = {wrt: Batch(0, ONE, ONE)}
        self.size = sizes[0]
        self.follow(outputs)


def depends(output, wrt):
    """Whether a gradient flows from `output` to `wrt`."""
    return wrt in engines.ancestors([output]) and \
        output in Structure([output], wrt).batch


class Elementwise(object):
    """Unit k depends on unit k: the derivatives have shape (time, batch, units).

    `here`, below, is their part at one step.
    """

    def __init__(self, array):
        self.array = array

    def map(self, function):
        """The same with `function` of the array."""
        return type(self)(function(self.array))

    def before(self, engine, here, rows):
        """Rows (batch, n, units) of a later Jacobian, taken further back."""
        return rows * here.dimshuffle(0, 'x', 1)

    def after(self, engine, here, rows):
        """Rows (batch, units, n) of an earlier Jacobian, taken further on."""
        return rows * here.dimshuffle(0, 1, 'x')


class Matrix(Elementwise):
    """All by all: they have shape (time, batch, units, earlier units)."""

    def before(self, engine, here, rows):
        return engine.batched_dot(rows, here)

    def after(self, engine, here, rows):
        return engine.batched_dot(here, rows)


def local(engine, output, places):
    """Derivatives of `output` at each step of each example by its `places`.

    Parameters
    ----------
    output : variable of 3 dimensions
    places : list of variables, shape (time, batch, units)
        None of them is computed from another.

    Returns
    -------
    derivatives : list of Elementwise, Matrix or None
        None for a place that the output does not depend on.

    Raises
    ------
    Unproven, Unsupported
        If steps or examples are not seen to be apart.
    """
    axes = [_axes(output, place) for place in places]
    orders = {(time, batch) for time, batch, _ in axes if time is not None}
    if len(orders) != 1:
        raise Unproven(output.owner, 'has no certain time axis')
    (time, batch), = orders
    turned = output.dimshuffle(time, batch, 3 - time - batch)
    alike = all(units in (None, 3 - time - batch) for _, _, units in axes)
    made = (_elementwise if alike else _matrices)(engine, turned, places)
    return [None if time is None else m for (time, _, _), m in zip(axes, made)]


def _axes(output, place):
    """Where time, batch and units of `place` are in `output`.

    The units are at -1 where they don't stay apart.
    """
    if output.ndim != 3 or place.ndim != 3:
        raise Unproven(output.owner, 'is not of three dimensions')
    if not depends(output, place):
        return None, None, None
    time, batch = axis_of(output, place, 0), axis_of(output, place, 1)
    try:
        return time, batch, axis_of(output, place, 2)
    except Unproven:
        return time, batch, -1


def _elementwise(engine, output, places):
    found = engine.vjp(output, engine.tensor.ones_like(output), places)
    return [None if f is None else Elementwise(f) for f in found]


def _matrices(engine, output, places):
    """One row for each unit, all steps and examples at once."""
    flat = output.reshape((output.shape[0] * output.shape[1], output.shape[2]))
    cotangent = flat.type()
    graph = engine.vjp(flat, cotangent, places)
    used = [g for g in graph if g is not None and cotangent in engines.ancestors([g])]
    start = onehot(engine, flat, lambda array: array)
    found = dict(zip(used, push(engine, used, cotangent, start, lambda array: array)))
    return [Matrix(found[g].full().dimshuffle(1, 2, 0, 3)) if g in found else None
            for g in graph]
