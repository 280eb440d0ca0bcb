"""Layerwise training leaves a network as it was, also when it fails."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .patches import Patches

__all__ = ['put']


def put(theanets: Any, patches: Patches) -> None:
    """Let the trainer that shortens a network give it its layers back in any case."""
    trainer = theanets.trainer.SupervisedPretrainer
    without = trainer.itertrain

    @functools.wraps(without)
    def itertrain(self: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
        net = self.network
        layers, names = list(net.layers), [loss.output_name for loss in net.losses]
        try:
            yield from without(self, *args, **kwargs)
        finally:
            if net.layers != layers:
                net.layers = layers
                _bind(net)
            for loss, name in zip(net.losses, names):
                loss.output_name = name

    patches.attribute(trainer, 'itertrain', itertrain)


def _bind(net: Any) -> None:
    """In the newest source of theanets layers look for their inputs in a network."""
    for layer in net.layers:
        if hasattr(layer, 'bind'):
            layer.bind(net, initialize=False)
