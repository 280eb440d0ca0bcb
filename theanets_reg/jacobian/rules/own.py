"""Rules for ops of somebody's own."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Callable

from ... import backends, messages
from ..batch import Batch
from ..linear_maps import LinearMap
from ..size import Size
from .promises import PROMISES
from .registry import SORTS, forget, register

if TYPE_CHECKING:
    from ...backends.types import Node, Variable
    from ..batching import Site
    from ..independence import Proof
    from ..sizes import Sizes

__all__ = ['register_op']

# What each sort of rule is given, and what it returns.
_GIVEN = {'batch axis': '(proof, node, output)', 'size': '(sizes, node, output, axis)',
          'batching': '(site)'}


def register_op(op: type, like: str | None = None, batch_axis: Callable[..., Any] | None = None,
                size: Callable[..., Any] | None = None,
                batching: Callable[..., Any] | None = None) -> None:
    """Say what an op of your own does to the examples.

    Without it an op that is not known ends the proof that examples are independent,
    and the literal Jacobian is computed. If the gradient of an op is made with
    another op of your own, register that too. An op that is registered again gets the
    new rules in place of the old ones.

    Parameters
    ----------
    op : type
        A subclass of Theano's or PyTensor's ``Op``. Classes made from it are not meant.
    like : str, optional
        What it promises. Its inputs and outputs are arrays.

        * ``'elementwise'``: each element of the outputs is made of the elements at the
          same place of the inputs, broadcast along axes whose types say size one.
        * ``'linear elementwise'``: that and, while the others are held, linear
          in each input that a cotangent or a tangent comes in by: the gradient g · f'(x) of
          an elementwise op. What is known of the form of the rows is kept, so that
          the closed form for one layer is found.
        * ``'along last axis'``: each vector along the last axis is made of those at the
          same place of the inputs, all of one length, as in a softmax.
        * ``'over last axis'``: the same for one number in place of a vector, as in a sum.
        * ``'each example'``: the first axis of all inputs and outputs is that of the
          examples, and each is made of its own.
    batch_axis : callable, optional
        A rule of your own in place of the promised one: a function of (proof, node,
        output) that returns a ``Batch``, where the examples are in this output:
        ``proof.batch[v]`` is where they are in an input v that depends on the
        input of the graph. It may return None, where no gradient goes through, or raise
        ``Unproven(node, 'mixes examples')``.
    size : callable, optional
        A function of (sizes, node, output, axis) that returns the ``Size`` of that axis,
        such as ``sizes.axis(node.inputs[0], axis)``, or None where it is not known.
    batching : callable, optional
        For an op that stands in gradients: a function of a ``Site``, an apply node and
        what its inputs became in a graph that is linear in one of them, that returns a
        list with a ``LinearMap`` for each output. Many rows stand on a new first axis:
        ``site.result(op(site.only(0).full()))``. It may raise ``Unsupported``.
        The names are in `theanets_reg.jacobian.rules`.

    Raises
    ------
    TypeError
        If `op` is no class of ops, `like` no string, or a rule is no function of as
        many arguments; and, where it is used, if one returns something else.
    ValueError
        If `like` is none of the promises.

    Examples
    --------
    >>> register_op(Softsign, like='elementwise')
    >>> register_op(SoftsignGrad, like='linear elementwise')
    >>> print(explain(Softsign()(TT.dot(x, W)), x))
    an unnamed ... by x: closed form, because ...
    """
    rules = dict(_promised(like))
    given = dict(zip(SORTS, (batch_axis, size, batching)))
    for what, rule in given.items():
        if rule is not None:
            rules[what] = _checked(what, rule)
    if not rules:
        raise TypeError('register_op: nothing was told of {!r}; expected like= one of {}, or '
                        'a rule'.format(op, messages.listed(PROMISES)))
    backends.add_op(op)
    forget(op)
    for what, rule in rules.items():
        register(what, (op, ), rule)


def _promised(like: Any) -> dict[str, Callable[..., Any]]:
    """The rules that a promise stands for."""
    if like is None:
        return {}
    if not isinstance(like, str):
        raise TypeError('register_op: like is {}; expected one of {}'.format(
            messages.kind_of(like), messages.listed(PROMISES)))
    if like not in PROMISES:
        raise ValueError('register_op: unknown like={!r}; expected one of {}.{}'.format(
            like, messages.listed(PROMISES), messages.nearest(like, PROMISES)))
    return PROMISES[like]


def _checked(what: str, rule: Callable[..., Any]) -> Callable[..., Any]:
    """A rule of somebody's own, with a check of what it is and what it returns."""
    name = what.replace(' ', '_')
    expected = 'expected a function of {}'.format(_GIVEN[what])
    if not callable(rule) or isinstance(rule, type):
        raise TypeError('register_op: {} is {}; {}'.format(
            name, messages.kind_of(rule), expected))
    arguments = _GIVEN[what].strip('()').split(', ')
    try:
        inspect.signature(rule).bind(*arguments)
    except TypeError as error:
        raise TypeError('register_op: {} {!r} can\'t be called with {}: {}; {}'.format(
            name, rule, _GIVEN[what], error, expected)) from None

    def checked(*given: Any) -> Any:
        return _CHECKS[what](name, rule(*given), *given)
    return checked


def _a_batch(name: str, made: Any, proof: Proof, node: Node, output: Variable) -> Batch | None:
    return _of_type(name, made, (Batch, type(None)), 'a Batch or None', node)


def _a_size(name: str, made: Any, sizes: Sizes, node: Node, output: Variable,
            axis: int) -> Size | None:
    return _of_type(name, made, (Size, type(None)), 'a Size or None', node)


def _maps(name: str, made: Any, site: Site) -> list[LinearMap]:
    count = len(site.node.outputs)
    right = isinstance(made, list) and len(made) == count and all(
        isinstance(m, LinearMap) for m in made)
    if not right:
        raise TypeError('register_op: the rule {} of {} returned {}; expected a list of {} '
                        'LinearMap, such as site.result(array) makes'.format(
                            name, site.node.op, messages.kind_of(made), count))
    return made


def _of_type(name: str, made: Any, types: tuple[type, ...], expected: str, node: Node) -> Any:
    if not isinstance(made, types):
        raise TypeError('register_op: the rule {} of {} returned {}; expected {}'.format(
            name, node.op, messages.kind_of(made), expected))
    return made


_CHECKS: dict[str, Any] = {'batch axis': _a_batch, 'size': _a_size, 'batching': _maps}
