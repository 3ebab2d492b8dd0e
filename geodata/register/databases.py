"""What the databases tell and ask for, each in its own way: their errors as ours, and whole copies.

PostgreSQL alone has a schema of one's own, and layers for other programs. A file is copied page by
page, consistent while others write, and never half; between databases of two kinds every row is
copied and compared.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.engine import URL
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from geodata.atomic import put_in_place
from geodata.errors import RegisterError
from geodata.register.schema import METADATA, Encoded, register_info, revision
from geodata.register.search import reindex

_SQLITE_KEYS: Final[Mapping[int, str]] = {
    sqlite3.SQLITE_BUSY: "register.locked",
    sqlite3.SQLITE_LOCKED: "register.locked",
    sqlite3.SQLITE_PERM: "register.read_only",
    sqlite3.SQLITE_READONLY: "register.read_only",
    sqlite3.SQLITE_FULL: "register.disk_full",
    sqlite3.SQLITE_NOTADB: "register.not_a_register",
    sqlite3.SQLITE_CORRUPT: "register.damaged",
}
"""SQLite's primary result codes, https://www.sqlite.org/rescode.html"""

PRIMARY_CODE: Final = 0xFF
"""An extended result code holds its primary code in its lowest eight bits."""

_SERVER_KEYS: Final[Mapping[str, str]] = {
    "25006": "register.read_only",
    "42501": "register.read_only",
    "40P01": "register.locked",
    "53100": "register.disk_full",
    "53300": "register.locked",
    "55P03": "register.locked",
    "XX001": "register.damaged",
    "XX002": "register.damaged",
}
"""What its codes tell, https://www.postgresql.org/docs/current/errcodes-appendix.html"""

_OS_KEYS: Final[Mapping[int | None, str]] = {
    errno.EACCES: "register.read_only",
    errno.EPERM: "register.read_only",
    errno.EROFS: "register.read_only",
    errno.ENOSPC: "register.disk_full",
    errno.EDQUOT: "register.disk_full",
}


@contextmanager
def translate_errors(register: str) -> Iterator[None]:
    """Turn a database's errors into `RegisterError`; everything else passes through."""
    try:
        yield
    except PoolTimeoutError as error:
        raise RegisterError("register.locked", register=register) from error
    except (exc.DBAPIError, sqlite3.Error) as error:
        key = _key(error)
        if key is None:
            raise
        raise RegisterError(key, register=register) from error


def _key(error: exc.DBAPIError | sqlite3.Error) -> str | None:
    """Return an error's key, None for what only a mistake in the program can cause."""
    if isinstance(error, (exc.IntegrityError, sqlite3.IntegrityError)):
        return "register.integrity"
    # Errors on a new connection come as the driver's own, not wrapped by SQLAlchemy.
    cause = error if isinstance(error, sqlite3.Error) else error.orig
    code = getattr(cause, "sqlite_errorcode", None)
    if isinstance(code, int) and code & PRIMARY_CODE in _SQLITE_KEYS:
        return _SQLITE_KEYS[code & PRIMARY_CODE]
    if key := _SERVER_KEYS.get(getattr(cause, "sqlstate", None) or ""):
        return key
    reachable = (exc.OperationalError, exc.InterfaceError, sqlite3.OperationalError)
    if isinstance(error, reachable) or type(error) is exc.DatabaseError:
        return "register.unreachable"
    return None


@contextmanager
def translate_file_errors(register: str) -> Iterator[None]:
    """Turn the operating system's errors into `RegisterError`.

    Apart from `translate_errors`, since reading a file that is being imported must not be told
    as the register's fault.
    """
    try:
        yield
    except OSError as error:
        key = _OS_KEYS.get(error.errno, "register.unreachable")
        raise RegisterError(key, register=register) from error


# --- PostgreSQL ----------------------------------------------------------------------------------

SCHEMA: Final = "lofteskartan"
"""Where the tables lie: beside extensions and other programs' tables, not among them."""

CONNECT_WAIT_S: Final = 10

_ONE_AT_A_TIME: Final = 0x6C6F6674
"""The number of the lock that those take who make or change tables."""


def server_options(address: URL, wait_s: float) -> dict[str, Any]:
    """Return what a connection is begun with; what the address says itself counts more."""
    given = address.query.get("options", "")
    own = f"-c search_path={SCHEMA},public -c lock_timeout={round(wait_s * 1_000)}"
    return {"options": f"{own} {given}".strip(), "connect_timeout": CONNECT_WAIT_S}


def home(connection: sa.Connection) -> str | None:
    """Return the schema with the register's tables, None where none has been made.

    A register that somebody made in ``public`` stays there.
    """
    there = sa.inspect(connection)
    if there.has_schema(SCHEMA):
        return SCHEMA
    return "public" if there.has_table(register_info.name, schema="public") else None


