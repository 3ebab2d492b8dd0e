"""Times of day, as people and spreadsheets write them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import time
from typing import Final

from geodata.errors import IntakeError
from geodata.intake.moments import When, at_minute
from geodata.model import Precision

_TIME: Final = re.compile(
    r"(?:kl\.? ?|klockan )?(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2}))?)?",
    re.ASCII | re.IGNORECASE,
)
_DAY_SHARE: Final = re.compile(r"0?[.,]\d{1,15}|0", re.ASCII)


def parse_time(text: str) -> time:
    """Return a time of day.

    Parameters
    ----------
    text : str
        Such as ``18:00``, ``18.00``, ``18``, ``kl 18`` or a spreadsheet's ``0.75`` of a day.

    Returns
    -------
    datetime.time
        To the minute.

    Raises
    ------
    IntakeError
        If the text names no time of day.
    """
    plain = " ".join(text.split())
    if _DAY_SHARE.fullmatch(plain):
        minutes = round(float(plain.replace(",", ".")) * 1_440)
        if minutes < 1_440:
            return time(*divmod(minutes, 60))
    elif found := _TIME.fullmatch(plain):
        hour, minute = int(found["hour"]), int(found["minute"] or 0)
        if hour < 24 and minute < 60 and int(found["second"] or 0) < 60:
            return time(hour, minute)
    raise IntakeError("intake.bad_time")


def at_time(when: When, clock: time) -> When:
    """Return a day's time of day.

    Parameters
    ----------
    when : When
        A day, or its midnight.
    clock : datetime.time
        When on that day.

    Returns
    -------
    When
        To the minute.

    Raises
    ------
    IntakeError
        If `when` is coarser than a day, has another time of day, or the clock never showed it.
    """
    given = when.start.timetz().replace(tzinfo=None)
    if when.precision is Precision.MINUTE and given not in (time.min, clock):
        raise IntakeError("intake.two_times")
    if when.precision not in (Precision.DAY, Precision.MINUTE):
        raise IntakeError("intake.time_without_day")
    return replace(at_minute(when.day, clock), day_first=when.day_first)
