"""Reading and writing at the places that arrays of integers, or masks, name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import backends
from ..errors import Unproven, Unsupported
from ..linear_maps import Dense
from .common import first_size
from .counting import counting_axis
from .index_layout import Layout, is_mask
from .indexing import changed, is_whole, whole_and_part, written
from .registry import batch_axis, batching, register, size

if TYPE_CHECKING:
    from ...backends.types import Node, Variable
    from ..batch import Batch
    from ..batching import Site
    from ..independence import Proof
    from ..linear_maps import LinearMap
    from ..sizes import Size, Sizes


def _layout(whole: Variable, index: list[Any]) -> Layout | None:
    """The Layout; None where there are new axes, no arrays, or something that is none."""
    arrays = [one for one in index if not isinstance(one, slice)]
    followed = arrays and all(hasattr(one, 'ndim') for one in arrays)
    return Layout(whole.ndim, index) if followed else None


@batch_axis('take', 'pick')
def _pick_batch_axis(proof: Proof, node: Node, output: Variable) -> Batch | None:
    batch = proof.only_first(node)
    whole, index = node.inputs[0], proof.backend.indices(node)
    layout = _layout(whole, index)
    if layout is None:
        raise Unproven(node, 'has an index that is not followed')
    place: tuple[int | None, int | None] = (batch.axis, None)
    if place not in layout.origin:
        place = (None, _counted(proof, node, layout, batch.axis))
        _check_count(proof, node, layout, place[1])
        proof.plain(node, batch)
    elif not is_whole(proof.sizes, whole, index, batch.axis):
        raise Unproven(node, 'is not seen to take all examples as they are')
    return batch._replace(axis=layout.origin.index(place))


def _counted(proof: Proof, node: Node, layout: Layout, axis: int) -> int:
    """Which of the axes of the arrays counts the examples, on `axis` of the whole."""
    for start, one in layout.arrays:
        along = counting_axis(proof.sizes, one) if start == axis else None
        if along is not None:
            return along + layout.width - one.ndim
    raise Unproven(node, 'is not seen to take each example once and in its place (number them '
                         'by arange(x.shape[0]) of the input x)')


def _check_count(proof: Proof, node: Node, layout: Layout, place: Any) -> None:
    """That the arrays have as many entries along `place` as there are examples.

    Or only one, by their types. Where it is not seen of those that name what is picked,
    such as targets, it may be supposed; they may be what is counted, too.
    """
    counted: list[tuple[Any, int]] = []
    others: list[tuple[Any, int]] = []
    for one, axis in layout.along(place):
        if is_mask(one):
            raise Unproven(node, 'takes examples by a mask')
        counts = counting_axis(proof.sizes, one) == axis
        if one.broadcastable[axis] and counts:
            raise Unproven(node, 'spreads one example over several')
        if not one.broadcastable[axis]:
            (counted if counts else others).append((one, axis))
    sizes = [size for size in (proof.sizes.axis(*pair) for pair in others)
             if all('int' in backends.dtype(v) for v, _ in size.symbols)]
    for one, axis in counted:
        if proof.sizes.axis(one, axis) not in [proof.size] + sizes:
            raise Unproven(node, 'counts something else than examples')
    for pair in counted + others:
        count = proof.sizes.axis(*pair)
        if count != proof.size:
            # A size that is a number is meant as such, whatever there are of examples.
            symbols = count.symbols if count.number == 1 and proof.size.symbols else ()
            raise Unproven(node, 'is not seen to have one index for each example', wished={
                symbol: proof.size for symbol in symbols if len(symbols) == 1})


@size('take', 'pick')
def _pick_size(sizes: Sizes, node: Node, output: Variable, axis: int) -> Size | None:
    whole, index = node.inputs[0], sizes.backend.indices(node)
    layout = _layout(whole, index)
    if layout is None:
        return None
    source, place = layout.origin[axis]
    if source is not None:
        return sizes.axis(whole, source) if is_whole(sizes, whole, index, source) else None
    given = layout.along(place or 0)
    wide = [(one, a) for one, a in given if is_mask(one) or not one.broadcastable[a]]
    if any(is_mask(one) for one, _ in wide):
        return None
    return sizes.axis(*(wide or given)[0])


@batching('take', 'pick')
def _pick_batching(site: Site) -> list[LinearMap]:
    index = site.backend.indices(site.node)
    layout = _followed(site, index)
    made = site.only(0).full()[tuple([slice(None)] + index)]
    return [Dense(layout.moved(made))]


def _followed(site: Site, index: list[Any]) -> Layout:
    layout = _layout(site.node.inputs[0], index)
    if layout is None:
        raise Unsupported(str(site.node.op))
    return layout


@batch_axis('inctake', 'incpick')
def _incpick_batch_axis(proof: Proof, node: Node, output: Variable) -> Batch | None:
    whole, part = node.inputs[:2]
    if part not in proof.batch:
        # Each element is that of its own example, or the same for all inputs.
        return proof.batch[whole]
    index, inner = proof.backend.indices(node), proof.batch[part]
    layout = _layout(whole, index)
    if layout is None:
        raise Unproven(node, 'has an index that is not followed')
    axis, place = layout.origin[inner.axis + len(layout.origin) - part.ndim]
    if place is not None:
        axis = _numbered(proof, node, layout, place)
        proof.plain(node, inner)
    elif not is_whole(proof.sizes, whole, index, axis):
        raise Unproven(node, 'is not seen to write to all examples')
    return written(proof, node, inner._replace(axis=axis))


def _numbered(proof: Proof, node: Node, layout: Layout, place: int) -> int:
    """The axis of the whole whose places are numbered along `place` of the arrays."""
    found = [start for start, one in layout.arrays
             if (one, counting_axis(proof.sizes, one)) in layout.along(place)]
    if len(found) != 1:
        raise Unproven(node, 'writes examples to places that are picked')
    _check_count(proof, node, layout, place)
    return found[0]


register('size', ('inctake', 'incpick'), first_size)


@batching('inctake')
def _inctake_batching(site: Site) -> list[LinearMap]:
    """The rows behind all other axes: Theano picks along the first axis only."""
    index = site.backend.indices(site.node)
    whole, part = [v.dimshuffle(*list(range(1, v.ndim)) + [0])
                   for v in whole_and_part(site, len(_followed(site, index).origin))]
    made = changed(site, whole[tuple(index)], part)
    return site.result(made.dimshuffle(made.ndim - 1, *range(made.ndim - 1)))


@batching('incpick')
def _incpick_batching(site: Site) -> list[LinearMap]:
    index = site.backend.indices(site.node)
    layout = _followed(site, index)
    whole, part = whole_and_part(site, len(layout.origin))
    place = whole[tuple([slice(None)] + index)]
    return site.result(changed(site, place, layout.moved_back(part)))
