"""Shapes from outside, for what is drawn: corners that are typed, and what files hold.

A file may be of any format that records come in; of which shape one is to be an outline is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from shapely import LineString, MultiLineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from geodata.catalogue.files import read_bytes, to_json, to_text
from geodata.catalogue.mistakes import rows, table
from geodata.catalogue.shapes import CORNERS_AT_MOST, DECIMALS, KINDS, lies_in_sweden
from geodata.crs import to_degrees, to_metres
from geodata.errors import IntakeError
from geodata.intake.formats import Asked, sheets_of
from geodata.intake.formats.geojson import declared_crs
from geodata.intake.forms import NOT_SHAPES, thinned
from geodata.intake.positions import find_places
from geodata.intake.report import DEFAULT_LIMITS, ReadOptions
from geodata.intake.sheets import Sheet, features_of
from geodata.intake.understanding import Understood, understand

NAMES: Final = ("name", "namn", "område", "title", "benämning")
"""What a file may call the column that says what an outline is of."""

BYTES_AT_MOST: Final = 5_000_000

JSON_AT_MOST: Final = (1_000_000, 1_000_000)
"""Lists and keys: a file of that size has fewer, unless it has little else."""

FINENESS_M: Final = (1, 2, 5, 10, 20, 50)
"""How far a simplified line may lie from the file's own, the finest that comes to few enough
corners first; a metre is less than a point of the screen wherever a whole street is seen."""


# --- positions -----------------------------------------------------------------------------------


def read_corners(text: str) -> tuple[tuple[float, float], ...]:
    """Return the positions that somebody has typed, as longitude and latitude.

    Parameters
    ----------
    text : str
        Latitude and longitude, or northing and easting in SWEREF 99 TM; several with ; between.

    Returns
    -------
    tuple of (float, float)
        In WGS 84, to about a centimetre.

    Raises
    ------
    IntakeError
        ``drawing.not_position``.
    """
    sheet = features_of("", ("position",), ((text,),))
    found = find_places(sheet, Understood("activities", ("position",)), ReadOptions())
    shape = found.shapes[0]
    # Of the other systems the numbers alone don't tell which zone they are in.
    if shape is None or found.use is None or found.use.grid not in ("wgs84", "sweref99tm"):
        raise IntakeError("drawing.not_position", value=text)
    return tuple((round(x, 7), round(y, 7)) for x, y in shapely.get_coordinates(shape).tolist())


# --- files ---------------------------------------------------------------------------------------


def read_outlines(path: Path, today: date) -> tuple[tuple[str, Polygon | MultiPolygon], ...]:
    """Return the outlines that a file holds, each with its name.

    Parameters
    ----------
    path : pathlib.Path
        Of any format that records come in. A closed line, such as the track of a walk around an
        area, is an outline as well.
    today : datetime.date
        For days written without their year.

    Returns
    -------
    tuple of (str, shapely Polygon or MultiPolygon)
        In WGS 84; what crosses itself is among them, to be put right.

    Raises
    ------
    IntakeError
        If the file can't be read, or holds no outline.
    CatalogueError
        If it is no JSON.
    """
    found = tuple(
        (name or f"{path.stem} {number}", outline)
        for number, (name, shape) in enumerate(named_shapes(path, today), start=1)
        if (outline := _enclosed(shape)) is not None
    )
    if not found:
        raise IntakeError("drawing.no_outline", file=path.name)
    return found


def named_shapes(
    path: Path, today: date, *json_limits: int
) -> Iterator[tuple[str, BaseGeometry | None]]:
    """Yield a file's shapes in WGS 84, each with what the file calls it; None where a row has none.

    Raises as `read_outlines` does. The limits are those of `to_json`.
    """
    is_json = path.suffix.casefold() in (".geojson", ".json")
    asked = Asked(DEFAULT_LIMITS, "activities", {}, today)
    sheets = [_json_sheet(path, *json_limits)] if is_json else sheets_of(path, path.name, asked)
    yield from chain.from_iterable(map(_named, sheets))


def _json_sheet(path: Path, *json_limits: int) -> Sheet:
    """Return GeoJSON's features with their surfaces, which the reader of records leaves out."""
    document = table(to_json(path, to_text(path, read_bytes(path)), *json_limits))
    features = [feature for _, feature in rows(document.get("features"))] or [document]
    shapes: list[BaseGeometry | None] = [None] * len(features)
    for at, feature in enumerate(features):
        geometry: Any = feature.get("geometry") or feature
        with suppress(*NOT_SHAPES):
            shapes[at] = shapely.geometry.shape(geometry)
    properties = [table(feature.get("properties")) for feature in features]
    header = tuple(dict.fromkeys(str(name) for each in properties for name in each))
    cells = [[str(each.get(name) or "") for name in header] for each in properties]
    crs = declared_crs(document, path.name)
    return features_of(path.name, header, cells, shapes=shapes, crs=crs)


