"""Squared Frobenius norms of Jacobians, one value per example.

All that finds them is imported when it is first asked for: most of the package, which a
script that only installs the regularizers may never need.
"""

from typing import TYPE_CHECKING

from ..lazy import found_later

__all__ = ['METHODS', 'explain', 'squared_norms', 'register_op', 'check_rng', 'check_samples',
           'examples_first']

if TYPE_CHECKING:
    from .estimate import check_rng, check_samples
    from .layout import examples_first
    from .norms import METHODS, explain, squared_norms
    from .rules import register_op
else:
    __getattr__, __dir__ = found_later(__name__, {
        'METHODS': '.norms', 'explain': '.norms', 'squared_norms': '.norms',
        'register_op': '.rules', 'check_rng': '.estimate', 'check_samples': '.estimate',
        'examples_first': '.layout'})
