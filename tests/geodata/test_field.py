"""What a phone sends: kept once whatever happens on its way, and cleaned as a GPX file is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import shapely
from shapely import LineString, Point

from geodata.errors import AccessError, IntakeError, UnknownIdError
from geodata.intake.phone import FIXES_AT_MOST, Post
from geodata.model import Activity, Finding, HotSpot, Walk, WalkStatus
from geodata.service import Service
from geodata.service.field import Kept, bundle, keep, read_post, review
from geodata.service.limited import LimitedService, Limits
from geodata.service.recording import Refused, act, form_values, read_track, save
from geodata.settings import NO_BASEMAP, Settings, register_url

TODAY = date(2018, 9, 10)
NOW = datetime(2018, 9, 10, 13, 30, tzinfo=UTC)
BEGAN = datetime(2018, 9, 10, 12, 0, 20, tzinfo=UTC)
"""14.00.20 in Sweden."""

NORRBY = (12.9295, 57.7244)
METRE_NORTH = 1 / 111_400
"""In degrees of latitude: a ten-thousandth of a quarter of the Earth's girth is 1 km."""


def settings_of(path: Path) -> Settings:
    return Settings(register_url(str(path)), basemap=NO_BASEMAP)


@pytest.fixture
def service(own_blank: Path) -> Iterator[Service]:
    with Service.open(settings_of(own_blank), today=lambda: TODAY) as opened:
        yield opened


def ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def northwards(*metres: float, every_s: int = 10, began: datetime = BEGAN) -> list[list[Any]]:
    """Return fixes so many metres north of a point in Norrby."""
    lon, lat = NORRBY
    return [
        [lon, lat + north * METRE_NORTH, ms(began + timedelta(seconds=every_s * i))]
        for i, north in enumerate(metres)
    ]


def post(entity: str, values: dict[str, Any], **more: Any) -> Post:
    told = {"id": str(uuid4()), "entity": entity, "values": values, "clock_ms": ms(NOW), **more}
    return read_post(json.dumps(told).encode())


def patrol(*parts: list[list[Any]], **more: Any) -> Post:
    values = {"kind": "foot_patrol", "area": "norrby", "date": "2018-09-10", "time": "14:00"}
    values |= {"minutes": "85", "by": "Områdespolis", "parties": ["polisen"]}
    return post("activity", values | more.pop("values", {}), parts=parts, **more)


def finding(**more: Any) -> Post:
    values = {"category": "lighting", "text": "Mörkt", "area": "norrby", "day": "2018-09-10"}
    values |= {"status": "open", "by": "Områdespolis"}
    return post("finding", values | more.pop("values", {}), **more)


# --- once -----------------------------------------------------------------------------------------


def test_what_comes_again_is_kept_once_whoever_has_changed_it_meanwhile(service: Service) -> None:
    sent = patrol()
    id_ = str(sent.id)
    assert keep(service, sent, NOW) == Kept("activity", id_, again=False)
    assert keep(service, sent, NOW) == Kept("activity", id_, again=True)
    record = service.activity(id_)
    service.register.change(replace(record, minutes=30), by="B", expected_number=1)
    assert keep(service, sent, NOW) == Kept("activity", id_, again=True)
    act(service, "void", "activity", id_, {"by": "B"}, expected_number=2)
    # Also with a clock that would be asked about, and with what would be refused by now.
    late = sent.model_copy(update={"clock_ms": ms(NOW + timedelta(hours=9)), "values": {}})
    assert keep(service, late, NOW) == Kept("activity", id_, again=True)
    assert service.activity(id_).void
    assert len([a for a in service.register.activities() if a.id == id_]) <= 1


def test_the_same_at_once_through_two_servers_is_there_once(own_blank: Path) -> None:
    with (
        Service.open(settings_of(own_blank), today=lambda: TODAY) as one,
        Service.open(settings_of(own_blank), today=lambda: TODAY) as other,
        ThreadPoolExecutor(8) as phones,
    ):
        before = one.register.counts()
        sent = [patrol() for _ in range(6)] + [finding() for _ in range(6)]
        asked = [(server, one_post) for one_post in sent for server in (one, other) * 2]
        outcomes = list(phones.map(lambda pair: keep(pair[0], pair[1], NOW), asked))
        assert all(isinstance(outcome, Kept) for outcome in outcomes)
        assert sum(not o.again for o in outcomes if isinstance(o, Kept)) == len(sent)
        after = one.register.counts()
        assert after["activities"] - before["activities"] == 6
        assert after["findings"] - before["findings"] == 6


