"""Times of day, as people, spreadsheets and machines write them: the one reader of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import time, timedelta, timezone
from typing import Final

from geodata.errors import IntakeError
from geodata.intake.moments import BY_ITSELF, When, Writing, at_minute
from geodata.model import Precision

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
    """Return a time's zone, None where it gives none."""
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
