"""The rhythm of what is recorded: how much in each area, week by week or month by month.

What is told
    Everything recorded up to and with the as-of day, whether it counts for a commitment or not.
Weeks
    ISO 8601: Monday to Sunday. A week is shown whole, also where a period begins or ends within
    it; its month is the one that its Thursday lies in.
How exactly a day is known
    An activity known to the month can't be put into a week, nor one known to the season into a
    week or a month. Such are told beside the squares and never guessed into one.
Nothing
    A square without records says that nothing is recorded, which is not nought per cent. A square
    that begins after the as-of day has not come yet; one outside the area's periods is neither.
What happened in a month
    Activities, of which held walks are some, and findings; what is known to the season only is in
    no month.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from geodata.model import DayTally, Finding, Period, Precision, Walk, WalkStatus

TO_THE_WEEK: Final = frozenset({Precision.MINUTE, Precision.DAY})
"""Precisions that tell which week it was."""

TO_THE_MONTH: Final = TO_THE_WEEK | {Precision.MONTH}
"""Precisions that tell which month it was."""

LEVELS: Final = 5
"""How many shades there are at most; more can't be told apart."""

_WEEK: Final = timedelta(days=7)


class SquareIs(StrEnum):
    """What a square says."""

    RECORDED = "recorded"
    NOTHING = "nothing"
    AHEAD = "ahead"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Span:
    """Some days in a row, both ends included: a week or a month."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Tally:
    """How many activities there are, their known minutes, and how many give none."""

    count: int = 0
    minutes: int = 0
    minutes_unknown: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.count + other.count,
            self.minutes + other.minutes,
            self.minutes_unknown + other.minutes_unknown,
        )


NOTHING: Final = Tally()


@dataclass(frozen=True, slots=True)
class Square:
    """An area in a week or a month; `tally` is `NOTHING` unless it is ``recorded``."""

    is_: SquareIs
    tally: Tally = NOTHING


@dataclass(frozen=True, slots=True)
class Line:
    """An area's squares, one for each span, and what could not be put into any."""

    area_id: str
    squares: tuple[Square, ...]
    # Known less exactly than the spans ask for.
    coarse: Tally
    # Before the first span or after the last one.
    beyond: Tally

    @property
    def total(self) -> Tally:
        """All that is in a square."""
        return sum((square.tally for square in self.squares), NOTHING)


Daily = Mapping[tuple[str, date, Precision], Tally]
"""What is recorded on each day in each area, by how exactly that day is known."""


# --- spans -----------------------------------------------------------------------------------


def monday_of(day: date) -> date:
    """Return the first day of a day's ISO week; the calendar's own first day before its end."""
    return date.fromordinal(max(day.toordinal() - day.weekday(), 1))


def weeks(first: date, last: date) -> tuple[Span, ...]:
    """Return the ISO weeks that hold some day from `first` to `last`, both included."""
    found, monday = [], monday_of(first)
    while monday <= last:
        found.append(Span(monday, monday + _WEEK - timedelta(days=1)))
        monday += _WEEK
    return tuple(found)


