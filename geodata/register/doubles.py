"""Which of some new records the register has already, by id or by what they hold."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, cast

from sqlalchemy import Connection, select

from geodata.model import DoubleOf, Work
from geodata.register.bulk import batches
from geodata.register.rows import IDS_A_QUERY, from_rows, voids_by_id
from geodata.register.schema import TABLES, Entity

Fingerprint = Callable[[Any], Hashable]
"""What two records have in common when they are the same thing told twice."""

AT_ONCE = 5_000
"""How many of the register's records are held at once."""


def find_doubles(
    connection: Connection, entity: Entity, drafts: Sequence[Work], fingerprint: Fingerprint
) -> dict[str, DoubleOf]:
    """Return the register's record for each draft that it has already, by the draft's id."""
    voids = voids_by_id(connection, entity, [draft.id for draft in drafts])
    taken = {record_id: DoubleOf(record_id, void) for record_id, void in voids.items()}
    others = [draft for draft in drafts if draft.id not in taken]
    days = _days_there(connection, entity, sorted({draft.day for draft in others}))
    # Most of a new file's days have nothing to be compared with.
    keys = {draft.id: _key(draft, fingerprint) for draft in others if draft.day in days}
    free: dict[tuple[Any, Hashable], deque[DoubleOf]] = {}
    wanted = set(keys.values())
    for record in _on_days(connection, entity, sorted(days)):
        if record.id not in taken and (key := _key(record, fingerprint)) in wanted:
            double = DoubleOf(record.id, record.void)
            same = free.setdefault(key, deque())
            (same.append if record.void else same.appendleft)(double)
    found = dict(taken)
    for draft_id, key in keys.items():
        if left := free.get(key):
            found[draft_id] = left.popleft()
    return found


def _key(record: Work, fingerprint: Fingerprint) -> tuple[Any, Hashable]:
    return record.day, fingerprint(record)


def _days_there(connection: Connection, entity: Entity, days: Sequence[Any]) -> set[Any]:
    """Return those days on which the register has any record, void ones too."""
    table = TABLES[entity].c
    found: set[Any] = set()
    for some in batches(days, IDS_A_QUERY):
        query = select(table.day).where(table.void.in_((False, True)), table.day.in_(some))
        found.update(connection.scalars(query.distinct()))
    return found


def _on_days(connection: Connection, entity: Entity, days: Sequence[Any]) -> Iterator[Work]:
    """Yield the records of some days, void ones too."""
    table = TABLES[entity]
    for some in batches(days, IDS_A_QUERY):
        # Both, so that the index by void and day is used.
        query = select(table).where(table.c.void.in_((False, True)), table.c.day.in_(some))
        rows = connection.execute(query.execution_options(yield_per=AT_ONCE)).mappings()
        for part in rows.partitions():
            yield from cast("list[Work]", from_rows(connection, entity, part))
