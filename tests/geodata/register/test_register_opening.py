"""What may be where a register is to be, and what is said of it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, text

import geodata
from geodata.errors import RegisterError
from geodata.model import Activity
from geodata.register import Register
from geodata.register.schema import METADATA, SEARCH_INDEX

New = Callable[..., Activity]
NOBODY = 65534


@contextmanager
def raised(key: str) -> Iterator[pytest.ExceptionInfo[RegisterError]]:
    with pytest.raises(RegisterError) as caught:
        yield caught
    assert caught.value.key == key


def raw(path: Path, *statements: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection, connection:
        return [row for one in statements for row in connection.execute(one).fetchall()]


@contextmanager
def without_rights(*paths: Path) -> Iterator[None]:
    """Take the right to write away; root, who may write anything, is nobody meanwhile."""
    modes = [path.stat().st_mode for path in paths]
    for path, mode in zip(paths, modes, strict=True):
        path.chmod(mode & ~0o222)
    was_root = os.geteuid() == 0
    if was_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if was_root:
            os.seteuid(0)
        for path, mode in zip(paths, modes, strict=True):
            path.chmod(mode)


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """Give a folder that others may look into, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.sqlite
def test_a_new_register_is_made_with_its_folder_and_is_empty(url: str, path: Path) -> None:
    with Register.open(url) as register:
        assert register.version() == 0
        assert register.counts() == {"activities": 0, "walks": 0, "findings": 0}
    assert path.is_file()
    info = dict(raw(path, "SELECT key, value FROM register_info"))
    assert info["created_by_version"] == geodata.__version__
    assert info.keys() == {"format", "created_at", "created_by_version", "search_form"}


def test_what_was_saved_is_there_when_opened_again(url: str, new_activity: New) -> None:
    kept = new_activity()
    with Register.open(url) as register:
        register.add([kept], by="test")
    with Register.open(url, create=False) as register:
        assert register.activity(kept.id) == kept


@pytest.mark.sqlite
def test_an_empty_file_becomes_a_register(path: Path, url: str) -> None:
    path.parent.mkdir()
    path.touch()
    with Register.open(url) as register:
        assert register.version() == 0


@pytest.mark.sqlite
@pytest.mark.parametrize("touched", [False, True])
def test_nothing_is_made_when_not_asked_for(path: Path, url: str, touched: bool) -> None:
    if touched:
        path.parent.mkdir()
        path.touch()
    with raised("register.missing"):
        Register.open(url, create=False)
    assert path.parent.exists() == touched
    assert not touched or path.stat().st_size == 0


@pytest.mark.sqlite
def test_wal_foreign_keys_and_full_durability_are_on(register: Register) -> None:
    with register.reading() as connection:
        found = [
            connection.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        ]
    assert found == ["wal", 1, 2, 20_000]  # 2 is FULL


@pytest.mark.sqlite
def test_revision_numbers_are_never_given_again(register: Register, path: Path) -> None:
    ((table,),) = raw(path, "SELECT sql FROM sqlite_master WHERE name = 'revision'")
    assert "PRIMARY KEY AUTOINCREMENT" in str(table)


def test_migrations_from_nothing_give_the_schema(register: Register) -> None:
    with register.reading() as connection:
        # The index of words is in each database's own form.
        own = {
            "compare_type": True,
            "include_name": lambda name, *_: not str(name).startswith(SEARCH_INDEX),
        }
        context = MigrationContext.configure(connection, opts=own)
        assert compare_metadata(context, METADATA) == []


@pytest.mark.sqlite
def test_random_bytes_are_not_a_register(path: Path, url: str) -> None:
    path.parent.mkdir()
    path.write_bytes(content := bytes(range(7, 256)) * 40)
    with raised("register.not_a_register"):
        Register.open(url)
    assert path.read_bytes() == content


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "statement",
    ["CREATE TABLE letters (a)", "CREATE TABLE register_info (key TEXT, value TEXT)"],
)
def test_another_programs_database_is_not_a_register(path: Path, url: str, statement: str) -> None:
    path.parent.mkdir()
    raw(path, statement)
    before = path.read_bytes()
    with raised("register.not_a_register"):
        Register.open(url)
    assert path.read_bytes() == before


def test_a_folder_is_not_a_register(tmp_path: Path) -> None:
    with raised("register.not_a_register"):
        Register.open(f"sqlite:///{tmp_path}")


