"""Zip files: what the program itself took out as one, whose tables are the sheets; or shapefiles.

Nothing is unpacked to where a part says that it wants to lie, so that can do no harm; it is refused
all the same, since no program writes such a thing.
"""

from __future__ import annotations

import codecs
import re
import struct
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Final

import numpy as np

from geodata.errors import IntakeError
from geodata.intake import incoming
from geodata.intake.formats import Asked, Format
from geodata.intake.formats.geopackage import by_gdal, layer_sheet
from geodata.intake.formats.table import table_of
from geodata.intake.report import Limits, RowProblem, What, remark, shown
from geodata.intake.sheets import MOST_CELLS, Sheet, require_no_identity
from geodata.intake.understanding import is_own
from geodata.records import COLUMNS, MINUTES

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
    0x03: incoming.WINDOWS,
    0x08: "cp865",
    0x57: incoming.WINDOWS,
    0x58: incoming.WINDOWS,
    0x64: "cp852",
}


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
            size = 0
            for ending in files:
                base.with_suffix(ending).touch()
            for ending, chunk in incoming.unpacked(archive, files, path, left):
                with base.with_suffix(ending).open("ab") as file:
                    size += file.write(chunk)
            title = PurePosixPath(stem).name if len(shapefiles) > 1 else ""
            sheet = _sheet(base, name, title, left)
            left = replace(left, size=left.size - size, rows=left.rows - len(sheet.rows))
            sheets.append(sheet)
    told = [remark(name, None, "", "intake.archive_aside", part) for part in aside]
    sheets[0] = replace(sheets[0], remarks=(*told, *sheets[0].remarks))
    return sheets


def _sorted(
    parts: Sequence[zipfile.ZipInfo], name: str
) -> tuple[dict[str, dict[str, zipfile.ZipInfo]], list[str]]:
    """Return the files of each shapefile by their endings, and the names of what is none."""
    found: dict[str, dict[str, zipfile.ZipInfo]] = {}
    aside: list[str] = []
    for part in parts:
        where = _place(part)
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


def _sheet(base: Path, name: str, title: str, limits: Limits) -> Sheet:
    from pyogrio.raw import read

    count = _count(base, name, limits)
    _settle_system(base)
    remarks = _settle_encoding(base, f"{name} / {title}" if title else name)
    # GDAL makes room for so many rows beforehand.
    options = {"force_2d": True, "datetime_as_string": True, "max_features": max(count, 1)}
    with by_gdal("intake.broken_shapefile", name):
        found = read(base.with_suffix(".shp"), **options)
        return replace(layer_sheet(name, title, found, limits), remarks=remarks)


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
    names = (table[at : at + 11].partition(b"\0")[0] for at in range(32, header - 1, _DBF_FIELD))
    require_no_identity(name, [b" ".join(names).decode("latin-1")])
    return count


# --- what letters are written in -----------------------------------------------------------------


def _settle_system(base: Path) -> None:
    """Write a system's definition anew in UTF-8: its names may have letters, in whatever."""
    beside = base.with_suffix(".prj")
    if beside.exists():
        content = beside.read_bytes()
        text = content.decode(
            "utf-8-sig" if incoming.is_utf8(content) else incoming.WINDOWS, "replace"
        )
        beside.write_text(text, encoding="utf-8")


def _settle_encoding(base: Path, shown_file: str) -> tuple[RowProblem, ...]:
    """Write beside a table what it is in, as GDAL knows it; return what is told of that."""
    table = base.with_suffix(".dbf").read_bytes()
    beside = base.with_suffix(".cpg")
    written = beside.read_bytes()[:40].decode("ascii", "replace").strip() if beside.exists() else ""
    declared = _codec(written) or _DRIVERS.get(table[29], "")
    body = table[int.from_bytes(table[8:10], "little") :]
    letters = incoming.has_utf8_letters(body)
    sure = body.isascii() or (declared not in ("", "utf-8") and not letters)
    likely = "utf-8" if letters or incoming.is_utf8(body) else incoming.WINDOWS
    used = declared or "utf-8" if sure else likely
    beside.write_text(used.upper(), encoding="ascii")
    if sure or used == declared:
        return ()
    name = "Windows-1252" if used == incoming.WINDOWS else used.upper()
    values = {"file": shown_file, "used": name}
    if not declared:
        return (remark(shown_file, None, "", "intake.encoding_assumed", **values),)
    values["declared"] = written or declared
    return (remark(shown_file, None, "", "intake.encoding_wrong", **values),)


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


TABLES: Final[Mapping[str, What]] = {f"{what}.csv": what for what in COLUMNS}
"""What the program puts into such a file, by name."""

MOST_PARTS: Final = 200
"""More than the tables, or some shapefiles, with what a computer adds when it packs them anew."""

_ADDED: Final = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
"""What macOS and Windows put beside files."""

CATALOGUE: Final = frozenset({"indicators.toml", "readings.csv"})
"""What the program's own archives hold beside records: page *Löften* takes it in."""

