"""The narrowest cut of a graph, by the greatest flow through it.

Each vertex lets through as much as it is wide. The greatest flow from the sources to
the sink is as great as the narrowest set of vertices is wide that all paths go through
(Ford & Fulkerson 1956), and is found along shortest paths (Edmonds & Karp 1972).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

__all__ = ['narrowest']

_START: Any = ('start', None)
_WITHOUT_LIMIT = float('inf')


def narrowest(width: Mapping[Any, int | None], made_of: Mapping[Any, Iterable[Any]],
              sources: Sequence[Hashable], sink: Hashable) -> list[list[Any]]:
    """The sets of vertices of the least width that all paths go through.

    Parameters
    ----------
    width : mapping of vertex -> int or None
        None for what can be in no cut.
    made_of : mapping of vertex -> iterable of vertices
        From where edges lead to each.
    sources : sequence of vertices
        In no cut.
    sink : vertex
        May be the cut.

    Returns
    -------
    cuts : list of lists of vertices
        The one nearest to the sources and the one nearest to the sink; one of them
        if they are the same; none if a path has no limit.
    """
    left = _capacities(width, made_of, sources)
    end = (sink, 'out')
    path = _shortest(left, end)
    while path is not None:
        amount = min(left[a][b] for a, b in path)
        if amount == _WITHOUT_LIMIT:
            return []
        for a, b in path:
            left[a][b] -= amount
            left[b][a] += amount
        path = _shortest(left, end)
    below = _reached(_START, lambda v: (w for w, free in left[v].items() if free))
    above = _reached(end, lambda v: (w for w in left[v] if left[w][v]))
    near = [v for v in width if (v, 'in') in below and (v, 'out') not in below]
    far = [v for v in width if (v, 'in') not in above and (v, 'out') in above]
    return [near] if near == far else [near, far]


def _capacities(width: Mapping[Any, int | None], made_of: Mapping[Any, Iterable[Any]],
                sources: Sequence[Hashable]) -> dict[Any, dict[Any, float]]:
    """What may flow from each end of a vertex to each other, and back: nothing yet."""
    left: dict[Any, dict[Any, float]] = {_START: {}}

    def edge(a: Any, b: Any, amount: float) -> None:
        left.setdefault(a, {})[b] = amount
        left.setdefault(b, {}).setdefault(a, 0)

    for vertex, limit in width.items():
        free = limit is None or vertex in sources
        edge((vertex, 'in'), (vertex, 'out'), _WITHOUT_LIMIT if free else float(limit or 0))
        for source in made_of[vertex]:
            if source in width:
                edge((source, 'out'), (vertex, 'in'), _WITHOUT_LIMIT)
    for vertex in sources:
        edge(_START, (vertex, 'in'), _WITHOUT_LIMIT)
    return left


def _shortest(left: Mapping[Any, Mapping[Any, float]], end: Any) -> list[Any] | None:
    """The edges of a path along which something more may flow."""
    came, queue = {_START: None}, deque([_START])
    while queue and end not in came:
        vertex = queue.popleft()
        for other, free in left[vertex].items():
            if free and other not in came:
                came[other] = vertex
                queue.append(other)
    if end not in came:
        return None
    path = []
    while came[end] is not None:
        path.append((came[end], end))
        end = came[end]
    return path[::-1]


def _reached(start: Any, others: Any) -> set[Any]:
    found, stack = set(), [start]
    while stack:
        vertex = stack.pop()
        if vertex not in found:
            found.add(vertex)
            stack.extend(others(vertex))
    return found
