"""Squared Frobenius norms of Jacobians, one value per example."""

from .estimate import check_rng, check_samples
from .layout import examples_first
from .norms import METHODS, explain, squared_norms
from .rules import register_op

__all__ = ['METHODS', 'explain', 'squared_norms', 'register_op', 'check_rng', 'check_samples',
           'examples_first']
