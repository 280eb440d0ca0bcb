"""theanets with our regularizers behind its keywords."""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, Callable, cast

from . import backends
from .compat import theanets as compat
from .regularizers import keywords, weights
from .regularizers.base import Regularizer, logger
from .regularizers.contractive import Contractive
from .regularizers.hidden import HiddenL1
from .regularizers.noise import BernoulliDropout, GaussianNoise
from .regularizers.recurrent import RecurrentNorm, RecurrentState
from .regularizers.weight_norms import WeightL1, WeightL2

if TYPE_CHECKING:
    from .backends.types import Variable

__all__ = ['install', 'uninstall']

_undo: list[Callable[[], Any]] = []


def install() -> ModuleType:
    """Import theanets and put our regularizers behind its keywords.

    ``net.train``, ``net.itertrain``, ``net.predict``, ``net.loss`` and
    ``net.feed_forward`` then take ``recurrent_norm=``, ``recurrent_state=``
    and ``contractive=`` as :func:`theanets_reg.from_kwargs` does, besides all
    that they took before. The classes of the same names in
    ``theanets.regularizers`` are replaced, too. Training reports each penalty
    by its keyword, as the formula gives it, without its weight, next to
    ``loss`` and ``err``. A second call changes nothing; :func:`uninstall` takes
    everything back.

    Returns
    -------
    theanets : module

    Raises
    ------
    ImportError
        If theanets or what it needs is not installed.

    Examples
    --------
    >>> theanets = theanets_reg.install()
    >>> net = theanets.Autoencoder([64, (32, 'sigmoid'), 64])
    >>> train, valid = net.train([X], contractive=0.1, max_updates=10)
    >>> 'contractive' in train
    True
    >>> theanets_reg.uninstall()
    """
    theanets = compat.load()
    if _undo:
        return theanets
    try:
        _put_in_place(theanets)
    except BaseException:
        uninstall()
        raise
    return theanets


def uninstall() -> None:
    """Give theanets its own regularizers back; does nothing if they are there."""
    while _undo:
        _undo.pop()()


def _put_in_place(theanets: Any) -> None:
    module = theanets.regularizers
    for cls in (BernoulliDropout, Contractive, GaussianNoise, HiddenL1, RecurrentNorm,
                RecurrentState, WeightL1, WeightL2):
        _replace(vars(module), cls.__name__, cls)
    registry = module.Regularizer._registry
    for key, cls in Regularizer._registry.items():
        _replace(registry, key, cls)
    _replace(vars(module), 'from_kwargs', _from_kwargs(module.from_kwargs))
    _let_classifiers_take_keywords(theanets)
    _share_graphs_among_penalties(theanets)
    _report_penalties(theanets)


def _replace(names: dict[str, Any], name: str, value: Any) -> None:
    if name in names:
        _undo.append(functools.partial(names.__setitem__, name, names[name]))
    else:
        _undo.append(functools.partial(names.__delitem__, name))
    names[name] = value


def _let_classifiers_take_keywords(theanets: Any) -> None:
    """Classifiers of theanets 0.7 predict without keywords, unlike other nets."""
    cls = theanets.Classifier
    original = cls.predict
    if len(inspect.signature(original).parameters) > 2:
        return

    @functools.wraps(original)
    def predict(self: Any, x: Any, **kwargs: Any) -> Any:
        return super(cls, self).predict(x, **kwargs).argmax(axis=-1)

    _replace_method(cls, 'predict', predict)


def _share_graphs_among_penalties(theanets: Any) -> None:
    """Let networks tell their graphs apart by what modifies them.

    Penalties don't: all of them share one graph, and one compiled function that
    predicts, whatever their weights.
    """
    cls = theanets.graph.Network
    idle = Regularizer.modify_graph, theanets.regularizers.Regularizer.modify_graph
    key_of_all = cls._hash

    @functools.wraps(key_of_all)
    def _hash(self: Any, regularizers: Sequence[Any] = ()) -> str:
        return key_of_all(self, [
            r for r in regularizers if getattr(r.modify_graph, '__func__', None) not in idle])

    _replace_method(cls, '_hash', _hash)


