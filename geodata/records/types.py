"""What a column holds: how such a value is written to a file, shown in a form, and compared.

How it is read stands with those who read: a file's row in `geodata.intake.reading`, a form in
`geodata.intake.forms`.
"""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final

import shapely
from shapely import LineString, MultiLineString, Point

from geodata.texts import SWEDISH_TIME

Shape = Point | LineString | MultiLineString

Cell = str | int | float | None
"""A value as a file holds it."""

Shown = str | tuple[str, ...]
"""A value as a form's field holds it: a text, or the ids that are ticked."""

OUTSIDE: Final = "outside"
"""What the field ``area`` says of a record outside every area."""

DECIMALS: Final = 6
"""Of a degree, to which places are compared: a tenth of a metre."""


def as_it_is(value: Any) -> Any:
    """Return a value as it is."""
    return value


def _as_text(value: Any) -> str:
    return "" if value is None else str(value)


@dataclass(frozen=True, slots=True, eq=False)
class Type:
    """A sort of value."""

    cell: Callable[[Any], Cell] = as_it_is
    show: Callable[[Any], Shown] = _as_text
    same: Callable[[Any], Hashable] = as_it_is


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _json_pairs(pairs: Sequence[tuple[int, int]]) -> str | None:
    return _json(pairs) if pairs else None


def _is_line(shape: Shape | None) -> bool:
    return shape is not None and not isinstance(shape, Point) and not shape.is_empty


def _wkt(shape: Shape | None) -> str | None:
    # Minus one: as many digits as it takes to come back equal.
    return shapely.to_wkt(shape, rounding_precision=-1) if _is_line(shape) else None


def _same_place(shape: Shape | None) -> Hashable:
    if shape is None or shape.is_empty:
        return None
    if isinstance(shape, Point):
        return round(shape.x, DECIMALS), round(shape.y, DECIMALS)
    numbers, parts = shapely.get_coordinates(shape), shapely.get_num_geometries(shape)
    return (int(parts), *numbers.round(DECIMALS).ravel().tolist())


def _coordinate(of: Callable[[Any], Any]) -> Type:
    def cell(shape: Shape | None) -> float | None:
        # No number of a line, an empty point or none; asked once for every record that goes out.
        value = float(of(shape))
        return None if math.isnan(value) else value

    def shown(shape: Shape | None) -> str:
        # Whole, so that reading the form back gives the same place.
        return "" if (value := cell(shape)) is None else repr(value)

    return Type(cell, shown, _same_place)


TYPES: Final[Mapping[str, Type]] = {
    "text": Type(same=lambda text: " ".join(unicodedata.normalize("NFC", text).split())),
    "whole": Type(),
    # How long something took: a whole number, which people write in many ways.
    "minutes": Type(),
    "decimal": Type(show=lambda value: "" if value is None else f"{value:g}"),
    "day": Type(lambda day: None if day is None else day.isoformat()),
    # With Sweden's offset, to the second or as finely as it is.
    "time": Type(
        lambda start: start.astimezone(SWEDISH_TIME).isoformat(),
        same=lambda start: start.astimezone(UTC),
    ),
    # One of a few words, such as a status.
    "word": Type(lambda value: None if value is None else str(value), same=str),
    "id": Type(),
    "area": Type(show=lambda area_id: area_id or OUTSIDE),
    "ids": Type(" ".join, tuple),
    "yes": Type(lambda value: "yes" if value else None, lambda value: ("yes",) if value else ()),
    # When each point of a recorded track was reached and left.
    "times": Type(_json_pairs),
    # Texts, pairs of texts, and whatever a planner's tool keeps of what it was asked and made.
    "names": Type(_json),
    "pairs": Type(_json),
    "values": Type(_json),
    "lat": _coordinate(shapely.get_y),
    "lon": _coordinate(shapely.get_x),
    # A line that a form keeps or takes away.
    "line": Type(_wkt, lambda shape: "keep" if _is_line(shape) else "", _same_place),
    # A line that is drawn in a form.
    "way": Type(
        _wkt,
        lambda route: "" if route is None else json.dumps(shapely.geometry.mapping(route)),
        _same_place,
    ),
}
