"""A database's errors as ours: one place, used for opening, reading and writing."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import (
    DatabaseError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from geodata.errors import RegisterError
from geodata.register import postgresql

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
    if key := postgresql.KEYS.get(getattr(cause, "sqlstate", None) or ""):
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
