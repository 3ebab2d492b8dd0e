"""What is written: whole or not at all, never over somebody else's change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from shapely import LineString, MultiLineString, Point

from geodata.errors import GeodataError, RegisterError, UnknownIdError
from geodata.model import Activity, Finding, FindingStatus, Origin, SourceKind, Walk, WalkStatus
from geodata.register import Register

NewActivity = Callable[..., Activity]
NewWalk = Callable[..., Walk]
NewFinding = Callable[..., Finding]


@contextmanager
def raised(kind: type[GeodataError], key: str) -> Iterator[None]:
    with pytest.raises(kind) as caught:
        yield
    assert caught.value.key == key


def only_activity_of(register: Register, walk: Walk) -> Activity:
    (found,) = [one for one in register.activities() if one.walk_id == walk.id]
    return found


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"place": None, "area_id": None, "minutes": None, "participants": 0, "note": ""},
        {"place": LineString([(12.9, 57.7), (12.91, 57.71)]), "verified_by": "boras-stad"},
        {"place": MultiLineString([[(12.9, 57.7), (12.91, 57.71)], [(13.0, 57.8), (13.1, 57.8)]])},
        {"commitments": (), "parties": (), "origin": Origin(SourceKind.PUBLISHED, None, None, "s")},
        {"note": "\"citat\" 'enkla' %s {x} åäö \N{PEDESTRIAN}\n"},
    ],
)
def test_an_activity_comes_back_as_it_was(
    register: Register, new_activity: NewActivity, values: dict[str, Any]
) -> None:
    given = new_activity(**values)
    assert register.add([given], by="test") == 1
    assert register.activity(given.id) == given
    assert register.activities() == [given]


def test_walks_and_findings_come_back_as_they_were(
    register: Register, new_walk: NewWalk, new_finding: NewFinding
) -> None:
    walk = new_walk(origin=Origin(SourceKind.EXAMPLE, "walks.csv", 2))
    finding = new_finding(walk_id=walk.id)
    assert register.add([walk], [finding], by="test") == 2
    assert register.walk(walk.id) == walk
    assert register.finding(finding.id) == finding


def test_links_given_twice_are_kept_once_in_their_order(
    register: Register, new_activity: NewActivity
) -> None:
    given = new_activity(commitments=("b/2", "a/1", "b/2"))
    register.add([given], by="test")
    assert register.activity(given.id).commitments == ("b/2", "a/1")


def test_an_empty_geometry_is_no_place(register: Register, new_activity: NewActivity) -> None:
    given = new_activity(place=Point())
    register.add([given], by="test")
    assert register.activity(given.id).place is None


@pytest.mark.parametrize(
    ("given", "utc"),
    [
        # Swedish summer time ended on 28 October 2018 at 03:00: half past two came twice.
        (
            datetime(2018, 10, 28, 2, 30, tzinfo=ZoneInfo("Europe/Stockholm"), fold=0),
            datetime(2018, 10, 28, 0, 30, tzinfo=UTC),
        ),
        (
            datetime(2018, 10, 28, 2, 30, tzinfo=ZoneInfo("Europe/Stockholm"), fold=1),
            datetime(2018, 10, 28, 1, 30, tzinfo=UTC),
        ),
        (
            datetime(2018, 1, 1, 0, 15, tzinfo=timezone(timedelta(hours=5, minutes=45))),
            datetime(2017, 12, 31, 18, 30, tzinfo=UTC),
        ),
    ],
)
def test_times_come_back_in_utc(
    register: Register, new_activity: NewActivity, given: datetime, utc: datetime
) -> None:
    one = new_activity(start=given, day=date(2018, 1, 1))
    register.add([one], by="test")
    found = register.activity(one.id)
    assert found.start.replace(tzinfo=None) == utc.replace(tzinfo=None)
    assert found.start.tzinfo is UTC
    assert found.day == date(2018, 1, 1)  # the day is told, not worked out


def test_a_time_without_zone_is_refused(register: Register, new_activity: NewActivity) -> None:
    with pytest.raises(ValueError, match="2018-05-03 18:30:00"):
        register.add(
            [new_activity(start=datetime(2018, 5, 3, 18, 30))],  # noqa: DTZ001 (what is tested)
            by="test",
        )
    assert register.version() == 0


@pytest.mark.parametrize("chunk", [1, 2, 100])
def test_an_id_that_is_taken_leaves_nothing_half(
    register: Register, new_activity: NewActivity, new_walk: NewWalk, chunk: int
) -> None:
    first, second = new_activity(), new_activity()
    register.add([first], by="test")
    for given in ([second, first], [second, new_activity(), second]):
        with raised(RegisterError, "register.duplicate_id"):
            register.add(given, [new_walk()], by="test", chunk=chunk)
    assert register.activities() == [first]
    assert register.walks() == []
    assert register.version() == 1


def test_an_error_while_records_are_made_leaves_nothing(
    register: Register, new_activity: NewActivity
) -> None:
    def broken() -> Iterator[Activity]:
        yield new_activity()
        raise OSError("the file ended")

    with pytest.raises(OSError, match="the file ended"):
        register.add(broken(), by="test", chunk=1)
    assert register.version() == 0
    assert register.count_activities() == 0


def test_a_finding_needs_its_walk(register: Register, new_finding: NewFinding) -> None:
    with raised(UnknownIdError, "unknown.walk"):
        register.add([new_finding(walk_id="nowhere")], by="test")


def test_a_finding_can_not_be_moved_to_a_walk_that_is_not_there(
    register: Register, new_finding: NewFinding
) -> None:
    given = new_finding()
    register.add([given], by="test")
    with raised(RegisterError, "register.integrity"):
        register.change(replace(given, walk_id="nowhere"), by="test", expected_number=1)
    assert register.finding(given.id) == given
    assert register.newest_number("finding", given.id) == 1


def test_existing_ids_are_those_that_are_taken(
    register: Register, new_activity: NewActivity, new_walk: NewWalk
) -> None:
    many = [new_activity() for _ in range(2_500)]
    walk = new_walk()
    register.add(many, [walk], by="test")
    asked = [one.id for one in many] + ["nobody", walk.id]
    assert register.existing_ids("activity", asked) == {one.id for one in many}
    assert register.existing_ids("walk", asked) == {walk.id}


@pytest.mark.parametrize("entity", ["activity", "walk", "finding"])
def test_an_unknown_id_is_said(register: Register, entity: str) -> None:
    with raised(UnknownIdError, f"unknown.{entity}"):
        getattr(register, entity)("nobody")


def test_history_tells_who_when_and_what(register: Register, new_finding: NewFinding) -> None:
    before = datetime.now(UTC)
    found = new_finding()
    mended = replace(found, status=FindingStatus.DONE, status_day=date(2018, 10, 20))
    register.add([found], by="police, Borås")
    assert register.change(mended, by="Borås Stad", expected_number=1) == 2
    assert register.void("finding", found.id, by="planner", expected_number=2) == 3
    assert register.restore("finding", found.id, by="planner", expected_number=3) == 4
    history = register.revisions("finding", found.id)
    assert [one.number for one in history] == [1, 2, 3, 4]
    assert [one.action for one in history] == ["create", "change", "void", "restore"]
    assert [one.by for one in history] == ["police, Borås", "Borås Stad", "planner", "planner"]
    assert [one.content["status"] for one in history] == ["open", "done", "done", "done"]
    assert [one.content["void"] for one in history] == [False, False, True, False]
    assert history[0].content["place"] == {"type": "Point", "coordinates": [12.91, 57.70]}
    assert all(before <= one.at <= datetime.now(UTC) for one in history)
    assert [one.sequence for one in history] == [1, 2, 3, 4]
    assert register.version() == 4
    assert register.finding(found.id) == mended


def test_a_change_over_somebody_elses_is_refused(
    register: Register, new_activity: NewActivity
) -> None:
    given = new_activity()
    register.add([given], by="test")
    register.change(replace(given, minutes=60), by="first", expected_number=1)
    with raised(RegisterError, "register.conflict"):
        register.change(replace(given, minutes=90), by="second", expected_number=1)
    for withdraw in (register.void, register.restore):
        with raised(RegisterError, "register.conflict"):
            withdraw("activity", given.id, by="second", expected_number=1)
    assert register.activity(given.id).minutes == 60
    assert register.newest_number("activity", given.id) == 2


def test_of_two_that_change_at_once_one_is_told(
    register: Register, new_activity: NewActivity
) -> None:
    given = new_activity()
    register.add([given], by="test")

    def change(minutes: int) -> str:
        try:
            register.change(replace(given, minutes=minutes), by="test", expected_number=1)
        except RegisterError as error:
            return error.key
        return "saved"

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(change, [50, 60, 70, 80]))
    assert answers == ["register.conflict"] * 3 + ["saved"]


def test_a_change_that_changes_nothing_writes_nothing(
    register: Register, new_activity: NewActivity
) -> None:
    given = new_activity()
    register.add([given], by="test")
    assert register.change(given, by="test", expected_number=1) == 1
    assert register.restore("activity", given.id, by="test", expected_number=1) == 1
    assert register.version() == 1


def test_unknown_records_can_not_be_changed(register: Register, new_activity: NewActivity) -> None:
    with raised(UnknownIdError, "unknown.activity"):
        register.change(new_activity(), by="test", expected_number=1)
    with raised(UnknownIdError, "unknown.walk"):
        register.void("walk", "nobody", by="test", expected_number=1)


def test_a_void_record_stays_but_is_in_no_list(
    register: Register, new_activity: NewActivity, new_walk: NewWalk, new_finding: NewFinding
) -> None:
    activity, walk, finding = new_activity(), new_walk(), new_finding()
    register.add([activity], [walk], [finding], by="test")
    for entity, record in (("activity", activity), ("walk", walk), ("finding", finding)):
        register.void(entity, record.id, by="test", expected_number=1)
    assert register.counts() == {"activities": 0, "walks": 0, "findings": 0}
    assert register.activities() == register.walks() == register.findings() == []
    assert register.evidence() == []
    assert register.latest_days() == {}
    assert register.count_points((-180, -85, 180, 85)) == 0
    assert register.activity(activity.id) == replace(activity, void=True)
    assert register.walk(walk.id) == replace(walk, void=True)
    assert register.finding(finding.id) == replace(finding, void=True)


def test_a_change_does_not_take_a_void_record_back(
    register: Register, new_activity: NewActivity
) -> None:
    given = new_activity()
    register.add([given], by="test")
    register.void("activity", given.id, by="test", expected_number=1)
    register.change(replace(given, minutes=5), by="test", expected_number=2)
    assert register.activity(given.id) == replace(given, minutes=5, void=True)


def test_a_held_walk_is_an_activity_once(register: Register, new_walk: NewWalk) -> None:
    held, planned = new_walk(status=WalkStatus.HELD), new_walk()
    assert register.add([held, planned], by="test") == 2
    (activity,) = register.activities()
    assert activity == Activity(
        id=activity.id,
        kind="safety_walk",
        area_id=held.area_id,
        place=held.route,
        start=held.start,
        precision=held.precision,
        day=held.day,
        minutes=held.minutes,
        commitments=held.commitments,
        parties=held.parties,
        participants=held.participants,
        note=held.note,
        origin=held.origin,
        walk_id=held.id,
    )
    with raised(RegisterError, "register.duplicate_id"):
        register.add([held], by="test")
    assert register.count_activities() == 1


def test_the_activity_of_a_walk_has_the_same_id_in_every_register(
    register: Register, new_walk: NewWalk, tmp_path: Any
) -> None:
    held = new_walk(status=WalkStatus.HELD)
    with Register.open(f"sqlite:///{tmp_path}/other.sqlite") as other:
        other.add([held], by="test")
        register.add([held], by="test")
        assert only_activity_of(other, held).id == only_activity_of(register, held).id


def test_a_walk_and_its_activity_stay_in_step(register: Register, new_walk: NewWalk) -> None:
    walk = new_walk()
    register.add([walk], by="test")
    held = replace(walk, status=WalkStatus.HELD, participants=30)
    register.change(held, by="test", expected_number=1)
    activity = only_activity_of(register, walk)
    assert activity.participants == 30

    register.change(replace(activity, verified_by="police"), by="test", expected_number=1)
    register.change(replace(held, minutes=60), by="test", expected_number=2)
    assert only_activity_of(register, walk) == replace(activity, minutes=60, verified_by="police")

    register.void("walk", walk.id, by="test", expected_number=3)
    assert register.count_activities() == 0
    register.restore("walk", walk.id, by="test", expected_number=4)
    assert only_activity_of(register, walk).minutes == 60

    register.change(replace(walk, status=WalkStatus.CANCELLED), by="test", expected_number=5)
    assert register.count_activities() == 0
    register.change(held, by="test", expected_number=6)
    assert only_activity_of(register, walk).verified_by == "police"
    actions = [one.action for one in register.revisions("activity", activity.id)]
    assert actions == ["create", "change", "change", "void", "restore", "void", "restore"]


def test_the_activity_of_a_walk_is_not_changed_on_its_own(
    register: Register, new_walk: NewWalk, new_activity: NewActivity
) -> None:
    walk = new_walk(status=WalkStatus.HELD)
    register.add([walk], by="test")
    activity = only_activity_of(register, walk)
    with raised(RegisterError, "register.follows_walk"):
        register.change(replace(activity, minutes=1), by="test", expected_number=1)
    with raised(RegisterError, "register.follows_walk"):
        register.void("activity", activity.id, by="test", expected_number=1)
    with raised(RegisterError, "register.follows_walk"):
        register.add([new_activity(walk_id=walk.id)], by="test")
    own = new_activity()
    register.add([own], by="test")
    with raised(RegisterError, "register.follows_walk"):
        register.change(replace(own, walk_id=walk.id), by="test", expected_number=1)
    assert only_activity_of(register, walk) == activity


def test_threads_that_write_at_once_lose_nothing(
    register: Register, new_activity: NewActivity
) -> None:
    def write(_: int) -> int:
        done = register.add([new_activity() for _ in range(10)], by="test")
        assert register.count_activities() >= done
        return done

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(write, range(24))) == 240
    assert register.count_activities() == 240
    assert register.version() == 240
