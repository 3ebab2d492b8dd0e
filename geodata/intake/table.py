"""Tables: CSV text to rows of named cells, whatever its delimiter and language."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from geodata.errors import IntakeError
from geodata.intake.columns import Columns, field_of
from geodata.intake.drafts import Limits, RowNotes, RowProblem, shown
from geodata.intake.files import file_name, read_text

DELIMITERS: Final = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class Row:
    """One row that holds something.

    Parameters
    ----------
    number : int
        As a spreadsheet counts: the header is row 1, and empty rows count.
    cells : mapping of str to str
        Field to what stands there, without surrounding spaces.
    beyond : str
        What stands in cells to the right of the last column; empty if nothing does.
    """

    number: int
    cells: Mapping[str, str]
    beyond: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose header was understood.

    Parameters
    ----------
    file : str
        The file's name.
    headers : mapping of str to str
        Field to how the file writes its column.
    rows : tuple of Row
        Rows that hold something.
    problems : tuple of RowProblem
        Notices of columns that are not used.
    """

    file: str
    headers: Mapping[str, str]
    rows: tuple[Row, ...]
    problems: tuple[RowProblem, ...]

    def notes(self, row: Row) -> RowNotes:
        """Return what collects a row's problems, with what stands beyond its columns told."""
        told = RowNotes(self.file, row.number, self.headers)
        if row.beyond:
            told.error("", "intake.too_many_cells", row.beyond)
        return told


def read_table(path: Path, columns: Columns, needed: tuple[str, ...], limits: Limits) -> Table:
    """Read a CSV file.

    Parameters
    ----------
    path : pathlib.Path
        UTF-8; comma, semicolon or tab between cells; quotes as RFC 4180 has them.
    columns : mapping of str to tuple of str
        The columns that are understood.
    needed : tuple of str
        Those that must be there.
    limits : Limits
        What is too much.

    Returns
    -------
    Table
        Header and rows.

    Raises
    ------
    IntakeError
        If the file can't be read as text, has no cell with content, its quotes don't end,
        it has too many rows, no column is known, one is there twice, or a needed one is missing.
    """
    text = read_text(path, limits)
    name = file_name(path)
    numbered = list(_numbered(text, _delimiter(text, columns), name, limits))
    if not numbered:
        raise IntakeError("intake.empty", file=name)
    (_, header), body = numbered[0], numbered[1:]
    fields = [field_of(cell, columns) for cell in header]
    _check_header(name, header, fields, columns, needed)
    headers = {field: cell for field, cell in zip(fields, header, strict=True) if field}
    rows = tuple(_row(number, cells, fields) for number, cells in body)
    return Table(name, headers, rows, _unused(name, numbered[0][0], header, fields))


def _delimiter(text: str, columns: Columns) -> str:
    """Return the delimiter under which the first line has most known columns."""
    line = next(line for line in text.splitlines() if line.strip())

    def score(delimiter: str) -> tuple[int, int]:
        cells = [_cell(cell) for cell in line.split(delimiter)]
        return sum(field_of(c.strip('"'), columns) is not None for c in cells), len(cells)

    return max(DELIMITERS, key=score)


def _cell(text: str) -> str:
    """Return a cell's text as it is compared and kept; a Mac writes å as two characters."""
    return unicodedata.normalize("NFC", text).strip()


def _numbered(
    text: str, delimiter: str, name: str, limits: Limits
) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for number, raw in enumerate(reader, start=1):
            if number > limits.rows + 1:
                raise IntakeError("intake.too_many_rows", file=name, limit=limits.rows)
            if any(cells := [_cell(cell) for cell in raw]):
                yield number, cells
    except csv.Error as error:
        raise IntakeError("intake.broken_csv", file=name, line=reader.line_num) from error


def _check_header(
    name: str,
    header: list[str],
    fields: list[str | None],
    columns: Columns,
    needed: tuple[str, ...],
) -> None:
    if not any(fields):
        raise IntakeError("intake.no_known_column", file=name, expected=", ".join(columns))
    for index, field in enumerate(fields):
        if field and (first := fields.index(field)) != index:
            raise IntakeError(
                "intake.column_twice",
                file=name,
                first=shown(header[first]),
                second=shown(header[index]),
            )
    if missing := [field for field in needed if field not in fields]:
        raise IntakeError("intake.column_missing", file=name, missing=", ".join(missing))


def _row(number: int, cells: list[str], fields: list[str | None]) -> Row:
    named = {field: cell for field, cell in zip(fields, cells, strict=False) if field}
    return Row(number, named, " ".join(cells[len(fields) :]).strip())


def _unused(
    name: str, number: int, header: list[str], fields: list[str | None]
) -> tuple[RowProblem, ...]:
    told = RowNotes(name, number)
    for cell, field in zip(header, fields, strict=True):
        if cell and field is None:
            told.notice(cell, "intake.column_unused", cell)
    return tuple(told.problems)
