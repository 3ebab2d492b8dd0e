"""Writing: every change is a new revision, written together with the row it explains.

The functions here work inside the caller's transaction. No statement changes or removes a
revision.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from geodata.errors import RegisterError, UnknownIdError
from geodata.model import Activity, Record, Revision, Walk
from geodata.register.bulk import Prepared, Watch, batches
from geodata.register.content import (
    activity_id,
    entity_of,
    followed,
    from_content,
    normalised,
    require_own,
    to_content,
)
from geodata.register.rows import (
    IDS_A_QUERY,
    from_rows,
    insert_rows,
    set_rows_void,
    update_row,
    update_rows,
    voids_by_id,
)
from geodata.register.schema import ENTITIES, TABLES, Entity, revision


def change_many(
    connection: Connection, changes: Iterable[tuple[Record, int]], author: Author
) -> int:
    """Write many records' new states, each as `change` does; return how many were changed."""
    count = 0
    for batch in batches(changes, IDS_A_QUERY):
        for entity in ENTITIES:
            some = [(one, number) for one, number in batch if entity_of(one) == entity]
            count += _change_batch(connection, entity, some, author)
    return count


def _change_batch(
    connection: Connection, entity: Entity, changes: Sequence[tuple[Record, int]], author: Author
) -> int:
    present = _present(connection, entity, [(one.id, number) for one, number in changes])
    simple, count = [], 0
    for record, number in changes:
        current = present[record.id]
        if isinstance(current, Walk) or (
            isinstance(current, Activity) and current.walk_id is not None
        ):
            # Two records in step: they are few, and their rules are `change`'s.
            count += change(connection, record, author, number) != number
            continue
        require_own(record)
        simple.append((current, replace(record, void=current.void), number))
    return count + _replace_many(connection, entity, simple, "change", author)


def void_many(
    connection: Connection,
    ids: Iterable[tuple[Entity, str, int]],
    author: Author,
    watch: Watch,
) -> int:
    """Withdraw many records, each as `set_void` does; return how many were not void before."""
    count, done, total = 0, 0, len(ids) if isinstance(ids, Sized) else 0
    for batch in batches(ids, IDS_A_QUERY):
        watch(done / total if total else 0)
        done += len(batch)
        for entity in ENTITIES:
            some = [(one, number) for kind, one, number in batch if kind == entity]
            present = _present(connection, entity, some)
            if entity == "walk":
                for one, number in some:
                    new = set_void(connection, entity, one, author, number, void=True)
                    count += new != number
                continue
            simple = []
            for one, number in some:
                require_own(present[one])
                simple.append((present[one], replace(present[one], void=True), number))
            count += _replace_many(connection, entity, simple, "void", author)
    return count


def _present(
    connection: Connection, entity: Entity, expected: Sequence[tuple[str, int]]
) -> dict[str, Record]:
    """Return records by id, after seeing that each is there and at the number to expect."""
    if not expected:
        return {}
    ids = [record_id for record_id, _ in expected]
    table = TABLES[entity]
    rows = connection.execute(select(table).where(table.c.id.in_(ids))).mappings().all()
    found = {one.id: one for one in from_rows(connection, entity, rows)}
    query = (
        select(revision.c.entity_id, func.max(revision.c.number).label("newest"))
        .where(revision.c.entity == entity, revision.c.entity_id.in_(ids))
        .group_by(revision.c.entity_id)
    )
    numbers = {row.entity_id: row.newest for row in connection.execute(query)}
    for record_id, number in expected:
        if record_id not in found:
            raise UnknownIdError(f"unknown.{entity}", id=record_id)
        if numbers.get(record_id) != number:
            raise RegisterError("register.conflict", id=record_id)
    return found


def _replace_many(
    connection: Connection,
    entity: Entity,
    changes: Iterable[tuple[Record, Record, int]],
    action: Action,
    author: Author,
) -> int:
    """Write records' new states where they differ from the present ones; return how many."""
    present, wanted, rows = [], [], []
    for current, new, number in changes:
        before, after = normalised(current), normalised(new)
        if to_content(before) != to_content(after):
            present.append(before)
            wanted.append(after)
            rows.append(revision_row(entity, after, number + 1, action, author))
    if wanted:
        connection.execute(insert(revision), rows)
        if action == "void":
            set_rows_void(connection, entity, [values["id"] for values in wanted])
        else:
            update_rows(connection, entity, present, wanted)
    return len(wanted)


Action = Literal["create", "change", "void", "restore"]

CHUNK: Final = 10_000
"""How many new records are held in memory and sent to the database at once."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who makes a change, and when (with zone)."""

    by: str
    at: datetime


def existing_ids(connection: Connection, entity: Entity, ids: Iterable[str]) -> set[str]:
    """Return those ids that the register already has, void records' among them."""
    return set(voids_by_id(connection, entity, ids))


def create(
    connection: Connection,
    prepared: Prepared,
    author: Author,
    watch: Watch,
) -> int:
    """Add new records that were made ready; return how many."""
    taken = {
        (entity, one)
        for entity, ids in prepared.ids.items()
        for one in existing_ids(connection, entity, ids)
    }
    if taken and not prepared.skips:
        raise RegisterError("register.duplicate_id", id=min(taken)[1])
    missing = prepared.walks_named - prepared.ids["walk"]
    missing -= existing_ids(connection, "walk", missing)
    if missing:
        raise UnknownIdError("unknown.walk", id=min(missing))
    return prepared.write(connection, taken, author.by, author.at, watch)


