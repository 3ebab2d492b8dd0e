"""What several tools draw on the map: ways with their stops, and the box round them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from dashboard import state
from dashboard.map.layers import Bounds
from dashboard.map.safe import Json
from dashboard.pane import Feature
from geodata.planner.choices import Position


def feature(geometry: Json, role: str, **properties: Json) -> Feature:
    """Return something to draw: its shape, the role it has on the map, and what is known of it."""
    return {"type": "Feature", "geometry": geometry, "properties": {"role": role, **properties}}


def point(position: Position, role: str, **properties: Json) -> Feature:
    """Return something to draw at a position: WGS 84 degrees, longitude first."""
    return feature({"type": "Point", "coordinates": list(position)}, role, **properties)


def way(line: Sequence[Position], *, alternative: bool) -> Feature:
    """Return a way to draw."""
    points: Json = [[round(lon, 6), round(lat, 6)] for lon, lat, *_ in line]
    return feature({"type": "LineString", "coordinates": points}, "way", alternative=alternative)


def picked_point() -> Position | None:
    """Return where the map was clicked, once; None where it was not, or a way was drawn."""
    at: object = (state.take_picked() or {}).get("coordinates")
    if not isinstance(at, list | tuple) or len(at) != 2:
        return None
    return float(at[0]), float(at[1])


MARGIN_DEG: Final = 0.003
"""Round a single place, some two hundred metres, so that the map does not go all the way in."""


def around(positions: Iterable[Sequence[float]], margin_deg: float = MARGIN_DEG) -> Bounds | None:
    """Return what holds positions with a margin; None where there are none."""
    found = [(lon, lat) for lon, lat, *_ in positions]
    if not found:
        return None
    lons, lats = zip(*found, strict=True)
    return (
        min(lons) - margin_deg,
        min(lats) - margin_deg,
        max(lons) + margin_deg,
        max(lats) + margin_deg,
    )
