"""A good loop where there are too many stops to try every one: take some out, fill up, shorten.

Large neighbourhood search (Shaw 1998) on the orienteering problem. In each round some stops that
lie together are taken out of the loop, what fits is put in where it costs least for its value, and
the order is made shorter where it was touched (2-opt, and moving one to three stops, among each
stop's nearest); a slightly worse loop is accepted now and then, more seldom towards the end.

How long it goes on is counted in work, a little less than the time it may take is enough for: the
same question then has the same answer, on every machine that is not too slow or too busy for it.
The clock is looked at after every step, and ends the search wherever it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from geodata.planning._arrays import Bools, Floats, Integers

Path = list[int]

WORK_PER_S: Final = 850_000.0
"""Work a second, in microseconds on the machine where this was measured: a seventh less than what
it manages, so that one that is as much slower, or as busy, still gives the same answer."""

LONGEST_S: Final = 60.0
"""Longer than this is not searched."""

ROUND_US: Final = 80.0
TABLE_CELL_US: Final = 0.008
STEP_US: Final = 45.0
STEP_PLACE_US: Final = 0.04
TURN_US: Final = 14.0
TURN_PLACE_US: Final = 0.05
"""What a round, putting in a stop, and looking round a stop for a shorter order cost."""

LATE: Final = 0.1
"""How far the clock may be ahead of the work, as a share of the time, until it sets the pace."""

NEAREST: Final = 8
"""So many of the nearest are tried beside each stop for a shorter order."""

NEAR_GAPS: Final = 16
"""On a long path a stop is put in beside one of so many of its nearest."""

NEAR_OUT: Final = 100
"""Stops that lie together are taken out from among so many of the nearest."""

POWERS: Final = (1.0, 1.0, 1.5, 2.0)
"""How much more than in proportion value counts against cost, by chance."""

RACE: Final = ((12, 0.25), (4, 0.5), (2, 0.7), (1, 1.0))
"""How many loops are gone on with, the best of those before, and until which share of all is done.
The first ones are begun anew each: one alone stays too often with the stops that it began with."""

NOISE: Final = 0.8
"""How much chance there is in what a try begins with, as the deviation of the values' logarithm."""

MOST_OUT: Final = 15
"""How many stops a round takes out at most."""

WIDELY: Final = 0.06
"""How often it may be half of them: to get to another part of the town."""

WORSE: Final = 0.3
"""How much worse an accepted loop may be at the beginning, in stops of usual value."""

SLACK_WORTH: Final = 0.3
"""What unused budget is worth, as a share of the best loop's value for its cost."""

_EPSILON: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Ways:
    """The question, of places of which the first is the start and the last the end.

    Parameters
    ----------
    travel, into : ndarray of float, shape (m, m)
        From a place to another, and to a place from another. What breaks the budget by itself is
        all alike.
    near : ndarray of int
        For each place the nearest others, the nearest first.
    stay : ndarray of float
        At each place; nought at the first and the last.
    must : ndarray of bool
        Which places have to be visited.
    budget : float
        What the whole may cost.
    value : ndarray of float
        Of each place; the first's and the last's are nought.
    shared : ndarray of bool
        Places that at most half of those on the path may be of; required ones count for neither.
    """

    travel: Floats
    into: Floats
    near: Integers
    stay: Floats
    must: Bools
    budget: float
    value: Floats
    shared: Bools

    @classmethod
    def of(cls, travel: Floats, stay: Floats, must: Bools, budget: float) -> Ways:
        """Return the question without values."""
        into = np.ascontiguousarray(travel.T)
        near = _nearest(travel + into)
        return cls(travel, into, near, stay, must, budget, np.zeros(len(stay)), must & False)

    def cost(self, path: Path) -> float:
        """Return what a path costs."""
        at = np.array(path)
        return float(self.travel[at[:-1], at[1:]].sum() + self.stay[at].sum())


class Clock:
    """How long may be searched; it begins when it is made.

    Parameters
    ----------
    limit_s : float
        In seconds, also what the work is measured by.
    left_s : float or None
        In seconds, where something has taken of it already.
    """

    def __init__(self, limit_s: float, left_s: float | None = None) -> None:
        self.limit_s = min(limit_s, LONGEST_S)
        self.kept = True
        """Whether nothing had to be left out for want of time."""
        self._begun = time.perf_counter()
        self._left_s = self.limit_s if left_s is None else min(left_s, self.limit_s)

    def gone(self) -> float:
        """Return which share of the time is gone."""
        passed = time.perf_counter() - self._begun
        return passed / self._left_s if passed < self._left_s else 1.0

    def part(self, share: float) -> Clock:
        """Begin a part of the time, in which what is left of it may be short."""
        left = self._left_s - (time.perf_counter() - self._begun)
        return Clock(share * self.limit_s, max(left, 0.0))


