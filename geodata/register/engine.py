"""Opening a register: its address, its connections, its schema's version."""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, insert, inspect, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from geodata import __version__
from geodata.errors import RegisterError
from geodata.register import databases, search
from geodata.register.schema import FORMAT_KEY, FORMAT_VALUE, register_info, to_json

WAIT_S: Final = 20.0
"""How long another's save is waited for."""


def address_of(path: Path) -> URL:
    """Return the address of an SQLite database."""
    return URL.create("sqlite", database=str(path))


def require_file(path: Path) -> None:
    """Raise RegisterError where there is no file that may be read."""
    if path.is_dir():
        raise RegisterError("register.not_a_register", register=str(path))
    if not path.exists():
        raise RegisterError("register.missing", register=str(path))
    if not os.access(path, os.R_OK):
        raise RegisterError("register.unreachable", register=str(path))


@contextmanager
def opened(path: Path) -> Iterator[Engine]:
    """Give an engine for an SQLite file that nobody else has open, for a while."""
    engine = make_engine(address_of(path), WAIT_S)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def reading(address: URL) -> Iterator[Connection]:
    """Give a connection that doesn't write."""
    engine = make_engine(address, WAIT_S, writable=False)
    try:
        with databases.translate_errors(shown_address(address)), one_state(engine) as connection:
            yield connection
    finally:
        engine.dispose()


def one_state(engine: Engine) -> Connection:
    """Return a connection that sees one state of the register until it is closed."""
    connection = engine.connect()
    if engine.dialect.name == "sqlite":
        return connection  # a transaction of SQLite's always does
    return connection.execution_options(isolation_level="REPEATABLE READ")


@contextmanager
def looking_into(path: Path, shown: Path | None = None) -> Iterator[Connection]:
    """Give a connection that only reads a register; `shown` is what to call it in an error."""
    require_file(path)
    with databases.translate_errors(str(shown or path)), reading(address_of(path)) as connection:
        if current_revision(connection, str(shown or path)) is None:
            raise RegisterError("register.not_a_register", register=str(shown or path))
        yield connection


def bring_up(part: Path, shown: str) -> None:
    """Bring a copy of a register to this version's tables."""
    with opened(part) as engine, databases.translate_errors(shown):
        with engine.connect() as connection:
            current = current_revision(connection, shown)
        if current is None:
            raise RegisterError("register.not_a_register", register=shown)
        if current != newest_revision():
            migrate(engine, shown, keep=False)


MIGRATIONS: Final = Path(__file__).parent / "migrations"

WRITING: Final = "register_writing"
"""Execution option of a connection that is going to write."""

_MIGRATING: Final = Lock()
"""Alembic keeps the migration under way in module state: one at a time in a process."""


def parse_address(url: str) -> URL:
    """Return a register's address.

    Raises
    ------
    RegisterError
        ``register.unreachable`` if it can't be read as a SQLAlchemy URL, ``register.no_file``
        for an SQLite database without a file of its own. The address isn't repeated: it may
        hold a password.
    """
    try:
        address = make_url(url)
        backend = address.get_backend_name()
    except (ArgumentError, ValueError):
        raise RegisterError("register.unreachable", register="?") from None
    database = address.database or ":memory:"
    if backend == "sqlite" and (database == ":memory:" or database.startswith("file:")):
        raise RegisterError("register.no_file")
    # The driver that this program comes with; SQLAlchemy's own choice is an older one.
    return (
        address.set(drivername="postgresql+psycopg")
        if backend == address.drivername == "postgresql"
        else address
    )


def shown_address(address: URL) -> str:
    """Return what may be said of an address: a file's path, or server and database.

    The user, the password and the options (which may hold a password too) are left out.
    """
    if address.get_backend_name() == "sqlite":
        return str(address.database)
    port = f":{address.port}" if address.port else ""
    return f"{address.get_backend_name()}://{address.host or ''}{port}/{address.database or ''}"


def prepare_file(address: URL, *, create: bool) -> None:
    """Make sure that an SQLite register's file can be written, and that its folder is there.

    SQLite would open a file that it may only read, and fail at the first save.
    """
    shown = shown_address(address)
    path = Path(shown)
    with databases.translate_file_errors(shown):
        if path.is_dir():
            raise RegisterError("register.not_a_register", register=shown)
        exists = path.exists()
        if not exists and not create:
            raise RegisterError("register.missing", register=shown)
        if not exists:
            path.parent.mkdir(parents=True, exist_ok=True)
    # SQLite keeps its log and its index in files beside the register.
    if not _writable(path.parent) or (exists and not _writable(path)):
        raise RegisterError("register.read_only", register=shown)


def refuse_missing(address: URL) -> None:
    """Raise RegisterError (``register.missing``) where an open SQLite register's file is gone.

    SQLite would make an empty one at the next connection, and an old connection would go on
    writing to a file that no longer has a name.
    """
    if address.get_backend_name() == "sqlite" and not Path(shown_address(address)).exists():
        raise RegisterError("register.missing", register=shown_address(address))


