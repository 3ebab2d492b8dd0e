"""Writing: every change is a new revision, written together with the row it explains.

The functions here work inside the caller's transaction. No statement changes or removes a
revision; what a decision takes away is taken in `disposals`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Connection, and_, case, func, insert, select
from sqlalchemy.exc import IntegrityError

from geodata.errors import RegisterError, UnknownIdError
from geodata.model import Action, Activity, Entity, Record, RecordChange, Revision, Walk
from geodata.register import encoding, search, sums
from geodata.register.bulk import Prepared, Watch
from geodata.register.rows import (
    IDS_A_QUERY,
    batches,
    from_rows,
    insert_rows,
    set_rows_void,
    update_rows,
    voids_by_id,
)
from geodata.register.schema import ENTITIES, TABLES, disposal, revision
from geodata.register.schema import document as frozen

CHUNK: Final = 10_000
"""Records that are held in memory at once while many are added."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Who makes a change, when (with zone), and the connection whose transaction it is in."""

    connection: Connection
    by: str
    at: datetime

    def row(
        self, entity: Entity, values: Mapping[str, Any], number: int, action: Action
    ) -> dict[str, Any]:
        """Return a revision's row, without its sequence."""
        return {
            "entity": entity,
            "entity_id": values["id"],
            "number": number,
            "at": self.at,
            "by": self.by,
            "action": action,
            "content": encoding.to_content(values),
        }


# --- reading ---------------------------------------------------------------------------------


def read(connection: Connection, entity: Entity, record_id: str) -> Record:
    """Return a record, void or not; UnknownIdError, ``unknown.`` and its kind, if none."""
    record = _find(connection, entity, record_id)
    if record is None:
        raise UnknownIdError(f"unknown.{entity}", id=record_id)
    return record


def _find(connection: Connection, entity: Entity, record_id: str) -> Record | None:
    return _by_id(connection, entity, [record_id]).get(record_id)


def _by_id(connection: Connection, entity: Entity, ids: Sequence[str]) -> dict[str, Record]:
    table = TABLES[entity]
    rows = connection.execute(select(table).where(table.c.id.in_(ids))).mappings().all()
    return {record.id: record for record in from_rows(connection, entity, rows)}


def newest_number(connection: Connection, entity: Entity, record_id: str) -> int:
    """Return the number to expect when changing a record, 0 if there is no such record."""
    return newest_numbers(connection, entity, [record_id]).get(record_id, 0)


def newest_numbers(connection: Connection, entity: Entity, ids: Sequence[str]) -> dict[str, int]:
    """Return what `newest_number` does of many records, by their ids."""
    table = revision.c
    query = select(table.entity_id, func.max(table.number).label("newest")).group_by(
        table.entity_id
    )
    rows = connection.execute(query.where(table.entity == entity, table.entity_id.in_(ids)))
    return {row.entity_id: row.newest for row in rows}


def existing_ids(connection: Connection, entity: Entity, ids: Iterable[str]) -> set[str]:
    """Return those ids that are taken, by void records and by what was disposed of too."""
    wanted = list(ids)
    taken = set(voids_by_id(connection, entity, wanted))
    if connection.scalar(select(disposal.c.entity_id).limit(1)) is None:
        return taken
    for some in batches(wanted, IDS_A_QUERY):
        mine = disposal.c.entity == entity, disposal.c.entity_id.in_(some)
        taken.update(connection.scalars(select(disposal.c.entity_id).where(*mine)))
    return taken


def revisions(
    connection: Connection, entity: Entity | None = None, record_id: str | None = None
) -> list[Revision]:
    """Return revisions, oldest first: all, or one record's; empty if there is no such record."""
    query = select(revision).order_by(revision.c.sequence)
    if entity is not None:
        query = query.where(revision.c.entity == entity, revision.c.entity_id == record_id)
    return [Revision(**row) for row in connection.execute(query).mappings()]


def catalogue_revisions(connection: Connection) -> list[Revision]:
    """Return every state of the entries that have been changed, entry by entry, oldest first."""
    table = revision.c
    changed = select(table.entity_id).where(table.entity == "catalogue_entry", table.number == 2)
    query = (
        select(revision)
        .where(table.entity == "catalogue_entry", table.entity_id.in_(changed))
        .order_by(table.entity_id, table.number)
    )
    return [Revision(**row) for row in connection.execute(query).mappings()]


