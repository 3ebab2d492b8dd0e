"""Every statement is one that PostgreSQL understands too, and none touches history."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Delete, Update, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import psycopg2
from sqlalchemy.schema import CreateIndex, CreateTable

from geodata.model import Activity, ActivityFilter, Finding, Walk, WalkStatus
from geodata.register import Register
from geodata.register.bulk import Inserts
from geodata.register.engine import MIGRATIONS
from geodata.register.schema import METADATA, SEARCH_INDEX, revision
from geodata.register.view import select_bins

POSTGRES = postgresql.dialect()
BOX = (12.0, 57.0, 13.0, 58.0)


@pytest.fixture
def statements(
    register: Register,
    new_activity: Callable[..., Activity],
    new_walk: Callable[..., Walk],
    new_finding: Callable[..., Finding],
) -> list[Any]:
    """Give every statement that a life of all kinds of records and questions executes."""
    seen: list[Any] = []
    event.listen(register._engine, "before_execute", lambda _c, one, *_rest: seen.append(one))
    event.listen(
        register._engine,
        "before_cursor_execute",
        lambda _c, _cursor, text, _values, context, _many: (
            None if context.compiled else seen.append(text)
        ),
    )
    activity, walk, finding = new_activity(), new_walk(status=WalkStatus.HELD), new_finding()
    register.add([activity], [walk], [finding], by="test")
    for entity, changed in (
        ("activity", replace(activity, minutes=1)),
        ("walk", replace(walk, minutes=1)),
        ("finding", replace(finding, text="x")),
    ):
        register.change(changed, by="test", expected_number=1)
        register.void(entity, changed.id, by="test", expected_number=2)
        register.restore(entity, changed.id, by="test", expected_number=3)
        getattr(register, entity)(changed.id)
        register.revisions(entity, changed.id)
        register.existing_ids(entity, [changed.id])
    register.add(many := [new_activity(), new_activity()], by="test")
    register.change_many([(replace(one, parties=()), 1) for one in many], by="test")
    register.void_many([("activity", one.id, 2) for one in many], by="test")
    register.bring_back("activity", activity.id, 1, by="test", expected_number=4)
    register.doubles("activity", [new_activity()], lambda one: one.kind)
    register.remember_mapping("a;b", {"a": "day"})
    register.mapping("a;b")
    everything = ActivityFilter(("a",), ("b",), "c", activity.day, activity.day)
    for chosen in (ActivityFilter(), everything):
        register.activities(chosen, limit=1, offset=1)
        register.count_activities(chosen)
        register.latest_days(chosen)
        register.points(BOX, chosen)
        register.count_points(BOX, chosen)
        register.bins(BOX, 12, chosen)
    register.walks(["a"])
    register.findings(["a"], "b")
    for question in (register.evidence, register.version, register.has_examples, register.counts):
        question()
    return seen


def test_every_statement_compiles_for_postgresql(statements: list[Any]) -> None:
    built = [one for one in statements if not isinstance(one, str)]
    assert len(built) > 60
    for one in built:
        # What is corrected where it stands has each database's own form; the sums' tests run it.
        if not isinstance(one, sqlite.Insert):
            assert str(one.compile(dialect=POSTGRES))


@pytest.mark.sqlite
def test_the_only_text_sent_as_it_is_begins_reading_or_adds(statements: list[Any]) -> None:
    # SQLite's index of words has a language of its own.
    sent = {one for one in statements if isinstance(one, str) and SEARCH_INDEX not in one}
    inserts = Inserts(sqlite.dialect())
    known = {inserts[table].text: table for table in METADATA.sorted_tables}
    assert sent - known.keys() == {"BEGIN"}
    # What is sent as text is what is compiled for another database where that is used.
    for text in sent & known.keys():
        made = Inserts(psycopg2.dialect())[known[text]]
        head, _, values = made.text.partition(" VALUES ")
        assert head == text.partition(" VALUES ")[0].replace('"', "")
        assert values.endswith(")")
        assert not made.positional
        assert len(made.names) == text.count("?")


def test_no_statement_changes_or_deletes_a_revision(statements: list[Any]) -> None:
    changing = [one for one in statements if isinstance(one, (Update, Delete))]
    assert {one.table.name for one in changing} >= {"activity", "walk", "finding"}
    assert revision.name not in {one.table.name for one in changing}


def test_bins_are_divided_as_whole_numbers_on_postgresql() -> None:
    compiled = str(select_bins(BOX, 12, ActivityFilter()).compile(dialect=POSTGRES))
    # 24 - (12 + 3) zoom levels: 512 columns of the grid to a bin; int / int is int there.
    assert "activity.grid_x / 512 AS bin_x" in compiled
    assert "GROUP BY activity.grid_x / 512, activity.grid_y / 512" in compiled


def test_every_table_and_index_compiles_for_postgresql() -> None:
    for table in METADATA.sorted_tables:
        assert str(CreateTable(table).compile(dialect=POSTGRES))
        for index in table.indexes:
            assert str(CreateIndex(index).compile(dialect=POSTGRES))


def test_the_migrations_are_written_for_postgresql_too() -> None:
    written = io.StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql", opts={"as_sql": True, "output_buffer": written}
    )
    with Operations.context(context):
        for script in reversed(list(ScriptDirectory(str(MIGRATIONS)).walk_revisions())):
            script.module.upgrade()
    sql = written.getvalue()
    assert "start TIMESTAMP WITH TIME ZONE NOT NULL" in sql
    assert "sequence SERIAL NOT NULL" in sql
    assert "place BYTEA" in sql
