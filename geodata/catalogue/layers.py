"""Reference layers: GeoJSON whose ``layer`` member says what it is, read and written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from geodata.catalogue.mistakes import fit, key_path
from geodata.catalogue.outlines import wrong_crs, wrong_position
from geodata.catalogue.promise import Table, table
from geodata.catalogue.schema import LayerShape
from geodata.crs import SWEDEN_BOUNDS_DEG
from geodata.errors import Mistake
from geodata.model import ReferenceLayer

CORNERS_AT_MOST: Final = 20_000
"""Of all shapes in a layer, points too: what a browser draws without a pause."""

DECIMALS: Final = 6
"""Of degrees: about 0.1 m."""

KINDS: Final = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")

Shapes = Sequence[tuple[str, BaseGeometry]]


def read_layer(file: str, raw: Table) -> tuple[ReferenceLayer | None, list[Mistake]]:
    """Return the layer that a GeoJSON document holds, and what is wrong with it."""
    shape, mistakes = fit(
        LayerShape, raw.get("layer"), file=file, where=lambda path: key_path(["layer", *path])
    )
    features = raw.get("features")
    if raw.get("type") != "FeatureCollection" or not isinstance(features, list):
        return None, [*mistakes, Mistake(file, "", "catalogue.not_features")]
    if crs := wrong_crs(raw):
        return None, [*mistakes, Mistake(file, "crs", *crs)]
    found = [
        _shape(table(feature), key_path(["features", n])) for n, feature in enumerate(features)
    ]
    mistakes += [Mistake(file, each[0], *each[1]) for each in found if isinstance(each[1], tuple)]
    shapes = [(each[0], each[1]) for each in found if not isinstance(each[1], tuple)]
    corners = int(shapely.get_num_coordinates([each for _, each in shapes]).sum()) if shapes else 0
    if not features and "wms" not in table(raw.get("layer")):
        mistakes.append(Mistake(file, "features", "catalogue.no_features"))
    if corners > CORNERS_AT_MOST:
        values = {"found": corners, "limit": CORNERS_AT_MOST}
        mistakes.append(Mistake(file, "features", "catalogue.layer_corners", {**values}))
    if shape is None or mistakes:
        return None, mistakes
    layer: ReferenceLayer = shape.value(shapes=tuple(shapes))
    return layer, []


def _shape(feature: Table, place: str) -> tuple[str, Any]:
    """Return a feature's name and shape, or its place and what is wrong with it."""
    geometry: Any = feature.get("geometry")
    try:
        shape = shapely.geometry.shape(geometry)
    except (ValueError, TypeError, KeyError, AttributeError, ShapelyError):
        return place, ("catalogue.layer_geometry", {})
    if shape.is_empty or shape.geom_type not in KINDS:
        return place, ("catalogue.layer_geometry", {})
    if not lies_in_sweden(shape):
        wrong = (wrong_position(*at) for at in shapely.get_coordinates(shape).tolist())
        return place, next(filter(None, wrong))
    return str(table(feature.get("properties")).get("name") or ""), shape


def lies_in_sweden(shape: BaseGeometry) -> bool:
    """Tell whether every corner of a shape lies within Sweden's bounding box."""
    west, south, east, north = SWEDEN_BOUNDS_DEG
    corners = shapely.get_coordinates(shape)
    # What is no number lies nowhere.
    return bool(((corners >= (west, south)) & (corners <= (east, north))).all())


def layer_tables(layer: Table, shapes: Shapes) -> dict[str, Any]:
    """Return a layer as its file's tables: what it says of itself, and its shapes."""
    features = [
        {
            "type": "Feature",
            "properties": {"name": name} if name else {},
            "geometry": shapely.geometry.mapping(shape),
        }
        for name, shape in shapes
    ]
    return {"type": "FeatureCollection", "layer": dict(layer), "features": features}
