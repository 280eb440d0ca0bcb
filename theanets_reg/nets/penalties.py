"""``net.penalties(X, contractive=1.)``: penalties on data, without training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .. import backends, messages
from ..regularizers.base import Regularizer
from . import keywords
from .graphs import reader
from .inputs import with_inputs
from .reports import numbered

if TYPE_CHECKING:
    from ..backends.types import Variable
    from .patches import Patches

__all__ = ['put']


def put(theanets: Any, patches: Patches) -> None:
    """Give networks the method."""
    def penalties(self: Any, x: Any, **kwargs: Any) -> dict[str, float]:
        """What penalties are on data, without their weights.

        Parameters
        ----------
        x : array or list of arrays
            The input, or all that a batch has in training: inputs, targets, weights.
        **kwargs
            Regularizers, as for ``train``. Noise and dropout modify the graph.

        Returns
        -------
        penalties : dict of str -> float
            Under the names by which training reports them.

        Raises
        ------
        TypeError
            If no penalty is given, or a keyword that is not the name of a regularizer.
        ValueError
            If there are too few arrays.
        """
        made = _made(theanets, self, kwargs)
        pairs = numbered(r for r in made if _has_loss(theanets, r))
        if not pairs:
            raise TypeError('penalties: no penalty was given; expected one as in '
                            'net.penalties(X, contractive=1.)')
        arrays = list(x) if isinstance(x, (list, tuple)) else [x]
        key = 'penalties', len(arrays), self._hash(made), reader(self)(made)
        if key not in self._functions:
            outputs, updates = self.build_graph(made)
            losses = [r.loss(self.layers, outputs) for _, r in pairs]
            self._functions[key] = theanets.graph.theano.function(
                _inputs(self, losses, len(arrays)), losses, updates=updates,
                on_unused_input='ignore')
        values = self._functions[key](*arrays)
        return {name: float(value) for (name, _), value in zip(pairs, values)}

    patches.attribute(theanets.graph.Network, 'penalties', penalties)


def _made(theanets: Any, net: Any, kwargs: dict[str, Any]) -> list[Any]:
    """The regularizers that keywords stand for."""
    names = keywords.known(theanets)
    for name in kwargs:
        if name.lower() not in names:
            raise TypeError('penalties: {!r} is not the name of a regularizer; expected some '
                            'of {}.{}'.format(name, messages.listed(
                                n for n in sorted(names) if not n.startswith('_')),
                                messages.nearest(name, names)))
    given = {name: _weighted(name, value) for name, value in kwargs.items()}
    return [with_inputs(r, net) for r in theanets.regularizers.from_kwargs(net, **given)]


def _weighted(name: str, value: Any) -> Any:
    """A penalty's arguments, with a weight: none is needed where none is used."""
    if isinstance(value, (list, tuple)):
        return [_weighted(name, part) for part in value]
    if not isinstance(value, dict) or not Regularizer.is_registered(name) or \
            Regularizer.get_class(name).loss is Regularizer.loss:
        return value
    return dict({'weight': 1.}, **value)


def _has_loss(theanets: Any, regularizer: Any) -> bool:
    return type(regularizer).loss not in (
        Regularizer.loss, theanets.regularizers.Regularizer.loss)


def _inputs(net: Any, losses: Sequence[Any], count: int) -> list[Variable]:
    """The first `count` variables of a batch, on which losses may depend."""
    variables = list(net.variables)
    symbolic = [loss for loss in losses if backends.is_symbolic(loss)]
    needed = backends.inputs_of(symbolic) if symbolic else []
    missing = [v.name for v in variables[count:] if v in needed]
    if missing or count > len(variables):
        raise ValueError('penalties: {} array{} given; expected {}: give a list of them, as '
                         'to train'.format(count, ' was' if count == 1 else 's were',
                                           messages.listed(v.name for v in variables)))
    return variables[:count]
