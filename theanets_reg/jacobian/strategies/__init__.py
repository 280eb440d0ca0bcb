"""The ways to the norms of a Jacobian, one a file."""

from .base import BUDGET, Strategy, Way
from .columns import Columns
from .narrow import Narrow
from .over_time import OverTime
from .row_by_row import RowByRow
from .rows import ClosedForm, Rows
from .whole_graph import Literal, Nothing
from .workspace import Workspace

__all__ = ['BUDGET', 'ClosedForm', 'Columns', 'Literal', 'Narrow', 'Nothing', 'OverTime',
           'RowByRow', 'Rows', 'Strategy', 'Way', 'Workspace']
