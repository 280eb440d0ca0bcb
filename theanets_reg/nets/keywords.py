"""theanets' keywords, ours among them, to regularizers."""

from __future__ import annotations

import contextlib
import functools
import numbers
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Callable

from .. import messages
from ..regularizers import keywords
from ..regularizers.base import Regularizer
from ..regularizers.contractive import Contractive
from ..regularizers.hidden import HiddenL1
from ..regularizers.noise import BernoulliDropout, GaussianNoise
from ..regularizers.noise_keywords import NAMES
from ..regularizers.recurrent import RecurrentNorm, RecurrentState
from ..regularizers.weight_norms import WeightL1, WeightL2
from .graphs import reader
from .randomness import for_graph

if TYPE_CHECKING:
    from .patches import Patches

__all__ = ['known', 'put', 'remember', 'same_again']

#: The base class is registered, too, and does nothing: ``regularizer=`` is a slip.
_BASE = 'regularizer'


def put(theanets: Any, patches: Patches) -> None:
    """Put our classes and our function into the module ``theanets.regularizers``."""
    module = theanets.regularizers
    base, registry = module.Regularizer, module.Regularizer._registry
    original = module.from_kwargs

    @functools.wraps(original)
    def from_kwargs(graph: Any, **kwargs: Any) -> list[Any]:
        made = _made_before(graph, kwargs)
        if made is not None:
            return made
        if 'rng' in kwargs:
            kwargs['rng'] = for_graph(graph, kwargs['rng'])
        theirs, kwargs = _instances(base, kwargs)
        regularizers, rest = keywords.split(kwargs, graph=graph)
        keywords.warn_near_misses(rest, known(theanets))
        return theirs + regularizers + list(original(
            graph, **{name: value for name, value in rest.items() if name.lower() != _BASE}))

    for cls in (BernoulliDropout, Contractive, GaussianNoise, HiddenL1, RecurrentNorm,
                RecurrentState, WeightL1, WeightL2):
        patches.entry(vars(module), cls.__name__, cls)
    for key, cls in Regularizer._registry.items():
        patches.entry(registry, key, cls)
    patches.entry(vars(module), 'from_kwargs', from_kwargs)
    _count_ours_among_theirs(base, patches)
    _let_numbers_be_weights(base, patches)


def known(theanets: Any) -> set[str]:
    """The keywords that stand for regularizers."""
    return {*theanets.regularizers.Regularizer._registry, *NAMES, 'regularizers',
            'rng'} - {_BASE}


def _instances(base: Any, kwargs: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Instances of theanets' own classes that are a keyword's value, and the rest."""
    names = [name for name, value in kwargs.items()
             if _is_theirs(base, value) and (base.is_registered(name) or name in NAMES)]
    return [kwargs[name] for name in names], {
        name: value for name, value in kwargs.items() if name not in names}


def _is_theirs(base: Any, value: object) -> bool:
    return base in type(value).__mro__


def _count_ours_among_theirs(base: Any, patches: Patches) -> None:
    """Our regularizers are instances of theanets' base class, too."""
    def __instancecheck__(cls: Any, instance: Any) -> bool:
        return type.__instancecheck__(cls, instance) or (
            cls is base and isinstance(instance, Regularizer))

    def __subclasscheck__(cls: Any, other: Any) -> bool:
        return type.__subclasscheck__(cls, other) or (
            cls is base and issubclass(other, Regularizer))

    patches.attribute(type(base), '__instancecheck__', __instancecheck__)
    patches.attribute(type(base), '__subclasscheck__', __subclasscheck__)


def _let_numbers_be_weights(base: Any, patches: Patches) -> None:
    """``Regularizer.build('weight_l2', 0.01)``, which theanets takes for a pattern."""
    original = type(base).build

    @functools.wraps(original)
    def build(cls: Any, key: str, *args: Any, **kwargs: Any) -> Any:
        number = args and isinstance(args[0], numbers.Real) and 'weight' not in kwargs
        if number and cls is base and issubclass(cls.get_class(key), Regularizer):
            messages.warn('build({0!r}, {1!r}): the first argument of a regularizer is its '
                          'pattern; {1!r} is taken for its weight, write weight={1!r}'.format(
                              key, args[0]))
            args, kwargs = args[1:], dict(kwargs, weight=args[0])
        return original(cls, key, *args, **kwargs)

    patches.attribute(type(base), 'build', build)


def remember(net: Any, kwargs: dict[str, Any], regularizers: list[Any]) -> None:
    """Keep the regularizers of a loss for what else its training asks for."""
    net._made = reader(net).pairs(kwargs), regularizers


def _made_before(net: Any, kwargs: dict[str, Any]) -> list[Any] | None:
    made = getattr(net, '_made_again', None)
    if made is None or made[0] != reader(net).pairs(kwargs):
        return None
    return list(made[1])


def same_again(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method of networks that uses the regularizers of the last loss.

    A trainer asks for a network's loss, updates and monitors, each time with the same
    keywords: they must be of one graph, and nothing is computed twice.
    """
    @functools.wraps(method)
    def of_the_loss(self: Any, **kwargs: Any) -> Any:
        with _reused(self):
            return method(self, **kwargs)
    return of_the_loss


@contextlib.contextmanager
def _reused(net: Any) -> Iterator[None]:
    outer = vars(net).get('_made_again')
    net._made_again = vars(net).get('_made')
    try:
        yield
    finally:
        net._made_again = outer
