"""Times as files write them, no more exact than they are known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

from geodata.errors import IntakeError
from geodata.intake.moments import (
    BY_ITSELF,
    EXCEL_ORIGIN,
    When,
    Writing,
    at_instant,
    at_minute,
    month_or_season,
    require_year,
    whole_day,
)
from geodata.intake.privacy import holds_identity_number
from geodata.intake.written import as_people_write, order_of
from geodata.model import Precision

__all__ = ["When", "Writing", "parse_day", "parse_when", "writing_of"]

_MONTH_OR_SEASON: Final = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DAY_OF_WEEK: Final = re.compile(r"\d{4}-?W\d{2}-?\d", re.ASCII)
_SERIAL: Final = re.compile(r"(\d{5})(?:[.,](\d{1,30}))?", re.ASCII)
_SINCE_1970: Final = re.compile(r"(\d{10})(?:(\d{3})|\.\d{1,9})?", re.ASCII)
_CLOCK_IN_IT: Final = re.compile(r":|\dT\d|[.,]0+$|^\d{10,14}$", re.ASCII)


def writing_of(texts: Sequence[str], day_zero: date = EXCEL_ORIGIN) -> Writing:
    """Return how a column writes days, decided by all that stands in it."""
    others = [text for text in texts if text and not _DAY.fullmatch(text)]
    orders = {order_of(text) for text in others} - {None}
    order = Writing(
        month_first=orders.pop() if len(orders) == 1 else None,
        mixed=len(orders) > 1,
        day_zero=day_zero,
    )
    return replace(
        order,
        midnights=_midnights(others, order),
        since_1970=next(filter(_SINCE_1970.fullmatch, others), ""),
    )


def _midnights(texts: Iterable[str], writing: Writing) -> bool:
    """Tell whether some texts hold a clock, and every one of those shows midnight."""
    some = False
    for text in texts:
        if not _CLOCK_IN_IT.search(text):
            continue
        try:
            when = parse_when(text, writing)
        except IntakeError:
            continue
        if when.precision is Precision.MINUTE:
            if when.midnight is None:
                return False
            some = True
    return some


def parse_day(text: str, writing: Writing = BY_ITSELF) -> When:
    """Return the time that a text names, which is known to the day at least."""
    try:
        found = parse_when(text, writing)
    except IntakeError as error:
        if error.key != "intake.bad_date":
            raise
        raise IntakeError("intake.bad_day") from error
    if found.precision not in (Precision.DAY, Precision.MINUTE):
        raise IntakeError("intake.bad_day")
    return found


def parse_when(text: str, writing: Writing = BY_ITSELF) -> When:
    """Return the time that a text names.

    Parameters
    ----------
    text : str
        A day (``2018-03-07``, ``20180307``, ``2018-W10-3``, ``7/3 2018``, ``7.3.2018``,
        ``7 mars 2018``, ``07-MAR-2018``), which a time of day may follow (``18:00``, ``18.00``,
        ``T18:00+01:00``, ``kl 18``, ``6:00 PM``, ``18:00:00 GMT+0100 (CET)``) in Swedish time
        where no offset is given, and the weekday may stand before
        (``Wed, 07 Mar 2018 18:00:00 +0100``); a spreadsheet's day number (``43166.75``); seconds
        or milliseconds since 1970 in UTC (``1520442000``); a month (``2018-03``, ``mars 2018``);
        or a season (``2018-22`` or ``sommaren 2018``; 21 spring, 22 summer, 23 autumn, 24 winter
        from December into the next year). Where day and month are both numbers and the year is
        last, the day comes first, as in Swedish, unless the column says otherwise.
    writing : Writing
        How the text's column writes days.

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
    when = _parsed(text, writing)
    if writing.midnights and when.midnight is not None:
        return whole_day(when.midnight)
    return when


@lru_cache(maxsize=8_192)
def _parsed(text: str, writing: Writing) -> When:
    if _DAY.fullmatch(text) or _DAY_OF_WEEK.fullmatch(text):
        return whole_day(_iso_day(text))
    if found := _MONTH_OR_SEASON.fullmatch(text):
        return month_or_season(int(found[1]), int(found[2]))
    if found := _SERIAL.fullmatch(text):
        return _serial(writing.day_zero + timedelta(int(found[1])), found[2])
    if found := _SINCE_1970.fullmatch(text):
        return _since_1970(found)
    return as_people_write(" ".join(text.split()), writing)


def _iso_day(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise IntakeError("intake.bad_day") from error
    require_year(found.year)
    return found


def _serial(day: date, share: str | None) -> When:
    require_year(day.year)
    if share is None:
        return whole_day(day)
    # A share of a day is kept in binary: what was 18:00 is 17:59:59.99.
    minutes = round(float(f"0.{share}") * 1_440)
    return at_minute(day + timedelta(minutes // 1_440), time(*divmod(minutes % 1_440, 60)))


def _since_1970(found: re.Match[str]) -> When:
    # What may as well be a person's number is never taken for a time.
    if holds_identity_number(found[0]):
        raise IntakeError("intake.bad_date")
    start = datetime.fromtimestamp(int(found[1]), UTC)
    require_year(start.year)
    return at_instant(start)