@pytest.mark.sqlite
def test_a_newer_register_is_left_alone(path: Path, url: str, new_activity: New) -> None:
    with Register.open(url) as register:
        register.add([new_activity()], by="test")
    raw(path, "UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    with raised("register.newer"):
        Register.open(url)
    assert path.read_bytes() == before


@pytest.mark.sqlite
def test_a_damaged_register_is_said_to_be(path: Path, url: str, new_activity: New) -> None:
    with Register.open(url) as register:
        register.add((new_activity() for _ in range(200)), by="test")
    ((page_size,),) = raw(path, "PRAGMA page_size")
    assert isinstance(page_size, int)
    whole = path.read_bytes()
    path.write_bytes(whole[:page_size] + b"\xff" * (len(whole) - page_size))
    with raised("register.damaged"), Register.open(url) as register:
        register.activities()


def test_a_file_that_may_only_be_read_is_said_to_be(public_folder: Path) -> None:
    path = public_folder / "register.sqlite"
    Register.open(f"sqlite:///{path}").close()
    before = path.read_bytes()
    with without_rights(path), raised("register.read_only"):
        Register.open(f"sqlite:///{path}")
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["register.sqlite", "deeper/register.sqlite"])
def test_a_folder_that_may_only_be_read_is_said_to_be(public_folder: Path, name: str) -> None:
    with without_rights(public_folder), raised("register.read_only"):
        Register.open(f"sqlite:///{public_folder / name}")
    assert list(public_folder.iterdir()) == []


def test_a_path_through_a_file_is_unreachable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with raised("register.unreachable"):
        Register.open(f"sqlite:///{tmp_path}/file/register.sqlite")


@pytest.mark.sqlite
def test_a_register_that_became_read_only_is_said_to_be(
    register: Register, new_activity: New
) -> None:
    register.close()
    event.listen(
        register._engine, "connect", lambda found, _: found.execute("PRAGMA query_only=ON")
    )
    with raised("register.read_only"):
        register.add([new_activity()], by="test")
    assert register.count_activities() == 0


@pytest.mark.sqlite
def test_a_full_disk_is_said_and_leaves_nothing_half(
    url: str, register: Register, new_activity: New
) -> None:
    kept = new_activity()
    register.add([kept], by="test")
    register.close()
    # SQLite's own limit gives its own SQLITE_FULL, at the first page more than there is.
    event.listen(
        register._engine, "connect", lambda found, _: found.execute("PRAGMA max_page_count=1")
    )
    with raised("register.disk_full"):
        register.add((new_activity() for _ in range(3_000)), by="test")
    assert register.activities() == [kept]
    with Register.open(url) as roomier:
        assert roomier.version() == 1
        assert roomier.add([new_activity()], by="test") == 1


@pytest.mark.sqlite
def test_a_lock_is_waited_for_and_then_said(url: str, path: Path, new_activity: New) -> None:
    with (
        Register.open(url, busy_timeout_s=0.05) as register,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):
        other.execute("BEGIN EXCLUSIVE")
        with raised("register.locked") as caught:
            register.add([new_activity()], by="test")
        assert caught.value.values["register"] == str(path)
        assert register.count_activities() == 0  # reading goes on
        other.execute("ROLLBACK")
        assert register.add([new_activity()], by="test") == 1


@pytest.mark.sqlite
def test_a_lock_on_a_register_being_made_is_said(url: str, path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with raised("register.locked"):
            Register.open(url, busy_timeout_s=0.05)


@pytest.mark.parametrize(
    "address", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x?uri=true"]
)
def test_a_register_without_a_file_is_refused(address: str) -> None:
    with raised("register.no_file"):
        Register.open(address)


@pytest.mark.parametrize(
    "address",
    [
        "no address with s3cret at all",
        "postgresql://planner:s3cret@host:port/register",
        "nosuchdatabase://planner:s3cret@localhost/register?password=s3cret",
        "sqlite://planner:s3cret@localhost/register.sqlite",
        "",
    ],
)
def test_a_useless_address_is_unreachable_and_its_password_not_said(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with raised("register.unreachable") as caught:
        Register.open(address)
    assert "s3cret" not in f"{caught.value}{caught.value.values}"


def test_several_processes_may_make_the_same_register_and_write_to_it(
    url: str, tmp_path: Path
) -> None:
    script = """
import sys, uuid
from datetime import UTC, date, datetime
from geodata.model import Activity, Precision
from geodata.register import Register
start = datetime(2018, 5, 3, 18, 30, tzinfo=UTC)
with Register.open(sys.argv[1]) as register:
    for _ in range(20):
        one = Activity(
            str(uuid.uuid4()), "patrol", None, None, start, Precision.DAY, date(2018, 5, 3)
        )
        register.add([one], by=sys.argv[2])
"""
    root = Path(geodata.__file__).parent.parent
    running = [
        subprocess.Popen([sys.executable, "-c", script, url, f"writer {n}"], cwd=root)
        for n in range(3)
    ]
    assert [one.wait(timeout=120) for one in running] == [0, 0, 0]
    with Register.open(url, create=False) as register:
        assert register.count_activities() == 60
        assert register.version() == 60
