"""What the databases tell and ask for, each in its own way: their errors as ours.

PostgreSQL alone has a schema of one's own, and layers for other programs.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import (
    DatabaseError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from geodata.errors import RegisterError
from geodata.register.schema import register_info, revision

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
    except (DBAPIError, sqlite3.Error) as error:
        key = _key(error)
        if key is None:
            raise
        raise RegisterError(key, register=register) from error


def _key(error: DBAPIError | sqlite3.Error) -> str | None:
    """Return an error's key, None for what only a mistake in the program can cause."""
    if isinstance(error, (IntegrityError, sqlite3.IntegrityError)):
        return "register.integrity"
    # Errors on a new connection come as the driver's own, not wrapped by SQLAlchemy.
    cause = error if isinstance(error, sqlite3.Error) else error.orig
    code = getattr(cause, "sqlite_errorcode", None)
    if isinstance(code, int) and code & PRIMARY_CODE in _SQLITE_KEYS:
        return _SQLITE_KEYS[code & PRIMARY_CODE]
    if key := _SERVER_KEYS.get(getattr(cause, "sqlstate", None) or ""):
        return key
    reachable = (OperationalError, InterfaceError, sqlite3.OperationalError)
    if isinstance(error, reachable) or type(error) is DatabaseError:
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


def home(connection: Connection) -> str | None:
    """Return the schema with the register's tables, None where none has been made.

    A register that somebody made in ``public`` stays there.
    """
    there = inspect(connection)
    if there.has_schema(SCHEMA):
        return SCHEMA
    return "public" if there.has_table(register_info.name, schema="public") else None


def make_schema(connection: Connection) -> None:
    """Wait for one's turn to make tables, and see that there is a schema for them.

    A role that may not make schemas needs one with this name that is its own.
    """
    connection.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
    if home(connection) is None:
        connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))


def go_on_counting(connection: Connection) -> None:
    """Let new revisions be numbered after those that were copied with their numbers."""
    sequence = func.pg_get_serial_sequence(revision.name, revision.c.sequence.name)
    newest = select(func.max(revision.c.sequence)).scalar_subquery()
    connection.execute(select(func.setval(sequence, newest)).where(newest.is_not(None)))


# --- layers that QGIS and GeoServer open ----------------------------------------------------------

_GEOMETRY: Final = "ST_GeomFromWKB({}, 4326)::geometry(Geometry, 4326)"

_LAYERS: Final = {
    "activity": ("place", "kind, area_id, start, precision, day, minutes, participants, note"),
    "walk": ("route", "status, area_id, start, precision, day, minutes, participants, note"),
    "finding": ("place", "category, text, status, status_day, owner, due, walk_id, area_id, day"),
    "hot_spot": ("place", "name, valid_from, valid_to, radius_m, weight, reason, area_id"),
}
"""Of each kind that has a place: where it is, and the columns that a map's reader wants."""


def make_layers(connection: Connection) -> None:
    """Make a view with PostGIS geometry (EPSG:4326) of each kind, where there is PostGIS.

    A view is named after its kind: ``layer_activity``. Withdrawn records and internal findings are
    in none. An index (GiST) on the same expression answers what lies in a box.
    """
    installed = text("SELECT 1 FROM pg_extension WHERE extname = 'postgis'")
    if connection.scalar(installed) is None:
        return
    for table, (column, columns) in _LAYERS.items():
        shape = _GEOMETRY.format(column)
        seen = "NOT void AND NOT internal" if table == "finding" else "NOT void"
        connection.execute(
            text(f"CREATE INDEX IF NOT EXISTS gist_{table} ON {table} USING gist (({shape}))")
        )
        # Columns may have changed with the tables.
        connection.execute(text(f"DROP VIEW IF EXISTS layer_{table}"))
        connection.execute(
            text(
                f"CREATE VIEW layer_{table} AS SELECT id, {columns}, "  # noqa: S608 (names above)
                f"{shape} AS geometry FROM {table} WHERE {seen}"
            )
        )
