"""Excel workbooks (.xlsx) to sheets.

A workbook is a zip file of XML, and both can be traps: a few kilobytes may unpack to gigabytes,
and one cell in the last column of the last row makes a table of seventeen thousand million
cells. So everything is unpacked once, in a stream that is counted and thrown away, before the
library that reads cells sees it.
"""

from __future__ import annotations

import re
import zipfile
from array import array
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Final
from xml.parsers import expat

import python_calamine

from geodata.errors import IntakeError
from geodata.intake import incoming
from geodata.intake.formats import Asked, Format
from geodata.intake.formats.archive import begins_archive
from geodata.intake.formats.table import headed
from geodata.intake.report import Limits, RowProblem, remark, shown
from geodata.intake.sheets import MOST_COLUMNS, Sheet, cell_text, require_no_identity
from geodata.intake.values.clock import EXCEL_ORIGIN

MOST_UNPACKED: Final = 3
"""How many times a file's largest size it may unpack to. A workbook of 500,000 rows is some
60 MB packed and 400 MB unpacked."""

MOST_CELLS: Final = 10_000_000
"""Rows times columns of all sheets, since they are held in memory: some hundreds of megabytes."""

MOST_TEXT: Final = 200_000_000
"""Characters of all cells. A text that many cells share stands once in the file, and once for each
of them in memory."""

MOST_SHEETS: Final = 500
"""More than a workbook made by people has: one for each week of nine years."""

_CONTENT_TYPES: Final = "[Content_Types].xml"
_SORTS: Final = (b"spreadsheetml.sheet.main", b"ms-excel.sheet.macroEnabled.main")
_REFERENCE: Final = re.compile(r"([A-Z]{1,3})(\d{1,7})", re.ASCII)

MAC_ORIGIN: Final = date(1904, 1, 1)
"""Day 0 of the day numbers in a workbook that says so, as Excel for Mac long made them."""


def read_workbook(path: Path, asked: Asked) -> list[Sheet]:
    """Read every sheet that holds something and can be seen."""
    name, limits = incoming.file_name(path), asked.limits
    if not incoming.read_start(path).startswith(b"PK"):
        raise IntakeError("intake.not_workbook", file=name)
    day_zero = _check_unpacked(path, name, limits)
    with (
        incoming.refused_as(
            "intake.broken_workbook", name, python_calamine.CalamineError, *incoming.BROKEN
        ),
        incoming.refused_as("intake.old_excel", name, python_calamine.PasswordError),
        python_calamine.CalamineWorkbook.from_path(str(path)) as book,
    ):
        require_no_identity(name, book.sheet_names)
        return [replace(sheet, day_zero=day_zero) for sheet in _sheets(book, name, limits)]


def _sheets(book: python_calamine.CalamineWorkbook, name: str, limits: Limits) -> list[Sheet]:
    if len(book.sheet_names) > MOST_SHEETS:
        raise IntakeError("intake.too_many_sheets", file=name, limit=MOST_SHEETS)
    held: list[tuple[str, list[int], list[list[str]]]] = []
    remarks: list[RowProblem] = []
    room = _Room(limits.rows, MOST_CELLS)
    for sheet in book.sheets_metadata:
        if sheet.typ is python_calamine.SheetTypeEnum.ChartSheet:
            continue
        numbers, rows = _numbered(book.get_sheet_by_name(sheet.name), name, limits, room)
        if not rows:
            continue
        if sheet.visible is python_calamine.SheetVisibleEnum.Visible:
            held.append((sheet.name, numbers, rows))
        else:
            where, count = f"{name} / {shown(sheet.name)}", len(rows)
            remarks.append(remark(where, None, "", "intake.sheet_hidden", sheet.name, count=count))
    if not held and not remarks:
        raise IntakeError("intake.empty", file=name)
    if not held:
        raise IntakeError("intake.all_hidden", file=name)
    several = len(held) > 1
    sheets = [
        headed(name, numbers, rows, title if several else "") for title, numbers, rows in held
    ]
    return [replace(sheets[0], remarks=(*remarks, *sheets[0].remarks)), *sheets[1:]]


@dataclass(slots=True)
class _Room:
    """What may still be held of a workbook."""

    rows: int
    cells: int


def _numbered(
    found: python_calamine.CalamineSheet, name: str, limits: Limits, room: _Room
) -> tuple[list[int], list[list[str]]]:
    numbers: list[int] = []
    rows: list[list[str]] = []
    # Several sheets may be one and the same part of the file: it is counted as often as it is read.
    room.cells -= found.total_height * found.total_width
    if room.cells < 0:
        raise IntakeError("intake.too_many_cells_in_sheet", file=name)
    # Rows above the first that holds something are not given.
    skipped = found.start[0] if found.start else 0
    for number, values in enumerate(found.to_python(skip_empty_area=True), start=skipped + 1):
        cells = list(map(cell_text, values))
        if any(map(str.strip, cells)):
            # A header beside the rows.
            if room.rows < len(rows):
                raise IntakeError("intake.too_many_rows", file=name, limit=limits.rows)
            numbers.append(number)
            rows.append(cells)
    room.rows -= max(0, len(rows) - 1)
    return numbers, rows


# --- before anything is read ---------------------------------------------------------------------


