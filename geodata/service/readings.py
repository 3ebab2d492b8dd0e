"""Readings written down by hand: a form's fields are a file's columns, and go in as a file does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from geodata.catalogue.content import read_content
from geodata.catalogue.files import UTF8_BOM, file_called
from geodata.catalogue.indicators import COLUMNS, reading_row, readings_text
from geodata.catalogue.placing import reading_entry
from geodata.errors import Mistake
from geodata.intake.forms import author
from geodata.intake.promise_form import FilledForm
from geodata.intake.report import RowProblem
from geodata.model import Reading, Revision
from geodata.service.core import Service
from geodata.service.promises import ENTRY, put_entry, withdraw_entry
from geodata.service.recording import FormValues, Outcome, Refused

SERIES: Final = "series"
"""The field that says of which series: its id holds the indicator's."""

FIELDS: Final = tuple(name for name in COLUMNS if name not in ("indicator", SERIES))


@dataclass(frozen=True, slots=True)
class ReadingBegun:
    """What a reading's form begins with.

    Parameters
    ----------
    base : Reading or None
        The reading that is changed, None for a new one. Its series and time are what it is; at
        another time it would be another reading.
    number : int
        The revision that saving builds on, 0 for a new one.
    """

    base: Reading | None = None
    number: int = 0


def begun(service: Service, reading_id: str = "") -> ReadingBegun:
    """Return what a reading's form begins with; of one that there isn't, a new one's."""
    base = next((r for r in service.catalogue.readings if r.id == reading_id), None)
    if base is None:
        return ReadingBegun()
    return ReadingBegun(base, service.newest_number(ENTRY, reading_entry(base.id)))


def reading_values(base: Reading | None) -> dict[str, str]:
    """Return what the fields show of a reading; of none, nothing."""
    row = dict.fromkeys(COLUMNS, "") | (reading_row(base) if base else {})
    return {**row, SERIES: base.series if base else ""}


def save_reading(service: Service, begun: ReadingBegun, values: FormValues) -> Outcome:
    """Save what a reading's form says.

    Parameters
    ----------
    service : Service
        Whose register is written to.
    begun : ReadingBegun
        What the form began with; `number` is the revision that the reader saw.
    values : mapping
        By field; ``by`` is who saves it.

    Returns
    -------
    Saved, Refused or Conflict
        Of what is wrong everything at once, each by its field. Where the series has a reading of
        that time already, it is a conflict.
    """
    by, problems = author(values)
    row = {name: str(values.get(name, "")).strip() for name in FIELDS}
    if begun.base is not None:
        row["period"] = reading_row(begun.base)["period"]
    series = begun.base.series if begun.base else str(values.get(SERIES, ""))
    row["indicator"], _, row[SERIES] = series.rpartition("/")
    data = readings_text([row]).encode("utf-8")
    read = read_content(file_called(Path("readings.csv")), data).readings
    id_ = reading_entry(read[0][1].id) if read else ""
    return put_entry(service, id_, [("readings.csv", data)], begun.number, by, problems, _problem)


def clashes(theirs: Revision, values: FormValues) -> dict[str, tuple[str, str]]:
    """Return where a reading that is there says something else than a form: theirs and mine."""
    text = str(theirs.content["text"]).encode("utf-8")
    ((_, reading),) = read_content(file_called(Path("readings.csv")), text).readings
    row = reading_values(reading)
    both = {name: (row[name], str(values.get(name, "")).strip()) for name in FIELDS}
    return {n: said for n, said in both.items() if said[0] != said[1] and n != "period"}


def _problem(mistake: Mistake) -> RowProblem:
    """Return a mistake in the row as one in the field that it comes from."""
    form = FilledForm({}, fields={name: name for name in COLUMNS} | {"indicator": SERIES})
    return form.problem(replace(mistake, place=mistake.place or str(mistake.values.get("name"))))


def readings_file(service: Service) -> bytes:
    """Return every reading as a CSV file that Excel opens, and that can be taken in again."""
    text = readings_text(map(reading_row, service.catalogue.readings))
    return UTF8_BOM + text.encode("utf-8")


def withdraw_reading(service: Service, begun: ReadingBegun, values: FormValues) -> Outcome:
    """Take a reading back as one that should not have been made; its versions stay."""
    by, problems = author(values)
    if problems or begun.base is None:
        return Refused(problems)
    return withdraw_entry(service, reading_entry(begun.base.id), begun.number, by)
