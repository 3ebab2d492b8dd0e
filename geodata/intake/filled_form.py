"""A form that is filled in, as a file's tables: which field each key path of them comes from.

What is typed goes in by the same door as a file, so nothing is checked here. A mistake at a key
path is told beside the field that was written there. A row's fields begin with its list's name and
the row's own mark (``point3-title``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from geodata.catalogue.mistakes import key_path
from geodata.catalogue.writing import Tables
from geodata.errors import IntakeError, Mistake
from geodata.intake.forms import FormValues, said_day
from geodata.intake.report import RowProblem
from geodata.intake.values.dates import parse_day

Path = tuple[str | int, ...]

DROPPED: Final = "dropped"
"""What the field says that takes a row away; its texts stay in the form, to be taken back."""

_PLAIN: Final[Mapping[str, str]] = {
    "catalogue.blank": "promises.blank",
    "catalogue.list_empty": "promises.choose",
    "catalogue.indicator_area": "promises.choose",
    "catalogue.no_areas": "promises.no_areas",
    "catalogue.not_date": "promises.not_day",
    "catalogue.not_one_of": "promises.choose",
    "catalogue.not_whole_number": "promises.not_number",
    "catalogue.not_number": "drawing.not_metres",
    "catalogue.bad_address": "promises.bad_address",
    "catalogue.bad_id": "promises.choose",
    "catalogue.missing_key": "promises.blank",
}
"""Sentences that speak of a file's keys, and what a form says instead."""


@dataclass(slots=True)
class FilledForm:
    """What a form says of something in the catalogue.

    Parameters
    ----------
    tables : dict
        As a file would hold them.
    terms : dict of str to str
        Activity kinds that are new: their names by id.
    fields : dict of tuple to str
        The form's field by the path that it is written to.
    """

    tables: Tables
    terms: dict[str, str] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)

    def problem(self, mistake: Mistake) -> RowProblem:
        """Return a mistake in the tables as one in the field that it comes from."""
        path = re.sub(r' ".*$', "", mistake.place)
        above = [f for f in self.fields if path == f or path.startswith((f"{f}.", f"{f}["))]
        key = _PLAIN.get(mistake.key, mistake.key)
        field_ = self.fields[max(above, key=len)] if above else ""
        return RowProblem("", None, field_, "", key, mistake.values)


def rows(values: FormValues, name: str) -> list[str]:
    """Return the marks of a list's rows, in order: the field called as the list holds them."""
    return re.findall(r"\w{1,8}", str(values.get(name) or ""), re.ASCII)[:60]


def kept_rows(values: FormValues, name: str) -> Iterator[str]:
    """Yield the fields' beginnings of the rows that are not taken away."""
    for mark in rows(values, name):
        if DROPPED not in several(values, f"{name}{mark}-{DROPPED}"):
            yield f"{name}{mark}-"


def several(values: FormValues, name: str) -> tuple[str, ...]:
    """Return what was ticked."""
    given = values.get(name, ())
    return (given,) if isinstance(given, str) and given else tuple(given)


def texts(at: str, table: Tables, names: Sequence[str]) -> dict[str, str]:
    """Return what the fields show of texts in both languages."""
    both = {f"{at}{name}": table.get(name, {}).get("sv", "") for name in names}
    return both | {f"{at}{name}_en": table.get(name, {}).get("en", "") for name in names}


def days(at: str, table: Tables, names: Sequence[str]) -> dict[str, str]:
    """Return what the fields show of days, and of whatever else is one word."""
    return {f"{at}{name}": str(table.get(name, "")) for name in names}


def source_values(tables: Tables) -> dict[str, str]:
    """Return what the fields of a source show."""
    source = tables.get("source", {})
    return texts("source_", source, ("title",)) | days(
        "source_", source, ("publisher", "url", "date")
    )


def marks(found: Sequence[object]) -> str:
    """Return the marks of a list's rows: their places, from 1."""
    return " ".join(str(number) for number in range(1, len(found) + 1))


@dataclass(slots=True)
class Writer:
    """Writes a form's fields into tables.

    Parameters
    ----------
    form : FilledForm
        What is written to.
    values : mapping
        The form's, by field.
    today : datetime.date
        For days written without their year.
    """

    form: FilledForm
    values: FormValues
    today: date

    @property
    def tables(self) -> Tables:
        """The whole file's."""
        return self.form.tables

    def cell(self, name: str) -> str:
        """Return what a field says."""
        value = self.values.get(name, "")
        return value.strip() if isinstance(value, str) else ""

    def put(self, table: Tables, above: Path, key: str, value: object, name: str) -> None:
        """Write a value where it belongs, or nothing where there is none."""
        self.form.fields[key_path([*above, key])] = name
        if value in (None, ""):
            table.pop(key, None)
        else:
            table[key] = value

    def text(
        self, table: Tables, above: Path, key: str, name: str, *, needed: bool = False
    ) -> None:
        """Write a text in both languages."""
        swedish, english = self.cell(name), self.cell(f"{name}_en")
        both = {"sv": swedish} | ({"en": english} if english else {})
        self.put(table, above, key, both if needed or swedish or english else None, name)
        self.form.fields[key_path([*above, key, "en"])] = f"{name}_en"

    def day(self, table: Tables, above: Path, key: str, name: str, *, needed: bool = False) -> None:
        """Write a day."""
        self.put(table, above, key, self.said(name), name)
        if needed and key not in table:
            table[key] = ""

    def said(self, name: str) -> date | str:
        """Return the day that a field says, as it was typed where that is none."""
        text = self.cell(name)
        try:
            return parse_day(said_day(text, self.today)).day if text else ""
        except IntakeError:
            return text

    def listed(self, name: str, key: str, row: Callable[[Tables, Path, str], None]) -> None:
        """Write a list's rows over those that the promise had, by their marks."""
        known = enumerate(self.tables.get(key, [])[:60], start=1)
        before = {str(table.get("number", mark)): table for mark, table in known}
        self.tables[key] = made = list[Tables]()
        self.form.fields[key] = name
        for at in kept_rows(self.values, name):
            mark = at.removeprefix(name).removesuffix("-")
            made.append({**before.get(mark, {})})
            row(made[-1], (key, len(made) - 1), at)

    def source(self) -> None:
        """Write who says it, and where."""
        source = self.tables["source"] = {**self.tables.get("source", {})}
        self.text(source, ("source",), "title", "source_title", needed=True)
        source["publisher"] = self.cell("source_publisher")
        self.form.fields[key_path(["source", "publisher"])] = "source_publisher"
        self.put(source, ("source",), "url", self.cell("source_url"), "source_url")
        self.day(source, ("source",), "date", "source_date")
