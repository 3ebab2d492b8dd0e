"""A register in PostgreSQL: among other things in a database, and to and from a file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
import shapely
from shapely import LineString, Point, box
from sqlalchemy import text

from geodata.errors import RegisterError
from geodata.model import Activity, Finding, Walk, WalkStatus
from geodata.register import Register
from geodata.register.backups import back_up, examine_register, move, restore
from geodata.register.damage import Damage
from geodata.register.schema import METADATA
from tests.conftest import DATABASES
from tests.postgresql import OWNER, Cluster

pytestmark = pytest.mark.postgresql

New = Callable[..., Activity]


@contextmanager
def raised(key: str) -> Iterator[pytest.ExceptionInfo[RegisterError]]:
    with pytest.raises(RegisterError) as caught:
        yield caught
    assert caught.value.key == key


def damage_in(url: str) -> list[Damage]:
    found: list[Damage] = []
    examine_register(url, found.append)
    return found


def tables_in(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of a register, with JSON and times as Python has them."""
    with Register.open(url, create=False) as register, register.reading() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(table.select())))  # type: ignore[misc]
            for table in METADATA.sorted_tables
        }


@pytest.fixture
def cluster(pytestconfig: pytest.Config) -> Cluster:
    return pytestconfig.stash[DATABASES].cluster


@pytest.fixture
def database(cluster: Cluster) -> str:
    """Give the name of an empty database with PostGIS in it."""
    name = f"d{uuid4().hex}"
    cluster.make(name)
    cluster.sql(name, "CREATE EXTENSION postgis", "CREATE TABLE public.letters (a text)")
    return name


@pytest.fixture
def full(
    url: str,
    new_activity: New,
    new_walk: Callable[..., Walk],
    new_finding: Callable[..., Finding],
) -> str:
    """Give the URL of a register with records of several kinds, and histories."""
    activities = [
        new_activity(id="a1", place=LineString([(12.9, 57.7), (12.95, 57.75)])),
        new_activity(id="a2", place=None, note="Ström 'åäö' \N{WAVING HAND SIGN}"),
        new_activity(id="B3"),
        new_activity(id="ä4"),
    ]
    walks = [new_walk(id="w1", status=WalkStatus.HELD), new_walk(id="w2", route=None)]
    with Register.open(url) as register:
        register.add(activities, walks, [new_finding(id="f1", walk_id="w1")], by="test")
        register.change(replace(activities[0], minutes=5), by="test", expected_number=1)
        register.void("walk", "w2", by="test", expected_number=1)
        register.remember_mapping("a;b", {"a": "day"})
    return url


def test_a_database_with_extensions_and_others_tables_holds_a_register(
    cluster: Cluster, database: str, new_activity: New
) -> None:
    with raised("register.missing"):
        Register.open(cluster.address(database), create=False)
    with Register.open(cluster.address(database)) as register:
        register.add([new_activity(id="a1")], by="test")
    assert damage_in(cluster.address(database)) == []
    found = cluster.sql(
        database,
        "SELECT schemaname, count(*) FROM pg_tables WHERE tablename IN ('revision', 'activity') "
        "GROUP BY 1",
    )
    assert found == [("lofteskartan", 2)]
    assert cluster.sql(database, "SELECT count(*) FROM public.letters") == [(0,)]


def test_a_role_needs_nothing_but_a_schema_of_its_own(cluster: Cluster, new_activity: New) -> None:
    name = f"d{uuid4().hex}"
    cluster.sql("postgres", f"CREATE DATABASE {name}")
    cluster.sql(
        name,
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        f"CREATE SCHEMA lofteskartan AUTHORIZATION {OWNER}",
    )
    with Register.open(cluster.address(name)) as register:
        register.add([new_activity(id="a1")], by="test")
        assert register.activity("a1").id == "a1"


def test_another_programs_schema_of_the_same_name_is_left_alone(cluster: Cluster) -> None:
    name = f"d{uuid4().hex}"
    cluster.make(name)
    cluster.sql(name, "CREATE SCHEMA lofteskartan", "CREATE TABLE lofteskartan.letters (a text)")
    with raised("register.not_a_register"):
        Register.open(cluster.address(name))
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'lofteskartan'"
    assert cluster.sql(name, tables) == [("letters",)]


def test_who_reads_sees_one_state(full: str, new_activity: New) -> None:
    count = text("SELECT count(*) FROM activity")
    with Register.open(full) as register, register.reading() as connection:
        before = connection.scalar(count)
        register.add([new_activity()], by="test")
        assert connection.scalar(count) == before
        with register.reading() as later:
            assert later.scalar(count) == before + 1


