"""Zip files: what the program itself took out as one, whose tables are the sheets; or shapefiles.

Nothing is unpacked to where a part says that it wants to lie, so that can do no harm; it is refused
all the same, since no program writes such a thing.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Final

from geodata.errors import IntakeError
from geodata.intake.formats import Format
from geodata.intake.formats.shapefile import READ, is_shapefile, read_shapefiles
from geodata.intake.formats.table import table_of
from geodata.intake.incoming import BROKEN, chunks, file_name, is_steep, opened_zip, require_size
from geodata.intake.report import Limits, What, shown
from geodata.intake.sheets import Sheet, require_no_identity
from geodata.intake.understanding import is_own
from geodata.records.tables import SORTS

TABLES: Final[Mapping[str, What]] = {f"{what}.csv": what for what in SORTS}
"""What the program puts into such a file, by name."""

MOST_PARTS: Final = 200
"""More than the tables, or some shapefiles, with what a computer adds when it packs them anew."""

_ADDED: Final = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
"""What macOS and Windows put beside files."""

_ADDED_FOLDER: Final = "__MACOSX"
_PACKED: Final = frozenset({".zip", ".7z", ".rar", ".gz", ".tar", ".tgz"})
_ENCRYPTED: Final = 1


def begins_archive(start: bytes) -> bool:
    """Tell whether a file's first bytes are those of a zip file that begins with such a table."""
    if not start.startswith(b"PK\x03\x04"):
        return False
    first = start[30 : 30 + int.from_bytes(start[26:28], "little")]
    return first.decode("utf-8", "replace").rpartition("/")[2].casefold() in TABLES


def read_archive(path: Path, limits: Limits) -> list[Sheet]:
    """Read the tables of a zip file that the program wrote, or the shapefiles in one."""
    name = file_name(path)
    require_size(path, limits)
    try:
        with opened_zip(path, name) as archive:
            parts = _parts(archive, name)
            if is_shapefile([part.filename for part in parts]):
                return read_shapefiles(archive, parts, path, name, limits)
            contents = _unpacked(archive, _tables(parts, name), path, limits)
    # RuntimeError is what a part gives that says only here that it is encrypted.
    except (RuntimeError, *BROKEN) as error:
        if isinstance(error, IntakeError):
            raise
        raise IntakeError("intake.broken_archive", file=name) from error
    return list(_sheets(name, contents, limits))


def _parts(archive: zipfile.ZipFile, name: str) -> list[zipfile.ZipInfo]:
    """Return what people put into an archive, refused where a part lies or is locked oddly."""
    parts = [part for part in archive.infolist() if not part.is_dir()]
    if len(parts) > MOST_PARTS:
        raise IntakeError("intake.too_many_parts", file=name)
    require_no_identity(name, [part.filename for part in parts])
    found: list[zipfile.ZipInfo] = []
    for part in parts:
        where = _place(part)
        _require_harmless(where, part, name)
        if where.parts[0] == _ADDED_FOLDER or where.name.casefold() in _ADDED:
            continue
        if part.flag_bits & _ENCRYPTED:
            raise IntakeError("intake.archive_encrypted", file=name)
        found.append(part)
    return found


def _place(part: zipfile.ZipInfo) -> PurePosixPath:
    return PurePosixPath(part.filename.replace("\\", "/"))


def _tables(parts: Sequence[zipfile.ZipInfo], name: str) -> dict[What, zipfile.ZipInfo]:
    """Return the tables among an archive's parts, refused where anything else is in it."""
    found: dict[What, zipfile.ZipInfo] = {}
    for part in parts:
        where = _place(part)
        what = _table(where, name)
        if what in found:
            raise IntakeError("intake.archive_twice", file=name, part=shown(where.name))
        found[what] = part
    if not found:
        raise IntakeError("intake.archive_empty", file=name, expected=", ".join(TABLES))
    return found


def _require_harmless(where: PurePosixPath, part: zipfile.ZipInfo, name: str) -> None:
    climbs = where.is_absolute() or ".." in where.parts or ":" in part.filename
    if climbs or not where.name:
        raise IntakeError("intake.archive_path", file=name, part=shown(part.filename))


def _table(where: PurePosixPath, name: str) -> What:
    """Return which table a part is by its name."""
    if where.suffix.casefold() in _PACKED:
        raise IntakeError("intake.archive_nested", file=name, part=shown(where.name))
    what = TABLES.get(where.name.casefold())
    if what is None:
        raise IntakeError(
            "intake.archive_foreign",
            file=name,
            part=shown(where.name),
            expected=", ".join(TABLES),
        )
    return what


def _unpacked(
    archive: zipfile.ZipFile, parts: Mapping[What, zipfile.ZipInfo], path: Path, limits: Limits
) -> dict[What, bytes]:
    """Return what the tables hold; together no more than one file may."""
    total = 0
    found: dict[What, bytes] = {}
    for what, part in parts.items():
        content = bytearray()
        for chunk in chunks(archive, part):
            total += len(chunk)
            if total > limits.size or is_steep(total, path):
                raise IntakeError("intake.archive_too_large", file=file_name(path))
            content += chunk
        found[what] = bytes(content)
    return found


def _sheets(name: str, contents: dict[What, bytes], limits: Limits) -> Iterator[Sheet]:
    left = limits.rows
    for what in list(contents):
        title = f"{what}.csv"
        told = f"{name} / {title}"
        # Given up as it is read: text and rows of one table at a time are enough.
        sheet = table_of(contents.pop(what), told, replace(limits, rows=left))
        if not is_own(sheet):
            raise IntakeError("intake.archive_not_own", file=name, part=title)
        left -= len(sheet.rows)
        yield replace(sheet, file=name, title=title, sort=what)


FORMAT: Final = Format(
    lambda path, asked: read_archive(path, asked.limits),
    (".zip",),
    begins_archive,
    # A shapefile is several files, and comes packed.
    refused=dict.fromkeys(READ, "intake.shapefile_alone"),
    place=6,
)
