"""The columns of each sort of record, and what each holds: how it is written, shown and compared.

How it is read stands with those who read: a file's row in `geodata.intake.reading`, a form in
`geodata.intake.forms`. Which columns there are stands in ``columns.toml``.
"""

from __future__ import annotations

import json
import math
import tomllib
import unicodedata
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any, Final

import shapely
from shapely import LineString, MultiLineString, Point

from geodata.model import DecisionStatus, PlanKind, Precision, SourceKind
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

# --- columns --------------------------------------------------------------------------------------

_TOLD: Final = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    **{
        known: {one: meant for meant, said in words.items() for one in said.split(", ")}
        for known, words in _TOLD["words"].items()
    },
    "precisions": {str(one): str(one) for one in Precision},
    "source_kinds": {str(kind): str(kind) for kind in SourceKind},
    "decision_statuses": {str(one): one for one in DecisionStatus},
    "plan_kinds": {str(one): one for one in PlanKind},
}
"""What may be written, to the word that is meant; other words are the catalogue's."""

_UNKNOWN: Final = {
    "kinds": "intake.unknown_kind",
    "areas": "intake.unknown_area",
    "parties": "intake.unknown_party",
    "categories": "intake.unknown_category",
    "commitments": "intake.unknown_commitment",
    "precisions": "intake.unknown_precision",
    "source_kinds": "intake.unknown_source_kind",
    "yes_or_no": "intake.unknown_yes_or_no",
    "promises": "intake.unknown_promise",
    "plan_kinds": "intake.unknown_plan_kind",
    **dict.fromkeys(
        ("walk_statuses", "finding_statuses", "decision_statuses"), "intake.unknown_status"
    ),
}
"""The sentence about what is none of the known."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sort of record: everything that is told of it."""

    # As the program's own files call it.
    name: str
    # Its type's name in `TYPES`.
    holds: str
    # What else a file may call it, with commas between; see `geodata.records.tables.plain_name`.
    others: str = ""
    # The record's attribute, as `operator.attrgetter` takes it; empty where it has the column's
    # name.
    field: str = ""
    # The form's field; None where it has the column's name, empty where no form shows it.
    form: str | None = None
    # Whether it is read only of files that the program itself wrote.
    own: bool = False
    # Whether files hold it that the program writes.
    written: bool = True
    # Whether two records that say the same have it in common.
    same: bool = False
    # Whether it is read by itself, as its type is; what goes with other columns isn't.
    plain: bool = False
    # Whether hardly any other sort of record has it, and whether a folder's own files must have it:
    # of what is no work, every row holds something there.
    telling: bool = False
    needed: bool = False
    # Characters of a text, and of one that is typed in a form; 0 for any text's.
    longest: int = 0
    longest_typed: int = 0
    # Of a number.
    lowest: float = 0
    highest: float = 0
    # Whether the lowest number itself is none.
    above: bool = False
    # Which words it may hold: the catalogue's ``kinds``, ``areas``, ``parties``, ``categories`` or
    # ``commitments``, or those of `words`.
    known: str = ""

    @property
    def words(self) -> Mapping[str, str]:
        """What may be written, to the word that is meant; nothing where the catalogue knows."""
        return _WORDS.get(self.known, {})

    @property
    def unknown(self) -> str:
        """The sentence about what is none of the known, empty where anything may be written."""
        return _UNKNOWN.get(self.known, "")

    @property
    def type(self) -> Type:
        """What it holds."""
        return TYPES[self.holds]

    @property
    def attribute(self) -> str:
        """The record's attribute."""
        return self.field or self.name

    @property
    def shown_as(self) -> str:
        """The form's field, empty where no form shows it."""
        if self.own or not self.written:
            return ""
        return self.name if self.form is None else self.form


def _columns(rows: Iterable[Mapping[str, Any]]) -> Iterator[Column]:
    """Yield what rows of ``columns.toml`` say, each that is like others as they are."""
    for row in rows:
        if "like" in row:
            more = {name: value for name, value in row.items() if name != "like"}
            yield from _columns({**shared, **more} for shared in _TOLD["shared"][row["like"]])
        else:
            yield Column(**row)


TABLES: Final[Mapping[str, tuple[Column, ...]]] = {
    sort: tuple(_columns(rows)) for sort, rows in _TOLD["sorts"].items()
}
