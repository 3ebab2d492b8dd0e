"""An SQLite register as a file: found, looked into and brought to this version's tables."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.engine import URL

from geodata.errors import RegisterError
from geodata.register.engine import (
    current_revision,
    make_engine,
    migrate,
    newest_revision,
    parse_address,
    shown_address,
)
from geodata.register.problems import translate_errors

WAIT_S: Final = 20.0
"""How long another's save is waited for."""


def address_of(path: Path) -> URL:
    """Return the address of an SQLite database."""
    return URL.create("sqlite", database=str(path))


def file_of(url: str, tool: str) -> Path:
    """Return the file that a register lies in."""
    address = parse_address(url)
    if address.get_backend_name() != "sqlite":
        raise RegisterError("register.backup_elsewhere", register=shown_address(address), tool=tool)
    return Path(shown_address(address))


def require_file(path: Path) -> None:
    """Raise RegisterError where there is no file that may be read."""
    if path.is_dir():
        raise RegisterError("register.not_a_register", register=str(path))
    if not path.exists():
        raise RegisterError("register.missing", register=str(path))
    if not os.access(path, os.R_OK):
        raise RegisterError("register.unreachable", register=str(path))


@contextmanager
def reading(address: URL) -> Iterator[Connection]:
    """Give a connection that doesn't write."""
    engine = make_engine(address, WAIT_S, writable=False)
    try:
        with translate_errors(shown_address(address)), engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def looking_into(path: Path, shown: Path | None = None) -> Iterator[Connection]:
    """Give a connection that only reads a register; `shown` is what to call it in an error."""
    require_file(path)
    with translate_errors(str(shown or path)), reading(address_of(path)) as connection:
        if current_revision(connection, str(shown or path)) is None:
            raise RegisterError("register.not_a_register", register=str(shown or path))
        yield connection


def bring_up(part: Path, shown: str) -> None:
    """Bring a copy of a register to this version's tables."""
    engine = make_engine(address_of(part), WAIT_S)
    try:
        with translate_errors(shown):
            with engine.connect() as connection:
                current = current_revision(connection, shown)
            if current is None:
                raise RegisterError("register.not_a_register", register=shown)
            if current != newest_revision():
                migrate(engine, shown, keep=False)
    finally:
        engine.dispose()
