"""Records as plain values by column: the same in every format, so that each can be read back.

Times are ISO 8601 with Sweden's offset, days ISO 8601, ids between spaces. The last columns, in
the reader's language, are for people and are not read back. CSV and GeoJSON (RFC 7946) are these
values and no more: they are written here.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import IO, Any, Final

from shapely.geometry import mapping

from geodata import model
from geodata.catalogue.readings import reading_row, readings_text
from geodata.catalogue.writing import indicators_text
from geodata.errors import ExportError
from geodata.records import (
    MINUTES,
    NAME_COLUMNS,
    OWN_ID,
    SORTS,
    TABLES,
    WRITTEN,
    Cell,
    Kept,
    Shape,
    Sort,
    as_it_is,
    column,
)
from geodata.texts import Words, words


@dataclass(frozen=True)
class Export:
    """Records and what explains them, ready to be written in any format."""

    catalogue: model.Catalogue
    # Of the names and of what the file says of itself.
    language: model.Language
    # What was asked for; a sort that was and has no records is written empty.
    sorts: tuple[Sort, ...] = SORTS
    # None of the records is void.
    activities: Sequence[model.Activity] = ()
    walks: Sequence[model.Walk] = ()
    findings: Sequence[model.Finding] = ()
    # A GeoPackage has them also where only other sorts were asked for.
    hot_spots: Sequence[model.HotSpot] = ()
    meetings: Sequence[model.Meeting] = ()
    decisions: Sequence[model.Decision] = ()
    plans: Sequence[model.Plan] = ()
    # From the SHA-256 of a document of a meeting's minutes to its bytes.
    document_of: Callable[[str], bytes | None] = lambda _digest: None
    # Who has confirmed a held walk, by its id: it is said of the activity that it is.
    verified: Mapping[str, str] = field(default_factory=dict)
    # Those that a GeoPackage holds beside the records; so the areas and places.
    promises: tuple[model.Promise, ...] = ()
    areas: tuple[model.Area, ...] = ()
    places: tuple[model.Place, ...] = ()
    # What is seen beside the promises' goals, with every reading of it.
    indicators: tuple[model.Indicator, ...] = ()
    readings: tuple[model.Reading, ...] = ()
    # The day that `states` and `progress` tell of, by area and commitment id.
    as_of: date | None = None
    states: Mapping[str, model.State] = field(default_factory=dict)
    progress: Mapping[str, model.CommitmentProgress] = field(default_factory=dict)

    @property
    def words(self) -> Words:
        """The words of the reader's language."""
        return words(self.language)

    @property
    def counts(self) -> Mapping[Sort, int]:
        """How many records of each sort that was asked for."""
        return {sort: len(getattr(self, sort)) for sort in self.sorts}

    @cached_property
    def has_examples(self) -> bool:
        """Whether any of the records is made up."""
        records: Iterable[Kept] = chain.from_iterable(getattr(self, sort) for sort in TABLES)
        return any(record.origin.kind is model.SourceKind.EXAMPLE for record in records)

    @property
    def remark(self) -> str:
        """What a file says of itself: what it is, and that examples are in it."""
        told = self.words("export.file")
        return f"{told} {self.words('export.file_examples')}" if self.has_examples else told


Value = Cell
Values = dict[str, Value]

ID: Final = OWN_ID

WHOLE_NUMBERS: Final = frozenset(
    one.name for table in TABLES.values() for one in table if one.holds in ("whole", "minutes")
)
NUMBERS: Final = frozenset(
    one.name for table in TABLES.values() for one in table if one.holds == "decimal"
)
GEOMETRY: Final = frozenset({"lat", "lon", "geometry"})
"""Columns that a format with geometry of its own does without."""

BETWEEN_NAMES: Final = " | "


def shape_of(record: Kept) -> Shape | None:
    """Return where a record is, None if it has no place."""
    shape = record.route if isinstance(record, model.Walk) else getattr(record, "place", None)
    return None if shape is None or shape.is_empty else shape


