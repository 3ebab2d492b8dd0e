"""A register's backup, and its examination."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from geodata.errors import RegisterError
from geodata.register import queries
from geodata.register.copies import (
    LOG,
    beside,
    companion,
    fill,
    is_whole,
    put_in_place,
    told_of_copy,
)
from geodata.register.damage import IsPersonal, Tell, examine
from geodata.register.engine import (
    current_revision,
    newest_revision,
    parse_address,
    shown_address,
)
from geodata.register.files import (
    address_of,
    bring_up,
    file_of,
    looking_into,
    reading,
    require_file,
)
from geodata.register.problems import translate_errors


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made.

    Parameters
    ----------
    file : pathlib.Path
        Where it lies.
    bytes : int
        Its size.
    counts : mapping of str to int
        How many ``activities``, ``walks`` and ``findings`` are in it.
    """

    file: Path
    bytes: int
    counts: dict[str, int]


def back_up(url: str, file: Path, *, overwrite: bool = False) -> Backup:
    """Write a backup of a register while others may write to it.

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
        ``register.backup_elsewhere`` for another database than SQLite, ``register.missing``,
        ``register.not_a_register``, ``register.newer``, ``register.damaged``,
        ``register.copy_there``, ``register.copy_in_use``, ``register.copy_no_folder``,
        ``register.copy_no_room``, ``register.copy_not_writable``. No file was touched.
    """
    source = file_of(url, "pg_dump")
    with looking_into(source):
        pass
    _require_place(source, file, overwrite=overwrite)
    with told_of_copy(source, file), beside(file) as part:
        fill(source, part)
        with looking_into(part, source) as connection:
            counts = queries.counts(connection)
        if not is_whole(part):
            raise RegisterError("register.damaged", register=str(source))
        if file.exists() and not overwrite:
            raise RegisterError("register.copy_there", file=str(file))
        put_in_place(part, file)
    return Backup(file, file.stat().st_size, counts)


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
    if address.get_backend_name() == "sqlite":
        require_file(Path(shown))
    with reading(address) as connection, translate_errors(shown):
        current = current_revision(connection, shown)
        if current is None:
            raise RegisterError("register.missing", register=shown)
        if current == newest_revision():
            connection.rollback()
            if connection.dialect.name != "sqlite":
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            return examine(connection, tell, is_personal)
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / "copy.sqlite"
        with told_of_copy(Path(shown), part):
            fill(Path(shown), part)
        bring_up(part, shown)
        with reading(address_of(part)) as connection, translate_errors(shown):
            return examine(connection, tell, is_personal)


def _require_place(source: Path, file: Path, *, overwrite: bool) -> None:
    if not file.parent.is_dir():
        raise RegisterError("register.copy_no_folder", file=str(file))
    if file.exists() and source.samefile(file):
        raise RegisterError("register.copy_in_use", file=str(file))
    if file.is_dir() or (file.exists() and not overwrite):
        raise RegisterError("register.copy_there", file=str(file))
    # A log beside it belongs to what is there, and would be played into the new file.
    if companion(file, LOG).exists():
        raise RegisterError("register.copy_in_use", file=str(file))
