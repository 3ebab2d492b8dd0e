"""Shapefiles (ESRI, 1998) packed in one zip file: each becomes a sheet, a record is a row.

A shapefile is three files at least, so it travels packed. GDAL reads it from a folder of its own;
what the files say of themselves is held against their sizes first.
"""

from __future__ import annotations

import codecs
import re
import struct
import tempfile
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Final

import numpy as np
from shapely.errors import ShapelyError

from geodata.errors import IntakeError
from geodata.intake.formats.geopackage import layer_sheet
from geodata.intake.incoming import WINDOWS, chunks, has_utf8_letters, is_steep, is_utf8
from geodata.intake.report import Limits, RowNotes, RowProblem, shown
from geodata.intake.sheets import MOST_CELLS, Sheet, require_no_identity

NEEDED: Final = (".shp", ".shx", ".dbf")
READ: Final = (*NEEDED, ".prj", ".cpg")
"""Shapes, where each begins, and what is said of them; the system, and the encoding."""

_BESIDE: Final = frozenset(
    {
        *(".qpj", ".qmd", ".qix", ".sbn", ".sbx", ".idx", ".fbn", ".fbx", ".ain", ".aih", ".atx"),
        *(".ixs", ".mxs", ".xml", ".cst", ".lyr", ".qml", ".sld"),
    }
)
"""Indexes, styles and metadata, which say nothing of the records."""

_MOST_SHAPEFILES: Final = 20
_SHX_HEADER: Final = 100
_DBF_FIELD: Final = 32

# dBASE's language driver, the table's byte 29, where no file beside it tells the encoding.
_DRIVERS: Final = {
    0x01: "cp437",
    0x02: "cp850",
    0x03: WINDOWS,
    0x08: "cp865",
    0x57: WINDOWS,
    0x58: WINDOWS,
    0x64: "cp852",
}


def is_shapefile(names: Sequence[str]) -> bool:
    """Tell whether what lies in a zip file is meant as shapefiles."""
    return any(name.casefold().endswith(".shp") for name in names)


def read_shapefiles(
    archive: zipfile.ZipFile,
    parts: Sequence[zipfile.ZipInfo],
    path: Path,
    name: str,
    limits: Limits,
) -> list[Sheet]:
    """Read the shapefiles in a zip file."""
    shapefiles, aside = _sorted(parts, name)
    sheets: list[Sheet] = []
    left = limits
    with tempfile.TemporaryDirectory(prefix="lofteskartan-shapefile-") as folder:
        for number, (stem, files) in enumerate(shapefiles.items()):
            base = Path(folder) / f"{number}"
            size = _unpack(archive, files, base, path, left, name)
            title = PurePosixPath(stem).name if len(shapefiles) > 1 else ""
            sheet = _sheet(base, name, title, left)
            left = replace(left, size=left.size - size, rows=left.rows - len(sheet.rows))
            sheets.append(sheet)
    told = RowNotes(name, None)
    for part in aside:
        told.notice("", "intake.archive_aside", part)
    sheets[0] = replace(sheets[0], remarks=(*told.problems, *sheets[0].remarks))
    return sheets


def _sorted(
    parts: Sequence[zipfile.ZipInfo], name: str
) -> tuple[dict[str, dict[str, zipfile.ZipInfo]], list[str]]:
    """Return the files of each shapefile by their endings, and the names of what is none."""
    found: dict[str, dict[str, zipfile.ZipInfo]] = {}
    aside: list[str] = []
    for part in parts:
        where = PurePosixPath(part.filename.replace("\\", "/"))
        ending = where.suffix.casefold()
        if ending in READ:
            files = found.setdefault(str(where.with_suffix("")).casefold(), {})
            if ending in files:
                raise IntakeError("intake.archive_twice", file=name, part=shown(where.name))
            files[ending] = part
        elif ending not in _BESIDE:
            aside.append(where.name)
    whole = {stem: files for stem, files in found.items() if ".shp" in files}
    aside += [
        PurePosixPath(part.filename).name
        for stem, files in found.items()
        if stem not in whole
        for part in files.values()
    ]
    for files in whole.values():
        for ending in NEEDED:
            if ending not in files:
                lost = PurePosixPath(files[".shp"].filename).with_suffix(ending).name
                raise IntakeError("intake.shapefile_incomplete", file=name, part=shown(lost))
    if len(whole) > _MOST_SHAPEFILES:
        raise IntakeError("intake.too_many_parts", file=name)
    return whole, aside


def _unpack(
    archive: zipfile.ZipFile,
    files: Mapping[str, zipfile.ZipInfo],
    base: Path,
    path: Path,
    limits: Limits,
    name: str,
) -> int:
    """Unpack a shapefile's files; return how many bytes they are."""
    total = 0
    for ending, part in files.items():
        with base.with_suffix(ending).open("wb") as file:
            for chunk in chunks(archive, part):
                total += len(chunk)
                if total > limits.size or is_steep(total, path):
                    raise IntakeError("intake.archive_too_large", file=name)
                file.write(chunk)
    return total


