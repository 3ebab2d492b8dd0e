"""A schedule's files: a calendar that others read, a table that runs nothing, a sheet."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

import pytest
from icalendar import Calendar

from geodata.errors import PlanningError
from geodata.model import Plan, PlanKind
from geodata.planner.schedule.keep import (
    SCHEDULES,
    KeptSchedule,
    KeptTally,
    KeptVisit,
    calendar,
    for_patrol,
    sheets,
    table,
)
from geodata.planning.travel import TravelSource
from geodata.texts import SWEDISH_TIME, words

MADE: Final = datetime(2026, 10, 20, 9, 30, tzinfo=UTC)
PLAN: Final = "6f1d2a7e-4b1c-4f0a-9a55-0f3f3c2a1b10"


def visit(key: str, start: datetime, name: str = "Norrby torg", **more: object) -> KeptVisit:
    given: dict[str, object] = {
        "key": key,
        "patrol": "Patrull 1",
        "spot_id": "spot",
        "name": name,
        "lon": 12.9280,
        "lat": 57.7160,
        "start": start.astimezone(SWEDISH_TIME),
        "minutes": 12,
        "walk_minutes": None,
    }
    return KeptVisit(**{**given, **more})  # type: ignore[arg-type]


def schedule(*visits: KeptVisit) -> KeptSchedule:
    return KeptSchedule(
        PLAN,
        "Vecka 44",
        date(2026, 10, 24),
        date(2026, 10, 30),
        7,
        visits,
        (KeptTally("spot", "Norrby torg", 4, 3),),
        ("Ön",),
        TravelSource("straight_lines", detour=1.3),
    )


BEFORE: Final = visit("a", datetime(2026, 10, 24, 18, 5, tzinfo=SWEDISH_TIME))
AFTER: Final = visit(
    "b", datetime(2026, 10, 25, 18, 5, tzinfo=SWEDISH_TIME), "Hulta, södra; torget", walk_minutes=4
)
OTHER: Final = visit("c", datetime(2026, 10, 25, 19, 0, tzinfo=SWEDISH_TIME), patrol="Patrull 2")


def lines_of(text: bytes) -> list[str]:
    """Return a calendar's lines, long ones put together again (RFC 5545, 3.1)."""
    return text.decode().replace("\r\n ", "").split("\r\n")


def test_a_calendar_reads_as_the_standard_says() -> None:
    text = calendar(schedule(AFTER), words("sv"), number=3, at=MADE)
    assert text.endswith(b"\r\n")
    assert all(len(line) <= 75 for line in text.split(b"\r\n"))
    lines = lines_of(text)
    assert lines[0] == "BEGIN:VCALENDAR"
    assert "VERSION:2.0" in lines
    assert "DTSTART:20261025T170500Z" in lines
    assert "DTEND:20261025T171700Z" in lines
    assert "DTSTAMP:20261020T093000Z" in lines
    assert "SEQUENCE:2" in lines
    assert "GEO:57.716;12.928" in lines
    assert r"LOCATION:Hulta\, södra\; torget" in lines


def test_times_are_the_same_moments_on_both_sides_of_the_clocks_change() -> None:
    read = Calendar.from_ical(calendar(schedule(BEFORE, AFTER), words("sv"), at=MADE))
    moments = [event["dtstart"].dt.astimezone(UTC) for event in read.walk("VEVENT")]
    # 18:05 is 16:05 UTC in summer time and 17:05 the evening after.
    assert moments == [
        datetime(2026, 10, 24, 16, 5, tzinfo=UTC),
        datetime(2026, 10, 25, 17, 5, tzinfo=UTC),
    ]
    assert not [event.errors for event in read.walk() if event.errors]


def test_a_visit_keeps_its_uid_when_its_time_changes_and_no_other_has_it() -> None:
    def uids(of: KeptSchedule) -> list[str]:
        read = Calendar.from_ical(calendar(of, words("en"), at=MADE))
        return [str(event["uid"]) for event in read.walk("VEVENT")]

    before = uids(schedule(BEFORE, AFTER))
    moved = replace(BEFORE, start=BEFORE.start + timedelta(hours=1), spot_id="other")
    assert uids(schedule(moved, AFTER)) == before
    assert len(set(before)) == 2
    assert set(uids(replace(schedule(BEFORE, AFTER), id="another"))).isdisjoint(before)


def test_a_patrols_calendar_holds_its_own_visits_and_nothing_but_place_and_time() -> None:
    whole = schedule(BEFORE, AFTER, OTHER)
    read = Calendar.from_ical(
        calendar(for_patrol(whole, "Patrull 2"), words("sv"), patrol="Patrull 2", at=MADE)
    )
    (event,) = read.walk("VEVENT")
    assert set(event) == {
        *("UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "DTSTART", "DTEND", "SUMMARY"),
        *("LOCATION", "GEO", "STATUS"),
    }
    assert event["location"] == "Norrby torg"
    assert str(read["x-wr-calname"]) == "Vecka 44: Patrull 2"


def test_a_table_reads_back_and_runs_nothing() -> None:
    hostile = replace(AFTER, name="=HYPERLINK(1)", patrol="@sum")
    text = table(schedule(BEFORE, hostile), words("sv"))
    assert text.startswith(b"\xef\xbb\xbf")
    header, first, second = csv.reader(io.StringIO(text.decode("utf-8-sig")), delimiter=";")
    assert len(header) == len(set(header)) == len(first) == 9
    assert first[:7] == ["2026-10-24", "18:05", "18:17", "12", "", "Patrull 1", "Norrby torg"]
    assert first[7:] == ["57,716", "12,928"]
    assert second[4:7] == ["4", "'@sum", "'=HYPERLINK(1)"]


def test_a_sheet_has_each_patrols_days() -> None:
    found = sheets(schedule(BEFORE, AFTER, OTHER))
    assert [(one.patrol, one.day.day, len(one.visits)) for one in found] == [
        ("Patrull 1", 24, 1),
        ("Patrull 1", 25, 1),
        ("Patrull 2", 25, 1),
    ]
    assert [one.patrol for one in sheets(for_patrol(schedule(BEFORE, OTHER), "Patrull 2"))] == [
        "Patrull 2"
    ]


def test_what_is_kept_comes_back_and_what_is_damaged_is_told() -> None:
    made = schedule(BEFORE, AFTER, OTHER)
    kept = json.loads(json.dumps(SCHEDULES.outcome(made)))
    plan = Plan(PLAN, PlanKind.SCHEDULE, made.name, made.first_day, made.last_day, {}, kept)
    assert SCHEDULES.read(plan) == made
    for damaged in (
        {},
        {**kept, "version": 99},
        {**kept, "visits": [{"key": "a"}]},
        {**kept, "visits": [{**kept["visits"][0], "start": "2026-10-24T18:05"}]},
        {**kept, "visits": [{**kept["visits"][0], "lon": float("nan")}]},
        {**kept, "tallies": None},
    ):
        with pytest.raises(PlanningError) as caught:
            SCHEDULES.read(replace(plan, outcome=damaged))
        assert caught.value.key == "plan_schedule.not_readable"
