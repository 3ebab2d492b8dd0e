"""Tables: CSV text to a sheet, whatever its delimiter, encoding and language."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from geodata.errors import IntakeError
from geodata.intake.formats import Format
from geodata.intake.incoming import file_name, read_bytes, text_of
from geodata.intake.report import Limits, remark
from geodata.intake.sheets import MOST_COLUMNS, Sheet, mended, require_narrow, require_no_identity
from geodata.records import COLUMNS, OWN_ID, SORTS, WHY_COLUMN, plain_name, ranks_of

DELIMITERS: Final = (",", ";", "\t")

HEADER_WITHIN: Final = 10
"""Rows from the top among which the header is looked for: above it a title may stand."""

LONGEST_CELL: Final = 10_000_000
"""Characters of a cell; some 250,000 points of a line."""

_LOOKED_AT: Final = 100_000
"""Characters from the top that are looked at to find the delimiter."""

_SEPARATOR: Final = re.compile(r"\s*\"?sep=([,;\t])\"?\s*", re.IGNORECASE)
"""Excel's own way to say which delimiter follows."""

_KNOWN: Final = frozenset(
    {plain_name(OWN_ID)}.union(*(ranks_of(columns) for columns in map(COLUMNS.__getitem__, SORTS)))
)


_WHY: Final = frozenset(map(plain_name, WHY_COLUMN.values()))


def read_table(path: Path, limits: Limits) -> Sheet:
    """Read a CSV file."""
    return table_of(read_bytes(path, limits), file_name(path), limits)


def table_of(content: bytes, name: str, limits: Limits) -> Sheet:
    """Return a CSV file's content as a sheet; as `read_table`, whose errors it raises."""
    text, notices = text_of(content, name)
    numbers, rows = _numbered(text, name, limits)
    sheet = headed(name, numbers, rows)
    return replace(sheet, remarks=(*notices, *sheet.remarks))


def headed(name: str, numbers: list[int], rows: list[list[str]], title: str = "") -> Sheet:
    """Return a sheet from rows of which one of the first is the header."""
    if not rows:
        raise IntakeError("intake.empty", file=name)
    at = max(range(min(HEADER_WITHIN, len(rows))), key=lambda i: (known_names(rows[i]) > 1, -i))
    header = tuple(unicodedata.normalize("NFC", cell).strip() for cell in rows[at])
    right = tuple(map(mended, header))
    # A name that is known only then is no accident.
    twice = known_names(right) > sum(plain_name(cell) in _KNOWN for cell in header[:MOST_COLUMNS])
    header = right if twice else header
    header = _without_why(header, rows[at + 1 :])
    require_narrow(name, len(header))
    require_no_identity(name, header)
    sheet = Sheet(
        name,
        header,
        numbers[at],
        numbers[at + 1 :],
        rows[at + 1 :],
        title=title,
        escaped=True,
        encoded_twice=twice,
    )
    # A title, or a row left out.
    texts = (" ".join(filter(None, map(str.strip, cells))) for cells in rows[:at])
    above = zip(numbers[:at], texts, strict=True)
    told = (remark(sheet.shown_file, n, "", "intake.above_header", text) for n, text in above)
    return replace(sheet, remarks=tuple(told))


def _without_why(header: tuple[str, ...], rows: Sequence[list[str]]) -> tuple[str, ...]:
    """Take the column out of a table in which the program itself wrote why it refused each row."""
    why = [at for at, title in enumerate(header) if plain_name(title) in _WHY]
    for at in reversed(why):
        for row in rows:
            del row[at : at + 1]
    return tuple(title for at, title in enumerate(header) if at not in why)


def known_names(cells: Sequence[str]) -> int:
    """Return how many cells of a row could be headers."""
    return sum(plain_name(mended(cell)) in _KNOWN for cell in cells[:MOST_COLUMNS])


def _delimiter(lines: list[str]) -> str:
    """Return the delimiter under which one of the first lines has most known columns."""

    def score(delimiter: str) -> tuple[int, int, int]:
        rows = [[cell.strip().strip('"') for cell in line.split(delimiter)] for line in lines]
        header = max(rows, key=known_names)
        # A header of one column is under any of them: then the cells should not be cut up.
        cut = sum(map(len, rows)) if len(header) == 1 else 0
        return known_names(header), len(header), -cut

    return max(DELIMITERS, key=score)


def _numbered(text: str, name: str, limits: Limits) -> tuple[list[int], list[list[str]]]:
    lines = [line for line in text[:_LOOKED_AT].splitlines() if line.strip()]
    first = lines[:HEADER_WITHIN] or [""]
    said = _SEPARATOR.fullmatch(first[0])
    delimiter = said[1] if said else _delimiter(first)
    # A walked way of a day, as text in one cell, is longer than the reader's own limit.
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    numbers: list[int] = []
    rows: list[list[str]] = []
    try:
        # Excel takes the line that names the delimiter away and counts from the next one.
        for number, cells in enumerate(reader, start=0 if said else 1):
            if len(cells) > MOST_COLUMNS:
                require_narrow(name, len(cells))
            if number and any(map(str.strip, cells)):
                numbers.append(number)
                rows.append(cells)
                if len(rows) > limits.rows + 1:
                    raise IntakeError("intake.too_many_rows", file=name, limit=limits.rows)
    except csv.Error as error:
        raise IntakeError("intake.broken_csv", file=name, line=reader.line_num) from error
    return numbers, rows


FORMAT: Final = Format(
    lambda path, asked: [read_table(path, asked.limits)], (".csv", ".tsv", ".txt"), place=1
)
