"""What is known of each op, one file for each family of ops."""

from . import axes, composite, elementwise, images, indexing, loops, products, reductions  # noqa: F401
from .registry import batch_axis, batching, register, rules_of, size

__all__ = ['batch_axis', 'batching', 'register', 'rules_of', 'size']
