"""What a loop's step makes of all examples at once: where ops are not linear in them.

A batching rule speaks of an op in a graph that is linear in what is carried. Of a step
that is carried with an axis of examples in front some ops are known besides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from .batching import by_the_package, carried_together
from .errors import Unsupported
from .linear_maps import LinearMap
from .loops_at_once import States, loop_at_once
from .rules import rules_of
from .rules.common import rows_as_examples

if TYPE_CHECKING:
    from ..backends.types import Variable
    from .batching import Site
    from .sizes import Sizes

__all__ = ['at_once']


def _elemwise(site: Site) -> list[LinearMap]:
    return site.result(*site.node.op.make_node(*[site.full(i) for i in site.inputs]).outputs)


def _dot(site: Site) -> list[LinearMap]:
    tensor, (left, right) = site.backend.tensor, [
        i.full() if isinstance(i, LinearMap) else i for i in site.inputs]
    if len(site.carried) == 2:
        return site.result(_each_by_its_own(site, left, right))
    if site.is_carried(1):
        if right.ndim < 3 or not right.broadcastable[2]:
            return rules_of('batching')['dot'](site)
        # A vector as a matrix of one column.
        made = tensor.dot(right.dimshuffle(0, 1), left.T)
        return site.result(made.dimshuffle(*range(made.ndim), 'x'))
    if left.ndim == 3 and left.broadcastable[1]:
        # A vector as a matrix of one row.
        made = tensor.dot(left.dimshuffle(0, 2), right)
        return site.result(made.dimshuffle(0, 'x', *range(1, made.ndim)))
    if left.ndim == 2:
        return site.result(tensor.dot(left, right))
    return site.result(site.backend.rows_times(left, right))


def _each_by_its_own(site: Site, left: Any, right: Any) -> Any:
    if left.ndim == right.ndim == 2:
        return (left * right).sum(axis=1)
    if left.ndim == right.ndim == 3:
        return site.backend.batched_dot(left, right)
    raise Unsupported('a product of vectors by matrices')


def _subtensor(site: Site) -> list[LinearMap]:
    """The part at a number that each of the examples has, or steps of a loop."""
    carried = [p for p, _ in enumerate(site.inputs) if site.is_carried(p)]
    if carried == [0] and isinstance(site.inputs[0], States):
        index = site.backend.indices(site.node)
        if len(index) == 1 and isinstance(index[0], slice):
            return [site.inputs[0].part(index[0])]
    if carried != [1] or len(site.node.inputs) != 2:
        return rules_of('batching')['subtensor'](site)
    index = site.backend.indices(site.node)
    if len(index) != 1 or isinstance(index[0], slice):
        raise Unsupported('a slice that is computed')
    return site.result(site.inputs[0][site.inputs[1].full()])


def _same(site: Site) -> list[LinearMap]:
    carried = site.only(0)
    scalar = not site.backend.is_dense(site.node.outputs[0]) or not site.backend.is_dense(
        site.node.inputs[0])
    return [carried] if scalar else rules_of('batching')['same'](site)


def _softmax(site: Site) -> list[LinearMap]:
    try:
        return by_the_package(site)
    except Unsupported:
        # Theano's is of matrices, along their rows.
        return rows_as_examples(0)(site)


def _reduce(site: Site) -> list[LinearMap]:
    """Theano's maximum says where it is, too."""
    if len(site.node.outputs) == 1:
        return by_the_package(site)
    axes = [1 + a for a in site.backend.axes(site.node)]
    return site.result(*site.backend.tensor.max_and_argmax(site.only(0).full(), axis=axes))


def _diagonal(site: Site) -> list[LinearMap]:
    """A diagonal of three axes has no gradient in Theano."""
    full = site.only(0).full()
    offset, one, other = site.backend.diagonal_of(site.node)
    if full.ndim != 3 or offset:
        return rules_of('batching')['diagonal'](site)
    tensor = site.backend.tensor
    numbers = tensor.arange(tensor.minimum(full.shape[1], full.shape[2]))
    return site.result(full[:, numbers, numbers])


def _ifelse(site: Site) -> list[LinearMap]:
    """One or the other for all."""
    branches, count = site.node.inputs[1:], len(site.node.outputs)
    alike = all(site.sizes.equal(*pair) for one, other in zip(branches, branches[count:])
                for pair in zip(site.sizes.of(one), site.sizes.of(other)))
    if site.is_carried(0) or not alike:
        raise Unsupported('a condition that differs by example, or branches of other shapes')
    full = [site.repeated(i) for i in site.inputs[1:]]
    made = site.node.op(site.inputs[0], *full, return_list=True)
    return site.result(*made)


def _scan(site: Site) -> list[LinearMap]:
    return loop_at_once(site, lambda results, seeds, sizes: carried_together(
        list(results), seeds, sizes, AT_ONCE))


AT_ONCE: dict[str, Callable[..., Any]] = {
    'elemwise': _elemwise, 'dot': _dot, 'subtensor': _subtensor, 'same': _same,
    'softmax': _softmax, 'reduce': _reduce, 'scan': _scan,
    'diagonal': _diagonal, 'ifelse': _ifelse}


def at_once(results: list[Variable], seeds: dict[Variable, LinearMap], sizes: Sizes
            ) -> list[Variable] | None:
    """Results with an axis of examples in front, or None where an op has no rule.

    Parameters
    ----------
    results : list of variables
    seeds : dict of variable -> LinearMap
        What they are made of, with the examples in front.
    sizes : Sizes
        Of one example.
    """
    try:
        carried = carried_together(results, seeds, sizes, AT_ONCE)
    except Unsupported:
        return None
    every = all(isinstance(c, LinearMap) for c in carried)
    return [c.full() for c in carried] if every else None
