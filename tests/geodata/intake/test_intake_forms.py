"""What is filled in becomes the record it says, or is told of by field; nothing is guessed."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from uuid import uuid4

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, Point

from geodata.analysis.outlines import Outlines
from geodata.catalogue.loading import load_catalogue
from geodata.intake.form_records import form_values, read_form
from geodata.intake.forms import Draft, FormValues, author
from geodata.model import (
    Activity,
    Finding,
    FindingStatus,
    Origin,
    Precision,
    SourceKind,
    Walk,
    WalkStatus,
)
from geodata.settings import bundled_data
from geodata.texts import SWEDISH_TIME

read_activity = partial(read_form, "activity")
read_walk = partial(read_form, "walk")
read_finding = partial(read_form, "finding")

CATALOGUE = load_catalogue((bundled_data(),))
OUTLINES = Outlines.from_areas(CATALOGUE.areas)
TODAY = date(2018, 9, 10)
IDENTITY = "811218-9876"
"""Skatteverket's own example number."""

IN_NORRBY = {"lat": "57.7243", "lon": "12.9266"}
PATROL: FormValues = {
    "id": str(uuid4()),
    "kind": "foot_patrol",
    "area": "norrby",
    "date": "2018-09-07",
    "time": "18:15",
    "minutes": "25",
    "commitments": ("boras-2018/1", "boras-2018/2"),
    "parties": ("polisen",),
    "participants": "",
    "note": "Lugnt.",
    **IN_NORRBY,
}
WALK: FormValues = {
    "id": str(uuid4()),
    "status": "planned",
    "area": "hedbo",
    "date": "2018-09-20",
    "time": "18:00",
    "minutes": "75",
    "meeting_point": "Hållplats Hedbo",
    "invited": "boende",
    "route": '{"type": "LineString", "coordinates": [[12.64, 57.48], [12.645, 57.481]]}',
    "commitments": ("mark-2018/4",),
    "parties": (),
}
FINDING: FormValues = {
    "id": str(uuid4()),
    "category": "lighting",
    "text": "Trasig lampa",
    "area": "",
    "day": "2018-09-07",
    "status": "open",
    **IN_NORRBY,
}


def activity(values: FormValues, base: Activity | None = None) -> Draft[Activity]:
    return read_activity(
        values, catalogue=CATALOGUE, locate=OUTLINES.locate, today=TODAY, base=base
    )


def walk(values: FormValues, base: Walk | None = None) -> Draft[Walk]:
    return read_walk(values, catalogue=CATALOGUE, locate=OUTLINES.locate, today=TODAY, base=base)


def finding(
    values: FormValues, base: Finding | None = None, on: Walk | None = None
) -> Draft[Finding]:
    return read_finding(
        values, catalogue=CATALOGUE, locate=OUTLINES.locate, today=TODAY, base=base, walk=on
    )


def faults(draft: Draft[Activity] | Draft[Walk] | Draft[Finding]) -> dict[str, str]:
    assert (draft.record is None) == bool(draft.errors)
    return {p.field: p.key for p in draft.errors}


# --- an activity ---------------------------------------------------------------------------------


def test_an_activity_is_what_was_filled_in() -> None:
    made = activity(PATROL).record
    assert made is not None
    assert made.id == PATROL["id"]
    assert (made.kind, made.area_id, made.minutes, made.note) == (
        "foot_patrol",
        "norrby",
        25,
        "Lugnt.",
    )
    # 18:15 in September is two hours ahead of UTC.
    assert made.start == datetime(2018, 9, 7, 16, 15, tzinfo=UTC)
    assert (made.precision, made.day) == (Precision.MINUTE, date(2018, 9, 7))
    assert made.place == Point(12.9266, 57.7243)
    assert made.commitments == ("boras-2018/1", "boras-2018/2")
    assert made.participants is None
    assert made.origin == Origin(SourceKind.RECORDED)


