"""How the base map looks: quiet, so that areas and records stand out; light and dark.

Widths are in pixels at a zoom level. Colours are the program's own greys, greens and blues, thinned
until nothing on the base map is as strong as the palest thing drawn on top of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Final, Literal

from geodata.basemap.kinds import Kind

Theme = Literal["light", "dark"]
THEMES: Final[tuple[Theme, ...]] = ("light", "dark")

Rgb = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Look:
    """A theme's colours."""

    land: str
    fill: Mapping[Kind, str]
    edge: Mapping[Kind, str]
    bare: Mapping[Kind, str]
    street_name: str
    place_name: str


LOOKS: Final[Mapping[Theme, Look]] = MappingProxyType(
    {
        "light": Look(
            land="#f4f5f2",
            fill={
                Kind.GREEN: "#e6eddf",
                Kind.WOOD: "#dde7d6",
                Kind.WATER: "#cbdde7",
                Kind.SQUARE: "#fafaf8",
                Kind.STREAM: "#cbdde7",
                Kind.BUILDING: "#e1e2dd",
                Kind.PATH: "#c6ccc6",
                Kind.SERVICE: "#fdfdfc",
                Kind.STREET: "#ffffff",
                Kind.COLLECTOR: "#ffffff",
                Kind.MAIN: "#fdf8ea",
                Kind.RAIL: "#bcc3c5",
            },
            edge={
                Kind.BUILDING: "#d0d3cd",
                Kind.SQUARE: "#e0e2dd",
                Kind.SERVICE: "#e0e3de",
                Kind.STREET: "#d6dad5",
                Kind.COLLECTOR: "#c9cec9",
                Kind.MAIN: "#c9c3ad",
            },
            bare={
                Kind.SERVICE: "#dfe2dd",
                Kind.STREET: "#d3d8d2",
                Kind.COLLECTOR: "#c6ccc6",
                Kind.MAIN: "#c3bda6",
            },
            street_name="#5f6b72",
            place_name="#6f7c85",
        ),
        "dark": Look(
            land="#1f2c36",
            fill={
                Kind.GREEN: "#1f302f",
                Kind.WOOD: "#1d3230",
                Kind.WATER: "#142433",
                Kind.SQUARE: "#26343e",
                Kind.STREAM: "#15293a",
                Kind.BUILDING: "#293944",
                Kind.PATH: "#3d4d58",
                Kind.SERVICE: "#31414c",
                Kind.STREET: "#3a4b57",
                Kind.COLLECTOR: "#445661",
                Kind.MAIN: "#576268",
                Kind.RAIL: "#465560",
            },
            edge={
                Kind.BUILDING: "#32424c",
                Kind.SQUARE: "#2f3e48",
                Kind.SERVICE: "#1a252d",
                Kind.STREET: "#18222a",
                Kind.COLLECTOR: "#18222a",
                Kind.MAIN: "#18222a",
            },
            bare={},
            street_name="#a5b3bc",
            place_name="#8f9fa9",
        ),
    }
)

WIDTH_PX: Final[Mapping[Kind, Mapping[int, float]]] = {
    Kind.STREAM: {11: 0.5, 14: 1.2, 17: 3.0, 19: 6.0},
    Kind.RAIL: {9: 0.5, 13: 1.0, 15: 1.4, 17: 2.2, 19: 4.0},
    Kind.MAIN: {7: 0.6, 10: 1.2, 13: 2.6, 15: 5.0, 17: 12.0, 19: 30.0},
    Kind.COLLECTOR: {10: 0.5, 12: 1.0, 14: 2.4, 15: 4.0, 17: 10.5, 19: 26.0},
    Kind.STREET: {11: 0.3, 13: 0.9, 14: 1.7, 15: 3.0, 17: 9.0, 19: 22.0},
    Kind.SERVICE: {14: 0.6, 15: 1.2, 16: 2.4, 17: 4.8, 19: 11.0},
    Kind.PATH: {14: 0.5, 15: 0.8, 16: 1.1, 17: 1.6, 19: 3.0},
}
"""The inside of a line; between the zoom levels named it grows evenly, before the first it isn't
drawn."""

AREAS_FROM_ZOOM: Final[Mapping[Kind, int]] = {Kind.BUILDING: 14, Kind.SQUARE: 14}
"""Areas that are drawn from a zoom level on; the others always are."""

EDGED_FROM_ZOOM: Final = 13
"""Narrower streets have no room for an edge."""

OUTLINED_FROM_ZOOM: Final = 15
"""Areas' outlines."""

NARROW_PX: Final = 1.2
"""The same for a line by its width."""

EDGE_PX: Final = 0.9
OUTLINE_PX: Final = 0.7

LEAST_PX: Final = 1.5
"""An area that is smaller both ways is left out."""


def width_at(kind: Kind, zoom: int) -> float:
    """Return a line's width in pixels at a zoom level; 0 where it isn't drawn."""
    table = WIDTH_PX[kind]
    levels = sorted(table)
    if zoom < levels[0]:
        return 0.0
    for low, high in pairwise(levels):
        if zoom <= high:
            return table[low] + (table[high] - table[low]) * (zoom - low) / (high - low)
    return table[levels[-1]]


def rgb(colour: str) -> Rgb:
    """Return a colour such as ``#f4f5f2`` in parts from 0 to 1."""
    red, green, blue = bytes.fromhex(colour[1:])
    return red / 255, green / 255, blue / 255
