"""A good loop where there are too many stops to try every one: take some out, fill up, shorten.

Large neighbourhood search (Shaw 1998) on the orienteering problem. In each round some stops that
lie together are taken out of the loop and what fits is put in where it costs least for its value;
or some that lie together are put in, and what is worth least for its cost is taken out until the
loop fits again. Then the order is made shorter where it was touched. A slightly worse loop is
accepted now and then, more seldom towards the end.

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

from geodata.planning._arrays import Floats, Integers
from geodata.planning._loop_path import EPSILON, Path, Shortening, Walk, Ways

WORK_PER_S: Final = 1_000_000.0
"""Work a second, in microseconds where this was measured: about 0.85 s of the processor's time,
so that a machine that is a little slower, or busy, still gives the same answer."""

LONGEST_S: Final = 60.0
"""Longer than this is not searched."""

ROUND_US: Final = 200.0
ROUND_PLACE_US: Final = 0.35
STEP_US: Final = 42.0
STEP_PLACE_US: Final = 0.02
TURN_US: Final = 14.0
TURN_PLACE_US: Final = 0.01
"""What a round, putting in a stop, and looking round a stop for a shorter order cost."""

LATE: Final = 0.1
"""How far the clock may be ahead of the work, as a share of the time, until it sets the pace."""

POWERS: Final = (1.0, 1.0, 1.5, 2.0)
"""How much more than in proportion value counts against cost, by chance."""

RACE: Final = ((12, 0.25), (4, 0.5), (2, 0.7), (1, 1.0))
"""How many loops are gone on with, the best of those before, and until which share of all is done.
The first ones are begun anew each: one alone stays too often with the stops that it began with."""

SAME: Final = 0.8
"""With more than this share of its stops in common with a better one a loop comes last."""

NOISE: Final = 0.8
"""How much chance there is in what a try begins with, as the deviation of the values' logarithm."""

ALIKE: Final = 0.5
"""How often chance is alike for stops that lie together: so that a part of a town comes or goes."""

FORCED: Final = 0.45
"""How often stops are put in whatever goes out for them, instead of some taken out first."""

MOST_IN: Final = 60
"""How many at most are put in so: few mostly, sometimes all of another part of the town."""

ALSO: Final = 0.5
"""How often they are stops that another of the loops has."""

MOST_OUT: Final = 25
"""How many stops a round takes out at most."""

WIDELY: Final = 0.06
"""How often it may be half of them."""

WORSE: Final = 0.3
"""How much worse an accepted loop may be at the beginning, in stops of usual value."""

SLACK_WORTH: Final = 0.3
"""What unused budget is worth, as a share of the best loop's value for its cost."""

NONE: Final[Integers] = np.array([], dtype=np.intp)


class Clock:
    """How long may be searched; it begins when it is made."""

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

    current: Walk
    best: Walk
    marks: tuple[float, float]


