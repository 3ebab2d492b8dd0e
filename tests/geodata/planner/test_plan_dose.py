"""The dose board: read through the service, for a period, anew whenever a record changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from shapely import LineString, Point

from geodata.model import Activity, HotSpot, Period, Precision
from geodata.planner.doses import (
    Asked,
    DoseState,
    Visit,
    asked_period,
    board,
    is_advised,
)
from geodata.service import Service
from geodata.service.core import ANSWERS_KEPT
from geodata.settings import NO_BASEMAP, Settings, register_url
from geodata.texts import SWEDISH_TIME

MAY = Period(date(2018, 5, 1), date(2018, 5, 31))
NORRBY, HULTA = Point(12.9256, 57.7246), Point(12.9856, 57.7246)


@pytest.fixture
def service(own_blank: Path) -> Iterator[Service]:
    settings = Settings(register_url(str(own_blank)), basemap=NO_BASEMAP)
    with Service.open(settings, today=lambda: date(2018, 6, 30)) as opened:
        yield opened


def hot_spot(name: str = "torget", place: Point = NORRBY, **values: object) -> HotSpot:
    told = {"valid_from": date(2018, 1, 1), "area_id": "norrby", "visits_a_week": 2.0, **values}
    return HotSpot(str(uuid4()), name, place, **told)


def patrol(day: int = 3, place: object = NORRBY, **values: object) -> Activity:
    start = datetime(2018, 5, day, 18, tzinfo=SWEDISH_TIME)
    told = {"kind": "foot_patrol", "area_id": "norrby", "minutes": 12, "start": start, **values}
    return Activity(
        str(uuid4()), place=place, precision=Precision.MINUTE, day=told["start"].date(), **told
    )


# --- the period ------------------------------------------------------------------------------


def test_the_promises_period_up_to_the_day_told_about(service: Service) -> None:
    boras = service.promises("boras-2018")
    whole = boras[0].period
    for as_of, last in ((date(2018, 5, 3), date(2018, 5, 3)), (date(2026, 1, 1), whole.end)):
        found = asked_period(boras, as_of, {})
        assert found == Asked("promise", Period(whole.start, last))
    before = whole.start - timedelta(days=10)
    found = asked_period(boras, before, {})
    assert found.period == Period(before - timedelta(days=27), before)


@pytest.mark.parametrize("as_of", [date.min, date.max])
@pytest.mark.parametrize("choices", [{}, {"period": "latest"}])
def test_a_day_that_nobody_means_is_answered_all_the_same(
    service: Service, as_of: date, choices: dict[str, str]
) -> None:
    service.register.add([hot_spot()], by="test")
    found = board(service, asked_period(service.promises(), as_of, choices).period)
    assert found.spots[0].dose.visits == ()


@pytest.mark.parametrize(
    ("choices", "choice", "days", "fault", "cut"),
    [
        ({"period": "latest"}, "latest", ("2018-06-03", "2018-06-30"), None, False),
        ({"period": "nonsense"}, "promise", None, None, False),
        ({"period": "own"}, "own", None, "days", False),
        ({"period": "own", "first": "2018-05-01"}, "own", None, "days", False),
        (
            {"period": "own", "first": "1492-01-01", "last": "2018-05-01"},
            "own",
            None,
            "days",
            False,
        ),
        (
            {"period": "own", "first": "2018-05-02", "last": "2018-05-01"},
            "own",
            None,
            "order",
            False,
        ),
        (
            {"period": "own", "first": "2018-07-01", "last": "2018-08-01"},
            "own",
            None,
            "order",
            False,
        ),
        (
            {"period": "own", "first": " 2018-05-01", "last": "2018-05-01"},
            *("own", ("2018-05-01", "2018-05-01"), None, False),
        ),
        (
            {"period": "own", "first": "2018-05-01", "last": "9999-12-31"},
            *("own", ("2018-05-01", "2018-06-30"), None, True),
        ),
    ],
)
def test_a_period_of_ones_own(
    service: Service,
    choices: dict[str, str],
    choice: str,
    days: tuple[str, str] | None,
    fault: str | None,
    cut: bool,
) -> None:
    promises, as_of = service.promises(), date(2018, 6, 30)
    found = asked_period(promises, as_of, choices)
    assert (found.choice, found.fault, found.cut) == (choice, fault, cut)
    usual = asked_period(promises, as_of, {}).period
    assert found.period == (Period(*map(date.fromisoformat, days)) if days else usual)


# --- the board -------------------------------------------------------------------------------


def test_a_board_without_hot_spots(service: Service) -> None:
    service.register.add([patrol()], by="test")
    found = board(service, MAY)
    assert (found.spots, found.areas, len(found.patrols)) == ((), (), 1)


def test_what_is_recorded_is_on_the_board(service: Service) -> None:
    torget, bortre = hot_spot(), hot_spot("bortre", HULTA, area_id="hulta", visits_a_week=1.0)
    drawn = LineString([(12.9156, 57.7246), (12.9356, 57.7246)])
    there, passed = patrol(), patrol(4, drawn)
    elsewhere, unplaced = patrol(5, Point(12.95, 57.70)), patrol(6, None)
    others = [patrol(7, kind="citizen_dialogue"), replace(patrol(8), void=True)]
    service.register.add([there, passed, elsewhere, unplaced, *others], [torget, bortre], by="test")
    found = board(service, MAY)
    assert [one.hot_spot.name for one in found.spots] == ["bortre", "torget"]
    dose = found.spots[1].dose
    assert [visit.activity_id for visit in dose.visits] == [there.id]
    assert [one.activity_id for one in dose.passes] == [passed.id]
    assert found.elsewhere == {elsewhere.id}
    assert found.unplaced == {unplaced.id}
    assert {id_ for id_, _ in found.patrols} == {a.id for a in (there, passed, elsewhere, unplaced)}
    assert dose.planned.visits == pytest.approx(2 * 31 / 7)


def test_a_board_is_narrowed_to_areas(service: Service) -> None:
    spots = [hot_spot(), hot_spot("bortre", HULTA, area_id="hulta")]
    service.register.add([patrol(), patrol(4, HULTA, area_id="hulta")], spots, by="test")
    found = board(service, MAY).within({"hulta"})
    assert [one.hot_spot.name for one in found.spots] == ["bortre"]
    assert [one.area_id for one in found.areas] == ["hulta"]
    assert len(found.patrols) == 1
    assert found.area("norrby") is None


def test_a_change_makes_a_new_board(service: Service) -> None:
    torget = hot_spot()
    service.register.add([torget], by="test")
    before = board(service, MAY)
    assert before is board(service, MAY)
    assert before.spots[0].dose.state is DoseState.NO_VISITS
    service.register.add([patrol()], by="test")
    assert len(board(service, MAY).spots[0].dose.visits) == 1


def test_only_some_boards_are_kept(service: Service) -> None:
    days = [date(2018, 5, 1) + timedelta(days=n) for n in range(ANSWERS_KEPT + 1)]
    first = board(service, Period(days[0], days[0]))
    for day in days[1:]:
        board(service, Period(day, day))
    assert board(service, Period(days[0], days[0])) is not first


def test_a_board_within_days_that_were_read_before_is_that_of_a_first_reading(
    service: Service, tmp_path: Path
) -> None:
    spots = [hot_spot(), hot_spot("bortre", HULTA, area_id="hulta")]
    patrols = [patrol(day, (NORRBY, HULTA, None)[day % 3]) for day in range(1, 31)]
    service.register.add(patrols, spots, by="test")
    part = Period(date(2018, 5, 9), date(2018, 5, 20))
    wide = board(service, MAY)
    narrow = board(service, part)
    settings = Settings(register_url(str(tmp_path / "own.sqlite")), basemap=NO_BASEMAP)
    with Service.open(settings, today=lambda: date(2018, 6, 30)) as other:
        afresh = board(other, part)
    assert replace(narrow, found=afresh.found) == afresh
    assert len(narrow.patrols) == 12 < len(wide.patrols)


def test_a_track_from_the_evening_before_is_read(service: Service) -> None:
    lon, lat = NORRBY.x, NORRBY.y
    way = LineString([(lon + 0.02, lat), (lon, lat), (lon, lat + 0.0001)])
    start = datetime(2018, 4, 30, 23, 30, tzinfo=SWEDISH_TIME)
    night = patrol(place=way, start=start, times_s=((0, 0), (2400, 2400), (3000, 3000)))
    service.register.add([night], [hot_spot()], by="test")
    (visit,) = board(service, MAY).spots[0].dose.visits
    assert (visit.day, visit.minutes) == (date(2018, 5, 1), 10)


def test_a_withdrawn_hot_spot_is_not_on_the_board_and_got_nothing(service: Service) -> None:
    gone = replace(hot_spot(), void=True)
    service.register.add([patrol()], [gone], by="test")
    found = board(service, MAY)
    assert found.spots == ()
    assert found.dose_of(gone).dose.visits == ()


@pytest.mark.parametrize(
    ("minutes", "advised"), [(None, False), (9.4, False), (9.5, True), (16, True), (16.6, False)]
)
def test_advised(minutes: float | None, advised: bool) -> None:
    start = datetime(2018, 5, 3, 18, tzinfo=SWEDISH_TIME)
    visit = Visit("s", "a", start, start.date(), Precision.MINUTE, minutes, "record")
    assert is_advised(visit) is advised
