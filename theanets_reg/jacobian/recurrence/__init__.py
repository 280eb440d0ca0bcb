"""The exact norm for recurrent layers, in one pass forward through time."""

from .held import Held, hold
from .recursion import Recursion, find

__all__ = ['Held', 'Recursion', 'find', 'hold']
