"""A record as plain values by column: the same in every format, so that each can be read back.

Times are ISO 8601 with Sweden's offset, days ISO 8601, ids between spaces. The last columns, in
the reader's language, are for people and are not read back.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import IO, Any, Final

from geodata.errors import ExportError
from geodata.model import HotSpot, Term, Walk, Work, name_of
from geodata.publish.contents import Export
from geodata.records import NAME_COLUMNS, OWN_ID, TABLES, Sort
from geodata.records.columns import WRITTEN, column
from geodata.records.types import DECIMAL, MINUTES, WHOLE, Cell, Shape, as_it_is

Value = Cell
Values = dict[str, Value]

ID: Final = OWN_ID

WHOLE_NUMBERS: Final = frozenset(
    one.name for table in TABLES.values() for one in table if one.type in (WHOLE, MINUTES)
)
NUMBERS: Final = frozenset(
    one.name for table in TABLES.values() for one in table if one.type is DECIMAL
)
GEOMETRY: Final = frozenset({"lat", "lon", "geometry"})
"""Columns that a format with geometry of its own does without."""

BETWEEN_NAMES: Final = " | "


def shape_of(record: Work | HotSpot) -> Shape | None:
    """Return where a record is, None if it has no place."""
    shape = record.route if isinstance(record, Walk) else record.place
    return None if shape is None or shape.is_empty else shape


class Namer:
    """Gives ids the names that people know; an id that nothing has any more stays as it is.

    `parties` and `commitments` take a tuple of ids and give their names with a bar between.
    """

    def __init__(self, export: Export) -> None:
        self._catalogue = export.catalogue
        self._language = export.language
        self._words = export.words
        # Thousands of records name the same few.
        self.parties = cache(self._parties)
        self.commitments = cache(self._commitments)

    def term(self, terms: Mapping[str, Term], term_id: str) -> str:
        """Return a kind's or a category's name."""
        return name_of(terms, term_id).to(self._language)

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
        return party_id if party is None else party.name.to(self._language)

    def _parties(self, ids: tuple[str, ...]) -> str:
        return BETWEEN_NAMES.join(self.party(id_) or id_ for id_ in ids)

    def _commitments(self, ids: tuple[str, ...]) -> str:
        known = self._catalogue.commitment_by_id
        return BETWEEN_NAMES.join(
            known[id_].title.to(self._language) if id_ in known else id_ for id_ in ids
        )

    def named(self, sort: Sort, name: str) -> Callable[[Any], Value]:
        """Return what gives the name of what a column holds as ids."""
        told: dict[str, Callable[[Any], Value]] = {
            "kinds": self.kind,
            "categories": self.category,
            "areas": self.area,
            "commitments": self.commitments,
            "parties": self.party if name == "owner" else self.parties,
        }
        if known := column(sort, name).known:
            return told[known]
        return lambda status: self._words(f"{sort.removesuffix('s')}.{status}")


def columns_of(sort: Sort) -> tuple[str, ...]:
    """Return every column of a sort in order."""
    return (*(one.name for one in WRITTEN[sort]), *NAME_COLUMNS[sort])


def records_of(export: Export, sort: Sort) -> Sequence[Work | HotSpot]:
    """Return the records of a sort; none where it was not asked for."""
    found: Sequence[Work | HotSpot] = getattr(export, sort)
    return found if sort in export.sorts else ()


def values_maker(export: Export, sort: Sort) -> Callable[[Any], Values]:
    """Return what makes a record of a sort into its values, by column in order."""
    namer = Namer(export)
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


def write_table(export: Export, sort: Sort, file: IO[bytes]) -> None:
    """Write one sort of records as CSV: a byte order mark, semicolons, a header."""
    # The mark is what tells Excel that it is UTF-8.
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text, delimiter=DELIMITER, lineterminator=LINE_END)
    columns = columns_of(sort)
    writer.writerow(columns)
    values_of = values_maker(export, sort)
    for record in records_of(export, sort):
        values = values_of(record)
        writer.writerow([cell(values[column]) for column in columns])
    text.flush()
    text.detach()


def write_csv(export: Export, path: Path) -> None:
    """Write the one sort that was asked for as CSV."""
    if len(export.sorts) != 1:
        raise ExportError("export.one_sort", file=path.name)
    with path.open("wb") as file:
        write_table(export, export.sorts[0], file)


def write_zip(export: Export, path: Path) -> None:
    """Write each sort that was asked for as a CSV of its own, together in a zip file."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = export.remark.encode()
        for sort in export.sorts:
            with archive.open(f"{sort}.csv", "w") as file:
                write_table(export, sort, file)