@dataclass(slots=True)
class _Run:
    """One loop on its way to a better one, the best on that way, and what that is worth."""

    current: Path
    best: Path
    marks: tuple[float, float]


class Search:
    """The search, with its random numbers and the work that is left.

    Parameters
    ----------
    ways : Ways
        The question.
    fits : callable
        Whether a path keeps within the budget, to the last bit.
    seed : int
        Of the random numbers.
    clock : Clock
        How long it may take; as long as the machine keeps up, the work decides.
    """

    def __init__(
        self,
        ways: Ways,
        fits: Callable[[Path], bool],
        seed: int,
        clock: Clock,
    ) -> None:
        self.ways = ways
        self._fits = fits
        self._required = int(ways.must.sum())
        self.random = np.random.default_rng(seed)
        self._into = ways.into
        self._crooked = not np.array_equal(ways.into, ways.travel)
        self._rows = [memoryview(row) for row in ways.travel]
        self._near = ways.near
        self._beside = ways.near[:, :NEAREST].tolist()
        self._place = [-1] * len(ways.near)
        # A stop too many of the shared ones costs as much as the most valuable: none is worth it.
        balance = np.where(ways.shared, 1.0, -1.0)
        balance[ways.must] = balance[0] = balance[-1] = 0.0
        self._balance = balance if ways.shared.any() else None
        self._fine = float(ways.value.max())
        self._clock = clock
        self._work = 0.0
        self._all_work = WORK_PER_S * clock.limit_s

    # --- how much is left -----------------------------------------------------------------------

    def _over(self) -> bool:
        return self._work >= self._all_work or self._clock.gone() >= 1

    def _done(self) -> float:
        """Return which share is done: the work's, or the clock's where that is far ahead."""
        gone = self._clock.gone()
        return 1.0 if gone >= 1 else max(self._work / self._all_work, gone - LATE)

    def keeps(self, path: Path) -> bool:
        """Tell whether a path has all required stops, as one given up may not, and fits."""
        return int(self.ways.must[path].sum()) == self._required and self._fits(path)

    # --- what is asked --------------------------------------------------------------------------

    def shortest_with_required(self, until: float) -> Path:
        """Return a path past the required stops only: one within the budget, if it is found.

        Parameters
        ----------
        until : float
            The share of all that may be done by then.

        Returns
        -------
        list of int
            The path, the shortest there was if none keeps within the budget.
        """
        nothing = np.zeros(len(self.ways.value))
        best = self._tidied([0, len(nothing) - 1], nothing, [])
        cost = self.ways.cost(best)
        current, now = best, cost
        while not self.keeps(best) and self._done() < until:
            self._work += ROUND_US
            loose, touched, _ = self._thinned(current)
            path = self._tidied(loose, nothing, touched)
            length = self.ways.cost(path)
            if length < now * (1 + 0.01 * self.random.random() * (1 - self._done())):
                current, now = path, length
            if length < cost and not self._over():
                best, cost = path, length
        return best

    def best(self, start: Path) -> Path:
        """Return the best path that is found, from one that keeps within the budget.

        Parameters
        ----------
        start : list of int
            Such a path; the required stops are on it.

        Returns
        -------
        list of int
            A path within the budget that is no worse.
        """
        gains = self.ways.value > 0
        gains[start] = False
        if not gains.any():
            return start
        runs: list[_Run] = []
        for count, until in RACE:
            begin = self._done()
            del runs[count:]
            for number in range(count):
                if number == len(runs):
                    if self._done() >= until:
                        break
                    runs.append(self._begun_anew(start, number))
                self._go_on(runs[number], begin + (until - begin) * (number + 1) / count)
            runs.sort(key=lambda run: run.marks, reverse=True)
        return max((start, *(run.best for run in runs)), key=self._marks)

    def _begun_anew(self, start: Path, number: int) -> _Run:
        """Begin with a stop taken by chance, the more valuable the likelier, and fill up.

        The first one begins with what is best by proportion, whatever chance says.
        """
        weight = self.ways.value.copy()
        path = start
        if number:
            weight *= np.exp(self.random.normal(0.0, NOISE, len(weight)))
            chance = self.ways.value / self.ways.value.sum()
            stop = int(self.random.choice(len(weight), p=chance))
            past = self._shortened([*start[:-1], stop, start[-1]], [stop])
            if stop not in start and self.keeps(past):
                path = past
        path = self._tidied(path, self._weighed(weight), [])
        # Rounding may have let it slip over the budget.
        best = path if self.keeps(path) else start
        return _Run(path, best, self._marks(best))

    def _go_on(self, run: _Run, until: float) -> None:
        """Search on until so much is done, as a share of all."""
        budget = self.ways.budget
        now = self._marks(run.current)
        rate = SLACK_WORTH * run.marks[0] / budget if budget else 0.0
        usual = run.marks[0] / max(len(run.best) - 2, 1)
        while (done := self._done()) < until:
            worse = WORSE * usual * self.random.random() * (1 - done)
            candidate = self._round(run.current)
            found = self._marks(candidate)
            if found[1] < -budget * _EPSILON:
                continue
            if found[0] + rate * found[1] >= now[0] + rate * now[1] - worse:
                run.current, now = candidate, found
            if found > run.marks and self.keeps(candidate):
                run.best, run.marks = candidate, found
                if self._balance is None and len(run.best) == len(self.ways.value):
                    self._work = self._all_work

    def _marks(self, path: Path) -> tuple[float, float]:
        """Return what a path is worth, less for shared stops too many, and what it leaves over."""
        at = np.array(path)
        worth = float(self.ways.value[at].sum())
        if self._balance is not None:
            worth -= self._fine * max(0.0, float(self._balance[at].sum()))
        return worth, self.ways.budget - self.ways.cost(path)

    def _weighed(self, weight: Floats) -> Floats:
        """Return weights that leave room for stops that aren't shared, more or less by chance."""
        if self._balance is not None:
            weight[self.ways.shared] *= max(0.0, self.random.uniform(-0.5, 1.0))
        return weight

    def _round(self, path: Path) -> Path:
        self._work += ROUND_US
        random = self.random
        thinner, touched, out = self._thinned(path)
        weight = self.ways.value ** POWERS[random.integers(len(POWERS))]
        weight = self._weighed(weight * np.exp(random.normal(0.0, 0.3, len(weight))))
        barred = random.random()
        if barred < 0.25:
            weight[out] = 0.0
        elif barred < 0.6:
            weight[random.permutation(out)[: len(out) // 3]] = 0.0
        return self._tidied(thinner, weight, touched)

    def _tidied(self, path: Path, weight: Floats, touched: list[int]) -> Path:
        """Fill up, shorten, and fill up again what that has saved."""
        path, put = self._filled(path, weight)
        shorter = self._shortened(path, touched + put)
        if shorter is path:
            return path
        path, put = self._filled(shorter, weight)
        return self._shortened(path, put) if put else path

    def _thinned(self, path: Path) -> tuple[Path, list[int], Integers]:
        """Take out some stops: those in a row, those near each other, or any.

        Returns what is left, the places beside those taken out, and those.
        """
        random, inner = self.random, np.array(path[1:-1], dtype=np.intp)
        if not len(inner):
            return path, [], inner
        widely = random.random() < WIDELY
        most = max(2, len(inner) // 2 if widely else min(len(inner) + 1, MOST_OUT))
        count = min(int(random.integers(1, most)), len(inner))
        kind = random.random()
        if kind < 0.5:
            first = int(random.integers(0, len(inner) - count + 1))
            out = inner[first : first + count]
            return (
                path[: first + 1] + path[first + 1 + count :],
                [path[first], path[first + 1 + count]],
                out,
            )
        marked = np.zeros(len(self.ways.value), dtype=np.bool_)
        if kind < 0.8:
            marked[inner] = True
            near = self._near[inner[random.integers(len(inner))]]
            out = near[marked[near]][:count]
            marked[inner] = False
        else:
            out = random.permutation(inner)[:count]
        marked[out] = True
        gone = marked[path]
        at = np.array(path)
        beside = ~gone[:-1] & gone[1:]
        after = gone[:-1] & ~gone[1:]
        touched = [*at[:-1][beside].tolist(), *at[1:][after].tolist()]
        return at[~gone].tolist(), touched, out

    # --- putting in -----------------------------------------------------------------------------

    def _filled(self, path: Path, weight: Floats) -> tuple[Path, list[int]]:
        """Put in the required stops, then as long as any fits the one with most weight for cost.

        For every stop the gap where it costs least is known; putting one in changes that only
        where its gap was the best, or where one of the two new gaps is better.

        Returns the path, and the stops that were put in and the places beside them.
        """
        ways, travel, into, stay = self.ways, self.ways.travel, self._into, self.ways.stay
        weight = weight.copy()
        weight[path] = 0.0
        must = ways.must.copy()
        must[path] = False
        absent = np.flatnonzero((weight > 0) | must)
        if not len(absent):
            return path, []
        missing = int(must.sum())
        gaps = _Gaps(ways.travel, into, self._near, path)
        slack = ways.budget - ways.cost(path)
        least = ways.budget * _EPSILON
        self._work += TABLE_CELL_US * min(len(path), 4 * NEAR_GAPS) * len(absent)
        extra = np.full(len(stay), np.inf)
        gap = np.full(len(stay), -1)
        extra[absent], gap[absent] = gaps.best(absent)
        extra += stay
        touched: list[int] = []
        charge = STEP_US + STEP_PLACE_US * len(stay)
        while not self._over():
            self._work += charge
            if missing:
                stop = int(np.where(must, extra, np.inf).argmin())
                must[stop] = False
                missing -= 1
            else:
                rate = weight / np.maximum(extra, least)
                rate[extra > slack] = 0.0
                stop = int(rate.argmax())
                if rate[stop] <= 0:
                    break
            here = int(gap[stop])
            there = gaps.put(stop, here)
            slack -= float(extra[stop])
            weight[stop], extra[stop], gap[stop] = 0.0, np.inf, -1
            touched += (here, stop, there)
            lost = np.flatnonzero(gap == here)
            if len(lost):
                fresh, where = gaps.best(lost)
                extra[lost] = fresh + stay[lost]
                gap[lost] = where
            for low, high in ((here, stop), (stop, there)):
                one = travel[low] + into[high]
                one += stay
                one -= travel[low, high]
                better = one < extra
                better &= weight > 0 if not missing else must | (weight > 0)
                np.copyto(extra, one, where=better)
                np.copyto(gap, low, where=better)
        return (gaps.path(path[0]) if touched else path), touched

    # --- a shorter order ------------------------------------------------------------------------

    def _shortened(self, path: Path, touched: list[int]) -> Path:
        """Turn parts round and move one to three stops, as long as that makes the path shorter.

        Only changes at places that were touched are tried, and then at those that these touch.
        Returns the path itself where there is no shorter one.
        """
        if len(path) < 4 or not touched:
            return path
        enough = -_EPSILON * self.ways.budget
        place, order = self._place, list(path)
        for at, stop in enumerate(order):
            place[stop] = at
        turned = self._turned(order)
        waiting = dict.fromkeys(touched)
        changed = False
        charge = TURN_US + TURN_PLACE_US * len(path)
        while waiting and not self._over():
            self._work += charge
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
            if self._crooked:
                turned = self._turned(order)
            waiting[stop] = None
            waiting.update(dict.fromkeys(ends))
        for stop in path:
            place[stop] = -1
        return order if changed else path

    def _turned(self, order: Path) -> list[float]:
        """Return up to each place how much longer the way back is than the way there."""
        if not self._crooked:
            return [0.0] * len(order)
        at = np.array(order)
        ahead, back = self.ways.travel[at[:-1], at[1:]], self._into[at[:-1], at[1:]]
        return [0.0, *np.cumsum(back - ahead).tolist()]

    def _turn(
        self, order: Path, stop: int, turned: list[float], enough: float
    ) -> tuple[int, int, Path, tuple[int, ...]] | None:
        """Return a part of the path to turn round, if one next to a stop makes it shorter."""
        rows, place, final = self._rows, self._place, len(order) - 1
        at, row = place[stop], rows[stop]
        # The step after the stop changes for one after another place, or those before both do.
        for shift in (0, -1):
            if not 0 <= at + shift < final:
                continue
            step = rows[order[at + shift]][order[at + shift + 1]]
            for other in self._beside[stop]:
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

    def _move(
        self, order: Path, stop: int, turned: list[float], enough: float
    ) -> tuple[int, int, Path, tuple[int, ...]] | None:
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
    ) -> tuple[int, int, Path, tuple[int, ...]] | None:
        """Return where a part lies shorter, with the stop at its one end beside a near place."""
        rows, place, row = self._rows, self._place, self._rows[stop]
        before, begin, end, after = order[first - 1], order[first], order[last], order[last + 1]
        saved = rows[before][begin] + rows[end][after] - rows[before][after]
        if saved <= -enough:
            return None
        tail = begin if stop == end else end
        for other in self._beside[stop]:
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


def _moved(
    order: Path, first: int, last: int, to: int, *, turn: bool
) -> tuple[int, int, Path, tuple[int, ...]]:
    """Return the part of a path that changes when some stops come before another place."""
    moved = order[first : last + 1]
    ends = (order[first - 1], moved[0], moved[-1], order[last + 1], order[to - 1], order[to])
    if turn:
        moved.reverse()
    if to <= first:
        return to, last + 1, moved + order[to:first], ends
    return first, to, order[last + 1 : to] + moved, ends


class _Gaps:
    """The gaps of a path: where a stop can be put in, and what that costs."""

    def __init__(self, travel: Floats, into: Floats, near: Integers, path: Path) -> None:
        at = np.array(path)
        self._travel, self._into, self._near = travel, into, near
        self._on = np.zeros(len(travel), dtype=np.bool_)
        self._on[at] = True
        self._next = np.full(len(travel), -1)
        self._last = np.full(len(travel), -1)
        self._next[at[:-1]] = at[1:]
        self._last[at[1:]] = at[:-1]
        self._steps = np.full(len(travel), np.inf)
        self._steps[at[:-1]] = travel[at[:-1], at[1:]]
        self._count = len(path)

    def put(self, stop: int, here: int) -> int:
        """Put a stop in after a place; return the place after it."""
        there = int(self._next[here])
        self._next[here], self._next[stop] = stop, there
        self._last[there], self._last[stop] = stop, here
        self._steps[here], self._steps[stop] = self._travel[here, stop], self._travel[stop, there]
        self._on[stop] = True
        self._count += 1
        return there

    def path(self, start: int) -> Path:
        """Return the path."""
        following = self._next.tolist()
        found = [start]
        while (onward := following[found[-1]]) >= 0:
            found.append(onward)
        return found

    def best(self, stops: Integers) -> tuple[Floats, Integers]:
        """Return how much longer the path is with each stop, and after which place.

        Beside the stops' nearest on a long path; where none of them is on it, anywhere.
        """
        if self._count <= 3 * NEAR_GAPS:
            return self._anywhere(stops)
        near = self._near[stops, :NEAR_GAPS]
        flat = stops[:, None]
        to, by = self._into[flat, near], self._travel[flat, near]
        ahead = to + self._travel[flat, self._next[near]] - self._steps[near]
        last = self._last[near]
        behind = by + self._into[flat, last] - self._steps[last]
        on = self._on[near]
        ahead[~on] = np.inf
        behind[~on | (last < 0)] = np.inf
        both = np.concatenate((ahead, behind), axis=1)
        which = both.argmin(axis=1)
        every = np.arange(len(stops))
        cost = both[every, which]
        gap = np.concatenate((near, last), axis=1)[every, which]
        alone = np.flatnonzero(~np.isfinite(cost))
        if len(alone):
            cost[alone], gap[alone] = self._anywhere(stops[alone])
        return cost, gap

    def _anywhere(self, stops: Integers) -> tuple[Floats, Integers]:
        before = np.flatnonzero(self._next >= 0)
        detour = self._into[stops].take(before, axis=1)
        detour += self._travel[stops].take(self._next[before], axis=1)
        detour -= self._steps[before]
        which = detour.argmin(axis=1)
        return detour[np.arange(len(stops)), which], before[which]


def _nearest(apart: Floats) -> Integers:
    """Return for each place the others, the nearest first."""
    count = min(NEAR_OUT, len(apart) - 1)
    own = apart.copy()
    np.fill_diagonal(own, np.inf)
    near = np.argpartition(own, count - 1, axis=1)[:, :count]
    by_length = np.take_along_axis(own, near, axis=1).argsort(axis=1, kind="stable")
    return np.take_along_axis(near, by_length, axis=1)
