"""Hot spots and plans in the register: saved, changed, ended and withdrawn with their history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest

from geodata.errors import UnknownIdError
from geodata.model import HotSpot, PlanKind
from geodata.planner.plans import keep_plan
from geodata.service import Service
from geodata.service.recording import Conflict, Refused, Saved, act, save
from geodata.settings import NO_BASEMAP, Settings, register_url

TODAY = date(2018, 9, 10)
NUMBER = "811218-9876"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    settings = Settings(register_url(str(tmp_path / "register.sqlite")), basemap=NO_BASEMAP)
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


def test_a_plan_is_kept_once_however_often_it_is_sent(service: Service) -> None:
    asked, outcome = {"k": 3, "must": ["a"]}, {"sites": [1, 2], "share": 0.5, "none": None}
    plan_id = str(uuid4())
    days = (date(2018, 9, 17), date(2018, 9, 23))
    for _ in range(2):
        answer = keep_plan(
            service, PlanKind.PLACES, " Tre  platser ", *days, asked, outcome, "Planerare",
            plan_id=plan_id,
        )  # fmt: skip
        assert isinstance(answer, Saved)
    (plan,) = service.plans()
    assert (plan.name, plan.first_day, plan.last_day) == ("Tre platser", *days)
    assert (dict(plan.asked), dict(plan.outcome)) == (asked, outcome)
    assert service.plans(PlanKind.LOOP) == ()
    other = keep_plan(
        service, PlanKind.PLACES, "En annan", *days, asked, {}, "Planerare", plan_id=plan_id
    )
    assert isinstance(other, Saved)
    assert other.record.id != plan_id
    # The newest comes first.
    assert [one.name for one in service.plans(PlanKind.PLACES)] == ["En annan", "Tre platser"]


def test_a_plan_is_changed_and_withdrawn(service: Service) -> None:
    days = (TODAY, TODAY)
    answer = keep_plan(service, PlanKind.LOOP, "Slinga", *days, {}, {"stops": []}, "A")
    assert isinstance(answer, Saved)
    plan_id = answer.record.id
    changed = keep_plan(
        service, PlanKind.LOOP, "Slinga 2", *days, {}, {}, "A", plan_id=plan_id, expected_number=1
    )
    assert isinstance(changed, Saved)
    assert changed.number == 2
    late = keep_plan(
        service, PlanKind.LOOP, "Slinga 3", *days, {}, {}, "B", plan_id=plan_id, expected_number=1
    )
    assert isinstance(late, Conflict)
    assert isinstance(act(service, "void", "plan", plan_id, {"by": "A"}, expected_number=2), Saved)
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
    answer = keep_plan(service, PlanKind.SCHEDULE, name, TODAY, TODAY, {}, {}, by)
    assert isinstance(answer, Refused)
    assert {one.field: one.key for one in answer.problems} == told
    assert service.plans() == ()