def _report_penalties(theanets: Any) -> None:
    """Let networks report each penalty while they train.

    A trainer asks a network for its loss and then for its monitors, each time
    with the keywords: what the loss was made of is kept until then, so that
    the monitors show the same variables and nothing is computed twice.
    """
    cls, module = theanets.graph.Network, theanets.regularizers
    loss_without, monitors_without = cls.loss, cls.monitors

    @functools.wraps(loss_without)
    def loss(self: Any, **kwargs: Any) -> Variable:
        kept = [_kept(r) for r in module.from_kwargs(self, **kwargs)]
        self._penalties = kwargs, kept
        if self._hash(kept) in self._graphs:
            # theanets logs regularizers where it builds a graph, which others share.
            for regularizer in kept:
                regularizer.log()
        return loss_without(self, regularizers=kept)

    @functools.wraps(monitors_without)
    def monitors(self: Any, **kwargs: Any) -> list[Any]:
        given, kept = self.__dict__.pop('_penalties', (None, None))
        if kept is None or not _same(given, kwargs):
            kept = [_kept(r) for r in module.from_kwargs(self, **kwargs)]
        outputs, _ = self.build_graph(kept)
        return monitors_without(self, **kwargs) + _named_penalties(
            kept, self.layers, outputs)

    _replace_method(cls, 'loss', loss)
    _replace_method(cls, 'monitors', monitors)


def _kept(regularizer: Any) -> Any:
    """A copy of `regularizer` that keeps its loss, if it is one of ours.

    Its class and what else theanets tells graphs apart by stay the same.
    """
    if not isinstance(regularizer, Regularizer):
        return regularizer
    kept: Any = copy.copy(regularizer)
    # Not computed where theanets would multiply it by a plain 0.
    kept.loss = _Nothing(regularizer) if weights.is_zero(regularizer.weight) \
        else _Kept(regularizer.loss)
    return kept


class _Kept(object):
    """A regularizer's loss, made once for each graph."""

    def __init__(self, loss: Callable[..., Variable]) -> None:
        self.loss = loss
        self.made: list[tuple[Mapping[str, Variable], Variable]] = []

    def __call__(self, layers: Sequence[Any], outputs: Mapping[str, Variable]) -> Variable:
        for known, expr in self.made:
            if known is outputs:
                return expr
        self.made.append((outputs, self.loss(layers, outputs)))
        return self.made[-1][1]

    def reported(self, layers: Sequence[Any], outputs: Mapping[str, Variable]) -> Variable:
        """What to report."""
        return self(layers, outputs)


class _Nothing(object):
    """The loss of a regularizer whose weight is 0: reported, but not added."""

    def __init__(self, regularizer: Any) -> None:
        self.regularizer = regularizer

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


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return set(one) == set(other) and all(one[key] is other[key] for key in one)


def _named_penalties(regularizers: Any, layers: Sequence[Any],
                     outputs: Mapping[str, Variable]) -> list[tuple[str, Variable]]:
    """(keyword, penalty) pairs; a keyword's second penalty gets a number."""
    found: dict[str, Variable] = {}
    for regularizer in regularizers:
        if isinstance(regularizer, Regularizer) and \
                type(regularizer).loss is not Regularizer.loss:
            name = key = regularizer.key
            while name in found:
                name = '{}:{}'.format(key, 1 + sum(n.split(':')[0] == key for n in found))
            found[name] = cast(Any, regularizer.loss).reported(layers, outputs)
    return [(name, expr) for name, expr in found.items() if backends.is_symbolic(expr)]


def _replace_method(cls: Any, name: str, function: Callable[..., Any]) -> None:
    _undo.append(functools.partial(setattr, cls, name, getattr(cls, name)))
    setattr(cls, name, function)


def _from_kwargs(original: Callable[..., Any]) -> Callable[..., list[Any]]:
    """Our keywords to our classes, all others to theanets."""
    @functools.wraps(original)
    def from_kwargs(graph: Any, **kwargs: Any) -> list[Any]:
        regularizers, rest = keywords.split(kwargs, graph=graph)
        keywords.warn_near_misses(rest)
        return regularizers + list(original(graph, **rest))
    return from_kwargs
