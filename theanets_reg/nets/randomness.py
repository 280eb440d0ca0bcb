"""Where a network's random numbers come from: ``rng=``.

theanets has one argument for two kinds of draws: those of NumPy, for the weights at
first and the order of the batches, and those in the graph, of noise and dropout. It can
be a seed, NumPy's generator, or a stream of symbolic draws; for what it cannot draw
itself a seed is taken from it.
"""

from __future__ import annotations

import copy
import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from .content import Itself, is_source

if TYPE_CHECKING:
    from .patches import Patches

__all__ = ['SEED', 'for_graph', 'put']

#: theanets' own default.
SEED = 13

# The seeds of Theano's streams are between these two.
_SEEDS = 1, 2 ** 31 - 2 ** 16


def put(theanets: Any, patches: Patches) -> None:
    """Let what draws with NumPy take symbolic streams, and loaded networks train.

    A network that was loaded, unpickled or copied has no ``_rng``: it has theanets'
    default from here on.
    """
    patches.attribute(theanets.graph.Network, '_rng', SEED)
    dataset = theanets.graph.downhill.Dataset
    make = dataset.__init__

    @functools.wraps(make)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        if 'rng' in kwargs:
            kwargs['rng'] = _for_numpy(kwargs['rng'])
        make(self, *args, **kwargs)

    trainer = theanets.trainer.SampleTrainer
    sample = trainer.itertrain

    @functools.wraps(sample)
    def itertrain(self: Any, train: Any, valid: Any = None, **kwargs: Any) -> Any:
        return sample(self, train, valid, **dict(kwargs, rng=_for_numpy(kwargs.get('rng'))))

    patches.attribute(dataset, '__init__', __init__)
    patches.attribute(trainer, 'itertrain', itertrain)


def _for_numpy(rng: Any) -> Any:
    """A seed or a generator that NumPy draws from."""
    if isinstance(rng, np.integer):
        return int(rng)
    if hasattr(rng, 'bit_generator'):
        return np.random.RandomState(_seed(rng))
    return SEED if is_source(rng) and not isinstance(rng, np.random.RandomState) else rng


def for_graph(net: Any, rng: Any) -> Any:
    """A seed or a stream that draws in a graph.

    Of one generator of NumPy's a network always takes the same seed: a graph is asked
    for several times while a training begins, and must be the same one.

    Parameters
    ----------
    net : theanets network
    rng : int, NumPy's generator, or stream of symbolic draws

    Returns
    -------
    rng : int or stream
    """
    if isinstance(rng, np.integer):
        return int(rng)
    if not isinstance(rng, np.random.RandomState) and not hasattr(rng, 'bit_generator'):
        return rng
    seeds = vars(net).setdefault('_seeds', {})
    if Itself(rng) not in seeds:
        seeds[Itself(rng)] = _seed(rng)
    return seeds[Itself(rng)]


def _seed(rng: Any) -> int:
    """A seed from a generator of NumPy's, which stays as it is."""
    rng = copy.deepcopy(rng)
    draw = rng.integers if hasattr(rng, 'bit_generator') else rng.randint
    return int(draw(*_SEEDS))
