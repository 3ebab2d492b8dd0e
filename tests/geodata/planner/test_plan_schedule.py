"""A schedule from the register's hot spots to the ticked-off visit."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from shapely import Point

from geodata.analysis.visits import VisitStatus
from geodata.errors import PlanningError, UnknownIdError
from geodata.model import ActivityFilter, HotSpot, PlanKind
from geodata.planner.doses import Foreseen
from geodata.planner.schedule.ask import (
    SUGGESTED,
    ScheduleChoices,
    ShiftRow,
    ask_schedule,
    asked_of,
    candidates,
    first_monday,
    read_choices,
    read_time,
    shifts_of,
)
from geodata.planner.schedule.keep import (
    SCHEDULES,
    KeptSchedule,
    KeptVisit,
    calendar,
    calendar_file,
    followed,
    foreseen,
    made_schedule,
    printed_schedule,
    record_visit,
    suggested_values,
    table,
    table_file,
)
from geodata.planner.schedule.solve import ScheduleQuestion, WaysQuestion
from geodata.planning.travel import TravelSource
from geodata.service import Service, recording
from geodata.service.recording import Outcome, Refused, Saved
from geodata.service.streets import import_streets
from geodata.settings import NO_BASEMAP, Settings, register_url
from geodata.texts import SWEDISH_TIME, words

from ..planning.towns import Town, place

TODAY: Final = date(2018, 10, 12)
MONDAY: Final = date(2018, 10, 1)
ROW: Final = ShiftRow("Patrull 1", (0, 2, 4), time(16), time(20))
ASKED: Final = ScheduleChoices(MONDAY, rows=(ROW,), seed=5)


def told(_share: float) -> None:
    pass


@pytest.fixture
def service(own_blank: Path) -> Iterator[Service]:
    settings = Settings(register_url(str(own_blank)), basemap=NO_BASEMAP)
    with Service.open(settings, today=lambda: TODAY) as opened:
        yield opened


def add_spot(service: Service, name: str, x: float, y: float, **more: object) -> HotSpot:
    given: dict[str, object] = {"visits_a_week": 2.0, **more}
    spot = HotSpot(str(uuid4()), name, Point(*place(x, y)), date(2018, 1, 1), **given)  # type: ignore[arg-type]
    service.register.add([spot], by="t")
    return spot


@pytest.fixture
def spots(service: Service) -> tuple[HotSpot, HotSpot]:
    return add_spot(service, "Torget", 0, 0), add_spot(service, "Skolan", 600, 0)


def made(service: Service, tmp_path: Path, choices: ScheduleChoices = ASKED) -> KeptSchedule:
    question = ask_schedule(service, choices, TODAY, folder=tmp_path / "none")
    return made_schedule(question.solve(told))


# --- what is asked for ---------------------------------------------------------------------------


rows = st.builds(
    ShiftRow,
    st.text("abcåäö ,.-1", min_size=1, max_size=9)
    .map(str.strip)
    .filter(bool)
    .map(lambda name: " ".join(name.split())),
    st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days))),
    st.times().map(lambda t: time(t.hour, t.minute)),
    st.times().map(lambda t: time(t.hour, t.minute)),
)


@given(
    st.builds(
        ScheduleChoices,
        st.dates(date(1990, 1, 1), date(2199, 1, 1)),
        st.sampled_from([1, 4]),
        st.lists(rows, max_size=4).map(tuple),
        st.none() | st.just(("a", "b")),
        st.integers(0, 999_999_999),
        st.booleans(),
        st.sampled_from([0.0, 0.5, 7.0]),
    )
)
def test_choices_come_back_from_an_address(choices: ScheduleChoices) -> None:
    asked = {name: told for name, told in asked_of(choices).items() if told}
    assert read_choices(asked, date(2020, 1, 1)) == choices


@given(
    st.dictionaries(
        st.sampled_from(["first", "weeks", "shifts", "stops", "seed", "beyond", "visits"]),
        st.text(max_size=40),
    ),
    st.dates(),
)
def test_nonsense_in_an_address_is_as_if_it_was_not_there(
    given_: dict[str, str], day: date
) -> None:
    choices = read_choices(given_, day)
    assert choices.weeks in (1, 4)
    assert choices.seed >= 0
    assert choices.last_day >= choices.first_day


def test_an_identity_number_is_no_patrols_name() -> None:
    asked = {"shifts": "850709-9805*1*1600*1800|Patrull 2*1*1600*1800"}
    assert [row.patrol for row in read_choices(asked, MONDAY).rows] == ["Patrull 2"]


def test_times_are_read_as_people_write_them() -> None:
    written = {"16": (16, 0), "16:30": (16, 30), "7.05": (7, 5), "0730": (7, 30), "24": (0, 0)}
    for text, (hour, minute) in written.items():
        assert read_time(text) == time(hour, minute)
    for text in ("", "25", "12:60", "noon", "1:2:3"):
        assert read_time(text) is None


def test_a_schedule_begins_on_the_monday_after() -> None:
    assert first_monday(date(2018, 10, 1)) == date(2018, 10, 1)
    assert first_monday(date(2018, 10, 2)) == date(2018, 10, 8)
    assert first_monday(date(2018, 10, 7)) == date(2018, 10, 8)


def test_shifts_are_laid_on_their_weekdays_also_past_midnight() -> None:
    night = ShiftRow("Natt", (5,), time(22), time(2))
    found = shifts_of(replace(ASKED, rows=(ROW, night), weeks=4))
    assert [shift.start.date().day for shift in found[:4]] == [1, 3, 5, 6]
    assert len(found) == 16
    assert found[3].end == datetime(2018, 10, 7, 2, tzinfo=SWEDISH_TIME)
    # 2018-10-28: summer time ends at 03:00.
    late = [shift for shift in found if shift.patrol == "Natt"][-1]
    assert late.start.date() == date(2018, 10, 27)
    over = ShiftRow("Natt", (6,), time(1), time(4))
    with pytest.raises(PlanningError, match="overlap"):
        shifts_of(replace(ASKED, rows=(night, over)))


def test_a_shift_within_the_hour_that_is_leapt_over_is_left_out() -> None:
    gone = ShiftRow("Natt", (6,), time(2), time(3))
    # 2019-03-31: 02:00 becomes 03:00.
    assert shifts_of(ScheduleChoices(date(2019, 3, 25), rows=(gone,))) == ()


# --- the question --------------------------------------------------------------------------------


def test_wanted_visits_follow_the_planned_dose_and_the_valid_days(service: Service) -> None:
    add_spot(service, "half", 0, 0, visits_a_week=0.5)
    add_spot(service, "ends", 0, 9, visits_a_week=7.0, valid_to=MONDAY + timedelta(days=9))
    add_spot(service, "none", 0, 18, visits_a_week=None)
    add_spot(service, "over", 0, 27, valid_to=MONDAY - timedelta(days=1))
    four = replace(ASKED, weeks=4)
    found = {stop.name: stop for stop in candidates(service, four, TODAY)}
    assert set(found) == {"half", "ends", "none"}
    assert sum(found["half"].wanted) == 2
    assert found["ends"].wanted == (7, 3, 0, 0)
    assert found["none"].wanted == (0, 0, 0, 0)
    assert found["none"].lacking is None
    wished = {stop.name: stop for stop in candidates(service, replace(four, unplanned=3), TODAY)}
    assert wished["none"].wanted == (3, 3, 3, 3)


def test_what_has_lacked_most_comes_first(service: Service) -> None:
    less = add_spot(service, "A", 0, 0)
    more = add_spot(service, "B", 900, 0)
    values = {"kind": "foot_patrol", "area": "outside", "minutes": "12", "by": "t"}
    for day in range(1, 9):
        lon, lat = less.place.x, less.place.y
        when = {"date": f"2018-10-{day:02}", "time": "18:00"}
        done = recording.save(
            service, "activity", {**values, **when, "lat": repr(lat), "lon": repr(lon)}
        )
        assert isinstance(done, Saved)
    found = candidates(service, ASKED, TODAY)
    assert [stop.id for stop in found] == [more.id, less.id]
    # All eight of the eight that four weeks of two visits make, and none of them.
    assert [stop.lacking for stop in found] == [1.0, 0.0]


def test_a_question_travels_and_gives_one_answer(
    service: Service, spots: tuple[HotSpot, HotSpot], tmp_path: Path
) -> None:
    question = ask_schedule(service, ASKED, TODAY, folder=tmp_path / "none")
    again = pickle.loads(pickle.dumps(question))
    assert hash(again) == hash(question)
    answer = again.solve(told)
    assert pickle.loads(pickle.dumps(answer)) == question.solve(told)
    schedule = made_schedule(answer)
    assert {tally.name: tally.planned for tally in schedule.tallies} == {"Torget": 2, "Skolan": 2}
    assert schedule.source.kind == "straight_lines"
    for visit in schedule.visits:
        assert visit.start.weekday() in ROW.weekdays
        assert time(16) <= visit.start.time() <= visit.end.time() <= time(20)
    # 600 m by the crow, times 1.3, at 4.5 km/h or so: ten minutes and a little.
    walks = [visit.walk_minutes for visit in schedule.visits if visit.walk_minutes]
    assert all(walk == -(-780 // question.m_per_min) for walk in walks)


def test_nothing_to_plan_is_said(service: Service, tmp_path: Path) -> None:
    with pytest.raises(PlanningError) as caught:
        ask_schedule(service, ASKED, TODAY, folder=tmp_path)
    assert caught.value.key == "plan_schedule.no_spots"
    with pytest.raises(PlanningError) as caught:
        ask_schedule(service, replace(ASKED, rows=()), TODAY, folder=tmp_path)
    assert caught.value.key == "plan_schedule.no_shifts"


def test_only_the_chosen_hot_spots_are_planned(
    service: Service, spots: tuple[HotSpot, HotSpot], tmp_path: Path
) -> None:
    chosen = replace(ASKED, spots=(spots[1].id, "gone"))
    question = ask_schedule(service, chosen, TODAY, folder=tmp_path / "none")
    assert [stop.name for stop in question.stops] == ["Skolan"]


def test_what_no_path_leads_to_is_left_out_and_told(service: Service, tmp_path: Path) -> None:
    for name, x in (("a", 0), ("b", 600), ("island", 5_000)):
        add_spot(service, name, x, 0)
    folder = tmp_path / "kept"
    town = Town({"a": (0, 0), "b": (600, 0)}).way("a b")
    import_streets(town.write(tmp_path / "town.osm"), folder)
    question = ask_schedule(service, ASKED, TODAY, folder=folder)
    schedule = made_schedule(question.solve(told))
    assert schedule.unreached == ("island",)
    assert schedule.source.kind == "streets"
    assert {visit.name for visit in schedule.visits} == {"a", "b"}
    assert schedule.tallies[0].name == "island"
    assert schedule.tallies[0].missing == 2


def test_ways_follow_the_streets_and_are_straight_without(tmp_path: Path) -> None:
    a, b, off = place(0, 0), place(600, 300), place(9_000, 0)
    town = Town({"a": (0, 0), "c": (600, 0), "b": (600, 300)}).way("a c b")
    folder = tmp_path / "kept"
    import_streets(town.write(tmp_path / "town.osm"), folder)
    legs = ((a, b), (a, off), (a, b))
    by_street = WaysQuestion(legs, str(folder)).solve(told)
    corner = place(600, 0)
    assert any(point == pytest.approx(corner, abs=1e-5) for point in by_street[0])
    assert by_street[2] == by_street[0]
    assert len(by_street[1]) == 2
    straight = WaysQuestion(legs, str(tmp_path / "none")).solve(told)
    assert straight[0][0] == pytest.approx(a, abs=1e-6)
    assert straight[0][-1] == pytest.approx(b, abs=1e-6)


def test_how_predictable_a_plan_is_is_told_by_the_dose_boards_measure(
    service: Service, spots: tuple[HotSpot, HotSpot], tmp_path: Path
) -> None:
    few = made(service, tmp_path)
    assert foreseen(few.visits).word is Foreseen.TOO_FEW
    visit = few.visits[0]
    same = [replace(visit, start=visit.start + timedelta(days=7 * n)) for n in range(20)]
    assert foreseen(same).word is Foreseen.EASY
    spread = [replace(visit, start=visit.start + timedelta(hours=37 * n)) for n in range(40)]
    assert foreseen(spread).word is Foreseen.HARD


# --- kept, followed, ticked off ------------------------------------------------------------------


def sent(service: Service, schedule: KeptSchedule, values: dict[str, str]) -> Outcome:
    days = schedule.first_day, schedule.last_day
    return SCHEDULES.keep(service, schedule, days, asked_of(ASKED), values)


def keep(service: Service, schedule: KeptSchedule) -> str:
    kept = sent(service, schedule, {"name": "Vecka 40", "by": "planeraren", "id": str(uuid4())})
    assert isinstance(kept, Saved)
    return kept.record.id


def test_a_schedule_is_kept_with_its_seed_and_can_be_made_anew(
    service: Service, spots: tuple[HotSpot, HotSpot], tmp_path: Path
) -> None:
    schedule = made(service, tmp_path)
    plan_id = keep(service, schedule)
    assert SCHEDULES.of(service, plan_id) == replace(schedule, id=plan_id, name="Vecka 40")
    assert [plan.id for plan in service.plans(PlanKind.SCHEDULE)] == [plan_id]
    asked = {name: str(told) for name, told in service.plan(plan_id).asked.items()}
    again = made(service, tmp_path, read_choices(asked, TODAY))
    assert again.visits == schedule.visits
    nameless = sent(service, schedule, {"name": "", "by": "x"})
    assert isinstance(nameless, Refused)
    with pytest.raises(UnknownIdError):
        SCHEDULES.of(service, str(uuid4()))


def test_a_ticked_off_visit_is_a_record_and_its_status_follows(
    service: Service, spots: tuple[HotSpot, HotSpot], tmp_path: Path
) -> None:
    schedule = SCHEDULES.of(service, keep(service, made(service, tmp_path)))
    now = datetime(2018, 10, 12, 12, tzinfo=UTC)
    before = followed(service, schedule, now)
    assert {one.status for one in before.values()} == {VisitStatus.UNRECORDED}
    count = service.count_activities(ActivityFilter())
    visit = schedule.visits[1]
    values = {**suggested_values(visit), "minutes": "9", "by": "yttre", "id": str(uuid4())}
    saved = record_visit(service, visit, values)
    assert isinstance(saved, Saved)
    assert isinstance(record_visit(service, visit, values), Saved)
    assert service.count_activities(ActivityFilter()) == count + 1
    done = followed(service, schedule, now)
    assert [key for key, one in done.items() if one.status is VisitStatus.DONE] == [visit.key]
    matched = done[visit.key].visit
    assert matched is not None
    assert matched.minutes == 9
    assert matched.start == visit.start
    recording.act(service, "void", "activity", saved.record.id, {"by": "x"}, expected_number=1)
    assert {one.status for one in followed(service, schedule, now).values()} == {
        VisitStatus.UNRECORDED
    }


def test_what_can_not_be_recorded_is_refused(
    service: Service, spots: tuple[HotSpot, HotSpot], tmp_path: Path
) -> None:
    visit = made(service, tmp_path).visits[0]
    told_ = suggested_values(visit)
    assert isinstance(record_visit(service, visit, told_), Refused)
    ahead = {**told_, "by": "x", "date": "2018-10-13"}
    assert isinstance(record_visit(service, visit, ahead), Refused)


def test_visits_to_come_are_ahead(
    service: Service, spots: tuple[HotSpot, HotSpot], tmp_path: Path
) -> None:
    later = replace(ASKED, first_day=date(2018, 10, 15))
    found = followed(service, made(service, tmp_path, later))
    assert {one.status for one in found.values()} == {VisitStatus.AHEAD}


def test_visits_in_the_hour_that_comes_twice_keep_their_hour() -> None:
    """On 25 October 2026 it is 02:30 twice in Borås: at 00:30 and at 01:30 UTC."""
    starts = [datetime(2026, 10, 25, hour, 50, tzinfo=UTC) for hour in (0, 1, 2)]
    visits = tuple(
        KeptVisit(
            str(at.hour), "P", "s", "Torget", 12.9, 57.7, at.astimezone(SWEDISH_TIME), 15, None
        )
        for at in starts
    )
    day = date(2026, 10, 25)
    source = TravelSource("straight_lines", detour=1.3)
    kept = KeptSchedule("p", "Natt", day, day, 1, visits, (), (), source)
    made = Calendar.from_ical(calendar(kept, words("sv"), at=starts[0]))
    spans = [(e["dtstart"].dt, e["dtend"].dt) for e in made.walk("VEVENT")]
    assert [start.astimezone(UTC) for start, _ in spans] == starts
    assert all(
        end.astimezone(UTC) - start.astimezone(UTC) == timedelta(minutes=15) for start, end in spans
    )
    rows = [line.split(";")[1:3] for line in table(kept, words("sv")).decode().splitlines()[1:]]
    assert rows == [
        ["02:50 sommartid", "02:05 normaltid"],
        ["02:50 normaltid", "03:05"],
        ["03:50", "04:05"],
    ]


def test_files_hold_a_patrols_visits(
    service: Service, spots: tuple[HotSpot, HotSpot], tmp_path: Path
) -> None:
    two = replace(ASKED, seed=6, rows=(ROW, replace(ROW, patrol="Patrull 2", weekdays=(1, 3))))
    schedule = made(service, tmp_path, two)
    plan_id = keep(service, schedule)
    assert schedule.patrols == ("Patrull 1", "Patrull 2")
    w = words("sv")
    counts = []
    for patrol in (None, *schedule.patrols):
        read = Calendar.from_ical(calendar_file(service, plan_id, w, patrol=patrol))
        counts.append(len(read.walk("VEVENT")))
        lines = table_file(service, plan_id, w, patrol=patrol).decode("utf-8-sig").splitlines()
        assert len(lines) == counts[-1] + 1
        _, days = printed_schedule(service, plan_id, patrol=patrol)
        assert sum(len(day.visits) for day in days) == counts[-1]
    assert counts[0] == counts[1] + counts[2] == len(schedule.visits)
    for file in (calendar_file, table_file):
        with pytest.raises(UnknownIdError, match=r"unknown\.patrol") as refused:
            file(service, plan_id, w, patrol="Patrull 9")
        assert "Patrull 9" in w.error(refused.value)
    assert service.plan(plan_id).kind is PlanKind.SCHEDULE


def test_the_suggested_shifts_make_a_question() -> None:
    assert shifts_of(replace(ASKED, rows=SUGGESTED))
    assert ScheduleQuestion((), (), MONDAY, MONDAY, 1).stops == ()