def _check_unpacked(path: Path, name: str, limits: Limits) -> date:
    """Unpack everything once and throw it away, counting; return from when it counts days.

    What the file says of its own sizes is not believed.
    """
    most = limits.size * MOST_UNPACKED
    total = 0
    shared = _Shared()
    # LookupError is what an encoding gives that nobody knows.
    raised = (expat.ExpatError, LookupError, RuntimeError, *incoming.BROKEN)
    broken = incoming.refused_as("intake.broken_workbook", name, *raised)
    with broken, incoming.opened_zip(path, name) as archive:
        parts = archive.infolist()
        # Where the main part lies is for the package to say: what it is stands here.
        types = [part for part in parts if part.filename == _CONTENT_TYPES]
        said = b"".join(islice(incoming.chunks(archive, types[0]), 16)) if types else b""
        if not any(sort in said for sort in _SORTS):
            raise IntakeError("intake.not_workbook", file=name)
        for part in parts:
            # A sheet usually lies in xl/worksheets, but a workbook may name any part.
            extent = _Extent(name, shared) if _is_xml(part) else None
            for chunk in incoming.chunks(archive, part):
                total += len(chunk)
                if total > most or incoming.is_steep(total, path):
                    raise IntakeError("intake.unpacks_too_large", file=name)
                if extent is not None:
                    extent.feed(chunk)
        # At most: only where that is too much is it worth another reading to know.
        if shared.longest * shared.cells > MOST_TEXT:
            _require_little_text(archive, name, shared)
    return MAC_ORIGIN if shared.from_1904 else EXCEL_ORIGIN


def _is_xml(part: zipfile.ZipInfo) -> bool:
    return part.filename.casefold().endswith(".xml")


@dataclass(slots=True)
class _Shared:
    """Texts that cells share: each one's length, the longest, how many cells have one; its days."""

    lengths: array[int] = field(default_factory=lambda: array("I"))
    longest: int = 0
    cells: int = 0
    from_1904: bool = False


def _require_little_text(archive: zipfile.ZipFile, name: str, shared: _Shared) -> None:
    """Refuse a workbook whose cells together hold too much of the texts that they share."""
    total = 0
    index = ""
    inside = wanted = False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal inside, wanted, index
        local = tag.rpartition(" ")[2]
        if local == "c":
            wanted = attributes.get("t") == "s"
        inside, index = wanted and local == "v", ""

    def text(more: str) -> None:
        nonlocal index
        if inside and len(index) < 10:
            index += more

    def end(_tag: str) -> None:
        nonlocal total, inside
        if inside and index.strip().isdecimal() and int(index) < len(shared.lengths):
            total += shared.lengths[int(index)]
            if total > MOST_TEXT:
                raise IntakeError("intake.too_much_text", file=name, limit=MOST_TEXT)
        inside = False

    for part in filter(_is_xml, archive.infolist()):
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = text
        for chunk in incoming.chunks(archive, part):
            parser.Parse(chunk, False)  # noqa: FBT003 - takes no keywords


class _Extent:
    """Follows a part's XML and refuses a sheet that spans too many columns or cells."""

    def __init__(self, name: str, shared: _Shared) -> None:
        self._name = name
        self._shared = shared
        self._row = 0
        self._column = 0
        self._widest = 0
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartElementHandler = self._start
        self._parser.StartDoctypeDeclHandler = self._doctype

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes."""
        self._parser.Parse(chunk, False)  # noqa: FBT003 - takes no keywords

    def _doctype(self, *_: object) -> None:
        raise IntakeError("intake.broken_workbook", file=self._name)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        local = tag.rpartition(" ")[2]
        if local == "si":
            self._share()
        elif local == "workbookPr":
            self._shared.from_1904 = attributes.get("date1904") in ("1", "true")
        elif local == "row":
            said = attributes.get("r", "")
            self._row = int(said) if said.isdecimal() and len(said) < 8 else self._row + 1
            self._column = 0
        elif local == "c":
            self._shared.cells += attributes.get("t") == "s"
            self._cell(attributes.get("r", ""))

    def _share(self) -> None:
        if len(self._shared.lengths) >= MOST_CELLS:
            raise IntakeError("intake.too_many_cells_in_sheet", file=self._name)
        self._shared.lengths.append(0)
        self._parser.CharacterDataHandler = self._lengthen

    def _lengthen(self, text: str) -> None:
        shared = self._shared
        shared.lengths[-1] += len(text)
        shared.longest = max(shared.longest, shared.lengths[-1])

    def _cell(self, said: str) -> None:
        if found := _REFERENCE.fullmatch(said):
            self._column = 0
            for letter in found[1]:
                self._column = self._column * 26 + ord(letter) - 64
            self._row = max(self._row, int(found[2]))
        elif said:
            raise IntakeError("intake.broken_workbook", file=self._name)
        else:
            self._column += 1
        if self._column > self._widest:
            self._widest = self._column
        if self._widest > MOST_COLUMNS:
            raise IntakeError("intake.too_many_columns", file=self._name, limit=MOST_COLUMNS)
        if self._widest * self._row > MOST_CELLS:
            raise IntakeError("intake.too_many_cells_in_sheet", file=self._name)


def _begins(start: bytes) -> bool:
    # A zip file of the program's own tables is none, whatever their cells hold.
    parts = b"xl/" in start or _CONTENT_TYPES.encode() in start
    return start.startswith(b"PK\x03\x04") and parts and not begins_archive(start)


FORMAT: Final = Format(
    read_workbook,
    (".xlsx",),
    _begins,
    refused=dict.fromkeys((".xls", ".xlsx"), "intake.old_excel"),
    # What Excel wrote until 2003, and writes of a workbook with a password.
    refused_start=b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    place=2,
)
