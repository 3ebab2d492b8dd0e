"""The register's tables.

``activity``, ``walk``, ``finding``, ``decision``, ``meeting``, ``hot_spot``, ``plan``, ``photo``
and ``catalogue_entry`` with their link tables are the current state, a projection of ``revision``,
which is the truth and only ever grows. Ids of areas, commitments and parties stand in the texts of
catalogue entries, so no foreign key holds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from types import NoneType
from typing import Any, Final, get_args, get_origin, get_type_hints

import pydantic_core
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeEngine

from geodata.model import Entity, Origin
from geodata.register.encoding import FIELDS, RECORD_TYPES, geometry_field, plain_type

ENTITIES: Final[tuple[Entity, ...]] = get_args(Entity)

WORK: Final[tuple[Entity, ...]] = ("activity", "walk", "finding")
"""What is done in the areas; meetings, decisions and plans are about it."""

FORMAT_KEY: Final = "format"
FORMAT_VALUE: Final = "lofteskartan-register"
"""What ``register_info`` holds under `FORMAT_KEY` when a database is a register of ours."""

AHEAD_KEY: Final = "version_ahead"
"""What ``register_info`` holds under it is added to the newest sequence; see `restore`."""


class UTCDateTime(TypeDecorator[datetime]):
    """An aware datetime, stored in UTC and read back in UTC.

    SQLite has no time zones and gives back naive text, PostgreSQL's ``timestamptz`` gives back
    the session's zone: both come out the same here. A naive datetime is refused with ValueError.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Turn an aware datetime into UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(value)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Give a stored datetime its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Encoded(str):
    """JSON that is text already: it is stored as it is, by `to_json`."""

    __slots__ = ()


def to_json(value: object) -> str:
    """Return a value as JSON text, as the register keeps it."""
    if isinstance(value, Encoded):
        return value
    # Several times as fast as the standard library's: an import writes much of it.
    return pydantic_core.to_json(value, inf_nan_mode="constants").decode()


METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _link(entity: Entity, target: str) -> Table:
    """Return a table with a record's commitments or parties, in their order."""
    return Table(
        f"{entity}_{target}",
        METADATA,
        Column(f"{entity}_id", ForeignKey(f"{entity}.id"), primary_key=True),
        Column(f"{target}_id", String, primary_key=True),
        Column("position", Integer, nullable=False),
    )


register_info = Table(
    "register_info",
    METADATA,
    Column("key", String, primary_key=True),
    Column("value", Text, nullable=False),
)

