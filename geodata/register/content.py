"""A record as JSON values and back: what a revision keeps.

Geometry is GeoJSON, times are ISO 8601 in UTC, days ISO 8601, enumerations their value. Every
field of the record is there, so the newest revision is all that its row was made from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Final

from shapely import Point
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from geodata.model import (
    Activity,
    Finding,
    FindingStatus,
    Origin,
    Precision,
    Record,
    SourceKind,
    Walk,
    WalkStatus,
)
from geodata.register.schema import Entity

RECORD_TYPES: Final[Mapping[Entity, type[Record]]] = {
    "activity": Activity,
    "walk": Walk,
    "finding": Finding,
}

FIELDS: Final[Mapping[Entity, tuple[str, ...]]] = {
    entity: tuple(field.name for field in fields(kind)) for entity, kind in RECORD_TYPES.items()
}

STATUSES: Final[Mapping[Entity, Callable[[str], StrEnum]]] = {
    "walk": WalkStatus,
    "finding": FindingStatus,
}


def entity_of(record: Record) -> Entity:
    """Return which of the register's three entities a record is."""
    if isinstance(record, Activity):
        return "activity"
    return "walk" if isinstance(record, Walk) else "finding"


def normalised(record: Record) -> dict[str, Any]:
    """Return a record's fields by name, as they will be stored.

    Links given twice are kept once and an empty geometry is no geometry; otherwise the same
    values. Both a row and a revision's content are made from this, so they can't differ.

    Raises
    ------
    ValueError
        If the start has no time zone: a mistake in the program.
    """
    values = {name: getattr(record, name) for name in FIELDS[entity_of(record)]}
    for name in ("commitments", "parties"):
        if name in values:
            values[name] = tuple(dict.fromkeys(values[name]))
    name = geometry_field(entity_of(record))
    if values[name] is not None and values[name].is_empty:
        values[name] = None
    if "start" in values:
        if values["start"].tzinfo is None:
            raise ValueError(values["start"])
        if values["start"].tzinfo is not UTC:
            values["start"] = values["start"].astimezone(UTC)
    return values


def geometry_field(entity: Entity) -> str:
    """Return the name of the field that holds a record's geometry."""
    return "route" if entity == "walk" else "place"


def to_content(values: Mapping[str, Any]) -> dict[str, object]:
    """Return a record's `normalised` fields as JSON values."""
    return {
        name: value if value is None or name not in _TO_JSON else _TO_JSON[name](value)
        for name, value in values.items()
    }


def _origin_content(origin: Origin) -> dict[str, object]:
    return {
        "kind": str(origin.kind),
        "file": origin.file,
        "row": origin.row,
        "reference": origin.reference,
    }


def _shape_content(geometry: BaseGeometry) -> object:
    if isinstance(geometry, Point) and not geometry.has_z:
        # As `mapping` says it, which takes its time.
        return {"type": "Point", "coordinates": (geometry.x, geometry.y)}
    return mapping(geometry)


_TO_JSON: Final[Mapping[str, Callable[[Any], object]]] = {
    "start": datetime.isoformat,
    "day": date.isoformat,
    "status_day": date.isoformat,
    "due": date.isoformat,
    "followed_up": date.isoformat,
    "precision": str,
    "status": str,
    "place": _shape_content,
    "route": _shape_content,
    "commitments": list,
    "parties": list,
    "origin": _origin_content,
}

_FROM_JSON: Final[Mapping[str, Callable[[Any], object]]] = {
    "start": datetime.fromisoformat,
    "day": date.fromisoformat,
    "status_day": date.fromisoformat,
    "due": date.fromisoformat,
    "followed_up": date.fromisoformat,
    "precision": Precision,
    "place": shape,
    "route": shape,
    "commitments": tuple,
    "parties": tuple,
    "origin": lambda parts: Origin(**{**parts, "kind": SourceKind(parts["kind"])}),
}


def from_content(entity: Entity, content: Mapping[str, Any]) -> Record:
    """Return the record that a revision's content was made from.

    Parameters
    ----------
    entity : {"activity", "walk", "finding"}
        What it is.
    content : mapping
        JSON values, as `to_content` gives them.

    Returns
    -------
    Activity, Walk or Finding
        Equal to the record that was stored.
    """
    readers = {**_FROM_JSON}
    if entity in STATUSES:
        readers["status"] = STATUSES[entity]
    values = {
        name: readers[name](value) if name in readers and value is not None else value
        for name, value in content.items()
    }
    return make_record(entity, values)


def make_record(entity: Entity, values: Mapping[str, Any]) -> Record:
    """Return a record of its fields by name."""
    return RECORD_TYPES[entity](**values)
