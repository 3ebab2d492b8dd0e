"""A good loop where there are too many stops to try every one: take some out, fill up, shorten.

Large neighbourhood search (Shaw 1998) on the orienteering problem. In each round some stops that
lie together are taken out of the loop, what fits is put in where it costs least for its value, and
the order is made shorter (2-opt, and moving one to three stops); a slightly worse loop is accepted
now and then, more seldom towards the end. How long it goes on is counted in work, not in seconds:
the same question then has the same answer on every machine that is not too slow for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geodata.planning._arrays import Bools, Floats

Path = NDArray[np.intp]

WORK_PER_S: Final = 600_000.0
"""Work a second, in microseconds on the machine where this was measured: three fifths of what it
manages, so that one that is a third slower, or as busy, still gives the same answer."""

LONGEST_S: Final = 60.0
"""Longer than this is not searched."""

ROUND_US: Final = 120.0
STEP_US: Final = 25.0
CELL_US: Final = 0.01
SHORTEN_US: Final = 130.0
SHORTEN_CELL_US: Final = 0.01
"""What a round, putting in a stop and looking for a shorter order cost, by their tables' cells."""

POWERS: Final = (1.0, 1.0, 1.5, 2.0)
"""How much more than in proportion value counts against cost, by chance."""

TRIES: Final = 10
TRIES_SHARE: Final = 0.6
"""How many loops are begun anew, and the share of the work that they take; the rest goes on from
the best of them. One try alone stays too often with the stops that it began with."""

NOISE: Final = 0.5
"""How much chance there is in what a try begins with, as the deviation of the values' logarithm."""

MOST_OUT: Final = 15
"""How many stops a round takes out at most."""

WORSE_SHARE: Final = 0.02
"""How much worse, as a share of the best value, an accepted loop may be at the beginning."""

SLACK_WORTH: Final = 0.3
"""What unused budget is worth, as a share of the best loop's value for its cost."""