def change(connection: Connection, record: Record, author: Author, expected_number: int) -> int:
    """Write a record's new state; return its newest revision's number.

    Whether it is void stays as it was, and a change that changes nothing writes nothing.
    """
    entity = entity_of(record)
    current = read(connection, entity, record.id)
    _require_newest(connection, current, expected_number)
    wanted = replace(record, void=current.void)
    if isinstance(current, Activity) and current.walk_id is not None:
        walk = read(connection, "walk", current.walk_id)
        if not isinstance(walk, Walk) or followed(walk, _activity(wanted)) != wanted:
            require_own(current)
    elif isinstance(wanted, Activity):
        require_own(wanted)
    return _replace(connection, current, wanted, "change", author)


def set_void(
    connection: Connection,
    entity: Entity,
    record_id: str,
    author: Author,
    expected_number: int,
    *,
    void: bool,
) -> int:
    """Withdraw a record or take it back; return its newest revision's number."""
    current = read(connection, entity, record_id)
    _require_newest(connection, current, expected_number)
    require_own(current)
    return _replace(
        connection, current, replace(current, void=void), "void" if void else "restore", author
    )


def bring_back(
    connection: Connection,
    entity: Entity,
    record_id: str,
    number: int,
    author: Author,
    expected_number: int,
) -> int:
    """Make an earlier revision's content the present one; return the newest revision's number.

    Whether the record is withdrawn stays as it is, as for every change.
    """
    table = revision.c
    query = select(table.content).where(
        table.entity == entity, table.entity_id == record_id, table.number == number
    )
    content = connection.scalar(query)
    if content is None:
        read(connection, entity, record_id)
        raise UnknownIdError("unknown.revision", id=record_id, number=number)
    return change(connection, from_content(entity, content), author, expected_number)


def read(connection: Connection, entity: Entity, record_id: str) -> Record:
    """Return a record, void or not."""
    found = _find(connection, entity, record_id)
    if found is None:
        raise UnknownIdError(f"unknown.{entity}", id=record_id)
    return found


def newest_number(connection: Connection, entity: Entity, record_id: str) -> int:
    """Return the number of a record's newest revision, 0 if there is no such record."""
    query = select(func.max(revision.c.number)).where(
        revision.c.entity == entity, revision.c.entity_id == record_id
    )
    return connection.scalar(query) or 0


def revisions(
    connection: Connection, entity: Entity | None = None, record_id: str | None = None
) -> Iterator[Revision]:
    """Yield revisions, oldest first: all, or one record's."""
    query = select(revision).order_by(revision.c.sequence)
    if entity is not None:
        query = query.where(revision.c.entity == entity, revision.c.entity_id == record_id)
    for row in connection.execute(query).mappings():
        yield Revision(**row)


def replayed(history: Iterable[Revision]) -> dict[tuple[Entity, str], Record]:
    """Return what revisions, oldest first, add up to: each record's newest state by its id."""
    newest: dict[tuple[Entity, str], Mapping[str, object]] = {}
    for one in history:
        newest[one.entity, one.entity_id] = one.content
    return {key: from_content(key[0], content) for key, content in newest.items()}


def _find(connection: Connection, entity: Entity, record_id: str) -> Record | None:
    table = TABLES[entity]
    row = connection.execute(select(table).where(table.c.id == record_id)).mappings().first()
    return None if row is None else from_rows(connection, entity, [row])[0]


def _activity(record: Record | None) -> Activity | None:
    return record if isinstance(record, Activity) else None


def _require_newest(connection: Connection, current: Record, expected_number: int) -> None:
    if newest_number(connection, entity_of(current), current.id) != expected_number:
        raise RegisterError("register.conflict", id=current.id)


def revision_row(
    entity: Entity, values: Mapping[str, Any], number: int, action: Action, author: Author
) -> dict[str, Any]:
    """Return a revision's row, without its sequence."""
    return {
        "entity": entity,
        "entity_id": values["id"],
        "number": number,
        "at": author.at,
        "by": author.by,
        "action": action,
        "content": to_content(values),
    }


def _write_new(
    connection: Connection, entity: Entity, records: Sequence[Record], author: Author
) -> None:
    values = [normalised(record) for record in records]
    insert_rows(connection, entity, values)
    connection.execute(
        insert(revision), [revision_row(entity, one, 1, "create", author) for one in values]
    )


def _replace(
    connection: Connection, current: Record, wanted: Record, action: Action, author: Author
) -> int:
    entity = entity_of(current)
    number = newest_number(connection, entity, current.id)
    values = normalised(wanted)
    if to_content(values) == to_content(normalised(current)):
        return number
    try:
        connection.execute(
            insert(revision), [revision_row(entity, values, number + 1, action, author)]
        )
    except IntegrityError as error:
        # Somebody else wrote this number since it was read: possible where writers aren't queued.
        raise RegisterError("register.conflict", id=current.id) from error
    update_row(connection, entity, values)
    if isinstance(wanted, Walk):
        _follow(connection, wanted, author)
    return number + 1


def _follow(connection: Connection, walk: Walk, author: Author) -> None:
    """Bring a walk's activity into step with it."""
    present = _activity(_find(connection, "activity", activity_id(walk.id)))
    wanted = followed(walk, present)
    if wanted is None:
        return
    if present is None:
        _write_new(connection, "activity", [wanted], author)
        return
    action: Action = "change"
    if wanted.void != present.void:
        action = "void" if wanted.void else "restore"
    _replace(connection, present, wanted, action, author)
