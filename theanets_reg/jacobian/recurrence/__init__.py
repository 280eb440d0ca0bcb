"""The exact norm for recurrent layers, in one pass forward through time."""

from .recursion import Recursion, find

__all__ = ['Recursion', 'find']