_EPSILON: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Ways:
    """The question with the stays laid onto the ways that lead to them.

    Parameters
    ----------
    arc : ndarray of float, shape (m, m)
        From a place to another with the stay there. The first place is the start, the last the end;
        nothing leads to the start or from the end. What breaks the budget by itself is all alike.
    value : ndarray of float
        Of each place; the first's and the last's are nought.
    must : ndarray of bool
        Which places have to be visited.
    budget : float
        What the whole may cost.
    """

    arc: Floats
    value: Floats
    must: Bools
    budget: float

    def cost(self, path: Path) -> float:
        """Return what a path costs."""
        return float(self.arc[path[:-1], path[1:]].sum())

    def worth(self, path: Path) -> float:
        """Return the value of a path's stops."""
        return float(self.value[path].sum())

    @property
    def direct(self) -> Path:
        """The path without any stop."""
        return np.array([0, len(self.arc) - 1])


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
    time_limit_s : float
        How long it may take, in seconds; as long as the machine keeps up, the work decides.
    """

    def __init__(
        self, ways: Ways, fits: Callable[[Path], bool], seed: int, time_limit_s: float
    ) -> None:
        self.ways = ways
        self.fits = fits
        self.random = np.random.default_rng(seed)
        self._into = np.ascontiguousarray(ways.arc.T)
        self._near = np.argsort(ways.arc + ways.arc.T, axis=1, kind="stable")
        self._work = self._all_work = WORK_PER_S * min(time_limit_s, LONGEST_S)
        self._until = time.monotonic() + time_limit_s

    def shortest_with_required(self) -> Path:
        """Return a path past the required stops only: one within the budget, if it is found.

        Returns
        -------
        ndarray of int
            The path, the shortest there was if none keeps within the budget.
        """
        path = self._shortened(self._filled(self.ways.direct, np.zeros(len(self.ways.arc))))
        best, cost = path, self.ways.cost(path)
        for _ in range(200):
            if self.fits(best) or time.monotonic() >= self._until:
                break
            loose, _ = self._thinned(best)
            path = self._shortened(self._filled(loose, np.zeros(len(self.ways.arc))))
            if self.ways.cost(path) < cost:
                best, cost = path, self.ways.cost(path)
        return best

    def best(self, start: Path) -> Path:
        """Return the best path that is found, from one that keeps within the budget.

        Parameters
        ----------
        start : ndarray of int
            Such a path; the required stops are on it.

        Returns
        -------
        ndarray of int
            A path within the budget that is no worse.
        """
        best = self._searched(self._tidied(self._filled(start, self.ways.value)), start, 1.0)
        for number in range(1, TRIES + 1):
            left = 1 - TRIES_SHARE * number / TRIES
            current = self._begun(start) if number > 1 else best
            best = max(best, self._searched(current, start, left), key=self._marks)
        return max(best, self._searched(best, start, 0.0), key=self._marks)

    def _begun(self, start: Path) -> Path:
        """Begin with a stop taken by chance, the more valuable the likelier, and fill up."""
        value = self.ways.value
        weight = value * np.exp(self.random.normal(0.0, NOISE, len(value)))
        if value.any():
            stop = int(self.random.choice(len(value), p=value / value.sum()))
            past = self._shortened(np.array([*start[:-1], stop, start[-1]]))
            if stop not in start and self.fits(past):
                start = past
        return self._tidied(self._filled(start, weight))

    def _searched(self, current: Path, safe: Path, left: float) -> Path:
        """Search from a path until so much of the work is left, as a share of all.

        The answer keeps within the budget, as `safe` does: rounding may have let `current` slip.
        """
        budget, until = self.ways.budget, left * self._all_work
        part = max(self._work - until, 1.0)
        best = current if self.fits(current) else safe
        now, marks = self._marks(current), self._marks(best)
        rate = SLACK_WORTH * marks[0] / budget if budget else 0.0
        while self._work > until and time.monotonic() < self._until:
            worse = WORSE_SHARE * marks[0] * self.random.random() * (self._work - until) / part
            self._work -= ROUND_US
            candidate = self._round(current)
            found = self._marks(candidate)
            if found[1] < -budget * _EPSILON:
                continue
            if found[0] + rate * found[1] >= now[0] + rate * now[1] - worse:
                current, now = candidate, found
            if found > marks and self.fits(candidate):
                best, marks = candidate, found
                if len(best) == len(self.ways.arc):
                    break
        return best

    def _marks(self, path: Path) -> tuple[float, float]:
        return self.ways.worth(path), self.ways.budget - self.ways.cost(path)

    def _round(self, path: Path) -> Path:
        random = self.random
        thinner, out = self._thinned(path)
        weight = self.ways.value ** POWERS[random.integers(len(POWERS))]
        weight *= np.exp(random.normal(0.0, 0.3, len(weight)))
        barred = random.random()
        if barred < 0.25:
            weight[out] = 0.0
        elif barred < 0.6:
            weight[random.permutation(out)[: len(out) // 3]] = 0.0
        return self._tidied(self._filled(thinner, weight))

    def _tidied(self, path: Path) -> Path:
        shorter = self._shortened(path)
        return path if shorter is path else self._filled(shorter, self.ways.value)

    def _thinned(self, path: Path) -> tuple[Path, Path]:
        """Take out some stops: those in a row, those near each other, or any."""
        random, inner = self.random, path[1:-1]
        if not len(inner):
            return path, inner
        most = max(2, min(len(inner) + 1, MOST_OUT))
        count = min(int(random.integers(1, most)), len(inner))
        kind = random.random()
        marked = np.zeros(len(self.ways.arc), dtype=np.bool_)
        if kind < 0.5:
            first = int(random.integers(0, len(inner) - count + 1))
            out = inner[first : first + count]
        elif kind < 0.8:
            marked[inner] = True
            near = self._near[inner[random.integers(len(inner))]]
            out = near[marked[near]][:count]
            marked[inner] = False
        else:
            out = random.permutation(inner)[:count]
        marked[out] = True
        return path[~marked[path]], out

    def _filled(self, path: Path, weight: Floats) -> Path:
        """Put in the required stops, then as long as any fits the one with most weight for cost."""
        ways, arc, into = self.ways, self.ways.arc, self._into
        absent = (weight > 0) | ways.must
        absent[path] = False
        stops = np.flatnonzero(absent)
        if not len(stops):
            return path
        weight, must = weight[stops], ways.must[stops]
        missing = int(must.sum())
        steps = arc[path[:-1], path[1:]]
        slack = ways.budget - float(steps.sum())
        rows = len(steps)
        before, after = path[:-1].tolist(), path[1:].tolist()
        detour = np.empty((rows + len(stops), len(stops)))
        detour[:rows] = arc[path[:-1]][:, stops]
        detour[:rows] += into[path[1:]][:, stops]
        detour[:rows] -= steps[:, None]
        least = ways.budget * _EPSILON
        while True:
            self._work -= STEP_US + CELL_US * rows * len(stops)
            costs = detour[:rows].min(axis=0)
            if missing:
                column = int(np.where(must, costs, np.inf).argmin())
                must[column] = False
                missing -= 1
            else:
                fit = weight * (costs <= slack) / np.maximum(costs, least)
                column = int(fit.argmax())
                if fit[column] <= 0:
                    break
            row, stop = int(detour[:rows, column].argmin()), int(stops[column])
            slack -= costs[column]
            weight[column] = 0.0
            here, there = before[row], after[row]
            before.append(stop)
            after.append(there)
            after[row] = stop
            detour[row] = (arc[here] + into[stop] - arc[here, stop])[stops]
            detour[rows] = (arc[stop] + into[there] - arc[stop, there])[stops]
            rows += 1
        return _joined(before, after)

    def _shortened(self, path: Path) -> Path:
        """Turn parts round and move one to three stops as long as that makes the path shorter."""
        enough = -_EPSILON * self.ways.budget
        while len(path) > 3:
            self._work -= SHORTEN_US + SHORTEN_CELL_US * len(path) ** 2
            order = _shorter(self.ways.arc[path][:, path], enough)
            if order is None:
                break
            path = path[order]
        return path


def _shorter(between: Floats, enough: float) -> Path | None:
    """Return the places of a path in an order that is shorter, or None."""
    length = len(between)
    steps = between.diagonal(1)
    # Up to each stop, how much longer the way back is than the way there.
    turned = np.zeros(length)
    np.cumsum(between.diagonal(-1) - steps, out=turned[1:])
    change = between[:-2, 1:-1] + between[1:-1, 2:]
    change += turned[1:-1] - steps[1:]
    change -= (turned[1:-1] + steps[:-1])[:, None]
    change += _not_after(length - 2)
    best = int(change.argmin())
    if change.flat[best] < enough:
        first, last = divmod(best, length - 2)
        order = np.arange(length)
        order[first + 1 : last + 2] = order[first + 1 : last + 2][::-1].copy()
        return order
    for stops in range(1, min(3, length - 3) + 1):
        firsts, lasts = slice(1, length - stops), slice(stops, length - 1)
        saved = steps[: length - 1 - stops] + steps[stops:] - between.diagonal(stops + 1)
        ahead = between[:-1, firsts].T + between[lasts, 1:]
        back = between[:-1, lasts].T + between[firsts, 1:]
        back += (turned[lasts] - turned[firsts])[:, None]
        change = np.minimum(ahead, back)
        change -= steps
        change -= saved[:, None]
        change += _inside(length, stops)
        best = int(change.argmin())
        if change.flat[best] < enough:
            return _moved(length, stops, best, turn=bool(back.flat[best] < ahead.flat[best]))
    return None


def _moved(length: int, stops: int, best: int, *, turn: bool) -> Path:
    begin, gap = divmod(best, length - 1)
    begin += 1
    order = np.arange(length)
    moved = order[begin : begin + stops]
    rest = np.concatenate((order[:begin], order[begin + stops :]))
    place = gap + 1 if gap < begin else gap + 1 - stops
    return np.concatenate((rest[:place], moved[::-1] if turn else moved, rest[place:]))


@lru_cache(maxsize=256)
def _not_after(length: int) -> Floats:
    return np.where(np.tri(length, dtype=np.bool_), np.inf, 0.0)


@lru_cache(maxsize=768)
def _inside(length: int, stops: int) -> Floats:
    first = np.arange(1, length - stops)[:, None]
    gap = np.arange(length - 1)[None, :]
    return np.where((gap >= first - 1) & (gap < first + stops), np.inf, 0.0)


def _joined(before: Sequence[int], after: Sequence[int]) -> Path:
    following = dict(zip(before, after, strict=True))
    path = [0]
    while path[-1] in following:
        path.append(following[path[-1]])
    return np.array(path)
