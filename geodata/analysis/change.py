"""Before and after: whether what is recorded in a place has changed, or may be chance.

Counting
    A record counts in the period that its whole time lies in; one known to the month that reaches
    over a border is told apart and never guessed to one side. A period ends with the day told
    about at the latest, and its rate is per day that has come.
Ratio
    The later rate over the earlier one. With a place to compare with, that ratio over the other
    place's, so that what changed for both alike (season, how much is recorded) falls away.
Interval
    Exact at 95 %, for counts of any size; it holds at least as often as it says, mostly more often:
    it is cautious for small counts.
One place
    Counts of two periods, each thought of as Poisson with a rate of its own. Given their sum, the
    later count is binomial (Przyborowski & Wilenski 1940), so the interval of Clopper & Pearson
    (1934) for its share becomes one for the ratio of the two rates; the periods' lengths enter as
    they are.
A place beside another
    Given each place's sum and each period's sum, what the place has in the later period follows
    Fisher's noncentral hypergeometric distribution, whose only parameter is the ratio of the two
    ratios (Fisher 1935; Breslow & Day 1980, section 4.2). Both places are counted over the same
    days, so that the periods' lengths cancel. ``scipy.stats.contingency.odds_ratio`` gives the same
    limits, but takes 2.5 s for counts in the thousands and 55 s for tens of thousands (scipy 1.17,
    measured); here it is 0.01 and 0.35 s.
Bunches
    What is found on one walk is not found independently. Where the sizes of the bunches are ``m``,
    the variance is ``sum(m ** 2) / sum(m)`` times that of as many single records (a compound
    Poisson process), so the counts are divided by it and rounded before the interval is taken:
    the effective sample size, as Korn & Graubard (1998) do for shares.
Too few
    No difference is called where fewer than five are expected in any cell if nothing had changed:
    Cochran's rule of 1954. An exact interval needs no such rule to be right, but below it one
    record more or less, or one recorded twice, turns the answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import exp, inf
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geodata.model import Period

CONFIDENCE: Final = 0.95
"""How often an interval is to hold the truth."""

_TAIL: Final = (1 - CONFIDENCE) / 2
_LARGEST_LOG: Final = 700.0
"""Past this a number's exponential is no longer a float."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a ratio may lie, both ends included: from 0 to infinity where nothing is known."""

    low: float
    high: float

    @property
    def holds_one(self) -> bool:
        """Whether "no change" is among what it holds."""
        return self.low <= 1 <= self.high


def ratio_of(over: float, under: float) -> float | None:
    """Return a ratio, None where there is nothing to divide by."""
    return over / under if under else None


def rate_ratio_interval(before: int, after: int, days_before: int, days_after: int) -> Interval:
    """Return the exact interval of the later rate over the earlier one."""
    from scipy.special import betaincinv

    # The later count's share of both.
    low = float(betaincinv(after, before + 1, _TAIL)) if after else 0.0
    high = float(betaincinv(after + 1, before, 1 - _TAIL)) if before else 1.0
    length = days_before / days_after
    return Interval(low / (1 - low) * length, high / (1 - high) * length if before else inf)


def ratio_of_ratios_interval(
    before: int, after: int, beside_before: int, beside_after: int
) -> Interval:
    """Return the exact interval of a place's ratio over that of the place beside it."""
    here, there, later = before + after, beside_before + beside_after, after + beside_after
    first, last = max(later - there, 0), min(here, later)
    possible = np.arange(first, last + 1, dtype=float)
    weights = _log_choose(here, possible) + _log_choose(there, later - possible)

    def share_from(log_ratio: float) -> float:
        return _share(weights + log_ratio * possible, possible >= after)

    def share_to(log_ratio: float) -> float:
        return 1 - _share(weights + log_ratio * possible, possible <= after)

    # As the ratio grows, ever more of the chance lies at `after` or above it.
    low = 0.0 if after == first else exp(_where(share_from, _TAIL))
    high = inf if after == last else exp(_where(share_to, 1 - _TAIL))
    return Interval(low, high)


