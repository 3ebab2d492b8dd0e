"""Finding damage: does every row say what its history says, and is everything there.

Read only, in one state of the register, and some records at a time.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

from shapely.errors import ShapelyError
from sqlalchemy import ColumnElement, Connection, RowMapping, Text, cast, func, inspect, select

from geodata.errors import Value
from geodata.model import Activity, Entity, Record, Walk
from geodata.register import schema, search, sums
from geodata.register.disposals import REDACTED
from geodata.register.encoding import activity_id, followed, from_content, normalised
from geodata.register.engine import migrate, opened
from geodata.register.rows import batches, from_rows, read_links, to_rows

AT_ONCE: Final = 1_000
"""How many records are held at once."""

_UNREADABLE: Final = (ValueError, TypeError, KeyError, AttributeError, ShapelyError)
"""What making a record of something else may raise."""


@dataclass(frozen=True, slots=True)
class Damage:
    """One thing that is wrong in a register: a sentence's key, such as ``"damage.differs"``."""

    key: str
    # What it is about; None for the register as a whole.
    entity: Entity | None = None
    id: str | None = None
    # What the sentence names.
    values: Mapping[str, Value] = field(default_factory=dict)


Tell = Callable[[Damage], None]

IsPersonal = Callable[[str], bool]
"""Tells of a text whether it holds a personal identity number."""


def examine(
    connection: Connection, tell: Tell, is_personal: IsPersonal | None = None
) -> dict[str, int]:
    """Look through a register of this version."""
    told: list[Damage] = []

    def note(damage: Damage) -> None:
        told.append(damage)
        tell(damage)

    seen = _examine(connection, note, is_personal)
    # Where rows are not as they should be, no sum of them is.
    if not told and sums.differ(connection):
        tell(Damage("damage.sums"))
    if not told and search.differ(connection):
        tell(Damage("damage.search"))
    return seen


def _examine(connection: Connection, tell: Tell, is_personal: IsPersonal | None) -> dict[str, int]:
    if connection.dialect.name == "sqlite":
        _examine_file(connection, tell)
    if not _has_tables(connection, tell):
        return {}
    if connection.dialect.name == "sqlite":
        _examine_objects(connection, tell)
    _find_orphans(connection, tell)
    _find_cut_off(connection, tell)
    seen = {str(entity): _examine_records(connection, entity, tell) for entity in schema.ENTITIES}
    _examine_walks(connection, tell)
    _examine_documents(connection, tell)
    if is_personal is not None:
        _examine_texts(connection, is_personal, tell)
    seen["revision"] = connection.scalar(select(func.count()).select_from(schema.revision)) or 0
    return seen


def _examine_file(connection: Connection, tell: Tell) -> None:
    for (told,) in connection.exec_driver_sql("PRAGMA integrity_check"):
        if told != "ok":
            tell(Damage("damage.file", None, None, {"detail": str(told)}))


Objects = dict[tuple[str, str], tuple[object, ...]]
"""What an SQLite schema holds: each object's kind and name, and what it is made of."""


def foreign_objects(connection: Connection) -> Iterator[Damage]:
    """Yield what SQLite does by itself in a file: a register of any version has no such thing."""
    for kind, name in _objects(connection, only=("trigger", "view")):
        yield Damage("damage.foreign_object", None, None, {"kind": kind, "name": name})


def _examine_objects(connection: Connection, tell: Tell) -> None:
    """Tell of what isn't in a register that this program makes, or is made otherwise there."""
    for damage in foreign_objects(connection):
        tell(damage)
    there, own = _objects(connection), _own_objects()
    for kind, name in sorted(there.keys() | own.keys()):
        if kind in ("trigger", "view"):
            continue
        if (kind, name) not in own:
            tell(Damage("damage.foreign_object", None, None, {"kind": kind, "name": name}))
        elif there.get((kind, name)) != own[kind, name]:
            tell(Damage("damage.changed_object", None, None, {"kind": kind, "name": name}))


@cache
def _own_objects() -> Objects:
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder) / "own.sqlite") as engine:
        migrate(engine, "", keep=False)
        with engine.connect() as connection:
            return _objects(connection)