@pytest.mark.parametrize(
    ("field", "value", "key"),
    [
        ("kind", "", "form.choose"),
        ("kind", "dans", "form.choose"),
        ("area", "nowhere", "form.choose"),
        ("date", "", "form.needed"),
        ("date", "nyss", "intake.bad_date"),
        ("date", "2018-09-11", "form.future"),
        ("date", "1989-12-31", "intake.implausible_year"),
        ("minutes", "-1", "intake.number_range"),
        ("minutes", "en stund", "intake.not_a_number"),
        ("participants", "2,5", "intake.not_a_number"),
        ("note", "x" * 2_001, "intake.too_long"),
        ("note", f"Talade med {IDENTITY}", "intake.personal_identity_number"),
        ("time", "25:61", "form.time"),
        ("time", "1859", "form.time"),
        ("time", "kväll", "form.time"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field(field: str, value: str, key: str) -> None:
    found = faults(activity({**PATROL, field: value}))
    assert list(found.values()) == [key]
    assert set(found) <= {field, "date"}


def test_everything_wrong_is_told_at_once() -> None:
    told = faults(activity({**PATROL, "kind": "", "date": "", "minutes": "x", "note": IDENTITY}))
    assert told.keys() == {"kind", "date", "minutes", "note"}


@given(st.text(max_size=60), st.text(max_size=60))
def test_an_identity_number_is_refused_and_never_repeated(before: str, after: str) -> None:
    draft = activity({**PATROL, "note": f"{before} {IDENTITY} {after}"})
    assert draft.record is None
    assert IDENTITY not in repr(draft.problems)


@pytest.mark.parametrize("clock", ["8:05", "08.05", "08:05", "kl 8:05", "kl. 08.05", "8:05 AM"])
def test_a_clock_is_read_as_people_write_it(clock: str) -> None:
    made = activity({**PATROL, "time": clock}).record
    assert made is not None
    assert made.start.astimezone(SWEDISH_TIME).strftime("%H:%M") == "08:05"


def test_a_place_in_another_area_is_said_and_the_chosen_area_kept() -> None:
    draft = activity({**PATROL, "area": "hulta"})
    assert draft.record is not None
    assert draft.record.area_id == "hulta"
    assert [(p.field, p.key) for p in draft.problems] == [("area", "form.other_area")]


def test_outside_every_area_is_a_choice_like_the_others() -> None:
    made = activity({**PATROL, "area": "outside"}).record
    assert made is not None
    assert made.area_id is None


def test_where_no_area_is_chosen_the_place_says_it_or_it_is_asked_for() -> None:
    made = activity({**PATROL, "area": ""}).record
    assert made is not None
    assert made.area_id == "norrby"
    nowhere = {**PATROL, "area": "", "lat": "", "lon": ""}
    assert faults(activity(nowhere)) == {"area": "form.area"}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("i dag", date(2018, 9, 10)),
        ("I går", date(2018, 9, 9)),
        ("7/3", date(2018, 3, 7)),
        ("10/9", date(2018, 9, 10)),
        # Of a year that has not come that far the one before is meant.
        ("24/12", date(2017, 12, 24)),
        ("7/3 2018", date(2018, 3, 7)),
        ("7 mars", date(2018, 3, 7)),
        ("den 19 nov", date(2017, 11, 19)),
        ("Mar 7th", date(2018, 3, 7)),
    ],
)
def test_a_day_is_read_as_people_say_it(said: str, meant: date) -> None:
    made = activity({**PATROL, "date": said, "time": "18"}).record
    assert made is not None
    assert made.day == meant
    assert made.start.astimezone(SWEDISH_TIME).hour == 18


def test_a_planned_walks_day_without_a_year_lies_ahead() -> None:
    made = walk({**WALK, "date": "7/3"}).record
    assert made is not None
    assert made.day == date(2019, 3, 7)


def test_ids_that_nothing_has_are_not_ticked() -> None:
    made = activity({**PATROL, "commitments": ("boras-2018/1", "no/9"), "parties": ("x",)}).record
    assert made is not None
    assert (made.commitments, made.parties) == (("boras-2018/1",), ())


# --- who -----------------------------------------------------------------------------------------


def test_who_makes_a_change_is_a_role_in_one_line() -> None:
    assert author({"by": "  Områdespolis \n Norrby "}) == ("Områdespolis Norrby", ())


@pytest.mark.parametrize(
    ("by", "key"),
    [
        ("", "form.by"),
        ("   ", "form.by"),
        ("x" * 81, "intake.too_long"),
        (IDENTITY, "intake.personal_identity_number"),
        ("a\x00b", "intake.bad_character"),
    ],
)
def test_who_is_asked_for(by: str, key: str) -> None:
    told, problems = author({"by": by})
    assert (told, [(p.field, p.key) for p in problems]) == ("", [("by", key)])


# --- a record shown and read again ---------------------------------------------------------------

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=40).map(
    lambda text: unicodedata.normalize("NFC", text).strip()
)
KINDS = st.sampled_from(sorted(CATALOGUE.vocabulary.activity_kinds))
AREA_IDS = st.sampled_from(sorted(CATALOGUE.area_by_id))
PLACES = st.builds(Point, st.floats(12.5, 13.1), st.floats(57.4, 57.8))
LINES = st.lists(
    st.tuples(st.floats(12.5, 13.1), st.floats(57.4, 57.8)), min_size=2, max_size=6, unique=True
).map(LineString)
MOMENTS = st.datetimes(
    datetime(1990, 1, 2),  # noqa: DTZ001 - the zone is drawn beside it
    datetime(2018, 9, 9),  # noqa: DTZ001
    timezones=st.just(UTC),
).map(lambda at: at.replace(microsecond=0))
IDS = st.uuids().map(str)


