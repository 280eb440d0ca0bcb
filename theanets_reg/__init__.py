"""The documented regularizers, exact, for theanets and any Theano or PyTensor graph."""

from typing import TYPE_CHECKING

from .compat import theano as _theano

_theano.prepare()

from .dropin import install, uninstall  # noqa: E402
from .lazy import found_later as _found_later  # noqa: E402
from .moved import keep_old_paths as _keep_old_paths  # noqa: E402
from .regularizers.base import Regularizer  # noqa: E402
from .regularizers.contractive import Contractive  # noqa: E402
from .regularizers.hidden import ActivationL2, HiddenL1  # noqa: E402
from .regularizers.keywords import from_kwargs, penalty  # noqa: E402
from .regularizers.matching import UnmatchedPatternWarning  # noqa: E402
from .regularizers.noise import BernoulliDropout, GaussianNoise  # noqa: E402
from .regularizers.recurrent import RecurrentNorm, RecurrentState  # noqa: E402
from .regularizers.spectral import SpectralNorm  # noqa: E402
from .regularizers.weight_norms import WeightL1, WeightL2  # noqa: E402

__all__ = ['Regularizer', 'RecurrentNorm', 'RecurrentState', 'Contractive', 'WeightL2',
           'WeightL1', 'HiddenL1', 'ActivationL2', 'GaussianNoise', 'BernoulliDropout',
           'SpectralNorm', 'from_kwargs', 'penalty', 'install', 'uninstall', 'squared_norms',
           'explain', 'register_op', 'UnmatchedPatternWarning']

__version__ = '1.0.0'

if TYPE_CHECKING:
    from .jacobian import explain, register_op, squared_norms
else:
    __getattr__, __dir__ = _found_later(__name__, dict.fromkeys(
        ['explain', 'register_op', 'squared_norms'], '.jacobian'))

_keep_old_paths(__name__)
