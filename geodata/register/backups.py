"""A register's backup, and its examination."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.engine import URL

from geodata.atomic import put_in_place
from geodata.errors import RegisterError
from geodata.register import databases, queries, search
from geodata.register.damage import Damage, IsPersonal, Tell, examine, foreign_objects
from geodata.register.engine import (
    WAIT_S,
    WRITING,
    address_of,
    bring_to_head,
    bring_up,
    current_revision,
    looking_into,
    make_engine,
    migrate,
    newest_revision,
    opened,
    parse_address,
    prepare_file,
    reading,
    require_file,
    shown_address,
)
from geodata.register.schema import AHEAD_KEY, FORMAT_KEY, register_info


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made, its size, and how many activities, walks and findings are in it."""

    file: Path
    bytes: int
    counts: dict[str, int]


def back_up(url: str, file: Path, *, overwrite: bool = False) -> Backup:
    """Write a backup of a register while others may write to it.

    A backup is a file with a register in it (SQLite), wherever the register lies: it can be
    looked into, checked and restored without the server that it came from.

    Parameters
    ----------
    url : str
        The register's SQLAlchemy URL.
    file : pathlib.Path
        Where; its folder has to be there.
    overwrite : bool, default False
        Whether a file that is there is replaced, once the new one is whole.

    Returns
    -------
    Backup
        What was written, checked and on disk.

    Raises
    ------
    RegisterError
        ``register.missing``, ``register.not_a_register``, ``register.newer``,
        ``register.older`` (on a server), ``register.damaged``, ``register.copy_differs``,
        ``register.copy_there``, ``register.copy_in_use``, ``register.copy_no_folder``,
        ``register.copy_no_room``, ``register.copy_not_writable``. No file was touched.
    """
    address = parse_address(url)
    shown = shown_address(address)
    _require_register(address)
    _require_place(address, file, overwrite=overwrite)
    with databases.told_of_copy(Path(shown), file), databases.beside(file) as part:
        _take_out(address, part)
        with looking_into(part, Path(shown)) as connection:
            counts = queries.counts(connection)
        if not databases.is_whole(part):
            raise RegisterError("register.damaged", register=shown)
        if file.exists() and not overwrite:
            raise RegisterError("register.copy_there", file=str(file))
        put_in_place(part, file)
    return Backup(file, file.stat().st_size, counts)


def _is_file(address: URL) -> bool:
    return address.get_backend_name() == "sqlite"


def _require_register(address: URL) -> None:
    shown = shown_address(address)
    if _is_file(address):
        with looking_into(Path(shown)):
            return
    with reading(address) as connection:
        current = current_revision(connection, shown)
    if current is None:
        raise RegisterError("register.missing", register=shown)
    if current != newest_revision():
        raise RegisterError("register.older", register=shown)


def _take_out(address: URL, part: Path) -> None:
    """Write what a register holds now into a new file."""
    if _is_file(address):
        databases.fill(Path(shown_address(address)), part)
        return
    with opened(part) as engine:
        migrate(engine, str(part), keep=False)
        with reading(address) as source, engine.begin() as target:
            databases.copy_rows(source, target, str(part))


def examine_register(url: str, tell: Tell, is_personal: IsPersonal | None = None) -> dict[str, int]:
    """Look for damage in a register, without changing anything.

    Parameters
    ----------
    url : str
        SQLAlchemy URL. A register of an older version is examined as this version would read
        it, in a copy.
    tell : callable
        Given each `Damage` as it is found.
    is_personal : callable, optional
        Tells of a text whether it holds a personal identity number; every one is asked about.

    Returns
    -------
    dict of str to int
        How many of ``activity``, ``walk``, ``finding`` (void ones too) and ``revision``.

    Raises
    ------
    RegisterError
        ``register.missing``, ``register.not_a_register``, ``register.newer``, and where it is
        too damaged to be read at all ``register.damaged``.
    """
    address = parse_address(url)
    shown = shown_address(address)
    if _is_file(address):
        require_file(Path(shown))
    else:
        _require_register(address)
    with reading(address) as connection, databases.translate_errors(shown):
        current = current_revision(connection, shown)
        if current is None:
            raise RegisterError("register.missing", register=shown)
        if current == newest_revision():
            return examine(connection, tell, is_personal)
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / "copy.sqlite"
        with databases.told_of_copy(Path(shown), part):
            databases.fill(Path(shown), part)
        bring_up(part, shown)
        with reading(address_of(part)) as connection, databases.translate_errors(shown):
            return examine(connection, tell, is_personal)


