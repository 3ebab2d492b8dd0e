"""Doubles by content: the same said twice is one thing, whoever said it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, timedelta
from typing import Any

import pytest
from shapely import LineString, Point

from geodata.intake.report import Reading
from geodata.model import Finding, FindingStatus, Origin, Precision, Record, SourceKind, WalkStatus
from geodata.records import fingerprint

Read = Callable[..., Reading]

TABLES = {
    "activity": "datum;slag;område;lat;lon;minuter;deltagare;anteckning\n"
    "2018-03-07 18:00;x;väster;57,705;12,905;5;3;Lugnt på gården\n",
    "walk": "namn;datum;område;samlingsplats;geometry\n"
    "Vår;2018-04-24 18:00;väster;Torget;LINESTRING (12.905 57.703, 12.905 57.707)\n",
    "finding": "kategori;text;lat;lon;datum\nbelysning;Mörkt;57,705;12,905;2018-04-24\n",
}


def record(read: Read, sort: str) -> Record:
    found = read("a.csv", TABLES[sort])
    assert found.problems == ()
    [only] = (*found.activities, *found.walks, *found.findings)
    return only


@pytest.mark.parametrize("sort", TABLES)
def test_who_said_it_makes_no_difference(read: Read, sort: str) -> None:
    one = record(read, sort)
    other: Any = replace(one, id="other", origin=Origin(SourceKind.RECORDED))
    assert fingerprint(other) == fingerprint(one)
    assert len({fingerprint(one), fingerprint(other)}) == 1
    if not isinstance(one, Finding):
        assert fingerprint(replace(one, start=one.start.astimezone(UTC))) == fingerprint(one)


@pytest.mark.parametrize(
    ("sort", "change", "same"),
    [
        ("activity", {"kind": "foot_patrol"}, False),
        ("activity", {"precision": Precision.DAY}, False),
        ("activity", {"area_id": None}, False),
        ("activity", {"place": None}, False),
        ("activity", {"place": Point(12.905002, 57.705)}, False),
        ("activity", {"place": Point(12.90500004, 57.705)}, True),
        ("activity", {"place": LineString([(12.905, 57.705), (12.906, 57.705)])}, False),
        ("activity", {"minutes": 6}, False),
        ("activity", {"participants": None}, False),
        ("activity", {"note": "Lugnt"}, False),
        ("activity", {"note": " Lugnt på  ga\u030arden"}, True),
        ("activity", {"parties": ("polisen",)}, True),
        ("walk", {"meeting_point": "Skolan"}, False),
        ("walk", {"route": None}, False),
        ("walk", {"area_id": "oster"}, False),
        ("walk", {"status": WalkStatus.HELD, "participants": 9, "note": "Bra"}, True),
        ("finding", {"text": "Ljust"}, False),
        ("finding", {"day": date(2018, 4, 25)}, False),
        ("finding", {"walk_id": "w"}, False),
        ("finding", {"status": FindingStatus.DONE, "owner": "polisen"}, True),
    ],
)
def test_what_it_says_does(read: Read, sort: str, change: dict[str, Any], same: bool) -> None:
    one: Any = record(read, sort)
    assert (fingerprint(replace(one, **change)) == fingerprint(one)) is same


def test_a_minute_later_is_another(read: Read) -> None:
    one: Any = record(read, "activity")
    assert fingerprint(replace(one, start=one.start + timedelta(minutes=1))) != fingerprint(one)
