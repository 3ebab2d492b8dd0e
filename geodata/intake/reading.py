"""What every reader needs beside the row: the names the catalogue knows, limits, options, ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date
from itertools import chain
from math import isfinite
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import shapely
from pydantic import TypeAdapter
from shapely import Point

from geodata.intake import fields
from geodata.intake.fields import Cells, folded
from geodata.intake.positions import Shape
from geodata.intake.report import Limits, ReadOptions, RecordIds, RowNotes, RowProblem
from geodata.intake.sheets import Sheet
from geodata.intake.tracks import Stay
from geodata.intake.values.clock import BY_ITSELF, When, Writing, writing_of_clocks
from geodata.intake.values.dates import order_of, parse_when, writing_of
from geodata.model import Catalogue, LocalText, Location, Origin, SourceKind, Term, Walk
from geodata.records.tables import OWN_ID, PLAIN, TABLES, Sort, column
from geodata.records.types import Column

_DAYS: Final = tuple(
    dict.fromkeys(
        one.name
        for table in TABLES.values()
        for one in table
        if one.holds in ("day", "time") and one.name != "time"
    )
)

NO_WALKS: Final[Mapping[str, Walk]] = {}


Known = Mapping[str, Mapping[str, str]]
"""What a `Column.known` of the catalogue's may be called, as `folded`, to the id it stands for."""


def known_from(catalogue: Catalogue) -> Known:
    """Return the names a catalogue knows: ids, and names in both languages."""

    def named(items: Iterable[tuple[str, LocalText | str]]) -> dict[str, str]:
        found: dict[str, str] = {}
        for id_, name in items:
            names = (name,) if isinstance(name, str) else name.all
            for word in (*names, id_):
                found[folded(word)] = id_
        return found

    def terms(items: Mapping[str, Term]) -> dict[str, str]:
        return named((term.id, term.name) for term in items.values())

    return {
        "kinds": terms(catalogue.vocabulary.activity_kinds),
        "areas": named((area.id, area.name) for area in catalogue.areas),
        "parties": named((p.id, p.name) for p in catalogue.party_by_id.values()),
        "categories": terms(catalogue.vocabulary.finding_categories),
        "commitments": {folded(id_): id_ for id_ in catalogue.commitment_by_id},
        "promises": {folded(id_): id_ for id_ in catalogue.promise_by_id},
    }