def test_a_planned_walk_is_held_once_and_never_over_somebody_elses_change(
    service: Service,
) -> None:
    told = {"by": "A", "status": "planned", "area": "norrby", "date": "2018-09-10"}
    told |= {"time": "14:00", "meeting_point": "Torget", "id": str(uuid4())}
    save(service, "walk", told)
    (planned,) = [w for w in bundle(service)["walks"] if w["id"] == told["id"]]
    held = {"date": "2018-09-10", "time": "14:05", "participants": "12", "by": "Områdespolis"}
    way = northwards(*range(0, 300, 10))
    known = {"id": planned["id"], "number": planned["number"]}
    sent = post("walk", held, planned=known, parts=[way])
    assert keep(service, sent, NOW) == Kept("walk", planned["id"], again=False)
    walk = service.walk(planned["id"])
    assert (walk.status, walk.participants, walk.meeting_point) == (WalkStatus.HELD, 12, "Torget")
    assert walk.route is not None
    assert service.length_m(LineString(walk.route)) == pytest.approx(290, rel=0.01)
    assert keep(service, sent, NOW) == Kept("walk", planned["id"], again=True)
    service.register.change(replace(walk, note="ny"), by="Planeraren", expected_number=2)
    assert keep(service, sent, NOW) == Kept("walk", planned["id"], again=True)
    other = sent.model_copy(update={"values": {**held, "participants": "9"}})
    refused = keep(service, other, NOW)
    assert isinstance(refused, Refused)
    assert [p.key for p in refused.problems] == ["phone.walk_changed"]
    assert service.walk(planned["id"]).note == "ny"


def test_what_the_office_changed_of_a_planned_walk_stays_and_what_the_phone_says_is_added(
    service: Service,
) -> None:
    told = {"by": "A", "status": "planned", "area": "norrby", "date": "2018-09-10"}
    told |= {"time": "14:00", "meeting_point": "Torget", "note": "", "id": str(uuid4())}
    save(service, "walk", told)
    (given,) = [w for w in bundle(service)["walks"] if w["id"] == told["id"]]
    planned = service.walk(told["id"])
    at_the_office = replace(planned, meeting_point="Skolan", invited="Hyresgäster")
    service.register.change(at_the_office, by="Planeraren", expected_number=given["number"])
    # The phone's form says again what it was given, and what was done.
    values = {"date": "2018-09-10", "time": "14:05", "participants": "12", "by": "Områdespolis"}
    known = {"id": given["id"], "number": given["number"]}
    sent = post("walk", {**values, "meeting_point": given["meeting_point"]}, planned=known)
    assert keep(service, sent, NOW) == Kept("walk", given["id"], again=False)
    walk = service.walk(given["id"])
    assert (walk.status, walk.participants) == (WalkStatus.HELD, 12)
    assert (walk.meeting_point, walk.invited) == ("Skolan", "Hyresgäster")
    assert keep(service, sent, NOW) == Kept("walk", given["id"], again=True)


@pytest.mark.parametrize("afterwards", [False, True])
def test_a_planned_walk_that_was_withdrawn_is_not_held_where_nobody_sees_it(
    service: Service, *, afterwards: bool
) -> None:
    told = {"by": "A", "status": "planned", "area": "norrby", "date": "2018-09-10"}
    told |= {"time": "14:00", "id": str(uuid4())}
    save(service, "walk", told)
    (given,) = [w for w in bundle(service)["walks"] if w["id"] == told["id"]]
    service.register.void("walk", told["id"], by="Planeraren", expected_number=1)
    if afterwards:
        changed = replace(service.walk(told["id"]), note="inställd")
        service.register.change(changed, by="Planeraren", expected_number=2)
    known = {"id": given["id"], "number": given["number"]}
    values = {"date": "2018-09-10", "time": "14:05", "by": "Områdespolis"}
    refused = keep(service, post("walk", values, planned=known), NOW)
    assert isinstance(refused, Refused)
    assert [p.key for p in refused.problems] == ["phone.walk_changed"]
    assert service.walk(told["id"]).status is WalkStatus.PLANNED
    # As a walk of its own it is kept.
    own = post("walk", {**values, "area": "norrby", "status": "held"})
    assert keep(service, own, NOW) == Kept("walk", str(own.id), again=False)


def test_a_walk_without_a_plan_comes_before_its_findings(service: Service) -> None:
    values = {"status": "held", "area": "norrby", "date": "2018-09-10", "time": "14:00", "by": "A"}
    walk = post("walk", values)
    seen = finding(walk=str(walk.id))
    with pytest.raises(UnknownIdError):
        keep(service, seen, NOW)
    assert isinstance(keep(service, walk, NOW), Kept)
    assert isinstance(keep(service, seen, NOW), Kept)
    assert service.finding(str(seen.id)).walk_id == str(walk.id)


# --- the way --------------------------------------------------------------------------------------