class Search:
    """The search, with its random numbers and the work that is left."""

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
        self._shortening = Shortening(ways)
        self._others: list[Path] = []
        # A stop too many of the shared ones costs as much as the most valuable: none is worth it.
        balance = np.where(ways.shared, 1.0, -1.0)
        balance[ways.must] = balance[0] = balance[-1] = 0.0
        self._balance = balance if ways.shared.any() else None
        self._fine = float(ways.value.max())
        self._clock = clock
        self._work = 0.0
        self._all_work = WORK_PER_S * clock.limit_s
        self._round_us = ROUND_US + ROUND_PLACE_US * len(ways.value)
        self._step_us = STEP_US + STEP_PLACE_US * len(ways.value)

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
        """Return a path past the required stops only: one within the budget, if it is found."""
        nothing = np.zeros(len(self.ways.value))
        current = Walk(self.ways, [0, len(nothing) - 1])
        self._tidy(current, nothing, [])
        best = current
        while not self.keeps(best.path) and self._done() < until:
            walk, touched, _ = self._thinned(current)
            self._tidy(walk, nothing, touched)
            if walk.cost < current.cost * (1 + 0.01 * self.random.random() * (1 - self._done())):
                current = walk
            if walk.cost < best.cost and not self._over():
                best = walk
        return best.path

    def best(self, start: Path) -> Path:
        """Return the best path that is found, from one that keeps within the budget."""
        begin = Walk(self.ways, start)
        if not (self.ways.value[begin.extra > -np.inf] > 0).any():
            return start
        runs: list[_Run] = []
        for count, until in RACE:
            done = self._done()
            self._others = [run.best.path for run in runs]
            runs = _different(runs)[:count]
            for number in range(count):
                if number == len(runs):
                    if self._done() >= until:
                        break
                    runs.append(self._begun_anew(begin, number))
                self._go_on(runs[number], done + (until - done) * (number + 1) / count)
        return max((run.best for run in runs), key=self._marks, default=begin).path

    def _begun_anew(self, begin: Walk, number: int) -> _Run:
        """Begin with all stops, or with one by chance, the more valuable the likelier.

        Of all, what is worth least for its cost goes out again until it fits. The first one begins
        with what is best by proportion, whatever chance says.
        """
        value, forced = self.ways.value.copy(), NONE
        if number:
            forced = np.flatnonzero(value > 0)
            if number % 2:
                forced = self.random.choice(len(value), 1, p=value / value.sum())
            value *= self._chance(NOISE)
        walk = begin.copy()
        self._tidy(walk, self._weighed(value), [], forced)
        # What was given up does not fit, and rounding may have let it slip over the budget.
        walk = walk if self.keeps(walk.path) else begin
        return _Run(walk, walk, self._marks(walk))

    def _go_on(self, run: _Run, until: float) -> None:
        """Search on until so much is done, as a share of all."""
        budget = self.ways.budget
        now = self._marks(run.current)
        rate = SLACK_WORTH * run.marks[0] / budget if budget else 0.0
        usual = run.marks[0] / max(len(run.best.path) - 2, 1)
        while (done := self._done()) < until:
            worse = WORSE * usual * self.random.random() * (1 - done)
            candidate = self._round(run.current)
            found = self._marks(candidate)
            if found[1] < -budget * EPSILON:
                continue
            if found[0] + rate * found[1] >= now[0] + rate * now[1] - worse:
                run.current, now = candidate, found
            if found > run.marks and self.keeps(candidate.path):
                run.best, run.marks = candidate, found
                if self._balance is None and len(run.best.path) == len(self.ways.value):
                    self._work = self._all_work

    def _marks(self, walk: Walk) -> tuple[float, float]:
        """Return what a path is worth, less for shared stops too many, and what it leaves over."""
        at = np.array(walk.path)
        worth = float(self.ways.value[at].sum())
        if self._balance is not None:
            worth -= self._fine * max(0.0, float(self._balance[at].sum()))
        return worth, self.ways.budget - walk.cost

    def _weighed(self, weight: Floats) -> Floats:
        """Return weights that leave room for stops that aren't shared, more or less by chance."""
        if self._balance is not None:
            weight[self.ways.shared] *= max(0.0, self.random.uniform(-0.5, 1.0))
        return weight

    def _chance(self, deviation: float) -> Floats:
        """Return factors by chance, half of the time alike for stops that lie together."""
        count = len(self.ways.value)
        if self.random.random() >= ALIKE:
            return np.exp(self.random.normal(0.0, deviation, count))
        away = self.ways.travel[self.random.integers(count, size=3)]
        drawn = self.random.normal(0.0, 1.0, 3) @ np.minimum(away, self.ways.budget)
        factors: Floats = np.exp((drawn - drawn.mean()) * (deviation / (drawn.std() or 1.0)))
        return factors

    def _round(self, current: Walk) -> Walk:
        """Put in stops that lie together, whatever goes out for them, or take out some."""
        random = self.random
        weight = self.ways.value ** POWERS[random.integers(len(POWERS))]
        weight = self._weighed(weight * self._chance(0.3))
        absent = current.off(np.flatnonzero(weight))
        if len(absent) and random.random() < FORCED:
            walk = current.copy()
            self._work += self._round_us
            if self._others and random.random() < ALSO:
                other = walk.off(np.array(self._others[random.integers(len(self._others))]))
                absent = other if len(other) else absent
            stop = int(absent[random.integers(len(absent))])
            near = np.append(stop, self.ways.near(stop))
            near = near[np.isin(near, absent)][: int(MOST_IN ** random.random())]
            self._tidy(walk, weight, [], near)
            return walk
        walk, touched, out = self._thinned(current)
        barred = random.random()
        if barred < 0.25:
            weight[out] = 0.0
        elif barred < 0.6:
            weight[random.permutation(out)[: len(out) // 3]] = 0.0
        self._tidy(walk, weight, touched)
        return walk

    def _thinned(self, current: Walk) -> tuple[Walk, Path, Integers]:
        """Take out some stops: those in a row, those near each other, or any.

        Returns what is left, the places beside those taken out, and those.
        """
        self._work += self._round_us
        walk = current.copy()
        random, inner = self.random, np.array(walk.path[1:-1], dtype=np.intp)
        if not len(inner):
            return walk, [], inner
        widely = random.random() < WIDELY
        most = max(2, len(inner) // 2 if widely else min(len(inner) + 1, MOST_OUT))
        count = min(int(random.integers(1, most)), len(inner))
        kind = random.random()
        if kind < 0.5:
            first = int(random.integers(0, len(inner) - count + 1))
            out = inner[first : first + count]
        elif kind < 0.8:
            near = self.ways.near(int(inner[random.integers(len(inner))]))
            out = near[np.isin(near, inner)][:count]
        else:
            out = random.permutation(inner)[:count]
        return walk, walk.without(out), out

    # --- putting in, taking out, and a shorter order ---------------------------------------------

    def _tidy(self, walk: Walk, weight: Floats, touched: Path, forced: Integers = NONE) -> None:
        """Fill up and shorten; if it costs too much take out, or else fill up what is saved."""
        shorter = self._shorten(walk, touched + self._fill(walk, weight, forced))
        if walk.cost > self.ways.budget:
            self._shorten(walk, self._trim(walk, weight))
        elif not shorter:
            return
        if put := self._fill(walk, weight):
            self._shorten(walk, put)

    def _fill(self, walk: Walk, weight: Floats, forced: Integers = NONE) -> Path:
        """Put in the required stops, then as long as any fits the one with most weight for cost.

        Returns the stops that were put in and the places beside them.
        """
        first = self.ways.must.astype(np.float64)
        first[forced] = 1.0
        weight = weight.copy()
        weight[walk.path] = first[walk.path] = 0.0
        missing = int(first.sum())
        touched: Path = []
        while not self._over():
            self._work += self._step_us
            if missing:
                stop = walk.chosen(first, np.inf)
            else:
                stop = walk.chosen(weight, self.ways.budget - walk.cost)
            if stop < 0:
                break
            missing -= int(first[stop])
            weight[stop] = first[stop] = 0.0
            touched += walk.put(stop)
        if touched:
            walk.joined()
        return touched

    def _trim(self, walk: Walk, weight: Floats) -> Path:
        """Take out what has least weight for its cost until the path fits; required stops stay.

        Returns the places beside those taken out.
        """
        travel, at, cost = self.ways.travel, np.array(walk.path), walk.cost
        out: Path = []
        while cost > self.ways.budget and len(at) > 2 and not self._over():
            self._work += self._step_us / 2
            before, here, after = at[:-2], at[1:-1], at[2:]
            saved = travel[before, here] + travel[here, after] - travel[before, after]
            loss = weight[here] / np.maximum(saved, self.ways.least)
            loss[self.ways.must[here]] = np.inf
            which = int(loss.argmin())
            if np.isinf(loss[which]):
                break
            cost -= float(saved[which])
            out.append(int(here[which]))
            at = np.delete(at, which + 1)
        return walk.without(np.array(out)) if out else []

    def _shorten(self, walk: Walk, touched: Path) -> bool:
        """Make the order shorter at places that were touched; tell whether it could be done."""
        charge = TURN_US + TURN_PLACE_US * len(walk.path)

        def late() -> bool:
            self._work += charge
            return self._over()

        order = self._shortening.order(walk.path, touched, late)
        if order is walk.path:
            return False
        walk.follow(order)
        return True


def _different(runs: list[_Run]) -> list[_Run]:
    """Put the best first, and last those that are much like a better one."""
    found: list[_Run] = []
    alike: list[_Run] = []
    for run in sorted(runs, key=lambda run: run.marks, reverse=True):
        stops = set(run.best.path)
        shared = (len(stops.intersection(other.best.path)) for other in found)
        (alike if any(count > SAME * len(stops) for count in shared) else found).append(run)
    return found + alike
