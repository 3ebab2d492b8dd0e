"""Lists, days, evidence and counts against the same done by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
import shapely

from geodata.model import (
    Activity,
    ActivityFilter,
    Evidence,
    Finding,
    Origin,
    SourceKind,
    Walk,
    WalkStatus,
)
from geodata.register import Register
from geodata.register.grid import Region

NewActivity = Callable[..., Activity]
NewWalk = Callable[..., Walk]
NewFinding = Callable[..., Finding]


@pytest.fixture
def filled(register: Register, new_activity: NewActivity) -> Register:
    def one(name: str, month: int, hour: int, **values: object) -> Activity:
        start = datetime(2018, month, 1, hour, tzinfo=UTC)
        return new_activity(id=name, start=start, day=date(2018, month, 1), **values)

    register.add(
        [
            one("a", 3, 8, area_id="norrby", kind="patrol", commitments=("b/2", "b/1")),
            one("b", 5, 9, area_id="hulta", kind="patrol", commitments=()),
            one("c", 5, 7, area_id="norrby", kind="foot_patrol", commitments=("b/1",)),
            one("d", 1, 7, area_id=None, kind="foot_patrol", commitments=("b/1",), minutes=None),
            one("e", 5, 9, area_id="norrby", kind="operation", commitments=("b/3",), place=None),
        ],
        by="test",
    )
    return register


def around(lon: float, lat: float) -> Region:
    box = (lon - 0.5, lat - 0.5, lon + 0.5, lat + 0.5)
    return Region((box,), (box,), shapely.box(*box).intersects)


HERE = around(12.93, 57.72)
ELSEWHERE = around(2.35, 48.85)


def ids(found: list[Activity]) -> str:
    return "".join(one.id for one in found)


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (ActivityFilter(), "becad"),
        (ActivityFilter(area_ids=("norrby",)), "eca"),
        (ActivityFilter(area_ids=()), ""),
        (ActivityFilter(kinds=("patrol", "operation")), "bea"),
        (ActivityFilter(commitment_id="b/1"), "cad"),
        (ActivityFilter(first_day=date(2018, 3, 1)), "beca"),
        (ActivityFilter(last_day=date(2018, 3, 1)), "ad"),
        (ActivityFilter(("norrby",), ("patrol",), "b/2", date(2018, 3, 1), date(2018, 3, 1)), "a"),
    ],
)
def test_activities_come_newest_first_by_filter(
    filled: Register, chosen: ActivityFilter, expected: str
) -> None:
    assert ids(filled.activities(chosen)) == expected
    assert filled.count_activities(chosen) == len(expected)


@pytest.mark.parametrize("chosen", [ActivityFilter(), ActivityFilter(commitment_id="b/1")])
@pytest.mark.parametrize("region", [None, HERE, ELSEWHERE])
def test_each_day_is_counted_with_what_lies_in_a_region_or_nowhere(
    filled: Register, chosen: ActivityFilter, region: Region | None
) -> None:
    every = filled.activities(chosen)
    if region is ELSEWHERE:
        every = [one for one in every if one.place is None]
    by_day = Counter(one.day for one in every)
    assert filled.activity_days(chosen, region) == tuple(sorted(by_day.items(), reverse=True))
    for start in (0, 1, len(every)):
        page = filled.activities_within(chosen, region, limit=2, offset=start)
        assert ids(page) == ids(every[start : start + 2])


def test_activities_come_a_page_at_a_time(filled: Register) -> None:
    pages = [ids(filled.activities(limit=2, offset=start)) for start in (0, 2, 4, 6)]
    assert pages == ["be", "ca", "d", ""]
    assert ids(filled.activities(offset=3)) == "ad"


def test_latest_days_by_area(filled: Register) -> None:
    assert filled.latest_days() == {"norrby": date(2018, 5, 1), "hulta": date(2018, 5, 1)}
    assert filled.latest_days(ActivityFilter(kinds=("patrol",))) == {
        "norrby": date(2018, 3, 1),
        "hulta": date(2018, 5, 1),
    }


def test_evidence_is_each_claim_by_day(filled: Register) -> None:
    assert filled.evidence() == [
        Evidence("d", "b/1", None, "foot_patrol", date(2018, 1, 1), None),
        Evidence("a", "b/2", "norrby", "patrol", date(2018, 3, 1), 45),
        Evidence("a", "b/1", "norrby", "patrol", date(2018, 3, 1), 45),
        Evidence("c", "b/1", "norrby", "foot_patrol", date(2018, 5, 1), 45),
        Evidence("e", "b/3", "norrby", "operation", date(2018, 5, 1), 45),
    ]


def test_changed_commitments_change_the_evidence(
    register: Register, new_activity: NewActivity
) -> None:
    one = new_activity(commitments=("b/1", "b/2"))
    register.add([one], by="test")
    register.change(replace(one, commitments=("b/3", "b/2")), by="test", expected_number=1)
    assert [claim.commitment_id for claim in register.evidence()] == ["b/3", "b/2"]


def test_walks_come_by_start_and_findings_by_walk_and_area(
    register: Register, new_walk: NewWalk, new_finding: NewFinding
) -> None:
    late = new_walk(area_id="norrby", start=datetime(2018, 10, 9, tzinfo=UTC))
    early = new_walk(area_id="hulta", start=datetime(2018, 4, 9, tzinfo=UTC))
    first = new_finding(walk_id=early.id, area_id="hulta", day=date(2018, 4, 9))
    second = new_finding(walk_id=None, area_id="norrby", day=date(2018, 5, 9))
    register.add([late, early], [second, first], by="test")
    assert register.walks() == [early, late]
    assert register.walks(["norrby"]) == [late]
    assert register.walks([]) == []
    assert register.findings() == [first, second]
    assert register.findings(["norrby"]) == [second]
    assert register.findings(walk_id=early.id) == [first]
    assert register.findings(["norrby"], early.id) == []


def test_counts_are_of_records_that_are_not_void(
    register: Register, new_walk: NewWalk, new_finding: NewFinding, new_activity: NewActivity
) -> None:
    walks = [new_walk(status=WalkStatus.HELD), new_walk()]
    register.add([new_activity()], walks, [new_finding()], by="test")
    # The held walk is an activity too.
    assert register.counts() == {"activities": 2, "walks": 2, "findings": 1}


@pytest.mark.parametrize("entity", ["activity", "walk", "finding"])
def test_an_example_is_noticed_until_it_is_void(
    register: Register,
    new_activity: NewActivity,
    new_walk: NewWalk,
    new_finding: NewFinding,
    entity: str,
) -> None:
    register.add([new_activity()], [new_walk()], [new_finding()], by="test")
    assert not register.has_examples()
    example = Origin(SourceKind.EXAMPLE)
    if entity == "activity":
        register.add([new_activity(id="x", origin=example)], by="test")
    elif entity == "walk":
        register.add([new_walk(id="x", origin=example)], by="test")
    else:
        register.add([new_finding(id="x", origin=example)], by="test")
    assert register.has_examples()
    register.void(entity, "x", by="test", expected_number=1)
    assert not register.has_examples()
