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
    """What is drawn on top of the map's layers, and what the map waits for.

    Parameters
    ----------
    features : tuple of GeoJSON feature
        Drawn with the scene. Roles: ``way``, ``stop``, ``site``, ``reached``, ``missed``,
        ``ring``, ``area``, ``spot``; the map's script knows how each looks.
    token : str
        The map moves to `bounds` when this is new.
    bounds : tuple of float or None
        West, south, east, north in degrees, WGS 84.
    picking : Picking or None
        What the tool waits for from the map.
    hidden : tuple of str
        Layers that are left out meanwhile.
    """

    features: tuple[Feature, ...] = ()
    token: str = ""
    bounds: Bounds | None = None
    picking: Picking | None = None
    hidden: tuple[str, ...] = ()
