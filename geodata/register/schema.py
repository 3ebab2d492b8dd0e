"""The register's tables.

``activity``, ``walk``, ``finding``, ``decision``, ``meeting``, ``hot_spot``, ``plan`` and
``catalogue_entry`` with their link tables are the current state, a projection of ``revision``,
which is the truth and only ever grows. Ids of areas, commitments and parties stand in the texts of
catalogue entries, so no foreign key holds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, get_args

import pydantic_core
from sqlalchemy import (
    JSON,
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
    false,
    text,
)
from sqlalchemy.schema import SchemaItem

from geodata.model import Entity

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


def _geometry(name: str) -> list[SchemaItem]:
    """Return columns for WKB in WGS 84 and its bounding box in degrees."""
    box = [Column(edge, Float) for edge in ("min_lon", "min_lat", "max_lon", "max_lat")]
    return [Column(name, LargeBinary), *box]


def _time() -> list[SchemaItem]:
    return [
        Column("start", UTCDateTime, nullable=False),
        Column("precision", String, nullable=False),
        Column("day", Date, nullable=False),
        Column("minutes", Integer),
    ]


def _origin() -> list[SchemaItem]:
    """Return an `Origin`'s columns and whether the record is withdrawn: every record ends so."""
    return [
        Column("source_kind", String, nullable=False),
        Column("source_file", Text),
        Column("source_row", Integer),
        Column("source_reference", Text),
        Column("void", Boolean, nullable=False),
    ]


def _link(entity: Entity, target: str) -> Table:
    """Return a table with a record's commitments or parties, in their order."""
    return Table(
        f"{entity}_{target}",
        METADATA,
        Column(f"{entity}_id", ForeignKey(f"{entity}.id"), primary_key=True),
        Column(f"{target}_id", String, primary_key=True),
        Column("position", Integer, nullable=False),
    )


def _record(entity: Entity, *columns: SchemaItem) -> Table:
    """Return the table of a record kind."""
    return Table(entity, METADATA, Column("id", String, primary_key=True), *columns)


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

walk = _record(
    "walk",
    Column("area_id", String, nullable=False),
    Column("status", String, nullable=False),
    *_time(),
    Column("meeting_point", Text, nullable=False),
    *_geometry("route"),
    Column("participants", Integer),
    Column("note", Text, nullable=False),
    *_origin(),
    Column("invited", Text, nullable=False, server_default=""),
    Column("followed_up", Date),
    # No foreign key: an earlier walk may be imported after the one that repeats it.
    Column("repeats", String),
)

activity = _record(
    "activity",
    Column("kind", String, nullable=False),
    Column("area_id", String),
    *_geometry("place"),
    # The representative point, and its cell in the map's grid; null without a place.
    Column("lon", Float),
    Column("lat", Float),
    Column("grid_x", Integer),
    Column("grid_y", Integer),
    *_time(),
    Column("participants", Integer),
    Column("note", Text, nullable=False),
    Column("verified_by", String),
    Column("walk_id", ForeignKey("walk.id"), unique=True),
    *_origin(),
    # Null for all but recorded tracks.
    Column("times_s", JSON(none_as_null=True)),
)

finding = _record(
    "finding",
    Column("walk_id", ForeignKey("walk.id"), index=True),
    Column("area_id", String, index=True),
    *_geometry("place"),
    Column("category", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("owner", String),
    Column("due", Date),
    Column("status", String, nullable=False),
    Column("day", Date, nullable=False),
    Column("status_day", Date, nullable=False),
    *_origin(),
    Column("internal", Boolean, nullable=False, server_default=false()),
)

meeting = _record(
    "meeting",
    Column("day", Date, nullable=False),
    Column("since", Date, nullable=False),
    Column("next_day", Date),
    Column("promise_id", String),
    Column("discussed", JSON, nullable=False),
    Column("ended", Boolean, nullable=False),
    *_origin(),
    *(
        Column(name, JSON, nullable=False, server_default="[]")
        for name in ("present", "notes", "documents")
    ),
    Column("reopened", Text, nullable=False, server_default=""),
)

decision = _record(
    "decision",
    # No foreign key: a decision outlasts the meeting that made it.
    Column("meeting_id", String, index=True),
    Column("text", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("status", String, nullable=False),
    Column("status_day", Date, nullable=False),
    Column("area_id", String),
    Column("commitment_id", String),
    Column("owner", String),
    Column("due", Date),
    Column("outcome", Text, nullable=False),
    *_origin(),
    Column("function", Text, nullable=False, server_default=""),
)

hot_spot = _record(
    "hot_spot",
    Column("name", Text, nullable=False),
    *_geometry("place"),
    Column("valid_from", Date, nullable=False),
    Column("radius_m", Float, nullable=False),
    Column("weight", Float, nullable=False),
    Column("reason", Text, nullable=False),
    Column("reason_source", Text, nullable=False),
    Column("valid_to", Date),
    Column("visits_a_week", Float),
    Column("minutes_a_visit", Integer),
    Column("area_id", String),
    *_origin(),
)

plan = _record(
    "plan",
    Column("kind", String, nullable=False),
    Column("name", Text, nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("asked", JSON, nullable=False),
    Column("outcome", JSON, nullable=False),
    *_origin(),
)

catalogue_entry = _record(
    "catalogue_entry",
    Column("text", Text, nullable=False),
    Column("position", Integer, nullable=False),
    *_origin(),
)

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

activity_commitment = _link("activity", "commitment")
activity_party = _link("activity", "party")
walk_commitment = _link("walk", "commitment")
walk_party = _link("walk", "party")

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
Index("ix_activity_source_kind", activity.c.source_kind, activity.c.void)

TABLES: Final[Mapping[Entity, Table]] = {entity: METADATA.tables[entity] for entity in ENTITIES}

LINKS: Final[Mapping[Entity, Mapping[str, Table]]] = {
    **{entity: {} for entity in ENTITIES},
    "activity": {"commitments": activity_commitment, "parties": activity_party},
    "walk": {"commitments": walk_commitment, "parties": walk_party},
}
"""Which of a record's fields lie in a table of their own."""


def link_columns(entity: Entity, field: str) -> tuple[Column[str], Column[str]]:
    """Return a link table's two ids: the record's, and the commitment's or party's."""
    owner, target = list(LINKS[entity][field].primary_key)
    return owner, target
