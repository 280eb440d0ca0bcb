"""Squared Frobenius norms of Jacobians, one value per example."""

from .norms import METHODS, explain, squared_norms

__all__ = ['METHODS', 'explain', 'squared_norms']
