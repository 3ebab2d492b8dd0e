"""Hot spots and plans in the register: saved, changed, ended and withdrawn with their history."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from shapely import LineString

from geodata.errors import UnknownIdError
from geodata.model import HotSpot, Plan, PlanKind
from geodata.planner.loop.keep import LOOPS, KeptLoop, KeptStop
from geodata.planner.places.ask import Choices
from geodata.planner.places.keep import ALTERNATIVES, Alternative, KeptPlace, read_alternative
from geodata.planner.places.solve import Demand, Spot
from geodata.planner.plans import PlanFormat
from geodata.planner.schedule.keep import SCHEDULES, KeptSchedule, KeptTally, KeptVisit
from geodata.planning.travel import TravelSource
from geodata.service import Service
from geodata.service.recording import Conflict, Outcome, Refused, Saved, act, save
from geodata.settings import NO_BASEMAP, Settings, register_url
from geodata.texts import SWEDISH_TIME

TODAY = date(2018, 9, 10)
NUMBER = "811218-9876"


@pytest.fixture
def service(own_blank: Path) -> Iterator[Service]:
    settings = Settings(register_url(str(own_blank)), basemap=NO_BASEMAP)
    opened = Service.open(settings, today=lambda: TODAY)
    yield opened
    opened.close()


def form(**values: str) -> dict[str, str]:
    return {
        "id": str(uuid4()),
        "by": "Områdespolis",
        "name": "Norrby torg",
        "lat": "57.7239",
        "lon": "12.9256",
        "valid_from": "2018-03-01",
        **values,
    }


def made(service: Service, **values: str) -> HotSpot:
    answer = save(service, "hot_spot", form(**values))
    assert isinstance(answer, Saved), answer
    assert isinstance(answer.record, HotSpot)
    return answer.record


def test_a_hot_spot_is_ended_and_its_history_stays(service: Service) -> None:
    spot = made(service)
    assert service.hot_spots() == (spot,)
    ended = {**form(), "id": spot.id, "valid_to": "2018-09-09"}
    answer = save(service, "hot_spot", ended, record_id=spot.id, expected_number=1)
    assert isinstance(answer, Saved)
    (present,) = service.hot_spots()
    assert present.valid_on(date(2018, 9, 9))
    assert not present.valid_on(TODAY)
    assert [one.action for one in service.revisions("hot_spot", spot.id)] == ["create", "change"]
    assert isinstance(
        act(service, "void", "hot_spot", spot.id, {"by": "A"}, expected_number=2), Saved
    )
    assert service.hot_spots() == ()
    assert service.hot_spot(spot.id).void


def test_days_within_a_period() -> None:
    from shapely import Point

    spot = HotSpot("h", "A", Point(12.9, 57.7), date(2018, 3, 5), valid_to=date(2018, 3, 11))
    assert spot.days_within(date(2018, 1, 1), date(2018, 12, 31)) == 7
    assert spot.days_within(date(2018, 3, 11), date(2018, 3, 20)) == 1
    assert spot.days_within(date(2018, 3, 12), date(2018, 3, 20)) == 0


def test_two_who_change_a_hot_spot_are_shown_both(service: Service) -> None:
    spot = made(service)
    first = save(service, "hot_spot", form(weight="2"), record_id=spot.id, expected_number=1)
    assert isinstance(first, Saved)
    second = save(service, "hot_spot", form(weight="3"), record_id=spot.id, expected_number=1)
    assert isinstance(second, Conflict)
    assert [(one.field, one.before, one.after) for one in second.differences] == [
        ("weight", 2.0, 3.0)
    ]


def keep_plan(
    service: Service,
    kind: PlanKind,
    name: str,
    days: tuple[date, date],
    asked: dict[str, object],
    outcome: dict[str, Any],
    by: str,
    *,
    plan_id: str = "",
) -> Outcome:
    plain = PlanFormat(kind, dict[str, Any], of_plan={}, unreadable="")
    return plain.keep(service, outcome, days, asked, {"name": name, "by": by, "id": plan_id})


def test_a_plan_is_kept_once_however_often_it_is_sent(service: Service) -> None:
    asked, outcome = {"k": 3, "must": ["a"]}, {"sites": [1, 2], "share": 0.5, "none": None}
    plan_id = str(uuid4())
    days = (date(2018, 9, 17), date(2018, 9, 23))
    for _ in range(2):
        answer = keep_plan(
            service, PlanKind.PLACES, " Tre  platser ", days, asked, outcome, "Planerare",
            plan_id=plan_id,
        )  # fmt: skip
        assert isinstance(answer, Saved)
    (plan,) = service.plans()
    assert (plan.name, plan.first_day, plan.last_day) == ("Tre platser", *days)
    assert (dict(plan.asked), dict(plan.outcome)) == (asked, outcome)
    assert service.plans(PlanKind.LOOP) == ()
    other = keep_plan(
        service, PlanKind.PLACES, "En annan", days, asked, {}, "Planerare", plan_id=plan_id
    )
    assert isinstance(other, Saved)
    assert other.record.id != plan_id
    # The newest comes first.
    assert [one.name for one in service.plans(PlanKind.PLACES)] == ["En annan", "Tre platser"]


def test_a_plan_is_withdrawn(service: Service) -> None:
    days = (TODAY, TODAY)
    answer = keep_plan(service, PlanKind.LOOP, "Slinga", days, {}, {"stops": []}, "A")
    assert isinstance(answer, Saved)
    plan_id = answer.record.id
    assert isinstance(act(service, "void", "plan", plan_id, {"by": "A"}, expected_number=1), Saved)
    assert service.plans() == ()
    with pytest.raises(UnknownIdError):
        service.plan("nobody")


@pytest.mark.parametrize(
    ("name", "by", "told"),
    [
        (" ", "A", {"name": "form.needed"}),
        (f"Vid {NUMBER}", "A", {"name": "intake.personal_identity_number"}),
        ("x" * 81, "A", {"name": "intake.too_long"}),
        ("Plan", "", {"by": "form.by"}),
        ("", "", {"name": "form.needed", "by": "form.by"}),
    ],
)
def test_what_is_wrong_with_a_plan_is_told(
    service: Service, name: str, by: str, told: dict[str, str]
) -> None:
    answer = keep_plan(service, PlanKind.SCHEDULE, name, (TODAY, TODAY), {}, {}, by)
    assert isinstance(answer, Refused)
    assert {one.field: one.key for one in answer.problems} == told
    assert service.plans() == ()


# --- as plans stand in registers ------------------------------------------------------------------

SOURCE = {
    "kind": "streets",
    "file": "boras.osm.pbf",
    "digest": "ab" * 32,
    "licence": "ODbL",
    "data_date": "2018-08-31",
    "detour": None,
}
READ_SOURCE = TravelSource("streets", "boras.osm.pbf", "ab" * 32, "ODbL", date(2018, 8, 31))


def stored(kind: PlanKind, outcome: str, **asked: str) -> Plan:
    return Plan("1", kind, "Kväll", TODAY, date(2018, 9, 16), asked, json.loads(outcome))


def test_a_stored_loop_is_read() -> None:
    outcome = """{
      "version": 1, "depart_min": 1080, "start_name": "Torget",
      "stops": [{"kind": "own", "name": "", "lon": 12.94, "lat": 57.72, "reached_min": 4.5,
                 "minutes": 12, "metres": 360.5, "about": ["Mörkt"]}],
      "route": {"type": "LineString", "coordinates": [[12.93, 57.72], [12.94, 57.72]]},
      "metres": 721.0, "total_min": 21.0, "source": %s}"""
    assert LOOPS.read(stored(PlanKind.LOOP, outcome % json.dumps(SOURCE))) == KeptLoop(
        id="1",
        name="Kväll",
        day=TODAY,
        depart_min=1080,
        start_name="Torget",
        stops=(KeptStop("own", "", 12.94, 57.72, 4.5, 12, 360.5, ("Mörkt",)),),
        line=LineString([(12.93, 57.72), (12.94, 57.72)]),
        metres=721.0,
        total_min=21.0,
        source=READ_SOURCE,
    )


def test_a_stored_schedule_is_read() -> None:
    outcome = """{
      "version": 1, "seed": 7,
      "visits": [{"key": "A/2018-09-10T16:00+0200/1", "patrol": "A", "spot_id": "s", "name": "Torg",
                  "lon": 12.94, "lat": 57.72, "start": "2018-09-10T14:05:00+00:00", "minutes": 12,
                  "walk_minutes": null}],
      "tallies": [{"spot_id": "s", "name": "Torg", "wanted": 3, "planned": 1}],
      "unreached": ["Ön"], "source": %s}"""
    read = SCHEDULES.read(stored(PlanKind.SCHEDULE, outcome % json.dumps(SOURCE)))
    # In September, Swedish time is two hours ahead of UTC.
    starts = datetime(2018, 9, 10, 16, 5, tzinfo=SWEDISH_TIME)
    visit = KeptVisit("A/2018-09-10T16:00+0200/1", "A", "s", "Torg", 12.94, 57.72, starts, 12, None)
    assert read == KeptSchedule(
        id="1",
        name="Kväll",
        first_day=TODAY,
        last_day=date(2018, 9, 16),
        seed=7,
        visits=(visit,),
        tallies=(KeptTally("s", "Torg", 3, 1),),
        unreached=("Ön",),
        source=READ_SOURCE,
    )
    assert read.visits[0].start.tzinfo is SWEDISH_TIME


def test_a_stored_alternative_is_read_and_written_as_it_stood() -> None:
    outcome = """{
      "places": [{"key": "hab", "kind": "hot_spot", "name": "Torg", "lon": 12.94, "lat": 57.72,
                  "id": "ab", "area_id": "norrby", "added": 2.5}],
      "covered": 2.5, "total": 4.0, "gap": 0.0,
      "missed": [{"key": "fcd", "kind": "finding", "name": "Trasig lampa", "lon": 12.95,
                  "lat": 57.73, "id": "cd", "area_id": null, "weight": 1.5}],
      "source": %s}"""
    asked = {"k": "1", "about_day": "2018-09-09", "within": "norrby,hulta"}
    plan = stored(PlanKind.PLACES, outcome % json.dumps(SOURCE), **asked)
    read = read_alternative(plan)
    torg = Spot("hab", "hot_spot", "Torg", 12.94, 57.72, "ab", "norrby")
    lamp = Spot("fcd", "finding", "Trasig lampa", 12.95, 57.73, "cd", None)
    assert read == Alternative(
        id="1",
        name="Kväll",
        day=TODAY,
        void=False,
        choices=Choices(k=1),
        about_day=date(2018, 9, 9),
        within=("norrby", "hulta"),
        places=(KeptPlace(torg, 2.5),),
        covered=2.5,
        total=4.0,
        gap=0.0,
        missed=(Demand(lamp, 1.5),),
        source=READ_SOURCE,
    )
    assert ALTERNATIVES.outcome(read) == plan.outcome


@pytest.mark.parametrize("value", [None, [], {}, "x", [1], float("nan"), [{"key": "hab"}]])
@pytest.mark.parametrize("name", ["places", "covered", "missed", "source"])
def test_an_alternative_that_holds_something_else_is_none(name: str, value: object) -> None:
    whole = {"places": [], "covered": 0.0, "total": 0.0, "gap": 0.0, "missed": [], "source": SOURCE}
    plan = stored(PlanKind.PLACES, json.dumps(whole))
    assert read_alternative(plan) is not None
    damaged = replace(plan, outcome={**whole, name: value})
    may_be_empty = value == [] and name in ("places", "missed")
    assert (read_alternative(damaged) is None) is not may_be_empty
