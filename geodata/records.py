"""Each sort of record's table: its columns, and what each holds.

A column stands once, in ``records.toml``, and all that goes in and out follows it: what a file's
header may say, how a row and a form are read and the form is filled, what every format writes, and
what two records that say the same have in common. How it is read stands with those who read: a
file's row in `geodata.intake.reading`, a form in `geodata.intake.forms`.
"""

from __future__ import annotations

import json
import math
import re
import tomllib
import unicodedata
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import lru_cache
from operator import attrgetter
from pathlib import Path
from typing import Any, Final, Literal, get_args

import shapely
from shapely import LineString, MultiLineString, Point

from geodata import model
from geodata.texts import SWEDISH_TIME

Sort = Literal["activities", "walks", "findings", "hot_spots", "meetings", "decisions", "plans"]
"""Which records: what is done and found, what is decided on it, and the planner's."""

Kept = model.Work | model.HotSpot | model.Meeting | model.Decision | model.Plan
"""A record of any of these sorts, in their order."""

SORTS: Final[tuple[Sort, ...]] = ("activities", "walks", "findings")
"""What goes in and out together as one file. The others are a table beside them in a zip file and
a GeoPackage; hot spots are a file of their own, too."""

OFFICE: Final[tuple[Sort, ...]] = ("meetings", "decisions", "plans")
"""What is for those who work with it alone, has no place, and is read of own files alone."""

MINUTES: Final = "minutes"
"""The folder of a zip file, and a GeoPackage's table, that holds closed meetings' documents."""

# --- what a column holds --------------------------------------------------------------------------

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
    "precisions": {str(one): str(one) for one in model.Precision},
    "source_kinds": {str(kind): str(kind) for kind in model.SourceKind},
    "decision_statuses": {str(one): one for one in model.DecisionStatus},
    "plan_kinds": {str(one): one for one in model.PlanKind},
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
    # What else a file may call it, with commas between; see `geodata.records.plain_name`.
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
    """Yield what rows of ``records.toml`` say, each that is like others as they are."""
    for row in rows:
        if "like" in row:
            more = {name: value for name, value in row.items() if name != "like"}
            yield from _columns({**shared, **more} for shared in _TOLD["shared"][row["like"]])
        else:
            yield Column(**row)


TABLES: Final[Mapping[Sort, tuple[Column, ...]]] = {
    sort: tuple(_columns(rows)) for sort, rows in _TOLD["sorts"].items()
}
OWN_ID: Final = TABLES["activities"][0].name
"""The column by which a table that the program itself wrote is known."""
NAME_COLUMNS: Final[Mapping[Sort, Mapping[str, str]]] = _TOLD["names"]
"""Columns with names for people, in the reader's language, of what another column has as ids; the
import leaves them aside."""

# --- what a column may be called ------------------------------------------------------------------

Columns = Mapping[str, tuple[str, ...]]
"""Names of columns, and what else each may be called."""


def _names(sort: Sort, *, own: bool) -> Columns:
    return {
        column.name: tuple(filter(None, column.others.split(", ")))
        for column in TABLES[sort]
        if column.own is own
    }


COLUMNS: Final[Mapping[Sort, Columns]] = {sort: _names(sort, own=False) for sort in TABLES}
"""What is read of any file; the project's own need some of them, see `geodata.intake.importing`."""

OWN_COLUMNS: Final[Mapping[Sort, Columns]] = {sort: _names(sort, own=True) for sort in TABLES}
"""What a table that the program itself wrote has besides."""

WRITTEN: Final[Mapping[Sort, tuple[Column, ...]]] = {
    sort: tuple(column for column in TABLES[sort] if column.written) for sort in TABLES
}
PLAIN: Final[Mapping[Sort, tuple[Column, ...]]] = {
    sort: tuple(column for column in TABLES[sort] if column.plain) for sort in TABLES
}

TELLING: Final[Mapping[Sort, frozenset[str]]] = {
    sort: frozenset(column.name for column in TABLES[sort] if column.telling) for sort in TABLES
}
NEEDED: Final[Mapping[Sort, tuple[str, ...]]] = {
    sort: tuple(column.name for column in TABLES[sort] if column.needed) for sort in TABLES
}