def _objects(connection: Connection, only: Sequence[str] = ()) -> Objects:
    found: Objects = {}
    rows = connection.exec_driver_sql("SELECT type, name, tbl_name FROM sqlite_master").all()
    for kind, name, table in rows:
        if name.startswith("sqlite_") or (only and kind not in only):
            continue  # SQLite's own: statistics, and what stands behind a constraint
        quoted = name.replace('"', '""')
        parts: list[str] = []
        if kind == "table":
            parts = ["table_xinfo", "foreign_key_list", "index_list"]
        elif kind == "index":
            parts = ["index_xinfo"]
        made_of = {
            part: connection.exec_driver_sql(f'PRAGMA {part}("{quoted}")').mappings().all()
            for part in parts
        }
        found[kind, name] = (table, *(_made_of(part, rows) for part, rows in made_of.items()))
    return found


_COMPARED: Final[Mapping[str, tuple[str, ...]]] = {
    # Not types and defaults, which the libraries may come to write otherwise.
    "table_xinfo": ("name", "notnull", "pk", "hidden"),
    "foreign_key_list": ("from", "table", "to"),
    "index_list": ("unique", "origin", "partial"),
    "index_xinfo": ("name", "desc", "key"),
}


def _made_of(part: str, rows: Iterable[RowMapping]) -> tuple[object, ...]:
    return tuple(sorted(str([row[name] for name in _COMPARED[part]]) for row in rows))


def _examine_texts(connection: Connection, is_personal: IsPersonal, tell: Tell) -> None:
    """Tell of every version of a record that holds a personal identity number."""
    table = schema.revision.c
    # As text, since what can't be read is told of elsewhere.
    content = cast(table.content, Text).label("content")
    query = select(table.entity, table.entity_id, table.number, table.by, content)
    for row in connection.execute(query.execution_options(yield_per=AT_ONCE)):
        if any(map(is_personal, (row.by, *_texts(row.content or "")))):
            values = {"number": row.number}
            tell(Damage("damage.identity_number", row.entity, row.entity_id, values))


def _texts(content: str) -> Iterator[str]:
    """Yield every text in JSON; all of it where it is none."""
    try:
        left = [json.loads(content)]
    except ValueError:
        left = [content]
    while left:
        value = left.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            left += value.values()
        elif isinstance(value, list):
            left += value


def _has_tables(connection: Connection, tell: Tell) -> bool:
    inspector = inspect(connection)
    there = set(inspector.get_table_names())
    whole = True
    for table in schema.METADATA.sorted_tables:
        present = inspector.get_columns(table.name) if table.name in there else ()
        for name in sorted(set(table.columns.keys()) - {column["name"] for column in present}):
            whole = False
            tell(Damage("damage.table", None, None, {"table": table.name, "column": name}))
    return whole


def _find_orphans(connection: Connection, tell: Tell) -> None:
    """Tell of every row that names a record that isn't there."""
    for table in schema.METADATA.sorted_tables:
        for key in table.foreign_keys:
            owner: Entity = max(
                (e for e in schema.ENTITIES if table.name == e or table.name.startswith(f"{e}_")),
                key=len,
            )
            own = table.c.id if "id" in table.c else key.parent
            target = key.column
            query = select(own, key.parent).where(
                key.parent.is_not(None),
                ~select(target).where(target == key.parent).correlate(table).exists(),
            )
            for record_id, named in connection.execute(query):
                values = {"table": table.name, "named": str(named)}
                tell(Damage("damage.orphan", owner, record_id, values))


def _find_cut_off(connection: Connection, tell: Tell) -> None:
    """Tell of changes that are gone: SQLite gives every one the next sequence."""
    if connection.dialect.name != "sqlite":
        return
    query = select(func.count(), func.coalesce(func.max(schema.revision.c.sequence), 0))
    there, newest = connection.execute(query.select_from(schema.revision)).one()
    given = connection.exec_driver_sql(
        "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'revision'"
    ).scalar_one()
    if gone := max(given, newest) - there:
        tell(Damage("damage.cut_off", None, None, {"count": gone}))