def _writable(path: Path) -> bool:
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def make_engine(address: URL, busy_timeout_s: float, *, writable: bool = True) -> Engine:
    """Return an engine; on SQLite with foreign keys, full durability and early write locks.

    Elsewhere whoever reads sees one state until the end, as on SQLite.
    """
    is_sqlite = address.get_backend_name() == "sqlite"
    options: dict[str, Any] = {
        "json_serializer": to_json,
        # What was recorded doesn't belong in a log.
        "hide_parameters": True,
        "pool_pre_ping": not is_sqlite,
        "connect_args": {"timeout": busy_timeout_s}
        if is_sqlite
        else databases.server_options(address, busy_timeout_s),
    }
    if is_sqlite and not writable:
        path = Path(shown_address(address))
        options["creator"] = lambda: databases.read_only(path, busy_timeout_s)
    try:
        engine = create_engine(address, **options)
    except (ArgumentError, NoSuchModuleError, ImportError):
        # SQLAlchemy's own message may repeat the whole address, password and all.
        raise RegisterError("register.unreachable", register=shown_address(address)) from None
    if is_sqlite:
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _beginning(busy_timeout_s))
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:
    # Transactions are begun below and not by the driver, which would begin them too late:
    # https://docs.sqlalchemy.org/en/21/dialects/sqlite.html (enabling non-legacy transactions)
    connection.isolation_level = None
    with closing(connection.cursor()) as cursor:
        cursor.execute("PRAGMA foreign_keys=ON")
        # In WAL mode less than FULL may lose the last saves when the power goes.
        cursor.execute("PRAGMA synchronous=FULL")
        # 32 MiB (the sign says KiB): the map's indexes of 100,000 activities fit.
        cursor.execute("PRAGMA cache_size=-32768")


def _beginning(busy_timeout_s: float) -> Callable[[Connection], None]:
    """Return what begins SQLite's transactions."""

    def begin(connection: Connection) -> None:
        # A transaction that reads first and writes later could find that somebody else wrote
        # meanwhile, and fail at once; one that takes the lock at its start waits its turn.
        if connection.get_execution_options().get(WRITING):
            _take_write_lock(connection.connection.driver_connection, busy_timeout_s)
        else:
            connection.exec_driver_sql("BEGIN")

    return begin


def _take_write_lock(driver: Any, busy_timeout_s: float) -> None:
    """Begin a transaction that writes, trying again for a while where another one is under way.

    SQLite's own waiting asks ever more seldom, so that who has waited longest is the least
    likely to get the lock; here all who wait are as likely.
    """
    until = time.monotonic() + busy_timeout_s
    driver.execute("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                driver.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                busy = error.sqlite_errorcode & databases.PRIMARY_CODE == sqlite3.SQLITE_BUSY
                if not busy or time.monotonic() > until:
                    raise
            else:
                return
            time.sleep(random.uniform(0.001, 0.02))  # noqa: S311 (only to come at other times)
    finally:
        driver.execute(f"PRAGMA busy_timeout={round(busy_timeout_s * 1_000)}")


def migration_config(connection: Connection) -> Config:
    """Return Alembic's configuration for a register that is connected to.

    A new migration is drafted by ``alembic.command.revision(config, autogenerate=True)``.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def bring_to_head(engine: Engine, register: str, *, create: bool) -> Path | None:
    """Create the tables of a new register, or bring an older one's to this version's."""
    with engine.connect() as connection:
        current = current_revision(connection, register)
    if current is None and not create:
        raise RegisterError("register.missing", register=register)
    if engine.dialect.name == "sqlite":
        # Readers can read while one writes; the file remembers it, other databases can do so.
        with closing(engine.raw_connection()) as pooled, closing(pooled.cursor()) as cursor:
            cursor.execute("PRAGMA journal_mode=WAL")
    return None if current == newest_revision() else migrate(engine, register)


def newest_revision() -> str | None:
    """Return the migration that a register of this version has come to."""
    return _scripts().get_current_head()


@cache
def _scripts() -> ScriptDirectory:
    """Return this version's migrations, which are read as they are first asked for."""
    return ScriptDirectory(str(MIGRATIONS))


def migrate(engine: Engine, register: str, *, keep: bool = True) -> Path | None:
    """Bring a register to this version's tables; return the copy that was kept, if any."""
    kept = None
    with (
        _MIGRATING,
        engine.connect().execution_options(**{WRITING: True}) as connection,
        connection.begin(),
    ):
        if engine.dialect.name != "sqlite":
            databases.make_schema(connection)
        # Another process may have done it while this one waited for the lock.
        current = current_revision(connection, register)
        is_older = current is not None and current != newest_revision()
        if is_older and keep and engine.dialect.name == "sqlite":
            # Nobody else writes now, so the copy is what the migration starts from.
            path = Path(shown_address(engine.url))
            kept = databases.dated_name(path, str(current))
            databases.keep_copy(path, kept)
        command.upgrade(migration_config(connection), "head")
        if current is None:
            connection.execute(insert(register_info), _birth_certificate())
        search.fill(connection)
        if engine.dialect.name != "sqlite":
            databases.make_layers(connection)
    return kept


def _birth_certificate() -> list[dict[str, str]]:
    values = {
        FORMAT_KEY: FORMAT_VALUE,
        "created_at": datetime.now(UTC).isoformat(),
        "created_by_version": __version__,
    }
    return [{"key": key, "value": value} for key, value in values.items()]


def current_revision(connection: Connection, register: str) -> str | None:
    """Return the migration that a register has come to, None for an empty database."""
    schema = None if connection.dialect.name == "sqlite" else databases.home(connection)
    none = schema is None and connection.dialect.name != "sqlite"
    tables = [] if none else inspect(connection).get_table_names(schema)
    if not tables:
        return None
    marker = select(register_info.c.value).where(register_info.c.key == FORMAT_KEY)
    if register_info.name not in tables or connection.scalar(marker) != FORMAT_VALUE:
        raise RegisterError("register.not_a_register", register=register)
    current = MigrationContext.configure(connection).get_current_revision()
    if current not in {known.revision for known in _scripts().walk_revisions()}:
        raise RegisterError("register.newer", register=register)
    return current
