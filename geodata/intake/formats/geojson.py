"""GeoJSON (RFC 7946, and the older form that names a coordinate system) to a sheet."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import shapely
from shapely import LineString, MultiLineString, Point

from geodata.crs import crs_named
from geodata.errors import IntakeError
from geodata.intake import sheets
from geodata.intake.formats import Format, text_of_start
from geodata.intake.incoming import file_name, limits_of_tree, read_bytes, text_of
from geodata.intake.positions import Shape
from geodata.intake.report import Limits, RowNotes, RowProblem, shown

_MEMBERS: Final = frozenset({"type", "id", "geometry", "properties", "bbox"})

DEEPEST: Final = 3
"""Collections of one part inside each other that are still opened."""

BETWEEN: Final = " | "
"""Stands between the parts of a list when it becomes a cell."""


def read_geojson(path: Path, limits: Limits) -> sheets.Sheet:
    """Read a GeoJSON file: a feature is a row, a property is a column."""
    name = file_name(path)
    text, notices = text_of(read_bytes(path, limits_of_tree(limits)), name)
    collection, features = _collection(text, name)
    if len(features) > limits.rows:
        raise IntakeError("intake.too_many_rows", file=name, limit=limits.rows)
    title = collection.get("name")
    sheets.require_no_identity(name, [title] if isinstance(title, str) else [])
    table = _Table(name)
    for number, feature in enumerate(features, start=1):
        table.add(feature, number)
        table.positions += int(shapely.get_num_coordinates(table.shapes[-1]))
        sheets.require_positions(name, table.positions, limits)
    header = tuple(table.columns)
    sheets.require_no_identity(name, header)
    width = len(header)
    rows = [row + [""] * (width - len(row)) for row in table.rows]
    crs = declared_crs(collection, name)
    more: dict[str, Any] = {
        "shapes": table.shapes,
        "crs": crs,
        "told": table.told,
        "remarks": notices,
    }
    return sheets.features_of(name, header, rows, **more)


def _collection(content: str, name: str) -> tuple[dict[str, object], list[object]]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise IntakeError("intake.not_geojson", file=name) from error
    if isinstance(found, dict) and found.get("type") == "Feature" and "geometry" in found:
        return {}, [found]
    if isinstance(found, dict) and found.get("type") == "FeatureCollection":
        features = found.get("features")
        if isinstance(features, list):
            return found, features
    raise IntakeError("intake.not_geojson", file=name)


def declared_crs(collection: Mapping[str, object], name: str) -> str | None:
    """Return the system that the collection declares, as GeoJSON did before 2016."""
    declared = collection.get("crs")
    if declared is None:
        return None
    properties = declared.get("properties") if isinstance(declared, dict) else None
    found = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(found, str) or crs_named(found) is None:
        raise IntakeError("intake.unknown_crs", file=name, crs=shown(str(found)))
    return found


@dataclass(slots=True)
class _Table:
    """Features as they become rows; columns are added as properties turn up."""

    name: str
    columns: dict[str, int] = field(default_factory=dict)
    rows: list[list[str]] = field(default_factory=list)
    shapes: list[Shape | None] = field(default_factory=list)
    told: dict[int, tuple[RowProblem, ...]] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)
    positions: int = 0

    def add(self, feature: object, number: int) -> None:
        """Take a feature."""
        told = RowNotes(self.name, number)
        row = [""] * len(self.columns)
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if isinstance(feature, dict) and (
            isinstance(properties, dict)
            or (properties is None and feature.get("type") == "Feature")
        ):
            for member in feature.keys() - _MEMBERS - self.others:
                # Told once: what one feature has, mostly all have.
                self.others.add(member)
                told.notice("", "intake.member_unused", member)
            for key, value in (properties or {}).items():
                if key not in self.columns:
                    self.columns[key] = len(row)
                    row.append("")
                    sheets.require_narrow(self.name, len(row))
                row[self.columns[key]] = _cell(value)
            self.shapes.append(_shape(feature.get("geometry"), told))
        else:
            told.error("", "intake.not_a_feature")
            self.shapes.append(None)
        self.rows.append(row)
        if told.problems:
            self.told[number - 1] = tuple(told.problems)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(part, str | int | float) for part in value):
        return BETWEEN.join(map(str, value))
    try:
        return json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError):
        return ""


def _shape(geometry: object, told: RowNotes, depth: int = 0) -> Shape | None:
    if geometry is None:
        return None
    where = geometry.get("coordinates") if isinstance(geometry, dict) else None
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    try:
        if kind == "Point":
            return Point(_position(where))
        if kind == "MultiPoint" and len(_list(where)) == 1:
            return Point(_position(_list(where)[0]))
        if kind == "GeometryCollection" and isinstance(geometry, dict):
            inner = geometry.get("geometries")
            # RFC 7946, 3.1.8: one part alone had better be written as itself.
            if len(_list(inner)) == 1 and depth < DEEPEST:
                return _shape(_list(inner)[0], told, depth + 1)
        if kind == "LineString":
            return LineString(_line(where))
        if kind == "MultiLineString":
            lines = [_line(part) for part in _list(where)]
            return MultiLineString(lines) if len(lines) > 1 else LineString(lines[0])
    except (TypeError, IndexError):
        kind = None
    except ValueError as error:
        told.error("geometry", "intake.not_degrees", str(error))
        return None
    told.error("geometry", "intake.not_a_place" if kind else "intake.broken_geometry")
    return None


def _line(value: object) -> list[tuple[float, float]]:
    points = [_position(point) for point in _list(value)]
    if len(points) < 2:
        raise TypeError
    return points


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _position(value: object) -> tuple[float, float]:
    first, second = _list(value)[:2] if len(_list(value)) > 1 else _list(None)
    return _degrees(first), _degrees(second)


def _degrees(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        # Lists may lie too deep in each other to be written out.
        raise ValueError(value if isinstance(value, str | bool) else "…")  # noqa: TRY004 - as a value
    try:
        found = float(value)
    except OverflowError:
        # A whole number beyond all others; writing it out would take long.
        found = math.inf
    if not math.isfinite(found):
        raise ValueError(found)
    return found


def _begins(start: bytes) -> bool:
    # A bracket may begin a table as well: only what is surely not one counts.
    text = text_of_start(start)
    return text.startswith(b"{") and b'"type"' in text and b'"Feature' in text


FORMAT: Final = Format(
    lambda path, asked: [read_geojson(path, asked.limits)], (".geojson", ".json"), _begins, place=4
)
