"""A sheet: rows of cells under a header, as every format with rows gives it.

Cells are text, whatever the format: a workbook's true numbers and days are written so that they
read back the same.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import chain
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geodata.errors import IntakeError
from geodata.intake.report import Limits, RowNotes, RowProblem, What
from geodata.intake.values.clock import EXCEL_ORIGIN
from geodata.intake.values.privacy import holds_identity_number
from geodata.records import OWN_ID

_MOST_TIMES: Final = 3
_IN_WINDOWS: Final = {
    byte: bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(0x80, 0xC0)
}
_TO_BYTES: Final = {ord(letter): byte for byte, letter in _IN_WINDOWS.items()}
_LATER: Final = "".join(map(re.escape, {*_IN_WINDOWS.values(), *map(chr, _IN_WINDOWS)}))
# What UTF-8 keeps western Europe's letters and signs as. Other first bytes are left: an Ö before a
# closing quotation mark is one, too.
_TWICE_ENCODED: Final = re.compile(f"[ÂÃ][{_LATER}]|â[€\x80][{_LATER}]")
# Of these å, ä, ö and é, once or twice, and what dashes and quotation marks become: what nobody
# writes. The others may be a letter that somebody wrote before a sign: "Â°", "Ã»".
_TELLING: Final = re.compile(
    f"Ã[¥¤¶©…„–\x85\x84\x96]|Ã[ƒ\x83][Ââ]|â[€\x80][{_LATER}]",
)
_ENOUGH: Final = 2
"""So many telling pairs are no accident."""
_GUARDED: Final = re.compile(r"'+[=+\-@\t\r]")
# What is certainly some other number: one with decimals, and a UUID.
_NO_IDENTITY: Final = re.compile(
    r"[+-]?\d{1,7}[.,]\d+|\{?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?", re.ASCII
)


class CellReader:
    """Reads rows by field."""

    def __init__(self, sheet: Sheet, fields: Sequence[str]) -> None:
        self._sheet = sheet
        self._used = tuple((i, name) for i, name in enumerate(fields) if name)
        self._spare = tuple(i for i, name in enumerate(fields) if name in ("", "id"))
        # What the program itself wrote was never on a way on which letters are lost.
        self._mends = OWN_ID not in fields and (
            sheet.encoded_twice or encoded_twice(chain([sheet.header], sheet.rows))
        )
        self.headers = {name: sheet.header[i] for i, name in self._used}
        """How the file writes each field's column."""

    def raw(self, index: int) -> dict[str, str]:
        """Return a row's cells that hold something, with every space kept."""
        values = self._sheet.rows[index]
        width = len(values)
        escaped = self._sheet.escaped
        found = {
            name: unguarded(value) if escaped and value[0] == "'" else value
            for i, name in self._used
            if i < width and (value := values[i])
        }
        if self._mends:
            for name, value in found.items():
                if not value.isascii():
                    found[name] = mended(value)
        return found

    def tell_unread(self, index: int, told: RowNotes) -> None:
        """Tell of cells beyond the header, identity numbers in unused columns, mended letters."""
        values = self._sheet.rows[index]
        header = self._sheet.header
        if len(values) > len(header) and (beyond := " ".join(values[len(header) :]).strip()):
            told.error("", "intake.too_many_cells", beyond)
        for i, name in self._used:
            if i >= len(values) or (cell := values[i]).isascii():
                continue
            if self._mends:
                if (right := mended(cell)) != cell:
                    told.notice(name, "intake.letters_mended", right)
            elif _TELLING.search(cell):
                told.notice(name, "intake.letters_doubtful", cell)
        for column in self._spare:
            if column < len(values) and holds_identity(values[column]):
                told.error(header[column], "intake.personal_identity_number")


def tidy(raw: dict[str, str]) -> dict[str, str]:
    """Return cells as they are compared and kept: without surrounding spaces."""
    # A Mac writes å as two characters.
    return {
        name: (value if value.isascii() else unicodedata.normalize("NFC", value)).strip()
        for name, value in raw.items()
    }


def unguarded(text: str) -> str:
    """Return a cell without the apostrophe that keeps it from being run as a formula."""
    return text[1:] if _GUARDED.match(text) else text


def encoded_twice(rows: Iterable[Sequence[str]]) -> bool:
    """Tell whether a sheet's letters were taken for another encoding's on the way.

    One pair in all its cells may be what somebody wrote, and is no evidence.
    """
    count = 0
    for row in rows:
        for cell in row:
            if not cell.isascii() and ("Ã" in cell or "â" in cell):
                count += len(_TELLING.findall(cell))
                if count >= _ENOUGH:
                    return True
    return False


