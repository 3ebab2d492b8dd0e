"""Damage is found and said: each kind is made by hand, beside the program."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from geodata.errors import RegisterError
from geodata.model import Activity, Finding, Meeting, Walk, WalkStatus
from geodata.register import Register
from geodata.register.backups import examine_register
from geodata.register.damage import Damage
from geodata.register.encoding import activity_id

pytestmark = pytest.mark.sqlite  # another program's hand in a file

New = Callable[..., Activity]


def damage_in(url: str) -> list[Damage]:
    found: list[Damage] = []
    examine_register(url, found.append)
    return found


def told(url: str) -> list[tuple[str, str | None, str | None]]:
    return sorted((d.key, d.entity, d.id) for d in damage_in(url))


def break_it(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        for one in statements:
            assert connection.execute(one).rowcount, one


@pytest.fixture
def full(
    url: str,
    new_activity: New,
    new_walk: Callable[..., Walk],
    new_finding: Callable[..., Finding],
) -> str:
    """Give the URL of a register with two of everything, each with a history."""
    activities = [new_activity(id="a1"), new_activity(id="a2", place=None)]
    walks = [new_walk(id="w1", status=WalkStatus.HELD), new_walk(id="w2", route=None)]
    findings = [new_finding(id="f1", walk_id="w1"), new_finding(id="f2")]
    with Register.open(url) as register:
        register.add(activities, walks, findings, by="test")
        register.change(replace(activities[0], minutes=5), by="test", expected_number=1)
        register.change(replace(walks[0], minutes=5), by="test", expected_number=1)
        register.void("finding", "f2", by="test", expected_number=1)
        register.void("walk", "w2", by="test", expected_number=1)
    return url


OWN = activity_id("w1")
"""The activity that the walk w1 is."""


def test_a_whole_register_has_no_damage_and_is_counted(full: str, path: Path) -> None:
    before = path.read_bytes()
    found: list[Damage] = []
    seen = examine_register(full, found.append)
    assert found == []
    assert seen == {
        "activity": 3, "walk": 2, "finding": 2, "decision": 0, "meeting": 0,
        "hot_spot": 0, "plan": 0, "photo": 0, "catalogue_entry": 0, "revision": 12,
    }  # fmt: skip
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("statement", "key", "entity", "record_id"),
    [
        ("UPDATE activity SET minutes = 6 WHERE id = 'a1'", "differs", "activity", "a1"),
        ("UPDATE activity SET minutes = 'x' WHERE id = 'a1'", "differs", "activity", "a1"),
        ("UPDATE activity SET note = '' WHERE id = 'a2'", "differs", "activity", "a2"),
        ("UPDATE activity SET void = 1 WHERE id = 'a2'", "differs", "activity", "a2"),
        ("UPDATE activity SET grid_x = grid_x + 1 WHERE id = 'a1'", "differs", "activity", "a1"),
        ("UPDATE activity SET place = x'00' WHERE id = 'a1'", "differs", "activity", "a1"),
        ("UPDATE activity SET day = 'May' WHERE id = 'a1'", "unreadable_row", "activity", "a1"),
        ("UPDATE finding SET void = 0 WHERE id = 'f2'", "differs", "finding", "f2"),
        ("UPDATE finding SET status_day = 'x'", "unreadable_row", "finding", "f1"),
        ("DELETE FROM activity_party WHERE activity_id = 'a1'", "differs", "activity", "a1"),
        ("UPDATE activity_commitment SET position = 1 - position", "differs", "activity", "a1"),
        ("DELETE FROM activity WHERE id = 'a2'", "no_row", "activity", "a2"),
        ("DELETE FROM finding WHERE id = 'f1'", "no_row", "finding", "f1"),
        ("DELETE FROM walk WHERE id = 'w2'", "no_row", "walk", "w2"),
        ("DELETE FROM walk WHERE id = 'w1'", "orphan", "activity", OWN),
        ("DELETE FROM walk WHERE id = 'w1'", "orphan", "finding", "f1"),
        ("DELETE FROM activity WHERE id = 'a2'", "orphan", "activity", "a2"),
        ("UPDATE finding SET walk_id = 'gone' WHERE id = 'f1'", "orphan", "finding", "f1"),
        ("DELETE FROM revision WHERE entity_id = 'f1'", "no_history", "finding", "f1"),
        ("DELETE FROM revision WHERE entity_id = 'f1'", "cut_off", None, None),
        ("DELETE FROM revision WHERE entity_id = 'w2' AND number = 2", "cut_off", None, None),
        ("DELETE FROM revision WHERE entity_id = 'a1' AND number = 1", "numbers", "activity", "a1"),
        ("UPDATE revision SET number = 9 WHERE number = 2", "numbers", "walk", "w1"),
        ("UPDATE revision SET content = '{' WHERE entity_id = 'a1'", "content", "activity", "a1"),
        (
            "UPDATE revision SET content = 'null' WHERE entity_id = 'w1' AND number = 1",
            "content",
            "walk",
            "w1",
        ),
        (
            "UPDATE revision SET content = json_set(content, '$.place', 'x') WHERE entity_id='a1'",
            "content",
            "activity",
            "a1",
        ),
        (
            "UPDATE revision SET content = json_set(content, '$.id', 'a2') WHERE entity_id='a1'",
            "content",
            "activity",
            "a1",
        ),
        (
            "UPDATE revision SET content = json_set(content, '$.more', 1) WHERE entity_id = 'f2'",
            "content",
            "finding",
            "f2",
        ),
        (
            "UPDATE revision SET content = json_set(content, '$.note', 'x') WHERE entity_id='a1'",
            "differs",
            "activity",
            "a1",
        ),
    ],
)
def test_each_kind_of_damage_is_said_with_what_it_is_about(
    full: str, path: Path, statement: str, key: str, entity: str | None, record_id: str | None
) -> None:
    break_it(path, statement)
    assert (f"damage.{key}", entity, record_id) in told(full)


def test_what_differs_is_named(full: str, path: Path) -> None:
    break_it(
        path,
        "UPDATE activity SET minutes = 6, note = 'x' WHERE id = 'a1'",
        "DELETE FROM activity_party WHERE activity_id = 'a1' AND position = 0",
    )
    (found,) = damage_in(full)
    assert (found.key, found.id) == ("damage.differs", "a1")
    assert set(str(found.values["fields"]).split(", ")) == {"minutes", "note", "parties"}


def test_a_change_that_history_and_row_agree_on_is_out_of_step_with_the_walk(
    full: str, path: Path
) -> None:
    break_it(
        path,
        f"UPDATE activity SET minutes = 6 WHERE id = '{OWN}'",
        "UPDATE revision SET content = json_set(content, '$.minutes', 6) "
        f"WHERE entity_id = '{OWN}' AND number = 2",
    )
    assert told(full) == [("damage.walk_activity", "walk", "w1")]


def test_only_the_damaged_are_told_of_among_many(url: str, path: Path, new_activity: New) -> None:
    many = [new_activity() for _ in range(2_500)]
    with Register.open(url) as register:
        register.add(many, by="test")
    bad = sorted(one.id for one in many)[999:1_002]
    gone, changed, unread = bad
    break_it(
        path,
        f"DELETE FROM activity_party WHERE activity_id = '{gone}'",
        f"DELETE FROM activity_commitment WHERE activity_id = '{gone}'",
        f"DELETE FROM activity WHERE id = '{gone}'",
        f"UPDATE activity SET lon = 0 WHERE id = '{changed}'",
        f"UPDATE activity SET start = 'x' WHERE id = '{unread}'",
    )
    assert told(url) == [
        ("damage.differs", "activity", changed),
        ("damage.no_row", "activity", gone),
        ("damage.unreadable_row", "activity", unread),
    ]


def test_a_register_whose_rows_are_all_gone_is_told_of_record_by_record(
    url: str, path: Path, new_activity: New
) -> None:
    many = [new_activity(commitments=(), parties=()) for _ in range(1_200)]
    with Register.open(url) as register:
        register.add(many, by="test")
    break_it(path, "DELETE FROM activity")
    assert told(url) == sorted(("damage.no_row", "activity", one.id) for one in many)


def test_a_missing_column_or_table_is_said(full: str, path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ALTER TABLE walk DROP COLUMN invited")
        connection.execute("DROP TABLE finding")
    values = [(d.key, d.values["table"], d.values["column"]) for d in damage_in(full)]
    assert ("damage.table", "walk", "invited") in values
    assert ("damage.table", "finding", "text") in values


def test_a_damaged_index_is_found_by_sqlite_itself(full: str, path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'ix_activity_grid'"
        ).fetchone()
    content = bytearray(path.read_bytes())
    # The end of a page holds its first entries.
    content[page * size - 30 : page * size] = bytes(30)
    path.write_bytes(content)
    found = damage_in(full)
    assert {d.key for d in found} == {"damage.file"}
    assert any("ix_activity_grid" in str(d.values["detail"]) for d in found)


def test_a_register_too_damaged_to_be_read_is_said_to_be(full: str, path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        (page_size,) = connection.execute("PRAGMA page_size").fetchone()
    whole = path.read_bytes()
    path.write_bytes(whole[:page_size] + b"\xff" * (len(whole) - page_size))
    with pytest.raises(RegisterError) as caught:
        damage_in(full)
    assert caught.value.key == "register.damaged"


def test_nothing_is_made_where_nothing_is(tmp_path: Path) -> None:
    for name, key in (("none.sqlite", "missing"), ("empty.sqlite", "missing"), ("", "not_a")):
        if name == "empty.sqlite":
            (tmp_path / name).touch()
        with pytest.raises(RegisterError) as caught:
            damage_in(f"sqlite:///{tmp_path / name}")
        assert caught.value.key.startswith(f"register.{key}")
    assert [one.name for one in tmp_path.iterdir()] == ["empty.sqlite"]
    assert (tmp_path / "empty.sqlite").stat().st_size == 0


def test_what_others_save_meanwhile_is_neither_seen_nor_hindered(
    full: str, path: Path, new_activity: New
) -> None:
    break_it(path, "UPDATE activity SET minutes = 6 WHERE id = 'a1'")
    found: list[Damage] = []
    with Register.open(full, busy_timeout_s=0) as register:

        def tell(damage: Damage) -> None:
            found.append(damage)
            register.add([new_activity(id="z9")], by="test")

        seen = examine_register(full, tell)
        assert register.activity("z9")
    assert [one.id for one in found] == ["a1"]
    assert seen["activity"] == 3


def test_a_frozen_file_that_is_changed_or_gone_is_told(url: str, path: Path) -> None:
    body = b"as it was"
    name = hashlib.sha256(body).hexdigest()
    meeting = Meeting("m1", date(2018, 9, 5), date(2018, 8, 8))
    closed = replace(meeting, ended=True, documents=(("sv/rapport.pdf", name),))
    with Register.open(url) as register:
        register.add([meeting], by="test")
        version = register.version()
        register.freeze(closed, [body], by="test", expected_number=1, expected_version=version)
        assert register.document(name) == body
        with pytest.raises(RegisterError):  # something has been written since
            register.freeze(closed, [b"x"], by="test", expected_number=2, expected_version=version)
        # Opened again it names none, but its first version still does.
        register.change(meeting, by="test", expected_number=2)
    assert told(url) == []
    break_it(path, "UPDATE document SET body = x'00'")
    assert damage_in(url) == [Damage("damage.document_changed", None, None, {"sha256": name})]
    break_it(path, "DELETE FROM document")
    missing = Damage("damage.document_missing", "meeting", "m1", {"names": "sv/rapport.pdf"})
    assert damage_in(url) == [missing]
