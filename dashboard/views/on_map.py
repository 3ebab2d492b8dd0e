"""What a planning tool has the map draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.map.layers import Bounds, Picking
from dashboard.map.safe import Json

Feature = Mapping[str, Json]
"""A GeoJSON feature in WGS 84; ``properties.role`` says how it is drawn."""


@dataclass(frozen=True, slots=True)
class OnMap:
    """What is drawn on top of the map's layers, and what the map waits for."""

    features: tuple[Feature, ...] = ()
    token: str = ""
    bounds: Bounds | None = None
    picking: Picking | None = None
    hidden: tuple[str, ...] = ()
