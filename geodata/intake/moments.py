"""Times in Swedish time, with how exactly they are known: what every form of writing comes to."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from geodata.errors import IntakeError
from geodata.model import Precision
from geodata.texts import SWEDISH_TIME

YEARS: Final = (1990, 2100)
"""First and last year taken for a year; anything else is a slip of the keyboard."""

EXCEL_ORIGIN: Final = date(1899, 12, 30)
"""Day 0 of a spreadsheet's day numbers. They count from 1900-01-01 as day 1 but have a leap day
in 1900 that never was (kept from Lotus 1-2-3), so that from March 1900 on this day fits."""

SEASON_MONTHS: Final = {21: 3, 22: 6, 23: 9, 24: 12}
"""First month of spring, summer, autumn and winter. The codes are those of the Extended
Date/Time Format (ISO 8601-2:2019, Library of Congress EDTF level 1); the months are the
meteorological seasons, winter reaching into the next year."""


@dataclass(frozen=True, slots=True)
class When:
    """A time and how exactly it is known."""

    start: datetime
    precision: Precision
    day: date
    twice: bool = False
    day_first: bool = False
    midnight: date | None = None


@dataclass(frozen=True, slots=True)
class Writing:
    """How a whole column writes its days and times, where one cell alone has two meanings."""

    month_first: bool | None = None
    mixed: bool = False
    midnights: bool = False
    shares: bool | None = None
    since_1970: str = ""
    day_zero: date = EXCEL_ORIGIN


BY_ITSELF: Final = Writing()
"""A cell of which no column is known."""


def whole_day(day: date) -> When:
    """Return a day, known no more exactly."""
    return When(_midnight(day), Precision.DAY, day)


def day_of(year: int, month: int, day: int) -> When:
    """Return a day from its numbers, refused if there is no such day."""
    require_year(year)
    try:
        return whole_day(date(year, month, day))
    except ValueError as error:
        raise IntakeError("intake.bad_day") from error


def require_year(year: int) -> None:
    """Refuse a year that can't be meant."""
    first, last = YEARS
    if not first <= year <= last:
        raise IntakeError("intake.implausible_year", first=str(first), last=str(last))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=SWEDISH_TIME)


def _last_day(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def month_or_season(year: int, number: int) -> When:
    """Return a month, or a season by its code; see `SEASON_MONTHS`."""
    require_year(year)
    if number in SEASON_MONTHS:
        first = SEASON_MONTHS[number]
        later, index = divmod(first + 1, 12)
        last = _last_day(year + later, index + 1)
        return When(_midnight(date(year, first, 1)), Precision.SEASON, last)
    if not 1 <= number <= 12:
        raise IntakeError("intake.bad_date")
    return When(_midnight(date(year, number, 1)), Precision.MONTH, _last_day(year, number))


def at_minute(day: date, clock: time) -> When:
    """Return a day's time of day, on Sweden's clocks where it has no zone of its own."""
    return in_swedish_time(datetime.combine(day, clock))


def at_instant(found: datetime) -> When:
    """Return an instant, as Sweden's clocks showed it."""
    start = found.astimezone(SWEDISH_TIME)
    midnight = found if found.time() == time.min else start if start.time() == time.min else None
    day = None if midnight is None else midnight.date()
    return When(start, Precision.MINUTE, start.date(), midnight=day)


def in_swedish_time(found: datetime) -> When:
    """Return a time on Sweden's clocks, refused if they never showed it; or an instant."""
    if found.tzinfo is not None:
        return at_instant(found)
    start = found.replace(tzinfo=SWEDISH_TIME)
    # What the clock shows twice, or never, has two offsets (PEP 495); the first one is larger
    # where summer time ends and smaller where it begins.
    first, second = start.utcoffset(), start.replace(fold=1).utcoffset()
    if first is not None and second is not None and first < second:
        raise IntakeError("intake.skipped_time")
    midnight = start.date() if found.time() == time.min else None
    return When(start, Precision.MINUTE, start.date(), first != second, midnight=midnight)
