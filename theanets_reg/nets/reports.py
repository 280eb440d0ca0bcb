"""Networks report each penalty while they train."""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .. import backends
from ..regularizers import weights
from ..regularizers.base import Regularizer, logger
from . import keywords
from .inputs import with_inputs

if TYPE_CHECKING:
    from ..backends.types import Variable
    from .patches import Patches

__all__ = ['numbered', 'put']


def put(theanets: Any, patches: Patches) -> None:
    """Let networks report each penalty while they train.

    What a loss was made of is kept, so that the monitors show the same variables.
    """
    cls, module = theanets.graph.Network, theanets.regularizers
    loss_without, monitors_without = cls.loss, cls.monitors

    @functools.wraps(loss_without)
    def loss(self: Any, **kwargs: Any) -> Variable:
        kept = [_kept(r, self) for r in module.from_kwargs(self, **kwargs)]
        keywords.remember(self, kwargs, kept)
        if self._hash(kept) in self._graphs:
            # theanets logs regularizers where it builds a graph, which others share.
            for regularizer in kept:
                regularizer.log()
        return loss_without(self, regularizers=kept)

    @functools.wraps(monitors_without)
    def monitors(self: Any, **kwargs: Any) -> list[Any]:
        kept = [_kept(r, self) for r in module.from_kwargs(self, **kwargs)]
        outputs, _ = self.build_graph(kept)
        return monitors_without(self, **kwargs) + [
            (name, expr) for name, expr in (
                (name, r.loss.reported(self.layers, outputs))
                for name, r in numbered(r for r in kept if _is_penalty(r)))
            if backends.is_symbolic(expr)]

    patches.attribute(cls, 'loss', loss)
    patches.attribute(cls, 'monitors', keywords.same_again(monitors))
    patches.attribute(cls, 'updates', keywords.same_again(cls.updates))
    patches.attribute(theanets.Classifier, 'monitors',
                      keywords.same_again(theanets.Classifier.monitors))


def _is_penalty(regularizer: Any) -> bool:
    return isinstance(regularizer, Regularizer) and \
        type(regularizer).loss is not Regularizer.loss


def numbered(regularizers: Iterable[Any]) -> list[tuple[str, Any]]:
    """(keyword, regularizer) pairs; a keyword's second regularizer gets a number."""
    counts: dict[str, int] = {}
    pairs = []
    for regularizer in regularizers:
        key = _key(regularizer)
        counts[key] = counts.get(key, 0) + 1
        pairs.append((key if counts[key] == 1 else '{}:{}'.format(key, counts[key]),
                      regularizer))
    return pairs


def _key(regularizer: Any) -> str:
    """The keyword that a regularizer goes by; theanets' own classes only list theirs."""
    if isinstance(regularizer, Regularizer):
        return regularizer.key
    cls = type(regularizer)
    return [*vars(cls).get('__extra_registration_keys__', ()), cls.__name__.lower()][0]


def _kept(regularizer: Any, net: Any) -> Any:
    """A copy of `regularizer` that keeps its loss, if it is one of ours."""
    if not isinstance(regularizer, Regularizer) or \
            isinstance(vars(regularizer).get('loss'), _Reported):
        return regularizer
    reading = with_inputs(regularizer, net)
    kept: Any = copy.copy(reading)
    # Not computed where theanets would multiply it by a plain 0.
    kept.loss = _Nothing(reading) if weights.is_zero(reading.weight) else _Kept(reading)
    return kept


class _Reported(object):
    """The loss of a regularizer in a training."""

    def __init__(self, regularizer: Any) -> None:
        self.regularizer = regularizer


class _Kept(_Reported):
    """A loss that is made once for each graph."""

    def __init__(self, regularizer: Any) -> None:
        super().__init__(regularizer)
        self.made: list[tuple[Mapping[str, Variable], Variable]] = []

    def __call__(self, layers: Sequence[Any], outputs: Mapping[str, Variable]) -> Variable:
        for known, expr in self.made:
            if known is outputs:
                return expr
        self.made.append((outputs, self.regularizer.loss(layers, outputs)))
        return self.made[-1][1]

    def reported(self, layers: Sequence[Any], outputs: Mapping[str, Variable]) -> Variable:
        """What to report."""
        return self(layers, outputs)


class _Nothing(_Reported):
    """The loss of a regularizer whose weight is 0: reported, but not added."""

    def __call__(self, layers: Sequence[Any], outputs: Mapping[str, Variable]) -> Variable:
        return 0.

    def reported(self, layers: Sequence[Any], outputs: Mapping[str, Variable]) -> Variable:
        """What to report, or None where that can't be built.

        A weight of 0 must not stop a training, as in a search over weights.
        """
        try:
            return self.regularizer.loss(layers, outputs)
        except Exception as error:
            logger.info('%s has the weight 0 and is not reported: %s',
                        self.regularizer.key, error)
            return None
