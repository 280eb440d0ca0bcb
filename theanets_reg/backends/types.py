"""What the objects of a symbolic package are called in annotations.

Theano has no types of its own that a checker could read, and the library takes
either package: for a checker all of these may be anything.
"""

from typing import Any

__all__ = ['Node', 'Variable']

#: A variable of Theano or PyTensor: an array that is computed when a function runs.
Variable = Any

#: An apply node: one op, what it is applied to, and what that gives.
Node = Any
