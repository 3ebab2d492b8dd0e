"""A GeoPackage that QGIS opens as it is: records, what explains them, styles and relations.

Everything is in WGS 84: projecting to metres and back would move a point by a rounding, and what
is taken out must come back equal.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError
from shapely import Point
from shapely.geometry.base import BaseGeometry

from geodata.crs import WGS84
from geodata.model import Activity, Work
from geodata.publish import surroundings
from geodata.publish.contents import Export
from geodata.publish.geopackage_tables import Relation, add_relations, add_styles
from geodata.publish.styles import style_of
from geodata.publish.values import (
    GEOMETRY,
    ID,
    NUMBERS,
    WHOLE_NUMBERS,
    Value,
    Values,
    columns_of,
    shape_of,
    values_maker,
)
from geodata.records import Sort

GeometryType = Literal["Point", "MultiLineString", "MultiPolygon"]

POINTS: Final = "activities_points"
LINES: Final = "activities_lines"
WITHOUT_PLACE: Final = "activities_without_place"
ACTIVITY_LAYERS: Final = (POINTS, LINES, WITHOUT_PLACE)

HOT_SPOTS: Final = "hot_spots"
HOT_SPOT: Final = "hot_spot"
"""The column of a hot spot's id: not that by which records are known that are imported again."""

_WHOLE: Final = WHOLE_NUMBERS | surroundings.WHOLE_NUMBERS
_DECIMALS: Final = NUMBERS | surroundings.NUMBERS


@dataclass(frozen=True, slots=True)
class _Layer:
    """A layer: its table's name, columns, rows, and its geometry where it has any."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Values]
    shapes: Sequence[BaseGeometry | None] = ()
    geometry: GeometryType | None = None


def write_geopackage(export: Export, path: Path) -> None:
    """Write the records with areas, places, promises, commitments and hot spots."""
    names = set()
    try:
        for layer in _layers(export):
            _write(layer, export, path)
            names.add(layer.name)
        styles = {name: style for name in names if (style := style_of(name, export))}
        add_styles(path, styles)
        add_relations(path, [relation for relation in RELATIONS if relation.needs <= names])
    except (DataSourceError, DataLayerError) as error:
        raise OSError(errno.EIO, str(error), str(path)) from error


def _layers(export: Export) -> Iterator[_Layer]:
    """Give one layer after the other, so that only one is in memory."""
    yield from _surroundings(export)
    yield _hot_spots(export)
    for sort in export.sorts:
        if sort != "hot_spots":
            yield from _record_layers(export, sort)


def _surroundings(export: Export) -> list[_Layer]:
    areas, places = list(surroundings.areas(export)), list(surroundings.places(export))
    return [
        _Layer(
            "areas",
            surroundings.AREA_COLUMNS,
            [values for values, _ in areas],
            [shape for _, shape in areas],
            "MultiPolygon",
        ),
        _Layer(
            "places",
            surroundings.PLACE_COLUMNS,
            [values for values, _ in places],
            [shape for _, shape in places],
            "Point",
        ),
        _Layer("promises", surroundings.PROMISE_COLUMNS, list(surroundings.promises(export))),
        _Layer(
            "commitments", surroundings.COMMITMENT_COLUMNS, list(surroundings.commitments(export))
        ),
    ]


def _hot_spots(export: Export) -> _Layer:
    values_of = values_maker(export, HOT_SPOTS)
    columns = [HOT_SPOT if c == ID else c for c in columns_of(HOT_SPOTS) if c not in GEOMETRY]
    rows = [{**(values := values_of(spot)), HOT_SPOT: values[ID]} for spot in export.hot_spots]
    return _Layer(HOT_SPOTS, columns, rows, [shape_of(s) for s in export.hot_spots], "Point")


def _record_layers(export: Export, sort: Sort) -> Iterator[_Layer]:
    if sort == "walks":
        yield _of_records(export, sort, "walks", export.walks, "MultiLineString")
    elif sort == "findings":
        yield _of_records(export, sort, "findings", export.findings, "Point")
    else:
        split: dict[str, list[Activity]] = {name: [] for name in ACTIVITY_LAYERS}
        for activity in export.activities:
            split[_layer_of(activity)].append(activity)
        yield _of_records(export, sort, POINTS, split[POINTS], "Point")
        yield _of_records(export, sort, LINES, split[LINES], "MultiLineString")
        yield _of_records(export, sort, WITHOUT_PLACE, split[WITHOUT_PLACE], None)


def _layer_of(activity: Activity) -> str:
    shape = shape_of(activity)
    if shape is None:
        return WITHOUT_PLACE
    return POINTS if isinstance(shape, Point) else LINES


def _of_records(
    export: Export, sort: Sort, name: str, records: Sequence[Work], geometry: GeometryType | None
) -> _Layer:
    values_of = values_maker(export, sort)
    columns = [column for column in columns_of(sort) if column not in GEOMETRY]
    shapes = [shape_of(record) for record in records] if geometry else []
    return _Layer(name, columns, [values_of(record) for record in records], shapes, geometry)


def _write(layer: _Layer, export: Export, path: Path) -> None:
    frame = pd.DataFrame(
        {column: _cells([row[column] for row in layer.rows], column) for column in layer.columns}
    )
    told = {
        "layer": layer.name,
        "driver": "GPKG",
        "append": path.exists(),
        # What QGIS 3.22 and its contemporaries read without a warning.
        "dataset_options": {"VERSION": "1.3"},
        "layer_options": {
            "IDENTIFIER": export.words(f"export.layer.{layer.name}"),
            "DESCRIPTION": export.remark,
        },
    }
    if layer.geometry is None:
        pyogrio.write_dataframe(frame, path, **told)
        return
    shapes = np.array(layer.shapes, dtype=object)
    pyogrio.write_dataframe(
        gpd.GeoDataFrame(frame, geometry=shapes, crs=WGS84),
        path,
        geometry_type=layer.geometry,
        promote_to_multi=layer.geometry.startswith("Multi"),
        **told,
    )


def _cells(values: list[Value], column: str) -> pd.Series[Any]:
    # Told, not guessed: a column that happens to be empty has its type all the same.
    if column in _WHOLE:
        return pd.Series(values, dtype="Int64")
    return pd.Series(values, dtype="Float64" if column in _DECIMALS else "str")


RELATIONS: Final = (
    *(
        Relation(layer, "commitments", f"{layer}_commitments", "commitments", "commitment")
        for layer in ACTIVITY_LAYERS
    ),
    *(Relation("areas", layer, f"areas_{layer}", "area", "area") for layer in ACTIVITY_LAYERS),
    Relation("walks", "findings", "walks_findings", "lofteskartan_id", "walk_id"),
)
