"""How the columns of imported files were understood, so that it is asked only once."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, insert, select, update

from geodata.register.schema import import_mapping


def find(connection: Connection, headers: str) -> dict[str, str] | None:
    """Return the fields by column that were kept for a file's column names, None if none were."""
    found = select(import_mapping.c.fields).where(import_mapping.c.headers == headers)
    return connection.scalar(found)


def keep(connection: Connection, headers: str, fields: Mapping[str, str]) -> None:
    """Keep the fields by column for a file's column names; the transaction is the caller's."""
    there = update(import_mapping).where(import_mapping.c.headers == headers)
    if not connection.execute(there.values(fields=dict(fields))).rowcount:
        row = {"headers": headers, "fields": dict(fields)}
        connection.execute(insert(import_mapping), row)
