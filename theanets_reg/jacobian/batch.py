"""Where the examples are in a variable, and what it means not to know."""

from collections import namedtuple

__all__ = ['Batch', 'Unproven']

Batch = namedtuple('Batch', 'axis before after')
Batch.__doc__ = """Where the examples are in a variable.

They run along `axis`. Where that axis was made by merging several, `before`
is the product of the sizes merged in front of the examples and `after` of
those behind them; both are one for an axis of examples alone.
"""


class Unproven(Exception):
    """The proof ends at `node`, for `reason`."""

    def __init__(self, node, reason):
        super(Unproven, self).__init__(reason)
        self.node = node
        self.reason = reason
