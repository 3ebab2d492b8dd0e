"""Before and after as the register gives it, and choices that may be anything."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod
from shapely import LineString, Point

from geodata.model import (
    Activity,
    Finding,
    FindingStatus,
    HotSpot,
    Period,
    Precision,
    Walk,
    WalkStatus,
)
from geodata.planner.change import (
    Asked,
    Caution,
    Circle,
    Verdict,
    What,
    answer,
    areas_to_compare,
    ask,
)
from geodata.service import Service
from geodata.settings import NO_BASEMAP, Settings, register_url
from geodata.texts import SWEDISH_TIME

AFTERWARDS = date(2026, 1, 1)
CUT = date(2018, 6, 1)
BEFORE = Period(date(2018, 3, 1), date(2018, 5, 31))
AFTER = Period(CUT, date(2018, 8, 31))
MIDDLE = Point(12.93, 57.725)
"""In Norrby."""


def towards(metres: float, bearing: float = 90) -> Point:
    lon, lat, _ = Geod(ellps="GRS80").fwd(MIDDLE.x, MIDDLE.y, bearing, metres)
    return Point(lon, lat)


def moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SWEDISH_TIME)


def activity(
    day: date,
    area: str | None = "norrby",
    place: Point | LineString | None = None,
    kind: str = "patrol",
    precision: Precision = Precision.DAY,
) -> Activity:
    return Activity(str(uuid4()), kind, area, place, moment(day), precision, day, 30)


def finding(
    day: date, area: str | None, walk: str | None = None, category: str = "lighting"
) -> Finding:
    return Finding(
        str(uuid4()), walk, area, None, category, "", None, None, FindingStatus.OPEN, day, day
    )


def walk(day: date, area: str) -> Walk:
    return Walk(str(uuid4()), area, WalkStatus.HELD, moment(day), Precision.DAY, day)


@pytest.fixture
def service(own_blank: Path) -> Iterator[Service]:
    with Service.open(Settings(register_url(str(own_blank)), basemap=NO_BASEMAP)) as s:
        yield s


@pytest.fixture(scope="module")
def example(example_file: Path) -> Iterator[Service]:
    with Service.open(Settings(register_url(str(example_file)), basemap=NO_BASEMAP)) as service:
        yield service


def asked(
    what: str = "patrol", place: str | Circle = "norrby", beside: str | None = "hulta"
) -> Asked:
    counted = What("finding") if what == "finding" else What("activity", what)
    return Asked(counted, place, beside, BEFORE, AFTER)


# --- choices ----------------------------------------------------------------------------------


def test_nothing_chosen_is_findings_round_the_middle_of_the_period(example: Service) -> None:
    """The Borås promise has 365 days from 1 February 2018: 182 before, 183 after."""
    found = ask(example, example.promises("boras-2018"), AFTERWARDS, {})
    assert found.what == What("finding")
    assert (found.place, found.beside) == ("norrby", "hassleholmen"), "findings are Norrby's only"
    assert found.before.start == date(2018, 2, 1)
    assert found.after.end == date(2019, 1, 31)
    assert found.before.end + timedelta(days=1) == found.after.start
    assert abs(found.before.days - found.after.days) <= 1
    assert not found.faults
    assert not found.cut


def test_the_area_beside_is_of_the_same_town(example: Service) -> None:
    found = ask(example, example.promises(), AFTERWARDS, {}, "hedbo")
    assert found.place == "hedbo"
    assert example.area(found.beside or "").municipality == "Mark"
    assert found.before.start == date(2018, 1, 1)


def test_where_a_promise_names_no_area_every_area_can_be_compared(example: Service) -> None:
    sjobo = example.promises("boras-2024-sjobo")
    assert areas_to_compare(example, sjobo) == example.catalogue.areas
    found = ask(example, sjobo, AFTERWARDS, {})
    assert (found.place, found.beside) == ("norrby", "hassleholmen"), "as for Borås of 2018"
    assert (found.before.start, found.after.end) == (date(2024, 1, 1), date(2025, 12, 31))


def test_everything_can_be_chosen(example: Service) -> None:
    choices = {
        "what": "activity.foot_patrol",
        "where": f"point.{MIDDLE.x},{MIDDLE.y}",
        "radius": "200",
        "beside": "hulta",
        "from": "2018-06-01",
        "before": "92",
        "after": "92",
    }
    found = ask(example, example.promises("boras-2018"), AFTERWARDS, choices)
    place = Circle(MIDDLE.x, MIDDLE.y, 200, "norrby")
    assert found == Asked(What("activity", "foot_patrol"), place, "hulta", BEFORE, AFTER)
    alone = ask(example, example.promises("boras-2018"), AFTERWARDS, {**choices, "beside": "none"})
    assert alone.beside is None


def test_a_period_that_has_not_come_to_its_end_is_cut(example: Service) -> None:
    choices = {"from": "2018-06-01", "after": "92"}
    found = ask(example, example.promises("boras-2018"), date(2018, 6, 30), choices)
    assert found.after == Period(CUT, date(2018, 6, 30))
    assert found.cut


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("what", "persons"),
        ("what", "activity."),
        ("what", "finding.people"),
        ("where", "spot.nobody"),
        ("where", "point.1,2"),
        ("where", "point.nan,nan"),
        ("where", "town.norrby"),
        ("beside", "stockholm"),
        ("from", "2018-02-30"),
        ("from", "2099-01-01"),
        ("before", "0"),
        ("after", "many"),
        ("after", "inf"),
    ],
)
def test_a_choice_that_makes_no_sense_is_as_usual_and_told(
    example: Service, name: str, value: str
) -> None:
    promises = example.promises("boras-2018")
    usual = ask(example, promises, AFTERWARDS, {})
    found = ask(example, promises, AFTERWARDS, {name: value})
    assert found.faults == (name,)
    assert found == Asked(
        usual.what, usual.place, usual.beside, usual.before, usual.after, faults=(name,)
    )


@given(
    st.dictionaries(
        st.sampled_from(["what", "where", "radius", "beside", "from", "before", "after"]),
        st.text(max_size=20)
        | st.sampled_from(["activity.patrol", "point.12.93,57.72", "norrby", "2018-06-01", "9"])
        | st.integers(-5, 9999).map(str)
        | st.dates().map(str),
    ),
    st.dates(date(2000, 1, 1), date(2030, 1, 1)),
    st.sampled_from(["norrby", "hedbo", "nowhere", None]),
    st.sampled_from([None, "mark-2018", "mark-2017", "boras-2024-sjobo"]),
)
def test_no_choice_can_fail(
    example: Service, choices: dict[str, str], as_of: date, area: str | None, promise: str | None
) -> None:
    found = ask(example, example.promises(promise), as_of, choices, area)
    assert found.before.days >= 1
    assert found.after.days >= 1
    assert found.before.end < found.after.start
    assert found.after.end <= as_of
    assert found.beside != found.place
    answer(example, found)


# --- an area ----------------------------------------------------------------------------------


def test_an_areas_records_are_those_that_say_so(service: Service) -> None:
    service.register.add(
        [
            *(activity(date(2018, 4, 1 + n)) for n in range(20)),
            *(activity(date(2018, 7, 1 + n)) for n in range(5)),
            *(activity(date(2018, 4, 1 + n), "hulta") for n in range(15)),
            *(activity(date(2018, 7, 1 + n), "hulta") for n in range(15)),
            activity(date(2018, 7, 1), "hassleholmen"),
            activity(date(2018, 7, 1), kind="foot_patrol"),
            activity(date(2018, 2, 28)),
            activity(date(2018, 9, 1)),
            activity(date(2018, 8, 31), precision=Precision.SEASON),
            activity(date(2018, 7, 31), precision=Precision.MONTH),
        ],
        by="test",
    )
    found = answer(service, asked())
    assert found.change.beside is not None
    assert (len(found.change.place.counted.before), len(found.change.place.counted.after)) == (
        20,
        7,
    )
    assert found.change.place.counted.unsure == ()
    beside = found.change.beside.counted
    assert (len(beside.before), len(beside.after)) == (15, 15)
    assert found.change.ratio == pytest.approx(7 / 20)
    assert found.ring is None
    assert found.efforts == ()
    assert set(found.cautions) == {Caution.WORK_DONE, Caution.CHOSEN, Caution.SEASONS}


def test_findings_of_one_walk_are_one_occasion_and_effort_is_told(service: Service) -> None:
    walks = [walk(date(2018, 4, 9), "norrby"), walk(date(2018, 7, 9), "norrby")]
    service.register.add(
        [activity(date(2018, 4, 1)), activity(date(2018, 4, 2), kind="foot_patrol")],
        walks,
        [
            *(finding(date(2018, 4, 9), "norrby", walks[0].id) for _ in range(12)),
            *(finding(date(2018, 7, 9), "norrby", walks[1].id) for _ in range(4)),
            *(finding(date(2018, 7, 20), "norrby") for _ in range(2)),
        ],
        by="test",
    )
    found = answer(service, asked("finding", beside=None))
    assert sorted(found.change.place.counted.bunches) == [2, 4, 12]
    assert found.change.spread == pytest.approx((144 + 16 + 4) / 18)
    assert found.change.verdict is Verdict.BUNCHED
    (effort,) = found.efforts
    assert (effort.area_id, effort.patrols, effort.walks) == ("norrby", (2, 0), (1, 1))
    assert Caution.WHERE_LOOKED in found.cautions
    assert Caution.BUNCHED in found.cautions


def test_one_category_of_findings_can_be_counted(service: Service) -> None:
    service.register.add(
        [
            finding(date(2018, 4, 9), "norrby"),
            finding(date(2018, 4, 9), "norrby", None, "traffic"),
        ],
        by="test",
    )
    one = Asked(What("finding", "traffic"), "norrby", None, BEFORE, AFTER)
    assert answer(service, one).change.place.counted.total == 1


# --- a circle ---------------------------------------------------------------------------------


def test_a_circle_holds_what_lies_within_it_and_the_ring_what_lies_round_it(
    service: Service,
) -> None:
    """Distances laid out on the ellipsoid: 140 and 160 m by a radius of 150, then 290 and 310."""
    day = date(2018, 4, 10)
    passing = LineString([towards(1_000, 0), towards(100, 0)])
    places = {metres: towards(metres) for metres in (0, 140, 160, 290, 310)}
    records = {metres: activity(day, place=place) for metres, place in places.items()}
    track = activity(day, place=passing)
    nowhere = [activity(day), activity(day, None), activity(day, "hulta")]
    service.register.add([*records.values(), track, *nowhere], by="test")
    circle = Circle(MIDDLE.x, MIDDLE.y, 150, "norrby")
    found = answer(service, asked(place=circle, beside="norrby"))
    inside = {records[0].id, records[140].id, track.id}
    assert set(found.change.place.counted.before) == inside
    assert found.ring is not None
    assert set(found.ring.before) == {records[160].id, records[290].id}
    assert found.change.beside is not None
    # Those without a place are of the area beside; nothing within twice the radius is.
    assert set(found.change.beside.counted.before) == {records[310].id, nowhere[0].id}
    assert found.unplaced == 2
    assert {Caution.UNPLACED, Caution.WITHIN} <= set(found.cautions)


def test_a_hot_spot_is_a_place(service: Service) -> None:
    spot = HotSpot(str(uuid4()), "Torget", MIDDLE, BEFORE.start, radius_m=80, area_id="norrby")
    service.register.add([spot], by="test")
    found = ask(service, service.promises("boras-2018"), AFTERWARDS, {"where": f"spot.{spot.id}"})
    assert found.place == Circle(MIDDLE.x, MIDDLE.y, 80, "norrby", spot.id)
    assert found.beside == "hassleholmen"


def test_a_register_that_was_not_kept_from_the_beginning_is_told(service: Service) -> None:
    """The earlier period begins on 1 March: 31 March may be chance, 1 April is not."""
    late = [activity(date(2018, 4, 1) + timedelta(days=n)) for n in range(30)]
    service.register.add(late, by="test")
    found = answer(service, asked(beside=None))
    assert found.begins == date(2018, 4, 1)
    assert Caution.NOT_KEPT in found.cautions
    service.register.add([activity(date(2018, 3, 31), "hulta")], by="test")
    assert Caution.NOT_KEPT not in answer(service, asked(beside=None)).cautions


def test_a_change_of_the_register_shows_at_once(service: Service) -> None:
    question = asked()
    assert answer(service, question).change.verdict is Verdict.NOTHING
    assert answer(service, question) is answer(service, question)
    service.register.add([activity(date(2018, 4, 1))], by="test")
    assert answer(service, question).change.place.counted.total == 1
