"""The catalogue's files: which there are, and their bytes as text, tables or rows.

A file that can't be read is a mistake like any other, raised as a `CatalogueError` that holds
it, so that the other files are still read.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeVar

from geodata.catalogue.mistakes import listed, unknown_name
from geodata.errors import CatalogueError, Mistake, Value

FileKind = Literal["promise", "vocabulary", "areas", "places", "indicators", "readings", "layers"]

UTF8_BOM: Final = b"\xef\xbb\xbf"
"""Some editors on Windows begin a file with it; it means nothing."""

LAYOUT: Final[Mapping[FileKind, str]] = {
    "vocabulary": "vocabulary*.toml",
    "promise": "promises/*.toml",
    "areas": "areas*.geojson",
    "places": "places*.csv",
    "indicators": "indicators*.toml",
    "readings": "readings*.csv",
    "layers": "layers/*.geojson",
}
"""Where a catalogue folder holds what."""

TOML_BYTES_AT_MOST: Final = 300_000
"""A promise takes about ten thousand."""

LEVELS_AT_MOST: Final = 30
"""Tables within tables, and parts of a dotted key; an outline's numbers lie nine levels deep."""

POINTS_AT_MOST: Final = 100_000
"""Of all outlines in a file; a municipality's finest outline has about a quarter of them."""

KEYS_AT_MOST: Final = 100_000
"""Of a GeoJSON file's objects; an area has about fifteen."""

LAYER_KEYS_AT_MOST: Final = 200_000
"""Of a reference layer's; each of its points has six."""

ROWS_AT_MOST: Final = 10_000

COLUMNS_AT_MOST: Final = 100

_PART: Final = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+"""

_LONG_KEY: Final = re.compile(rf"(?<![\w-])(?:{_PART}\.[ \t]*+){{{LEVELS_AT_MOST}}}")
"""Part after part with dots between: tomllib takes memory as the square of their number."""


@dataclass(frozen=True, slots=True)
class CatalogueFile:
    """A file of the catalogue and what it should hold."""

    path: Path
    kind: FileKind


def _failed(path: Path, key: str, at: int | None = None, **values: Value) -> CatalogueError:
    return CatalogueError((Mistake(str(path), "", f"catalogue.{key}", values, at),))


def files_in(folder: Path) -> list[CatalogueFile]:
    """Return a catalogue folder's files, by kind and name.

    Raises
    ------
    CatalogueError
        If there is no such folder.
    """
    if not folder.is_dir():
        raise _failed(folder, "no_folder")
    return [
        CatalogueFile(path, kind)
        for kind, pattern in LAYOUT.items()
        for path in sorted(folder.glob(pattern))
    ]


def files_of(path: Path) -> list[CatalogueFile]:
    """Return the files that a given path stands for: itself, or a catalogue folder's.

    Raises
    ------
    CatalogueError
        If a folder holds no catalogue files, or a file's suffix is none of the accepted.
    """
    if path.is_dir() and path.suffix.lower() not in SUFFIXES:
        found = files_in(path)
        if not found:
            raise _failed(path, "folder_empty", expected=listed(LAYOUT.values()))
        return found
    return [file_called(path)]


SUFFIXES: Final = (".toml", ".geojson", ".json", ".csv")


def file_called(path: Path) -> CatalogueFile:
    """Return what a file of that name should hold.

    Raises
    ------
    CatalogueError
        If its suffix is none of the accepted.
    """
    suffix, name = path.suffix.lower(), path.stem.lower()
    if suffix == ".toml":
        named: tuple[FileKind, ...] = ("vocabulary", "indicators")
        return CatalogueFile(path, next((k for k in named if name.startswith(k)), "promise"))
    if suffix in (".geojson", ".json"):
        return CatalogueFile(path, "layers" if path.parent.name == "layers" else "areas")
    if suffix == ".csv":
        return CatalogueFile(path, "readings" if name.startswith("readings") else "places")
    if not path.exists():
        raise _failed(path, "no_file")
    raise _failed(path, "file_type", expected=listed(SUFFIXES))


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes."""
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise _failed(path, "no_file") from error
    except OSError as error:
        # Windows says "permission denied" of a folder.
        key = "is_folder" if path.is_dir() else "no_access"
        raise _failed(path, key) from error


