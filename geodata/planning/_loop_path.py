"""A path among many places: what each stop off it would add, and a shorter order of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import numpy as np

from geodata.planning._arrays import Bools, Floats, Integers

Path = list[int]

NEAREST: Final = 8
"""So many of the nearest are tried beside each stop for a shorter order."""

NEAR_OUT: Final = 100
"""Stops that lie together are looked for among so many of the nearest."""

EPSILON: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Ways:
    """The question, of places of which the first is the start and the last the end."""

    travel: Floats
    into: Floats
    must: Bools
    budget: float
    value: Floats
    shared: Bools
    _near: dict[int, Integers] = field(default_factory=dict)
    _beside: dict[int, Path] = field(default_factory=dict)

    @classmethod
    def of(cls, travel: Floats, stay: Floats, must: Bools, budget: float) -> Ways:
        """Return the question without values; the first's and the last's stay are nought."""
        travel = travel + np.add.outer(stay / 2, stay / 2)
        crooked = not np.array_equal(travel, travel.T)
        into = np.ascontiguousarray(travel.T) if crooked else travel
        return cls(travel, into, must, budget, np.zeros(len(stay)), must & False)

    @property
    def crooked(self) -> bool:
        """Whether a way back may be another than the way there."""
        return self.into is not self.travel

    @property
    def least(self) -> float:
        """The least that anything counts as costing."""
        return self.budget * EPSILON or 1.0

    def cost(self, path: Path) -> float:
        """Return what a path costs."""
        at = np.array(path)
        return float(self.travel[at[:-1], at[1:]].sum())

    def near(self, place: int) -> Integers:
        """Return the nearest others, there and back, the nearest first."""
        found = self._near.get(place)
        if found is None:
            apart = self.travel[place] + self.into[place]
            apart[place] = np.inf
            count = min(NEAR_OUT, len(apart) - 1)
            nearest = np.argpartition(apart, count - 1)[:count]
            found = self._near[place] = nearest[apart[nearest].argsort(kind="stable")]
        return found

    def beside(self, place: int) -> Path:
        """Return a few of the nearest others."""
        found = self._beside.get(place)
        if found is None:
            found = self._beside[place] = self.near(place)[:NEAREST].tolist()
        return found


class Walk:
    """A path, and for every stop off it what it adds where it costs least to put in.

    A stop whose gap is gone keeps what it was known to add: that is now the least it can, for the
    other gaps were no better and new ones are looked at when they come. It is reckoned anew when
    the stop would be chosen.
    """

    __slots__ = ("_gap", "_known", "_next", "cost", "extra", "path", "ways")

    def __init__(self, ways: Ways, path: Path) -> None:
        count = len(ways.value)
        self.ways, self.path, self.cost = ways, path, ways.cost(path)
        self._next = np.full(count, -1)
        self._next[path[:-1]] = path[1:]
        self._gap = np.full(count, -1)
        self._known = np.zeros(count, dtype=np.bool_)
        self.extra = np.full(count, np.inf)
        """What each stop adds; less than anything for those on the path."""
        self.extra[path] = -np.inf
        for low, high in pairwise(path):
            self._look(low, high)

    def copy(self) -> Walk:
        """Return the same path, to be changed."""
        other = object.__new__(Walk)
        other.ways, other.path, other.cost = self.ways, self.path, self.cost
        other._next, other._gap = self._next.copy(), self._gap.copy()
        other._known, other.extra = self._known.copy(), self.extra.copy()
        return other

    def off(self, stops: Integers) -> Integers:
        """Return those of some stops that are not on the path."""
        return stops[self.extra[stops] > -np.inf]

    def _look(self, low: int, high: int) -> None:
        """Tell every stop off the path of a new gap."""
        longer = self.ways.travel[low] + self.ways.into[high]
        longer -= self.ways.travel[low, high]
        better = longer < self.extra
        self.extra[better] = longer[better]
        self._gap[better] = low
        self._known[better] = True

    def _reckon(self, stops: Integers) -> None:
        """Try stops in every gap."""
        before = np.flatnonzero(self._next >= 0)
        after = self._next[before]
        detour = self.ways.into[stops].take(before, axis=1)
        detour += self.ways.travel[stops].take(after, axis=1)
        detour -= self.ways.travel[before, after]
        which = detour.argmin(axis=1)
        self.extra[stops] = detour[np.arange(len(stops)), which]
        self._gap[stops] = before[which]
        self._known[stops] = True

    def chosen(self, weight: Floats, slack: float) -> int:
        """Return the stop of most weight for what it adds, -1 where none fits."""
        while True:
            rate = weight / np.maximum(self.extra, self.ways.least)
            rate[self.extra > slack] = 0.0
            stop = int(rate.argmax())
            if rate[stop] <= 0:
                return -1
            if self._known[stop]:
                return stop
            self._reckon(np.array([stop]))

    def put(self, stop: int) -> tuple[int, int, int]:
        """Put a stop in where it costs least; return it between those beside it."""
        here = int(self._gap[stop])
        there = int(self._next[here])
        self._next[here], self._next[stop] = stop, there
        self.cost += float(self.extra[stop])
        self.extra[stop] = -np.inf
        self._known[self._gap == here] = False
        self._look(here, stop)
        self._look(stop, there)
        return here, stop, there

    def joined(self) -> None:
        """Write the path down anew after stops have been put in."""
        following = self._next.tolist()
        found = [self.path[0]]
        while (onward := following[found[-1]]) >= 0:
            found.append(onward)
        self.path = found

    def without(self, out: Integers) -> Path:
        """Take stops out; return the places beside them."""
        at = np.array(self.path)
        marked = np.zeros(len(self._next), dtype=np.bool_)
        marked[out] = True
        gone = marked[at]
        beside = (gone[1:] & ~gone[:-1], gone[:-1] & ~gone[1:])
        self.follow(at[~gone].tolist())
        self._reckon(out)
        return [*at[:-1][beside[0]].tolist(), *at[1:][beside[1]].tolist()]

    def follow(self, path: Path) -> None:
        """Go another way past the same stops, or some of them."""
        old, self._next = self._next, np.full(len(self._next), -1)
        at = np.array(path)
        low, high = at[:-1], at[1:]
        self._next[low] = high
        self.path, self.cost = path, float(self.ways.travel[low, high].sum())
        fresh = old[low] != high
        lost = self._next[self._gap] != old[self._gap]
        if not self.ways.crooked:
            # A gap that is passed the other way round is the same one.
            fresh &= old[high] != low
            back = old[self._gap]
            turned = lost & (self._next[back] == self._gap)
            self._gap[turned] = back[turned]
            lost &= ~turned
        self._known[lost] = False
        for one, other in zip(low[fresh].tolist(), high[fresh].tolist(), strict=True):
            self._look(one, other)