class Namer:
    """Gives ids the names that people know; an id that nothing has any more stays as it is.

    `parties` and `commitments` take a tuple of ids and give their names with a bar between.
    """

    between = BETWEEN_NAMES

    def __init__(self, catalogue: model.Catalogue, words: Words) -> None:
        self._catalogue = catalogue
        self.words = words
        # Thousands of records name the same few.
        self.parties = cache(self._parties)
        self.commitments = cache(self._commitments)

    def term(self, terms: Mapping[str, model.Term], term_id: str) -> str:
        """Return a kind's or a category's name."""
        return model.name_of(terms, term_id).to(self.words.language)

    def kind(self, kind: str) -> str:
        """Return an activity kind's name."""
        return self.term(self._catalogue.vocabulary.activity_kinds, kind)

    def category(self, category: str) -> str:
        """Return a finding category's name."""
        return self.term(self._catalogue.vocabulary.finding_categories, category)

    def area(self, area_id: str | None) -> str | None:
        """Return an area's name."""
        area = None if area_id is None else self._catalogue.area_by_id.get(area_id)
        return area_id if area is None else area.name

    def party(self, party_id: str | None) -> str | None:
        """Return a party's name."""
        party = None if party_id is None else self._catalogue.party_by_id.get(party_id)
        return party_id if party is None else party.name.to(self.words.language)

    def promise(self, promise_id: str | None) -> str | None:
        """Return what a promise is called."""
        label = self._catalogue.label_by_id.get(promise_id or "")
        return promise_id if label is None else label.to(self.words.language)

    def _parties(self, ids: tuple[str, ...]) -> str:
        return self.between.join(self.party(id_) or id_ for id_ in ids)

    def _commitments(self, ids: tuple[str, ...]) -> str:
        known = self._catalogue.commitment_by_id
        return self.between.join(
            known[id_].title.to(self.words.language) if id_ in known else id_ for id_ in ids
        )

    def named(self, sort: Sort, name: str) -> Callable[[Any], Value]:
        """Return what gives the name of what a column holds as ids."""
        told: dict[str, Callable[[Any], Value]] = {
            "kinds": self.kind,
            "categories": self.category,
            "areas": self.area,
            "commitments": self.commitments,
            "promises": self.promise,
            "parties": self.party if name == "owner" else self.parties,
        }
        known = column(sort, name).known
        return told.get(known, lambda value: self.words(f"{sort.removesuffix('s')}.{value}"))


def columns_of(sort: Sort) -> tuple[str, ...]:
    """Return every column of a sort in order."""
    return (*(one.name for one in WRITTEN[sort]), *NAME_COLUMNS[sort])


def records_of(export: Export, sort: Sort) -> Sequence[Kept]:
    """Return the records of a sort; none where it was not asked for."""
    found: Sequence[Kept] = getattr(export, sort)
    return found if sort in export.sorts else ()


def values_maker(export: Export, sort: Sort) -> Callable[[Any], Values]:
    """Return what makes a record of a sort into its values, by column in order."""
    namer = Namer(export.catalogue, export.words)
    # Said of the activity that a held walk is, and goes out with the walk.
    beside = {"verified_by"} if sort == "walks" else set()
    made: list[tuple[str, str, Callable[[Any], Value] | None]] = [
        (one.name, one.attribute, None if one.type.cell is as_it_is else one.type.cell)
        if one.name not in beside
        else (one.name, "id", export.verified.get)
        for one in WRITTEN[sort]
    ]
    made += [
        (name, column(sort, of).attribute, namer.named(sort, of))
        for name, of in NAME_COLUMNS[sort].items()
    ]
    names, attributes, cells = zip(*made, strict=True)
    # All at once: an export has hundreds of thousands of records.
    values_in = attrgetter(*attributes)

    def values_of(record: Any) -> Values:
        return {
            name: value if cell is None else cell(value)
            for name, cell, value in zip(names, cells, values_in(record), strict=True)
        }

    return values_of


DELIMITER: Final = ";"
LINE_END: Final = "\r\n"

_RUN: Final = re.compile(r"'*[=+\-@\t\r]")
"""What a spreadsheet takes for the start of a formula (OWASP, *CSV Injection*), and the same
behind apostrophes, so that taking one apostrophe away always gives the text back."""

_FIRST: Final = frozenset("'=+-@\t\r")


