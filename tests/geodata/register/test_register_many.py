"""Many records at once: added with the lock held shortly, changed, withdrawn, recognised."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.errors import RegisterError, UnknownIdError
from geodata.model import Activity, DoubleOf, Finding, Precision, Walk, WalkStatus
from geodata.register import Register, rows

New = Callable[..., Activity]
NewWalk = Callable[..., Walk]
NewFinding = Callable[..., Finding]


class StoppedError(Exception):
    """What somebody raises who presses a button."""


def kind_of(activity: Activity) -> str:
    return activity.kind


@pytest.mark.parametrize("all_from", [0, 20, 1_000])
def test_ids_that_are_taken_are_found_whichever_way_they_are_asked_for(
    register: Register, new_activity: New, monkeypatch: pytest.MonkeyPatch, all_from: int
) -> None:
    monkeypatch.setattr(rows, "ALL_FROM", all_from)
    monkeypatch.setattr(rows, "IDS_A_QUERY", 7)
    many = [new_activity() for _ in range(30)]
    register.add(many[:20], by="test")
    register.void("activity", many[0].id, by="test", expected_number=1)
    for asked in (many, many[:5], many[15:], many[25:], []):
        taken = {one.id for one in asked} & {one.id for one in many[:20]}
        assert register.existing_ids("activity", [one.id for one in asked]) == taken


# --- adding --------------------------------------------------------------------------------------


@pytest.mark.sqlite
def test_nobody_is_locked_out_while_records_are_made_ready(
    register: Register, path: Path, new_activity: New
) -> None:
    def slowly() -> Iterator[Activity]:
        for _ in range(5):
            # Another program that never waits for a lock can write between any two.
            with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                other.execute("ROLLBACK")
            yield new_activity()

    assert register.add(slowly(), by="test", chunk=2) == 5


@pytest.mark.parametrize("as_generator", [False, True])
def test_how_far_it_has_come_is_told(
    register: Register, new_activity: New, new_walk: NewWalk, as_generator: bool
) -> None:
    many: Any = [new_activity() for _ in range(30)]
    told: list[float] = []
    given = iter(many) if as_generator else many
    register.add(given, [new_walk()], by="test", chunk=10, watch=told.append)
    assert told == sorted(told)
    assert told[0] < 0.5
    assert told[-1] == 1
    assert len(told) >= 8
    if not as_generator:
        assert any(0 < share < 0.5 for share in told)


@pytest.mark.parametrize("share", [0.0, 0.4, 0.6, 1.0])
def test_it_can_be_stopped_at_any_time_and_nothing_is_left(
    register: Register, new_activity: New, new_walk: NewWalk, share: float
) -> None:
    def stop(done: float) -> None:
        if done >= share:
            raise StoppedError

    many, walks = [new_activity() for _ in range(30)], [new_walk(status=WalkStatus.HELD)]
    with pytest.raises(StoppedError):
        register.add(many, walks, by="test", chunk=10, watch=stop)
    assert register.version() == 0
    assert register.counts() == {"activities": 0, "walks": 0, "findings": 0}
    assert register.add(many, walks, by="test", chunk=10) == 31


@pytest.mark.parametrize("chunk", [1, 3, 100])
def test_what_is_there_is_passed_over_with_all_that_belongs_to_it(
    register: Register,
    new_activity: New,
    new_walk: NewWalk,
    new_finding: NewFinding,
    chunk: int,
) -> None:
    old, old_walk = new_activity(minutes=1), new_walk(status=WalkStatus.HELD)
    register.add([old], [old_walk], by="test")
    register.void("activity", old.id, by="test", expected_number=1)
    new, new_held = new_activity(), new_walk(status=WalkStatus.HELD)
    finding = new_finding(walk_id=old_walk.id)
    added = register.add(
        [replace(old, minutes=2), new, new],
        [replace(old_walk, minutes=2), new_held],
        [finding],
        by="test",
        chunk=chunk,
        skip_existing=True,
    )
    assert added == 3
    assert register.activity(old.id) == replace(old, minutes=1, void=True)
    assert register.walk(old_walk.id) == old_walk
    assert register.walks() == sorted([old_walk, new_held], key=lambda one: one.id)
    assert {one.walk_id for one in register.activities()} == {None, old_walk.id, new_held.id}
    assert register.finding(finding.id) == finding


def test_what_was_made_ready_is_written_later(
    register: Register, url: str, new_activity: New, new_walk: NewWalk
) -> None:
    many, held = [new_activity() for _ in range(25)], new_walk(status=WalkStatus.HELD)
    told: list[float] = []
    with register.make_ready([held], many, chunk=10, skip_existing=True, watch=told.append) as made:
        assert (told[0], told[-1]) == (1 / 26, 1)
        assert register.version() == 0
        # Somebody else adds two of them meanwhile, one with what belongs to it.
        with Register.open(url) as other:
            other.add([many[3]], [held], by="other")
        assert register.write(made, by="test") == 24
        assert made.passed_over == {("activity", many[3].id), ("walk", held.id)}
    assert {one.id for one in register.activities()} > {one.id for one in many}
    assert register.count_activities() == 26
    assert register.revisions("activity", many[3].id)[-1].by == "other"
    assert register.revisions("activity", many[4].id)[-1].by == "test"


def test_what_was_made_ready_can_be_written_after_a_stop(
    register: Register, new_activity: New
) -> None:
    def stop(done: float) -> None:
        if done > 0.5:
            raise StoppedError

    many = [new_activity(commitments=("b/1",)) for _ in range(25)]
    with register.make_ready(many, chunk=10) as made:
        with pytest.raises(StoppedError):
            register.write(made, by="test", watch=stop)
        assert register.version() == 0
        assert register.write(made, by="test") == 25
    assert sorted(a.id for a in register.activities()) == sorted(a.id for a in many)


def test_many_come_back_as_they_were_and_in_the_order_given(
    register: Register, new_activity: New
) -> None:
    many = [
        new_activity(minutes=number, commitments=("b/1", "a/2")[: number % 3])
        for number in range(250)
    ]
    assert register.add(iter(many), by="import", chunk=100) == 250
    assert {one.id: one for one in register.activities()} == {one.id: one for one in many}
    sequences = [register.revisions("activity", one.id)[0] for one in many]
    assert [one.sequence for one in sequences] == list(range(1, 251))
    assert {(one.by, one.action, one.number) for one in sequences} == {("import", "create", 1)}


# --- changing and withdrawing --------------------------------------------------------------------


def test_many_are_changed_as_one_would_be(
    register: Register, new_activity: New, new_walk: NewWalk, new_finding: NewFinding
) -> None:
    first, second, void = (new_activity() for _ in range(3))
    walk, finding = new_walk(status=WalkStatus.HELD), new_finding()
    register.add([first, second, void], [walk], [finding], by="test")
    register.void("activity", void.id, by="test", expected_number=1)
    wanted = [
        (replace(first, area_id="hulta", commitments=("a/9",)), 1),
        (second, 1),
        (replace(void, area_id="hulta"), 2),
        (replace(walk, area_id="norrby"), 1),
        (replace(finding, area_id=None), 1),
    ]
    assert register.change_many(wanted, by="new outline") == 4
    assert register.activity(first.id) == wanted[0][0]
    assert register.newest_number("activity", second.id) == 1
    assert register.activity(void.id) == replace(void, area_id="hulta", void=True)
    assert register.walk(walk.id).area_id == "norrby"
    (own,) = [one for one in register.activities() if one.walk_id == walk.id]
    assert own.area_id == "norrby"
    assert register.finding(finding.id).area_id is None
    newest = register.revisions("activity", first.id)[-1]
    assert (newest.number, newest.action, newest.by) == (2, "change", "new outline")


@pytest.mark.parametrize("fault", ["conflict", "unknown", "follows"])
def test_of_many_changes_all_are_made_or_none(
    register: Register, new_activity: New, new_walk: NewWalk, fault: str
) -> None:
    good, other, walk = new_activity(), new_activity(), new_walk(status=WalkStatus.HELD)
    register.add([good, other], [walk], by="test")
    (own,) = [one for one in register.activities() if one.walk_id]
    bad = {
        "conflict": (replace(other, minutes=1), 2),
        "unknown": (new_activity(), 1),
        "follows": (replace(own, minutes=1), 1),
    }[fault]
    before = register.version()
    with pytest.raises((RegisterError, UnknownIdError)):
        register.change_many([(replace(good, minutes=1), 1), bad], by="test")
    with pytest.raises((RegisterError, UnknownIdError)):
        register.void_many([("activity", good.id, 1), ("activity", bad[0].id, bad[1])], by="test")
    assert register.version() == before
    assert register.activity(good.id) == good


def test_many_are_withdrawn_as_one_would_be(
    register: Register, new_activity: New, new_walk: NewWalk, new_finding: NewFinding
) -> None:
    many = [new_activity() for _ in range(1_200)]
    walk, finding = new_walk(status=WalkStatus.HELD), new_finding()
    register.add(many, [walk], [finding], by="test")
    register.void("activity", many[0].id, by="test", expected_number=1)
    ids: list[Any] = [("activity", one.id, 1) for one in many[1:]]
    ids += [("activity", many[0].id, 2), ("walk", walk.id, 1), ("finding", finding.id, 1)]
    assert register.void_many(iter(ids), by="undo") == 1_201
    assert register.counts() == {"activities": 0, "walks": 0, "findings": 0}
    assert register.activity(many[7].id) == replace(many[7], void=True)
    assert [one.action for one in register.revisions("activity", many[7].id)] == ["create", "void"]
    assert register.newest_number("activity", many[0].id) == 2


# --- bringing back -------------------------------------------------------------------------------


def test_an_earlier_state_is_brought_back_as_a_new_change(
    register: Register, new_activity: New
) -> None:
    first = new_activity(minutes=10)
    register.add([first], by="test")
    register.change(replace(first, minutes=20, place=None), by="test", expected_number=1)
    back = register.bring_back("activity", first.id, 1, by="planner", expected_number=2)
    assert back == 3
    assert register.activity(first.id) == first
    newest = register.revisions("activity", first.id)[-1]
    assert (newest.action, newest.by) == ("change", "planner")


def test_bringing_back_does_not_change_whether_it_is_withdrawn(
    register: Register, new_finding: NewFinding
) -> None:
    first = new_finding(text="Ett")
    second = replace(first, text="Två")
    register.add([first], by="test")
    register.void("finding", first.id, by="test", expected_number=1)
    register.change(second, by="test", expected_number=2)
    register.bring_back("finding", first.id, 1, by="test", expected_number=3)
    assert register.finding(first.id) == replace(first, void=True)
    register.restore("finding", first.id, by="test", expected_number=4)
    register.change(second, by="test", expected_number=5)
    register.bring_back("finding", first.id, 2, by="test", expected_number=6)
    assert register.finding(first.id) == first


def test_a_walk_that_is_brought_back_takes_its_activity_with_it(
    register: Register, new_walk: NewWalk
) -> None:
    held = new_walk(status=WalkStatus.HELD, participants=7)
    register.add([held], by="test")
    (own,) = register.activities()
    planned = replace(held, status=WalkStatus.PLANNED)
    register.change(planned, by="test", expected_number=1)
    assert register.count_activities() == 0
    register.bring_back("walk", held.id, 1, by="test", expected_number=2)
    assert register.activities() == [own]
    register.change(replace(held, participants=8), by="test", expected_number=3)
    with pytest.raises(RegisterError) as caught:
        register.bring_back("activity", own.id, 1, by="test", expected_number=4)
    assert caught.value.key == "register.follows_walk"


def test_what_can_not_be_brought_back_is_said(register: Register, new_activity: New) -> None:
    first = new_activity()
    register.add([first], by="test")
    for record_id, number, key in (
        (first.id, 2, "unknown.revision"),
        ("nobody", 1, "unknown.activity"),
    ):
        with pytest.raises(UnknownIdError) as caught:
            register.bring_back("activity", record_id, number, by="test", expected_number=1)
        assert caught.value.key == key
    with pytest.raises(RegisterError) as refused:
        register.bring_back("activity", first.id, 1, by="test", expected_number=7)
    assert refused.value.key == "register.conflict"


# --- doubles -------------------------------------------------------------------------------------


def test_each_record_answers_for_one_draft(register: Register, new_activity: New) -> None:
    there = new_activity()
    register.add([there], by="test")
    drafts = [replace(there, id="first"), replace(there, id="second")]
    found = register.doubles("activity", drafts, kind_of)
    assert found == {"first": DoubleOf(there.id, void=False)}


def test_a_withdrawn_record_is_a_double_and_said_to_be(
    register: Register, new_activity: New
) -> None:
    there, void = new_activity(), new_activity()
    register.add([void, there], by="test")
    register.void("activity", void.id, by="test", expected_number=1)
    drafts = [replace(there, id=name) for name in ("a", "b", "c")]
    assert register.doubles("activity", drafts, kind_of) == {
        "a": DoubleOf(there.id, void=False),
        "b": DoubleOf(void.id, void=True),
    }


def test_the_same_id_is_a_double_whatever_it_holds(register: Register, new_activity: New) -> None:
    there = new_activity()
    register.add([there], by="test")
    drafts = [replace(there, id="other"), replace(there, day=date(2001, 1, 1), kind="else")]
    # The record that has the draft's own id answers for no other draft.
    assert register.doubles("activity", drafts, kind_of) == {
        there.id: DoubleOf(there.id, void=False)
    }


def test_another_day_another_kind_or_another_entity_is_no_double(
    register: Register, new_activity: New, new_walk: NewWalk
) -> None:
    there = new_activity()
    register.add([there], by="test")
    drafts = [
        replace(there, id="a", day=there.day + timedelta(days=1)),
        replace(there, id="b", kind="else"),
    ]
    assert register.doubles("activity", drafts, kind_of) == {}
    assert register.doubles("walk", [new_walk(id=there.id)], lambda _: 0) == {}


SMALL = st.tuples(st.integers(0, 2), st.sampled_from("pq"))


@settings(max_examples=30)
@given(there=st.lists(st.tuples(SMALL, st.booleans()), max_size=12), new=st.lists(SMALL))
def test_doubles_are_counted_as_many_times_as_they_are_there(
    there: list[tuple[tuple[int, str], bool]],
    new: list[tuple[int, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    def made(name: str, what: tuple[int, str], *, void: bool = False) -> Activity:
        day, kind = what
        start = datetime(2018, 5, 1 + day, tzinfo=UTC)
        return Activity(name, kind, None, None, start, Precision.DAY, start.date(), void=void)

    with Register.open(f"sqlite:///{tmp_path_factory.mktemp('doubles')}/r.sqlite") as register:
        old = [made(f"old{n}", what, void=void) for n, (what, void) in enumerate(there)]
        register.add(old, by="test")
        drafts = [made(f"new{n}", what) for n, what in enumerate(new)]
        found = register.doubles("activity", drafts, kind_of)
    has, asks = Counter(what for what, _ in there), Counter(new)
    alive = Counter(what for what, void in there if not void)
    for what, asked in asks.items():
        answers = [
            found[d.id] for d, w in zip(drafts, new, strict=True) if w == what and d.id in found
        ]
        assert len(answers) == min(asked, has[what])
        assert len({one.id for one in answers}) == len(answers)
        assert sum(not one.void for one in answers) == min(asked, alive[what])
        assert all(what == there[int(one.id.removeprefix("old"))][0] for one in answers)


# --- columns of imported files -------------------------------------------------------------------


def test_how_columns_were_understood_is_remembered(register: Register, url: str) -> None:
    assert register.mapping("datum;typ") is None
    register.remember_mapping("datum;typ", {"datum": "day"})
    register.remember_mapping("annan", {"x": "y"})
    register.remember_mapping("datum;typ", {"datum": "day", "typ": "kind"})
    with Register.open(url) as again:
        assert again.mapping("datum;typ") == {"datum": "day", "typ": "kind"}
        assert again.mapping("annan") == {"x": "y"}
    assert register.version() == 0
