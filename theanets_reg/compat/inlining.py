"""Composite ops put into a graph without copies of what they are computed from.

Theano puts the graph of a composite op in the place of the op by ``theano.clone``, which
copies what the op reads as well, back to the inputs. Where that is used elsewhere it is
there twice from then on, four times after the next such op, and so on: some twenty of
them make hundreds of thousands of nodes, which are merged again for minutes.
"""

from __future__ import annotations

from typing import Any

__all__ = ['mend']


def mend(builders: Any, clone_get_equiv: Any) -> None:
    """Let Theano copy the graph of the composite op alone.

    Parameters
    ----------
    builders : module
        That of the class ``OpFromGraph``.
    clone_get_equiv : callable
        Theano's way to copy a graph between some inputs and outputs.
    """
    def expand(node: Any) -> Any:
        op = node.op
        if not isinstance(op, builders.OpFromGraph) or not op.is_inline:
            return False
        copies = clone_get_equiv(op.local_inputs, op.local_outputs, copy_inputs=False,
                                 copy_orphans=True,
                                 memo=dict(zip(op.local_inputs, node.inputs)))
        return [copies[output] for output in op.local_outputs]

    builders.inline_ofg_expansion.transform = expand
