"""What takes long is told before it begins, and how large it is: at INFO."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .. import backends

if TYPE_CHECKING:
    from ..backends.types import Variable

__all__ = ['LARGE', 'tell_literal', 'tell_plan']

logger = logging.getLogger('theanets_reg')

#: A plan of a graph with fewer ops takes a second or two.
LARGE = 100


def tell_plan(outputs: Sequence[Variable], wrts: Sequence[Variable]) -> None:
    """Say that a plan is made, if the graph is large."""
    if not logger.isEnabledFor(logging.INFO):
        return
    ops = _ops(outputs)
    if ops >= LARGE:
        logger.info('planning the norms of %s by %s: a graph of %d ops',
                    _counted(outputs, 'output'), _counted(wrts, 'input'), ops)


def tell_literal(output: Variable, wrt: Variable) -> None:
    """Say that a literal Jacobian is built."""
    if logger.isEnabledFor(logging.INFO):
        logger.info('building the literal Jacobian of %s by %s: a loop with a backward pass '
                    'through %d ops for each element of the output, which takes long to '
                    'compile', _called(output), _called(wrt), _ops([output]))


def _ops(outputs: Sequence[Variable]) -> int:
    """How many ops make `outputs`."""
    return len({id(v.owner) for v in backends.ancestors(outputs) if v.owner is not None})


def _called(variable: Variable) -> str:
    return variable.name or 'an unnamed {}'.format(variable.type)


def _counted(variables: Sequence[Variable], what: str) -> str:
    return '{} {}{}'.format(len(variables), what, '' if len(variables) == 1 else 's')
