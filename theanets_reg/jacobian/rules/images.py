"""Convolutions and pooling."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from ... import backends
from ..errors import Unproven, Unsupported
from .common import first_size, rows_as_examples
from .registry import batch_axis, batching, register, size, without

if TYPE_CHECKING:
    from ...backends.types import Node, Variable
    from ..batch import Batch
    from ..batching import Site
    from ..independence import Proof
    from ..linear_maps import LinearMap
    from ..sizes import Size, Sizes

#: So many cells of a window are looked at one after the other.
FEW_CELLS = 8

IN_GRADIENTS = 'it stands in gradients, which are not differentiated by examples'


@batch_axis('conv')
def _conv_batch_axis(proof: Proof, node: Node, output: Variable) -> Batch | None:
    batch = proof.plain(node, proof.only_first(node))
    if batch.axis:
        raise Unproven(node, 'convolves over the batch axis')
    return batch


@size('conv')
def _conv_size(sizes: Sizes, node: Node, output: Variable, axis: int) -> Size | None:
    return sizes.axis(node.inputs[0], 0) if axis == 0 else None


@batching('conv')
def _conv_batching(site: Site) -> list[LinearMap]:
    """Forwards, as in old graphs' backward passes."""
    return _any_number(site, 0)


@batch_axis('conv_back')
def _conv_back_batch_axis(proof: Proof, node: Node, output: Variable) -> Batch | None:
    """A transposed convolution: its second input are the images."""
    if any(v in proof.batch for v in (node.inputs[0], *node.inputs[2:])):
        raise Unproven(node, 'has filters that depend on the input')
    batch = proof.plain(node, proof.batch[node.inputs[1]])
    if batch.axis:
        raise Unproven(node, 'convolves over the batch axis')
    return batch


@size('conv_back')
def _conv_back_size(sizes: Sizes, node: Node, output: Variable, axis: int) -> Size | None:
    return sizes.axis(node.inputs[1], 0) if axis == 0 else None


@batching('conv_back')
def _conv_back_batching(site: Site) -> list[LinearMap]:
    return _any_number(site, 1)


def _any_number(site: Site, place: int) -> list[LinearMap]:
    op = site.backend.of_any_batch(site.node)
    if op is None:
        raise Unsupported('a convolution of a fixed number of examples')
    return rows_as_examples(place)(site, op)


@batch_axis('pool')
def _pool_batch_axis(proof: Proof, node: Node, output: Variable) -> Batch | None:
    batch = proof.only_first(node)
    if batch.axis >= output.ndim - proof.backend.pooled_axes(node):
        raise Unproven(node, 'pools over the batch axis')
    return batch


@size('pool')
def _pool_size(sizes: Sizes, node: Node, output: Variable, axis: int) -> Size | None:
    pooled = axis >= output.ndim - sizes.backend.pooled_axes(node)
    return None if pooled else sizes.axis(node.inputs[0], axis)


register('size', ('pool_back', ), first_size)
without('batching', 'pool', why='it stands in gradients only where these are differentiated')
without('batch axis', 'pool_back', why=IN_GRADIENTS)


@batching('pool_back')
def _pool_back_batching(site: Site) -> list[LinearMap]:
    window = site.backend.window_of_maxima(site.node)
    if window is not None and not any(site.is_carried(place) for place in (0, 1)):
        return site.result(_to_the_maxima(site, window))
    # The images that were pooled are repeated for each of the rows.
    images = site.backend.pooled_images(site.node)
    rows = site.only(images).full()
    return site.as_examples([site.repeated(i) for i in site.inputs[:images]] +
                            [rows] + site.inputs[images + 1:])


def _to_the_maxima(site: Site, window: tuple[int, int]) -> Variable:
    """Each row of a pooled image at the places of the maxima, of all that are equal.

    Windows that don't overlap are two axes more, so that where the maxima are is
    found once for all rows.
    """
    tensor = site.backend.tensor
    images, maxima = site.node.inputs[:2]
    rows = site.only(2).full()
    high, wide = window
    shape = [maxima.shape[a] for a in range(4)]
    covered = images[:, :, :shape[2] * high, :shape[3] * wide]
    cells = covered.reshape((shape[0], shape[1], shape[2], high, shape[3], wide), ndim=6)
    found = tensor.eq(cells, maxima.dimshuffle(0, 1, 2, 'x', 3, 'x')).astype(rows.dtype)
    made = _spread(rows, found)
    if high * wide <= FEW_CELLS:
        made = site.backend.with_gradient(
            _spread, functools.partial(_slopes_of_spread, window), rows, found)
    made = made.reshape((rows.shape[0], shape[0], shape[1], shape[2] * high,
                         shape[3] * wide), ndim=5)
    whole = tensor.zeros([rows.shape[0]] + [images.shape[a] for a in range(4)], made.dtype)
    return tensor.set_subtensor(
        whole[:, :, :, :shape[2] * high, :shape[3] * wide], made)


def _spread(rows: Variable, found: Variable) -> Variable:
    """(rows, *images) in each window, where something was found."""
    return rows.dimshuffle(0, 1, 2, 3, 'x', 4, 'x') * found.dimshuffle('x', *range(6))


def _slopes_of_spread(window: tuple[int, int], rows: Variable, found: Variable,
                      slopes: Variable) -> list[Variable]:
    """The gradient, by the cells of a window one after the other.

    A sum over axes of two elements is slower. What was found are zeros and ones.
    """
    by_rows = backends.of(rows).total(
        [slopes[:, :, :, :, a, :, b] * found[:, :, :, a, :, b].dimshuffle('x', *range(4))
         for a in range(window[0]) for b in range(window[1])])
    return [by_rows, found.zeros_like()]
