"""What several outputs share is counted once: the ways that are cheapest together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .costs import price

if TYPE_CHECKING:
    from .choice import Choice
    from .strategies import Workspace

__all__ = ['share']


def share(choices: Sequence[Choice], workspace: Workspace) -> None:
    """Let outputs share what pays only for all of them together."""
    open_choices = [c for c in choices if len(c.options) > 1]
    if len(open_choices) < 2:
        return
    best = _together(open_choices, workspace)
    improved = True
    while improved:
        improved = False
        for choice in open_choices:
            for option in list(choice.options[1:]):
                before = list(choice.options)
                choice.options = [option] + [o for o in before if o is not option]
                total = _together(open_choices, workspace)
                if total < best:
                    best, improved = total, True
                else:
                    choice.options = before
                if improved:
                    break


def _together(choices: Sequence[Choice], workspace: Workspace) -> float:
    """What the first options cost, with what they share counted once."""
    outputs = [n for c in choices for n in c.strategy.whole()]
    given = set()
    for choice in choices:
        given |= choice.strategy.problem.given()
    return price(outputs, given, workspace.sizes, workspace.assumptions).total
