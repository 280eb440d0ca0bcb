"""Squared Frobenius norms of Jacobians, one value per example."""

from .norms import METHODS, squared_norms

__all__ = ['METHODS', 'squared_norms']