_ADDED_FOLDER: Final = "__MACOSX"
_PACKED: Final = frozenset({".zip", ".7z", ".rar", ".gz", ".tar", ".tgz"})
_ENCRYPTED: Final = 1


def begins_archive(start: bytes) -> bool:
    """Tell whether a file's first bytes are those of a zip file that begins with such a table."""
    if not start.startswith(b"PK\x03\x04"):
        return False
    first = start[30 : 30 + int.from_bytes(start[26:28], "little")]
    return first.decode("utf-8", "replace").rpartition("/")[2].casefold() in TABLES


def read_archive(path: Path, asked: Asked) -> list[Sheet]:
    """Read the tables of a zip file that the program wrote, or the shapefiles in one."""
    name, limits = incoming.file_name(path), asked.limits
    # RuntimeError is what a part gives that says only here that it is encrypted.
    broken = incoming.refused_as("intake.broken_archive", name, RuntimeError, *incoming.BROKEN)
    with broken, incoming.opened_zip(path, name) as archive:
        parts = _parts(archive, name)
        if any(part.filename.casefold().endswith(".shp") for part in parts):
            return read_shapefiles(archive, parts, path, name, limits)
        minutes = {part.filename: part for part in parts if _is_minutes(part)}
        others = [part.filename for part in parts if _place(part).name.casefold() in CATALOGUE]
        apart = {*minutes, *others}
        tables = _tables([part for part in parts if part.filename not in apart], name)
        contents: dict[str, bytearray] = {key: bytearray() for key in (*tables, *minutes)}
        for key, chunk in incoming.unpacked(archive, {**tables, **minutes}, path, limits):
            contents[key] += chunk
    bodies = [bytes(contents.pop(key)) for key in minutes]
    first, *rest = _sheets(name, tables, contents, limits)
    documents = {sha256(body).hexdigest(): body for body in bodies}
    # They go in by another door, and nothing is passed over in silence.
    told = (remark(name, None, "", "intake.archive_catalogue", part) for part in others)
    return [replace(first, documents=documents, remarks=(*first.remarks, *told)), *rest]


def _parts(archive: zipfile.ZipFile, name: str) -> list[zipfile.ZipInfo]:
    """Return what people put into an archive, refused where a part lies or is locked oddly."""
    parts = [part for part in archive.infolist() if not part.is_dir()]
    if sum(not _is_minutes(part) for part in parts) > MOST_PARTS:
        raise IntakeError("intake.too_many_parts", file=name)
    require_no_identity(name, [part.filename for part in parts])
    found: list[zipfile.ZipInfo] = []
    for part in parts:
        where = _place(part)
        climbs = where.is_absolute() or ".." in where.parts or ":" in part.filename
        if climbs or not where.name:
            raise IntakeError("intake.archive_path", file=name, part=shown(part.filename))
        if where.parts[0] == _ADDED_FOLDER or where.name.casefold() in _ADDED:
            continue
        if part.flag_bits & _ENCRYPTED:
            raise IntakeError("intake.archive_encrypted", file=name)
        found.append(part)
    return found


def _place(part: zipfile.ZipInfo) -> PurePosixPath:
    return PurePosixPath(part.filename.replace("\\", "/"))


def _is_minutes(part: zipfile.ZipInfo) -> bool:
    return MINUTES in _place(part).parts[:-1]


def _tables(parts: Sequence[zipfile.ZipInfo], name: str) -> dict[What, zipfile.ZipInfo]:
    found: dict[What, zipfile.ZipInfo] = {}
    for part in parts:
        where = _place(part)
        if where.suffix.casefold() in _PACKED:
            raise IntakeError("intake.archive_nested", file=name, part=shown(where.name))
        what = TABLES.get(where.name.casefold())
        if what is None:
            values = {"part": shown(where.name), "expected": ", ".join(TABLES)}
            raise IntakeError("intake.archive_foreign", file=name, **values)
        if what in found:
            raise IntakeError("intake.archive_twice", file=name, part=shown(where.name))
        found[what] = part
    if not found:
        raise IntakeError("intake.archive_empty", file=name, expected=", ".join(TABLES))
    return found


def _sheets(
    name: str, tables: Iterable[What], contents: dict[str, bytearray], limits: Limits
) -> Iterator[Sheet]:
    left = limits.rows
    for what in tables:
        title = f"{what}.csv"
        told = f"{name} / {title}"
        # Given up as it is read: text and rows of one table at a time are enough.
        sheet = table_of(bytes(contents.pop(what)), told, replace(limits, rows=left))
        if not is_own(sheet):
            raise IntakeError("intake.archive_not_own", file=name, part=title)
        left -= len(sheet.rows)
        yield replace(sheet, file=name, title=title, sort=what)


FORMAT: Final = Format(
    read_archive,
    (".zip",),
    begins_archive,
    # A shapefile is several files, and comes packed.
    refused=dict.fromkeys(READ, "intake.shapefile_alone"),
    place=6,
)
