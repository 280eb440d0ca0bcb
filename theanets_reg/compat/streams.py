"""Theano's random streams, drawn with PyTensor's generators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .updates import update_in_every_call

if TYPE_CHECKING:
    from ..backends.types import Variable

__all__ = ['MRG_RandomStreams']


class MRG_RandomStreams(object):
    """Theano's random streams, drawn with PyTensor's generators.

    The draws are new at every call of a compiled function and come again from
    the same seed. They are not the numbers that Theano draws.

    Parameters
    ----------
    seed : int or sequence of int, optional
        Theano's default is 12345.

    Attributes
    ----------
    state_updates : list of (shared variable, variable)
        The generator of each draw, and what it is after it.
    """

    def __init__(self, seed: Any = 12345) -> None:
        from numpy.random import SeedSequence
        self._seeds = SeedSequence(seed)
        self.state_updates: list[tuple[Variable, Variable]] = []

    def uniform(self, size: Any, low: Any = 0., high: Any = 1.,
                dtype: str | None = None) -> Variable:
        return self._draw('uniform', low, high, size=size, dtype=dtype)

    def normal(self, size: Any, avg: Any = 0., std: Any = 1.,
               dtype: str | None = None) -> Variable:
        return self._draw('normal', avg, std, size=size, dtype=dtype)

    def binomial(self, size: Any, n: Any = 1, p: Any = .5,
                 dtype: str | None = 'int64') -> Variable:
        return self._draw('binomial', n, p, size=size, dtype=dtype)

    def _draw(self, distribution: str, *params: Any, **kwargs: Any) -> Variable:
        import numpy
        import pytensor
        from pytensor.tensor.random import basic
        seed, = self._seeds.spawn(1)
        generator = pytensor.shared(numpy.random.default_rng(seed))
        draw = getattr(basic, distribution)(*params, size=kwargs['size'], rng=generator)
        new = draw.owner.outputs[0]
        update_in_every_call(generator, new)
        self.state_updates.append((generator, new))
        return draw.astype(kwargs['dtype'] or pytensor.config.floatX)