def mended(text: str) -> str:
    """Return a text without letters that were taken for another encoding's on the way: ``Ã¥``.

    Meant for a sheet of which it is known: what is UTF-8 byte by byte in Windows-1252 is then
    what somebody wrote.
    """
    for _ in range(_MOST_TIMES):
        done = _TWICE_ENCODED.sub(_as_written, text)
        if done == text:
            break
        text = done
    return text


def _as_written(found: re.Match[str]) -> str:
    try:
        return found[0].translate(_TO_BYTES).encode("latin-1").decode("utf-8")
    except UnicodeError:
        return found[0]


def holds_identity(text: str) -> bool:
    """Tell whether a cell of no known meaning holds an identity number."""
    return (
        len(text) >= 10 and not _NO_IDENTITY.fullmatch(text.strip()) and holds_identity_number(text)
    )


MOST_COLUMNS: Final = 1_000
"""More than a table made by people has; a row of a million cells is a mistake or a trap."""

MOST_CELLS: Final = 10_000_000
"""Cells of a layer, most of which may be empty and take no byte in their file."""

POSITIONS_EACH: Final = 10
"""Positions for each row that a file may have: few of its rows are long tracks."""


Stay = tuple[datetime, datetime]
"""When a point was reached and when it was left."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows under one header."""

    file: str
    header: tuple[str, ...]
    header_row: int | None
    numbers: Sequence[int]
    rows: Sequence[Sequence[str]]
    title: str = ""
    shapes: Sequence[BaseGeometry | None] | None = None
    crs: str | None = None
    stays: Sequence[tuple[Stay, ...]] = ()
    told: Mapping[int, tuple[RowProblem, ...]] = field(default_factory=dict)
    sort: What | None = None
    remarks: tuple[RowProblem, ...] = ()
    titled: bool = True
    escaped: bool = False
    encoded_twice: bool = False
    day_zero: date = EXCEL_ORIGIN
    # Frozen minutes that came with it, by their SHA-256.
    documents: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def shown_file(self) -> str:
        """What a problem calls the file: with the layer, where there is one."""
        return f"{self.file} / {self.title}" if self.title else self.file


def features_of(
    file: str, header: Iterable[str], rows: Sequence[Sequence[str]], first: int = 1, **more: Any
) -> Sheet:
    """Return features or tracks as a sheet, numbered from the first; it has no row of headers."""
    return Sheet(file, tuple(header), None, range(first, first + len(rows)), rows, **more)


def cell_text(value: object) -> str:
    """Return a value as a cell that reads back the same; what is none or no text is empty."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bytes):
        return ""
    if isinstance(value, float | np.floating):
        number = float(value)
        whole = number.is_integer() and abs(number) < 1e15
        return str(int(number)) if whole else "" if math.isnan(number) else repr(number)
    if isinstance(value, np.datetime64):
        return "" if np.isnat(value) else str(value.astype("datetime64[D]"))
    if isinstance(value, datetime):
        # A spreadsheet has no days without a time: midnight is how it keeps one.
        whole = value.time() == time.min
        return value.date().isoformat() if whole else value.isoformat(" ", "minutes")
    if isinstance(value, time):
        return value.isoformat("minutes")
    if isinstance(value, timedelta):
        return "{}:{:02}".format(*divmod(round(value.total_seconds() / 60), 60))
    return str(value)


def require_narrow(name: str, columns: int) -> None:
    """Refuse a file that has too many columns."""
    if columns > MOST_COLUMNS:
        raise IntakeError("intake.too_many_columns", file=name, limit=MOST_COLUMNS)


def require_positions(name: str, count: int, limits: Limits) -> None:
    """Refuse a file whose shapes have more corners together than its rows could need."""
    most = POSITIONS_EACH * limits.rows
    if count > most:
        raise IntakeError("intake.too_many_points", file=name, limit=most)


def single(shape: BaseGeometry | None) -> BaseGeometry | None:
    """Return a shape of one part as that part: many programs write each as if it had several."""
    while (
        shape is not None
        and shape.geom_type in ("MultiPoint", "MultiLineString", "GeometryCollection")
        and shapely.get_num_geometries(shape) == 1
    ):
        shape = shapely.get_geometry(shape, 0)
    return shape


def require_no_identity(name: str, labels: Sequence[str]) -> None:
    """Refuse a file whose headers or names hold an identity number, which is not repeated."""
    if any(map(holds_identity_number, labels)):
        raise IntakeError("intake.heading_identity_number", file=name)