def commitment_ids() -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(sorted(CATALOGUE.commitment_by_id)), unique=True).map(tuple)


@st.composite
def times(draw: st.DrawFn) -> tuple[datetime, Precision, date]:
    at = draw(MOMENTS)
    local = at.astimezone(SWEDISH_TIME)
    if draw(st.booleans()):
        # A clock that showed the time twice is ambiguous in a form, as on the wall.
        again = local.replace(fold=1 - local.fold)
        if again.utcoffset() != local.utcoffset():
            at += timedelta(hours=3)
            local = at.astimezone(SWEDISH_TIME)
        return at, Precision.MINUTE, local.date()
    midnight = local.replace(hour=0, minute=0, second=0, fold=0)
    return midnight, Precision.DAY, midnight.date()


@given(st.data())
def test_an_activity_shown_and_read_again_is_the_same(data: st.DataObject) -> None:
    draw = data.draw
    start, precision, day = draw(times())
    before = Activity(
        id=draw(IDS),
        kind=draw(KINDS),
        area_id=draw(st.none() | AREA_IDS),
        place=draw(st.none() | PLACES | LINES),
        start=start,
        precision=precision,
        day=day,
        minutes=draw(st.none() | st.integers(0, 1_440)),
        commitments=draw(commitment_ids()),
        participants=draw(st.none() | st.integers(0, 100_000)),
        note=draw(TEXTS),
        origin=Origin(SourceKind.IMPORTED, "fil.csv", 7),
        verified_by="polisen",
    )
    draft = activity(form_values(before), before)
    if not draft.errors:
        assert draft.record == before
    else:
        # Chance may write an identity number.
        assert {p.key for p in draft.errors} == {"intake.personal_identity_number"}


@pytest.mark.parametrize(
    ("precision", "start", "day", "shown"),
    [
        (Precision.MONTH, datetime(2018, 6, 1, tzinfo=SWEDISH_TIME), date(2018, 6, 30), "2018-06"),
        (Precision.SEASON, datetime(2018, 6, 1, tzinfo=SWEDISH_TIME), date(2018, 8, 31), "2018-22"),
        (
            Precision.SEASON,
            datetime(2017, 12, 1, tzinfo=SWEDISH_TIME),
            date(2018, 2, 28),
            "2017-24",
        ),
    ],
)
def test_a_coarse_time_is_not_made_finer(
    precision: Precision, start: datetime, day: date, shown: str
) -> None:
    made = activity(PATROL).record
    assert made is not None
    before = replace(made, start=start, precision=precision, day=day)
    values = form_values(before)
    assert (values["date"], values["time"]) == (shown, "")
    assert activity(values, before).record == before


@pytest.mark.parametrize(
    "start",
    [
        datetime(2018, 9, 7, 16, 15, 42, tzinfo=UTC),
        # The second of the two hours from two to three, when summer time ended.
        datetime(2017, 10, 29, 1, 30, tzinfo=UTC),
    ],
)
def test_what_a_form_does_not_show_of_a_time_survives_a_change_of_the_note(start: datetime) -> None:
    patrol, planned = activity(PATROL).record, walk(WALK).record
    assert patrol is not None
    assert planned is not None
    day = start.date()
    before = replace(patrol, start=start, day=day)
    after = activity({**form_values(before), "note": "Ny"}, before).record
    assert after == replace(before, note="Ny")
    later = activity({**form_values(before), "time": "18:20"}, before).record
    assert later is not None
    assert later.start == datetime(day.year, day.month, day.day, 18, 20, tzinfo=SWEDISH_TIME)
    way = replace(planned, start=start, day=day)
    assert walk({**form_values(way), "note": "Ny"}, way).record == replace(way, note="Ny")


# --- a walk --------------------------------------------------------------------------------------


def test_a_walk_is_what_was_filled_in() -> None:
    made = walk(WALK).record
    assert made is not None
    assert (made.status, made.area_id, made.invited) == (WalkStatus.PLANNED, "hedbo", "boende")
    assert made.route == LineString([(12.64, 57.48), (12.645, 57.481)])
    assert walk(form_values(made), made).record == made


def test_a_planned_walk_may_lie_ahead_and_a_held_one_may_not() -> None:
    ahead = {**WALK, "date": "2018-12-01"}
    assert walk(ahead).record is not None
    assert faults(walk({**ahead, "status": "held"})) == {"date": "form.future"}


