"""A loop within a time: worked out by hand on a street of stops, and by law on any."""

from __future__ import annotations

import math
import pickle
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise, permutations
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point

from geodata.crs import to_metres
from geodata.errors import PlanningError, UnknownIdError
from geodata.model import ActivityFilter, Finding, FindingStatus, HotSpot, Plan, PlanKind
from geodata.planner.loop import choices as edits
from geodata.planner.loop.ask import (
    all_stops,
    ask_loop,
    cheapest_place,
    findings_seen,
    nearest_stop,
)
from geodata.planner.loop.choices import STAY_RANGE, LoopChoices, asked_of, clock, read_choices
from geodata.planner.loop.keep import (
    LOOPS,
    KeptLoop,
    area_of_way,
    keep_as_patrol,
    keep_as_walk,
    made_loop,
    record_done,
)
from geodata.planner.loop.solve import LoopAnswer, LoopQuestion, LoopStop, PlannedLoop
from geodata.planner.plans import finding_key, place_key, spot_key
from geodata.service import Service
from geodata.service.recording import Refused, Saved
from geodata.service.streets import import_streets
from geodata.settings import NO_BASEMAP, Settings, register_url
from geodata.texts import SWEDISH_TIME

from ..planning.towns import Town, place

DAY: Final = date(2018, 9, 10)
NUMBER: Final = "811218-9876"
A_MINUTE_M: Final = 75.0
"""Metres walked in a minute."""


def spot(name: str, x: float, y: float, **more: object) -> HotSpot:
    """A hot spot so many metres from the town's corner."""
    lon, lat = place(x, y)
    given_ = {"id": str(uuid4()), "valid_from": date(2018, 1, 1), **more}
    return HotSpot(name=name, place=Point(lon, lat), **given_)  # type: ignore[arg-type]


def finding(text: str, x: float, y: float, **more: object) -> Finding:
    given_ = {"id": str(uuid4()), "day": date(2018, 8, 1), "status": FindingStatus.OPEN, **more}
    return Finding(
        walk_id=None,
        area_id=None,
        place=Point(*place(x, y)),
        category="lighting",
        text=text,
        owner=None,
        due=None,
        status_day=given_["day"],  # type: ignore[arg-type]
        **given_,  # type: ignore[arg-type]
    )


@pytest.fixture
def service(own_blank: Path) -> Iterator[Service]:
    settings = Settings(register_url(str(own_blank)), basemap=NO_BASEMAP)
    with Service.open(settings, today=lambda: DAY) as opened:
        yield opened


@pytest.fixture
def nowhere(tmp_path: Path) -> Path:
    """A folder without streets."""
    return tmp_path / "streets"


def told(_share: float) -> None:
    """Do nothing."""


def question(*stops: LoopStop, budget_min: float = 60, **more: object) -> LoopQuestion:
    return LoopQuestion(place(0, 0), None, budget_min, stops, **more)  # type: ignore[arg-type]


def stop(key: str, x: float, y: float, value: float = 1.0, minutes: int = 10) -> LoopStop:
    lon, lat = place(x, y)
    return LoopStop(key, "spots", key, lon, lat, value, minutes)


def names(loop: PlannedLoop) -> list[str]:
    return [visit.stop.name for visit in loop.visits]


# --- by hand -------------------------------------------------------------------------------------


def test_a_street_of_stops_is_walked_as_worked_out_by_hand(nowhere: Path) -> None:
    # 750 m straight are 975 m on foot, which take 13 minutes; half as far takes half as long.
    near, far = stop("near", 375, 0), stop("far", 750, 0, minutes=12)
    answer = question(near, far, streets=str(nowhere)).solve(told)
    loop = answer.loops[0]
    assert sorted(names(loop)) == ["far", "near"]
    assert loop.metres == pytest.approx(2 * 975, rel=2e-3)
    assert loop.walk_min == pytest.approx(26, rel=2e-3)
    assert loop.stay_min == 22
    assert loop.total_min == pytest.approx(48, rel=2e-3)
    assert loop.value == 2
    assert loop.exact
    assert answer.source.kind == "straight_lines"
    (own,) = question(near, far, order=("near", "far"), streets=str(nowhere)).solve(told).loops
    times = [(v.reached_min, v.left_min) for v in own.visits]
    assert [t for pair in times for t in pair] == pytest.approx([6.5, 16.5, 23, 35], rel=2e-3)
    assert own.home.minutes == pytest.approx(13, rel=2e-3)


