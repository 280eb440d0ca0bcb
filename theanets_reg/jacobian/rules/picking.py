"""Reading and writing at the places that arrays of integers, or masks, name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import Unproven, Unsupported
from ..linear_maps import Dense
from .common import first_size
from .counting import counting_axis
from .indexing import changed, is_whole, whole_and_part, written
from .registry import batch_axis, batching, register, size

if TYPE_CHECKING:
    from ...backends.types import Node, Variable
    from ..batch import Batch
    from ..batching import Site
    from ..independence import Proof
    from ..linear_maps import LinearMap
    from ..sizes import Size, Sizes

__all__ = ['Layout']


class Layout(object):
    """Where the axes of ``whole[index]`` come from, by NumPy's rules.

    The arrays of an index are broadcast to one shape. Its axes stand where the first
    array is, or in front of all others where slices part the arrays.

    Parameters
    ----------
    ndim : int
        How many axes the whole has.
    index : list of slice and variable
        For its first axes; a mask is for as many as it has itself.

    Attributes
    ----------
    arrays : list of (axis, variable)
        The arrays, and which axis of the whole each is for: of a mask the first.
    width : int
        How many axes they have together.
    origin : list of (axis, place)
        For each axis of the result the axis of the whole, where a slice leaves it, or
        which of the axes of the arrays it is; None for the other.
    together : bool
        Whether no slice parts the arrays.
    """

    def __init__(self, ndim: int, index: list[Any]) -> None:
        self.arrays: list[tuple[int, Any]] = []
        axis, places, sliced = 0, [], []
        for place, one in enumerate(index):
            if isinstance(one, slice):
                sliced.append((place, axis))
            else:
                places.append(place)
                self.arrays.append((axis, one))
            axis += one.ndim if is_mask(one) else 1
        sliced += [(len(index), a) for a in range(axis, ndim)]
        self.width = max(1 if is_mask(one) else one.ndim for _, one in self.arrays)
        self.together = places[-1] - places[0] == len(places) - 1
        first = places[0] if self.together else 0
        self.origin: list[tuple[int | None, int | None]] = []
        self.origin.extend((a, None) for place, a in sliced if place < first)
        self.origin.extend((None, place) for place in range(self.width))
        self.origin.extend((a, None) for place, a in sliced if place >= first)

    def along(self, place: int) -> list[tuple[Any, int]]:
        """The arrays that have an axis at `place` of their common ones, and that axis."""
        own = [(one, place - self.width + (1 if is_mask(one) else one.ndim))
               for _, one in self.arrays]
        return [(one, axis) for one, axis in own if axis >= 0]

    def moved(self, array: Variable) -> Variable:
        """Rows behind the axes of arrays that are parted, in front of all."""
        if self.together:
            return array
        order = [self.width] + list(range(self.width)) + list(range(self.width + 1, array.ndim))
        return array.dimshuffle(order)

    def moved_back(self, array: Variable) -> Variable:
        """Rows in front of all behind the axes of arrays that are parted."""
        if self.together:
            return array
        order = list(range(1, self.width + 1)) + [0] + list(range(self.width + 1, array.ndim))
        return array.dimshuffle(order)


def is_mask(index: Any) -> bool:
    """Whether an array of an index says of each place whether it is taken."""
    return getattr(index, 'dtype', '') == 'bool'


def _layout(whole: Variable, index: list[Any]) -> Layout | None:
    """The Layout; None where there are new axes, or something that is no array."""
    followed = all(isinstance(i, slice) or hasattr(i, 'ndim') for i in index)
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

    Or only one; where that is not seen it is checked when the graph runs.
    """
    for one, axis in layout.along(place):
        if is_mask(one):
            raise Unproven(node, 'takes examples by a mask')
        counts = counting_axis(proof.sizes, one) == axis
        if one.broadcastable[axis]:
            if counts:
                raise Unproven(node, 'spreads one example over several')
        elif proof.sizes.axis(one, axis) != proof.size:
            proof.promise(node, one, axis, may_be_one=not counts)


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
