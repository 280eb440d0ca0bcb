"""The keywords of regularizers on all that predicts."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Callable

from ..regularizers.layers import output_name

if TYPE_CHECKING:
    from .patches import Patches

__all__ = ['put']


def put(theanets: Any, patches: Patches) -> None:
    """Let each method that predicts hand on keywords to the one that all of them ask.

    In theanets 0.7.3 most of them take none.
    """
    predictors = {
        theanets.graph.Network: ['score'],
        theanets.Autoencoder: ['encode', 'score'],
        theanets.Classifier: ['predict', 'classify', 'predict_proba', 'predict_logit', 'score']}
    for cls, names in predictors.items():
        for name in names:
            method = vars(cls)[name]
            if not _takes_keywords(method):
                patches.attribute(cls, name, _handing_on(method))
    patches.attribute(theanets.graph.Network, 'feed_forward',
                      _handed_on(theanets.graph.Network.feed_forward))
    patches.attribute(theanets.Autoencoder, 'decode', _decode(theanets))


def _takes_keywords(method: Callable[..., Any]) -> bool:
    return any(p.kind is p.VAR_KEYWORD for p in inspect.signature(method).parameters.values())


def _handing_on(method: Callable[..., Any]) -> Callable[..., Any]:
    own = inspect.signature(method).parameters

    @functools.wraps(method)
    def predict(self: Any, *args: Any, **kwargs: Any) -> Any:
        more = {name: kwargs.pop(name) for name in list(kwargs) if name not in own}
        if not more:
            return method(self, *args, **kwargs)
        with _held(self, more):
            return method(self, *args, **kwargs)
    return predict


@contextlib.contextmanager
def _held(net: Any, kwargs: dict[str, Any]) -> Iterator[None]:
    """Keywords for a net's next predictions."""
    outer = vars(net).get('_handed_on', {})
    net._handed_on = dict(outer, **kwargs)
    try:
        yield
    finally:
        net._handed_on = outer


def _handed_on(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def feed_forward(self: Any, x: Any, **kwargs: Any) -> Any:
        return method(self, x, **dict(vars(self).get('_handed_on', {}), **kwargs))
    return feed_forward


def _decode(theanets: Any) -> Callable[..., Any]:
    """theanets' own keeps one function for each layer, whatever its graph is."""
    original = theanets.Autoencoder.decode

    @functools.wraps(original)
    def decode(self: Any, z: Any, layer: Any = None, **kwargs: Any) -> Any:
        regularizers = theanets.regularizers.from_kwargs(self, **kwargs)
        name = self._find_output(layer)
        key = 'decode', name, self._hash(regularizers)
        if key not in self._functions:
            outputs, updates = self.build_graph(regularizers)
            self._functions[key] = theanets.graph.theano.function(
                [outputs[name]], outputs[output_name(self.layers[-1])], updates=updates)
        return self._functions[key](z)
    return decode