def _require_place(address: URL, file: Path, *, overwrite: bool) -> None:
    if not file.parent.is_dir():
        raise RegisterError("register.copy_no_folder", file=str(file))
    if file.exists() and _is_file(address) and Path(shown_address(address)).samefile(file):
        raise RegisterError("register.copy_in_use", file=str(file))
    if file.is_dir() or (file.exists() and not overwrite):
        raise RegisterError("register.copy_there", file=str(file))
    # A log beside it belongs to what is there, and would be played into the new file.
    if databases.companion(file, databases.LOG).exists():
        raise RegisterError("register.copy_in_use", file=str(file))


AHEAD: Final = 1_000_000
"""So much newer is a restored register's version: more saves than are made while it is restored."""


@dataclass(frozen=True, slots=True)
class Restored:
    """A register that was restored, and how many activities, walks and findings it holds."""

    # A file's path, or server and database.
    register: str
    # Where what was there before lies now; None where nothing was.
    kept: Path | None
    counts: dict[str, int]


def restore(url: str, file: Path, is_personal: IsPersonal | None = None) -> Restored:
    """Put a backup's records in the place of a register's, and keep what was there.

    What was in a file is kept beside it, what was on a server in a backup beside the one restored.

    Parameters
    ----------
    url : str
        The register's SQLAlchemy URL; made where there is none.
    file : pathlib.Path
        The backup, only read. One that an older version made is brought to this one's tables.
    is_personal : callable, optional
        Tells of a text whether it holds a personal identity number. A backup with one is refused;
        without this it is not asked.

    Returns
    -------
    Restored
        What is there now.

    Raises
    ------
    RegisterError
        About the backup ``register.missing``, ``register.not_a_register``, ``register.newer``,
        ``register.damaged``, ``register.backup_damaged``, ``register.backup_personal``; about the
        register ``register.restore_itself``, ``register.older`` (on a server),
        ``register.not_a_register``, ``register.newer``, ``register.locked``,
        ``register.read_only``, or no room for copies. The register is then as it was.
    """
    address = parse_address(url)
    require_file(file)
    if not _is_file(address):
        with _emptied(address) as (target, holds):
            kept = databases.dated_name(file, "replaced") if holds else None
            if kept is not None:
                back_up(url, kept)
            version = queries.version(target) + AHEAD if holds else 0
            counts = _put_in(file, target, version, is_personal)
        return Restored(shown_address(address), kept, counts)
    path = Path(shown_address(address))
    if path.exists() and path.samefile(file):
        raise RegisterError("register.restore_itself", file=str(file))
    prepare_file(address, create=True)
    version = _version_of(path)
    with databases.beside(path) as part:
        with databases.told_of_copy(file, path):
            databases.fill(file, part)
            counts = _make_ready(part, file, version, is_personal)
        with databases.told_of_copy(path, path):
            kept = _replace(part, path)
    return Restored(str(path), kept, counts)


def move(source: str, target: str) -> Restored:
    """Copy a register with its history into an empty place, of whatever kind both are.

    Parameters
    ----------
    source, target : str
        SQLAlchemy URLs. The source is only read, and stays.

    Returns
    -------
    Restored
        What is there now; every record agrees with its history, and every row with the source's.

    Raises
    ------
    RegisterError
        ``register.not_empty`` where the target holds anything; as `back_up` and `restore` else.
    """
    address = parse_address(target)
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / "moved.sqlite"
        back_up(source, part)
        if _is_file(address):
            path = Path(shown_address(address))
            if path.exists() and path.stat().st_size:
                raise RegisterError("register.not_empty", register=str(path))
            return restore(target, part)
        with _emptied(address) as (connection, holds):
            if holds:
                raise RegisterError("register.not_empty", register=shown_address(address))
            counts = _put_in(part, connection, 0, None)
    return Restored(shown_address(address), None, counts)


@contextmanager
def _emptied(address: URL) -> Iterator[tuple[Connection, bool]]:
    """Give a transaction on a server's register, made where there is none, alone with writing.

    It comes with whether anything was ever recorded there.
    """
    shown = shown_address(address)
    engine = make_engine(address, WAIT_S)
    try:
        with databases.translate_errors(shown):
            with engine.connect() as connection:
                if current_revision(connection, shown) is not None:
                    _require_register(address)
            bring_to_head(engine, shown, create=True)
            with (
                engine.connect().execution_options(**{WRITING: True}) as connection,
                connection.begin(),
            ):
                queue = select(register_info).where(register_info.c.key == FORMAT_KEY)
                connection.execute(queue.with_for_update())
                yield connection, queries.version(connection) > 0
    finally:
        engine.dispose()


