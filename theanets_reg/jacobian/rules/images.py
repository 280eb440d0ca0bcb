"""Convolutions and pooling."""

from ..errors import Unproven, Unsupported
from .registry import batch_axis, batching


@batch_axis('conv')
def _conv_batch_axis(proof, node, output):
    batch = proof.plain(node, proof.only_first(node))
    if batch.axis:
        raise Unproven(node, 'convolves over the batch axis')
    return batch


@batching('conv')
def _conv_batching(site):
    """Forwards, as in old graphs' backward passes."""
    return _rows_as_examples(site, 0)


@batching('conv_back')
def _conv_back_batching(site):
    return _rows_as_examples(site, 1)


def _rows_as_examples(site, place):
    if site.backend.fixed_batch(site.node):
        raise Unsupported('a convolution of a fixed number of examples')
    inputs = list(site.inputs)
    inputs[place] = site.only(place).full()
    return site.as_examples(inputs)


@batch_axis('pool')
def _pool_batch_axis(proof, node, output):
    batch = proof.only_first(node)
    if batch.axis >= output.ndim - proof.backend.pooled_axes(node):
        raise Unproven(node, 'pools over the batch axis')
    return batch


@batching('pool_back')
def _pool_back_batching(site):
    """The images that were pooled are repeated for each of the rows."""
    images = site.backend.pooled_images(site.node)
    rows = site.only(images).full()
    return site.as_examples([site.repeated(i) for i in site.inputs[:images]] +
                            [rows] + site.inputs[images + 1:])
