"""An area's form to the feature that a file would hold, and outlines and corners from outside.

What is typed goes in by the same door as a file, so nothing is checked here but what a file
can't say: positions as people write them, and shapes of which one is to be an outline.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from shapely import LineString, MultiLineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from geodata.catalogue.files import read_bytes, to_json, to_text
from geodata.catalogue.mistakes import key_path, rows, table
from geodata.errors import IntakeError
from geodata.intake.filled_form import FilledForm
from geodata.intake.formats import Asked, sheets_of
from geodata.intake.formats.geojson import declared_crs
from geodata.intake.forms import NOT_SHAPES, FormValues, thinned
from geodata.intake.positions import find_places
from geodata.intake.report import DEFAULT_LIMITS, ReadOptions
from geodata.intake.sheets import Sheet
from geodata.intake.understanding import Understood, understand
from geodata.model import Area

FIELDS: Final[Mapping[str, str]] = {
    "name": "name",
    "municipality": "municipality",
    "kind": "kind",
    "outline_method": "method",
    "outline_accuracy_m": "accuracy",
    "outline_source": "source",
    "outline_source_en": "source_en",
}
"""The form's field by the property of a file."""

NAMES: Final = ("name", "namn", "område", "title", "benämning")
"""What a file may call the column that says what an outline is of."""


def area_values(area: Area | None) -> dict[str, str | Sequence[str]]:
    """Return what the fields show of an area; of none, what a new one begins with."""
    if area is None:
        return dict.fromkeys(FIELDS.values(), "")
    return {
        "name": area.name,
        "municipality": area.municipality,
        "kind": area.kind,
        "method": area.outline_method,
        "accuracy": f"{area.outline_accuracy_m:g}",
        "source": area.outline_source.sv,
        "source_en": area.outline_source.en,
    }


def said_metres(text: object) -> float | None:
    """Return the metres that a field says, None where it says none."""
    with suppress(ValueError):
        metres = float(str(text).strip().replace(",", "."))
        return metres if metres >= 0 else None
    return None


def read_area(
    values: FormValues,
    before: Mapping[str, object],
    id_: str,
    outline: Polygon | MultiPolygon | None,
) -> FilledForm:
    """Return what the fields say, as a file's tables.

    Parameters
    ----------
    values : mapping
        The form's, by field.
    before : mapping
        The properties that the area has so far: those without a field stay.
    id_ : str
        The area's id.
    outline : shapely Polygon, MultiPolygon or None
        None where nothing is drawn that could be one.

    Returns
    -------
    FilledForm
        With the field that each path comes from.
    """
    said: dict[str, object] = {}
    for name, field in FIELDS.items():
        text = str(values.get(field) or "").strip()
        metres = said_metres(text) if field == "accuracy" else None
        if text or name != "outline_source_en":
            said[name] = text if metres is None else metres
    kept = {name: value for name, value in before.items() if name not in FIELDS}
    feature = {
        "type": "Feature",
        "properties": {"id": id_, **said, **kept},
        "geometry": shapely.geometry.mapping(outline) if outline else None,
    }
    form = FilledForm({"type": "FeatureCollection", "features": [feature]})
    at = ("features", 0)
    form.fields[key_path([*at, "geometry"])] = "drawing"
    form.fields |= {key_path([*at, "properties", n]): field for n, field in FIELDS.items()}
    return form


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
    sheet = Sheet("", ("position",), None, (1,), ((text,),))
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
    return Sheet(path.name, header, None, range(len(cells)), cells, shapes=shapes, crs=crs)


def _named(sheet: Sheet) -> Iterator[tuple[str, BaseGeometry | None]]:
    """Yield a sheet's shapes in WGS 84, each with what the file calls it."""
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
