"""Derivatives of derivatives through ``scan``, made right.

The gradient of a scan is a scan that adds to the slots of a buffer. In the
gradient of that, what flows back from a slot's new value into its old one is
counted twice. So the gradient of every penalty is wrong in which a cotangent
depends on the states: two recurrent layers, or a nonlinear layer behind one.
It is so in Theano 1.0.5 and in PyTensor 2; version 3 of PyTensor corrected it
(its pull request 1975).

Theano counts the outer variables of a loop where its inner ones are asked for: those
of a buffer that is written at several steps are more. So the second derivative of a
loop that reads its state at two steps back raises a ValueError, or takes one variable
for another.

Theano keeps the state of a random stream as an array of integers. Where a loop
draws, the gradient of its gradient asks for the dtype of that array's gradient,
which has none.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Sequence
from typing import Any

from .source import rewritten

__all__ = ['INNER_OUTPUTS', 'mend', 'mend_integers']

# What flows back into each state that a step reads.
_FLOWS_BACK = '    for dx, dC_dXtm1 in enumerate(dC_dXtm1s):\n'
_BUT_NOT_INTO_WRITTEN = '''\
    written, first = set(), 0
    for idx in range({info}.n_mit_mot):
        taps = {info}.{taps}[idx]
        written.update(first + place for place, tap in enumerate(taps)
                       if tap in {info}.mit_mot_out_slices[idx])
        first += len(taps)
''' + _FLOWS_BACK + '''\
        if dx in written:
            continue
'''

#: Lines of Theano's gradient, and what they have to be. By the first an undefined gradient
#: of one sequence is told once, where the next sequence had zeros for its own.
INNER_OUTPUTS = [
    ("""\
                diff_inputs[_p].shape,
                dtype=theano.config.floatX)

        if through_shared:
""", """\
                diff_inputs[_p].shape,
                dtype=theano.config.floatX)
        elif through_shared:
"""),
    ("idx_nitsot_start = (self.info['n_mit_mot'] +\n",
     'idx_nitsot_start = (self.n_mit_mot_outs +\n'),
    ("""\
            if isinstance(dC_douts[idx].type, DisconnectedType):
                continue
            dC_dXt = safe_new(dC_douts[idx][0])
""", """\
            slopes = dC_douts[idx - self.n_mit_mot_outs + self.n_mit_mot]
            if isinstance(slopes.type, DisconnectedType):
                continue
            dC_dXt = safe_new(slopes[0])
"""),
    ('if isinstance(dC_douts[i].type, DisconnectedType):\n',
     'if isinstance(dC_douts[i - self.n_mit_mot_outs + self.n_mit_mot].type,\n'
     '                          DisconnectedType):\n')]


def mend(scan_op: Any, others: Sequence[tuple[str, str]] = (), **names: str) -> None:
    """Mend the gradient of ``scan``.

    The lines to be changed are in the middle of a method of seven hundred, and all
    around them are local variables: neither a wrapper nor a subclass reaches them, and a
    copy of the method would be one for each version. So its text is changed in these
    places; where one is missing nothing is changed, and a warning says so. Tested with
    Theano 1.0.5 and PyTensor 2.34.0, by the second derivatives of
    ``tests/test_second_derivatives.py``.

    Parameters
    ----------
    scan_op : module
        That of the class ``Scan``.
    others : sequence of (str, str)
        Other lines of its method ``L_op``, and what they have to be.
    info, taps : str
        What its method ``L_op`` calls the description of the loop, and in it the steps
        at which each buffer is read.
    """
    changes = [(_FLOWS_BACK, _BUT_NOT_INTO_WRITTEN.format(**names)), *others]
    mended = rewritten(scan_op, scan_op.Scan.L_op, changes)
    if mended is None:
        package = scan_op.__name__.split('.')[0]
        warnings.warn('the gradient of {0}.scan is of no version that theanets_reg knows, '
                      'and is left as it is: gradients of penalties through two loops '
                      'may be wrong. Install Theano 1.0.5, or PyTensor 3'.format(package),
                      stacklevel=2)
        return
    scan_op.Scan.L_op = mended


def mend_integers(scan_op: Any, gradient: Any, discrete: Collection[str]) -> None:
    """Let undefined gradients of a loop's integers be those of no gradient at all.

    Parameters
    ----------
    scan_op, gradient : modules
        That of the class ``Scan``, and that of the types of gradients that are none.
    discrete : collection of str
        The dtypes that have no gradients.
    """
    original = scan_op.Scan.L_op

    def L_op(self: Any, inputs: Any, outs: Any, dC_douts: Any) -> Any:
        dC_douts = [
            gradient.DisconnectedType()() if isinstance(slope.type, gradient.NullType)
            and getattr(out, 'dtype', None) in discrete else slope
            for out, slope in zip(outs, dC_douts)]
        return original(self, inputs, outs, dC_douts)
    scan_op.Scan.L_op = L_op
