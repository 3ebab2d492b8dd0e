"""Times as files write them, no more exact than they are known."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

from geodata.errors import IntakeError
from geodata.intake.moments import (
    When,
    at_minute,
    in_swedish_time,
    month_or_season,
    require_year,
    whole_day,
)
from geodata.intake.written import as_people_write
from geodata.model import Precision
from geodata.texts import SWEDISH_TIME

__all__ = ["EXCEL_ORIGIN", "When", "parse_day", "parse_when"]

EXCEL_ORIGIN: Final = date(1899, 12, 30)
"""Day 0 of a spreadsheet's day numbers. They count from 1900-01-01 as day 1 but have a leap day
in 1900 that never was (kept from Lotus 1-2-3), so that from March 1900 on this day fits."""

_MONTH_OR_SEASON: Final = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# After a space only an offset east of Greenwich is one: "10:00-12:00" is from ten to twelve.
_MINUTE: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-](?:0\d|1[0-4]):?\d{2})?"
    r"| \d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|\+(?:0\d|1[0-4]):?\d{2})?)",
    re.ASCII,
)

_SERIAL: Final = re.compile(r"(\d{5})(?:[.,](\d{1,15}))?", re.ASCII)


def parse_day(text: str) -> date:
    """Return the day that a text names.

    Parameters
    ----------
    text : str
        As for `parse_when`; a time of day is read and not kept.

    Returns
    -------
    datetime.date
        That day.

    Raises
    ------
    IntakeError
        If the text names no day, or its year can't be meant.
    """
    if _DAY.fullmatch(text):
        return _iso_day(text)
    try:
        found = parse_when(text)
    except IntakeError as error:
        if error.key != "intake.bad_date":
            raise
        raise IntakeError("intake.bad_day") from error
    if found.precision not in (Precision.DAY, Precision.MINUTE):
        raise IntakeError("intake.bad_day")
    return found.day


@lru_cache(maxsize=8_192)
def parse_when(text: str) -> When:
    """Return the time that a text names.

    Parameters
    ----------
    text : str
        A day (``2018-03-07``, ``20180307``, ``7/3 2018``, ``7.3.2018``, ``7 mars 2018``), which
        a time of day may follow (``18:00``, ``18.00``, ``T18:00+01:00``, ``kl 18``) in Swedish
        time where no offset is given; a spreadsheet's day number (``43166.75``); a month
        (``2018-03``, ``mars 2018``); or a season (``2018-22`` or ``sommaren 2018``; 21 spring,
        22 summer, 23 autumn, 24 winter from December into the next year). Where day and month
        are both numbers and the year is last, the day comes first, as in Swedish.

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
        return whole_day(_iso_day(text))
    if found := _MONTH_OR_SEASON.fullmatch(text):
        return month_or_season(int(found[1]), int(found[2]))
    if _MINUTE.fullmatch(text):
        return _minute(text)
    if found := _SERIAL.fullmatch(text):
        return _serial(int(found[1]), found[2])
    return as_people_write(" ".join(text.split()))


def _iso_day(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise IntakeError("intake.bad_day") from error
    require_year(found.year)
    return found


def _serial(days: int, share: str | None) -> When:
    day = EXCEL_ORIGIN + timedelta(days)
    require_year(day.year)
    if share is None:
        return whole_day(day)
    # A share of a day is kept in binary: what was 18:00 is 17:59:59.99.
    minutes = round(float(f"0.{share}") * 1_440)
    return at_minute(day + timedelta(minutes // 1_440), time(*divmod(minutes % 1_440, 60)))


def _minute(text: str) -> When:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise IntakeError("intake.bad_date") from error
    require_year(found.year)
    if found.tzinfo is not None:
        start = found.astimezone(SWEDISH_TIME)
        return When(start, Precision.MINUTE, start.date())
    return in_swedish_time(found)
