"""Days as people write them: ``7/3 2018``, ``7.3.2018``, ``7 mars 2018``, ``sommaren 2018``."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import Final

from geodata.errors import IntakeError
from geodata.intake.clock import at_time, parse_time
from geodata.intake.moments import BY_ITSELF, When, Writing, day_of, month_or_season

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
            *("juni june", "juli july", "augusti august", "september", "oktober october"),
            *("november", "december"),
        ),
        start=1,
    )
    for word in names.split()
    for name in (word, word[:3], *(("sept",) if number == 9 else ()))
}
# No winter: "vintern 2018" may begin or end in 2018, and nobody says which.
_SEASONS: Final = {
    name: code
    for code, names in (
        (21, "våren vår spring"),
        (22, "sommaren sommar summer"),
        (23, "hösten höst autumn"),
    )
    for name in names.split()
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


def as_people_write(text: str, writing: Writing = BY_ITSELF) -> When:
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


def _with_time(when: When, rest: str) -> When:
    after_t = rest[0] in "Tt"
    if not after_t and rest[0] not in " ,":
        raise IntakeError("intake.bad_date")
    clock_text = rest[1:].removeprefix(" ").removeprefix("at ")
    try:
        clock = parse_time(clock_text, Writing(shares=False), after_t=after_t)
    except IntakeError as error:
        raise IntakeError("intake.bad_date") from error
    return at_time(when, clock)


def _from_year_first(found: re.Match[str]) -> When:
    month, day = found["month"] or found["mm"], found["day"] or found["dd"]
    return day_of(int(found["year"]), int(month), int(day))


def _from_day_first(found: re.Match[str], writing: Writing) -> When:
    day, month, year = int(found["day"]), int(found["month"]), int(found["year"])
    either = _one_sign(found) and day <= 12 and month <= 12 and day != month
    if either and writing.mixed:
        raise IntakeError("intake.day_or_month")
    if _one_sign(found) and (writing.month_first or (writing.mixed and month > 12 >= day)):
        day, month = month, day
    elif month > 12 >= day:
        raise IntakeError("intake.month_first")
    return replace(day_of(year, month, day), day_first=either and writing.month_first is None)


def _from_words(found: re.Match[str]) -> When:
    year, word = int(found["year"]), found["month"].casefold()
    day = found["day"] or found["after"]
    if word in _SEASONS and day is None:
        return month_or_season(year, _SEASONS[word])
    if word not in _MONTHS or (found["day"] and found["after"]):
        raise IntakeError("intake.bad_date")
    if day is None:
        return month_or_season(year, _MONTHS[word])
    return day_of(year, _MONTHS[word], int(day))
