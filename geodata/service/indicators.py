"""Indicators and their readings written by hand: what a form says goes in as a file does.

Both are entries of the catalogue, each with its history: changed, withdrawn and brought back alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from geodata.catalogue.content import Content, read_content
from geodata.catalogue.files import UTF8_BOM, file_called
from geodata.catalogue.readings import COLUMNS, reading_row, readings_text
from geodata.catalogue.succession import free_id
from geodata.catalogue.writing import indicator_entry, indicators_text, reading_entry, toml_text
from geodata.errors import Mistake
from geodata.intake.filled_form import FilledForm
from geodata.intake.filled_form import rows as rows
from geodata.intake.forms import author
from geodata.intake.indicator_form import indicator_values, read_indicator
from geodata.intake.report import RowProblem
from geodata.model import Indicator, Reading, Revision
from geodata.service.adding import content_in
from geodata.service.core import Service
from geodata.service.promises import (
    ENTRY,
    Version,
    bring_back_entry,
    entry_versions,
    put_entry,
    withdraw_entry,
)
from geodata.service.recording import FormValues, Outcome, Refused

Kind = Literal["reading", "indicator"]

SERIES: Final = "series"
"""A reading's field that says of which series: its id holds the indicator's."""

FIELDS: Final = tuple(name for name in COLUMNS if name not in ("indicator", SERIES))
"""A reading's others."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What a form begins with.

    Parameters
    ----------
    kind : {"reading", "indicator"}
        What it is of.
    base : Reading, Indicator or None
        What is changed, or was withdrawn; None for a new one. A reading's series and time are what
        it is; at another time it would be another reading.
    number : int
        The revision that saving builds on, 0 for a new one.
    gone : bool
        Whether it was withdrawn.
    """

    kind: Kind
    base: Reading | Indicator | None = None
    number: int = 0
    gone: bool = False

    @property
    def entry(self) -> str:
        """The id of its entry in the catalogue; empty for a new one."""
        return _entry(self.kind, self.base.id) if self.base else ""

    @property
    def values(self) -> dict[str, str | tuple[str, ...]]:
        """What its fields show."""
        return _values(self.kind, self.base)


def _entry(kind: Kind, id_: str) -> str:
    if kind == "indicator":
        return indicator_entry(id_)
    return reading_entry(id_) if id_.count("/") > 1 else ""


def _held(kind: Kind, content: Content) -> Reading | Indicator | None:
    if kind == "indicator":
        return next(iter(content.indicators), None)
    return next((reading for _, reading in content.readings), None)


def _values(kind: Kind, base: Reading | Indicator | None) -> dict[str, str | tuple[str, ...]]:
    if isinstance(base, Indicator) or kind == "indicator":
        return indicator_values(base if isinstance(base, Indicator) else None)
    row = dict.fromkeys(COLUMNS, "") | (reading_row(base) if base else {})
    return {**row, SERIES: base.series if base else ""}


def begun(service: Service, kind: Kind, id_: str = "") -> Begun:
    """Return what a form begins with, by a thing's id or its entry's; of none, a new one's."""
    known = {each.id: each for each in service.register.catalogue_entries(withdrawn=True)}
    entry = id_ if id_ in known else _entry(kind, id_)
    newest = service.revisions(ENTRY, entry)[-1] if entry in known else None
    base = _held(kind, content_in(newest)) if newest else None
    if newest is None or base is None:
        return Begun(kind)
    return Begun(kind, base, newest.number, known[entry].void)


def save(service: Service, begun: Begun, values: FormValues) -> Outcome:
    """Save what a form says.

    Parameters
    ----------
    service : Service
        Whose register is written to.
    begun : Begun
        What the form began with; `number` is the revision that the reader saw.
    values : mapping
        By field; ``by`` is who saves it.

    Returns
    -------
    Saved, Refused or Conflict
        Of what is wrong everything at once, each by its field. Where a series has a reading of
        that time already, it is a conflict.
    """
    by, problems = author(values)
    is_definition = begun.kind == "indicator"
    made = _definition(service, begun, values) if is_definition else _reading(begun, values)
    id_, name, text, form = made

    def problem(mistake: Mistake) -> RowProblem:
        place = mistake.place or str(mistake.values.get("name"))
        # A reading that no longer fits its series stands in a file of its own.
        is_anothers = begun.kind == "indicator" and mistake.file != name
        return form.problem(
            replace(mistake, place="indicators[1].series" if is_anothers else place)
        )

    files = [(name, text.encode("utf-8"))]
    return put_entry(service, id_, files, begun.number, by, problems, problem)