def test_a_lock_is_waited_for_and_then_said(full: str, new_activity: New) -> None:
    with (
        Register.open(full, busy_timeout_s=0.05) as register,
        Register.open(full) as other,
        other._writing("other"),
        raised("register.locked"),
    ):
        register.add([new_activity(id="z")], by="test")
    with Register.open(full) as register:
        assert register.existing_ids("activity", ["z"]) == set()


def test_what_the_server_refuses_is_said_in_words(
    cluster: Cluster, full: str, new_activity: New
) -> None:
    name = full.rpartition("/")[2]
    cluster.sql(name, f"ALTER ROLE {OWNER} SET default_transaction_read_only = on")
    try:
        with Register.open(full) as register, raised("register.read_only"):
            register.add([new_activity()], by="test")
    finally:
        cluster.sql(name, f"ALTER ROLE {OWNER} RESET default_transaction_read_only")
    with raised("register.unreachable") as caught:
        Register.open(full.replace(OWNER, "nobody:s3cret"))
    assert "s3cret" not in f"{caught.value}{caught.value.values}"


# --- there and back -------------------------------------------------------------------------------


def test_a_backup_of_a_server_is_a_file_that_holds_all_and_comes_back(
    full: str, tmp_path: Path, new_activity: New
) -> None:
    before, file = tables_in(full), tmp_path / "backup.sqlite"
    made = back_up(full, file)
    assert made.counts == {"activities": 5, "walks": 1, "findings": 1}
    assert damage_in(f"sqlite:///{file}") == damage_in(full) == []
    with raised("register.copy_there"):
        back_up(full, file)
    with Register.open(full) as register:
        register.add([new_activity(id="later")], by="test")
        version = register.version()
    later = tables_in(full)
    done = restore(full, file)
    assert done.kept is not None
    after = tables_in(full)
    assert {**after, "register_info": []} == {**before, "register_info": []}
    assert damage_in(full) == []
    with Register.open(full) as register:
        # Who has seen the later one sees that all is new, and numbers are given after the old.
        assert register.version() > version
        register.add([new_activity(id="again")], by="test")
        assert register.activity("again")
    restore(full, done.kept)
    assert {**tables_in(full), "register_info": []} == {**later, "register_info": []}


def test_a_backup_that_is_damaged_changes_nothing(full: str, tmp_path: Path) -> None:
    file = tmp_path / "backup.sqlite"
    back_up(full, file)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE activity SET minutes = 6 WHERE id = 'a1'")
    before = tables_in(full)
    with raised("register.backup_damaged"):
        restore(full, file)
    assert tables_in(full) == before


def test_a_register_moves_to_a_file_and_back_into_an_empty_database(
    cluster: Cluster, full: str, database: str, tmp_path: Path
) -> None:
    file, before = f"sqlite:///{tmp_path / 'moved.sqlite'}", tables_in(full)
    assert move(full, file).counts == {"activities": 5, "walks": 1, "findings": 1}
    with raised("register.not_empty"):
        move(full, file)
    moved = cluster.address(database)
    move(file, moved)
    with raised("register.not_empty"):
        move(file, moved)
    assert {**tables_in(moved), "register_info": []} == {**before, "register_info": []}
    assert tables_in(full) == before
    assert damage_in(moved) == damage_in(file) == []


def test_a_copy_that_does_not_come_out_alike_is_none(
    cluster: Cluster, full: str, database: str
) -> None:
    target = cluster.address(database)
    Register.open(target).close()
    cluster.sql(
        database,
        "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN NEW.note := NEW.note || '!'; RETURN NEW; END$$",
        "CREATE TRIGGER spoil BEFORE INSERT ON lofteskartan.activity "
        "FOR EACH ROW EXECUTE FUNCTION public.spoil()",
    )
    with raised("register.copy_differs"):
        move(full, target)
    assert tables_in(target)["activity"] == tables_in(target)["revision"] == []