def make_schema(connection: sa.Connection) -> None:
    """Wait for one's turn to make tables, and see that there is a schema for them.

    A role that may not make schemas needs one with this name that is its own.
    """
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
    if home(connection) is None:
        connection.execute(sa.text(f"CREATE SCHEMA {SCHEMA}"))


def go_on_counting(connection: sa.Connection) -> None:
    """Let new revisions be numbered after those that were copied with their numbers."""
    sequence = sa.func.pg_get_serial_sequence(revision.name, revision.c.sequence.name)
    newest = sa.select(sa.func.max(revision.c.sequence)).scalar_subquery()
    connection.execute(sa.select(sa.func.setval(sequence, newest)).where(newest.is_not(None)))


# --- layers that QGIS and GeoServer open ----------------------------------------------------------

_GEOMETRY: Final = "ST_GeomFromWKB({}, 4326)::geometry(Geometry, 4326)"

_LAYERS: Final = {
    "activity": ("place", "kind, area_id, start, precision, day, minutes, participants, note"),
    "walk": ("route", "status, area_id, start, precision, day, minutes, participants, note"),
    "finding": (
        "place",
        "category, text, status, status_day, owner, function, due, walk_id, area_id, day",
    ),
    "hot_spot": ("place", "name, valid_from, valid_to, radius_m, weight, reason, area_id"),
}
"""Of each kind that has a place: where it is, and the columns that a map's reader wants."""


def make_layers(connection: sa.Connection) -> None:
    """Make a view with PostGIS geometry (EPSG:4326) of each kind, where there is PostGIS.

    A view is named after its kind: ``layer_activity``. Withdrawn records and internal findings are
    in none. An index (GiST) on the same expression answers what lies in a box.
    """
    installed = sa.text("SELECT 1 FROM pg_extension WHERE extname = 'postgis'")
    if connection.scalar(installed) is None:
        return
    for table, (column, columns) in _LAYERS.items():
        shape = _GEOMETRY.format(column)
        seen = "NOT void AND NOT internal" if table == "finding" else "NOT void"
        connection.execute(
            sa.text(f"CREATE INDEX IF NOT EXISTS gist_{table} ON {table} USING gist (({shape}))")
        )
        # Columns may have changed with the tables.
        connection.execute(sa.text(f"DROP VIEW IF EXISTS layer_{table}"))
        connection.execute(
            sa.text(
                f"CREATE VIEW layer_{table} AS SELECT id, {columns}, "  # noqa: S608 (names above)
                f"{shape} AS geometry FROM {table} WHERE {seen}"
            )
        )


# --- whole copies --------------------------------------------------------------------------------

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


def copy_rows(source: sa.Connection, target: sa.Connection, shown: str) -> None:
    """Put all of a register's rows in the place of another's; both have this version's tables.

    `shown` is what to call the other in an error: ``register.copy_differs`` where what was written
    is not what was read, row by row.
    """
    for table in reversed(METADATA.sorted_tables):
        target.execute(table.delete())
    for table in METADATA.sorted_tables:
        names = [column.name for column in table.columns]
        for some in source.execute(_whole(table, source)).yield_per(AT_ONCE).partitions():
            target.execute(sa.insert(table), [dict(zip(names, row, strict=True)) for row in some])
    reindex(target)
    for table in METADATA.sorted_tables:
        read, written = (
            connection.execute(_whole(table, connection)).yield_per(AT_ONCE)
            for connection in (source, target)
        )
        if any(one != other for one, other in zip_longest(read, written)):
            raise RegisterError("register.copy_differs", register=shown, table=table.name)


class _StoredText(sa.TypeDecorator[Encoded]):
    """A JSON column's text, to be stored as it was."""

    impl = sa.Text
    cache_ok = True

    def process_result_value(self, value: str | None, _dialect: sa.Dialect) -> Encoded | None:
        """Mark a text as JSON already."""
        return None if value is None else Encoded(value)


def _whole(table: sa.Table, connection: sa.Connection) -> sa.Select[Any]:
    """Return the question for all of a table, in an order that every database knows."""

    def ordered(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        is_text = isinstance(column.type, (sa.String, sa.Text))
        return column.collate("C") if is_text and connection.dialect.name != "sqlite" else column

    # JSON goes as the text that it is stored as.
    columns = [
        sa.type_coerce(sa.cast(column, sa.Text), _StoredText).label(column.name)
        if isinstance(column.type, sa.JSON)
        else column
        for column in table.columns
    ]
    return sa.select(*columns).order_by(*map(ordered, table.primary_key.columns))