revision = Table(
    "revision",
    METADATA,
    Column("sequence", Integer, primary_key=True),
    Column("entity", String, nullable=False),
    Column("entity_id", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("by", Text, nullable=False),
    Column("action", String, nullable=False),
    Column("content", JSON, nullable=False),
    # Two that change the same version of a record can't both be right: this refuses the second.
    UniqueConstraint("entity", "entity_id", "number"),
    # The newest number is never given again, even after somebody has cut off the end by hand.
    sqlite_autoincrement=True,
)

# --- records --------------------------------------------------------------------------------------

BOX: Final = ("min_lon", "min_lat", "max_lon", "max_lat")
"""The columns of a shape's bounding box, in degrees."""
_TYPES: Final[Mapping[object, type[TypeEngine[Any]]]] = {
    str: Text,
    bool: Boolean,
    int: Integer,
    float: Float,
    date: Date,
    datetime: UTCDateTime,
}
_IDS: Final = frozenset({"area_id", "kind", "category", "record_id", "sha256", "thumbnail"})
"""Fields that are always an id or a word; those that are one or None are known by that."""
_LINKED: Final = {"commitments": "commitment", "parties": "party"}
"""Fields that have a table of their own, and what it calls what is linked."""
_OTHERWISE: Final[Mapping[tuple[Entity, str], Column[Any]]] = {
    ("activity", "walk_id"): Column("walk_id", ForeignKey("walk.id"), unique=True),
    # Null for all but recorded tracks.
    ("activity", "times_s"): Column("times_s", JSON(none_as_null=True)),
    ("finding", "walk_id"): Column("walk_id", ForeignKey("walk.id"), index=True),
    ("finding", "area_id"): Column("area_id", String, index=True),
    # No foreign key: a decision outlasts the meeting that made it. Nor has a walk one that repeats
    # another, since the earlier may be imported after it.
    ("decision", "meeting_id"): Column("meeting_id", String, index=True),
    ("photo", "entity"): Column("entity", String, nullable=False),
}
"""Columns that are more than what their field's type says."""


def _columns(entity: Entity, name: str, hint: Any) -> list[SchemaItem]:
    """Return a field's columns, by its type in the model: a new field needs nothing here."""
    if name == "id":
        return [Column(name, String, primary_key=True)]
    if (entity, name) in _OTHERWISE:
        return [_OTHERWISE[entity, name]]
    if name in _LINKED:
        return []
    if name == geometry_field(entity):
        return [Column(name, LargeBinary), *(Column(edge, Float) for edge in BOX)]
    if hint is Origin:
        texts = (Column("source_file", Text), Column("source_reference", Text))
        return [
            Column("source_kind", String, nullable=False),
            Column("source_row", Integer),
            *texts,
        ]
    if get_origin(hint) in (tuple, Mapping):
        return [Column(name, JSON, nullable=False)]
    of, is_optional = plain_type(hint), NoneType in get_args(hint)
    is_word = issubclass(of, StrEnum) or (of is str and (is_optional or name in _IDS))
    return [Column(name, String if is_word else _TYPES[of], nullable=is_optional)]


def _record(entity: Entity) -> Table:
    """Return the table of a record kind."""
    hints = get_type_hints(RECORD_TYPES[entity]).items()
    return Table(entity, METADATA, *(one for pair in hints for one in _columns(entity, *pair)))


TABLES: Final[Mapping[Entity, Table]] = {entity: _record(entity) for entity in ENTITIES}
activity = TABLES["activity"]
# The representative point, and its cell in the map's grid; null without a place.
for _name, _type in {"lon": Float, "lat": Float, "grid_x": Integer, "grid_y": Integer}.items():
    activity.append_column(Column(_name, _type))
LINKS: Final[Mapping[Entity, Mapping[str, Table]]] = {
    entity: {
        name: _link(entity, target) for name, target in _LINKED.items() if name in FIELDS[entity]
    }
    for entity in ENTITIES
}
"""Which of a record's fields lie in a table of their own."""
activity_commitment = LINKS["activity"]["commitments"]
activity_party = LINKS["activity"]["parties"]

# Frozen files, each once: who names one by its digest gets the same bytes for good.
document = Table(
    "document",
    METADATA,
    Column("sha256", String, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

disposal = Table(
    "disposal",
    METADATA,
    # The revision that took the content away: it says who and when.
    Column("entity", String, primary_key=True),
    Column("entity_id", String, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("decision", Text, nullable=False),
    # Null for a text that was redacted.
    Column("before", Date),
)

import_mapping = Table(
    "import_mapping",
    METADATA,
    # A file's column names, as they are compared; a file with the same ones is read alike.
    Column("headers", Text, primary_key=True),
    Column("fields", JSON, nullable=False),
)

# --- sums of what is not void, corrected with each activity; see `geodata.register.sums` ----------

day_sum = Table(
    "day_sum",
    METADATA,
    # Empty: whatever they name; an empty area is none.
    Column("commitment_id", String, primary_key=True),
    Column("area_id", String, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("precision", String, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("minutes_unknown", Integer, nullable=False),
    sqlite_with_rowid=False,
)

cell_sum = Table(
    "cell_sum",
    METADATA,
    Column("commitment_id", String, primary_key=True),
    Column("zoom", Integer, primary_key=True, autoincrement=False),
    Column("x", Integer, primary_key=True, autoincrement=False),
    Column("y", Integer, primary_key=True, autoincrement=False),
    # Months since the year 0.
    Column("month", Integer, primary_key=True, autoincrement=False),
    Column("area_id", String, primary_key=True),
    Column("number", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# --- words of what is not void, kept with each record; see `geodata.register.search` --------------

SEARCHED: Final[Mapping[Entity, tuple[str, ...]]] = {
    "activity": ("note",),
    "walk": ("note", "meeting_point", "invited"),
    "finding": ("text", "function"),
    "decision": ("text", "outcome", "function"),
    "meeting": ("notes", "present", "reopened"),
    "hot_spot": ("name", "reason", "reason_source"),
    "plan": ("name",),
}
"""The fields whose words find a record."""

search_text = Table(
    "search_text",
    METADATA,
    Column("number", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("entity", String, nullable=False),
    Column("entity_id", String, nullable=False),
    Column("words", Text, nullable=False),
    UniqueConstraint("entity", "entity_id"),
)

SEARCH_VECTOR: Final = (
    "(array_to_tsvector(string_to_array(words, ' ')) || to_tsvector('swedish'::regconfig, words))"
)
"""What PostgreSQL's index holds of a row: its words as they are, and their stems."""

SEARCH_INDEX: Final = "search_words"
"""How the names of SQLite's index, and of the tables that FTS5 makes for it, begin."""

# --- what residents point out before a walk; see `geodata.register.hints` -------------------------

# No foreign key: a walk's row comes and goes with its versions.
walk_opening = Table(
    "walk_opening",
    METADATA,
    Column("walk_id", String, primary_key=True),
    Column("secret", String, nullable=False, unique=True),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("closed", Boolean, nullable=False),
    Column("by", Text, nullable=False),
)

walk_hint = Table(
    "walk_hint",
    METADATA,
    Column("id", String, primary_key=True),
    Column("walk_id", String, nullable=False),
    Column("lon", Float, nullable=False),
    Column("lat", Float, nullable=False),
    Column("category", String, nullable=False),
    Column("day", Date, nullable=False),
)

Index("ix_walk_hint_walk", walk_hint.c.walk_id, walk_hint.c.day)

# The map's counts are answered from this index alone, without touching the rows.
Index(
    "ix_activity_grid",
    activity.c.void,
    activity.c.grid_x,
    activity.c.grid_y,
    activity.c.day,
    activity.c.kind,
    activity.c.area_id,
)
Index("ix_activity_newest", activity.c.void, activity.c.day, activity.c.start)

NOT_A_POINT: Final = text("(min_lon IS NULL OR min_lon <> max_lon OR min_lat <> max_lat)")
"""Of an activity that is a line or has no place. Asked in these words, it has an index."""

Index(
    "ix_activity_no_point",
    *(activity.c.void, activity.c.min_lon, activity.c.max_lon),
    sqlite_where=NOT_A_POINT,
    postgresql_where=NOT_A_POINT,
)
Index("ix_activity_area", activity.c.void, activity.c.area_id, activity.c.day)
Index(
    "ix_activity_commitment_commitment",
    activity_commitment.c.commitment_id,
    activity_commitment.c.activity_id,
)
photo = TABLES["photo"]
Index("ix_photo_record", photo.c.entity, photo.c.record_id)
Index("ix_activity_source_kind", activity.c.source_kind, activity.c.void)


def link_columns(entity: Entity, field: str) -> tuple[Column[str], Column[str]]:
    """Return a link table's two ids: the record's, and the commitment's or party's."""
    owner, target = list(LINKS[entity][field].primary_key)
    return owner, target