@pytest.mark.parametrize(
    ("statement", "key", "record_id"),
    [
        ("UPDATE activity SET minutes = 6 WHERE id = 'a1'", "differs", "a1"),
        ("UPDATE activity SET place = '\\x00' WHERE id = 'a1'", "differs", "a1"),
        ("UPDATE activity_commitment SET position = 1 - position", "differs", "a1"),
        ("DELETE FROM finding", "no_row", "f1"),
        ("DELETE FROM revision WHERE entity_id = 'f1'", "no_history", "f1"),
        ("DELETE FROM revision WHERE entity_id = 'a1' AND number = 1", "numbers", "a1"),
        ("UPDATE revision SET content = 'null' WHERE entity_id = 'a1'", "content", "a1"),
        ("DROP TABLE activity_party", "table", None),
    ],
)
def test_damage_is_found(
    cluster: Cluster, full: str, statement: str, key: str, record_id: str | None
) -> None:
    name = full.rpartition("/")[2]
    cluster.sql(name, "SET search_path = lofteskartan", statement)
    assert any(
        d.key.startswith(f"damage.{key}") and d.id in (record_id, None) for d in damage_in(full)
    )


# --- layers ---------------------------------------------------------------------------------------


def test_other_programs_open_layers_with_geometry(
    cluster: Cluster,
    database: str,
    new_activity: New,
    new_walk: Callable[..., Walk],
    new_finding: Callable[..., Finding],
) -> None:
    place = Point(12.925, 57.715)
    with Register.open(cluster.address(database)) as register:
        register.add(
            [new_activity(id="a1", place=place), new_activity(id="a2", place=None)],
            [new_walk(id="w1")],
            [new_finding(id="f1", walk_id="w1"), new_finding(id="f2", internal=True)],
            by="test",
        )
        register.void("walk", "w1", by="test", expected_number=1)
    shown = "SELECT id, ST_AsBinary(geometry) FROM lofteskartan.layer_activity ORDER BY id"
    first, second = cluster.sql(database, shown)
    assert (first[0], shapely.from_wkb(first[1])) == ("a1", place)
    assert second == ("a2", None)
    assert cluster.sql(database, "SELECT id FROM lofteskartan.layer_walk") == []
    assert cluster.sql(database, "SELECT id FROM lofteskartan.layer_finding") == [("f1",)]
    # What a program asks first: which tables have geometry, of what system.
    known = cluster.sql(
        database,
        "SELECT f_table_name, srid FROM geometry_columns WHERE f_table_schema = "
        "'lofteskartan' ORDER BY 1",
    )
    assert known == [
        (f"layer_{kind}", 4326) for kind in ("activity", "finding", "hot_spot", "walk")
    ]


def test_what_lies_in_a_box_is_answered_by_the_index(
    cluster: Cluster, database: str, new_activity: New
) -> None:
    with Register.open(cluster.address(database)) as register:
        register.add((new_activity(place=Point(12, 50 + n / 100)) for n in range(1_000)), by="test")
    plan = cluster.sql(
        database,
        "ANALYZE",
        "EXPLAIN SELECT id FROM lofteskartan.layer_activity "
        f"WHERE geometry && ST_GeomFromText('{box(11, 57, 13, 57.02).wkt}', 4326)",
    )
    assert any("gist_activity" in str(row) for row in plan)


# --- a server that dies ---------------------------------------------------------------------------


def test_what_was_answered_is_there_after_the_server_was_killed_and_it_comes_back_by_itself(
    cluster: Cluster, full: str, new_activity: New
) -> None:
    with Register.open(full) as register:
        for round_ in range(3):
            for number in range(5):
                register.add([new_activity(id=f"{round_}-{number}")], by="test")
            cluster.stop("immediate")
            with raised("register.unreachable"):
                register.count_activities()
            with raised("register.unreachable"):
                register.add([new_activity(id=f"{round_}-lost")], by="test")
            cluster.start()
            wanted = [f"{round_}-{number}" for number in range(5)]
            assert register.existing_ids("activity", [*wanted, f"{round_}-lost"]) == set(wanted)
    assert damage_in(full) == []


def test_a_connection_that_is_cut_in_a_save_leaves_nothing_half(
    cluster: Cluster, full: str, new_activity: New
) -> None:
    name = full.rpartition("/")[2]

    def cut(share: float) -> None:
        if share > 0.5:
            cluster.sql(
                "postgres",
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
            )

    with Register.open(full) as register:
        many = [new_activity(id=f"m{n}") for n in range(500)]
        with raised("register.unreachable"):
            register.add(many, by="test", chunk=100, watch=cut)
        assert register.existing_ids("activity", [one.id for one in many]) == set()
        assert register.add(many, by="test") == len(many)
    assert damage_in(full) == []


def test_an_address_without_a_driver_is_one_for_ours(full: str) -> None:
    with Register.open(full.replace("+psycopg", ""), create=False) as register:
        assert register.version() > 0