def test_what_does_not_fit_is_told_with_what_it_would_take(nowhere: Path) -> None:
    near, far = stop("near", 375, 0, value=2), stop("far", 750, 0)
    answer = question(near, far, budget_min=30, streets=str(nowhere)).solve(told)
    best = answer.loops[0]
    assert names(best) == ["near"]
    (left,) = best.left_out
    assert left.stop == far
    # Out and back again for the second half of the street, and the stay.
    assert left.extra_min == pytest.approx(13 + 10, rel=2e-3)


def test_a_loop_that_must_pass_what_is_worth_less_does(nowhere: Path) -> None:
    near, other = stop("near", 300, 0, value=5), stop("other", -300, 0)
    free = question(near, other, budget_min=22, streets=str(nowhere))
    assert names(free.solve(told).loops[0]) == ["near"]
    bound = replace(free, required=("other",))
    assert all(names(loop) == ["other"] for loop in bound.solve(told).loops)
    with pytest.raises(PlanningError, match="required_do_not_fit"):
        replace(bound, required=("other", "near")).solve(told)


def test_another_end_is_walked_to_and_is_no_stop(nowhere: Path) -> None:
    asked = replace(question(stop("mid", 375, 0), streets=str(nowhere)), end=place(750, 0))
    loop = asked.solve(told).loops[0]
    assert names(loop) == ["mid"]
    assert loop.line[0] == asked.start
    assert loop.line[-1] == asked.end
    assert loop.total_min == pytest.approx(13 + 10, rel=2e-3)
    with pytest.raises(PlanningError, match="end_too_far"):
        replace(asked, budget_min=12).solve(told)


def test_two_suggestions_make_other_stops(nowhere: Path) -> None:
    ring = [stop(f"s{at}", 300 * x, 300 * y) for at, (x, y) in enumerate(SQUARE)]
    first, second = question(*ring, budget_min=45, streets=str(nowhere)).solve(told).loops
    assert set(first.keys) != set(second.keys)
    assert first.value >= second.value > 0


SQUARE: Final = ((1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1))


def test_the_planners_order_is_kept_and_told_of_where_it_is_not_the_shortest(
    nowhere: Path,
) -> None:
    ring = [stop(f"s{at}", 300 * x, 300 * y) for at, (x, y) in enumerate(SQUARE[:5])]
    crossed = ("s0", "s3", "s1", "s4", "s2")
    answer = question(*ring, budget_min=20, order=crossed, streets=str(nowhere)).solve(told)
    (loop,) = answer.loops
    assert answer.own
    assert loop.keys == crossed
    assert loop.total_min > 20
    assert set(answer.best_order) == set(crossed)
    better = question(*ring, order=answer.best_order, streets=str(nowhere)).solve(told)
    shortest = min(_by_hand(ring, order) for order in permutations(range(5)))
    assert better.loops[0].total_min == pytest.approx(shortest, rel=2e-3)
    assert better.best_order == ()


def _by_hand(stops: list[LoopStop], order: tuple[int, ...]) -> float:
    """How long an order takes, from positions in SWEREF 99 TM."""
    points = [to_metres(Point(*place(0, 0)))]
    points += [to_metres(Point(stops[at].position)) for at in order] + points[:1]
    straight = sum(a.distance(b) for a, b in pairwise(points))
    return straight * 1.3 / A_MINUTE_M + sum(s.minutes for s in stops)


def test_who_stays_where_they_are_has_a_way_too(nowhere: Path) -> None:
    for order in ((), ("here",)):
        asked = question(stop("here", 0, 0), order=order, streets=str(nowhere))
        (loop,) = asked.solve(told).loops
        assert loop.line == (asked.start, asked.start)
        assert loop.metres == 0
        assert loop.total_min == 10 * len(order)


# --- on streets ----------------------------------------------------------------------------------

NODES: Final = {
    "a": (0.0, 0.0),
    "b": (600.0, 0.0),
    "c": (600.0, 300.0),
    "d": (0.0, 300.0),
    "x": (0.0, 3_000.0),
    "y": (400.0, 3_000.0),
}


