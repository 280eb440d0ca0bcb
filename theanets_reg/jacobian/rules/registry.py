"""What is known of each op: three rules, registered side by side.

* A *batch-axis rule* says where the examples are in an output of a node, and so
  proves that the op keeps them apart.
* A *size rule* says how large an axis of an output is.
* A *batching rule* says what the op, in a graph that is linear in what is
  carried, makes of many cotangents or tangents at once.
"""

__all__ = ['batch_axis', 'batching', 'register', 'rules_of', 'size']

_RULES = {'batch axis': {}, 'size': {}, 'batching': {}}


def rules_of(what):
    """The rules of one sort: a dict of kind -> rule."""
    return _RULES[what]


def register(what, kinds, rule):
    """Note a rule for some kinds of op; what was there before is replaced."""
    for kind in kinds:
        _RULES[what][kind] = rule
    return rule


def batch_axis(*kinds):
    """Register a function of (proof, node, output) that returns a Batch.

    It may return None, where no gradient goes through, or raise
    :class:`~..errors.Unproven`.
    """
    return lambda rule: register('batch axis', kinds, rule)


def size(*kinds):
    """Register a function of (sizes, node, output, axis) that returns a Size.

    Or None where it is not known.
    """
    return lambda rule: register('size', kinds, rule)


def batching(*kinds):
    """Register a function of a Site that returns a LinearMap for each output.

    It may raise :class:`~..errors.Unsupported`.
    """
    return lambda rule: register('batching', kinds, rule)
