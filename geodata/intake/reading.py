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
from geodata.intake.sheets import Sheet, Stay
from geodata.intake.values.clock import BY_ITSELF, When, Writing, writing_of_clocks
from geodata.intake.values.dates import order_of, parse_when, writing_of
from geodata.model import Catalogue, LocalText, Location, Origin, SourceKind, Term, Walk
from geodata.records import OWN_ID, PLAIN, TABLES, Column, Sort, column

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
    writing: Mapping[str, Writing] = field(default_factory=dict)
    sheet: str = ""

    def known_names(self, one: Column) -> Mapping[str, str]:
        """Return what a column may hold, as `folded`, to what it stands for."""
        return one.words or self.known[one.known]

    def walk_id(self, name: str) -> str | None:
        """Return the id of the walk that an earlier row, or one given beforehand, has named."""
        walk = self.walks.get(name)
        return self.walk_ids.get(name) if walk is None else walk.id


@dataclass(slots=True)
class Row:
    """One row as a reader of records takes it, and what is told of it."""

    job: Job
    sort: Sort
    told: RowNotes
    number: int
    cells: Cells
    raw: Cells
    place: Shape | None
    location: Location | None
    own_id: str
    stays: tuple[Stay, ...] = ()

    def text(self, name: str, longest: int = 0) -> str:
        """Return a field's free text, as it was written where the program itself wrote it."""
        cells = self.raw if self.own_id else self.cells
        return fields.text(cells, name, self.told, longest or self.job.limits.text)

    def origin(self) -> Origin:
        """Return where a record comes from: as an own row says, else this file."""
        job = self.job
        if not self.own_id:
            reference = self.text("reference") or None
            return Origin(job.origin_kind, job.file, self.number, reference)
        kind = _read(self, column("activities", "source_kind"))
        return Origin(
            SourceKind(kind or job.origin_kind),
            self.text("source_file") or None,
            fields.number(self.cells, "source_row", self.told, job.limits.size),
            self.text("source_reference") or None,
        )

    def plain(self) -> dict[str, Any]:
        """Return by field what the row's columns hold that are read by themselves."""
        cells = self.cells
        return {
            # Most cells of most files are empty.
            field: read(self, one) if one.name in cells else nothing
            for field, one, read, nothing in _PLAIN[self.sort]
        }

    def value(self, name: str) -> Any:
        """Return what one of the row's columns holds."""
        return _read(self, column(self.sort, name))

    def area_of(self, given: str | None) -> str | None:
        """Return a record's area: the row's own word, else where it lies, else the option's.

        An own row without an area has none: somebody chose so.
        """
        if self.own_id:
            return given
        otherwise = self.job.options.area
        if self.location is None or self.told.refused:
            return given or otherwise
        if given is None and self.location.area_id is None and otherwise is not None:
            return otherwise
        return fields.area_at(given, self.location, self.told)

    def chosen(self, name: str) -> str | None:
        """Return a kind or category that must be there: the row's own, else the option's."""
        if self.cells.get(name):
            found: str | None = self.value(name)
            return found
        given: str | None = getattr(self.job.options, name)
        if given is None:
            self.job.needs.add(name)
            self.told.error(name, "intake.missing_value")
        return given

    def when(self) -> When | None:
        """Return the row's time: its own, else the day of the options."""
        cells, writing = self.cells, self.job.writing
        if self.own_id:
            return fields.own_when(cells, self.told)
        if cells.get("date"):
            found = fields.when(cells, "date", self.told, "time", writing)
            self._ask_order()
            return found
        if self.job.options.day is None:
            self.job.needs.add("day")
            self.told.error("date", "intake.missing_value")
            return None
        given = {**cells, "date": self.job.options.day.isoformat()}
        return fields.when(given, "date", self.told, "time", {**writing, "date": BY_ITSELF})

    def day(self, name: str) -> date | None:
        """Return a field's day, None where there is none or it can't be read."""
        found = fields.day(self.cells, name, self.told, self.job.writing)
        self._ask_order()
        return found

    def _ask_order(self) -> None:
        """Ask which of two numbers is the month, where nothing in the column tells."""
        if any(p.key in ("intake.day_first", "intake.day_or_month") for p in self.told.problems):
            self.job.needs.add("month_first")

    def require_past(self, when: When | None) -> None:
        """Refuse what is said to be done and has not come yet.

        A month or season counts from its first day: it is known no more exactly.
        """
        if when is not None and when.start.date() > self.job.today:
            self.told.error("date", "intake.future", when.start.date().isoformat())

    def uuid(self, name: str) -> str | None:
        """Return the UUID that a field holds, None where there is none or it is no UUID."""
        if not (found := self.cells.get(name, "")):
            return None
        if (plain := as_uuid(found)) is None:
            self.told.error(name, "intake.bad_id", found)
        return plain

    def take_id(self, *content: str | int | None) -> str:
        """Return a record's id: an own row's, else one that its content gives.

        An own id that an earlier row has refuses the row; content that an earlier row has is
        told and kept.
        """
        job = self.job
        here = f"{self.number} ({job.sheet})" if job.sheet else self.number
        if not self.own_id:
            id_, earlier = job.ids.take(here, *content)
            if earlier is not None:
                self.told.notice("", "intake.same_as_row", earlier=earlier)
            return id_
        id_ = self.uuid(OWN_ID) or ""
        if (earlier := job.own_ids.get(id_)) is not None:
            self.told.error(OWN_ID, "intake.id_twice", id_, earlier=earlier)
        elif id_:
            job.own_ids[id_] = here
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