def to_text(path: Path, data: bytes) -> str:
    """Return a file's text, without a byte order mark."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _failed(path, "not_utf8", line, position=error.start + 1) from error
    text = text.removeprefix(UTF8_BOM.decode("utf-8"))
    if not text.strip():
        raise _failed(path, "empty_file")
    return text


def to_toml(path: Path, text: str) -> dict[str, object]:
    """Return a TOML file's tables."""
    if len(text.encode("utf-8")) > TOML_BYTES_AT_MOST:
        raise _failed(path, "too_long", limit=TOML_BYTES_AT_MOST // 1_000)
    if _LONG_KEY.search(text):
        raise _failed(path, "too_deep")
    try:
        read = tomllib.loads(text)
    except RecursionError as error:
        raise _failed(path, "too_deep") from error
    except ValueError as error:
        # tomllib tells the place in its sentence only (until Python 3.14).
        said = str(error)
        match = re.search(r" \(at line (\d+), column (\d+)\)$", said)
        line, column = (int(match[1]), int(match[2])) if match else _end(text)
        detail = re.sub(r" \(at [^()]*\)$", "", said)
        raise _failed(path, "not_toml", line, line=line, column=column, detail=detail) from error
    return _shallow(path, read)


Read = TypeVar("Read")


def _shallow(path: Path, read: Read) -> Read:
    """Return what was read, if nothing in it lies too deep for what looks into it."""
    level: list[object] = [read]
    for _ in range(LEVELS_AT_MOST):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
    if any(isinstance(each, dict | list) for each in level):
        raise _failed(path, "too_deep")
    return read


def _end(text: str) -> tuple[int, int]:
    lines = text.rstrip("\n").split("\n")
    return len(lines), len(lines[-1]) + 1


def to_json(
    path: Path, text: str, points: int = POINTS_AT_MOST, keys: int = KEYS_AT_MOST
) -> object:
    """Return what a JSON file holds; NaN and Infinity come through as such."""
    # Each point is a list. Counted before they are made: a point takes ten times its text.
    if text.count("[") > points:
        raise _failed(path, "too_many_points", limit=points)
    if text.count(":") > keys:
        raise _failed(path, "too_many_keys", limit=keys)
    try:
        read = json.loads(text)
    except RecursionError as error:
        raise _failed(path, "too_deep") from error
    except json.JSONDecodeError as error:
        line, column = error.lineno, error.colno
        raise _failed(path, "not_json", line, line=line, column=column, detail=error.msg) from error
    except ValueError as error:  # a number of more digits than Python converts
        raise _failed(path, "number_too_long") from error
    return _shallow(path, read)


def to_rows(
    path: Path, text: str, columns: set[str], needed: set[str] | None = None
) -> tuple[list[tuple[int, dict[str, str]]], list[Mistake]]:
    """Return a CSV file's rows with their line numbers, and the rows that can't be told apart.

    All columns are needed unless it is said which. Swedish Excel has semicolons between cells.
    """
    head = text.partition("\n")[0]
    between = ";" if head.count(";") > head.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=between)
    rows: list[tuple[int, dict[str, str]]] = []
    mistakes: list[Mistake] = []
    try:
        header = [name.strip() for name in next(reader)]
        _check_header(path, header, columns, columns if needed is None else needed)
        for number, cells in enumerate(reader):
            if number >= ROWS_AT_MOST:
                raise _failed(path, "too_many_rows", limit=ROWS_AT_MOST)
            if len(cells) == len(header):
                rows.append((reader.line_num, dict(zip(header, cells, strict=True))))
            elif any(cells):
                values: dict[str, Value] = {"found": len(cells), "expected": len(header)}
                mistakes.append(
                    Mistake(str(path), "", "catalogue.row_width", values, reader.line_num)
                )
    except csv.Error as error:
        line = reader.line_num
        raise _failed(path, "not_csv", line, line=line, detail=str(error)) from error
    return rows, mistakes


def _check_header(path: Path, header: list[str], columns: set[str], needed: set[str]) -> None:
    if len(header) > COLUMNS_AT_MOST:
        raise _failed(path, "row_width", 1, found=len(header), expected=len(columns))
    missing = needed - set(header)
    mistakes = [Mistake(str(path), "", *unknown_name(n, columns), 1) for n in set(header) - columns]
    if missing:
        values: dict[str, Value] = {"name": listed(sorted(missing))}
        mistakes.append(Mistake(str(path), "", "catalogue.missing_column", values, 1))
    repeated = {name for name in header if header.count(name) > 1}
    mistakes += [
        Mistake(str(path), "", "catalogue.repeated", {"name": name}, 1) for name in repeated
    ]
    if mistakes:
        raise CatalogueError(tuple(mistakes))