@dataclass(slots=True)
class Row:
    """One row as a reader of records takes it."""

    number: int
    cells: Cells
    raw: Cells
    place: Shape | None
    location: Location | None
    own_id: str
    stays: tuple[Stay, ...] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """One file's reading."""

    file: str
    known: Known
    origin_kind: SourceKind
    limits: Limits
    today: date = date.max
    options: ReadOptions = field(default_factory=ReadOptions)
    walks: Mapping[str, Walk] = field(default_factory=dict)
    ids: RecordIds = field(default_factory=RecordIds)
    own_ids: dict[str, int | str] = field(default_factory=dict)
    needs: set[str] = field(default_factory=set)
    names: dict[str, int] = field(default_factory=dict)
    walk_ids: dict[str, str] = field(default_factory=dict)
    meetings: set[str] = field(default_factory=set)
    documents: Mapping[str, bytes] = field(default_factory=dict)
    verified: dict[str, str] = field(default_factory=dict)
    folder: Path | None = None
    required: tuple[str, ...] = ()
    writing: Mapping[str, Writing] = field(default_factory=dict)
    sheet: str = ""

    def place_of(self, row: Row) -> int | str:
        """Return where a row stands in the file, for a later one to name."""
        return f"{row.number} ({self.sheet})" if self.sheet else row.number

    def text(self, row: Row, name: str, told: RowNotes, longest: int = 0) -> str:
        """Return a field's free text, as it was written where the program itself wrote it."""
        cells = row.raw if row.own_id else row.cells
        return fields.text(cells, name, told, longest or self.limits.text)

    def origin(self, row: Row, told: RowNotes) -> Origin:
        """Return where a record comes from: as an own row says, else this file."""
        if not row.own_id:
            reference = self.text(row, "reference", told) or None
            return Origin(self.origin_kind, self.file, row.number, reference)
        kind = self.value("activities", "source_kind", row, told)
        return Origin(
            SourceKind(kind or self.origin_kind),
            self.text(row, "source_file", told) or None,
            fields.number(row.cells, "source_row", told, self.limits.size),
            self.text(row, "source_reference", told) or None,
        )

    def plain(self, sort: Sort, row: Row, told: RowNotes) -> dict[str, Any]:
        """Return by field what a row's columns hold that are read by themselves."""
        cells = row.cells
        return {
            # Most cells of most files are empty.
            field: read(self, row, one, told) if one.name in cells else nothing
            for field, one, read, nothing in _PLAIN[sort]
        }

    def value(self, sort: Sort, name: str, row: Row, told: RowNotes) -> Any:
        """Return what one of a row's columns holds."""
        one = column(sort, name)
        return _READERS[one.holds](self, row, one, told)

    def known_names(self, one: Column) -> Mapping[str, str]:
        """Return what a column may hold, as `folded`, to what it stands for."""
        return one.words or self.known[one.known]

    def area_of(self, row: Row, given: str | None, told: RowNotes) -> str | None:
        """Return a record's area: the row's own word, else where it lies, else the option's.

        An own row without an area has none: somebody chose so.
        """
        if row.own_id:
            return given
        if row.location is None or told.refused:
            return given or self.options.area
        if given is None and row.location.area_id is None and self.options.area is not None:
            return self.options.area
        return fields.area_at(given, row.location, told)

    def chosen(self, sort: Sort, name: str, row: Row, told: RowNotes) -> str | None:
        """Return a kind or category that must be there: the row's own, else the option's."""
        if row.cells.get(name):
            found: str | None = self.value(sort, name, row, told)
            return found
        given: str | None = getattr(self.options, name)
        if given is None:
            self.needs.add(name)
            told.error(name, "intake.missing_value")
        return given

    def when(self, row: Row, told: RowNotes) -> When | None:
        """Return a row's time: its own, else the day of the options."""
        if row.own_id:
            return fields.own_when(row.cells, told)
        if row.cells.get("date"):
            found = fields.when(row.cells, "date", told, "time", self.writing)
            self._ask_order(told)
            return found
        if self.options.day is None:
            self.needs.add("day")
            told.error("date", "intake.missing_value")
            return None
        given = {**row.cells, "date": self.options.day.isoformat()}
        return fields.when(given, "date", told, "time", {**self.writing, "date": BY_ITSELF})

    def day(self, cells: Cells, name: str, told: RowNotes) -> date | None:
        """Return a field's day, None where there is none or it can't be read."""
        found = fields.day(cells, name, told, self.writing)
        self._ask_order(told)
        return found

    def _ask_order(self, told: RowNotes) -> None:
        """Ask which of two numbers is the month, where nothing in the column tells."""
        if any(p.key in ("intake.day_first", "intake.day_or_month") for p in told.problems):
            self.needs.add("month_first")

    def require_past(self, when: When | None, told: RowNotes) -> None:
        """Refuse what is said to be done and has not come yet.

        A month or season counts from its first day: it is known no more exactly.
        """
        if when is not None and when.start.date() > self.today:
            told.error("date", "intake.future", when.start.date().isoformat())

    def walk_id(self, name: str) -> str | None:
        """Return the id of the walk that an earlier row, or one given beforehand, has named."""
        walk = self.walks.get(name)
        return self.walk_ids.get(name) if walk is None else walk.id

    def take_id(self, row: Row, told: RowNotes, *content: str | int | None) -> str:
        """Return a record's id: an own row's, else one that its content gives.

        An own id that an earlier row has refuses the row; content that an earlier row has is
        told and kept.
        """
        if row.own_id:
            return self._own_id(row, told)
        id_, earlier = self.ids.take(self.place_of(row), *content)
        if earlier is not None:
            told.notice("", "intake.same_as_row", earlier=earlier)
        return id_

    def _own_id(self, row: Row, told: RowNotes) -> str:
        id_ = uuid_in(row.cells, OWN_ID, told)
        if id_ is None:
            return ""
        if (earlier := self.own_ids.get(id_)) is not None:
            told.error(OWN_ID, "intake.id_twice", id_, earlier=earlier)
        self.own_ids.setdefault(id_, self.place_of(row))
        return id_


def writing_of_columns(
    sheet: Sheet, columns: Sequence[str], options: ReadOptions
) -> tuple[dict[str, Writing], list[RowProblem]]:
    """Return how a sheet's columns write days and times, told where that is not how Swedes do."""
    # A machine's own clock, as a track's, shows midnight only at midnight.
    if not sheet.titled or OWN_ID in columns:
        return {}, []
    found: dict[str, Writing] = {}
    headers = {name: sheet.header[at] for at, name in enumerate(columns) if name}
    told = RowNotes(sheet.shown_file, sheet.header_row, headers)
    for name in (*_DAYS, "time"):
        if name not in headers:
            continue
        column = columns.index(name)
        texts = [row[column].strip() for row in sheet.rows if len(row) > column]
        if name == "time":
            found[name] = writing_of_clocks(texts)
            continue
        writing = writing_of(texts, sheet.day_zero)
        if (order := options.month_first) is not None:
            writing = replace(writing, month_first=order, mixed=False)
        elif writing.month_first:
            told.notice(name, "intake.month_first_column", next(filter(order_of, texts)))
        if writing.since_1970:
            day = parse_when(writing.since_1970).day.isoformat()
            told.notice(name, "intake.since_1970", writing.since_1970, day=day)
        if writing.midnights:
            told.notice(name, "intake.midnights")
        found[name] = writing
    return found, told.problems


