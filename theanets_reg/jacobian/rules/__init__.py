"""What is known of each op, one file for each family of ops."""

from ..batch import Batch
from ..errors import Unproven, Unsupported
from ..linear_maps import Dense, LinearMap
from . import (  # noqa: F401
    axes,
    blockwise,
    choices,
    composite,
    counting,
    elementwise,
    images,
    indexing,
    loops,
    loops_of_rows,
    picking,
    products,
    reductions,
    repeating,
)
from .own import register_op
from .registry import batch_axis, batching, register, rules_of, size

__all__ = ['Batch', 'Dense', 'LinearMap', 'Unproven', 'Unsupported', 'batch_axis', 'batching',
           'register', 'register_op', 'rules_of', 'size']
