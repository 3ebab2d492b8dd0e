"""The best loop among few stops: every set of them is tried (Held and Karp 1962)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from geodata.planning._arrays import Floats


@dataclass(frozen=True, slots=True)
class Tables:
    """Travel, stays and values as they were given.

    Parameters
    ----------
    travel : ndarray of float, shape (n, n)
        From each place to each.
    value, service : ndarray of float, shape (n,)
        Of each place.
    start, end : int
        Where the loop begins and where it ends.
    """

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
    tables: Tables, stops: tuple[int, ...], required: frozenset[int], budget: float
) -> tuple[int, ...] | None:
    """Return the loop of most value within the budget; of equals the cheapest, then the first.

    Parameters
    ----------
    tables : Tables
        The question.
    stops : tuple of int
        Which stops may be made, the start not among them; every one more takes twice as long.
    required : frozenset of int
        Those of them that have to be.
    budget : float
        What the loop may cost.

    Returns
    -------
    tuple of int or None
        The order, beginning with the start; None if the required stops don't fit.
    """
    cost, previous = _reached(tables, stops)
    sets, last = cost.shape
    home = cost + np.append(tables.travel[list(stops), tables.end], 0.0)
    home[:, last - 1] = np.inf
    home[0, last - 1] = cost[0, last - 1] + tables.travel[tables.start, tables.end]
    needed = sum(1 << bit for bit, stop in enumerate(stops) if stop in required)
    allowed = (np.arange(sets) & needed) == needed
    values = np.zeros(sets)
    for bit, stop in enumerate(stops):
        # Added in the stops' order, whatever the set: equal sets of values come out equal.
        values += np.where(np.arange(sets) >> bit & 1, tables.value[stop], 0.0)
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