def _whole(_job: Job, row: Row, one: Column, told: RowNotes) -> int | None:
    value = fields.number(row.cells, one.name, told, int(one.highest))
    if one.above and value == 0:
        told.error(one.name, "intake.not_above_zero", row.cells[one.name])
    return value


def _decimal(_job: Job, row: Row, one: Column, told: RowNotes) -> float | None:
    value = fields.decimal(row.cells, one.name, told, one.lowest, one.highest)
    if one.above and value == 0:
        told.error(one.name, "intake.not_above_zero", row.cells[one.name])
        return None
    return value


def _choice(job: Job, row: Row, one: Column, told: RowNotes) -> str | None:
    return fields.choice(row.cells, one.name, told, job.known_names(one), one.unknown)


_SHAPES: Final[Mapping[str, TypeAdapter[Any]]] = {
    "names": TypeAdapter(tuple[str, ...]),
    "pairs": TypeAdapter(tuple[tuple[str, str], ...]),
    "values": TypeAdapter(dict[str, Any]),
}


def _json(job: Job, row: Row, one: Column, told: RowNotes) -> Any:
    """Return what a cell holds as JSON; each text in it is held to what a cell of text is."""
    cell = row.raw[one.name]
    try:
        found = _SHAPES[one.holds].validate_json(cell, strict=True)
    except ValueError:
        told.error(one.name, "intake.not_as_written", cell)
        return _NOTHING[one.holds]
    for value in _leaves(found):
        if isinstance(value, str):
            fields.text({one.name: value}, one.name, told, job.limits.size)
        elif isinstance(value, float) and not isfinite(value):
            told.error(one.name, "intake.not_as_written", cell)
    return found


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list | tuple):
        yield from chain.from_iterable(map(_leaves, value))
    else:
        yield value


_READERS: Final[Mapping[str, Callable[[Job, Row, Column, RowNotes], Any]]] = {
    "text": lambda job, row, one, told: job.text(row, one.name, told, one.longest),
    "whole": _whole,
    "minutes": lambda _job, row, one, told: fields.minutes(
        row.cells, one.name, told, int(one.highest)
    ),
    "decimal": _decimal,
    "day": lambda job, row, one, told: job.day(row.cells, one.name, told),
    "word": _choice,
    "id": _choice,
    "area": _choice,
    "ids": lambda job, row, one, told: fields.choices(
        row.cells, one.name, told, job.known_names(one), one.unknown
    ),
    "yes": lambda job, row, one, told: _choice(job, row, one, told) == "yes",
    **dict.fromkeys(_SHAPES, _json),
}
"""How a column is read that stands by itself."""

_NOTHING: Final[Mapping[str, Any]] = {
    "text": "",
    "ids": (),
    "yes": False,
    "names": (),
    "pairs": (),
    "values": {},
}
"""What an empty cell says; None of any other type."""

_PLAIN: Final = {
    sort: tuple(
        (one.attribute, one, _READERS[one.holds], _NOTHING.get(one.holds)) for one in columns
    )
    for sort, columns in PLAIN.items()
}


def uuid_in(cells: Cells, name: str, told: RowNotes) -> str | None:
    """Return the UUID that a field holds, None where there is none or it is no UUID."""
    found = cells.get(name, "")
    if not found:
        return None
    if (plain := as_uuid(found)) is None:
        told.error(name, "intake.bad_id", found)
    return plain


def as_uuid(text: str) -> str | None:
    """Return a text as a UUID is kept, None if it is no UUID in its usual form."""
    try:
        plain = str(UUID(text))
    except ValueError:
        return None
    return plain if plain == text.casefold() else None


def when_key(when: When) -> str:
    """Return a time as it goes into a record's id."""
    return f"{when.start.astimezone(UTC).isoformat()} {when.precision.value}"


def place_key(place: Shape | None) -> str:
    """Return a place as it goes into a record's id: to a tenth of a metre."""
    if place is None:
        return ""
    if isinstance(place, Point):
        return f"{place.x:.6f} {place.y:.6f}"
    return shapely.to_wkt(place, rounding_precision=6)