def changed_after(
    connection: Connection, sequence: int, entities: Collection[Entity]
) -> list[RecordChange]:
    """Return the records changed after a revision: as they were then, and as they are now."""
    table = revision.c
    touched = select(table.entity, table.entity_id).where(
        table.sequence > sequence, table.entity.in_(entities)
    )
    same = and_(
        table.entity == (some := touched.distinct().subquery()).c.entity,
        table.entity_id == some.c.entity_id,
    )
    # Of all that is known of them: the last before, and the last of all.
    ends = (
        select(
            func.max(case((table.sequence <= sequence, table.sequence))), func.max(table.sequence)
        )
        .select_from(revision.join(some, same))
        .group_by(table.entity, table.entity_id)
    )
    pairs = [(before, newest) for before, newest in connection.execute(ends)]
    by_sequence: dict[int, Revision] = {}
    for ids in batches(sorted({one for pair in pairs for one in pair if one}), IDS_A_QUERY):
        rows = connection.execute(select(revision).where(table.sequence.in_(ids))).mappings()
        by_sequence |= {row["sequence"]: Revision(**row) for row in rows}
    return [
        RecordChange(
            _standing(by_sequence.get(before)), _standing(by_sequence[newest]), by_sequence[newest]
        )
        for before, newest in sorted(pairs, key=itemgetter(1))
    ]


def _standing(one: Revision | None) -> Record | None:
    # A record that was disposed of has no content.
    record = (
        encoding.from_content(one.entity, one.content) if one is not None and one.content else None
    )
    return None if record is None or record.void else record


def document(connection: Connection, digest: str) -> bytes | None:
    """Return a frozen file's bytes, None where the register has no such file."""
    return connection.scalar(select(frozen.c.body).where(frozen.c.sha256 == digest))


def keep_documents(writer: Writer, bodies: Iterable[bytes]) -> None:
    """Keep files by their digests; one that is there already is the same."""
    wanted = {sha256(body).hexdigest(): body for body in bodies}
    there = set(
        writer.connection.scalars(select(frozen.c.sha256).where(frozen.c.sha256.in_(wanted)))
    )
    rows = [{"sha256": name, "body": body} for name, body in wanted.items() if name not in there]
    if rows:
        writer.connection.execute(insert(frozen), rows)


# --- many records ----------------------------------------------------------------------------


def create(writer: Writer, prepared: Prepared, watch: Watch) -> int:
    """Add new records that were made ready; return how many."""
    taken = {
        (entity, one)
        for entity, ids in prepared.ids.items()
        for one in existing_ids(writer.connection, entity, ids)
    }
    if taken and not prepared.skips:
        raise RegisterError("register.duplicate_id", id=min(taken)[1])
    for entity, named in prepared.named.items():
        missing = named - prepared.ids[entity]
        missing -= set(voids_by_id(writer.connection, entity, missing))
        if missing:
            raise UnknownIdError(f"unknown.{entity}", id=min(missing))
    before = writer.connection.scalar(select(func.max(revision.c.sequence))) or 0
    count = prepared.write(writer.connection, taken, writer.by, writer.at, watch)
    sums.add_since(writer.connection, before)
    search.add_since(writer.connection, before)
    return count


def change_many(writer: Writer, changes: Iterable[tuple[Record, int]]) -> int:
    """Write many records' new states, each as `change` does; return how many were changed."""
    count = 0
    for batch in batches(changes, IDS_A_QUERY):
        for entity in ENTITIES:
            some = [(one, number) for one, number in batch if encoding.entity_of(one) == entity]
            count += _change_batch(writer, entity, some)
    return count


def _change_batch(writer: Writer, entity: Entity, changes: Sequence[tuple[Record, int]]) -> int:
    present = expected(writer, entity, [(one.id, number) for one, number in changes])
    simple, count = [], 0
    for record, number in changes:
        current = present[record.id]
        if isinstance(current, Walk) or (
            isinstance(current, Activity) and current.walk_id is not None
        ):
            # Two records in step: they are few, and their rules are `change`'s.
            count += change(writer, record, number) != number
            continue
        encoding.require_own(record)
        simple.append((current, replace(record, void=current.void), number))
    return count + _replace_many(writer, entity, simple, "change")


def void_many(writer: Writer, ids: Iterable[tuple[Entity, str, int]], watch: Watch) -> int:
    """Withdraw many records, each as `set_void` does; return how many were not void before."""
    count, done, total = 0, 0, len(ids) if isinstance(ids, Sized) else 0
    for batch in batches(ids, IDS_A_QUERY):
        watch(done / total if total else 0)
        done += len(batch)
        for entity in ENTITIES:
            some = [(one, number) for kind, one, number in batch if kind == entity]
            present = expected(writer, entity, some)
            if entity == "walk":
                for one, number in some:
                    count += set_void(writer, entity, one, number, void=True) != number
                continue
            simple = []
            for one, number in some:
                encoding.require_own(present[one])
                simple.append((present[one], replace(present[one], void=True), number))
            count += _replace_many(writer, entity, simple, "void")
    return count


def expected(
    writer: Writer, entity: Entity, wanted: Sequence[tuple[str, int]]
) -> dict[str, Record]:
    """Return records by id, after seeing that each is there and at the number to expect."""
    if not wanted:
        return {}
    ids = [record_id for record_id, _ in wanted]
    records = _by_id(writer.connection, entity, ids)
    numbers = newest_numbers(writer.connection, entity, ids)
    for record_id, number in wanted:
        if record_id not in records:
            raise UnknownIdError(f"unknown.{entity}", id=record_id)
        if numbers.get(record_id) != number:
            raise RegisterError("register.conflict", id=record_id)
    return records


