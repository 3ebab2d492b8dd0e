"""The balance as the register gives it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from shapely import Point

from geodata.model import Activity, ActivityFilter, HotSpot, Period, Precision
from geodata.planner.doses import PATROL_KINDS, balance
from geodata.service import Service
from geodata.settings import NO_BASEMAP, Settings, register_url
from geodata.texts import SWEDISH_TIME

YEAR = Period(date(2018, 1, 1), date(2019, 1, 31))
JUNE = Period(date(2018, 6, 1), date(2018, 6, 30))


@pytest.fixture(scope="module")
def example(example_file: Path) -> Iterator[Service]:
    with Service.open(Settings(register_url(str(example_file)), basemap=NO_BASEMAP)) as service:
        yield service


@pytest.fixture
def empty(own_blank: Path) -> Iterator[Service]:
    with Service.open(Settings(register_url(str(own_blank)), basemap=NO_BASEMAP)) as s:
        yield s


def patrol(area: str | None, day: date, minutes: int | None, kind: str = "patrol") -> Activity:
    start = datetime(day.year, day.month, day.day, tzinfo=SWEDISH_TIME)
    return Activity(str(uuid4()), kind, area, None, start, Precision.DAY, day, minutes)


def test_the_examples_minutes_are_those_of_its_patrols(example: Service) -> None:
    found = balance(example, example.promises("boras-2018"), YEAR)
    assert [area.area_id for area in found.areas] == ["hassleholmen", "hulta", "norrby"]
    for area in found.areas:
        wanted = ActivityFilter(
            area_ids=(area.area_id,), kinds=PATROL_KINDS, first_day=YEAR.start, last_day=YEAR.end
        )
        records = example.activities(wanted)
        assert area.amounts.minutes == sum(a.minutes or 0 for a in records)
        assert area.amounts.without_minutes == sum(a.minutes is None for a in records)
        findings = example.findings((area.area_id,))
        assert len(area.amounts.findings) == len(findings)
    assert sum(area.shares["patrols"] or 0 for area in found.areas) == pytest.approx(1)


def test_the_other_promises_areas_lie_elsewhere(example: Service) -> None:
    boras = balance(example, example.promises("boras-2018"), YEAR)
    every = balance(example, example.promises(), YEAR)
    mark = [area for area in every.areas if area.area_id not in ("hassleholmen", "hulta", "norrby")]
    assert boras.elsewhere.minutes == sum(area.amounts.minutes for area in mark)
    assert boras.elsewhere.findings
    assert not every.elsewhere.findings


def test_residents_are_known_for_norrby_alone(example: Service) -> None:
    found = balance(example, example.promises("boras-2018"), YEAR)
    assert [area.residents for area in found.areas] == [None, None, 4121]
    assert found.residents_unknown == ("hassleholmen", "hulta")
    assert all(area.shares["residents"] is None for area in found.areas)


def test_a_change_of_the_register_shows_at_once(empty: Service) -> None:
    promises = empty.promises("boras-2018")
    before = balance(empty, promises, JUNE)
    assert [area.shares["patrols"] for area in before.areas] == [None, None, None]
    empty.register.add(
        [
            patrol("norrby", date(2018, 6, 5), 45, "foot_patrol"),
            patrol("hulta", date(2018, 6, 6), 15),
            patrol("hulta", date(2018, 6, 6), 600, "operation"),
            patrol("hulta", date(2018, 7, 6), 600),
            patrol(None, date(2018, 6, 6), 30),
        ],
        [HotSpot(str(uuid4()), "Torget", Point(12.93, 57.725), JUNE.start, area_id="norrby")],
        by="test",
    )
    found = balance(empty, promises, JUNE)
    assert [area.shares["patrols"] for area in found.areas] == [0.0, 0.25, 0.75]
    assert [area.shares["hot_spots"] for area in found.areas] == [0.0, 0.0, 1.0]
    assert found.elsewhere.minutes == 30
    widest = found.farthest("hot_spots")
    assert widest is not None
    assert abs(widest.gap("hot_spots") or 0) == pytest.approx(0.25)
