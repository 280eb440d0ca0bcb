"""The ways to the norms of a Jacobian, one a file."""

from .alone import Alone
from .base import Strategy, Way
from .columns import Columns
from .given_input import GivenInput
from .narrow import Narrow
from .over_time import OverTime
from .row_by_row import RowByRow
from .rows import ClosedForm, Rows
from .whole_graph import Each, Literal, Nothing
from .workspace import Workspace

__all__ = ['Alone', 'ClosedForm', 'Columns', 'Each', 'GivenInput', 'Literal', 'Narrow', 'Nothing',
           'OverTime', 'RowByRow', 'Rows', 'Strategy', 'Way', 'Workspace']
