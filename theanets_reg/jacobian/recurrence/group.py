"""The states of loops that go the same way through time, as one state."""

from ..errors import Unfit
from .entry import Entry
from .tangents import Inside, Outside, Tangents

__all__ = ['Group', 'full', 'side_by_side']


class Group(object):
    """P_t = Σ_s (∂h_t/∂x_s)(∂h_t/∂x_s)ᵀ of a joint state h.

    Parameters
    ----------
    pieces : Pieces
        By the states before each step, and the input.
    loops : list of Loop
        Those that are read come before those that read them.
    wrt : variable
    features : variable
        How many numbers the input has at one step.

    Attributes
    ----------
    blocks : list of Block
    """

    def __init__(self, pieces, loops, wrt, features):
        self.backend = pieces.backend
        self.pieces = pieces
        self.blocks = [block for loop in loops for block in loop.blocks]
        self.results = [block.result for block in self.blocks]
        self.outside = Outside(self.backend)
        self.dtype = wrt.dtype
        states = {block.variable for block in self.blocks}
        for result in self.results:
            for place, cuts in pieces.reached(result):
                leaf = place.variable in pieces.leaves and place.variable is not wrt
                if leaf and (cuts or place.variable not in states):
                    # A loop over a layer that is turned, or of other steps.
                    raise Unfit
        self.entry = Entry(pieces, wrt, self.results, features)
        self._all = None

    def after(self):
        """P_t of all steps, (time, batch, states, states)."""
        if self._all is None:
            self._all = self._scan()
        return self._all

    def before(self):
        """P_{t-1} of all steps."""
        after = self.after()
        return self.backend.tensor.concatenate(
            [self.backend.tensor.zeros_like(after[:1]), after[:-1]], axis=0)

    def unit(self):
        """The unit matrix: seeds (1, 1, states, units) of no block in particular."""
        width = sum(block.made.shape[2] for block in self.blocks)
        return self.backend.tensor.eye(width, dtype=self.dtype).dimshuffle('x', 'x', 0, 1)

    def parts(self, array, name='variable', constant=lambda width: width):
        """An array (..., states) by blocks: a dict of their variables -> arrays."""
        if len(self.blocks) == 1:
            return {getattr(self.blocks[0], name): array}
        found, end = {}, 0
        for block in self.blocks:
            start, end = end, end + constant(block.made.shape[2])
            found[getattr(block, name)] = array[
                tuple([slice(None)] * (array.ndim - 1) + [slice(start, end)])]
        return found

    def entering(self):
        """B_tᵀ for all steps, (time, batch, k, states), and B_t weighed."""
        seeds = self.entry.weighed()
        width = list(seeds.values())[0].shape[2]
        tangents = Tangents(self.pieces, self.outside, self.results, seeds)
        found = []
        for block in self.blocks:
            like = block.variable
            shape = [like.shape[0], like.shape[1], width, block.made.shape[2]]
            rows = tangents.of(block.result)
            found.append(self.backend.tensor.zeros(shape, self.dtype) if rows is None
                         else full(self.backend, rows, shape))
        return side_by_side(self.backend, found, 3)

    def _scan(self):
        inside = Inside(self.backend)
        made = [block.made for block in self.blocks]
        width = sum(m.shape[2] for m in made)
        start = self.backend.tensor.zeros((made[0].shape[1], width, width), self.dtype)
        single = len(made) == 1 and made[0].broadcastable[2]
        start = self.backend.fix_broadcast(
            start, (made[0].broadcastable[1], single, single))
        before = start.type()
        once = self._push(inside, self.parts(before, constant=inside.constant))
        entering = inside.step_of(self.entering())
        twice = self.parts(_turned(once), constant=inside.constant)
        twice.update(self.entry.parts(_turned(entering), inside.constant))
        after = self._push(inside, twice)
        return inside.scan(self.backend.fix_broadcast(
            after.astype(before.dtype), before.broadcastable), before, start)

    def _push(self, inside, seeds):
        """The results' tangents (batch, k, states)."""
        tangents = Tangents(self.pieces, inside, self.results, seeds)
        found = [tangents.of(block.result) for block in self.blocks]
        rows = list(seeds.values())[0]
        whole = []
        for block, made in zip(self.blocks, found):
            shape = [rows.shape[0], rows.shape[1], inside.constant(block.made.shape[2])]
            whole.append(self.backend.tensor.zeros(shape, self.dtype) if made is None
                         else made)
        return side_by_side(self.backend, whole, 2)


def _turned(array):
    return array.dimshuffle(0, 2, 1)


def full(backend, array, shape):
    """An array of that shape, of one that may be broadcast to it."""
    return backend.tensor.alloc(array, *shape) if any(array.broadcastable[:2]) else array


def side_by_side(backend, arrays, axis):
    return arrays[0] if len(arrays) == 1 else backend.tensor.concatenate(arrays, axis=axis)
