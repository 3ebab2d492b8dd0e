"""What a planner chooses, as an address holds it: it may hold anything, and nothing here fails.

A hot spot, a finding and a place go by a key: ``h`` and the first letters of the id, ``f`` and
those of a finding's, ``p`` and longitude and latitude for a known place or one of the planner's
own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Generic, TypeVar

T = TypeVar("T")
Chosen = TypeVar("Chosen", bound=Any)
"""A dataclass of everything that a planner chooses for a tool."""

EARLIEST: Final = date(1990, 1, 1)
"""No register of ours reaches farther back; a typing error in a year does."""

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


def read_number(text: str, least: float, most: float) -> float | None:
    """Return a number with a decimal comma or point, None where it is none or out of bounds."""
    try:
        found = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return found if math.isfinite(found) and least <= found <= most else None


def read_day(text: str, first: date = EARLIEST, last: date = date.max) -> date | None:
    """Return a day as ISO 8601 writes it, None where it is none or out of bounds."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day if first <= day <= last else None


def listed(text: str) -> tuple[str, ...]:
    """Return what is listed, without what is empty or was there already."""
    return tuple(dict.fromkeys(part for part in text.split(",") if part))


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """One of a tool's choices."""

    name: str
    field: str
    read: Callable[[str], T | None]
    write: Callable[[T], str] = str


def read_chosen(
    choices: tuple[Choice[Any], ...], asked: Mapping[str, str], usual: Chosen
) -> Chosen:
    """Return what an address asks for; what makes no sense there is as usual."""
    told = {one.field: one.read(asked[one.name]) for one in choices if one.name in asked}
    return replace(usual, **{field: value for field, value in told.items() if value is not None})


def written(choices: tuple[Choice[Any], ...], chosen: Chosen, usual: Chosen) -> dict[str, str]:
    """Return what is chosen as an address holds it; what is as usual is empty."""
    values = ((one, getattr(chosen, one.field)) for one in choices)
    return {
        one.name: "" if value == getattr(usual, one.field) else one.write(value)
        for one, value in values
    }
