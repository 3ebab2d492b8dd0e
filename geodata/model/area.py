"""Where: areas with their outlines, known places, and others' map layers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from geodata.model.text import LocalText


@dataclass(frozen=True, slots=True)
class Residents:
    """How many live in an area, at least one; and where and of which year that is said."""

    count: int
    source: LocalText


@dataclass(frozen=True, slots=True)
class Area:
    """A place with an outline that a promise names."""

    id: str
    # The same in both languages.
    name: str
    municipality: str
    # A key of `Vocabulary.area_kinds`.
    kind: str
    # WGS 84, longitude first.
    outline: Polygon | MultiPolygon
    # ``nominal`` means that nobody has published a boundary.
    outline_method: Literal["surveyed", "generalised", "nominal"]
    # How far, in metres, the true boundary may lie from the outline.
    outline_accuracy_m: float
    outline_source: LocalText
    residents: Residents | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A known place: a stop, a square, a school."""

    name: str
    # A key of `Vocabulary.place_kinds`.
    kind: str
    # WGS 84, degrees.
    lon: float
    lat: float
    # Id of the nearest area, and the metres to its outline: 0 inside it.
    nearest_area: str
    distance_m: float
    # Whose position it is, worded as the licence asks.
    source: str


@dataclass(frozen=True, slots=True)
class MapService:
    """A WMS (OGC 06-042): its address, its layers with commas between, and its pictures' format."""

    address: str
    layers: str
    format: str


@dataclass(frozen=True, slots=True)
class ReferenceLayer:
    """Somebody else's map layer, such as street lights: to look at, and counted nowhere."""

    id: str
    name: LocalText
    # Whose it is, on what terms it may be shown, and what day it tells of.
    source: str
    licence: str
    date: date
    # A key of `geodata.palette.LAYER_COLOURS`.
    colour: str
    # In WGS 84, each with its name or "".
    shapes: tuple[tuple[str, BaseGeometry], ...]
    # Whether it is on the citizens' page as well.
    seen_by: Literal["inside", "public"] = "inside"
    # What draws it on the screen, where it has no shapes.
    wms: MapService | None = None


@dataclass(frozen=True, slots=True)
class Location:
    """Which area a point is in, and how sure that is."""

    # The area whose outline holds the point, None if none does.
    area_id: str | None
    # The area whose border is nearest, and how far that is; None where there is no area at all.
    nearest_area_id: str | None
    border_m: float | None
    # True where some outline's border lies within that outline's own accuracy of the point, so
    # that the answer could be another.
    near_border: bool

    @property
    def area_at_hand(self) -> str | None:
        """The area that it is in, or the nearest."""
        return self.area_id or self.nearest_area_id