def _put_in(
    file: Path, target: Connection, version: int, is_personal: IsPersonal | None
) -> dict[str, int]:
    """Check a backup and copy its rows into a server's register."""
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / "checked.sqlite"
        databases.fill(file, part)
        counts = _make_ready(part, file, version, is_personal)
        with looking_into(part, file) as source:
            databases.copy_rows(source, target, shown_address(target.engine.url))
        databases.go_on_counting(target)
    return counts


def _version_of(target: Path) -> int:
    """Return a version that is newer than any that the register has had."""
    if not target.exists() or not target.stat().st_size:
        return 0
    try:
        with looking_into(target) as connection:
            return queries.version(connection) + AHEAD
    except RegisterError as error:
        # Damage is what a backup is for. The seconds since 1970 are more than anybody saves.
        if error.key != "register.damaged":
            raise
        return int(time.time())


def _make_ready(
    part: Path, file: Path, version: int, is_personal: IsPersonal | None
) -> dict[str, int]:
    """Check a copy of a backup and bring it to this version; return what is in it."""
    with databases.translate_errors(str(file)):
        whole = databases.is_whole(part)
    if not whole:
        raise RegisterError("register.damaged", register=str(file))
    with looking_into(part, file) as connection:
        foreign = list(foreign_objects(connection))
    if foreign:
        # Before its tables are brought up: a trigger would run.
        raise RegisterError("register.backup_damaged", file=str(file), count=len(foreign))
    bring_up(part, str(file))
    found: list[Damage] = []
    with looking_into(part, file) as connection:
        examine(connection, found.append, is_personal)
        counts = queries.counts(connection)
    damaged = [one for one in found if one.key not in ("damage.identity_number", "damage.search")]
    if damaged:
        raise RegisterError("register.backup_damaged", file=str(file), count=len(damaged))
    if any(one.key == "damage.search" for one in found):
        # Made of the records, which are whole.
        with opened(part) as engine, engine.begin() as connection:
            search.fill(connection, anew=True)
    personal = [one for one in found if one.key == "damage.identity_number"]
    if personal:
        raise RegisterError("register.backup_personal", file=str(file), count=len(personal))
    _set_ahead(part, version)
    return counts


def _set_ahead(part: Path, version: int) -> None:
    with opened(part) as engine, engine.begin() as connection:
        connection.execute(delete(register_info).where(register_info.c.key == AHEAD_KEY))
        row = {"key": AHEAD_KEY, "value": str(version)}
        connection.execute(insert(register_info), row)


def _replace(part: Path, target: Path) -> Path | None:
    """Write a register's pages over another's; return where what was there is kept."""
    kept = (
        databases.dated_name(target, "replaced")
        if target.exists() and target.stat().st_size
        else None
    )
    with (
        closing(sqlite3.connect(part)) as new,
        closing(sqlite3.connect(target, timeout=0.1, isolation_level=None)) as old,
    ):
        _require_log(old, target)
        (pages,) = new.execute("PRAGMA page_count").fetchone()
        # Some pages first: they take the write lock, and then what is there can be kept.
        new.backup(old, pages=max(1, pages // 4), progress=_keeping(target, kept), sleep=0.05)
        # What is restored is on disk; that it moves from the log to the file can wait.
        old.execute("PRAGMA wal_checkpoint(PASSIVE)")
    return kept


def _require_log(old: sqlite3.Connection, target: Path) -> None:
    """See that others can read while the register is written; needed to keep what is there."""
    until = time.monotonic() + WAIT_S
    while True:
        try:
            old.execute("PRAGMA synchronous=FULL")
            old.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if time.monotonic() > until:
                raise RegisterError("register.locked", register=str(target)) from error
        except sqlite3.DatabaseError:
            # Too damaged to be asked; its pages can be kept and replaced all the same.
            return
        else:
            return


def _keeping(target: Path, kept: Path | None) -> Callable[[int, int, int], None]:
    """Return what is told of a restore's progress, and keeps the old register at its start."""
    until, done = time.monotonic() + WAIT_S, False

    def told(status: int, _remaining: int, _total: int) -> None:
        nonlocal done
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            if time.monotonic() > until:
                raise RegisterError("register.locked", register=str(target))
        elif not done:
            done = True
            # The lock is held: nothing can be saved between this copy and what replaces it.
            if kept is not None:
                databases.keep_copy(target, kept, check=False)

    return told
