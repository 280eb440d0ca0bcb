"""theanets with our regularizers behind its keywords."""

from __future__ import annotations

from types import ModuleType

from .compat import theanets as compat
from .nets import graphs, keywords, penalties, prediction, pretraining, randomness, reports
from .nets.patches import Patches

__all__ = ['install', 'uninstall']

_patches = Patches()


def install() -> ModuleType:
    """Import theanets and put our regularizers behind its keywords.

    All that trains or predicts then takes ``contractive=``, ``recurrent_norm=`` and
    the others as :func:`theanets_reg.from_kwargs` does, besides all that it took
    before. The classes of the same names in ``theanets.regularizers`` are replaced,
    too. Training reports each penalty by its keyword, as the formula gives it, without
    its weight, next to ``loss`` and ``err``; ``net.penalties(X, contractive=1.)`` tells
    it without training. What is mended besides is in ``docs/theanets.md``. A second
    call changes nothing; :func:`uninstall` takes everything back.

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
    if _patches:
        return theanets
    try:
        for module in (graphs, keywords, randomness, reports, prediction, penalties,
                       pretraining):
            module.put(theanets, _patches)
    except BaseException:
        uninstall()
        raise
    return theanets


def uninstall() -> None:
    """Give theanets its own regularizers back; does nothing if they are there."""
    _patches.take_back()