def _pages(connection: Connection, entity: Entity) -> Iterator[tuple[str, list[str], str | None]]:
    """Yield some of an entity's ids at a time, between the one before and the last (None: none)."""
    table, after = schema.TABLES[entity].c, ""
    while True:
        query = select(table.id).where(table.id > after).order_by(table.id).limit(AT_ONCE)
        ids = list(connection.scalars(query))
        last = ids[-1] if len(ids) == AT_ONCE else None
        yield after, ids, last
        if last is None:
            return
        after = last


def _examine_records(connection: Connection, entity: Entity, tell: Tell) -> int:
    """Hold every record of an entity against its history; return how many there were."""
    count = 0
    for after, ids, last in _pages(connection, entity):
        rows = _readable_rows(connection, entity, schema.TABLES[entity].c.id.in_(ids), tell)
        for some in batches(_histories(connection, entity, after, last), AT_ONCE):
            _compare(connection, entity, some, rows, tell)
        for record_id in rows:
            tell(Damage("damage.no_history", entity, record_id))
        count += len(ids)
    return count


def _readable_rows(
    connection: Connection, entity: Entity, condition: ColumnElement[bool], tell: Tell
) -> dict[str, RowMapping | None]:
    """Return rows by id; None for one that holds what its columns can't."""
    table = schema.TABLES[entity]
    query = select(table).where(condition).order_by(table.c.id)
    try:
        return {row["id"]: row for row in connection.execute(query).mappings()}
    except _UNREADABLE:
        pass
    rows: dict[str, RowMapping | None] = {}
    for record_id in connection.scalars(query.with_only_columns(table.c.id)).all():
        one = select(table).where(table.c.id == record_id)
        try:
            rows[record_id] = connection.execute(one).mappings().one()
        except _UNREADABLE:
            rows[record_id] = None
            tell(Damage("damage.unreadable_row", entity, record_id))
    return rows


_History = tuple[str, dict[int, str | None]]
"""A record's id, and its revisions' contents as they were written, by their numbers."""


def _histories(
    connection: Connection, entity: Entity, after: str, last: str | None
) -> Iterator[_History]:
    table = schema.revision.c
    query = (
        # As text, since what can't be read is to be told.
        select(table.entity_id, table.number, cast(table.content, Text).label("content"))
        .where(table.entity == entity, table.entity_id > after)
        .order_by(table.entity_id, table.number)
    )
    if last is not None:
        query = query.where(table.entity_id <= last)
    rows = connection.execute(query.execution_options(yield_per=AT_ONCE))
    for record_id, group in groupby(rows, key=attrgetter("entity_id")):
        yield record_id, {row.number: row.content for row in group}


def _compare(
    connection: Connection,
    entity: Entity,
    histories: Sequence[_History],
    rows: dict[str, RowMapping | None],
    tell: Tell,
) -> None:
    """Hold histories against rows, which are taken out of `rows` one by one."""
    expected: list[tuple[Mapping[str, Any], RowMapping]] = []
    gone = _disposed_of(connection, entity, [record_id for record_id, _ in histories])
    for record_id, contents in histories:
        if record_id in gone and record_id not in rows and set(contents.values()) == {"{}"}:
            continue
        if record_id not in rows:
            tell(Damage("damage.no_row", entity, record_id))
        row = rows.pop(record_id, None)
        if list(contents) != list(range(1, len(contents) + 1)):
            shown = ", ".join(map(str, contents))
            tell(Damage("damage.numbers", entity, record_id, {"numbers": shown}))
        newest = _newest(entity, record_id, contents, tell)
        if newest is not None and row is not None:
            expected.append((newest, row))
    if not expected:
        return
    ids = [row["id"] for _, row in expected]
    links = {name: read_links(connection, entity, name, ids) for name in schema.LINKS[entity]}
    made = to_rows(entity, [values for values, _ in expected])
    for wanted, (values, row) in zip(made, expected, strict=True):
        differing = [name for name, value in wanted.items() if row[name] != value]
        differing += [n for n, there in links.items() if there.get(row["id"], ()) != values[n]]
        if differing:
            tell(Damage("damage.differs", entity, row["id"], {"fields": ", ".join(differing)}))


