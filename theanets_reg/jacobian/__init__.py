"""Squared Frobenius norms of Jacobians, one value per example."""

from .estimate import check_rng, check_samples
from .norms import METHODS, explain, squared_norms

__all__ = ['METHODS', 'explain', 'squared_norms', 'check_rng', 'check_samples']
