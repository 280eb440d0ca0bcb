"""What is told of a way: by ``explain``, and in the one warning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .. import backends
from .pullback import dependents
from .strategies import Way
from .supposed import told_sizes

if TYPE_CHECKING:
    from ..backends.types import Node, Variable
    from .assumptions import Assumptions
    from .strategies.base import Strategy
    from .strategies.workspace import Workspace

__all__ = ['is_slow', 'priced', 'told']

# What to advise where only a slow way is certain.
ADVICE = ("that takes one backward pass for each element of the output, and "
          "method='hutchinson' estimates it in one backward pass")

STATISTICS = ('if it is for batch normalization while that is trained, give the deterministic '
              'output, made with running averages as for predictions: its examples are '
              'independent')

#: What makes the statistics of a batch.
MAKE_STATISTICS = 'sum', 'reduce', 'normalizing'

#: Names that variables have without anybody's doing.
GIVEN_BY_PACKAGES = 'mean', 'var', 'std', 'max', 'min'


def is_slow(output: Variable, strategy: Strategy) -> bool:
    """Whether a better way was looked for and not found."""
    rows = sum(not one for one in output.broadcastable)
    return strategy.node is not None or (strategy.way is Way.ROW_BY_ROW and rows > 1)


def told(output: Variable, wrt: Variable, strategy: Strategy,
         names: Mapping[Variable, str]) -> str:
    """A line about the way for one output and one input.

    Parameters
    ----------
    output, wrt : variables
    strategy : Strategy
    names : dict of variable -> str
        What to call variables.
    """
    supposed = told_sizes(strategy.supposed, names)
    line = '{} by {}: {}, because {}'.format(
        called(output, names), called(wrt, names), strategy.way.value,
        _reason(output, wrt, strategy, names) + supposed)
    advice = _advice(output, wrt, strategy, names) if is_slow(output, strategy) else []
    return '; '.join([line] + advice)


def priced(options: list[Strategy], workspace: Workspace) -> str:
    """What the first of some strategies costs, and the next one."""
    open_to_choice = [o for o in options if o.can_be_priced]
    assumed = workspace.assumptions
    if not open_to_choice:
        return _kept(options[0], assumed)
    first = open_to_choice[0]
    price = first.price()
    text = '; about {:.2g} multiply-adds and {:.2g} elements in memory for {} examples'.format(
        price.total, price.written, assumed.batch)
    text += _guessed(price.guessed, assumed)
    others = [o for o in open_to_choice[1:] if o.way is not first.way]
    if others:
        text += '; next best: {}, {:.2g}'.format(others[0].way.value, others[0].price().total)
    return text


def _kept(strategy: Strategy, assumed: Assumptions) -> str:
    """What is kept for the gradient, for a way that has no price."""
    assumed.guessed = False
    count = strategy.kept()
    if count is None:
        return ''
    return '; about {:.2g} elements are kept for the gradient, for {} examples{}'.format(
        count, assumed.batch, _guessed(assumed.guessed, assumed))


def _guessed(guessed: bool, assumed: Assumptions) -> str:
    return ', {} units where their number is not known'.format(assumed.size) if guessed else ''


def called(variable: Variable, names: Mapping[Variable, str]) -> str:
    """What to call a variable in a message."""
    return names.get(variable) or variable.name or 'an unnamed {}'.format(variable.type)


def _reason(output: Variable, wrt: Variable, strategy: Strategy,
            names: Mapping[Variable, str]) -> str:
    """Why this way, with the op at which a proof ended."""
    node = strategy.node
    if node is None:
        return strategy.why
    sources = [called(v, names) for v in node.inputs if names.get(v) or v.name]
    layer = _layer(output, wrt, node, names)
    return 'examples are not proven independent: {}, which makes {}{}{}, {}'.format(
        node.op, called(node.outputs[0], names),
        ' of ' + ' and '.join(sources) if sources else '', layer, strategy.why)


def _layer(output: Variable, wrt: Variable, node: Node, names: Mapping[Variable, str]) -> str:
    """Where a node without a name is: a clause with the first name behind it."""
    if names.get(node.outputs[0]) or node.outputs[0].name:
        return ''
    for variable in dependents([output], *node.outputs):
        name = names.get(variable) or variable.name
        if variable is output:
            break
        if name and name not in GIVEN_BY_PACKAGES:
            return ', on the way to ' + name
        params = [p for v in variable.owner.inputs for p in _parameters(v, wrt)]
        if params:
            return ', in the layer of ' + params[0]
    return ''


def _parameters(variable: Variable, wrt: Variable) -> list[str]:
    """The names of what is shared and makes something apart from the input."""
    made_of = backends.ancestors([variable])
    kind = backends.of(wrt).SharedVariable
    return [] if wrt in made_of else [v.name for v in made_of if isinstance(v, kind) and v.name]


def _advice(output: Variable, wrt: Variable, strategy: Strategy,
            names: Mapping[Variable, str]) -> list[str]:
    """What can be done about a slow way: a list of sentences."""
    found: list[str] = []
    if strategy.node is not None and wrt.ndim == 1:
        found.append('the elements of the vector {} count as examples, each as one: for a '
                     'single example give the input the shape (1, n)'.format(
                         called(wrt, names)))
    if strategy.node is not None and wrt.ndim > 2 and _loops(output, wrt):
        found.append('if {} is (time, batch, ...), say so with batch_axis=1 or, in '
                     'Contractive, time_axis=0'.format(called(wrt, names)))
    if strategy.node is not None and output.ndim > 1 and \
            backends.of(output).kind(strategy.node) in MAKE_STATISTICS:
        found.append(STATISTICS)
    return found + [ADVICE]


def _loops(output: Variable, wrt: Variable) -> bool:
    """Whether the graph has a loop, and the input is as the user made it."""
    kind = backends.of(wrt).kind
    return wrt.owner is None and any(
        v.owner is not None and kind(v.owner) == 'scan'
        for v in backends.ancestors([output]))
