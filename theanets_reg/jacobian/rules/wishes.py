"""What of sizes would tell where a reshape leaves the examples."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ..size import ONE, Size, product

if TYPE_CHECKING:
    from ...backends.types import Node
    from ..independence import Proof

__all__ = ['wished_sizes']


def wished_sizes(proof: Proof, node: Node, before: Size) -> dict[Any, Size]:
    """A dict of symbol -> Size, empty where nothing is known that would help.

    Parameters
    ----------
    proof : Proof
    node : apply node
        A reshape.
    before : Size
        How much is in front of the examples.
    """
    entries, start = proof.sizes.asked(node), ONE
    for place, entry in enumerate(entries or []):
        if entry == Size(-1):
            return _multiple(proof, node, entries, place)
        if start == before:
            return _number_of_examples(proof, node, entries, place)
        start = start * entry
    return {}


def _multiple(proof: Proof, node: Node, entries: Any, open_axis: int) -> dict[Any, Size]:
    """That an axis is a multiple of what it is divided by.

    That is the last axis whose size nothing is known of; of the one that the examples
    are on what stands behind them.
    """
    source = node.inputs[0]
    others = product(entries[:open_axis] + entries[open_axis + 1:])
    whole = product(proof.sizes.of(source))
    if others.symbols - whole.symbols:
        return {}
    number = others.number // math.gcd(others.number, whole.number)
    batch = proof.batch[source]
    for axis in reversed(range(source.ndim)):
        size = batch.after if axis == batch.axis else proof.sizes.axis(source, axis)
        if size.number == 1 and len(size.symbols) == 1 and number > 1:
            (variable, place), = size.symbols
            if place is not None:
                share = variable.shape[place] // number
                return {(variable, place): Size(number, [(share, None)])}
    return {}


def _number_of_examples(proof: Proof, node: Node, entries: Any, place: int) -> dict[Any, Size]:
    """That there are as many examples as a reshape says."""
    symbol, = proof.size.symbols or [None]
    written = type(proof.sizes)(proof.backend).asked(node)
    if symbol is None or proof.supposed.get(symbol) or any(symbol in e.symbols for e in entries) \
            or not written or written[place].symbols:
        return {}
    batch, sizes = proof.batch[node.inputs[0]], proof.sizes.of(node.inputs[0])
    rest = product(sizes[:batch.axis] + sizes[batch.axis + 1:]) * batch.before * batch.after
    whole = product(entries)
    number = entries[place].number
    if not whole.symbols and not rest.symbols and whole.over(rest) is not None and \
            whole.number > 0:
        number = whole.number // rest.number
    return {symbol: Size(number)} if number > 0 else {}
