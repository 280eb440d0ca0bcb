"""Jacobians at one example as objects: the forms that are cheap to multiply.

Each is a set of rows for each example, one for each cotangent (or tangent) that
is carried: an array ``entry[k, *lead, *units]``. The lead axes, the first of them
that of the examples, are those along which nothing is mixed.

* :class:`Diagonal`: row *k* is zero but for one unit.
* :class:`Scaled`: diagonal · shared matrix · diagonal. What a layer's weights
  make of a diagonal; its norm has a closed form.
* :class:`Dense`: anything.
* :class:`Product`: dense rows times a shared matrix, not yet multiplied.
* :class:`ScaledProduct`: the same of a Scaled map; :class:`Between`: with a diagonal
  behind it.
* :class:`Sum`: terms that don't share a factor.
* :class:`Turned`: one of these for examples that come last, as in ``dot(W, x.T)``.
"""

from .base import WHOLE, LinearMap, Whole
from .between import Between, ScaledProduct
from .dense import Dense, Product
from .diagonal import Diagonal
from .scaled import Scaled
from .sums import Sum, added
from .turned import Turned, permuted, times_from_left

__all__ = ['WHOLE', 'Between', 'Dense', 'Diagonal', 'LinearMap', 'Product', 'Scaled',
           'ScaledProduct', 'Sum', 'Turned', 'Whole', 'added', 'permuted', 'times_from_left']
