"""Theano's convolution and pooling of images, made of PyTensor's products and maxima."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..backends.types import Variable

__all__ = ['conv2d', 'pool_2d']


def conv2d(input: Variable, filters: Variable, image_shape: Any = None, filter_shape: Any = None,
           border_mode: Any = 'valid', subsample: tuple[int, int] = (1, 1),
           filter_flip: bool = True, input_shape: Any = None) -> Variable:
    """Convolve stacks of images with stacks of filters.

    PyTensor convolves one image with one filter. As the size of theanets'
    filters is known, a sum over their pixels does it, each one a product of
    the shifted images with that pixel's (filters, channels) matrix.

    Parameters
    ----------
    input : (batch, channels, rows, columns) tensor
    filters : (filters, channels, rows, columns) tensor
    image_shape, input_shape : ignored
    filter_shape : tuple of int, optional
        The shape of `filters`; else that of their type, or of their value.
    border_mode : 'valid', 'full', 'half', int, or (int, int)
        How many zeros to put around the images.
    subsample : (int, int)
        Keep each of so many rows and columns.
    filter_flip : bool
        Whether the filters run backwards: a convolution, else a correlation.

    Returns
    -------
    output : (batch, filters, rows, columns) tensor
    """
    from pytensor import tensor
    _check_border(border_mode)
    height, width = _size(filters, filter_shape)
    input = _padded(input, _padding(border_mode, height, width))
    rows = input.shape[2] - height + 1
    columns = input.shape[3] - width + 1
    pixels = [
        tensor.tensordot(
            input[:, :, r:r + rows:subsample[0], c:c + columns:subsample[1]],
            filters[:, :, height - 1 - r, width - 1 - c] if filter_flip else filters[:, :, r, c],
            axes=[[1], [1]])
        for r in range(height) for c in range(width)]
    return sum(pixels[1:], pixels[0]).dimshuffle(0, 3, 1, 2)


def _size(filters: Variable, shape: Any) -> tuple[int, int]:
    """The rows and columns of filters."""
    known = filters.type.shape if shape is None else shape
    if None in known[2:] and hasattr(filters, 'get_value'):
        known = filters.get_value(borrow=True).shape
    if None in known[2:]:
        raise ValueError('conv2d: the size of the filters is not known; give filter_shape='
                         '(filters, channels, rows, columns)')
    return int(known[2]), int(known[3])


def _padding(border_mode: Any, height: int, width: int) -> tuple[int, int]:
    """How many rows and columns of zeros there are on each side."""
    if not isinstance(border_mode, str):
        return (border_mode, border_mode) if isinstance(border_mode, int) else tuple(border_mode)
    return {'valid': (0, 0), 'full': (height - 1, width - 1),
            'half': (height // 2, width // 2)}[border_mode]


def _check_border(border_mode: Any) -> None:
    if isinstance(border_mode, str) and border_mode not in ('valid', 'full', 'half'):
        raise ValueError("conv2d: border_mode is {!r}; Theano's conv2d knows 'valid', 'full' and "
                         "'half', use one of them, or say how many zeros".format(border_mode))


def _padded(images: Variable, padding: tuple[int, int], value: float = 0.) -> Variable:
    """Images with a border on each side."""
    from pytensor import tensor
    above, left = padding
    if not above and not left:
        return images
    batch, channels, rows, columns = tuple(images.shape)
    around = tensor.alloc(tensor.cast(value, images.dtype), batch, channels,
                          rows + 2 * above, columns + 2 * left)
    return around[:, :, above:above + rows, left:left + columns].set(images)


def pool_2d(input: Variable, ws: Any = None, ignore_border: bool | None = None,
            stride: Any = None, pad: tuple[int, int] = (0, 0), mode: str = 'max',
            ds: Any = None, st: Any = None, padding: Any = None) -> Variable:
    """The greatest, the mean or the sum of each window of images.

    Parameters
    ----------
    input : (..., rows, columns) tensor of four axes
    ws, ds : (int, int)
        The size of a window.
    ignore_border : bool
        Must be true: windows that are cut off don't count.
    stride, st : (int, int), optional
        From a window to the next. Defaults to the size of one.
    pad, padding : (int, int)
        Rows and columns on each side, which are less than all others, or zeros.
    mode : {'max', 'average_inc_pad', 'sum'}

    Returns
    -------
    output : tensor of four axes
    """
    from pytensor import tensor
    size: Sequence[int] = ws or ds
    step: Sequence[int] = stride or st or size
    pad = padding or pad
    if mode not in ('max', 'average_inc_pad', 'sum') or not ignore_border:
        raise ValueError("pool_2d: mode={!r}, ignore_border={!r}; on PyTensor there are 'max', "
                         "'average_inc_pad' and 'sum', with ignore_border=True".format(
                             mode, ignore_border))
    input = _padded(input, pad, float('-inf') if mode == 'max' else 0.)
    rows, columns = input.shape[2] - size[0] + 1, input.shape[3] - size[1] + 1
    pixels = [input[:, :, r:r + rows:step[0], c:c + columns:step[1]]
              for r in range(size[0]) for c in range(size[1])]
    if mode == 'max':
        return functools.reduce(tensor.maximum, pixels)
    total = sum(pixels[1:], pixels[0])
    return total if mode == 'sum' else total / (size[0] * size[1])