@pytest.fixture
def streets(tmp_path: Path) -> Path:
    """A block 600 by 300 m, and a street that nothing leads to."""
    folder = tmp_path / "kept"
    town = Town(NODES).way("a b c d a").way("x y")
    import_streets(
        town.write(tmp_path / "town.osm", '<meta osm_base="2026-11-20T04:05Z"/>'), folder
    )
    return folder


def test_legs_follow_the_paths_and_tell_their_length(streets: Path) -> None:
    corner = stop("corner", 600, 300, minutes=10)
    answer = question(corner, streets=str(streets)).solve(told)
    (loop,) = answer.loops
    assert answer.source.kind == "streets"
    assert answer.source.data_date == date(2026, 11, 20)
    assert loop.metres == pytest.approx(1800, rel=1e-3)
    assert loop.walk_min == pytest.approx(1800 / A_MINUTE_M, rel=1e-3)
    for leg in loop.legs:
        assert to_metres(LineString(leg.line)).length == pytest.approx(leg.metres, abs=0.5)


def test_a_stop_beside_the_path_is_walked_to_and_from(streets: Path) -> None:
    beside = stop("beside", 300, -40)
    (loop,) = question(beside, streets=str(streets)).solve(told).loops
    assert loop.metres == pytest.approx(2 * (300 + 40), rel=1e-3)
    assert beside.position in loop.line


def test_what_cant_be_walked_to_is_told_by_name(streets: Path) -> None:
    off, apart = stop("off", 300, 1_500), stop("apart", 200, 3_000)
    asked = question(stop("ok", 300, 0), off, apart, streets=str(streets), required=("off", "ok"))
    answer = asked.solve(told)
    assert {(u.stop.name, u.why) for u in answer.unreached} == {
        ("off", "too_far"),
        ("apart", "apart"),
    }
    assert names(answer.loops[0]) == ["ok"]


def test_a_start_or_an_end_off_the_paths_is_refused(streets: Path) -> None:
    asked = question(stop("ok", 300, 0), streets=str(streets))
    with pytest.raises(PlanningError, match="start_off_paths"):
        replace(asked, start=place(300, 1_500)).solve(told)
    with pytest.raises(PlanningError, match="end_off_paths"):
        replace(asked, end=place(200, 3_000)).solve(told)


# --- laws ----------------------------------------------------------------------------------------

SPOTS = st.lists(
    st.tuples(
        st.integers(-1_500, 1_500),
        st.integers(-1_500, 1_500),
        st.sampled_from((0.0, 0.5, 1.0, 3.0)),
        st.integers(1, 20),
    ),
    max_size=7,
)


@given(spots=SPOTS, budget=st.integers(10, 120))
def test_no_suggestion_breaks_the_budget_and_every_time_adds_up(
    tmp_path_factory: pytest.TempPathFactory,
    spots: list[tuple[int, int, float, int]],
    budget: int,
) -> None:
    stops = [stop(f"s{at}", *given_) for at, given_ in enumerate(spots)]
    asked = question(*stops, budget_min=budget, streets=str(tmp_path_factory.getbasetemp() / "no"))
    answer = asked.solve(told)
    assert answer.loops
    for loop in answer.loops:
        assert loop.total_min <= budget + 1e-6
        _adds_up(loop)
        assert {v.stop.key for v in loop.visits} | {o.stop.key for o in loop.left_out} == {
            s.key for s in stops
        }
    again = replace(asked, order=answer.loops[0].keys).solve(told)
    assert again.loops[0].total_min == pytest.approx(answer.loops[0].total_min)


def _adds_up(loop: PlannedLoop) -> None:
    now = 0.0
    for visit in loop.visits:
        assert visit.reached_min == pytest.approx(now + visit.leg.minutes)
        assert visit.left_min == pytest.approx(visit.reached_min + visit.stop.minutes)
        now = visit.left_min
    assert now + loop.home.minutes == pytest.approx(loop.total_min)


def test_a_question_travels_to_another_process_and_the_answer_back(nowhere: Path) -> None:
    asked = question(stop("near", 360, 0), streets=str(nowhere))
    sent: LoopQuestion = pickle.loads(pickle.dumps(asked))
    assert hash(sent) == hash(asked)
    shares: list[float] = []
    answer: LoopAnswer = pickle.loads(pickle.dumps(sent.solve(shares.append)))
    assert answer == asked.solve(told)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


