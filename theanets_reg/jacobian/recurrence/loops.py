"""The states of a loop that reads the input step by step, and what its steps make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from ..batch import Batch
from ..errors import Unfit
from ..sizes import ONE
from .unfold import unfolded

if TYPE_CHECKING:
    from ...backends.types import Node, Variable
    from ..independence import Proof

__all__ = ['Block', 'Loop']


class Block(object):
    """A state of a loop, so many steps before the one that is made.

    Attributes
    ----------
    loop : Loop
    delay : int
    variable : variable, shape (time, batch, units)
        Its value for each step.
    result : variable
        The state that is made, for each step; what is 1 at the next step.
    made : variable
        All values of the state, the initial ones included.
    """

    def __init__(self, loop: Loop, made: Variable, delay: int, deepest: int) -> None:
        self.loop = loop
        self.made = made
        self.delay = delay
        self.variable = made[deepest - delay:-delay]
        self.result: Variable = None


class Loop(object):
    """A scan that reads the input step by step.

    Attributes
    ----------
    blocks : list of Block
        Those that depend on the input.
    sequences : list of variables
        What is read step by step and depends on the input, unfolded.
    results : dict of variable -> (variable, int)
        For each output of the scan, unfolded states and how many initial ones are in
        front of them in the output.
    """

    def __init__(self, proof: Proof, node: Node,
                 rewritten: Callable[[Variable], Variable]) -> None:
        self.parts = proof.backend.loop_parts(node)
        _must(self.parts['simple'] and self.parts['whole'])
        self.proof = proof
        self.blocks: list[Block] = []
        self.results: dict[Variable, tuple[Variable, int]] = {}
        self._timed: dict[Variable, Variable] = {}
        for outer, inner in self.parts['sequences']:
            self._timed[inner] = rewritten(outer)
        self.sequences = [self._timed[inner] for outer, inner in self.parts['sequences']
                          if self._follows(outer)]
        _must(self.sequences)
        for state in self.parts['states']:
            self._read(state)
        _must(self.blocks)

    def _follows(self, variable: Variable) -> bool:
        """Whether it depends on the input; then it is (time, batch, units)."""
        batch = self.proof.batch.get(variable)
        _must(batch is None or variable.ndim == 3 and batch == Batch(1, ONE, ONE))
        return batch is not None

    def _read(self, state: Any) -> None:
        """What the steps read of one state."""
        outer, inner, _, made = state
        _must(outer not in self.proof.batch)
        delays = self.parts['delays'][made]
        deepest = max(delays)
        carried = self._follows(made)
        blocks = {d: Block(self, made, d, deepest) for d in range(1, deepest + 1)}
        self._timed.update((i, blocks[d].variable) for i, d in zip(inner, delays))
        if carried:
            self.blocks += [blocks[d] for d in sorted(blocks)]

    def unfold(self, product: Callable[..., Variable], part: Callable[..., Variable]) -> None:
        """Find what a step makes, for all steps.

        Parameters
        ----------
        product, part : callables
            See :func:`.unfold.unfolded`.
        """
        backend, constants = self.proof.backend, {}
        for outer, inner in self.parts['constants']:
            _must(outer not in self.proof.batch)
            constants[inner] = outer
        made = [(r, m, max(self.parts['delays'][m])) for _, _, r, m in self.parts['states']
                if m in self.proof.batch]
        made += [(r, m, 0) for r, m in self.parts['results'] if m in self.proof.batch]
        for (_, output, first), whole in zip(made, unfolded(
                backend, [r for r, _, _ in made], self._timed, constants, product, part)):
            self._follows(output)
            whole = backend.fix_broadcast(whole, output.broadcastable)
            self.results[output] = (whole, first)
        newer: dict[tuple[Variable, int], Block] = {}
        for block in self.blocks:
            block.result = self.results[block.made][0] if block.delay == 1 else \
                newer[block.made, block.delay - 1].variable
            newer[block.made, block.delay] = block


def _must(condition: Any) -> None:
    if not condition:
        raise Unfit
