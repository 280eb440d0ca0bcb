"""What the library needs to know of the layers of theanets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..backends.types import Variable

__all__ = ['hidden', 'output_name', 'places']


def hidden(layers: Sequence[Any], outputs: Mapping[str, Variable]) -> list[str]:
    """The names of the outputs of the hidden layers.

    Parameters
    ----------
    layers : sequence of theanets layers
        Those of a model; the last one makes its output.
    outputs : dict of str -> variable

    Returns
    -------
    names : list of str
        Those of all layers but the input layers, of which there may be
        several, wherever they stand, and the last one.
    """
    names = [output_name(layer) for layer in layers[:-1] if not _is_input(layer)]
    return [name for name in names if name in outputs and not _is_given(outputs[name])]


def _is_input(layer: object) -> bool:
    """Whether it is theanets' layer of inputs, which is not imported here."""
    return any(cls.__name__ == 'Input' and cls.__module__.split('.')[0] == 'theanets'
               for cls in type(layer).__mro__)


def _is_given(variable: Variable) -> bool:
    """Whether nothing computes it: layers of another make may be inputs, too."""
    return variable.owner is None


def output_name(layer: Any) -> str:
    """The name of a layer's output: a method or a property in theanets."""
    name = layer.output_name
    return name() if callable(name) else name


def places(layers: Sequence[Any]) -> dict[str, list[str]]:
    """The names of the outputs of the input, the hidden and the output layers.

    Parameters
    ----------
    layers : sequence of theanets layers

    Returns
    -------
    names : dict of 'input', 'hidden' and 'output' to lists of str
    """
    names: dict[str, list[str]] = {'input': [], 'hidden': [], 'output': []}
    for layer in layers:
        place = 'output' if layer is layers[-1] else 'hidden'
        names['input' if _is_input(layer) else place].append(output_name(layer))
    return names
