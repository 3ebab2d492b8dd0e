"""A record as JSON values and back: what a revision keeps.

Geometry is GeoJSON, times are ISO 8601 in UTC, days ISO 8601, enumerations their value. Every
field of the record is there, so the newest revision is all that its row was made from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from operator import attrgetter
from types import NoneType
from typing import Any, Final, get_args, get_origin, get_type_hints
from uuid import UUID, uuid5

import numpy as np
import shapely
from shapely import Point
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from geodata.errors import RegisterError
from geodata.model import Activity, Entity, Origin, Record, SourceKind, Walk, WalkStatus

Columns = Mapping[str, Sequence[Any]]
"""Many records' values, field by field."""

RECORD_TYPES: Final[Mapping[Entity, type[Record]]] = dict(
    zip(get_args(Entity), get_args(Record), strict=True)
)
ENTITY_OF: Final[Mapping[type, Entity]] = {kind: entity for entity, kind in RECORD_TYPES.items()}

FIELDS: Final[Mapping[Entity, tuple[str, ...]]] = {
    entity: tuple(field.name for field in fields(kind)) for entity, kind in RECORD_TYPES.items()
}


def entity_of(record: Record) -> Entity:
    """Return which of the register's entities a record is."""
    return ENTITY_OF[type(record)]


def normalised(record: Record) -> dict[str, Any]:
    """Return a record's fields by name, as they will be stored.

    Links given twice are kept once and an empty geometry is no geometry; otherwise the same
    values. Both a row and a revision's content are made from this, so they can't differ.
    """
    values = {name: getattr(record, name) for name in FIELDS[entity_of(record)]}
    return values | {n: normal(values[n]) for n, normal in _NORMAL.items() if n in values}


def normalised_columns(entity: Entity, records: Sequence[Record]) -> Columns:
    """Return what `normalised` returns of each record, field by field: many times as fast."""
    columns = {name: list(map(attrgetter(name), records)) for name in FIELDS[entity]}
    return columns | {n: list(map(f, columns[n])) for n, f in _NORMAL.items() if n in columns}


def _once(ids: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids)) if len(ids) > 1 else ids


def _unless_empty(geometry: BaseGeometry | None) -> BaseGeometry | None:
    return None if geometry is None or geometry.is_empty else geometry


def _in_utc(start: datetime) -> datetime:
    if start.tzinfo is None:
        raise ValueError(start)
    return start if start.tzinfo is UTC else start.astimezone(UTC)


_NORMAL: Final[Mapping[str, Callable[[Any], Any]]] = {
    "commitments": _once,
    "parties": _once,
    "place": _unless_empty,
    "route": _unless_empty,
    "start": _in_utc,
}


def geometry_field(entity: Entity) -> str | None:
    """Return the name of the field that holds a record's geometry, None if it has none."""
    return next((name for name, codec in CODECS[entity].items() if codec is _SHAPE), None)


def to_content(values: Mapping[str, Any]) -> dict[str, object]:
    """Return a record's `normalised` fields as JSON values."""
    return {
        name: value if value is None or name not in _TO_JSON else _TO_JSON[name](value)
        for name, value in values.items()
    }


def to_contents(columns: Columns) -> list[dict[str, object]]:
    """Return what `to_content` returns of each record, from `normalised_columns`."""
    told = [_told(name, column) for name, column in columns.items()]
    names = tuple(columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*told, strict=True)]


def _told(name: str, column: Sequence[Any]) -> Sequence[Any]:
    if name not in _TO_JSON:
        return column
    tell = _TO_JSON[name]
    if tell is not _SHAPE.to_json:
        return [None if value is None else tell(value) for value in column]
    shapes = np.array(column, dtype=object)
    plain = (shapely.get_type_id(shapes) == 0) & ~shapely.has_z(shapes)
    # Points all at once: one at a time their coordinates take most of the time.
    told = [
        None if shape is None or flat else tell(shape)
        for shape, flat in zip(column, plain, strict=True)
    ]
    places = shapely.get_coordinates(shapes[plain]).tolist()
    for at, place in zip(np.flatnonzero(plain).tolist(), places, strict=True):
        told[at] = {"type": "Point", "coordinates": tuple(place)}
    return told


# --- how a field's type is kept ------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Codec:
    """How values of a type become JSON values, and are made of them again."""

    to_json: Callable[[Any], object]
    from_json: Callable[[Any], object]
    in_row: bool = False
    """Whether a table's row holds them so as well; days, times and shapes have columns."""


