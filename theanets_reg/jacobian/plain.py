"""The function that a graph computes, without what is said of its training.

A clipped gradient (``grad_clip``) and one that scan truncates say what a step of
training shall do, not what the function is: both are taken out of what is
differentiated. So are the covers of composite ops, which hide a graph of
ordinary ones. What else overrides a gradient (``disconnected_grad``, an op's own
method) is the user's word about the function, and stays.
"""

from .. import engine as engines

__all__ = ['plain']


def plain(variables):
    """The same variables, computed by ordinary ops with whole gradients.

    Parameters
    ----------
    variables : list of variables

    Returns
    -------
    variables : list of variables
        Those that need no change are themselves.
    """
    if not variables:
        return []
    engine, new = engines.of(*variables), {}
    for variable in engines.ancestors(variables):
        node = variable.owner
        if node is None or variable in new:
            continue
        given = [new.get(v, v) for v in node.inputs]
        made = _made(engine, node, given)
        if made is not None:
            new.update(zip(node.outputs, _named(node.outputs, made)))
    return [new.get(v, v) for v in variables]


def _made(engine, node, given):
    """What stands for the outputs of a node, or None for these themselves."""
    kind = engine.kind(node)
    if kind == 'grad_clip':
        return given[:1]
    if kind == 'scan':
        op = engine.whole_loop(node.op, plain)
        if op is not None:
            return op.make_node(*given).outputs
    inner = engine.composite(node)
    if inner is not None:
        return _put_in(*inner, given=given)
    if any(v is not old for v, old in zip(given, node.inputs)):
        return node.clone_with_new_inputs(given, strict=False).outputs
    return None


def _put_in(inputs, outputs, given):
    """A composite op's own graph, on what was given to it."""
    return plain(engines.replace(outputs, dict(zip(inputs, given))))


def _named(old, new):
    """New variables, with the names of the old ones where they have none."""
    for before, after in zip(old, new):
        if after.name is None and after.owner is not None:
            after.name = before.name
    return new
