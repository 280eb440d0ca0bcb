"""What is penalized: a penalty is one class in a file of its own."""

from .base import Regularizer
from .contractive import Contractive
from .keywords import from_kwargs, penalty
from .matching import UnmatchedPatternWarning
from .recurrent import RecurrentNorm, RecurrentState

__all__ = ['Contractive', 'RecurrentNorm', 'RecurrentState', 'Regularizer',
           'UnmatchedPatternWarning', 'from_kwargs', 'penalty']