def months(first: date, last: date) -> tuple[Span, ...]:
    """Return the months that hold some day from `first` to `last`, both included."""
    found, start = [], first.replace(day=1)
    while start <= last:
        following = date(start.year + start.month // 12, start.month % 12 + 1, 1)
        found.append(Span(start, following - timedelta(days=1)))
        start = following
    return tuple(found)


# --- counting --------------------------------------------------------------------------------


def by_day(tallies: Iterable[DayTally]) -> Daily:
    """Return what is recorded on each day in each area; what has no area is passed over.

    Parameters
    ----------
    tallies : iterable of DayTally
        In any order, each activity in one of them.
    """
    found: dict[tuple[str, date, Precision], Tally] = {}
    for one in tallies:
        if one.area_id is not None and one.precision is not None:
            key = one.area_id, one.day, one.precision
            here = Tally(one.number, one.minutes, one.minutes_unknown)
            found[key] = found.get(key, NOTHING) + here
    return found


def lines(
    daily: Daily,
    periods: Mapping[str, Sequence[Period]],
    spans: Sequence[Span],
    as_of: date,
    exact: frozenset[Precision],
) -> tuple[Line, ...]:
    """Lay what is recorded out in squares, a line for each area, by this module's rules.

    What is recorded in an area up to the day is in one of its squares, in `coarse` or in `beyond`,
    and in one of them only.

    Parameters
    ----------
    daily : mapping
        From `by_day`.
    periods : mapping of str to sequence of Period
        The wanted areas, each with the periods of the promises that name it.
    spans : sequence of Span
        Weeks or months in a row, without gaps.
    as_of : datetime.date
        The end of this day is what is told.
    exact : frozenset of Precision
        Precisions that the spans ask for: `TO_THE_WEEK` or `TO_THE_MONTH`.
    """
    starts = [span.first for span in spans]
    found = {area_id: [NOTHING] * len(spans) for area_id in periods}
    coarse, beyond = dict.fromkeys(periods, NOTHING), dict.fromkeys(periods, NOTHING)
    for (area_id, day, precision), tally in daily.items():
        if area_id not in periods or day > as_of:
            continue
        at = bisect_right(starts, day) - 1
        if at < 0 or day > spans[at].last:
            beyond[area_id] += tally
        elif precision not in exact:
            coarse[area_id] += tally
        else:
            found[area_id][at] += tally
    return tuple(
        Line(
            area_id,
            tuple(
                Square(_is(span, tally, periods[area_id], as_of), tally)
                for span, tally in zip(spans, tallies, strict=True)
            ),
            coarse[area_id],
            beyond[area_id],
        )
        for area_id, tallies in found.items()
    )


def _is(span: Span, tally: Tally, periods: Sequence[Period], as_of: date) -> SquareIs:
    if tally.count:
        return SquareIs.RECORDED
    if not any(period.start <= span.last and span.first <= period.end for period in periods):
        return SquareIs.OUTSIDE
    return SquareIs.AHEAD if span.first > as_of else SquareIs.NOTHING


# --- what happened, month by month ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Happened:
    """How much happened: activities, those of them that were walks, and findings."""

    activities: int = 0
    walks: int = 0
    findings: int = 0

    def __add__(self, other: Happened) -> Happened:
        return Happened(
            self.activities + other.activities,
            self.walks + other.walks,
            self.findings + other.findings,
        )

    @property
    def total(self) -> int:
        """How many records there are; a walk is an activity, and counted once."""
        return self.activities + self.findings


ByMonth = Mapping[date | None, Happened]
"""By the first day of each month; under None what is in no month for certain."""


def by_month(
    tallies: Iterable[DayTally], walks: Iterable[Walk], findings: Iterable[Finding]
) -> Mapping[str | None, ByMonth]:
    """Return what happened each month in each area, and without one under None.

    Parameters
    ----------
    tallies : iterable of DayTally
        Activities; those that are held walks are among them.
    walks : iterable of Walk
        Only those that were held are counted.
    findings : iterable of Finding
        By the day that each was made.
    """
    found: dict[str | None, dict[date | None, list[int]]] = {}

    def count(
        area_id: str | None, day: date, precision: Precision | None, at: int, number: int = 1
    ) -> None:
        month = day.replace(day=1) if precision in TO_THE_MONTH else None
        found.setdefault(area_id, {}).setdefault(month, [0, 0, 0])[at] += number

    for one in tallies:
        count(one.area_id, one.day, one.precision, 0, one.number)
    for walk in walks:
        if walk.status is WalkStatus.HELD:
            count(walk.area_id, walk.day, walk.precision, 1)
    for finding in findings:
        count(finding.area_id, finding.day, Precision.DAY, 2)
    return {
        area_id: {month: Happened(*counts) for month, counts in each.items()}
        for area_id, each in found.items()
    }


# --- shades ----------------------------------------------------------------------------------


def levels(most: int) -> tuple[int, ...]:
    """Return the largest count of each shade, from the lightest to the darkest.

    Parameters
    ----------
    most : int
        The largest count of any square, 0 where nothing is recorded.

    Returns
    -------
    tuple of int
        At most `LEVELS`, growing, the last one `most`; in steps as even as whole numbers allow,
        so that twice as many is about twice as dark.
    """
    steps = min(most, LEVELS)
    return tuple(most * step // steps for step in range(1, steps + 1))


def level_of(count: int, bounds: Sequence[int]) -> int:
    """Return which shade a count has: 1 is the lightest, 0 is none."""
    return bisect_left(bounds, count) + 1 if count else 0
