"""Theano's loop in Python, without a look at every number of its results.

Before a step it lends the body the places of the results, and afterwards asks whether
the body has used them, or has left a result elsewhere, to be copied. It compares
``array.data``, and with it all the numbers, which takes longer than many a step. The loop
that Theano compiles, up to Python 3.10, does so too.
"""

from __future__ import annotations

from typing import Any

from .source import rewritten

__all__ = ['mend']

_ADDRESS = "{}.__array_interface__['data'][0]"


def mend(scan_op: Any) -> None:
    """Let addresses be compared.

    Nothing is changed where the text is another one: it is right, and only slow.

    Parameters
    ----------
    scan_op : module
        That of the class ``Scan``.
    """
    loop = rewritten(scan_op, scan_op.Scan.execute, [
        ('_data[idx] = var.data\n', '_data[idx] = {}\n'.format(_ADDRESS.format('var'))),
        ('(new_var.data == old_data)', '({} == old_data)'.format(_ADDRESS.format('new_var'))),
    ], everywhere=True)
    if loop is not None:
        scan_op.Scan.execute = loop
