"""Ops that hand their elements on, at other places of an array."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..batch import Batch
from ..errors import Unproven
from ..linear_maps import permuted
from ..size import ONE, Size, product
from .common import first_size, hands_on
from .registry import batch_axis, batching, register, size, without
from .wishes import wished_sizes

if TYPE_CHECKING:
    from ...backends.types import Node, Variable
    from ..batching import Site
    from ..independence import Proof
    from ..linear_maps import LinearMap
    from ..sizes import Sizes

hands_on('same')
register('size', ('cut', 'grad_clip'), first_size)
for sort in 'batch axis', 'batching':
    without(sort, 'cut', why='no gradient goes through')
    without(sort, 'grad_clip', why='it is taken out of what is differentiated')


@batching('same')
def _same_batching(site: Site) -> list[LinearMap]:
    carried = site.only(0)
    if site.node.inputs[0].broadcastable == site.node.outputs[0].broadcastable:
        return [carried]
    return site.result(carried.full())


@batch_axis('dimshuffle')
def _dimshuffle_batch_axis(proof: Proof, node: Node, output: Variable) -> Batch | None:
    batch = proof.batch[node.inputs[0]]
    order = proof.backend.order(node)
    if batch.axis not in order:
        raise Unproven(node, 'drops the batch axis')
    return batch._replace(axis=order.index(batch.axis))


@size('dimshuffle')
def _dimshuffle_size(sizes: Sizes, node: Node, output: Variable, axis: int) -> Size | None:
    return sizes.axis(node.inputs[0], sizes.backend.order(node)[axis])


@batching('dimshuffle')
def _dimshuffle_batching(site: Site) -> list[LinearMap]:
    return [permuted(site.only(0), site.backend.order(site.node))]


@batch_axis('reshape')
def _reshape_batch_axis(proof: Proof, node: Node, output: Variable) -> Batch | None:
    batch = proof.only_first(node)
    source = node.inputs[0]
    before = product(proof.sizes.of(source)[:batch.axis]) * batch.before
    start = ONE
    for axis, found in enumerate(proof.sizes.reshaped(node)):
        if found is None:
            break
        within = before.over(start)
        after = _behind(proof, found, within) if within is not None else None
        # A size of one could stand anywhere; there is nothing to prove it by.
        if after is not None and proof.size.symbols:
            return Batch(axis, within, after)
        start = start * found
    raise Unproven(node, 'is not seen to keep the examples in their places '
                         '({})'.format(_missing(proof, node)),
                   sizes=proof.sizes.of(source) + (proof.sizes.asked(node) or []),
                   wished=wished_sizes(proof, node, before))


def _behind(proof: Proof, found: Size, within: Size) -> Size | None:
    """What an axis of size `found` has behind the examples, or None without them."""
    after = found.over(within * proof.size)
    if after is None and not found.symbols:
        # They may be told by a number.
        after = found.over(within * proof.size.settled(proof.supposed))
    return after


def _missing(proof: Proof, node: Node) -> str:
    """What should be told of a reshape, to follow the examples through it."""
    whole = proof.size
    if not whole.symbols:
        return 'there is one example by its type: give the input a batch axis of any size'
    if any(size is not None and size.over(whole) for size in proof.sizes.reshaped(node)):
        return ('the sizes in front of the batch axis must be seen to be the same before '
                'and after: give them as they are read from the graph, such as h.shape[1]')
    return 'give the batch size as x.shape[0] of the input x'


@size('reshape')
def _reshape_size(sizes: Sizes, node: Node, output: Variable, axis: int) -> Size | None:
    return sizes.reshaped(node)[axis]


@batching('reshape')
def _reshape_batching(site: Site) -> list[LinearMap]:
    source, output = site.node.inputs[0], site.node.outputs[0]
    # Asked for first, as the sizes of a graph tell which are the same.
    known = site.sizes.of(source), site.sizes.of(output)
    row = site.only(0).full().shape
    shape = site.backend.new_shape(
        site.node, [row[1 + a] for a in range(source.ndim)], *site.inputs[1:])
    made = site.only(0).reshaped(shape, output.ndim, _Kept(site.sizes, *known))
    if hasattr(made, 'array'):
        return site.result(made.full())
    return [made]


class _Kept(object):
    """Which axes a reshape keeps, as far as their sizes are known."""

    def __init__(self, sizes: Sizes, old: Any, new: Any) -> None:
        self.sizes = sizes
        self.old = old
        self.new = new

    def last(self) -> bool:
        """Whether the last axis stays."""
        return bool(self.old) and bool(self.new) and self.sizes.equal(self.old[-1], self.new[-1])

    def first(self, count: int) -> bool:
        """Whether so many of the first axes stay."""
        pairs = list(zip(self.old[:count], self.new[:count]))
        return len(pairs) == count and all(self.sizes.equal(*pair) for pair in pairs)


@batch_axis('alloc')
def _alloc_batch_axis(proof: Proof, node: Node, output: Variable) -> Batch | None:
    batch = proof.only_first(node)
    value = node.inputs[0]
    axis = batch.axis + output.ndim - value.ndim
    if value.broadcastable[batch.axis] or (
            proof.sizes.scalar(node.inputs[1 + axis])
            != batch.before * proof.size * batch.after):
        raise Unproven(node, 'is not seen to keep the number of examples (give the '
                             'batch size as x.shape[0] of the input x)')
    return batch._replace(axis=axis)


@size('alloc')
def _alloc_size(sizes: Sizes, node: Node, output: Variable, axis: int) -> Size | None:
    return sizes.scalar(node.inputs[1 + axis])


@batching('alloc')
def _alloc_batching(site: Site) -> list[LinearMap]:
    value, shape = site.only(0).full(), site.node.inputs[1:]
    for _ in range(len(shape) + 1 - value.ndim):
        value = value.dimshuffle(0, 'x', *range(1, value.ndim))
    return site.result(site.backend.tensor.alloc(value, value.shape[0], *shape))


@size('alloc_empty', 'eye')
def _alloc_empty_size(sizes: Sizes, node: Node, output: Variable, axis: int) -> Size | None:
    return sizes.scalar(node.inputs[axis])


for sort in 'batch axis', 'batching':
    without(sort, 'alloc_empty', 'eye', why='it is made of sizes, which have no gradient')
    without(sort, 'make_vector', why='sizes have no gradient')
without('batch axis', 'shape', 'shape_i', why='sizes have no gradient')
without('size', 'shape_i', why='it is a number')


@size('shape')
def _shape_size(sizes: Sizes, node: Node, output: Variable, axis: int) -> Size | None:
    return Size(node.inputs[0].ndim)


@batching('shape')
def _shape_batching(site: Site) -> list[Any]:
    """The shape of one row: no map, but a variable."""
    return [site.only(0).full().shape[1:]]


@batching('shape_i')
def _shape_i_batching(site: Site) -> list[Any]:
    return [site.only(0).full().shape[1 + site.backend.measured_axis(site.node)]]


@size('make_vector')
def _make_vector_size(sizes: Sizes, node: Node, output: Variable, axis: int) -> Size | None:
    return Size(len(node.inputs))
