"""How an address names what a planner chooses: hot spots, findings and places by short keys.

A key is ``h`` and the first letters of a hot spot's id, ``f`` and those of a finding's, ``p`` and
longitude and latitude for a known place or a place of the planner's own.
"""

from __future__ import annotations

from typing import Final

Position = tuple[float, float]
"""Longitude and latitude in degrees, WGS 84."""


KEY_LETTERS: Final = 8
"""Letters of an id in a key: two records share them once in 4 milliards."""


def spot_key(spot_id: str) -> str:
    """Return a hot spot's key."""
    return f"h{spot_id[:KEY_LETTERS]}"


def finding_key(finding_id: str) -> str:
    """Return a finding's key."""
    return f"f{finding_id[:KEY_LETTERS]}"


def place_key(lon: float, lat: float) -> str:
    """Return the key of a place: where it is, to a metre."""
    return f"p{lon:.5f}_{lat:.5f}"


def position_of(key: str) -> Position | None:
    """Return where the place of a key is, None if the key tells no place."""
    return read_position(key[1:].replace("_", ",")) if key.startswith("p") else None


def read_position(text: str) -> Position | None:
    """Return longitude and latitude with a comma between, None where it is none."""
    lon, comma, lat = text.partition(",")
    try:
        found = float(lon), float(lat)
    except ValueError:
        return None
    # Written so that what is no number is none of them.
    return found if comma and abs(found[0]) <= 180 and abs(found[1]) <= 85 else None
