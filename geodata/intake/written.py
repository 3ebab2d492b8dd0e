"""Days as people write them: ``7/3 2018``, ``7.3.2018``, ``7 mars 2018``, ``sommaren 2018``."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from geodata.errors import IntakeError
from geodata.intake.clock import at_time, parse_time
from geodata.intake.moments import When, day_of, month_or_season

_DAY_FIRST: Final = re.compile(
    r"(?P<day>\d{1,2})(?P<between>[/.-]) ?(?P<month>\d{1,2})(?:[/.-]| ?-? ?)(?P<year>\d{4})\b",
    re.ASCII,
)
_YEAR_FIRST: Final = re.compile(
    r"(?P<year>\d{4})(?:(?P<b>[/.-])(?P<month>\d{1,2})(?P=b)(?P<day>\d{1,2})"
    r"|(?P<mm>\d{2})(?P<dd>\d{2}))\b",
    re.ASCII,
)
_IN_WORDS: Final = re.compile(
    r"(?:[^\W\d]+,? )?(?:(?P<day>\d{1,2})(?:[.:]|:e|:a|st|nd|rd|th)?,? )?"
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


def as_people_write(text: str) -> When:
    """Return the time that a text names in words or with slashes or full stops.

    Parameters
    ----------
    text : str
        With single spaces. A time of day may follow the day.

    Returns
    -------
    When
        As `geodata.intake.dates.parse_when` tells.

    Raises
    ------
    IntakeError
        As `geodata.intake.dates.parse_when` tells.
    """
    for pattern, read in (
        (_YEAR_FIRST, _from_year_first),
        (_DAY_FIRST, _from_day_first),
        (_IN_WORDS, _from_words),
    ):
        if found := pattern.match(text):
            when = read(found)
            rest = text[found.end() :].lstrip(" ,T")
            return when if not rest else _with_time(when, rest)
    raise IntakeError("intake.bad_date")


def _with_time(when: When, rest: str) -> When:
    try:
        clock = parse_time(rest)
    except IntakeError as error:
        raise IntakeError("intake.bad_date") from error
    return at_time(when, clock)


def _from_year_first(found: re.Match[str]) -> When:
    month, day = found["month"] or found["mm"], found["day"] or found["dd"]
    return day_of(int(found["year"]), int(month), int(day))


def _from_day_first(found: re.Match[str]) -> When:
    day, month, year = int(found["day"]), int(found["month"]), int(found["year"])
    if month > 12 >= day:
        raise IntakeError("intake.month_first")
    # With full stops, or the year set apart, it is written as only Swedes and their likes do.
    one_sign = found[0].count(found["between"]) == 2 and found["between"] in "/-"
    either = one_sign and day <= 12 and day != month
    return replace(day_of(year, month, day), day_first=either)


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