GRID_NAMED: Final = re.compile(
    r"sweref[ _-]?99[ _-]?(?P<sweref99>tm|\d\d[ _]?\d\d)\b"
    r"|rt[ _-]?90[ _-]?(?P<rt90>\d(?:[ .,]?5)?) ?gon(?: ?(?P<side>[vo]))?\b"
)
"""A coordinate system as a column's name may give it besides what the column is."""

_UNSEEN: Final = re.compile(r"[_\-/.,:()\[\]\s]+")


@lru_cache(maxsize=4_096)
def plain_name(header: str) -> str:
    """Return a column's name as it is compared.

    Without case; spaces, underscores and hyphens are the same, and full stops and brackets are
    not seen.
    """
    return _UNSEEN.sub(" ", unicodedata.normalize("NFC", header).casefold()).strip()


OWN_NAMES: Final = frozenset(
    {"layer", "fid"}.union(*(map(plain_name, names) for names in NAME_COLUMNS.values()))
)
"""Columns of the program's own tables that are there for people: ids say the same."""

WHY_COLUMN: Final[Mapping[model.Language, str]] = {
    "sv": "Löfteskartan: att rätta",
    "en": "Löfteskartan: to correct",
}
"""What a file of refused rows says beside each row, in the reader's language; no reader sees it."""


def ranks_of(columns: Columns) -> dict[str, tuple[str, int]]:
    """Return every name that is understood, with its field and how far down the list it stands."""
    found: dict[str, tuple[str, int]] = {}
    for field, others in columns.items():
        for rank, name in enumerate((field, *others)):
            found.setdefault(plain_name(name), (field, rank))
    return found


_SORT_OF: Final[Mapping[type, Sort]] = dict(zip(get_args(Kept), TABLES, strict=True))


def column(sort: Sort, name: str) -> Column:
    """Return a column by its name."""
    return _BY_NAME[sort, name]


_BY_NAME: Final = {(sort, one.name): one for sort, table in TABLES.items() for one in table}

MINUTES_HIGHEST: Final = column("activities", "minutes").highest
LONGEST_NAME: Final = column("hot_spots", "name").longest
_COMPARED: Final = {
    sort: (
        attrgetter(*(one.attribute for one in table if one.same)),
        tuple(one.type.same for one in table if one.same),
    )
    for sort, table in TABLES.items()
}

Fingerprint = tuple[Hashable, ...]


def fingerprint(record: Kept) -> Fingerprint:
    """Return what a record says, to find doubles by.

    It is equal for records of one sort that say the same, whoever wrote them and wherever they
    came from: what may change as work goes on (a walk's status and participants, a finding's
    status, owner and due day, how long a hot spot lasts and its dose) and what it is counted for
    are not in it.
    """
    sort = _SORT_OF[type(record)]
    values_in, compared = _COMPARED[sort]
    return (sort, *(same(one) for one, same in zip(values_in(record), compared, strict=True)))


def form_values(record: model.Work | model.HotSpot) -> dict[str, Shown]:
    """Return a record as its form shows it: reading it back gives the same record."""
    shown = {
        one.shown_as: one.type.show(attrgetter(one.attribute)(record))
        for one in TABLES[_SORT_OF[type(record)]]
        if one.shown_as
    }
    return (
        shown
        if isinstance(record, model.Finding | model.HotSpot)
        else {**shown, **time_cells(record)}
    )


def time_cells(record: model.Activity | model.Walk) -> dict[str, str]:
    """Return a record's time as a form's fields ``date`` and ``time`` hold it."""
    local = record.start.astimezone(SWEDISH_TIME)
    if record.precision is model.Precision.MINUTE:
        return {"date": local.date().isoformat(), "time": local.strftime("%H:%M")}
    if record.precision is model.Precision.DAY:
        return {"date": local.date().isoformat(), "time": ""}
    if record.precision is model.Precision.MONTH:
        return {"date": f"{local:%Y-%m}", "time": ""}
    return {"date": f"{local.year}-{20 + local.month // 3}", "time": ""}
