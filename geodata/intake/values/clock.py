"""Times of day, instants and durations, as people, spreadsheets and machines write them."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import Any, Final

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

    @property
    def fields(self) -> dict[str, Any]:
        """What a record holds of it."""
        return {"start": self.start, "precision": self.precision, "day": self.day}


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


_TIME: Final = re.compile(
    r"(?:kl\.? ?|klockan )?(?P<hour>\d{1,2})"
    r"(?:[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,](?P<part>\d{1,9}))?)?)?"
    r"(?: ?(?:(?P<before>a\.?m\.?|f\.?m\.?)|(?P<after>p\.?m\.?|e\.?m\.?)))?"
    r"(?P<zone>(?: ?(?P<name>[a-z]{1,4}))?"
    r"(?: ?(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?)?"
    # The zone by its full name, as browsers and Java add it.
    r"(?: ?(?:\([^()]*\)|\[[\w/+-]+\]))?)",
    re.ASCII | re.IGNORECASE,
)
_WITHOUT_COLONS: Final = re.compile(r"(\d{2})(\d{2})(?:(\d{2})([.,]\d{1,9})?)?(?!\d)", re.ASCII)
_NUMBER: Final = re.compile(r"0?[.,](\d{1,30})|0|\d[.,]?\d{0,30}e-\d{1,2}", re.ASCII | re.I)
_HOURS_AND_MINUTES: Final = re.compile(r"0*[1-9]\d?[.,]\d{2}", re.ASCII)

_ZONE_HOURS: Final = {
    **dict.fromkeys(("z", "utc", "gmt"), 0),
    **dict.fromkeys(("cet", "met", "mez"), 1),
    **dict.fromkeys(("cest", "mest", "mesz", "eet"), 2),
    "eest": 3,
}
"""Names of zones that machines in Europe write, with their hours east of Greenwich."""

_FARTHEST_HOURS: Final = {"+": 14, "-": 11}
"""As far as any zone where people live lies from Greenwich."""


def writing_of_clocks(texts: Iterable[str]) -> Writing:
    """Return how a column writes times of day."""
    numbers = hours = False
    midnights: bool | None = None
    for text in texts:
        plain = " ".join(text.split())
        found = _NUMBER.fullmatch(plain)
        if found and plain.strip("0.,"):
            numbers = numbers or not _two_meanings(plain)
        elif _HOURS_AND_MINUTES.fullmatch(plain):
            hours = True
        if plain and midnights is not False:
            midnights = bool(re.fullmatch(r"[0:.]+", plain)) and _is_midnight(plain)
    return Writing(midnights=bool(midnights), shares=None if not (numbers or hours) else not hours)


def _two_meanings(plain: str) -> bool:
    """Tell whether a share of a day could be minutes past midnight: ``0.30``."""
    found = _NUMBER.fullmatch(plain)
    decimals = found[1] if found else None
    return decimals is not None and len(decimals) == 2 and 0 < int(decimals) < 60


def _is_midnight(plain: str) -> bool:
    try:
        return parse_time(plain) == time.min
    except IntakeError:
        return False


def parse_time(text: str, writing: Writing = BY_ITSELF, *, after_t: bool = False) -> time:
    """Return a time of day."""
    plain = " ".join(text.split())
    if _NUMBER.fullmatch(plain) and (plain.strip("0.,") or plain == "0"):
        return _of_share(plain, writing)
    if after_t and (digits := _WITHOUT_COLONS.match(plain)):
        hour, minute, second, part = digits.groups()
        plain = f"{hour}:{minute}:{second or '00'}{part or ''}{plain[digits.end() :]}"
    if not (found := _TIME.fullmatch(plain)):
        raise IntakeError("intake.bad_time")
    hour, half = int(found["hour"]), found["before"] or found["after"]
    if half:
        hour = hour % 12 + (12 if found["after"] else 0) if 1 <= hour <= 12 else 24
    part = int((found["part"] or "").ljust(6, "0")[:6])
    zone = _zone(found, after_t=after_t or found["second"] is not None)
    try:
        return time(hour, int(found["minute"] or 0), int(found["second"] or 0), part, zone)
    except ValueError as error:
        raise IntakeError("intake.bad_time") from error


def _of_share(plain: str, writing: Writing) -> time:
    if _two_meanings(plain):
        if writing.shares is None:
            raise IntakeError("intake.time_or_share")
        if not writing.shares and "." in plain:
            return time(0, int(plain[-2:]))
    if writing.shares is False:
        raise IntakeError("intake.bad_time")
    # A share of a day is kept in binary: what was 18:00 is 17:59:59.99.
    minutes = round(float(plain.replace(",", ".")) * 1_440)
    if minutes >= 1_440:
        raise IntakeError("intake.bad_time")
    return time(*divmod(minutes, 60))


def _zone(found: re.Match[str], *, after_t: bool) -> timezone | None:
    if not found["zone"].strip():
        return None
    name, sign = (found["name"] or "").casefold(), found["sign"]
    named = _ZONE_HOURS.get(name)
    hours, minutes = int(found["hours"] or 0), int(found["minutes"] or 0)
    wrong = (
        (name and named is None)
        # A name in brackets alone says nothing that is known.
        or (not name and not sign)
        or (sign and named)
        # "18:00-19" is from six to seven; "18 +2" may be anything.
        or (sign and not name and (found["minute"] is None or len(found["hours"]) < 2))
        or (sign == "-" and not name and not after_t)
        or (sign and (hours > _FARTHEST_HOURS[sign] or minutes > 59))
    )
    if wrong:
        raise IntakeError("intake.bad_time")
    east = timedelta(hours=hours, minutes=minutes) if sign else timedelta(hours=named or 0)
    return timezone(-east if sign == "-" else east)


def at_time(when: When, clock: time) -> When:
    """Return a day's time of day."""
    given = when.start.time()
    same = given in (time.min, clock.replace(tzinfo=None))
    if when.precision is Precision.MINUTE and not same:
        raise IntakeError("intake.two_times")
    if when.precision not in (Precision.DAY, Precision.MINUTE):
        raise IntakeError("intake.time_without_day")
    return replace(at_minute(when.day, clock), day_first=when.day_first)


_MINUTES: Final = re.compile(r"([+-]?\d{1,18})(?:[.,]00?)?(?: ?(?:min|minuter|minutes?|m)\.?)?")
_HOURS: Final = re.compile(r"(\d{1,3})(?:[.,](\d{1,6}))? ?(?:h|t|tim|timme|timmar|hours?|hrs?)\.?")
_BOTH: Final = re.compile(
    r"(\d{1,3}) ?(?:h|t|tim|timme|timmar|hours?|hrs?)\.?(?:,| och| and)? ?"
    r"(\d{1,2})(?: ?(?:min|minuter|minutes?|m)\.?)?"
)
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d{2})(?::00)?")


@lru_cache(maxsize=2_048)
def parse_minutes(text: str) -> int:
    """Return how many minutes a text says."""
    plain = " ".join(text.casefold().split())
    if not plain.isascii():
        raise IntakeError("intake.not_minutes")
    if found := _MINUTES.fullmatch(plain):
        return int(found[1])
    if found := _HOURS.fullmatch(plain):
        return round(float(f"{found[1]}.{found[2] or 0}") * 60)
    found = _BOTH.fullmatch(plain) or _CLOCK.fullmatch(plain)
    if found and int(found[2]) < 60:
        return int(found[1]) * 60 + int(found[2])
    raise IntakeError("intake.not_minutes")