def _disposed_of(connection: Connection, entity: Entity, ids: Sequence[str]) -> set[str]:
    mine = (
        schema.disposal.c.entity == entity,
        schema.disposal.c.entity_id.in_(ids),
        schema.disposal.c.before.is_not(None),
    )
    return set(connection.scalars(select(schema.disposal.c.entity_id).where(*mine)))


def _newest(
    entity: Entity, record_id: str, contents: Mapping[int, str | None], tell: Tell
) -> Mapping[str, Any] | None:
    """Return the newest content's fields, None where it can't be read; every one is read."""
    newest = None
    for number, content in contents.items():
        try:
            newest = normalised(from_content(entity, json.loads(content or "")))
        except _UNREADABLE:
            newest = None
        if newest is None or newest["id"] != record_id:
            newest = None
            tell(Damage("damage.content", entity, record_id, {"number": number}))
    return newest


def _examine_walks(connection: Connection, tell: Tell) -> None:
    """Tell of walks whose activity isn't what the walk is."""
    for _, ids, _ in _pages(connection, "walk"):
        walks = _records(connection, "walk", schema.TABLES["walk"].c.id.in_(ids))
        held = _records(connection, "activity", schema.activity.c.walk_id.in_(ids))
        own = {one.walk_id: one for one in held if isinstance(one, Activity)}
        for walk in walks:
            if isinstance(walk, Walk) and not _in_step(walk, own.get(walk.id)):
                tell(Damage("damage.walk_activity", "walk", walk.id))


def _examine_documents(connection: Connection, tell: Tell) -> None:
    """Tell of frozen files that are not what they were, and of minutes that have lost theirs."""
    there: set[str] = set()
    query = select(schema.document.c.sha256, schema.document.c.body).execution_options(yield_per=1)
    for digest, body in connection.execute(query):
        there.add(digest)
        if sha256(body).hexdigest() != digest:
            tell(Damage("damage.document_changed", None, None, {"sha256": digest}))
    for meeting_id, contents in _histories(connection, "meeting", "", None):
        missing: dict[str, None] = {}
        for content in contents.values():
            with suppress(*_UNREADABLE):  # what can't be read is told of with its record
                named = json.loads(content or "").get("documents", ())
                missing |= dict.fromkeys(name for name, digest in named if digest not in there)
        if missing:
            values = {"names": ", ".join(missing)}
            tell(Damage("damage.document_missing", "meeting", meeting_id, values))
    _examine_photos(connection, there, tell)


def _examine_photos(connection: Connection, there: Set[str], tell: Tell) -> None:
    """Tell of photos that have lost their files, or what they are of."""
    for row in connection.execute(select(schema.photo)):
        if missing := sorted({row.sha256, row.thumbnail} - there - {REDACTED}):
            tell(Damage("damage.photo_missing", "photo", row.id, {"names": ", ".join(missing)}))
        owner = schema.TABLES[row.entity].c.id if row.entity in schema.WORK else None
        if owner is None or connection.scalar(select(owner).where(owner == row.record_id)) is None:
            values = {"table": schema.photo.name, "named": row.record_id}
            tell(Damage("damage.orphan", "photo", row.id, values))


def _records(
    connection: Connection, entity: Entity, condition: ColumnElement[bool]
) -> list[Record]:
    """Return the records that can be read; the others have been told of."""
    known = _readable_rows(connection, entity, condition, lambda _: None).values()
    rows = [row for row in known if row is not None]
    try:
        return from_rows(connection, entity, rows)
    except _UNREADABLE:
        pass
    records: list[Record] = []
    for row in rows:
        with suppress(*_UNREADABLE):
            records += from_rows(connection, entity, [row])
    return records


def _in_step(walk: Walk, present: Activity | None) -> bool:
    if present is not None and present.id != activity_id(walk.id):
        return False
    return followed(walk, present) == present
