"""Days and times as files and people write them, no more exact than they are known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache, partial
from typing import Final

from geodata.errors import IntakeError
from geodata.intake.values import clock
from geodata.intake.values.privacy import holds_identity_number
from geodata.model import Precision

_DAY_FIRST: Final = re.compile(
    r"(?P<day>\d{1,2})(?P<between>[/.-]) ?(?P<month>\d{1,2})(?:[/.-]| ?-? ?)(?P<year>\d{4})\b",
    re.ASCII,
)
_YEAR_FIRST: Final = re.compile(
    r"(?P<year>\d{4})(?:(?P<b>[/.-])(?P<month>\d{1,2})(?P=b)(?P<day>\d{1,2})"
    r"|(?P<mm>\d{2})(?P<dd>\d{2}))(?!\d)",
    re.ASCII,
)
_IN_WORDS: Final = re.compile(
    r"(?:[^\W\d]+,? ){0,2}?(?:(?P<day>\d{1,2})(?:[.:]|:e|:a|st|nd|rd|th)?,? )?"
    r"(?P<month>[^\W\d]{3,9})\.?,? (?:(?P<after>\d{1,2})(?:st|nd|rd|th)?,? )?(?P<year>\d{4})\b",
)

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            *("januari january", "februari february", "mars march", "april", "maj may"),
            *("juni june", "juli july", "augusti august", "september sept", "oktober october"),
            *("november", "december"),
        ),
        start=1,
    )
    for word in names.split()
    for name in (word, word[:3])
}
# No winter: "vintern 2018" may begin or end in 2018, and nobody says which.
_SEASONS: Final = {
    **dict.fromkeys(("våren", "vår", "spring"), 21),
    **dict.fromkeys(("sommaren", "sommar", "summer"), 22),
    **dict.fromkeys(("hösten", "höst", "autumn"), 23),
}


# The day of the month before the clock and the year after it: C's ctime, and date of Unix.
_YEAR_AT_END: Final = re.compile(r"(\D{3,10} \D{3,9} ?\d{1,2}) (\d{1,2}:\S+(?: \S+)?) (\d{4})")
# Oracle, SAS and many a log.
_HYPHENED: Final = re.compile(r"(\d{1,2})-([^\W\d]{3,9})-(\d{4})\b")
_DIGITS_ONLY: Final = re.compile(r"(\d{8})(\d{6})", re.ASCII)


def order_of(text: str) -> bool | None:
    """Return whether a day written with numbers, the year last, must have its month first."""
    found = _DAY_FIRST.match(text)
    if found is None or not _one_sign(found):
        return None
    first, second = int(found["day"]), int(found["month"])
    if first > 12 >= second:
        return False
    return True if second > 12 >= first else None


def _one_sign(found: re.Match[str]) -> bool:
    # With full stops, or the year set apart, it is written as only Swedes and their likes do.
    return found[0].count(found["between"]) == 2 and found["between"] in "/-"


def as_people_write(text: str, writing: clock.Writing = clock.BY_ITSELF) -> clock.When:
    """Return the time that a text names in words or with slashes or full stops."""
    if found := _DIGITS_ONLY.fullmatch(text):
        text = f"{found[1]}T{found[2]}"
    elif found := _HYPHENED.match(text):
        text = f"{' '.join(found.groups())}{text[found.end() :]}"
    elif found := _YEAR_AT_END.fullmatch(text):
        text = f"{found[1]} {found[3]} {found[2]}"
    for pattern, read in (
        (_YEAR_FIRST, _from_year_first),
        (_DAY_FIRST, partial(_from_day_first, writing=writing)),
        (_IN_WORDS, _from_words),
    ):
        if found := pattern.match(text):
            when = read(found)
            rest = text[found.end() :]
            return when if not rest else _with_time(when, rest)
    raise IntakeError("intake.bad_date")


def _with_time(when: clock.When, rest: str) -> clock.When:
    after_t = rest[0] in "Tt"
    if not after_t and rest[0] not in " ,":
        raise IntakeError("intake.bad_date")
    clock_text = rest[1:].removeprefix(" ").removeprefix("at ")
    try:
        shown = clock.parse_time(clock_text, clock.Writing(shares=False), after_t=after_t)
    except IntakeError as error:
        raise IntakeError("intake.bad_date") from error
    return clock.at_time(when, shown)


def _from_year_first(found: re.Match[str]) -> clock.When:
    month, day = found["month"] or found["mm"], found["day"] or found["dd"]
    return clock.day_of(int(found["year"]), int(month), int(day))


def _from_day_first(found: re.Match[str], writing: clock.Writing) -> clock.When:
    day, month, year = int(found["day"]), int(found["month"]), int(found["year"])
    either = _one_sign(found) and day <= 12 and month <= 12 and day != month
    if either and writing.mixed:
        raise IntakeError("intake.day_or_month")
    if _one_sign(found) and (writing.month_first or (writing.mixed and month > 12 >= day)):
        day, month = month, day
    elif month > 12 >= day:
        raise IntakeError("intake.month_first")
    return replace(clock.day_of(year, month, day), day_first=either and writing.month_first is None)


def _from_words(found: re.Match[str]) -> clock.When:
    year, word = int(found["year"]), found["month"].casefold()
    day = found["day"] or found["after"]
    if word in _SEASONS and day is None:
        return clock.month_or_season(year, _SEASONS[word])
    if word not in _MONTHS or (found["day"] and found["after"]):
        raise IntakeError("intake.bad_date")
    if day is None:
        return clock.month_or_season(year, _MONTHS[word])
    return clock.day_of(year, _MONTHS[word], int(day))


_MONTH_OR_SEASON: Final = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DAY_OF_WEEK: Final = re.compile(r"\d{4}-?W\d{2}-?\d", re.ASCII)
_SERIAL: Final = re.compile(r"(\d{5})(?:[.,](\d{1,30}))?", re.ASCII)
_SINCE_1970: Final = re.compile(r"(\d{10})(?:(\d{3})|\.\d{1,9})?", re.ASCII)
_CLOCK_IN_IT: Final = re.compile(r":|\dT\d|[.,]0+$|^\d{10,14}$", re.ASCII)


def writing_of(texts: Sequence[str], day_zero: date = clock.EXCEL_ORIGIN) -> clock.Writing:
    """Return how a column writes days, decided by all that stands in it."""
    others = [text for text in texts if text and not _DAY.fullmatch(text)]
    orders = {order_of(text) for text in others} - {None}
    order = clock.Writing(
        month_first=orders.pop() if len(orders) == 1 else None,
        mixed=len(orders) > 1,
        day_zero=day_zero,
    )
    return replace(
        order,
        midnights=_midnights(others, order),
        since_1970=next(filter(_SINCE_1970.fullmatch, others), ""),
    )


def _midnights(texts: Iterable[str], writing: clock.Writing) -> bool:
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


def parse_day(text: str, writing: clock.Writing = clock.BY_ITSELF) -> clock.When:
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


def parse_when(text: str, writing: clock.Writing = clock.BY_ITSELF) -> clock.When:
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
        return clock.whole_day(when.midnight)
    return when


@lru_cache(maxsize=8_192)
def _parsed(text: str, writing: clock.Writing) -> clock.When:
    if _DAY.fullmatch(text) or _DAY_OF_WEEK.fullmatch(text):
        return clock.whole_day(_iso_day(text))
    if found := _MONTH_OR_SEASON.fullmatch(text):
        return clock.month_or_season(int(found[1]), int(found[2]))
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
    clock.require_year(found.year)
    return found


def _serial(day: date, share: str | None) -> clock.When:
    clock.require_year(day.year)
    if share is None:
        return clock.whole_day(day)
    # A share of a day is kept in binary: what was 18:00 is 17:59:59.99.
    minutes = round(float(f"0.{share}") * 1_440)
    return clock.at_minute(day + timedelta(minutes // 1_440), time(*divmod(minutes % 1_440, 60)))


def _since_1970(found: re.Match[str]) -> clock.When:
    # What may as well be a person's number is never taken for a time.
    if holds_identity_number(found[0]):
        raise IntakeError("intake.bad_date")
    start = datetime.fromtimestamp(int(found[1]), UTC)
    clock.require_year(start.year)
    return clock.at_instant(start)