def cell(value: Value) -> str:
    """Return a value as a cell.

    Parameters
    ----------
    value : str, int, float or None
        A text that would begin a formula gets one apostrophe before it. A number never does: it
        is ours, and a text is never written as a number.

    Returns
    -------
    str
        Numbers with a decimal comma and as many digits as it takes to come back equal.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value[:1] in _FIRST and _RUN.match(value) else value
    return repr(value).replace(".", ",")


def _write_rows(file: IO[bytes], header: Iterable[Value], rows: Iterable[Iterable[Value]]) -> None:
    # The mark is what tells Excel that it is UTF-8.
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text, delimiter=DELIMITER, lineterminator=LINE_END)
    writer.writerows(map(cell, row) for row in chain([header], rows))
    text.flush()
    text.detach()


def csv_bytes(
    header: Sequence[Value], rows: Iterable[Sequence[Value]], example: Words | None = None
) -> bytes:
    """Return a table as CSV that Swedish Excel opens, with nothing that it would run.

    Parameters
    ----------
    header : sequence
        Over the columns.
    rows : iterable of sequence
        Below them.
    example : Words or None
        Where records are made up, the words in which the last column says so in every row.
    """
    file = io.BytesIO()
    if example is not None:
        header, mark = (*header, example("example.title")), example("report.mark")
        rows = ((*row, mark) for row in rows)
    _write_rows(file, header, rows)
    return file.getvalue()


def write_table(export: Export, sort: Sort, file: IO[bytes]) -> None:
    """Write one sort of records as CSV: a byte order mark, semicolons, a header."""
    columns, values_of = columns_of(sort), values_maker(export, sort)
    values = map(values_of, records_of(export, sort))
    _write_rows(file, columns, ([row[column] for column in columns] for row in values))


def write_csv(export: Export, path: Path) -> None:
    """Write the one sort that was asked for as CSV."""
    if len(export.sorts) != 1:
        raise ExportError("export.one_sort", file=path.name)
    with path.open("wb") as file:
        write_table(export, export.sorts[0], file)


def write_zip(export: Export, path: Path) -> None:
    """Write each sort that was asked for as a CSV of its own, together in a zip file.

    Indicators and readings lie beside them as the catalogue's files, which take them in again.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = export.remark.encode()
        for sort in export.sorts:
            with archive.open(f"{sort}.csv", "w") as file:
                write_table(export, sort, file)
        for meeting, name, body in minutes_of(export):
            archive.writestr(f"{MINUTES}/{meeting.day} {meeting.id}/{name}", body)
        if export.indicators:
            archive.writestr("indicators.toml", indicators_text(export.indicators))
            archive.writestr("readings.csv", readings_text(map(reading_row, export.readings)))


def minutes_of(export: Export) -> Iterator[tuple[model.Meeting, str, bytes]]:
    """Give the frozen documents of the meetings: whose, its name, its bytes."""
    for meeting in export.meetings:
        for name, digest in meeting.documents:
            if (body := export.document_of(digest)) is not None:
                yield meeting, name, body


LAYER: Final = "layer"
"""The property that tells a feature's sort."""


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def write_geojson(export: Export, path: Path) -> None:
    """Write every sort that was asked for as one FeatureCollection, a feature a line."""
    head = {"type": "FeatureCollection", "name": "lofteskartan", "description": export.remark}
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f'{_json(head)[:-1]}, "features": [')
        between = "\n"
        for sort in export.sorts:
            for feature in _features(export, sort):
                file.write(between)
                file.write(_json(feature))
                between = ",\n"
        file.write("\n]}\n")


def _features(export: Export, sort: Sort) -> Iterator[dict[str, object]]:
    columns = [column for column in columns_of(sort) if column not in GEOMETRY]
    values_of = values_maker(export, sort)
    for record in records_of(export, sort):
        values = values_of(record)
        shape = shape_of(record)
        properties: dict[str, Value] = {LAYER: sort, **{c: values[c] for c in columns}}
        yield {
            "type": "Feature",
            "id": values[ID],
            "geometry": None if shape is None else mapping(shape),
            "properties": properties,
        }