def _whole(row: Row, one: Column) -> int | None:
    value = fields.number(row.cells, one.name, row.told, int(one.highest))
    if one.above and value == 0:
        row.told.error(one.name, "intake.not_above_zero", row.cells[one.name])
    return value


def _decimal(row: Row, one: Column) -> float | None:
    value = fields.decimal(row.cells, one.name, row.told, one.lowest, one.highest)
    if one.above and value == 0:
        row.told.error(one.name, "intake.not_above_zero", row.cells[one.name])
        return None
    return value


def _choice(row: Row, one: Column) -> str | None:
    return fields.choice(row.cells, one.name, row.told, row.job.known_names(one), one.unknown)


_SHAPES: Final[Mapping[str, TypeAdapter[Any]]] = {
    "names": TypeAdapter(tuple[str, ...]),
    "pairs": TypeAdapter(tuple[tuple[str, str], ...]),
    "values": TypeAdapter(dict[str, Any]),
}


def _json(row: Row, one: Column) -> Any:
    """Return what a cell holds as JSON; each text in it is held to what a cell of text is."""
    cell = row.raw[one.name]
    try:
        found = _SHAPES[one.holds].validate_json(cell, strict=True)
    except ValueError:
        row.told.error(one.name, "intake.not_as_written", cell)
        return _NOTHING[one.holds]
    for value in _leaves(found):
        if isinstance(value, str):
            fields.text({one.name: value}, one.name, row.told, row.job.limits.size)
        elif isinstance(value, float) and not isfinite(value):
            row.told.error(one.name, "intake.not_as_written", cell)
    return found


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list | tuple):
        yield from chain.from_iterable(map(_leaves, value))
    else:
        yield value


_READERS: Final[Mapping[str, Callable[[Row, Column], Any]]] = {
    "text": lambda row, one: row.text(one.name, one.longest),
    "whole": _whole,
    "minutes": lambda row, one: fields.minutes(row.cells, one.name, row.told, int(one.highest)),
    "decimal": _decimal,
    "day": lambda row, one: row.day(one.name),
    **dict.fromkeys(("word", "id", "area"), _choice),
    "ids": lambda row, one: fields.choices(
        row.cells, one.name, row.told, row.job.known_names(one), one.unknown
    ),
    "yes": lambda row, one: _choice(row, one) == "yes",
    **dict.fromkeys(_SHAPES, _json),
}
"""How a column is read that stands by itself."""


def _read(row: Row, one: Column) -> Any:
    return _READERS[one.holds](row, one)


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
