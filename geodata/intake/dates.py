"""Times as files write them, no more exact than they are known."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final

from geodata.errors import IntakeError
from geodata.model import Precision
from geodata.texts import SWEDISH_TIME

YEARS: Final = (1990, 2100)
"""First and last year taken for a year; anything else is a slip of the keyboard."""

SEASON_MONTHS: Final = {21: 3, 22: 6, 23: 9, 24: 12}
"""First month of spring, summer, autumn and winter. The codes are those of the Extended
Date/Time Format (ISO 8601-2:2019, Library of Congress EDTF level 1); the months are the
meteorological seasons, winter reaching into the next year."""

_MONTH_OR_SEASON: Final = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MINUTE: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:?\d{2})?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class When:
    """A time and how exactly it is known.

    Parameters
    ----------
    start : datetime.datetime
        First instant it can have been, in Swedish time.
    precision : Precision
        How exactly that is known.
    day : datetime.date
        Last day it can have begun, in Swedish time.
    twice : bool
        True where the clock showed that time twice, when summer time ended; the first is meant.
    """

    start: datetime
    precision: Precision
    day: date
    twice: bool = False


def parse_day(text: str) -> date:
    """Return the day that a text such as ``2018-03-07`` names.

    Parameters
    ----------
    text : str
        An ISO date.

    Returns
    -------
    datetime.date
        That day.

    Raises
    ------
    IntakeError
        If the text is no such date, or its year can't be meant.
    """
    if not _DAY.fullmatch(text):
        raise IntakeError("intake.bad_day")
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise IntakeError("intake.bad_day") from error
    _require_year(found.year)
    return found


def parse_when(text: str) -> When:
    """Return the time that a text names.

    Parameters
    ----------
    text : str
        A day ``2018-03-07``; a minute ``2018-03-07 18:00`` or ``2018-03-07T18:00+01:00``, in
        Swedish time where no offset is given; a month ``2018-03``; or a season ``2018-22``
        (21 spring, 22 summer, 23 autumn, 24 winter from December into the next year).

    Returns
    -------
    When
        Its first instant, precision, and last day.

    Raises
    ------
    IntakeError
        If the text is no such time, the year can't be meant, or the clock never showed it
        because summer time began.
    """
    if _DAY.fullmatch(text):
        day = parse_day(text)
        return When(_midnight(day), Precision.DAY, day)
    if found := _MONTH_OR_SEASON.fullmatch(text):
        return _month_or_season(int(found[1]), int(found[2]))
    if _MINUTE.fullmatch(text):
        return _minute(text)
    raise IntakeError("intake.bad_date")


def _require_year(year: int) -> None:
    first, last = YEARS
    if not first <= year <= last:
        raise IntakeError("intake.implausible_year", first=str(first), last=str(last))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=SWEDISH_TIME)


def _last_day(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _month_or_season(year: int, number: int) -> When:
    _require_year(year)
    if number in SEASON_MONTHS:
        first = SEASON_MONTHS[number]
        later, index = divmod(first + 1, 12)
        last = _last_day(year + later, index + 1)
        return When(_midnight(date(year, first, 1)), Precision.SEASON, last)
    if not 1 <= number <= 12:
        raise IntakeError("intake.bad_date")
    return When(_midnight(date(year, number, 1)), Precision.MONTH, _last_day(year, number))


def _minute(text: str) -> When:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise IntakeError("intake.bad_date") from error
    _require_year(found.year)
    if found.tzinfo is not None:
        start = found.astimezone(SWEDISH_TIME)
        return When(start, Precision.MINUTE, start.date())
    start = found.replace(tzinfo=SWEDISH_TIME)
    if start.astimezone(UTC).astimezone(SWEDISH_TIME).replace(tzinfo=None) != found:
        raise IntakeError("intake.skipped_time")
    twice = start.utcoffset() != start.replace(fold=1).utcoffset()
    return When(start, Precision.MINUTE, start.date(), twice)
