"""Where the examples are in a variable."""

from collections import namedtuple

__all__ = ['Batch']

Batch = namedtuple('Batch', 'axis before after')
Batch.__doc__ = """Where the examples are in a variable.

They run along `axis`. Where that axis was made by merging several, `before`
is the product of the sizes merged in front of the examples and `after` of
those behind them; both are one for an axis of examples alone.
"""