# --- what is asked of the register ---------------------------------------------------------------


def test_stops_are_what_is_there_on_the_day(service: Service) -> None:
    here = spot("Torget", 0, 0)
    over = spot("Förr", 500, 0, valid_to=date(2018, 8, 1))
    lamp, lamp_too = finding("Lampa ur funktion", 900, 0), finding("Även denna", 915, 0)
    mended = finding("Lagad", 0, 900, status=FindingStatus.DONE)
    service.register.add([here, over], [lamp, lamp_too, mended], by="t")
    stops = all_stops(service, DAY)
    assert [s.name for s in stops if s.kind == "spots"] == ["Torget"]
    (found,) = [s for s in stops if s.kind == "findings"]
    assert set(found.about) == {"Lampa ur funktion", "Även denna"}
    assert {s.name for s in stops if s.kind == "places"} == {
        p.name for p in service.catalogue.places
    }
    before = all_stops(service, date(2018, 7, 1))
    assert {s.name for s in before if s.kind == "spots"} == {"Torget", "Förr"}


def test_a_finding_is_counted_at_one_stop_only(service: Service) -> None:
    service.register.add(
        [spot("Torget", 0, 0)],
        [finding("Ett", 10, 0), finding("Två", 20, 0), finding("Långt", 500, 0)],
        by="t",
    )
    stops = [s for s in all_stops(service, DAY) if s.kind != "places"]
    torget = next(s for s in stops if s.kind == "spots")
    alone = findings_seen(stops, by_themselves=False)
    assert alone[torget.key] == 2
    both = findings_seen(stops, by_themselves=True)
    assert both[torget.key] == 0
    assert sum(both.values()) == 3


def test_what_a_stop_is_worth_is_the_planners_choice(service: Service, nowhere: Path) -> None:
    heavy, light = spot("Tung", 300, 0, weight=3.0), spot("Lätt", -300, 0)
    service.register.add([heavy, light], [finding("Lampa", -310, 0)], by="t")
    choices = LoopChoices(start=place(0, 0), among=("spots",))

    def values(value: str, **more: object) -> dict[str, float]:
        asked = ask_loop(
            service,
            replace(choices, value=value),  # type: ignore[arg-type]
            DAY,
            folder=nowhere,
            **more,  # type: ignore[arg-type]
        )
        return {s.name: s.value for s in asked.stops}

    assert values("weight") == {"Tung": 3, "Lätt": 1}
    assert values("equal") == {"Tung": 1, "Lätt": 1}
    assert values("findings") == {"Tung": 0, "Lätt": 1}
    assert values("dose", missing={spot_key(light.id): 40.0}) == {"Tung": 0, "Lätt": 40}


def test_required_and_dropped_stops(service: Service, nowhere: Path) -> None:
    one, two = spot("Ett", 300, 0), spot("Två", -300, 0)
    school = service.catalogue.places[0]
    service.register.add([one, two], by="t")
    own = place_key(*place(100, 100))
    choices = LoopChoices(
        start=place(0, 0),
        among=(),
        required=(spot_key(one.id), place_key(school.lon, school.lat), own, "hborta123"),
        dropped=(spot_key(two.id),),
        stays=((own, 3),),
    )
    asked = ask_loop(service, choices, DAY, folder=nowhere)
    assert [s.name for s in asked.stops] == ["Ett", school.name, ""]
    assert [s.minutes for s in asked.stops] == [12, 12, 3]
    assert asked.required == choices.required[:3]
    assert asked.gone == ("hborta123",)
    free = ask_loop(service, replace(choices, among=("spots",)), DAY, folder=nowhere)
    assert "Två" not in [s.name for s in free.stops]


def test_a_known_place_where_there_is_a_hot_spot_is_no_second_stop(
    service: Service, nowhere: Path
) -> None:
    school = service.catalogue.places[0]
    here = HotSpot(str(uuid4()), "Skolan", Point(school.lon, school.lat), date(2018, 1, 1))
    service.register.add([here], by="t")
    choices = LoopChoices(start=(school.lon, school.lat), among=("spots", "places"))
    both = ask_loop(service, choices, DAY, folder=nowhere)
    assert "Skolan" in [s.name for s in both.stops]
    assert school.name not in [s.name for s in both.stops]
    places = ask_loop(service, replace(choices, among=("places",)), DAY, folder=nowhere)
    assert school.name in [s.name for s in places.stops]


