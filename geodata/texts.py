"""Words: keys to sentences in Swedish and English, with dates and numbers as each writes them.

Every word a person reads, on the screen, in a document or on the command line, stands in
``locale/<language>/<room>.po`` under a key. Swedish is the screen's first language; both are
complete, which a test holds. The files are read as they are: there is no compile step.
"""

from __future__ import annotations

import gettext
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Final, Literal, Protocol
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, get_day_names
from babel.lists import format_list
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from geodata.errors import Mistake, Value
from geodata.model import Language, LocalText, Period, Precision, Reading, State, Unit

LOCALE_FOLDER: Final = Path(__file__).parent / "locale"


class Keyed(Protocol):
    """What is wrong, as it travels: a sentence's key, and what the sentence names."""

    @property
    def key(self) -> str:
        """Without its ``error.``."""

    @property
    def values(self) -> Mapping[str, Value]:
        """By name."""


PLACES: Final = ("file", "folder", "register")
"""What sentences name that lies somewhere on this machine."""

SWEDISH_TIME: Final = ZoneInfo("Europe/Stockholm")


@cache
def _translations(language: Language) -> gettext.GNUTranslations:
    # In one: of rooms that fall back on each other a word is looked for in all those before it.
    whole = Catalog(locale=language)
    for path in sorted((LOCALE_FOLDER / language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language, abort_invalid=True):
                if message.id and message.id not in whole:
                    whole[message.id] = message
    if not len(whole):
        raise FileNotFoundError(LOCALE_FOLDER / language)
    compiled = io.BytesIO()
    write_mo(compiled, whole)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


class Words:
    """The words of one language.

    With `whole_paths` a sentence names files with the folders they are in: on the command line, to
    whom the machine belongs. Any other reader is told the file's own name.
    """

    def __init__(self, language: Language, *, whole_paths: bool = False) -> None:
        self.language: Language = language
        self._whole_paths = whole_paths
        self._catalogue = _translations(language)
        self._locale = Locale.parse("sv_SE" if language == "sv" else "en_GB")

    def __call__(self, key: str, **values: Value) -> str:
        """Return the sentence of a key: plain text, never markup.

        `values` are what it names; `count`, an int, chooses between singular and plural where the
        entry has both. A KeyError if the locale has no such entry: a mistake in the program, never
        in the data.
        """
        count = values.get("count")
        found = key
        if isinstance(count, int):
            found = self._catalogue.ngettext(key, key, count)
        if found == key:
            found = self._catalogue.gettext(key)
        if found == key:
            raise KeyError(key)
        shown = {
            name: self.number(value)
            if isinstance(value, int | float)
            else self._place(value)
            if name in PLACES
            else value
            for name, value in values.items()
        }
        return found.format_map(shown)

    def error(self, error: Keyed) -> str:
        """Return the sentence of an error, a mistake in a file or a problem in a record."""
        return self(f"error.{error.key}", **error.values)

    def where(self, mistake: Mistake) -> str:
        """Return where a mistake stands: file, and line and place where they are known."""
        line = None if mistake.line is None else self("place.line", line=str(mistake.line))
        within = ", ".join(part for part in (line, mistake.place) if part)
        file = self._place(mistake.file)
        return f"{file}: {within}" if within else file

    def _place(self, path: str) -> str:
        """Return what a file, a folder or a register is called to who reads."""
        return path if self._whole_paths else re.split(r"[/\\]", path.rstrip("/\\"))[-1]

    def number(self, value: float, decimals: int = 0) -> str:
        """Return a number as the language writes it, rounded to `decimals`."""
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        return format_decimal(value, format=pattern, locale=self._locale)

    def amount(self, value: float) -> str:
        """Return a number of things that may be part of one, never rounded to none at all."""
        if 0 < value < 0.05:
            return self("number.below", least=self.number(0.1, 1))
        return self.number(value, 0 if abs(value - round(value)) < 0.05 else 1)

    def percent(self, share: float, decimals: int = 0) -> str:
        """Return a share as per cent, never rounded to all nor to nothing where it isn't that.

        Parameters
        ----------
        share : float
            1 is all.
        decimals : int
            How many are told.

        Returns
        -------
        str
            "99 %"; "över 99 %" where it would else be rounded to 100, "under 1 %" where to 0.
        """
        least = 10.0**-decimals
        rounded = format_decimal(share * 100, format="0." + "0" * decimals, locale="en")
        if share < 1 and float(rounded) == 100:
            return self("number.percent_above", share=self.number(100 - least, decimals))
        if share > 0 and float(rounded) == 0:
            return self("number.percent_below", share=self.number(least, decimals))
        return self("number.percent", share=self.number(share * 100, decimals))

    def clock(self, value: datetime) -> str:
        """Return the time of day in Swedish time, and which hour of the two when it comes twice."""
        local = value.astimezone(SWEDISH_TIME)
        told = f"{local:%H:%M}"
        if not comes_twice(local):
            return told
        return self("clock.winter" if local.fold else "clock.summer", time=told)

    def day(self, value: date, *, short: bool = False) -> str:
        """Return a date in words: 7 september 2018; `short` gives 7 sep. 2018."""
        pattern = "d MMM y" if short else "d MMMM y"
        return format_date(value, pattern, locale=self._locale)

    def month(self, value: date) -> str:
        """Return a month in words: mars 2018."""
        return format_date(value, "MMMM y", locale=self._locale)

    def month_short(self, value: date) -> str:
        """Return a month in a few letters, with its year in January: mars, jan. 2019."""
        return format_date(value, "MMM y" if value.month == 1 else "MMM", locale=self._locale)

    def weekday(self, day: int, *, short: bool = False) -> str:
        """Return the name of a day of the week, 0 for Monday; `short` gives a few letters."""
        return str(get_day_names("abbreviated" if short else "wide", locale=self._locale)[day])

    def record_day(self, day: date, start: datetime, precision: Precision) -> str:
        """Return a record's day in few letters, no more exact than it is known."""
        if precision in (Precision.DAY, Precision.MINUTE):
            return self.day(day, short=True)
        return self.when(start, precision)

    def period(self, start: date, end: date, precision: Literal["day", "month", "year"]) -> str:
        """Return a span of time in words: its days, or as much as is known of them."""
        if precision == "year":
            return Period(start, end).years
        told = self.month if precision == "month" else self.day
        first, last = told(start), told(end)
        return first if first == last else self("when.period", start=first, end=last)

    def measured(self, value: float, unit: Unit) -> str:
        """Return a reading's value as exactly as it is known, in hundredths at the most."""
        decimals = len(f"{value:.2f}".rstrip("0").partition(".")[2])
        told = self.number(value, decimals)
        return self("number.percent", share=told) if unit == "percent" else told

    def reading_when(self, reading: Reading) -> str:
        """Return when something was read, no more exact than it is known."""
        when = reading.period
        return (
            self.period(when.start, when.end, when.precision) if when else self("reading.undated")
        )

    def reading_answers(self, reading: Reading) -> str:
        """Return how many answered, of how many, and so; nothing where that isn't known."""
        told, answered, asked = [], reading.answered, reading.asked
        if reading.count is not None and answered is not None:
            told.append(self("reading.count", count=reading.count, answered=answered))
        response = reading.response_percent
        if response is not None and answered is not None and asked is not None:
            share = self("number.percent", share=self.number(response, 1))
            told.append(self("reading.answered_of", answered=answered, asked=asked, share=share))
        elif answered is not None and reading.count is None:
            told.append(self("reading.answered", count=answered))
        elif asked is not None:
            told.append(self("reading.asked", count=asked))
        if reading.response_stated is not None:
            share = self.measured(reading.response_stated, "percent")
            told.append(self("reading.response_stated", share=share))
        return "; ".join(told)

    def standing(self, states: Iterable[State]) -> str:
        """Return how commitments in these states stand together, in a sentence, the worst first."""
        counts = Counter(states)
        told = [self(f"areas.state.{s}", count=counts[s]) for s in State if s in counts]
        if not told:
            return self("summary.none")
        together = format_list(told, locale=self._locale)
        return self("summary.standing", count=counts.total(), states=together)

    def metres(self, value: float) -> str:
        """Return a distance in metres, with a decimal where it is a short one."""
        return self.number(value, 1 if value < 10 and value != round(value) else 0)

    def duration(self, minutes: float) -> str:
        """Return a time in hours and whole minutes, a half one upwards."""
        hours, rest = divmod(int(minutes + 0.5), 60)
        if not hours:
            return self("minutes.minutes", count=rest)
        if rest:
            return self("minutes.hours", hours=hours, minutes=rest)
        return self("minutes.whole_hours", hours=hours)

    def when(self, start: datetime, precision: Precision) -> str:
        """Return a time in words, no more exact than it is known.

        Parameters
        ----------
        start : datetime.datetime
            With zone; told in Swedish time.
        precision : Precision
            How exactly it is known.

        Returns
        -------
        str
            Such as ``7 mars 2018 kl. 18:00``, ``7 mars 2018``, ``mars 2018``, ``sommaren 2018``.
        """
        local = start.astimezone(SWEDISH_TIME)
        if precision is Precision.SEASON:
            year = f"{local.year}–{local.year + 1}" if local.month == 12 else str(local.year)
            return self(f"season.{(local.month // 3) % 4}", year=year)
        if precision is Precision.MONTH:
            return self.month(local)
        if precision is Precision.DAY:
            return self.day(local)
        return self("when.minute", day=self.day(local), time=self.clock(local))


def prose(text: LocalText, language: Language) -> Markup:
    """Return a text for HTML, marked as Swedish where it has no English for an English page."""
    shown = escape(text.to(language))
    foreign = text.language(language) != language
    return Markup('<span lang="sv">{}</span>').format(shown) if foreign else shown


@cache
def words(language: Language, *, whole_paths: bool = False) -> Words:
    """Return the words of a language, made once."""
    return Words(language, whole_paths=whole_paths)


_SWEDISH_LAST: Final = str.maketrans({"å": "{", "ä": "|", "æ": "|", "ö": "}", "ø": "}"})
"""These letters end the Swedish alphabet; these three ASCII signs follow z in that order."""


def alphabetical(name: str) -> str:
    """Return what names are sorted by in Swedish: å, ä and ö come after z.

    Parameters
    ----------
    name : str
        Large and small letters are alike, and so are e and é.
    """
    known = unicodedata.normalize("NFC", name.casefold()).translate(_SWEDISH_LAST)
    return "".join(c for c in unicodedata.normalize("NFD", known) if not unicodedata.combining(c))


def comes_twice(value: datetime) -> bool:
    """Tell whether a time is in the hour that comes twice, when the clock is set back.

    Parameters
    ----------
    value : datetime.datetime
        With zone.
    """
    local = value.astimezone(SWEDISH_TIME)
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