def _named(sheet: Sheet) -> Iterator[tuple[str, BaseGeometry | None]]:
    options = ReadOptions(what="activities")
    found = find_places(sheet, understand(sheet, options), options).shapes
    header = [name.casefold() for name in sheet.header]
    column = next((header.index(name) for name in NAMES if name in header), None)
    for row, shape in zip(sheet.rows, found, strict=True):
        yield row[column] if column is not None and column < len(row) else "", shape


def _enclosed(shape: BaseGeometry | None) -> Polygon | MultiPolygon | None:
    """Return what a shape encloses; of a line, what it does when its ends are joined."""
    if isinstance(shape, LineString | MultiLineString):
        corners = np.unique(shapely.get_coordinates(shape), axis=0)
        return Polygon(shapely.get_coordinates(thinned(shape))) if len(corners) > 2 else None
    return shape if isinstance(shape, Polygon | MultiPolygon) and not shape.is_empty else None


# --- reference layers ---


@dataclass(frozen=True, slots=True)
class LayerRead:
    """What a file holds, as it can be shown."""

    # What its owner calls it.
    file: str
    # In WGS 84, each with its name or "".
    shapes: tuple[tuple[str, BaseGeometry], ...]
    # How many the file has of what can be shown, and how many are left.
    corners: int
    kept: int
    # How far a line may lie from the file's own, in metres; 0 where nothing was simplified.
    fineness_m: int
    # Rows without a place in Sweden, or with one that is no point, line or surface.
    left_out: int


def read_shapes(path: Path, today: date) -> LayerRead:
    """Return what a file holds, simplified for the screen.

    Parameters
    ----------
    path : pathlib.Path
        GeoJSON, GeoPackage, or any other format that records come in.
    today : datetime.date
        For days written without their year.

    Raises
    ------
    IntakeError
        ``layers.too_large``, ``layers.empty``, ``layers.too_many_corners``, or why the file can't
        be read.
    CatalogueError
        If it is no JSON.
    """
    if path.stat().st_size > BYTES_AT_MOST:
        limit = BYTES_AT_MOST // 1_000_000
        raise IntakeError("layers.too_large", file=path.name, limit=limit)
    rows = list(named_shapes(path, today, *JSON_AT_MOST))
    found = [(name, shape) for name, shape in rows if shape is not None and _can_be_shown(shape)]
    if not found:
        raise IntakeError("layers.empty", file=path.name)
    names = [name for name, _ in found]
    shapes: Any = np.array([shape for _, shape in found])
    metric: Any = to_metres(shapes)
    corners, kept, fineness_m = _corners(shapes), CORNERS_AT_MOST + 1, 0
    for fineness_m in FINENESS_M:
        simple = shapely.simplify(metric, fineness_m, preserve_topology=True)
        kept = _corners(simple)
        if kept <= CORNERS_AT_MOST:
            break
    else:
        raise IntakeError(
            "layers.too_many_corners", file=path.name, found=kept, limit=CORNERS_AT_MOST
        )
    shown = shapely.transform(
        to_degrees(simple) if kept < corners else shapes, lambda xy: xy.round(DECIMALS)
    )
    fineness_m = fineness_m if kept < corners else 0
    left_out = len(rows) - len(found)
    return LayerRead(
        path.name, tuple(zip(names, shown, strict=True)), corners, kept, fineness_m, left_out
    )


def _can_be_shown(shape: BaseGeometry) -> bool:
    return shape.geom_type in KINDS and not shape.is_empty and lies_in_sweden(shape)


def _corners(shapes: Any) -> int:
    return int(shapely.get_num_coordinates(shapes).sum())
