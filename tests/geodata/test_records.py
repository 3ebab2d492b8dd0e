"""The tables of records against the records themselves: nothing is told of what there isn't."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any

import pytest
from shapely import LineString, Point

from geodata.model import Activity, Finding, FindingStatus, HotSpot, Precision, Walk, WalkStatus
from geodata.records import TABLES, Column, Sort, form_values

RECORDS: dict[Sort, type[Any]] = {
    "activities": Activity,
    "walks": Walk,
    "findings": Finding,
    "hot_spots": HotSpot,
}
# The activity that a held walk is was confirmed, not the walk itself.
BESIDE = {"walks": {"verified_by"}}


def written(sort: Sort) -> set[str]:
    columns = (column for column in TABLES[sort] if column.written)
    return {column.attribute.partition(".")[0] for column in columns} - BESIDE.get(sort, set())


@pytest.mark.parametrize("sort", RECORDS)
def test_a_file_holds_every_field_of_a_record(sort: Sort) -> None:
    # Void records never go out.
    assert written(sort) == {field.name for field in fields(RECORDS[sort])} - {"void"}


@pytest.mark.parametrize("sort", RECORDS)
def test_a_column_stands_once_in_its_table(sort: Sort) -> None:
    names = [column.name for column in TABLES[sort]]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "column", [c for table in TABLES.values() for c in table], ids=lambda c: c.name
)
def test_what_is_chosen_from_a_list_has_the_list_and_a_sentence_for_the_rest(
    column: Column,
) -> None:
    assert bool(column.unknown) == bool(column.known or column.words)


def test_a_form_shows_a_walk_as_it_is_read_back() -> None:
    walk = Walk(
        id="a",
        area_id="norrby",
        status=WalkStatus.HELD,
        start=datetime(2018, 4, 24, 16, 0, tzinfo=UTC),
        precision=Precision.MINUTE,
        day=date(2018, 4, 24),
        minutes=90,
        route=LineString([(12.9, 57.7), (12.91, 57.7)]),
        parties=("polisen", "borås"),
        followed_up=date(2018, 5, 2),
    )
    assert form_values(walk) == {
        "status": "held",
        "area": "norrby",
        # Two hours east of Greenwich in April.
        "date": "2018-04-24",
        "time": "18:00",
        "minutes": "90",
        "meeting_point": "",
        "invited": "",
        "route": '{"type": "LineString", "coordinates": [[12.9, 57.7], [12.91, 57.7]]}',
        "participants": "",
        "parties": ("polisen", "borås"),
        "commitments": (),
        "note": "",
        "followed_up": "2018-05-02",
        "repeats": "",
    }


def test_a_form_shows_a_finding_outside_every_area() -> None:
    finding = Finding(
        id="a",
        walk_id=None,
        area_id=None,
        place=Point(12.9, 57.7),
        category="lighting",
        text="Mörkt",
        owner=None,
        due=None,
        status=FindingStatus.OPEN,
        day=date(2018, 4, 24),
        status_day=date(2018, 4, 24),
        internal=True,
        function="Gatudriften",
    )
    assert form_values(finding) == {
        "area": "outside",
        "lat": "57.7",
        "lon": "12.9",
        "category": "lighting",
        "text": "Mörkt",
        "owner": "",
        "function": "Gatudriften",
        "due": "",
        "status": "open",
        "day": "2018-04-24",
        "status_day": "2018-04-24",
        "internal": ("yes",),
    }