def test_what_is_out_of_reach_is_counted_and_not_in_question(
    service: Service, nowhere: Path
) -> None:
    # In half an hour one walks 2,250 m: as far as 1,125 m and back.
    service.register.add([spot("In", 1_115, 0), spot("Ut", 1_135, 0)], by="t")
    choices = LoopChoices(start=place(0, 0), among=("spots",), minutes=30)
    asked = ask_loop(service, choices, DAY, folder=nowhere)
    assert [s.name for s in asked.stops] == ["In"]
    assert asked.beyond == 1
    with pytest.raises(PlanningError, match="no_start"):
        ask_loop(service, LoopChoices(), DAY, folder=nowhere)


def test_the_question_changes_with_the_streets(
    service: Service, streets: Path, nowhere: Path
) -> None:
    choices = LoopChoices(start=place(0, 0))
    with_streets = ask_loop(service, choices, DAY, folder=streets)
    without = ask_loop(service, choices, DAY, folder=nowhere)
    assert with_streets.digest
    assert not without.digest
    assert ask_loop(service, choices, DAY, folder=streets) == with_streets


# --- in the address ------------------------------------------------------------------------------

KEYS = st.one_of(
    st.uuids().map(lambda id_: spot_key(str(id_))),
    st.uuids().map(lambda id_: finding_key(str(id_))),
    st.tuples(st.floats(10.5, 24), st.floats(55, 69)).map(lambda at: place_key(*at)),
)
UNIQUE = st.lists(KEYS, max_size=6, unique=True).map(tuple)
PLACES = st.tuples(
    st.floats(10.5, 24).map(lambda v: round(v, 5)), st.floats(55, 69).map(lambda v: round(v, 5))
)
CHOICES = st.builds(
    LoopChoices,
    start=st.none() | PLACES,
    end=st.none() | PLACES,
    minutes=st.integers(10, 480),
    stay=st.integers(*STAY_RANGE),
    value=st.sampled_from(("weight", "dose", "findings", "equal")),
    among=st.sampled_from(((), ("spots",), ("spots", "findings"), ("findings", "places"))),
    required=UNIQUE,
    dropped=UNIQUE,
    order=st.none() | UNIQUE,
    stays=st.dictionaries(KEYS, st.integers(*STAY_RANGE), max_size=4).map(
        lambda found: tuple(sorted(found.items()))
    ),
    day=st.none() | st.dates(),
    depart_min=st.integers(0, 1439),
    way=st.sampled_from((0, 1)),
    pick=st.sampled_from((None, "start", "end", "stop")),
)


@given(CHOICES)
def test_choices_come_back_from_the_address_as_they_went(choices: LoopChoices) -> None:
    asked = asked_of(choices)
    assert read_choices({name: value for name, value in asked.items() if value}) == choices


def test_usual_choices_leave_the_address_empty() -> None:
    assert not any(asked_of(LoopChoices()).values())
    assert read_choices({}) == LoopChoices()


@given(st.dictionaries(st.sampled_from(list(asked_of(LoopChoices()))), st.text()))
def test_nonsense_in_the_address_never_raises(asked: dict[str, str]) -> None:
    found = read_choices(asked)
    assert read_choices({k: v for k, v in asked_of(found).items() if v}) == found


def test_other_tools_name_hot_spots_by_their_whole_ids() -> None:
    one, two = str(uuid4()), str(uuid4())
    found = read_choices({"stops": f"{one},{two},x", "start": "12.9,57.7"})
    assert found.required == (spot_key(one), spot_key(two))
    assert found.start == (12.9, 57.7)


@pytest.mark.parametrize(
    ("minutes", "shown"), [(0, "00:00"), (1080.5, "18:01"), (1439.6, "00:00"), (1500, "01:00")]
)
def test_times_of_day(minutes: float, shown: str) -> None:
    assert clock(minutes) == shown


# --- edits ---------------------------------------------------------------------------------------