def test_the_way_is_cleaned_as_the_same_way_in_a_file(service: Service, tmp_path: Path) -> None:
    walked = northwards(0, 11, 22, 22, 9_000, 33, 44)
    later = northwards(500, 511, 522, began=BEGAN + timedelta(minutes=40))
    abroad = [[2.35, 48.86, ms(BEGAN + timedelta(minutes=41))]]
    sent = patrol([*walked, *later, *abroad])
    kept = keep(service, sent, NOW)
    assert isinstance(kept, Kept)
    assert {p.key for p in kept.notices} == {
        *("intake.points_dropped", "intake.spikes_dropped", "intake.track_gaps")
    }
    points = "".join(
        f'<trkpt lat="{lat!r}" lon="{lon!r}"><time>'
        f"{datetime.fromtimestamp(at / 1000, UTC).isoformat()}</time></trkpt>"
        for lon, lat, at in sent.parts[0]
    )
    file = tmp_path / "way.gpx"
    gpx = '<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>'
    file.write_text(f"{gpx}{points}</trkseg></trk></gpx>", "utf-8")
    record = service.activity(kept.record_id)
    assert shapely.equals_exact(
        record.place, shapely.geometry.shape(json.loads(read_track(file))), 1e-9
    )
    # 12:00:20 is twenty seconds after the minute that the form says; it stood still once.
    assert record.times_s[:3] == ((20, 20), (30, 30), (40, 50))


def test_two_minutes_at_a_hot_spot_are_a_visit_before_and_after_it_is_kept(
    service: Service,
) -> None:
    lon, lat = NORRBY
    spot = HotSpot(str(uuid4()), "Torget", Point(lon, lat), date(2018, 9, 1), radius_m=50)
    service.register.add([spot], by="test")
    # A fix a minute: outside, then 180 s without a step, then outside.
    way = northwards(-200, 0, 0, 0, 0, 200, every_s=60)
    sent = patrol(way)
    ((name, minutes),) = review(service, sent).visits
    # Three minutes, and the quarter of a minute in which 50 of 200 m are walked, twice.
    assert (name, minutes) == ("Torget", pytest.approx(3.5, abs=0.01))
    assert service.register.existing_ids("activity", [str(sent.id)]) == set()
    fast = patrol(northwards(-200, 0, 200, every_s=60))
    assert review(service, fast).visits == ()


def test_a_way_whose_times_do_not_fit_is_kept_without_them(service: Service) -> None:
    kept = keep(service, patrol(northwards(0, 50, 100), values={"time": "15:10"}), NOW)
    assert isinstance(kept, Kept)
    assert [p.key for p in kept.notices] == ["phone.times_left_out"]
    assert service.activity(kept.record_id).times_s == ()


def test_the_rules_choose_what_it_counts_for_unless_somebody_has(service: Service) -> None:
    expected = review(service, patrol()).counts
    # Of the two promises that are in force, what names foot patrols and either Norrby or no area.
    assert (
        set(expected)
        == {
            commitment.id
            for promise in service.catalogue.promises
            if promise.period.start <= TODAY <= promise.period.end
            for commitment in promise.commitments
            if "foot_patrol" in commitment.kinds
            and (not commitment.all_areas or "norrby" in commitment.all_areas)
        }
        != set()
    )
    ruled, chosen = patrol(by_rule=True), patrol(values={"commitments": ["boras-2018/1"]})
    none = patrol(values={"commitments": []})
    for sent, wanted in ((ruled, expected), (chosen, ("boras-2018/1",)), (none, ())):
        keep(service, sent, NOW)
        assert service.activity(str(sent.id)).commitments == wanted


# --- what is refused ------------------------------------------------------------------------------


def test_all_that_is_wrong_is_told_at_once_by_field(service: Service) -> None:
    wrong = {"kind": "", "area": "nowhere", "date": "2018-09-11", "minutes": "1500", "by": ""}
    refused = keep(service, patrol(values=wrong), NOW)
    assert isinstance(refused, Refused)
    assert {p.field for p in refused.problems} == {"kind", "area", "date", "minutes", "by"}
    private = keep(service, finding(values={"text": "Ring 811218-9876"}), NOW)
    assert isinstance(private, Refused)
    assert [p.key for p in private.problems] == ["intake.personal_identity_number"]


