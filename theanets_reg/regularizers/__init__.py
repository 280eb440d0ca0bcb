"""What is penalized: a penalty is one class in a file of its own."""

from .base import Regularizer
from .contractive import Contractive
from .hidden import ActivationL2, HiddenL1
from .keywords import from_kwargs, penalty
from .matching import UnmatchedPatternWarning
from .noise import BernoulliDropout, GaussianNoise
from .recurrent import RecurrentNorm, RecurrentState
from .spectral import SpectralNorm
from .weight_norms import WeightL1, WeightL2

__all__ = ['ActivationL2', 'BernoulliDropout', 'Contractive', 'GaussianNoise', 'HiddenL1',
           'RecurrentNorm', 'RecurrentState', 'Regularizer', 'SpectralNorm',
           'UnmatchedPatternWarning', 'WeightL1', 'WeightL2', 'from_kwargs', 'penalty']
