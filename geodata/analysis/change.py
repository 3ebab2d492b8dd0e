"""Before and after: whether what is recorded in a place has changed, or may be chance.

Counting
    A record counts in the period that its whole time lies in; one known to the month that reaches
    over a border is told apart and never guessed to one side. A period ends with the day told
    about at the latest, and its rate is per day that has come.
Ratio
    The later rate over the earlier one. With a place to compare with, that ratio over the other
    place's, so that what changed for both alike (season, how much is recorded) falls away.
Interval
    Exact at 95 %; see ``geodata.analysis.ratios``.
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
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from geodata.analysis.ratios import (
    Interval,
    rate_ratio_interval,
    ratio_of,
    ratio_of_ratios_interval,
)
from geodata.analysis.when import lies_in
from geodata.model import Period

EXPECTED_AT_LEAST: Final = 5.0
"""Fewer in any cell, if nothing had changed, and no difference is called (Cochran 1954)."""

SEASONS_APART: Final = 0.25
"""Periods whose days lie this far apart in the year are said to be of different seasons."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something recorded, as it is counted.

    Parameters
    ----------
    id : str
        The record's.
    first, last : datetime.date
        The days that it can have been on; the same where the day is known.
    occasion : str
        What it was found together with, such as a walk; its own id where nothing.
    """

    id: str
    first: date
    last: date
    occasion: str


@dataclass(frozen=True, slots=True)
class Counted:
    """What lies in two periods.

    Parameters
    ----------
    before, after : tuple of str
        Ids of the records in each.
    unsure : tuple of str
        Ids of those known too coarsely to say in which.
    bunches : tuple of int
        How many were found together, for each occasion in the two periods.
    """

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
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
    """How a place has changed from one period to another.

    Parameters
    ----------
    before, after : Period
        The two periods.
    place : Row
        The place itself.
    beside : Row or None
        The place it is compared with.
    ratio : float or None
        The later rate over the earlier one, over the other place's ratio where there is one.
    interval : Interval
        Where that ratio may lie, at 95 %.
    least_expected : float
        The smallest cell, if nothing had changed.
    spread : float
        How much wider than for single records the counts vary; 1 where none are bunched.
    verdict : Verdict
        What can be said.
    """

    before: Period
    after: Period
    place: Row
    beside: Row | None
    ratio: float | None
    interval: Interval
    least_expected: float
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
        is_in = [lies_in(event.first, event.last, period) for period in (before, after)]
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
    spread = _spread([size for each in places for size in each.bunches])
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


def _spread(bunches: list[int]) -> float:
    return sum(size**2 for size in bunches) / sum(bunches) if bunches else 1.0


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
