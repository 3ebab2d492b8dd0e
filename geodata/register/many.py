"""Changing many records at once, each as `history` would change it alone.

The functions here work inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Sized
from dataclasses import replace

from sqlalchemy import Connection, func, insert, select

from geodata.errors import RegisterError, UnknownIdError
from geodata.model import Activity, Record, Walk
from geodata.register.bulk import Watch, batches
from geodata.register.content import entity_of, normalised, to_content
from geodata.register.held import require_own
from geodata.register.history import Action, Author, change, revision_row, set_void
from geodata.register.rows import IDS_A_QUERY, from_rows, set_rows_void, update_rows
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
