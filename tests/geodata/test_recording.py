"""Writing down by hand: saved once, changed with its history, never over somebody else's change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from shapely import MultiLineString

from geodata.errors import IntakeError, RegisterError, UnknownIdError
from geodata.model import (
    Activity,
    ActivityFilter,
    Decision,
    DecisionStatus,
    Entity,
    Finding,
    FindingStatus,
    Walk,
    WalkStatus,
)
from geodata.service import Service
from geodata.service.recording import (
    Conflict,
    FormValues,
    Refused,
    Saved,
    act,
    differences,
    form_values,
    notices,
    read_track,
    save,
    suggestions,
)
from geodata.settings import NO_BASEMAP, Settings, bundled_data, register_url

TODAY = date(2018, 9, 10)
NUMBER = "811218-9876"


@pytest.fixture
def service(own_blank: Path) -> Iterator[Service]:
    settings = Settings(register_url(str(own_blank)), basemap=NO_BASEMAP)
    opened = Service.open(settings, today=lambda: TODAY)
    yield opened
    opened.close()


def patrol(**values: object) -> FormValues:
    given = {
        "id": str(uuid4()),
        "by": "Områdespolis Norrby",
        "kind": "foot_patrol",
        "area": "norrby",
        "date": "2018-09-07",
        "time": "18:15",
        "minutes": "25",
        "commitments": ("boras-2018/1",),
        "parties": (),
        "participants": "",
        "note": "",
        "lat": "57.7243",
        "lon": "12.9266",
    }
    return {**given, **values}  # type: ignore[dict-item]


def walked(**values: object) -> FormValues:
    given = {
        "id": str(uuid4()),
        "by": "Kommunen",
        "status": "held",
        "area": "hedbo",
        "date": "2018-09-01",
        "time": "18:00",
        "minutes": "75",
        "participants": "12",
        "commitments": ("mark-2018/4",),
    }
    return {**given, **values}  # type: ignore[dict-item]


def saved(outcome: object) -> Saved:
    assert isinstance(outcome, Saved), outcome
    return outcome


def hers(service: Service) -> list[Activity]:
    recorded = service.activities(ActivityFilter())
    return [a for a in recorded if a.origin.kind == "recorded"]


# --- new -----------------------------------------------------------------------------------------


def test_what_is_saved_is_in_the_register_with_its_author(service: Service) -> None:
    values = patrol()
    made = saved(save(service, "activity", values))
    assert hers(service) == [made.record]
    (first,) = service.revisions("activity", made.record.id)
    assert (first.by, first.action, first.number) == ("Områdespolis Norrby", "create", 1)
    assert service.progress(TODAY)["boras-2018/1"].overall.counted == 1


def test_a_form_sent_twice_is_saved_once(service: Service) -> None:
    values = patrol()
    first, second = (saved(save(service, "activity", values)) for _ in range(2))
    assert first.record == second.record
    assert len(hers(service)) == 1


def test_an_id_that_is_taken_by_something_else_loses_nothing(service: Service) -> None:
    values = patrol()
    first = saved(save(service, "activity", values))
    second = saved(save(service, "activity", {**values, "note": "En annan"}))
    assert first.record.id != second.record.id
    assert len(hers(service)) == 2


def test_a_refused_form_writes_nothing_and_says_all_that_is_wrong(service: Service) -> None:
    version = service.register.version()
    outcome = save(service, "activity", patrol(kind="", by="", note=NUMBER))
    assert isinstance(outcome, Refused)
    assert {p.field for p in outcome.problems} == {"kind", "by", "note"}
    assert NUMBER not in repr(outcome)
    assert service.register.version() == version


# --- changes -------------------------------------------------------------------------------------


def test_a_change_keeps_the_version_before_it(service: Service) -> None:
    made = saved(save(service, "activity", patrol()))
    values = {**form_values(made.record), "by": "Kansliet", "minutes": "40"}
    changed = saved(save(service, "activity", values, record_id=made.record.id, expected_number=1))
    assert changed.number == 2
    before, after = service.revisions("activity", made.record.id)
    assert (before.by, after.by) == ("Områdespolis Norrby", "Kansliet")
    (difference,) = differences(before.content, after.content)
    assert (difference.field, difference.before, difference.after) == ("minutes", 25, 40)


def test_two_who_change_the_same_are_shown_both(service: Service) -> None:
    made = saved(save(service, "activity", patrol()))
    id_ = made.record.id
    ours = form_values(made.record)
    theirs = {**ours, "by": "De andra", "minutes": "40", "note": "Deras"}
    saved(save(service, "activity", theirs, record_id=id_, expected_number=1))
    mine = {**ours, "by": "Vi", "minutes": "55"}
    outcome = save(service, "activity", mine, record_id=id_, expected_number=1)
    assert isinstance(outcome, Conflict)
    assert outcome.theirs.by == "De andra"
    told = {d.field: (d.before, d.after) for d in outcome.differences}
    assert told == {"minutes": (40, 55), "note": ("Deras", "")}
    kept = service.activity(id_)
    assert (kept.minutes, kept.note) == (40, "Deras")
    # Having seen both, the second may save on top; the first's version stays in the history.
    saved(save(service, "activity", mine, record_id=id_, expected_number=outcome.theirs.number))
    assert [r.by for r in service.revisions("activity", id_)] == [
        "Områdespolis Norrby",
        "De andra",
        "Vi",
    ]


def test_withdrawn_taken_back_and_brought_back(service: Service) -> None:
    made = saved(save(service, "activity", patrol()))
    id_ = made.record.id
    values = {**form_values(made.record), "by": "Vi", "minutes": "40"}
    saved(save(service, "activity", values, record_id=id_, expected_number=1))
    by = {"by": "Vi"}
    assert saved(act(service, "void", "activity", id_, by, expected_number=2)).number == 3
    assert hers(service) == []
    assert saved(act(service, "restore", "activity", id_, by, expected_number=3)).number == 4
    back = saved(act(service, "bring_back", "activity", id_, by, expected_number=4, number=1))
    assert back.record == made.record
    actions = [r.action for r in service.revisions("activity", id_)]
    assert actions == ["create", "change", "void", "restore", "change"]


DAY = date(2018, 6, 1)
OWED = (
    Finding(
        *("f", None, "norrby", None, "lighting", "Mörkt", "boras-stad", date(2018, 8, 1)),
        *(FindingStatus.OPEN, DAY, DAY),
    ),
    Decision("d", None, "Tänd lamporna", DAY, DecisionStatus.OPEN, DAY, owner="boras-stad"),
)


@pytest.mark.parametrize("settled", OWED, ids=["finding", "decision"])
def test_done_in_one_click_with_its_day_and_undone(
    service: Service, settled: Finding | Decision
) -> None:
    settled = replace(settled, id=str(uuid4()))
    service.register.add([settled], by="Kansliet")
    entity: Entity = "finding" if isinstance(settled, Finding) else "decision"
    act_on = partial(act, service, entity=entity, record_id=settled.id)
    for wrong in ("", "2018-05-31", "2018-09-11"):
        told = act_on("settle", values={"by": "Vi", "day": wrong}, expected_number=1)
        assert isinstance(told, Refused)
    done = saved(act_on("settle", values={"by": "Vi", "day": "2018-09-03"}, expected_number=1))
    status: Any = type(settled.status)("done")
    assert done.record == replace(settled, status=status, status_day=date(2018, 9, 3))
    back = saved(act_on("bring_back", values={"by": "Vi"}, expected_number=2, number=1))
    assert (back.record, back.number) == (settled, 3)


def test_an_action_on_an_old_version_is_a_conflict(service: Service) -> None:
    made = saved(save(service, "activity", patrol()))
    id_ = made.record.id
    saved(act(service, "void", "activity", id_, {"by": "A"}, expected_number=1))
    outcome = act(service, "void", "activity", id_, {"by": "B"}, expected_number=1)
    assert isinstance(outcome, Conflict)
    assert (outcome.theirs.by, outcome.mine) == ("A", None)


def test_nobody_acts_without_saying_who(service: Service) -> None:
    made = saved(save(service, "activity", patrol()))
    outcome = act(service, "void", "activity", made.record.id, {}, expected_number=1)
    assert isinstance(outcome, Refused)
    assert len(hers(service)) == 1


def test_a_record_that_is_not_there_is_told(service: Service) -> None:
    with pytest.raises(UnknownIdError):
        save(service, "activity", patrol(), record_id=str(uuid4()), expected_number=1)
    with pytest.raises(UnknownIdError):
        act(service, "void", "walk", str(uuid4()), {"by": "A"}, expected_number=1)


@pytest.mark.parametrize(
    "hidden", ["6a1f0000-0000-4000-8000-00000000beef", "Anna Andersson 811218-9876", "\u202ex"]
)
def test_what_a_form_holds_unseen_is_an_id_that_there_is(service: Service, hidden: str) -> None:
    before = service.version()
    with pytest.raises(UnknownIdError):
        save(service, "walk", walked(repeats=hidden))
    decision = {"id": str(uuid4()), "by": "A", "on": "2018-09-07", "text": "x", "meeting": hidden}
    with pytest.raises(UnknownIdError):
        save(service, "decision", decision)
    assert service.version() == before


# --- walks and findings --------------------------------------------------------------------------


def test_a_walk_counts_once_from_the_day_it_is_held(service: Service) -> None:
    planned = saved(save(service, "walk", walked(status="planned")))
    assert service.progress(TODAY)["mark-2018/4"].overall.delivered == 0
    id_ = planned.record.id
    values = {**form_values(planned.record), "by": "Kommunen", "status": "held"}
    held = saved(save(service, "walk", values, record_id=id_, expected_number=1))
    assert isinstance(held.record, Walk)
    assert held.record.status is WalkStatus.HELD
    hedbo = service.progress(TODAY)["mark-2018/4"].by_area["hedbo"]
    assert (hedbo.delivered, hedbo.counted) == (1, 1)
    # Changed again, it is still one.
    again = {**form_values(held.record), "by": "Kommunen", "participants": "14"}
    saved(save(service, "walk", again, record_id=id_, expected_number=2))
    hedbo = service.progress(TODAY)["mark-2018/4"].by_area["hedbo"]
    assert (hedbo.delivered, hedbo.counted) == (1, 1)


def test_a_walks_activity_is_changed_through_the_walk_alone(service: Service) -> None:
    saved(save(service, "walk", walked()))
    (follows,) = hers(service)
    with pytest.raises(RegisterError) as caught:
        act(service, "void", "activity", follows.id, {"by": "A"}, expected_number=1)
    assert caught.value.key == "register.follows_walk"


def lamp(**values: str) -> FormValues:
    return {
        "id": str(uuid4()),
        "by": "Kommunen",
        "category": "lighting",
        "text": "Trasig lampa",
        "status": "open",
        "day": "2018-09-01",
        **values,
    }


def test_a_finding_belongs_to_its_walk_and_counts_as_open(service: Service) -> None:
    walk = saved(save(service, "walk", walked()))
    made = saved(save(service, "finding", lamp(), walk_id=walk.record.id))
    (found,) = service.findings(("hedbo",), walk_id=walk.record.id)
    assert found == made.record
    (row,) = [r for r in service.attention(service.promises(), TODAY) if r.area_id == "hedbo"]
    assert row.open_findings == 1


def test_a_finding_is_settled_by_one_click_and_open_again_by_another(service: Service) -> None:
    walk = saved(save(service, "walk", walked()))
    values = lamp(due="2018-09-05")
    made = saved(save(service, "finding", values, walk_id=walk.record.id))
    finding = service.finding(made.record.id)
    # Late from the day after it was due, until it is settled.
    late = {day: finding.late_on(date(2018, 9, day)) for day in (1, 5, 6)}
    assert late == {1: False, 5: False, 6: True}
    by = {"by": "Kommunen", "day": "2018-09-07"}
    done = saved(act(service, "settle", "finding", finding.id, by, expected_number=1))
    settled = service.finding(finding.id)
    assert (settled.status, settled.status_day) == (FindingStatus.DONE, date(2018, 9, 7))
    assert settled.late_on(date(2018, 9, 6))
    assert not settled.late_on(date(2018, 9, 7))
    saved(
        act(
            *(service, "bring_back", "finding", finding.id, by),
            expected_number=done.number,
            number=done.number - 1,
        )
    )
    assert service.finding(finding.id).open_on(date(2018, 9, 8))
    # Not before it was found, not on a day that has not come, and not over somebody else's change.
    for day in ("2018-08-31", "2030-01-01", ""):
        refused = act(
            *(service, "settle", "finding", finding.id, {**by, "day": day}), expected_number=3
        )
        assert isinstance(refused, Refused)
    over = act(service, "settle", "finding", finding.id, by, expected_number=1)
    assert isinstance(over, Conflict)


# --- what is said while a form is filled in ------------------------------------------------------


def test_suggestions_follow_the_form(service: Service) -> None:
    told = suggestions(service, "foot_patrol", "norrby", date(2018, 9, 7))
    assert [s.commitment.id for s in told if s.counts] == ["boras-2018/1", "boras-2018/2"]


def test_an_odd_place_is_said_before_anything_is_saved(service: Service) -> None:
    version = service.register.version()
    (told,) = notices(service, "activity", patrol(area="hulta"))
    assert (told.field, told.key) == ("area", "form.other_area")
    assert service.register.version() == version


def test_a_track_becomes_a_way(tmp_path: Path) -> None:
    route = read_track(bundled_data() / "example" / "hedbo-2018-04.gpx")
    values = walked(route=route)
    assert '"coordinates"' in str(values["route"])
    empty = tmp_path / "empty.gpx"
    empty.write_text('<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1"/>')
    with pytest.raises(IntakeError):
        read_track(empty)


def test_a_long_track_is_thinned_to_what_a_form_carries(service: Service, tmp_path: Path) -> None:
    # A receiver's hour: a point a second, along a gently winding way.
    points = "".join(
        f'<trkpt lat="{57.48 + i * 2e-6:.6f}" lon="{12.64 + (i % 7) * 1e-6:.6f}"/>'
        for i in range(3_600)
    )
    path = tmp_path / "long.gpx"
    path.write_text(
        '<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>'
        f"{points}</trkseg></trk></gpx>"
    )
    made = saved(save(service, "walk", walked(route=read_track(path))))
    assert isinstance(made.record, Walk)
    route = made.record.route
    assert route is not None
    assert not isinstance(route, MultiLineString)
    # 3,599 steps of 2e-6 degrees of latitude, each about 0.223 m.
    assert service.length_m(route) == pytest.approx(3_599 * 0.223, rel=0.02)


def test_a_plan_has_no_form_to_be_saved_by(service: Service) -> None:
    with pytest.raises(ValueError, match="plan"):
        save(service, "plan", {"by": "planeraren", "text": "Trasig lampa", "area": "norrby"})
    assert service.findings() == ()
