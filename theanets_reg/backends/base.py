"""What the library needs of a symbolic package, all of it declared here."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Callable

from .arrays import Arrays
from .derivatives import Derivatives
from .kinds import Kinds
from .nodes import Nodes

if TYPE_CHECKING:
    from .types import Variable

__all__ = ['Backend']


def _needed(doc: str) -> Any:
    """An attribute that the class for a package has to have."""
    return property(abc.abstractmethod(lambda self: None), doc=doc)


class Backend(Kinds, Nodes, Derivatives, Arrays):
    """What the library needs of a symbolic package, under one set of names.

    A package is one subclass, which has all that is abstract here. Python makes no
    instance of a class that lacks some of it. What both packages have alike is in
    the bases, a file for each: the kinds of ops, what nodes say of themselves,
    derivatives, arrays.
    """

    name = _needed("The package: ``'theano'`` or ``'pytensor'``.")
    tensor = _needed('Module: ``theano.tensor`` or its counterpart.')
    config = _needed("The package's settings.")
    none = _needed('What ``return_disconnected`` calls the wish for None where there is no '
                   'gradient.')
    package_grad = _needed('Callable: the gradient of a scalar; :meth:`grad` goes through it.')
    package_jacobian = _needed('Callable: the literal Jacobian of a vector; :meth:`jacobian` '
                               'goes through it.')
    disconnected_grad = _needed('Callable: a variable as it is, with no gradient through it.')
    disconnected_type = _needed('Type of the gradient by what an output does not depend on.')
    batched_dot = _needed('Callable: a product of matrices for each place on the first axis.')
    random_stream = _needed('Callable: a new stream of symbolic draws, from an integer seed.')
    shared = _needed('Callable: a new shared variable, from a value.')
    Assert = _needed('Type of the op that checks a condition when it runs.')
    Constant = _needed('Type of the leaves that hold a value which can never change.')
    SharedVariable = _needed('Type of the leaves that hold a value which can be set.')
    TensorType = _needed('Type of the types of dense arrays.')
    OpFromGraph = _needed('Type of the ops that are made of a graph.')

    @abc.abstractmethod
    def package_scan(self, step: Callable[..., Any], **kwargs: Any) -> tuple[Any, Any]:
        """The package's loop; :meth:`scan` goes through it.

        Returns
        -------
        outputs : variable or list of variables
        updates : dict of shared variable -> variable
        """

    @abc.abstractmethod
    def fix_broadcast(self, variable: Variable, pattern: Sequence[bool]) -> Variable:
        """`variable`, known to have size one where `pattern` is true.

        Parameters
        ----------
        variable : variable
        pattern : sequence of bool
            One for each axis.
        """

    @abc.abstractmethod
    def uniform(self, stream: Any, size: Any) -> Variable:
        """Draws between 0 and 1.

        Parameters
        ----------
        stream : random stream
        size : tuple of integer scalars
        """
