"""Whole copies of a register: consistent while others write, and never half.

A file is copied page by page; between databases of two kinds every row is copied and compared.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Dialect,
    Select,
    String,
    Table,
    Text,
    TypeDecorator,
    cast,
    insert,
    select,
    type_coerce,
)

from geodata.atomic import put_in_place
from geodata.errors import RegisterError
from geodata.register.databases import PRIMARY_CODE, translate_errors
from geodata.register.schema import METADATA, Encoded

LOG: Final = "-wal"
COMPANIONS: Final = (LOG, "-shm", "-journal")
"""What SQLite keeps beside a database, by the end of the name."""

_TARGET_CODES: Final = {
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_IOERR,
}


def companion(path: Path, end: str) -> Path:
    """Return a file that SQLite keeps beside a database."""
    return path.with_name(path.name + end)


def read_only(path: Path, busy_timeout_s: float = 5.0) -> sqlite3.Connection:
    """Return a connection that can't write."""
    log = companion(path, LOG)
    # SQLite needs an index beside a file with a log. Where none can be made, as on a medium that
    # is only read, the file alone can be read as long as nothing is in its log.
    lone = not os.access(path.parent, os.W_OK) and not (log.exists() and log.stat().st_size)
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if lone else ''}",
        uri=True,
        timeout=busy_timeout_s,
        check_same_thread=False,
    )


def dated_name(path: Path, label: str) -> Path:
    """Return a name beside a register that isn't taken, with a label and the time in it."""
    at = datetime.now().astimezone()
    stem = f"{path.stem}.{label}-{at:%Y-%m-%d-%H%M%S}"
    names = (f"{stem}{end}{path.suffix}" for end in ("", *(f"-{n}" for n in range(2, 1_000))))
    return next(found for name in names if not (found := path.with_name(name)).exists())


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """Give a name in a file's folder that is gone afterwards, whatever happens."""
    part = target.with_name(f".{target.name}.{uuid4().hex[:8]}.part")
    try:
        yield part
    finally:
        for one in (part, *(companion(part, end) for end in COMPANIONS)):
            one.unlink(missing_ok=True)


@contextmanager
def told_of_copy(source: Path, target: Path) -> Iterator[None]:
    """Turn errors while copying into `RegisterError`, about the file that each is about."""
    try:
        with translate_errors(str(source)):
            yield
    except RegisterError as error:
        code = getattr(error.__cause__, "sqlite_errorcode", 0) & PRIMARY_CODE
        if code == sqlite3.SQLITE_FULL:
            raise RegisterError("register.copy_no_room", file=str(target)) from error
        if code in _TARGET_CODES:
            raise RegisterError("register.copy_not_writable", file=str(target)) from error
        raise
    except OSError as error:
        no_room = error.errno in (errno.ENOSPC, errno.EDQUOT)
        key = "register.copy_no_room" if no_room else "register.copy_not_writable"
        raise RegisterError(key, file=str(target)) from error


def fill(source: Path, part: Path) -> None:
    """Write what a database holds now, its log included, into a new file of its own."""
    with closing(read_only(source)) as old, closing(sqlite3.connect(part)) as new:
        # In one step: a reader of one state, whatever others write meanwhile.
        old.backup(new)
        # One file with nothing beside it, which can be read from anywhere.
        new.execute("PRAGMA journal_mode=DELETE")
    shutil.copymode(source, part)


def is_whole(path: Path) -> bool:
    """Tell whether SQLite finds a file's pages, indexes and references in order."""
    with closing(read_only(path)) as found:
        told = found.execute("PRAGMA integrity_check(1)").fetchone()
        return bool(told == ("ok",)) and not found.execute("PRAGMA foreign_key_check").fetchone()


def keep_copy(source: Path, target: Path, *, check: bool = True) -> None:
    """Write a consistent copy of an SQLite database, whole or not at all."""
    with told_of_copy(source, target), beside(target) as part:
        try:
            fill(source, part)
        except sqlite3.DatabaseError as error:
            if check or error.sqlite_errorcode & PRIMARY_CODE != sqlite3.SQLITE_CORRUPT:
                raise
            _copy_as_it_is(source, part, target)
        if check and not is_whole(part):
            raise RegisterError("register.damaged", register=str(source))
        put_in_place(part, target)


def _copy_as_it_is(source: Path, part: Path, target: Path) -> None:
    """Copy the files of a database that SQLite can't read, for somebody who perhaps can."""
    shutil.copy2(source, part)
    if companion(source, LOG).exists():
        shutil.copy2(companion(source, LOG), companion(target, LOG))


# --- from one kind of database to another ---------------------------------------------------------

AT_ONCE: Final = 5_000
"""How many rows are held at once."""


def copy_rows(source: Connection, target: Connection, shown: str) -> None:
    """Put all of a register's rows in the place of another's; both have this version's tables.

    `shown` is what to call the other in an error: ``register.copy_differs`` where what was written
    is not what was read, row by row.
    """
    for table in reversed(METADATA.sorted_tables):
        target.execute(table.delete())
    for table in METADATA.sorted_tables:
        names = [column.name for column in table.columns]
        for some in source.execute(_whole(table, source)).yield_per(AT_ONCE).partitions():
            target.execute(insert(table), [dict(zip(names, row, strict=True)) for row in some])
    for table in METADATA.sorted_tables:
        read, written = (
            connection.execute(_whole(table, connection)).yield_per(AT_ONCE)
            for connection in (source, target)
        )
        if any(one != other for one, other in zip_longest(read, written)):
            raise RegisterError("register.copy_differs", register=shown, table=table.name)


class _StoredText(TypeDecorator[Encoded]):
    """A JSON column's text, to be stored as it was."""

    impl = Text
    cache_ok = True

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Encoded | None:
        """Mark a text as JSON already."""
        return None if value is None else Encoded(value)


def _whole(table: Table, connection: Connection) -> Select[Any]:
    """Return the question for all of a table, in an order that every database knows."""

    def ordered(column: ColumnElement[Any]) -> ColumnElement[Any]:
        is_text = isinstance(column.type, (String, Text))
        return column.collate("C") if is_text and connection.dialect.name != "sqlite" else column

    # JSON goes as the text that it is stored as.
    columns = [
        type_coerce(cast(column, Text), _StoredText).label(column.name)
        if isinstance(column.type, JSON)
        else column
        for column in table.columns
    ]
    return select(*columns).order_by(*map(ordered, table.primary_key.columns))
