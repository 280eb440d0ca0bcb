"""What to say where a package finds no derivative."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

__all__ = ['no_derivative']

# A loop that draws from a generator which is no array. What the packages say of it.
_DRAWS_WITHIN = 'Depends on a shared variable', 'Depends on an untraced variable'


@contextlib.contextmanager
def no_derivative(package: str) -> Iterator[None]:
    """Say what to do where `package` finds no derivative.

    An op may have none, or fail in making it, with any error there is.

    Raises
    ------
    ValueError, RecursionError
    """
    try:
        yield
    except MemoryError:
        raise
    except RecursionError as error:
        raise RecursionError(
            'squared_norms: the gradient of {} recurses over the graph, deeper than Python '
            'lets it; raise the limit first, as in sys.setrecursionlimit(10000)'.format(
                package)) from error
    except Exception as error:
        raise ValueError('squared_norms: {} finds no derivative. It says: {} ({}). {}'.format(
            package, error, type(error).__name__, _advice(str(error)))) from error


def _advice(said: str) -> str:
    if any(reason in said for reason in _DRAWS_WITHIN):
        return ('A loop that draws from a generator inside of its steps has none: draw '
                'in front of the loop, and give the loop the draws as a sequence')
    return ('Build the graph from ops that have derivatives, or take what needs none '
            'out of it with disconnected_grad')