def _replace_many(
    writer: Writer,
    entity: Entity,
    changes: Iterable[tuple[Record, Record, int]],
    action: Action,
) -> int:
    """Write records' new states where they differ from the present ones; return how many."""
    present, wanted, rows = [], [], []
    for current, new, number in changes:
        before, after = encoding.normalised(current), encoding.normalised(new)
        if encoding.to_content(before) != encoding.to_content(after):
            present.append(before)
            wanted.append(after)
            rows.append(writer.row(entity, after, number + 1, action))
    if not wanted:
        return 0
    try:
        writer.connection.execute(insert(revision), rows)
    except IntegrityError as error:
        # Somebody else wrote this number since it was read: possible where writers aren't queued.
        raise RegisterError("register.conflict", id=wanted[0]["id"]) from error
    if action == "void" and len(wanted) > 1:
        # Nothing else of many is new; with a walk's activity, which comes alone, more may be.
        set_rows_void(writer.connection, entity, [values["id"] for values in wanted])
    else:
        update_rows(writer.connection, entity, present, wanted)
    return len(wanted)


# --- one record ------------------------------------------------------------------------------


def change(writer: Writer, record: Record, expected_number: int) -> int:
    """Write a record's new state; return its newest revision's number.

    Whether it is void stays as it was, and a change that changes nothing writes nothing.
    """
    entity = encoding.entity_of(record)
    current = expected(writer, entity, [(record.id, expected_number)])[record.id]
    wanted = replace(record, void=current.void)
    if isinstance(current, Activity) and current.walk_id is not None:
        walk = read(writer.connection, "walk", current.walk_id)
        own = wanted if isinstance(wanted, Activity) else None
        if not isinstance(walk, Walk) or encoding.followed(walk, own) != wanted:
            encoding.require_own(current)
    else:
        encoding.require_own(wanted)
    return _replace(writer, current, wanted, expected_number, "change")


def put(writer: Writer, records: Iterable[tuple[Record, int]]) -> None:
    """Write records' states, void or not: new ones expect the number 0.

    Raises RegisterError ``register.conflict`` where somebody else has written since.
    """
    for record, number in records:
        entity = encoding.entity_of(record)
        if number:
            current = expected(writer, entity, [(record.id, number)])[record.id]
            turned: Action = "void" if record.void else "restore"
            action = "change" if current.void == record.void else turned
            _replace_many(writer, entity, [(current, record, number)], action)
            continue
        try:
            _create(writer, record)
        except IntegrityError as error:
            raise RegisterError("register.conflict", id=record.id) from error


def _create(writer: Writer, record: Record) -> None:
    entity, values = encoding.entity_of(record), encoding.normalised(record)
    writer.connection.execute(insert(revision), [writer.row(entity, values, 1, "create")])
    insert_rows(writer.connection, entity, [values])


def set_void(
    writer: Writer, entity: Entity, record_id: str, expected_number: int, *, void: bool
) -> int:
    """Withdraw a record or take it back; return its newest revision's number."""
    current = expected(writer, entity, [(record_id, expected_number)])[record_id]
    encoding.require_own(current)
    wanted = replace(current, void=void)
    return _replace(writer, current, wanted, expected_number, "void" if void else "restore")


def bring_back(
    writer: Writer, entity: Entity, record_id: str, number: int, expected_number: int
) -> int:
    """Make an earlier revision's content the present one; return the newest revision's number.

    Whether the record is void stays as it is.
    """
    table = revision.c
    query = select(table.content).where(
        table.entity == entity, table.entity_id == record_id, table.number == number
    )
    content = writer.connection.scalar(query)
    if content is None:
        read(writer.connection, entity, record_id)
        raise UnknownIdError("unknown.revision", id=record_id, number=number)
    return change(writer, encoding.from_content(entity, content), expected_number)


def _replace(writer: Writer, current: Record, wanted: Record, number: int, action: Action) -> int:
    if not _replace_many(writer, encoding.entity_of(current), [(current, wanted, number)], action):
        return number
    if isinstance(wanted, Walk):
        _follow(writer, wanted)
    return number + 1


def _follow(writer: Writer, walk: Walk) -> None:
    """Bring a walk's activity into step with it."""
    connection, own_id = writer.connection, encoding.activity_id(walk.id)
    present = _find(connection, "activity", own_id)
    wanted = encoding.followed(walk, present if isinstance(present, Activity) else None)
    if wanted is None:
        return
    if present is None:
        _create(writer, wanted)
        return
    action: Action = "change"
    if wanted.void != present.void:
        action = "void" if wanted.void else "restore"
    _replace(writer, present, wanted, newest_number(connection, "activity", own_id), action)