def _sheet(base: Path, name: str, title: str, limits: Limits) -> Sheet:
    from pyogrio.errors import DataLayerError, DataSourceError, FieldError
    from pyogrio.raw import read

    count = _count(base, name, limits)
    _settle_system(base)
    remarks = _settle_encoding(base, f"{name} / {title}" if title else name)
    try:
        # GDAL tells by warnings what a file has that it should not have; none of it is used.
        with warnings.catch_warnings(action="ignore"):
            found = read(
                base.with_suffix(".shp"),
                force_2d=True,
                datetime_as_string=True,
                max_features=max(count, 1),
            )
            sheet = layer_sheet(name, title, found, limits)
    except IntakeError:
        raise
    except (
        *(DataSourceError, DataLayerError, FieldError, ShapelyError),
        # The last is what pyogrio stumbles into where a system's name is no text.
        *(OSError, RuntimeError, ValueError, UnboundLocalError),
    ) as error:
        raise IntakeError("intake.broken_shapefile", file=name) from error
    return replace(sheet, remarks=remarks)


def _count(base: Path, name: str, limits: Limits) -> int:
    """Return how many records a shapefile has; refuse what its files can't hold."""
    broken = IntakeError("intake.broken_shapefile", file=name)
    index, table = (base.with_suffix(ending).read_bytes() for ending in (".shx", ".dbf"))
    if len(index) < _SHX_HEADER or len(table) < _DBF_FIELD:
        raise broken
    rows, header, width = struct.unpack_from("<IHH", table, 4)
    count = (len(index) - _SHX_HEADER) // 8
    if max(rows, count) > limits.rows:
        raise IntakeError("intake.too_many_rows", file=name, limit=limits.rows)
    if count * (header // _DBF_FIELD) > MOST_CELLS:
        raise IntakeError("intake.too_many_cells_in_sheet", file=name)
    # In words of two bytes: however often the index names the same shape.
    words = np.frombuffer(index, ">u4", 2 * count, _SHX_HEADER)[1::2]
    held = int(words.sum(dtype=np.int64)) * 2
    if rows * width + header > len(table) + 1 or held > base.with_suffix(".shp").stat().st_size:
        raise broken
    # A record for each shape, or what is said of one would be said of another.
    if rows != count:
        raise broken
    require_no_identity(name, [_field_names(table, header)])
    return count


def _field_names(table: bytes, header: int) -> str:
    names = (table[at : at + 11].partition(b"\0")[0] for at in range(32, header - 1, _DBF_FIELD))
    return " ".join(name.decode("latin-1") for name in names)


# --- what letters are written in -----------------------------------------------------------------


def _settle_system(base: Path) -> None:
    """Write a system's definition anew in UTF-8: its names may have letters, in whatever."""
    beside = base.with_suffix(".prj")
    if beside.exists():
        content = beside.read_bytes()
        text = content.decode("utf-8-sig" if is_utf8(content) else WINDOWS, "replace")
        beside.write_text(text, encoding="utf-8")


def _settle_encoding(base: Path, shown_file: str) -> tuple[RowProblem, ...]:
    """Write beside a table what it is in, as GDAL knows it; return what is told of that."""
    table = base.with_suffix(".dbf").read_bytes()
    beside = base.with_suffix(".cpg")
    written = beside.read_bytes()[:40].decode("ascii", "replace").strip() if beside.exists() else ""
    declared = _codec(written) or _DRIVERS.get(table[29], "")
    body = table[int.from_bytes(table[8:10], "little") :]
    told = RowNotes(shown_file, None)
    if body.isascii():
        used = declared or "utf-8"
    elif declared and declared != "utf-8" and not has_utf8_letters(body):
        used = declared
    else:
        used = "utf-8" if has_utf8_letters(body) or is_utf8(body) else WINDOWS
        if declared and used != declared:
            told.notice(
                "",
                "intake.encoding_wrong",
                file=shown_file,
                declared=written or declared,
                used=_told(used),
            )
        elif not declared:
            told.notice("", "intake.encoding_assumed", file=shown_file, used=_told(used))
    beside.write_text(used.upper(), encoding="ascii")
    return tuple(told.problems)


def _told(codec: str) -> str:
    return "Windows-1252" if codec == WINDOWS else codec.upper()


def _codec(written: str) -> str:
    """Return the codec that a ``.cpg`` file names, empty where it names none."""
    number = re.fullmatch(r"(?:ANSI\s|OEM\s|CP|WINDOWS-)?(\d{3,5})", written, re.IGNORECASE)
    if number:
        plain = {"65001": "utf-8", "88591": "iso8859-1", "28591": "iso8859-1"}
        written = plain.get(number[1], f"cp{number[1]}")
    try:
        return codecs.lookup(written).name if written else ""
    except (LookupError, ValueError):
        return ""
