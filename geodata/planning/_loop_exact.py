"""What is proven of loops: the best among few stops, and what one past many costs at least.

Every set of few stops is tried (Held and Karp 1962). Past many, no loop costs less than the least
tree that joins them, however the ways at each stop are shifted (Held and Karp 1970).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from geodata.planning._arrays import Floats

ASCENTS: Final = 300
"""How often the ways are shifted to find a tree that costs more."""


@dataclass(frozen=True, slots=True)
class Tables:
    """Travel, stays and values as they were given."""

    travel: Floats
    value: Floats
    service: Floats
    start: int
    end: int

    def cost(self, order: tuple[int, ...]) -> float:
        """Add up travel and stays in the order of the walk, and the way to the end."""
        total = float(self.service[order[0]])
        for here, there in pairwise(order):
            total = total + float(self.travel[here, there]) + float(self.service[there])
        return total + float(self.travel[order[-1], self.end])


def best_order(
    tables: Tables,
    stops: tuple[int, ...],
    required: frozenset[int],
    budget: float,
    unlike: frozenset[int] = frozenset(),
) -> tuple[int, ...] | None:
    """Return the loop of most value within the budget; of equals the cheapest, then the first."""
    cost, previous = _reached(tables, stops)
    sets, last = cost.shape
    home = cost + np.append(tables.travel[list(stops), tables.end], 0.0)
    home[:, last - 1] = np.inf
    home[0, last - 1] = cost[0, last - 1] + tables.travel[tables.start, tables.end]
    needed = sum(1 << bit for bit, stop in enumerate(stops) if stop in required)
    allowed = (np.arange(sets) & needed) == needed
    values, shared = np.zeros(sets), np.zeros(sets, dtype=np.int8)
    for bit, stop in enumerate(stops):
        among = (np.arange(sets) >> bit & 1).astype(np.int8)
        # Added in the stops' order, whatever the set: equal sets of values come out equal.
        values += among * tables.value[stop]
        if stop not in required:
            shared += among if stop in unlike else -among
    if unlike:
        allowed &= shared <= 0
    cheapest = home.min(axis=1)
    fits = np.flatnonzero(allowed & (cheapest <= budget))
    if not len(fits):
        return None
    which = int(fits[np.lexsort((cheapest[fits], -values[fits]))[0]])
    return _walked_back(tables.start, stops, which, int(home[which].argmin()), previous)


def _reached(tables: Tables, stops: tuple[int, ...]) -> tuple[Floats, np.ndarray]:
    """Return what it costs at least to have been to each set, ending with each stop of it."""
    count = len(stops)
    travel = tables.travel[np.ix_((*stops, tables.start), stops)]
    service = tables.service[list(stops)]
    cost = np.full((1 << count, count + 1), np.inf)
    cost[0, count] = tables.service[tables.start]
    previous = np.zeros((1 << count, count), dtype=np.int8)
    bits = 1 << np.arange(count)
    for done in range(1 << count):
        onward = cost[done][:, None] + travel
        before = onward.argmin(axis=0)
        arrived = onward[before, np.arange(count)] + service
        for bit in np.flatnonzero(~(done & bits).astype(bool)):
            cost[done | bits[bit], bit] = arrived[bit]
            previous[done | bits[bit], bit] = before[bit]
    return cost, previous


def _walked_back(
    start: int, stops: tuple[int, ...], done: int, last: int, previous: np.ndarray
) -> tuple[int, ...]:
    order: list[int] = []
    while done:
        order.append(stops[last])
        done, last = done & ~(1 << last), int(previous[done, last])
    return (start, *reversed(order))


def least_from(direct: Floats, start: int) -> Floats:
    """Return what the way from a place to each costs at least, past others too."""
    from scipy.sparse.csgraph import csgraph_from_dense, dijkstra

    ways = csgraph_from_dense(np.where(np.eye(len(direct)), np.inf, direct), null_value=np.inf)
    least: Floats = dijkstra(ways, indices=[start])[0]
    return least


def costs_more(
    tables: Tables, stops: tuple[int, ...], budget: float, late: Callable[[], bool]
) -> bool:
    """Tell whether it is proven that no loop past all of some stops keeps to a budget."""
    places = [tables.start, *stops, tables.end]
    ways = tables.travel[np.ix_(places, places)]
    ways = np.minimum(ways, ways.T)
    budget -= float(tables.service[[tables.start, *stops]].sum())
    # From start to end only past the stops.
    ways[0, -1] = ways[-1, 0] = np.inf
    if not np.isfinite(ways[:, 1:-1]).any(axis=1).all():
        return True
    wanted = np.full(len(places), 2.0)
    wanted[[0, -1]] = 1.0
    shift, pace, most = np.zeros(len(places)), 1.5, -np.inf
    for _ in range(ASCENTS):
        if late():
            return False
        cost, ends = _least_tree(ways + shift[:, None] + shift)
        bound = cost - float(shift @ wanted)
        if bound > budget:
            return True
        over = ends - wanted
        if not over.any():
            return False  # a path: this is what the loop costs
        if bound <= most:
            pace *= 0.9
        most = max(most, bound)
        shift += pace * (1.01 * budget - bound) / float(over @ over) * over
    return False


def _least_tree(ways: Floats) -> tuple[float, Floats]:
    """Return what the least tree that joins all places costs, and each place's ends (Prim)."""
    ends = np.zeros(len(ways))
    by, near = np.zeros(len(ways), dtype=np.intp), ways[0].copy()
    outside = np.zeros(len(ways))
    outside[0] = np.inf
    cost = 0.0
    for _ in range(len(ways) - 1):
        stop = int((near + outside).argmin())
        cost += float(near[stop])
        ends[stop] += 1
        ends[by[stop]] += 1
        outside[stop] = np.inf
        nearer = ways[stop] < near
        by[nearer] = stop
        near[nearer] = ways[stop][nearer]
    return cost, ends
