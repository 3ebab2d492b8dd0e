"""A path among many places: what each stop off it would add, and a shorter order of it."""

from __future__ import annotations

from collections.abc import Callable
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


FEW: Final = 600
"""Up to so many places ways are kept as lists too: they answer sooner, in four times the room."""

Change = tuple[int, int, Path, tuple[int, ...]]
"""From where to where a path changes, what stands there then, and the places beside the changes."""


class Shortening:
    """Looks for shorter orders of paths."""

    def __init__(self, ways: Ways) -> None:
        self.ways = ways
        few = len(ways.value) <= FEW
        self._rows = ways.travel.tolist() if few else [memoryview(row) for row in ways.travel]
        self._place = [-1] * len(ways.value)

    def order(self, path: Path, touched: Path, late: Callable[[], bool]) -> Path:
        """Return a shorter order, the path itself where there is none."""
        if len(path) < 4 or not touched:
            return path
        enough = -EPSILON * self.ways.budget
        place, order = self._place, list(path)
        for at, stop in enumerate(order):
            place[stop] = at
        turned = self._turned(order)
        waiting = dict.fromkeys(touched)
        changed = False
        while waiting and not late():
            stop, _ = waiting.popitem()
            move = self._turn(order, stop, turned, enough) or self._move(
                order, stop, turned, enough
            )
            if move is None:
                continue
            changed = True
            first, last, part, ends = move
            order[first:last] = part
            for at in range(first, last):
                place[order[at]] = at
            if self.ways.crooked:
                turned = self._turned(order)
            waiting[stop] = None
            waiting.update(dict.fromkeys(ends))
        for stop in path:
            place[stop] = -1
        return order if changed else path

    def _turned(self, order: Path) -> list[float]:
        """Return up to each place how much longer the way back is than the way there."""
        if not self.ways.crooked:
            return [0.0] * len(order)
        at = np.array(order)
        ahead, back = self.ways.travel[at[:-1], at[1:]], self.ways.into[at[:-1], at[1:]]
        return [0.0, *np.cumsum(back - ahead).tolist()]

    def _turn(self, order: Path, stop: int, turned: list[float], enough: float) -> Change | None:
        """Return a part of the path to turn round, if one next to a stop makes it shorter."""
        rows, place, final = self._rows, self._place, len(order) - 1
        at, row = place[stop], rows[stop]
        # The step after the stop changes for one after another place, or those before both do.
        for shift in (0, -1):
            if not 0 <= at + shift < final:
                continue
            step = rows[order[at + shift]][order[at + shift + 1]]
            for other in self.ways.beside(stop):
                if row[other] >= step:
                    break
                to = place[other]
                if not 0 <= to + shift < final:
                    continue
                low, high = (at + shift, to + shift) if at < to else (to + shift, at + shift)
                a, b, e, f = order[low], order[low + 1], order[high], order[high + 1]
                longer = rows[a][e] + rows[b][f] - rows[a][b] - rows[e][f]
                if longer + turned[high] - turned[low + 1] < enough:
                    return low + 1, high + 1, order[low + 1 : high + 1][::-1], (a, b, e, f)
        return None

    def _move(self, order: Path, stop: int, turned: list[float], enough: float) -> Change | None:
        """Return how one to three stops, of which one is given, lie shorter elsewhere."""
        final, at = len(order) - 1, self._place[stop]
        for first, last in ((at, at), (at, at + 1), (at - 1, at), (at, at + 2), (at - 2, at)):
            if first > 0 and last < final:
                move = self._moved_to(order, stop, first, last, turned, enough)
                if move is not None:
                    return move
        return None

    def _moved_to(
        self, order: Path, stop: int, first: int, last: int, turned: list[float], enough: float
    ) -> Change | None:
        """Return where a part lies shorter, with the stop at its one end beside a near place."""
        rows, place, row = self._rows, self._place, self._rows[stop]
        before, begin, end, after = order[first - 1], order[first], order[last], order[last + 1]
        saved = rows[before][begin] + rows[end][after] - rows[before][after]
        if saved <= -enough:
            return None
        tail = begin if stop == end else end
        for other in self.ways.beside(stop):
            if row[other] >= saved:
                return None
            to = place[other]
            if to < 0:
                continue
            # After the other place, the given stop first; or before it, the given stop last.
            for gap in (to, to - 1):
                if not 0 <= gap < len(order) - 1 or first - 1 <= gap <= last:
                    continue
                ahead = gap == to
                leads, follows = (stop, tail) if ahead else (tail, stop)
                here, there = order[gap], order[gap + 1]
                longer = rows[here][leads] + rows[follows][there] - rows[here][there] - saved
                turn = first != last and (stop == end) == ahead
                if turn:
                    longer += turned[last] - turned[first]
                if longer < enough:
                    return _moved(order, first, last, gap + 1, turn=turn)
        return None


def _moved(order: Path, first: int, last: int, to: int, *, turn: bool) -> Change:
    """Return the part of a path that changes when some stops come before another place."""
    moved = order[first : last + 1]
    ends = (order[first - 1], moved[0], moved[-1], order[last + 1], order[to - 1], order[to])
    if turn:
        moved.reverse()
    if to <= first:
        return to, last + 1, moved + order[to:first], ends
    return first, to, order[last + 1 : to] + moved, ends
