"""Records together with the revision that each is at: what a change of many builds on."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from geodata.model import ActivityFilter, Record
from geodata.register import queries
from geodata.register.content import entity_of
from geodata.register.schema import revision


def numbered(connection: Connection) -> list[tuple[Record, int]]:
    """Return every activity and finding that is not void, with its newest revision's number."""
    newest = func.max(revision.c.number)
    query = select(revision.c.entity, revision.c.entity_id, newest).group_by(
        revision.c.entity, revision.c.entity_id
    )
    # The numbers first: where a state is not held, a later change is then seen as a conflict.
    numbers = {(entity, id_): number for entity, id_, number in connection.execute(query)}
    records: list[Record] = [
        *queries.activities(connection, ActivityFilter(), None, 0),
        *queries.findings(connection, None, None),
    ]
    keys = [(entity_of(record), record.id) for record in records]
    return [
        (record, numbers[key]) for record, key in zip(records, keys, strict=True) if key in numbers
    ]