@given(CHOICES, UNIQUE, st.data())
def test_moving_a_stop_keeps_all_and_moving_it_back_undoes(
    choices: LoopChoices, shown: tuple[str, ...], data: st.DataObject
) -> None:
    if not shown:
        assert edits.moved(choices, shown, "hx", 1) == choices
        return
    at = data.draw(st.integers(0, len(shown) - 1))
    after = edits.moved(choices, shown, shown[at], 1)
    assert after.order is not None
    assert sorted(after.order) == sorted(shown)
    assert after.order.index(shown[at]) == min(at + 1, len(shown) - 1)
    if at + 1 < len(shown):
        back = edits.moved(after, after.order, shown[at], -1)
        assert back.order == shown


@given(CHOICES, KEYS, st.integers(0, 6))
def test_a_stop_that_is_taken_in_is_there_once_and_can_be_left_out_again(
    choices: LoopChoices, key: str, at: int
) -> None:
    taken = edits.with_stop(choices, key, at)
    named = taken.required if taken.order is None else taken.order
    assert named.count(key) == 1
    assert key not in taken.dropped
    left = edits.without(taken, key)
    assert key not in (*left.required, *(left.order or ()))
    # A suggestion must be told not to make it; the planner's own order just lacks it.
    assert (key in left.dropped) == (choices.order is None)
    assert key not in edits.allowed(left, key).dropped


@given(CHOICES, KEYS, st.integers(-5, 500))
def test_a_stay_is_kept_within_its_bounds(choices: LoopChoices, key: str, minutes: int) -> None:
    changed = edits.staying(choices, key, minutes)
    assert changed.stay_at(key) == min(max(minutes, STAY_RANGE[0]), STAY_RANGE[1])
    others = {k: m for k, m in choices.stays if k != key}
    assert {k: m for k, m in changed.stays if k != key} == others


def test_undo_and_redo_follow_the_addresses_that_were_visited() -> None:
    first, second, third = (LoopChoices(minutes=m) for m in (30, 40, 50))
    history = edits.History()
    for choices in (first, second, second, replace(second, pick="stop"), third):
        history = history.visited(choices)
    assert (history.past, history.future) == ((first, second), ())
    history = history.visited(second).visited(first)
    assert (history.past, history.present, history.future) == ((), first, (second, third))
    history = history.visited(second)
    assert (history.past, history.future) == ((first,), (third,))
    other = LoopChoices(minutes=99)
    assert history.visited(other) == edits.History((first, second), other)


# --- clicks --------------------------------------------------------------------------------------


def test_a_click_means_the_nearest_stop_within_thirty_metres() -> None:
    stops = [stop("a", 0, 0), stop("b", 50, 0)]
    assert nearest_stop(stops, *place(28, 0)) == stops[1]
    assert nearest_stop(stops, *place(22, 0)) == stops[0]
    assert nearest_stop(stops, *place(0, 31)) is None
    assert nearest_stop([], *place(0, 0)) is None


def test_a_place_is_taken_in_where_the_way_passes_it() -> None:
    way = [place(0, 0), place(500, 0), place(500, 500), place(0, 0)]
    assert cheapest_place(way, *place(250, 10)) == 0
    assert cheapest_place(way, *place(510, 250)) == 1
    assert cheapest_place(way, *place(200, 210)) == 2


# --- kept ----------------------------------------------------------------------------------------


@pytest.fixture
def planned(service: Service, nowhere: Path) -> tuple[LoopChoices, KeptLoop]:
    """A loop of one stop in Norrby, as it would be kept."""
    here = Point(12.9266, 57.7243)
    torget = HotSpot(str(uuid4()), "Torget", here, date(2018, 1, 1))
    service.register.add([torget], by="t")
    choices = LoopChoices(start=(12.9226, 57.7226), among=("spots",), depart_min=19 * 60)
    answer = ask_loop(service, choices, DAY, folder=nowhere).solve(told)
    return choices, made_loop(service, choices, answer.loops[0], answer, DAY)


def test_a_loop_is_kept_as_a_planned_patrol_once_with_what_was_asked(
    service: Service, planned: tuple[LoopChoices, KeptLoop]
) -> None:
    choices, made = planned
    values = {"id": str(uuid4()), "name": "Kvällsslinga", "by": "Områdespolis Norrby"}
    first, second = (keep_as_patrol(service, choices, made, values) for _ in range(2))
    assert isinstance(first, Saved)
    assert first == second
    (plan,) = service.plans(PlanKind.LOOP)
    assert read_choices({k: str(v) for k, v in plan.asked.items()}) == choices
    back = LOOPS.of(service, plan.id)
    assert [s.name for s in back.stops] == ["Torget"]
    assert back.total_min == pytest.approx(made.total_min)
    assert back.source.kind == "straight_lines"
    # It is planned, and nothing says that it was done.
    assert not [a for a in service.activities(ActivityFilter()) if a.origin.kind == "recorded"]


