"""What every random graph draws: sizes, weights, noise and names of its parts."""

import numpy as np

from symbolic import MRG_RandomStreams, theano


class Draws(object):
    """Random decisions, and the weights that come of them.

    Parameters
    ----------
    seed : int
    dtype : str
    noise : bool
        Whether there may be random draws in the graph itself.
    allowed : collection of str, optional
        The named parts that may be drawn; default: all.
    forced : str, optional
        A named part that is drawn wherever it can be.

    Attributes
    ----------
    params : list of shared variables
    uses : set of str
        The named parts that were drawn.
    """

    def __init__(self, seed, dtype='float64', noise=True, allowed=None, forced=None):
        self.rng = np.random.RandomState(seed)
        self.streams = MRG_RandomStreams(seed + 1)
        self.dtype, self.noise = dtype, noise
        self.allowed, self.forced = allowed, forced
        self.params, self.weights, self.uses = [], {}, set()

    def chance(self, p, use=None):
        """True with probability `p`; `use` names what is drawn then."""
        drawn = bool(self.rng.rand() < p)
        if use is None:
            return drawn
        if self.allowed is not None and use not in self.allowed:
            drawn = False
        drawn = drawn or use == self.forced
        if drawn:
            self.uses.add(use)
        return drawn

    def pick(self, table, names=None):
        """One of a dict's values, its name noted."""
        names = sorted(table if names is None else names)
        if self.allowed is not None:
            names = [n for n in names if n in self.allowed]
        name = self.forced if self.forced in names else names[self.rng.randint(len(names))]
        self.uses.add(name)
        return table[name]

    def constant(self, *shape):
        return self.rng.randn(*shape).astype(self.dtype)

    def param(self, *shape):
        """A new weight, of a size that keeps a product's variance."""
        value = self.rng.randn(*shape) / np.sqrt(max(shape[0], 1))
        self.params.append(theano.shared(value.astype(self.dtype)))
        return self.params[-1]

    def weight(self, rows, columns):
        """A matrix; now and then one that is in use already."""
        if (rows, columns) in self.weights and self.chance(.5):
            return self.weights[rows, columns]
        if (columns, rows) in self.weights and self.chance(.5):
            return self.weights[columns, rows].T
        self.weights[rows, columns] = self.param(rows, columns)
        return self.weights[rows, columns]

    def dropout(self, shape):
        kept = self.streams.binomial(size=shape, n=1, p=.7, dtype=self.dtype)
        return kept / np.asarray(.7, self.dtype)

    def normal(self, shape):
        return self.streams.normal(size=shape, std=.3, dtype=self.dtype)