def _log_choose(total: int, chosen: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.special import gammaln

    found: NDArray[np.float64] = -gammaln(chosen + 1) - gammaln(total - chosen + 1)
    return found


def _share(logs: NDArray[np.float64], wanted: NDArray[np.bool_]) -> float:
    weights = np.exp(logs - logs.max())
    return float(weights[wanted].sum() / weights.sum())


def _where(growing: Callable[[float], float], wanted: float) -> float:
    """Return where a growing function of a logarithm comes to a value."""
    from scipy.optimize import brentq

    return float(brentq(lambda log: growing(log) - wanted, -_LARGEST_LOG, _LARGEST_LOG))


EXPECTED_AT_LEAST: Final = 5.0
"""Fewer in any cell, if nothing had changed, and no difference is called (Cochran 1954)."""

SEASONS_APART: Final = 0.25
"""Periods whose days lie this far apart in the year are said to be of different seasons."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something recorded, as it is counted: from `first` to `last` are the days it can be of."""

    id: str
    first: date
    last: date
    # What it was found together with, such as a walk; its own id where nothing.
    occasion: str


@dataclass(frozen=True, slots=True)
class Counted:
    """What lies in two periods, by id."""

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    # Those known too coarsely to say in which.
    unsure: tuple[str, ...] = ()
    # How many were found together, for each occasion in the two periods.
    bunches: tuple[int, ...] = ()

    @property
    def total(self) -> int:
        """How many lie in either period."""
        return len(self.before) + len(self.after)


class Verdict(StrEnum):
    """What can be said of a change."""

    NOTHING = "nothing"
    """Nothing is recorded in the place, in either period."""
    TOO_FEW = "too_few"
    """Fewer than five are expected in some cell."""
    BUNCHED = "bunched"
    """There would be enough, but they come from too few occasions."""
    NOT_TOLD = "not_told"
    """The interval holds "no change"."""
    FEWER = "fewer"
    MORE = "more"


@dataclass(frozen=True, slots=True)
class Row:
    """A place's counts, and how its rate has changed; None where there is nothing to divide by."""

    counted: Counted
    ratio: float | None
    interval: Interval


@dataclass(frozen=True, slots=True)
class Change:
    """How a place has changed from one period to another."""

    before: Period
    after: Period
    place: Row
    beside: Row | None
    # The later rate over the earlier one, over the other place's ratio where there is one.
    ratio: float | None
    # Where that ratio may lie, at 95 %.
    interval: Interval
    # The smallest cell, if nothing had changed.
    least_expected: float
    # How much wider than for single records the counts vary; 1 where none are bunched.
    spread: float
    verdict: Verdict


def count(events: Iterable[Event], before: Period, after: Period) -> Counted:
    """Sort records into two periods.

    Parameters
    ----------
    events : iterable of Event
        Each record once; those in neither period are passed over.
    before, after : Period
        That don't overlap.
    """
    found: dict[str, list[Event]] = {"before": [], "after": [], "unsure": []}
    for event in events:
        is_in = [period.holds(event.first, event.last) for period in (before, after)]
        if True in is_in:
            found["after" if is_in[1] else "before"].append(event)
        elif None in is_in:
            found["unsure"].append(event)
    sure = [(side, e.occasion) for side in ("before", "after") for e in found[side]]
    return Counted(
        tuple(event.id for event in found["before"]),
        tuple(event.id for event in found["after"]),
        tuple(event.id for event in found["unsure"]),
        tuple(Counter(sure).values()),
    )


def compare(place: Counted, beside: Counted | None, before: Period, after: Period) -> Change:
    """Compare two periods, in one place or in one beside another.

    Parameters
    ----------
    place : Counted
        From `count`.
    beside : Counted or None
        The same for a place to compare with; no record may be in both.
    before, after : Period
        Those that were counted in.
    """
    places = [place] if beside is None else [place, beside]
    bunches = [size for each in places for size in each.bunches]
    spread = sum(size**2 for size in bunches) / sum(bunches) if bunches else 1.0
    cells = [len(side) for each in places for side in (each.before, each.after)]
    effective = [round(cell / spread) for cell in cells]
    days = (before.days, after.days)
    rows = [_row(each, spread, days) for each in places]
    if beside is None:
        ratio, interval = rows[0].ratio, rows[0].interval
    else:
        there = rows[1].ratio
        ratio = None if rows[0].ratio is None or there is None else ratio_of(rows[0].ratio, there)
        interval = ratio_of_ratios_interval(*effective)
    return Change(
        before,
        after,
        rows[0],
        rows[1] if beside is not None else None,
        ratio,
        interval,
        _least_expected(cells, days),
        spread,
        _verdict(cells, effective, days, interval),
    )


def _row(counted: Counted, spread: float, days: tuple[int, int]) -> Row:
    cells = len(counted.before), len(counted.after)
    ratio = ratio_of(cells[1] / days[1], cells[0] / days[0])
    effective = round(cells[0] / spread), round(cells[1] / spread)
    return Row(counted, ratio, rate_ratio_interval(*effective, *days))


def _least_expected(cells: list[int], days: tuple[int, int]) -> float:
    """Return the smallest cell if nothing had changed, or both places had changed alike."""
    if len(cells) == 2:
        return sum(cells) * min(days) / sum(days)
    rows = (cells[0] + cells[1], cells[2] + cells[3])
    columns = (cells[0] + cells[2], cells[1] + cells[3])
    return min(rows) * min(columns) / sum(cells) if sum(cells) else 0.0


def _verdict(
    cells: list[int], effective: list[int], days: tuple[int, int], interval: Interval
) -> Verdict:
    if not cells[0] + cells[1]:
        return Verdict.NOTHING
    if _least_expected(cells, days) < EXPECTED_AT_LEAST:
        return Verdict.TOO_FEW
    if _least_expected(effective, days) < EXPECTED_AT_LEAST:
        return Verdict.BUNCHED
    if interval.holds_one:
        return Verdict.NOT_TOLD
    return Verdict.FEWER if interval.high < 1 else Verdict.MORE


def seasons_apart(before: Period, after: Period) -> float:
    """Return how far apart in the year two periods' days lie.

    Parameters
    ----------
    before, after : Period
        Of any length.

    Returns
    -------
    float
        0 where their days lie in the same months, in the same shares; 1 where no month is in
        both.
    """
    here, there = _months(before), _months(after)
    return sum(abs(here[month] - there[month]) for month in range(12)) / 2


def _months(period: Period) -> list[float]:
    """Return the share of a period's days that lies in each month of the year."""
    first = period.start.toordinal()
    days = Counter(date.fromordinal(first + day).month for day in range(period.days))
    return [days[month] / period.days for month in range(1, 13)]