def test_a_loop_without_a_name_or_with_an_identity_number_is_refused(
    service: Service, planned: tuple[LoopChoices, KeptLoop]
) -> None:
    choices, made = planned
    outcome = keep_as_patrol(service, choices, made, {"name": "", "by": ""})
    assert isinstance(outcome, Refused)
    assert {p.field for p in outcome.problems} == {"name", "by"}
    outcome = keep_as_patrol(service, choices, made, {"name": f"Till {NUMBER}", "by": "Vi"})
    assert isinstance(outcome, Refused)
    assert service.plans(PlanKind.LOOP) == ()


def test_a_loop_is_kept_as_a_planned_walk_in_the_area_that_most_of_it_lies_in(
    service: Service, planned: tuple[LoopChoices, KeptLoop]
) -> None:
    _, made = planned
    outcome = keep_as_walk(service, made, {"by": "Kommunen", "note": "Stopp: Torget."})
    assert isinstance(outcome, Saved)
    (walk,) = [w for w in service.walks() if w.id == outcome.record.id]
    assert (walk.area_id, walk.status, walk.day) == ("norrby", "planned", DAY)
    assert walk.start.astimezone(SWEDISH_TIME).hour == 19
    assert walk.minutes == math.ceil(made.total_min)
    assert walk.route is not None
    assert walk.route.equals_exact(made.line, 1e-9)
    chosen = keep_as_walk(service, made, {"by": "Kommunen", "area": "hulta"})
    assert isinstance(chosen, Saved)
    assert service.walk(chosen.record.id).area_id == "hulta"


def test_a_way_outside_every_area_has_none(service: Service) -> None:
    assert area_of_way(service, LineString([(18.0, 59.3), (18.01, 59.3)])) is None


def test_a_walked_loop_is_an_activity_with_the_minutes_that_were_said(
    service: Service, planned: tuple[LoopChoices, KeptLoop]
) -> None:
    _, made = planned
    values = {
        "id": str(uuid4()),
        "by": "Områdespolis Norrby",
        "date": DAY.isoformat(),
        "time": "19:05",
        "minutes": "31",
        "area": "norrby",
        "commitments": ("boras-2018/1",),
    }
    first, second = (record_done(service, made, values) for _ in range(2))
    assert isinstance(first, Saved)
    assert first == second
    done = service.activity(first.record.id)
    assert (done.kind, done.minutes, done.area_id) == ("foot_patrol", 31, "norrby")
    assert done.commitments == ("boras-2018/1",)
    assert done.place is not None
    assert done.place.equals_exact(made.line, 1e-9)
    another = record_done(service, made, {**values, "minutes": "32"})
    assert isinstance(another, Saved)
    assert another.record.id != first.record.id


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"minutes": ""}, "minutes"),
        ({"by": ""}, "by"),
        ({"date": "2018-09-11"}, "date"),
        ({"note": "Talade med 811218-9876"}, "note"),
        ({"area": ""}, "area"),
    ],
)
def test_a_walked_loop_is_checked_as_every_activity_is(
    service: Service,
    planned: tuple[LoopChoices, KeptLoop],
    wrong: dict[str, str],
    field: str,
) -> None:
    values = {"by": "Vi", "date": DAY.isoformat(), "minutes": "31", "area": "norrby", **wrong}
    outcome = record_done(service, planned[1], values)
    assert isinstance(outcome, Refused)
    assert {p.field for p in outcome.problems} == {field}
    assert NUMBER not in repr(outcome)


def test_a_plan_of_another_kind_is_no_loop(service: Service) -> None:
    other = Plan(str(uuid4()), PlanKind.PLACES, "Platser", DAY, DAY, {}, {})
    broken = Plan(str(uuid4()), PlanKind.LOOP, "Trasig", DAY, DAY, {}, {"version": 9})
    service.register.add([other, broken], by="t")
    with pytest.raises(UnknownIdError):
        LOOPS.of(service, other.id)
    with pytest.raises(PlanningError, match="not_readable"):
        LOOPS.of(service, broken.id)
