"""What the program remembers about a register, kept in the register itself."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from geodata.register.schema import register_info


def remembered(connection: Connection, key: str) -> str | None:
    """Return what was kept under a key, None where nothing was."""
    return connection.scalar(select(register_info.c.value).where(register_info.c.key == key))


def remember(connection: Connection, key: str, value: str) -> None:
    """Keep a text under a key, in place of an earlier one."""
    there = update(register_info).where(register_info.c.key == key).values(value=value)
    if not connection.execute(there).rowcount:
        connection.execute(insert(register_info), {"key": key, "value": value})
