"""A loop in each step of a loop over examples, as one loop for all of the examples.

Its states get the axis of the examples in front of those that they have at one step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .. import backends
from .errors import Unsupported
from .linear_maps import Dense, LinearMap
from .rules.loops import sizes_of_step

if TYPE_CHECKING:
    from ..backends.types import Variable
    from .batching import Site
    from .sizes import Sizes

__all__ = ['States', 'loop_at_once']

#: Makes of results, of seeds and of sizes what they are with the examples in front.
Carry = Callable[[Sequence['Variable'], Mapping['Variable', LinearMap], 'Sizes'], list]


class States(Dense):
    """What a loop has made of a state, the initial ones in front: (examples, time, ...).

    Parameters
    ----------
    steps : variable, shape (time, examples, ...)
    """

    def __init__(self, steps: Variable) -> None:
        super(States, self).__init__(backends.of(steps).first_two_exchanged(steps))
        self.steps = steps

    def part(self, index: slice) -> Dense:
        """Some of the steps, read from what the loop has made itself."""
        return Dense(backends.of(self.steps).first_two_exchanged(self.steps[index]))


class Loop(object):
    """A scan, and what its inputs became.

    Parameters
    ----------
    site : Site
    carry : callable
    """

    def __init__(self, site: Site, carry: Carry) -> None:
        self.site = site
        self.carry = carry
        self.parts = site.backend.loop_parts(site.node)
        self.given = dict(zip(site.node.inputs, site.inputs))
        self.results = [r for _, _, r, _ in self.parts['states']]
        self.results += [r for r, _ in self.parts['results']]
        # What is the same at each step, and of all examples.
        self.fixed = {inner: self.given[outer] for outer, inner in self.parts['constants']}

    def made(self) -> list[LinearMap]:
        """Of each output what it is for all examples."""
        parts, backend = self.parts, self.site.backend
        sequences = [self._steps(self.given[outer]) for outer, _ in parts['sequences']]
        states = [self._initial(outer, made) for outer, _, _, made in parts['states']]
        carried = [v.full() for v in self.fixed.values() if isinstance(v, LinearMap)]
        found, _ = backend.scan(
            self.step, sequences=sequences, non_sequences=carried,
            outputs_info=states + [None] * len(parts['results']),
            n_steps=self.site.node.inputs[0])
        found = list(found) if isinstance(found, (list, tuple)) else [found]
        outputs = [made for _, _, _, made in parts['states']] + [m for _, m in parts['results']]
        maps = dict(zip(outputs, found))
        return [States(_with_initial(backend, maps[o])) if o in parts['delays']
                else Dense(backend.first_two_exchanged(maps[o])) for o in self.site.node.outputs]

    def step(self, *now: Variable) -> list[Variable]:
        """One step, of all examples."""
        parts, here = self.parts, list(now)
        seeds: dict[Variable, LinearMap] = {}
        others = {v: a for v, a in self.fixed.items() if not isinstance(a, LinearMap)}
        for outer, inner in parts['sequences']:
            if isinstance(self.given[outer], LinearMap):
                seeds[inner] = Dense(here.pop(0))
            else:
                others[inner] = here.pop(0)
        states = [v for _, inner, _, _ in parts['states'] for v in inner]
        constants = [v for v, a in self.fixed.items() if isinstance(a, LinearMap)]
        seeds.update((v, Dense(a)) for v, a in zip(states + constants, here))
        made = self.carry(backends.replace(self.results, others), seeds, self._sizes())
        return [self._of_all(m, r) for m, r in zip(made, self.results)]

    def _sizes(self) -> Sizes:
        """What is known of sizes at one step."""
        parts = self.parts
        pairs = [(outer, inner, True) for outer, inner in parts['sequences']]
        pairs += [(outer, v, True) for outer, inner, _, _ in parts['states'] for v in inner]
        pairs += [(outer, inner, False) for outer, inner in parts['constants']]
        return sizes_of_step(self.site.sizes, pairs)

    def _steps(self, sequence: Any) -> Variable:
        """A sequence with time in front."""
        return self.site.backend.first_two_exchanged(sequence.full()) \
            if isinstance(sequence, LinearMap) else sequence

    def _initial(self, outer: Variable, made: Variable) -> dict[str, Any]:
        """The states before the first step, of all examples."""
        delays, given = self.parts['delays'][made], self.given[outer]
        deepest = max(delays)
        steps = self._steps(Dense(self.site.repeated(given)))[:deepest]
        pattern = (False, False) + tuple(made.broadcastable[1:])
        steps = self.site.backend.fix_broadcast(steps, pattern)
        return dict(initial=steps if deepest > 1 else steps[0], taps=[-d for d in delays])

    def _of_all(self, made: Any, result: Variable) -> Variable:
        """What a step makes, with the examples in front in any case."""
        array = self.site.repeated(made)
        return self.site.backend.fix_broadcast(
            array.astype(result.dtype), (False, ) + tuple(result.broadcastable))


def loop_at_once(site: Site, carry: Carry) -> list[LinearMap]:
    """What a scan makes of all examples.

    Raises
    ------
    Unsupported
        If the scan is of a form that is not known, or an op in it.
    """
    loop = Loop(site, carry)
    if not (loop.parts['simple'] and loop.parts['whole']):
        raise Unsupported(str(site.node.op))
    return loop.made()


def _with_initial(backend: Any, steps: Variable) -> Variable:
    """The array that a loop's front end has cut the initial states from."""
    node = steps.owner
    while backend.kind(node) != 'subtensor':
        node = node.inputs[0].owner
    return node.inputs[0]
