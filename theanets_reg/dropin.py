"""theanets with our regularizers behind its keywords."""

import functools
import inspect

from . import factory
from .base import Regularizer
from .compat import theanets as compat
from .contractive import Contractive
from .recurrent import RecurrentNorm, RecurrentState

__all__ = ['install', 'uninstall']

_undo = []


def install():
    """Import theanets and put our regularizers behind its keywords.

    ``net.train``, ``net.itertrain``, ``net.predict``, ``net.loss`` and
    ``net.feed_forward`` then take ``recurrent_norm=``, ``recurrent_state=``
    and ``contractive=`` as :func:`theanets_reg.from_kwargs` does, besides all
    that they took before. The classes of the same names in
    ``theanets.regularizers`` are replaced, too. A second call changes
    nothing; :func:`uninstall` takes everything back.

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
    >>> net.train([X], contractive=0.1)
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


def uninstall():
    """Give theanets its own regularizers back; does nothing if they are there."""
    while _undo:
        _undo.pop()()


def _put_in_place(theanets):
    module = theanets.regularizers
    for cls in (Contractive, RecurrentNorm, RecurrentState):
        _replace(vars(module), cls.__name__, cls)
    registry = module.Regularizer._registry
    for key, cls in Regularizer._registry.items():
        _replace(registry, key, cls)
    _replace(vars(module), 'from_kwargs', _from_kwargs(module.from_kwargs))
    _let_classifiers_take_keywords(theanets)


def _replace(names, name, value):
    if name in names:
        _undo.append(functools.partial(names.__setitem__, name, names[name]))
    else:
        _undo.append(functools.partial(names.__delitem__, name))
    names[name] = value


def _let_classifiers_take_keywords(theanets):
    """Classifiers of theanets 0.7 predict without keywords, unlike other nets."""
    cls = theanets.Classifier
    original = cls.predict
    if len(inspect.signature(original).parameters) > 2:
        return

    @functools.wraps(original)
    def predict(self, x, **kwargs):
        return super(cls, self).predict(x, **kwargs).argmax(axis=-1)

    _undo.append(functools.partial(setattr, cls, 'predict', original))
    cls.predict = predict


def _from_kwargs(original):
    """Our keywords to our classes, all others to theanets."""
    @functools.wraps(original)
    def from_kwargs(graph, **kwargs):
        regularizers, rest = factory.split(kwargs)
        factory.warn_near_misses(rest)
        return regularizers + list(original(graph, **rest))
    return from_kwargs
