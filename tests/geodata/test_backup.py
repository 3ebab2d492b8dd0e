"""A backup is whole, and so is what is restored; nothing is lost on the way."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from typer.testing import CliRunner, Result

from geodata.cli import command_line
from geodata.errors import RegisterError
from geodata.model import Activity, Precision, Walk, WalkStatus
from geodata.register import Register, databases
from geodata.register.backups import back_up, examine_register, restore
from geodata.register.damage import Damage
from geodata.register.engine import make_engine, migration_config, parse_address
from geodata.service import Service
from geodata.settings import NO_BASEMAP, Settings

START = datetime(2018, 5, 3, 18, 30, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


def activity(name: str, minutes: int = 30) -> Activity:
    links = ("boras-2018/1",)
    day = date(2018, 5, 3)
    return Activity(name, "foot_patrol", "norrby", None, START, Precision.DAY, day, minutes, links)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "register.sqlite"


@pytest.fixture
def url(path: Path) -> str:
    with Register.open(f"sqlite:///{path}") as register:
        walk = Walk("w", "hulta", WalkStatus.HELD, START, Precision.DAY, START.date())
        register.add([activity("a"), activity("b")], [walk], by="test")
        register.change(activity("a", 45), by="test", expected_number=1)
    return f"sqlite:///{path}"


@pytest.fixture
def file(url: str, tmp_path: Path) -> Path:
    """Give a backup of the register."""
    return back_up(url, tmp_path / "backup.sqlite").file


@contextmanager
def raised(key: str) -> Iterator[pytest.ExceptionInfo[RegisterError]]:
    with pytest.raises(RegisterError) as caught:
        yield caught
    assert caught.value.key == key


def damage_in(url: str) -> list[Damage]:
    found: list[Damage] = []
    examine_register(url, found.append)
    return found


def rows_of(path: Path) -> dict[str, list[Any]]:
    """Return everything that a database holds, by table."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        names = [
            n for (n,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        return {n: connection.execute(f"SELECT * FROM {n}").fetchall() for n in names}


def names_in(folder: Path) -> list[str]:
    """Return what lies in a folder, without what SQLite leaves beside a register that is read."""
    names = (one.name for one in folder.iterdir())
    return sorted(
        name for name in names if name not in ("register.sqlite-wal", "register.sqlite-shm")
    )


def without_version(rows: dict[str, list[Any]]) -> dict[str, list[Any]]:
    kept = [row for row in rows["register_info"] if row[0] != "version_ahead"]
    return {**rows, "register_info": kept}


# --- backup --------------------------------------------------------------------------------------


def test_a_backup_is_one_file_that_holds_what_the_register_held(
    url: str, path: Path, tmp_path: Path
) -> None:
    with Register.open(url) as register:
        # Still in the register's log, not in its file.
        register.add([activity("c")], by="test")
        made = back_up(url, tmp_path / "out.sqlite")
        assert rows_of(made.file) == rows_of(path)
    assert made.counts == {"activities": 4, "walks": 1, "findings": 0}
    assert made.bytes == made.file.stat().st_size
    assert names_in(tmp_path) == ["out.sqlite", "register.sqlite"]
    # It can be read where nothing can be written beside it.
    with closing(sqlite3.connect(f"file:{made.file}?immutable=1", uri=True)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert damage_in(f"sqlite:///{made.file}") == []


def test_a_backup_is_consistent_while_others_write(url: str, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        with Register.open(url) as register:
            number = 0
            while not stop.is_set():
                pair = [activity(f"{number}-{half}") for half in (0, 1)]
                register.add(pair, by="other")
                number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            made = back_up(url, tmp_path / f"{number}.sqlite")
            assert damage_in(f"sqlite:///{made.file}") == []
            assert made.counts["activities"] % 2 == 1  # two, a walk's, and pairs
    finally:
        stop.set()
        writer.join()


def test_a_file_that_is_there_is_kept_unless_told(url: str, tmp_path: Path) -> None:
    file = tmp_path / "there.sqlite"
    file.write_text("letters")
    with raised("register.copy_there"):
        back_up(url, file)
    assert file.read_text() == "letters"
    back_up(url, file, overwrite=True)
    assert damage_in(f"sqlite:///{file}") == []
    with raised("register.copy_there"):
        back_up(url, tmp_path, overwrite=True)


def test_a_register_in_use_is_never_written_over(url: str, path: Path, tmp_path: Path) -> None:
    with raised("register.copy_in_use"):
        back_up(url, path, overwrite=True)
    other = tmp_path / "other.sqlite"
    with Register.open(f"sqlite:///{other}") as register:
        register.add([activity("z")], by="test")
        with raised("register.copy_in_use"):
            back_up(url, other, overwrite=True)
        assert register.activity("z")


def test_what_can_not_be_backed_up_is_said(url: str, tmp_path: Path) -> None:
    out = tmp_path / "out.sqlite"
    with raised("register.missing"):
        back_up(f"sqlite:///{tmp_path}/none.sqlite", out)
    (tmp_path / "notes.txt").write_text("notes " * 500)
    with raised("register.not_a_register"):
        back_up(f"sqlite:///{tmp_path}/notes.txt", out)
    with raised("register.copy_no_folder"):
        back_up(url, tmp_path / "none" / "out.sqlite")
    with raised("register.unreachable") as caught:
        back_up("postgresql://planner:s3cret@127.0.0.1:1/lofte", out)
    assert "s3cret" not in f"{caught.value}{caught.value.values}"
    assert not out.exists()


def test_a_damaged_register_gives_no_backup(url: str, path: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute("INSERT INTO activity_party VALUES ('gone', 'police', 0)")
    with raised("register.damaged"):
        back_up(url, tmp_path / "out.sqlite")
    assert names_in(tmp_path) == ["register.sqlite"]


def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let SQLite say that the disk is full, as it does itself, when a copy is filled."""

    def fill(source: Path, part: Path) -> None:
        with closing(sqlite3.connect(part)) as new:
            new.execute("PRAGMA max_page_count=2")
            new.execute("CREATE TABLE a (b)")
            new.execute("INSERT INTO a VALUES (zeroblob(100000))")

    monkeypatch.setattr(databases, "fill", fill)


def test_no_room_for_a_copy_is_said_and_leaves_nothing(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full_disk(monkeypatch)
    with raised("register.copy_no_room") as caught:
        back_up(url, tmp_path / "out.sqlite")
    assert caught.value.values["file"] == str(tmp_path / "out.sqlite")
    assert names_in(tmp_path) == ["register.sqlite"]


# --- restore -------------------------------------------------------------------------------------


def test_a_restored_register_is_as_it_was_and_what_was_there_is_kept(
    url: str, path: Path, file: Path
) -> None:
    before = rows_of(path)
    with Register.open(url) as register:
        register.change(activity("a", 99), by="test", expected_number=2)
        register.add([activity("later")], by="test")
        latest = rows_of(path)
        done = restore(url, file)
    assert done.register == str(path)
    assert done.counts == {"activities": 3, "walks": 1, "findings": 0}
    assert without_version(rows_of(path)) == before
    assert done.kept is not None
    assert done.kept.parent == path.parent
    assert rows_of(done.kept) == latest
    assert damage_in(url) == damage_in(f"sqlite:///{done.kept}") == []
    # And back again.
    restore(url, done.kept)
    assert without_version(rows_of(path)) == without_version(latest)


def test_a_register_is_restored_where_none_is(file: Path, tmp_path: Path) -> None:
    target = tmp_path / "new folder" / "register.sqlite"
    done = restore(f"sqlite:///{target}", file)
    assert done.kept is None
    assert without_version(rows_of(target)) == rows_of(file)
    assert names_in(target.parent) == ["register.sqlite"]
    with Register.open(f"sqlite:///{target}") as register:
        assert register.add([activity("new")], by="test") == 1


def test_programs_that_have_it_open_go_on_and_see_what_was_restored(url: str, file: Path) -> None:
    settings = Settings(url, (), NO_BASEMAP)
    service = Service.open(settings)
    try:
        service.register.change(activity("a", 99), by="test", expected_number=2)
        seen = {service.register.version()}
        day = date(2018, 6, 1)
        assert service.latest_activities(day, "norrby")["norrby"].id in ("a", "b")
        service.register.void("activity", "a", by="test", expected_number=3)
        service.register.void("activity", "b", by="test", expected_number=1)
        seen.add(service.register.version())
        assert "norrby" not in service.latest_activities(day, "norrby")
        restore(url, file)
        # A version that nothing else has had: what was kept for another one is not shown again.
        assert service.register.version() > max(seen)
        assert service.latest_activities(day, "norrby")["norrby"].id in ("a", "b")
        assert service.register.activity("a").minutes == 45
        service.register.change(activity("a", 50), by="test", expected_number=2)
        restored = service.register.version()
        restore(url, file)
        assert service.register.version() > restored
    finally:
        service.close()
    assert damage_in(url) == []


OTHER = """
import sys
from geodata.register import Register
from geodata.errors import RegisterError
with Register.open(sys.argv[1], create=False) as register:
    print(register.activity("a").minutes, flush=True)
    for line in sys.stdin:
        number = register.newest_number("activity", "a")
        print(register.activity("a").minutes, number, flush=True)
"""


def test_another_process_that_has_it_open_sees_it_too(url: str, file: Path) -> None:
    with (
        Register.open(url) as register,
        subprocess.Popen(
            [sys.executable, "-c", OTHER, url],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as other,
    ):
        assert other.stdin is not None
        assert other.stdout is not None
        register.change(activity("a", 99), by="test", expected_number=2)
        assert other.stdout.readline().split()[0] in ("45", "99")
        done = restore(url, file)
        assert done.kept is not None
        other.stdin.write("\n")
        other.stdin.flush()
        assert other.stdout.readline().split() == ["45", "2"]
        other.stdin.close()
        assert other.wait(timeout=30) == 0
    assert damage_in(url) == []


def test_no_save_falls_between_what_is_kept_and_what_is_restored(url: str, file: Path) -> None:
    stop, answered = threading.Event(), list[str]()

    def write() -> None:
        with Register.open(url) as register:
            number = 0
            while not stop.is_set():
                register.add([activity(f"n{number}")], by="other")
                answered.append(f"n{number}")
                number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        kept = [restore(url, file).kept for _ in range(4)]
    finally:
        stop.set()
        writer.join()
    found: set[str] = set()
    for address in [url, *(f"sqlite:///{one}" for one in kept)]:
        with Register.open(address) as register:
            found |= register.existing_ids("activity", answered)
    assert found == set(answered)
    assert len(answered) > 4


def test_a_register_that_is_being_written_is_waited_for_and_then_said(
    url: str, path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geodata.register.backups.WAIT_S", 0.2)
    before = rows_of(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with raised("register.locked"):
            restore(url, file)
    assert rows_of(path) == before
    assert names_in(path.parent) == ["backup.sqlite", "register.sqlite"]


def test_a_damaged_register_is_replaced_and_kept_as_it_is(url: str, path: Path, file: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    whole = path.read_bytes()
    path.write_bytes(whole[:size] + b"\xff" * (len(whole) - size))
    with raised("register.damaged"):
        Register.open(url)
    done = restore(url, file)
    assert without_version(rows_of(path)) == rows_of(file)
    assert done.kept is not None
    assert done.kept.read_bytes()[size:] == b"\xff" * (len(whole) - size)


def broken(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        for one in statements:
            connection.execute(one)


PLANTED = (
    "CREATE TRIGGER t AFTER INSERT ON activity BEGIN UPDATE activity SET note = 'x'; END",
    "CREATE VIEW v AS SELECT * FROM activity",
    "CREATE TABLE more (x)",
    "CREATE INDEX more ON activity (note)",
    "ALTER TABLE activity ADD COLUMN more TEXT",
    "ALTER TABLE activity ADD COLUMN more TEXT AS (upper(note)) VIRTUAL",
    "DROP INDEX ix_activity_area",
)
"""What nothing in the program does to a register."""


@pytest.mark.parametrize(
    ("statement", "key"),
    [
        ("UPDATE activity SET minutes = 1 WHERE id = 'a'", "register.backup_damaged"),
        ("DELETE FROM revision WHERE entity_id = 'a'", "register.backup_damaged"),
        ("INSERT INTO activity_party VALUES ('gone', 'police', 0)", "register.damaged"),
        ("UPDATE alembic_version SET version_num = '9999'", "register.newer"),
        ("UPDATE register_info SET value = 'x' WHERE key = 'format'", "register.not_a_register"),
        ("DROP TABLE register_info", "register.not_a_register"),
        *((statement, "register.backup_damaged") for statement in PLANTED),
    ],
)
def test_a_backup_with_any_fault_is_refused_and_nothing_is_touched(
    url: str, path: Path, file: Path, statement: str, key: str
) -> None:
    broken(file, statement)
    before = rows_of(path)
    with raised(key):
        restore(url, file)
    assert rows_of(path) == before
    assert names_in(path.parent) == ["backup.sqlite", "register.sqlite"]


def test_a_trigger_in_an_older_backup_never_runs(older: str, path: Path, tmp_path: Path) -> None:
    file = tmp_path / "old.sqlite"
    shutil.copyfile(path, file)
    broken(
        file,
        "CREATE TRIGGER t AFTER UPDATE ON alembic_version"
        " BEGIN INSERT INTO register_info VALUES ('ran', 'x'); END",
    )
    with raised("register.backup_damaged"):
        restore(f"sqlite:///{tmp_path / 'new.sqlite'}", file)
    assert not (tmp_path / "new.sqlite").exists()


def test_a_backup_that_holds_an_identity_number_is_restored_only_if_one_says_so(
    path: Path, file: Path, said: Callable[..., Result]
) -> None:
    # Written past the program, as an older version may have: row and history agree.
    broken(
        file,
        "UPDATE activity SET note = 'Ring 811218-9876' WHERE id = 'a'",
        "UPDATE revision SET content = json_set(content, '$.note', 'Ring 811218-9876')"
        " WHERE entity_id = 'a'",
    )
    checked = said("check", "--register", file)
    assert checked.exit_code == 1
    assert "a: version 1 holds a personal identity" in checked.stderr
    assert "9876" not in checked.output
    before = rows_of(path)
    refused = said("restore", file, "--register", path)
    assert refused.exit_code == 1
    assert "--keep-identity-numbers" in refused.stderr
    assert rows_of(path) == before
    assert said("restore", file, "--register", path, "--keep-identity-numbers").exit_code == 0
    restored = without_version(rows_of(path))
    # The words that find it are made of what it says now.
    assert [row[3].split()[0] for row in restored["search_text"]] == ["ring"]
    assert restored | {n: [] for n in restored if n.startswith("search_")} == rows_of(file) | {
        n: [] for n in restored if n.startswith("search_")
    }


def test_what_is_no_backup_is_refused(url: str, path: Path, tmp_path: Path) -> None:
    before = rows_of(path)
    text, empty = tmp_path / "text", tmp_path / "empty"
    text.write_text("letters " * 1_000)
    empty.touch()
    half = tmp_path / "half"
    half.write_bytes(path.read_bytes()[:20_000])
    for file, key in (
        (tmp_path / "none", "register.missing"),
        (tmp_path, "register.not_a_register"),
        (text, "register.not_a_register"),
        (empty, "register.not_a_register"),
        (half, "register.damaged"),
        (path, "register.restore_itself"),
    ):
        with raised(key):
            restore(url, file)
    assert rows_of(path) == before


def test_nothing_but_a_register_is_replaced(file: Path, tmp_path: Path) -> None:
    other, text = tmp_path / "other.sqlite", tmp_path / "text.txt"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE letters (a)")
    text.write_text("letters " * 1_000)
    for target in (other, text):
        before = target.read_bytes()
        with raised("register.not_a_register"):
            restore(f"sqlite:///{target}", file)
        assert target.read_bytes() == before
    with raised("register.unreachable"):
        restore("postgresql://127.0.0.1:1/lofte", file)


def test_a_restore_that_stops_half_way_leaves_the_register(
    url: str, path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows_of(path)

    def no_room(*_: object, **__: object) -> None:
        raise RegisterError("register.copy_no_room", file="x")

    monkeypatch.setattr("geodata.register.databases.keep_copy", no_room)
    with Register.open(url) as register:
        with raised("register.copy_no_room"):
            restore(url, file)
        assert register.add([activity("after")], by="test") == 1
    assert len(rows_of(path)["activity"]) == len(before["activity"]) + 1
    assert damage_in(url) == []


# --- before a migration --------------------------------------------------------------------------

FIRST_ROWS = {
    "walk": "INSERT INTO walk (id, area_id, status, start, precision, day, meeting_point, note, "
    "source_kind, void) VALUES ('w', 'hulta', 'planned', '2018-10-02 16:00:00.000000', 'minute', "
    "'2018-10-02', 'Torget', '', 'recorded', 0)",
    "activity": "INSERT INTO activity (id, kind, start, precision, day, minutes, note, "
    "source_kind, void) VALUES ('a', 'patrol', '2018-05-03 18:30:00.000000', 'minute', "
    "'2018-05-03', 45, 'Lugnt', 'recorded', 0)",
}
FIRST_CONTENTS: dict[str, dict[str, Any]] = {
    "walk": {
        "id": "w",
        "area_id": "hulta",
        "status": "planned",
        "start": "2018-10-02T16:00:00+00:00",
        "precision": "minute",
        "day": "2018-10-02",
        "minutes": None,
        "meeting_point": "Torget",
        "route": None,
        "participants": None,
        "parties": [],
        "commitments": [],
        "note": "",
        "origin": {"kind": "recorded", "file": None, "row": None, "reference": None},
        "void": False,
    },
    "activity": {
        "id": "a",
        "kind": "patrol",
        "area_id": None,
        "place": None,
        "start": "2018-05-03T18:30:00+00:00",
        "precision": "minute",
        "day": "2018-05-03",
        "minutes": 45,
        "commitments": [],
        "parties": [],
        "participants": None,
        "note": "Lugnt",
        "origin": {"kind": "recorded", "file": None, "row": None, "reference": None},
        "verified_by": None,
        "walk_id": None,
        "void": False,
    },
}
"""As the first version of the tables held them."""


@pytest.fixture
def older(path: Path) -> str:
    """Give the URL of a register of the first version, with a walk and an activity in it."""
    address = f"sqlite:///{path}"
    engine = make_engine(parse_address(address), 1)
    with engine.begin() as connection:
        command.upgrade(migration_config(connection), "0001")
    engine.dispose()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO register_info VALUES ('format', 'lofteskartan-register')")
        for entity, statement in FIRST_ROWS.items():
            connection.execute(statement)
            content = FIRST_CONTENTS[entity]
            connection.execute(
                "INSERT INTO revision (entity, entity_id, number, at, by, action, content) "
                "VALUES (?, ?, 1, '2018-10-03 08:00:00.000000', 'test', 'create', ?)",
                (entity, content["id"], json.dumps(content)),
            )
    return address


def test_an_older_register_is_copied_before_it_is_changed(older: str, path: Path) -> None:
    before = rows_of(path)
    with Register.open(older) as register:
        kept = register.kept
        assert register.walk("w").meeting_point == "Torget"
        assert (register.walk("w").invited, register.walk("w").followed_up) == ("", None)
        assert register.activity("a").minutes == 45
        assert register.version() == 2
        assert register.newest_number("walk", "w") == 1
        wanted = replace(register.walk("w"), invited="Hyresgästerna")
        assert register.change(wanted, by="test", expected_number=1) == 2
    assert kept is not None
    assert kept.parent == path.parent
    assert kept.name.startswith("register.0001-")
    assert rows_of(kept) == before
    assert damage_in(older) == []
    with Register.open(older) as register:
        assert register.kept is None
    assert len(list(path.parent.glob("register.*.sqlite"))) == 1


def test_the_copy_of_an_older_register_can_be_opened_and_restored(older: str, path: Path) -> None:
    with Register.open(older) as register:
        kept = register.kept
        register.void("activity", "a", by="test", expected_number=1)
    assert kept is not None
    before = kept.read_bytes()
    restore(older, kept)
    with Register.open(older) as register:
        assert not register.activity("a").void
        assert register.walk("w").invited == ""
    assert kept.read_bytes() == before
    with Register.open(f"sqlite:///{kept}") as opened:
        assert opened.activity("a").minutes == 45


def test_without_room_for_the_copy_nothing_is_changed(
    older: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows_of(path)
    with monkeypatch.context() as patched:
        full_disk(patched)
        with raised("register.copy_no_room"):
            Register.open(older)
    assert rows_of(path) == before
    assert names_in(path.parent) == ["register.sqlite"]
    with Register.open(older) as register:
        assert register.kept is not None


def test_a_damaged_older_register_is_not_migrated(older: str, path: Path) -> None:
    broken(path, "INSERT INTO walk_party VALUES ('gone', 'police', 0)")
    before = rows_of(path)
    with raised("register.damaged"):
        Register.open(older)
    assert rows_of(path) == before


def test_an_older_register_is_examined_without_being_changed(older: str, path: Path) -> None:
    before = path.read_bytes()
    assert damage_in(older) == []
    broken(path, "UPDATE activity SET minutes = 46")
    changed = rows_of(path)
    assert [(d.key, d.id) for d in damage_in(older)] == [("damage.differs", "a")]
    assert rows_of(path) == changed
    assert names_in(path.parent) == ["register.sqlite"]
    assert before


def test_a_new_register_is_not_copied(tmp_path: Path) -> None:
    with Register.open(f"sqlite:///{tmp_path}/r.sqlite") as register:
        assert register.kept is None
    assert names_in(tmp_path) == ["r.sqlite"]


# --- the command line ----------------------------------------------------------------------------


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    (tmp_path / "empty.toml").touch()
    for name in [name for name in os.environ if name.startswith(("LOFTESKARTAN_", "LC_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LOFTESKARTAN_SETTINGS", str(tmp_path / "empty.toml"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))

    def running(*arguments: str | Path, language: str = "en_GB") -> Result:
        texts = [str(one) for one in arguments]
        return CliRunner().invoke(command_line, texts, env={"LANG": f"{language}.UTF-8"})

    return running


def test_backup_and_restore_say_files_sizes_and_counts(
    url: str, path: Path, tmp_path: Path, said: Callable[..., Result]
) -> None:
    file = tmp_path / "out.sqlite"
    done = said("backup", file, "--register", path, language="sv_SE")
    assert done.exit_code == 0, done.output
    for part in (str(file), "MB", "3 aktiviteter", "1 trygghetsvandring", "0 iakttagelser"):
        assert part in done.stdout
    again = said("backup", file, "--register", path)
    assert (again.exit_code, again.stdout) == (1, "")
    assert "--force" in again.stderr
    assert said("backup", file, "--register", path, "--force").exit_code == 0
    back = said("restore", file, "--register", path)
    assert back.exit_code == 0, back.output
    told, kept = back.stdout.splitlines()
    assert str(path) in told
    assert str(file) in told
    (aside,) = path.parent.glob("register.replaced-*.sqlite")
    assert str(aside) in kept


def test_a_register_is_copied_to_an_empty_place_and_nowhere_else(
    url: str, path: Path, tmp_path: Path, said: Callable[..., Result]
) -> None:
    to = tmp_path / "new" / "register.sqlite"
    done = said("move", url, to)
    assert done.exit_code == 0, done.output
    for part in (str(path), str(to), "3 activities"):
        assert part in done.stdout
    assert without_version(rows_of(to)) == without_version(rows_of(path))
    again = said("move", path, to)
    assert (again.exit_code, again.stdout) == (1, "")
    assert str(to) in again.stderr


def test_the_settings_register_is_meant_where_none_is_named(
    tmp_path: Path, said: Callable[..., Result], file: Path
) -> None:
    own = tmp_path / "share" / "lofteskartan" / "register.sqlite"
    missing = said("backup", tmp_path / "out.sqlite")
    assert missing.exit_code == 1
    assert str(own) in missing.stderr
    assert not own.exists()
    assert said("restore", file).exit_code == 0
    assert said("backup", tmp_path / "out.sqlite").exit_code == 0
    checked = said("check", "--register")
    assert checked.exit_code == 0, checked.output
    assert str(own) in checked.stdout


def test_a_refusal_is_one_sentence(
    path: Path, url: str, tmp_path: Path, said: Callable[..., Result]
) -> None:
    for arguments in (
        ("restore", tmp_path / "none.sqlite", "--register", path),
        ("backup", tmp_path / "x", "--register", "postgresql://a:s3cret@127.0.0.1:1/b"),
        ("check", "--register", tmp_path / "none.sqlite"),
    ):
        done = said(*arguments)
        assert (done.exit_code, done.stdout) == (1, "")
        assert len(done.stderr.splitlines()) == 1
        assert "Traceback" not in done.stderr
        assert "s3cret" not in done.stderr


@pytest.mark.parametrize("language", ["sv_SE", "en_GB"])
def test_check_tells_each_damage_with_what_it_is_about(
    path: Path, url: str, said: Callable[..., Result], language: str
) -> None:
    whole = said("check", "--register", path, language=language)
    assert (whole.exit_code, whole.stderr) == (0, "")
    assert str(path) in whole.stdout
    broken(
        path,
        "UPDATE activity SET minutes = 1 WHERE id = 'a'",
        "DELETE FROM activity_commitment WHERE activity_id = 'b'",
    )
    done = said("check", "--register", path, language=language)
    assert (done.exit_code, done.stdout) == (1, "")
    first, second, last = done.stderr.splitlines()
    assert " a: " in first
    assert "minutes" in first
    assert " b: " in second
    assert "commitments" in second
    assert "2" in last
    assert str(path) in last


def test_running_tells_of_the_copy_of_an_older_register(
    older: str, path: Path, tmp_path: Path, said: Callable[..., Result], monkeypatch: Any
) -> None:
    monkeypatch.setattr("geodata.cli.program._serve", lambda *_, **__: None)
    done = said("run", "--register", path, "--no-browser", "--basemap", "none")
    assert done.exit_code == 0, done.output
    (kept,) = path.parent.glob("register.0001-*.sqlite")
    assert str(kept) in done.stdout
    shutil.rmtree(tmp_path / "share", ignore_errors=True)


# --- disposal ------------------------------------------------------------------------------------


def test_what_is_disposed_of_is_told_first_and_listed_afterwards(
    url: str, path: Path, tmp_path: Path, said: Callable[..., Result]
) -> None:
    given = ("--before", "2020-01-01", "--decision", "=Dnr 7", "--register", url)
    told = said("dispose", *given, "--dry-run", language="sv_SE")
    assert told.exit_code == 0, told.output
    before = rows_of(path)
    assert any(line.startswith("Aktivitet: ") for line in told.stdout.splitlines())
    # Without a yes, nothing.
    assert said("dispose", *given).exit_code == 1
    assert rows_of(path) == before
    done = said("dispose", *given, "--yes")
    assert done.exit_code == 0, done.output
    assert "backup" in done.stdout.lower()
    # What is published is followed at each start; what was disposed of doesn't come back by it.
    assert "0 to be disposed of" in said("dispose", *given, "--dry-run").stdout
    with Register.open(url) as register:
        assert register.activities() == []
        count = len(register.disposals())
    file = tmp_path / "disposals.csv"
    assert said("disposals", file, "--register", url).exit_code == 0
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == count + 1 > 1
    # A spreadsheet runs nothing of it.
    assert all(";'=Dnr 7;2020-01-01;" in line for line in lines[1:])