def _definition(
    service: Service, begun: Begun, values: FormValues
) -> tuple[str, str, str, FilledForm]:
    taken = service.register.catalogue_entries(withdrawn=True)
    base = begun.base if isinstance(begun.base, Indicator) else None
    ids = {e.id.removeprefix("indicators-").removesuffix(".toml") for e in taken}
    id_ = base.id if base else free_id(str(values.get("name", "")), ids)
    area = service.catalogue.area_by_id.get(str(values.get("area", "")))
    form = read_indicator(values, base, id_, area, service.today())
    entry = indicator_entry(id_)
    return entry, entry, toml_text(form.tables), form


def _reading(begun: Begun, values: FormValues) -> tuple[str, str, str, FilledForm]:
    row = {name: str(values.get(name, "")).strip() for name in FIELDS}
    base, series = begun.base, str(values.get(SERIES, ""))
    if isinstance(base, Reading):
        row["period"], series = reading_row(base)["period"], base.series
    row["indicator"], _, row[SERIES] = series.rpartition("/")
    name, text = "readings.csv", readings_text([row])
    read = read_content(file_called(Path(name)), text.encode("utf-8")).readings
    id_ = reading_entry(read[0][1].id) if read else ""
    fields = {column: column for column in COLUMNS} | {"indicator": SERIES}
    return id_, name, text, FilledForm({}, fields=fields)


def clashes(begun: Begun, theirs: Revision, values: FormValues) -> dict[str, tuple[str, str]]:
    """Return where what is there says something else than a form: theirs and mine."""
    said = _values(begun.kind, _held(begun.kind, content_in(theirs)))
    both = {n: (_shown(said.get(n, "")), _shown(values.get(n, ""))) for n in {**said, **values}}
    own = ("by", "expected", "indicator", SERIES, "period") if begun.kind == "reading" else ("by",)
    return {n: two for n, two in both.items() if two[0] != two[1] and n not in (*own, "expected")}


def _shown(value: str | Sequence[str]) -> str:
    return value.strip() if isinstance(value, str) else ", ".join(value)


def versions(service: Service, begun: Begun) -> list[Version[Reading | Indicator]]:
    """Return a thing's revisions with what each changed, the newest first."""
    if begun.base is None:
        return []
    kind = begun.kind
    return entry_versions(
        service, begun.entry, lambda content: _held(kind, content), lambda v: _values(kind, v)
    )


def withdraw(service: Service, begun: Begun, values: FormValues) -> Outcome:
    """Take something back as what should not have been made; its versions stay.

    Refused of an indicator that has readings: they are withdrawn first.
    """
    by, problems = author(values)
    base = begun.base
    if isinstance(base, Indicator) and any(
        reading.indicator == base.id for reading in service.catalogue.readings
    ):
        problems = (RowProblem("", None, "by", "", "indicators.used", {}), *problems)
    if problems or base is None:
        return Refused(problems)
    return withdraw_entry(service, begun.entry, begun.number, by)


def bring_back(service: Service, begun: Begun, values: FormValues, number: int) -> Outcome:
    """Make an earlier text the present one, where it still fits the others."""
    return bring_back_entry(service, begun.entry, values, begun.number, number)


def readings_file(service: Service) -> bytes:
    """Return every reading as a CSV file that Excel opens, and that can be taken in again."""
    text = readings_text(map(reading_row, service.catalogue.readings))
    return UTF8_BOM + text.encode("utf-8")


def definitions_file(service: Service) -> bytes:
    """Return every indicator's definition as a file that can be taken in again."""
    return indicators_text(service.catalogue.indicators).encode("utf-8")
