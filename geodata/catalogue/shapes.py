"""Outlines and reference layers as files hold them, and what can be wrong with them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, Final, TypeGuard

import shapely
from shapely import MultiPolygon, Polygon
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

from geodata.catalogue.mistakes import Table, fit, key_path, shown, table
from geodata.catalogue.schema import LayerShape
from geodata.crs import SWEDEN_BOUNDS_DEG, in_sweden
from geodata.errors import Mistake, Value
from geodata.model import ReferenceLayer

Polygons = list[list[list[list[float]]]]
"""Coordinates of a GeoJSON MultiPolygon: polygons, rings, positions, numbers."""

Wrong = tuple[str, dict[str, Value]]
"""A sentence's key and its values."""

SWEREF_EASTING_M: Final = (200_000.0, 1_000_000.0)
SWEREF_NORTHING_M: Final = (6_000_000.0, 7_800_000.0)
"""Values that SWEREF 99 TM has in Sweden, rounded outwards; degrees never come near them."""


def wrong_position(lon: float, lat: float) -> Wrong | None:
    """Tell what is wrong with a position that should be WGS 84 degrees within Sweden."""
    if not (math.isfinite(lon) and math.isfinite(lat)):
        return "catalogue.not_finite", {"value": f"{lon}, {lat}"}
    if in_sweden(lon, lat):
        return None
    values: dict[str, Value] = {"lon": shown(lon), "lat": shown(lat)}
    if _in_metres(lon, lat) or _in_metres(lat, lon):
        return "catalogue.position_in_metres", values
    if in_sweden(lat, lon):
        return "catalogue.position_swapped", values
    names = ("west", "south", "east", "north")
    bounds = {name: str(limit) for name, limit in zip(names, SWEDEN_BOUNDS_DEG, strict=True)}
    return "catalogue.position_outside", {**values, **bounds}


def _in_metres(easting: float, northing: float) -> bool:
    return (
        SWEREF_EASTING_M[0] <= easting <= SWEREF_EASTING_M[1]
        and SWEREF_NORTHING_M[0] <= northing <= SWEREF_NORTHING_M[1]
    )


def wrong_crs(document: Mapping[str, object]) -> Wrong | None:
    """Tell whether a GeoJSON document's old-style ``crs`` member names another system.

    RFC 7946 knows WGS 84 only; GDAL still writes the member of GeoJSON 2008.
    """
    member = document.get("crs")
    if member is None:
        return None
    properties = member.get("properties") if isinstance(member, Mapping) else None
    name = properties.get("name") if isinstance(properties, Mapping) else None
    if isinstance(name, str) and re.search(r"CRS84$|EPSG:+(\d*:)?4326$", name):
        return None
    return "catalogue.wrong_crs", {"value": shown(name if isinstance(name, str) else member)}


def read_outline(geometry: object) -> Polygon | MultiPolygon | Wrong:
    """Read an area's outline from a GeoJSON geometry."""
    kind = geometry.get("type") if isinstance(geometry, Mapping) else None
    if geometry is None or not isinstance(geometry, Mapping):
        return "catalogue.geometry_missing", {}
    if kind not in ("Polygon", "MultiPolygon"):
        return "catalogue.geometry_kind", {"value": shown(kind)}
    coordinates = geometry.get("coordinates")
    if coordinates in ([], [[]], [[[]]]):
        return "catalogue.geometry_missing", {}
    polygons: object = [coordinates] if kind == "Polygon" else coordinates
    if not _well_formed(polygons):
        return "catalogue.geometry_shape", {}
    wrong = _wrong_ring(polygons)
    if wrong is not None:
        return wrong
    parts = [Polygon(_pairs(rings[0]), [_pairs(hole) for hole in rings[1:]]) for rings in polygons]
    outline = parts[0] if kind == "Polygon" else MultiPolygon(parts)
    return _wrong_shape(outline) or outline


def _is_list(value: object) -> bool:
    return isinstance(value, list) and bool(value)


def _is_position(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) >= 2
        and all(isinstance(n, int | float) and not isinstance(n, bool) for n in value[:2])
        and all(not isinstance(n, int) or abs(n) < 10**15 for n in value[:2])
    )


def _well_formed(polygons: object) -> TypeGuard[Polygons]:
    return isinstance(polygons, list) and all(
        _is_list(rings) and all(_is_list(ring) and all(map(_is_position, ring)) for ring in rings)
        for rings in polygons
    )


def _pairs(ring: Sequence[Sequence[float]]) -> list[tuple[float, float]]:
    return [(float(position[0]), float(position[1])) for position in ring]


def _wrong_ring(polygons: Polygons) -> Wrong | None:
    for ring in map(_pairs, chain(*polygons)):
        for lon, lat in ring:
            wrong = wrong_position(lon, lat)
            if wrong is not None:
                return wrong
        if len(ring) < 4 or ring[0] != ring[-1]:
            return "catalogue.ring_open", {"lon": shown(ring[0][0]), "lat": shown(ring[0][1])}
    return None


def _wrong_shape(outline: Polygon | MultiPolygon) -> Wrong | None:
    if shapely.is_valid(outline):
        return None
    said = explain_validity(outline)  # such as "Self-intersection[12.93 57.725]"
    match = re.fullmatch(r"(.*?)\[(\S+) (\S+)\]", said)
    detail, lon, lat = match.groups() if match else (said, "?", "?")
    if "elf-intersection" in detail:
        return "catalogue.geometry_crosses", {"lon": lon, "lat": lat}
    return "catalogue.geometry_invalid", {"detail": detail, "lon": lon, "lat": lat}


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