@pytest.mark.parametrize(("minutes", "key"), [(60, "clock_ahead"), (-60, "clock_behind")])
def test_a_clock_that_is_wrong_is_asked_about(service: Service, minutes: int, key: str) -> None:
    clock_ms = ms(NOW + timedelta(minutes=minutes))
    sent = patrol(clock_ms=clock_ms)
    refused = keep(service, sent, NOW)
    assert isinstance(refused, Refused)
    ((found, values),) = [(p.key, p.values) for p in refused.problems]
    assert (found, dict(values)) == (f"phone.{key}", {"minutes": 60})
    assert isinstance(keep(service, sent.model_copy(update={"clock_right": True}), NOW), Kept)
    # Five minutes are no fault, and a finding tells of a day alone.
    assert isinstance(keep(service, patrol(clock_ms=ms(NOW + timedelta(minutes=5))), NOW), Kept)
    assert isinstance(keep(service, finding(clock_ms=clock_ms), NOW), Kept)


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"id": 1}',
        b"[" * 100_000,
        {"id": "x"},
        {"entity": "plan"},
        {"values": {"a" * 41: "b"}},
        {"values": {"text": "x" * 5_001}},
        {"values": {str(n): "" for n in range(41)}},
        {"values": {"text": {"a": "b"}}},
        {"parts": [[[181.0, 0.0, 1_600_000_000_000]]]},
        {"parts": [[[12.9, 57.7, -1]]]},
        {"parts": [[["12.9", 57.7, 1_600_000_000_000]]]},
        {"clock_ms": 10**30},
        {"more": 1},
        {"planned": {"id": str(uuid4()), "number": 0}},
    ],
)
def test_what_is_no_record_is_refused_whole(wrong: bytes | dict[str, Any]) -> None:
    whole = {"id": str(uuid4()), "entity": "finding", "values": {}, "clock_ms": ms(NOW)}
    content = wrong if isinstance(wrong, bytes) else json.dumps(whole | wrong).encode()
    with pytest.raises(IntakeError, match=r"phone\.unreadable"):
        read_post(content)
    assert read_post(json.dumps(whole).encode()).entity == "finding"


def test_only_a_walk_is_one_that_was_planned() -> None:
    with pytest.raises(IntakeError, match=r"phone\.unreadable"):
        patrol(planned={"id": str(uuid4()), "number": 1})


def test_more_fixes_than_a_day_has_are_refused() -> None:
    fix = [12.9, 57.7, ms(NOW)]
    with pytest.raises(IntakeError, match=r"phone\.too_long"):
        patrol([fix] * (FIXES_AT_MOST + 1))


def test_text_stays_text(service: Service) -> None:
    said = "../../etc/passwd <img src=x onerror=alert(1)> ${1} {{ 7*7 }}"
    sent = finding(values={"text": said})
    assert isinstance(keep(service, sent, NOW), Kept)
    assert service.finding(str(sent.id)).text == said


# --- within what somebody may ---------------------------------------------------------------------


def test_a_recorder_keeps_their_own_partys_and_is_given_no_hot_spots(service: Service) -> None:
    lon, lat = NORRBY
    spot = HotSpot(str(uuid4()), "Torget", Point(lon, lat), date(2018, 9, 1))
    service.register.add([spot], by="test")
    limits = Limits(sees_planning=False, sees_internal=True, parties=frozenset({"polisen"}))
    police = LimitedService(service, limits, {})
    assert [one["name"] for one in bundle(service)["hot_spots"]] == ["Torget"]
    assert bundle(police)["hot_spots"] == []
    for party in ("polisen", "boras-stad"):
        walk = {"by": "A", "status": "planned", "area": "norrby", "date": "2018-09-10"}
        save(service, "walk", {**walk, "time": "14:00", "meeting_point": party, "parties": [party]})
    walks = {
        party: LimitedService(service, replace(limits, parties=frozenset({party})), {})
        for party in ("polisen", "boras-stad")
    }
    for party, theirs in walks.items():
        places = {one["meeting_point"] for one in bundle(theirs)["walks"]}
        assert places & {"polisen", "boras-stad"} == {party}
    everybodys = {one["meeting_point"] for one in bundle(service)["walks"]}
    assert everybodys >= {"polisen", "boras-stad"}
    assert isinstance(keep(police, patrol(), NOW, who="polis 1"), Kept)
    others = patrol(values={"parties": ["boras-stad"]})
    with pytest.raises(AccessError):
        keep(police, others, NOW, who="polis 1")
    assert service.register.existing_ids("activity", [str(others.id)]) == set()


def test_who_is_signed_in_has_written_it_whatever_the_phone_says(service: Service) -> None:
    sent = patrol(values={"by": "Någon annan"})
    keep(service, sent, NOW, who="polis 1")
    assert [r.by for r in service.revisions("activity", str(sent.id))] == ["polis 1"]


def test_what_is_kept_reads_in_its_form_as_it_was_sent(service: Service) -> None:
    sent, seen = patrol(), finding(values={"internal": ["yes"], "lat": "57.7244", "lon": "12.9295"})
    for one in (sent, seen):
        keep(service, one, NOW)
    records: list[Activity | Finding | Walk] = [
        service.activity(str(sent.id)),
        service.finding(str(seen.id)),
    ]
    for one, record in zip((sent, seen), records, strict=True):
        shown = form_values(record)
        for name, value in one.values.items():
            if name not in ("by", "area"):
                assert shown[name] == (tuple(value) if isinstance(value, list) else value), name