def test_only_a_held_walk_has_been_come_to_and_followed_up() -> None:
    held = {**WALK, "status": "held", "date": "2018-09-01", "participants": "12"}
    made = walk({**held, "followed_up": "2018-09-08"}).record
    assert made is not None
    assert (made.participants, made.followed_up) == (12, date(2018, 9, 8))
    planned = walk({**held, "status": "planned"}).record
    assert planned is not None
    assert planned.participants is None
    assert faults(walk({**held, "followed_up": "2018-08-31"})) == {
        "followed_up": "form.before_walk"
    }
    assert faults(walk({**held, "followed_up": "2018-09-11"})) == {"followed_up": "form.future"}
    early = {**WALK, "date": "2018-09-01", "followed_up": "2018-09-02"}
    assert faults(walk(early)) == {"followed_up": "form.not_held"}


@pytest.mark.parametrize(
    "route",
    [
        "no json",
        "[]",
        '{"type": "Point", "coordinates": [12.6, 57.5]}',
        '{"type": "LineString", "coordinates": [[12.6, 57.5]]}',
        '{"type": "LineString", "coordinates": [[12.6, 57.5], [12.6, 57.5]]}',
        '{"type": "LineString", "coordinates": [[57.5, 12.6], [57.6, 12.6]]}',
        '{"type": "LineString", "coordinates": [[12.6, null], [12.7, 57.5]]}',
        '{"type": "LineString", "coordinates": "x"}',
        "[" * 50_000,
    ],
)
def test_a_way_that_is_none_is_told(route: str) -> None:
    assert faults(walk({**WALK, "route": route})) == {"route": "form.route"}


def test_a_way_in_several_parts_stays_so() -> None:
    parts = MultiLineString([[(12.64, 57.48), (12.65, 57.48)], [(12.66, 57.48), (12.67, 57.49)]])
    made = walk({**WALK, "route": shapely.to_geojson(parts)}).record
    assert made is not None
    assert made.route == parts


# --- a finding -----------------------------------------------------------------------------------


def test_a_finding_lies_where_its_place_does() -> None:
    made = finding(FINDING).record
    assert made is not None
    assert (made.area_id, made.walk_id, made.status_day) == ("norrby", None, date(2018, 9, 7))
    assert finding(form_values(made), made).record == made


def test_a_finding_on_a_walk_is_the_walks_where_it_says_nothing_else() -> None:
    on = walk({**WALK, "status": "held", "date": "2018-09-01"}).record
    made = finding({**FINDING, "lat": "", "lon": "", "day": ""}, on=on).record
    assert made is not None
    assert on is not None
    assert (made.walk_id, made.area_id, made.day) == (on.id, "hedbo", on.day)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"text": ""}, {"text": "form.needed"}),
        ({"category": ""}, {"category": "form.choose"}),
        ({"due": "2018-09-06"}, {"due": "form.before_found"}),
        ({"day": "2018-09-11"}, {"day": "form.future"}),
        ({"status_day": "2018-09-06"}, {"status_day": "form.before_found"}),
        ({"text": IDENTITY}, {"text": "intake.personal_identity_number"}),
    ],
)
def test_a_findings_faults_are_told(values: dict[str, str], expected: dict[str, str]) -> None:
    assert faults(finding({**FINDING, **values})) == expected


def test_a_status_that_changes_is_from_today_unless_said() -> None:
    before = finding(FINDING).record
    assert before is not None
    done = finding({**form_values(before), "status": "done", "status_day": ""}, before).record
    assert done is not None
    assert (done.status, done.status_day) == (FindingStatus.DONE, TODAY)
    same = finding({**form_values(done), "status_day": "", "text": "Ny"}, done).record
    assert same is not None
    assert same.status_day == TODAY


READERS: list[Callable[[FormValues], object]] = [activity, walk, finding]


@pytest.mark.parametrize("read", READERS)
@given(
    values=st.dictionaries(
        st.sampled_from(sorted({*PATROL, *WALK, *FINDING, "place", "repeats"})),
        st.text(max_size=30) | st.lists(st.text(max_size=10)).map(tuple),
        max_size=12,
    )
)
def test_nothing_that_can_be_sent_is_more_than_a_fault(
    read: Callable[[FormValues], object], values: FormValues
) -> None:
    read(values)


def test_everything_that_is_wrong_is_told_at_once_a_bad_time_too() -> None:
    wrong = {**PATROL, "date": "", "time": "25", "kind": "", "minutes": "många"}
    assert faults(activity(wrong)) == {
        "date": "form.needed",
        "time": "form.time",
        "kind": "form.choose",
        "minutes": "intake.not_a_number",
    }
    assert faults(activity({**PATROL, "date": "31 februari", "time": "x"})).keys() == {
        "date",
        "time",
    }
    assert faults(finding({**FINDING, "category": "", "text": ""})).keys() == {"category", "text"}