ORIGIN: Final = tuple(field.name for field in fields(Origin))
"""What is told of where a record comes from, its kind first."""


def _origin_content(origin: Origin) -> dict[str, object]:
    return {name: getattr(origin, name) for name in ORIGIN} | {"kind": str(origin.kind)}


def _shape_content(geometry: BaseGeometry) -> object:
    if isinstance(geometry, Point) and not geometry.has_z:
        # As `mapping` says it, which takes its time.
        return {"type": "Point", "coordinates": (geometry.x, geometry.y)}
    return mapping(geometry)


_SHAPE: Final = Codec(_shape_content, shape)
_LINKS: Final = Codec(list, tuple, in_row=True)
_PAIRS: Final = Codec(
    lambda pairs: [list(pair) for pair in pairs],
    lambda pairs: tuple((reached, left) for reached, left in pairs),
    in_row=True,
)
_OF_TYPES: Final[Mapping[object, Codec]] = {
    datetime: Codec(datetime.isoformat, datetime.fromisoformat),
    date: Codec(date.isoformat, date.fromisoformat),
    Origin: Codec(
        _origin_content,
        lambda parts: Origin(**{**parts, "kind": SourceKind(parts["kind"])}),
    ),
}


def plain_type(hint: Any) -> Any:
    """Return a field's type where it has a value, the first where it may have several."""
    return next(one for one in get_args(hint) or (hint,) if one is not NoneType)


def _codec(hint: Any) -> Codec | None:
    """Return how a field of a type is kept, None for what JSON holds as it is."""
    kind = plain_type(hint)
    if get_origin(hint) is tuple:
        return _PAIRS if get_origin(kind) is tuple else _LINKS
    if isinstance(kind, type) and issubclass(kind, BaseGeometry):
        return _SHAPE
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        # Drivers differ in what they make of an enumeration; plain text is the same in all.
        return Codec(str, kind, in_row=True)
    return _OF_TYPES.get(kind)


CODECS: Final[Mapping[Entity, Mapping[str, Codec]]] = {
    entity: {name: codec for name, hint in get_type_hints(kind).items() if (codec := _codec(hint))}
    for entity, kind in RECORD_TYPES.items()
}
"""By the fields' types in the model, so that a new field needs nothing here."""

_TO_JSON: Final = {name: one.to_json for some in CODECS.values() for name, one in some.items()}
"""A name has one way to JSON, whichever record's it is."""


def from_content(entity: Entity, content: Mapping[str, Any]) -> Record:
    """Return the record that a revision's content was made from."""
    codecs = CODECS[entity]
    values: dict[str, Any] = {
        name: codecs[name].from_json(value) if name in codecs and value is not None else value
        for name, value in content.items()
    }
    return RECORD_TYPES[entity](**values)


WALK_ACTIVITY_KIND: Final = "safety_walk"
"""The activity kind that a held walk counts as, a key of the vocabulary."""

_NAMESPACE: Final = UUID("6f0d7c1e-6b0c-4b7e-9a53-0c1a8f1c2d47")


def activity_id(walk_id: str) -> str:
    """Return the id of a walk's activity: the same for the same walk, always (UUID version 5)."""
    return str(uuid5(_NAMESPACE, walk_id))


def activity_of(walk: Walk, verified_by: str | None = None) -> Activity | None:
    """Return the activity that a walk is, None unless it was held."""
    if walk.status is not WalkStatus.HELD:
        return None
    return Activity(
        id=activity_id(walk.id),
        kind=WALK_ACTIVITY_KIND,
        area_id=walk.area_id,
        place=walk.route,
        start=walk.start,
        precision=walk.precision,
        day=walk.day,
        minutes=walk.minutes,
        commitments=walk.commitments,
        parties=walk.parties,
        participants=walk.participants,
        note=walk.note,
        origin=walk.origin,
        verified_by=verified_by,
        walk_id=walk.id,
        void=walk.void,
    )


def followed(walk: Walk, present: Activity | None) -> Activity | None:
    """Return a walk's activity as it ought to be."""
    wanted = activity_of(walk)
    if present is None:
        return wanted
    if wanted is None:
        return replace(present, void=True)
    return replace(wanted, verified_by=present.verified_by)


def require_own(record: object) -> None:
    """Refuse an activity that a walk already is."""
    if isinstance(record, Activity) and record.walk_id is not None:
        raise RegisterError("register.follows_walk", id=record.id, walk=record.walk_id)
