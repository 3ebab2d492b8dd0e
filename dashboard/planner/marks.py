"""What several tools draw on the map: ways with their stops, and the box round them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from dashboard.map.layers import Bounds
from dashboard.pane import Feature
from geodata.planner.choices import Position


def _feature(geometry: Mapping[str, object], properties: Mapping[str, object]) -> Feature:
    return {"type": "Feature", "geometry": geometry, "properties": properties}  # type: ignore[dict-item]


def site(position: Position, label: str, title: str) -> Feature:
    """Return where a walk begins or ends, for the map."""
    return _feature(
        {"type": "Point", "coordinates": list(position)},
        {"role": "site", "label": label, "title": title},
    )


def way(line: Sequence[Position], *, alternative: bool) -> Feature:
    """Return a way, for the map."""
    points = [[round(lon, 6), round(lat, 6)] for lon, lat, *_ in line]
    return _feature(
        {"type": "LineString", "coordinates": points}, {"role": "way", "alternative": alternative}
    )


def stop_mark(
    position: Position, label: str, title: str, lines: Sequence[str], *, required: bool = False
) -> Feature:
    """Return a stop of a way, for the map."""
    return _feature(
        {"type": "Point", "coordinates": list(position)},
        {
            "role": "stop",
            "label": label,
            "title": title,
            "lines": list(lines),
            "required": required,
        },
    )


def missed_mark(position: Position, title: str, share: float) -> Feature:
    """Return a stop that is in question and not on the way, for the map."""
    return _feature(
        {"type": "Point", "coordinates": list(position)},
        {"role": "missed", "title": title, "weight": round(min(max(share, 0.0), 1.0), 3)},
    )


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
