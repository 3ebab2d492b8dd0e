"""Visits read from records and tracks: worked by hand, and against a walk second by second."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from shapely import LineString

from geodata.analysis.visits import STAY_S, Pass, find_visits
from geodata.model import Activity, Precision

from .patrols import START, at, hot_spot, later, record, track

SPOT = hot_spot()


def minutes(*activities: Activity) -> list[float | None]:
    return [visit.minutes for visit in find_visits([SPOT], activities).visits]


# --- records ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("east_m", "is_visit"), [(0, True), (99.9, True), (100.1, False)])
def test_a_record_within_the_radius_is_a_visit(east_m: float, is_visit: bool) -> None:
    assert minutes(record(east_m=east_m)) == ([12] if is_visit else [])


def test_unknown_minutes_stay_unknown() -> None:
    assert minutes(record(minutes=None)) == [None]


def test_one_record_is_a_visit_at_each_hot_spot_it_lies_in() -> None:
    spots = [hot_spot("a"), hot_spot("b", 50), hot_spot("c", 500)]
    found = find_visits(spots, [record()])
    assert [visit.hot_spot_id for visit in found.visits] == ["a", "b"]


@pytest.mark.parametrize(
    "changed",
    [{"kind": "citizen_dialogue"}, {"void": True}, {"place": None}],
)
def test_what_is_no_patrol_at_a_place_is_no_visit(changed: dict[str, object]) -> None:
    assert minutes(replace(record(), **changed)) == []


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "is_visit"),
    [
        (date(2018, 5, 14), date(2018, 5, 14), True),
        (date(2018, 5, 15), None, False),
        (date(2018, 5, 1), date(2018, 5, 13), False),
        (date(2018, 5, 1), None, True),
    ],
)
def test_only_days_that_the_hot_spot_is_valid(
    valid_from: date, valid_to: date | None, is_visit: bool
) -> None:
    spot = hot_spot(valid_from=valid_from, valid_to=valid_to)
    assert bool(find_visits([spot], [record()]).visits) is is_visit


@pytest.mark.parametrize(
    ("precision", "timed", "dated"),
    [
        (Precision.MINUTE, True, True),
        (Precision.DAY, False, True),
        (Precision.MONTH, False, False),
        (Precision.SEASON, False, False),
    ],
)
def test_how_exactly_a_visit_is_known(precision: Precision, timed: bool, dated: bool) -> None:
    (visit,) = find_visits([SPOT], [record(precision=precision)]).visits
    assert (visit.timed, visit.dated) == (timed, dated)


def test_a_void_hot_spot_and_a_place_outside_the_projection_get_none() -> None:
    found = find_visits([hot_spot(void=True), SPOT], [replace(record(), place=LineString())])
    assert not found.visits


# --- tracks ----------------------------------------------------------------------------------


def test_a_walk_straight_through_is_timed_at_the_circles_edge() -> None:
    # 600 m in 600 s, the circle from 200 m to 400 m: 200 s within, from second 200.
    (visit,) = find_visits([SPOT], [track([(-300, 0, 0), *_walk()])]).visits
    assert visit.minutes == pytest.approx(200 / 60, abs=0.01)
    assert visit.start == pytest.approx(START + timedelta(seconds=200), abs=timedelta(seconds=1))
    assert visit.end == pytest.approx(START + timedelta(seconds=400), abs=timedelta(seconds=1))
    assert (visit.source, visit.gap_min, visit.timed) == ("track", 0, True)


def _walk() -> list[tuple[float, float, int]]:
    return [(-100, 0, 200), (0, 0, 300), (100, 0, 400), (300, 0, 600)]


@pytest.mark.parametrize(("speed_ms", "is_visit"), [(1.6, True), (1.7, False)])
def test_a_stay_of_two_minutes_is_a_visit(speed_ms: float, is_visit: bool) -> None:
    # 200 m across: 125 s at 1.6 m/s and 117.6 s at 1.7 m/s.
    half = round(300 / speed_ms)
    found = find_visits([SPOT], [track([(-300, 0, 0), (0, 0, half), (300, 0, 2 * half)])])
    assert len(found.visits) == is_visit
    assert [gone.minutes for gone in found.passes] == (
        [] if is_visit else [pytest.approx(200 / speed_ms / 60, abs=0.01)]
    )


def test_standing_at_one_point_counts() -> None:
    stood = track([(-200, 0, 0), (0, 0, 200), (200, 0, 1000)])
    stood = replace(stood, times_s=((0, 0), (200, 800), (1000, 1000)))
    # 100 s to the middle from the edge, 600 s standing, 100 s out again.
    assert minutes(stood) == [pytest.approx(800 / 60, abs=0.01)]


@pytest.mark.parametrize(("outside_s", "visits"), [(110, 1), (130, 2)])
def test_a_short_step_outside_does_not_split_a_stay(outside_s: int, visits: int) -> None:
    # 200 s within, out to 150 m and back, 200 s within; the edge is a third of the way there.
    leg = outside_s // 2
    points = [(0, 0, 0), (99.99, 0, 200), (150, 0, 200 + leg), (99.99, 0, 200 + 2 * leg)]
    points.append((0, 0, 400 + 2 * leg))
    found = minutes(track(points))
    assert len(found) == visits
    # The time outside is not counted.
    assert sum(found) == pytest.approx(400 / 60, abs=0.02)


def test_there_and_back_are_two_visits() -> None:
    # Half of each 280 s way is within; 140 + 100 + 140 s lie between.
    found = minutes(track([(0, 0, 0), (200, 0, 280), (200, 1, 380), (0, 0, 660)]))
    assert found == [pytest.approx(140 / 60, abs=0.01)] * 2


def test_a_gap_within_counts_when_both_ends_are_and_is_told() -> None:
    parts = [(0, 0, 0), (10, 0, 100)], [(20, 0, 700), (30, 0, 800)]
    (visit,) = find_visits([SPOT], [track(*parts)]).visits
    assert visit.minutes == pytest.approx(800 / 60)
    assert visit.gap_min == 10


def test_a_long_gap_is_no_stay() -> None:
    parts = [(0, 0, 0), (10, 0, 200)], [(20, 0, 1200), (30, 0, 1500)]
    found = find_visits([SPOT], [track(*parts)]).visits
    assert [visit.minutes for visit in found] == [pytest.approx(200 / 60), 5]
    # The gap of 1000 s lies beside both.
    assert [visit.gap_min for visit in found] == [pytest.approx(1000 / 60)] * 2


def test_the_time_of_a_gap_with_one_end_outside_is_not_counted() -> None:
    parts = [(0, 0, 0), (10, 0, 200)], [(500, 0, 600), (600, 0, 700)]
    (visit,) = find_visits([SPOT], [track(*parts)]).visits
    assert visit.minutes == pytest.approx(200 / 60)
    assert visit.gap_min == pytest.approx(400 / 60)


def test_a_pause_between_two_points_of_one_part_is_a_gap_as_well() -> None:
    (visit,) = find_visits([SPOT], [track([(0, 0, 0), (10, 0, 200), (500, 0, 700)])]).visits
    assert visit.minutes == pytest.approx(200 / 60)
    assert visit.gap_min == pytest.approx(500 / 60)


def test_a_gap_elsewhere_is_not_told() -> None:
    parts = [(0, 0, 0), (10, 0, 200), (300, 0, 400)], [(500, 0, 900), (600, 0, 990)]
    (visit,) = find_visits([SPOT], [track(*parts)]).visits
    assert visit.gap_min == 0


def test_nobody_knows_the_way_over_a_gap() -> None:
    found = find_visits([SPOT], [track([(-500, 0, 0), (500, 0, 1000)])])
    assert (found.visits, found.passes) == ((), ())


def test_a_line_without_times_passed() -> None:
    drawn = replace(track([(-300, 0, 0), (300, 0, 0)]), times_s=())
    found = find_visits([SPOT, hot_spot("far", 5000)], [drawn])
    assert found.visits == ()
    assert found.passes == (Pass("square", "t", START.date(), None),)


def test_a_visit_after_midnight_counts_on_its_own_day() -> None:
    start = later(5.5)
    night = track([(500, 0, 0), (500, 10, 290), (0, 0, 580), (0, 9, 3000)], start=start)
    night = replace(night, times_s=((0, 0), (290, 2000), (2300, 3000), (3200, 3200)))
    (visit,) = find_visits([SPOT], [night]).visits
    assert visit.day == date(2018, 5, 15)
    in_utc = replace(night, start=start.astimezone(UTC))
    assert find_visits([SPOT], [in_utc]).visits[0].day == date(2018, 5, 15)


# --- laws ------------------------------------------------------------------------------------

corners = st.lists(
    st.tuples(st.integers(-250, 250), st.integers(-250, 250), st.integers(1, 290)),
    min_size=2,
    max_size=12,
    # A point that is met again at once is one point that was left later.
).filter(lambda found: all(a[:2] != b[:2] for a, b in pairwise(found)))


def _timed(found: list[tuple[int, int, int]]) -> list[tuple[float, float, int]]:
    ends = np.cumsum([seconds for *_, seconds in found]).tolist()
    return [(east, north, end) for (east, north, _), end in zip(found, ends, strict=True)]


@given(corners, st.lists(st.integers(0, 400), min_size=12, max_size=12))
def test_minutes_are_those_of_a_walk_second_by_second(
    found: list[tuple[int, int, int]], standing: list[int]
) -> None:
    # Somebody stands a while at some of the points.
    stood_s = np.cumsum([0, *standing])[: len(found)]
    times = [
        (second + int(before), second + int(before) + stood)
        for (*_, second), before, stood in zip(_timed(found), stood_s, standing, strict=False)
    ]
    walked = replace(track(_timed(found)), times_s=tuple(times))
    east, north = np.repeat(np.array([point[:2] for point in found], dtype=float), 2, axis=0).T
    second = np.array(times, dtype=float).ravel()
    steps = np.arange(second[0], second[-1], 0.25) + 0.125
    inside = np.hypot(np.interp(steps, second, east), np.interp(steps, second, north)) <= 100
    stays, gone_s = [], 1e9
    for is_inside in inside.tolist():
        if is_inside and gone_s > 120:
            stays.append(0.0)
        if is_inside:
            stays[-1] += 0.25
        gone_s = 0.0 if is_inside else gone_s + 0.25
    # The walk in steps is only so exact: what lies at a limit is left out.
    edges = np.flatnonzero(np.diff(np.r_[False, inside, False].astype(int)))
    outside_s = (edges[2::2] - edges[1:-1:2]) * 0.25
    assume((np.abs(outside_s - 120) > 3).all())
    assume(all(abs(stay - STAY_S) > 3 for stay in stays))
    wanted = [stay / 60 for stay in stays if stay >= STAY_S]
    assert minutes(walked) == pytest.approx(wanted, abs=0.06)


@given(corners, st.integers(2, 5))
def test_a_track_with_more_points_on_the_same_way_has_the_same_visits(
    found: list[tuple[int, int, int]], pieces: int
) -> None:
    # Times are whole seconds, so that every leg is as many times longer in the whole.
    points = [(e, n, s - s % pieces or pieces) for e, n, s in found]
    timed = _timed(points)
    finer = [timed[0]]
    for (e0, n0, s0), (e1, n1, s1) in pairwise(timed):
        for piece in range(1, pieces + 1):
            share = piece / pieces
            finer.append(
                (e0 + share * (e1 - e0), n0 + share * (n1 - n0), s0 + (s1 - s0) * piece // pieces)
            )
    coarse, fine = (find_visits([SPOT], [track(way)]) for way in (timed, finer))
    assume(all(abs((one.minutes or 0) - 2) > 0.01 for one in (*coarse.visits, *coarse.passes)))
    assert [v.minutes for v in fine.visits] == pytest.approx(
        [v.minutes for v in coarse.visits], abs=0.01
    )


@given(st.lists(corners, min_size=1, max_size=3), st.integers(0, 2000))
def test_time_within_is_never_longer_than_the_track(
    parts: list[list[tuple[int, int, int]]], gap_s: int
) -> None:
    shift, timed = 0, []
    for part in parts:
        timed.append([(e, n, s + shift) for e, n, s in _timed(part)])
        shift = timed[-1][-1][2] + gap_s
    walked = track(*timed)
    lasting = timed[-1][-1][2] - timed[0][0][2]
    found = find_visits([SPOT], [walked]).visits
    assert sum(visit.minutes or 0 for visit in found) <= lasting / 60 + 1e-6
    for visit in found:
        assert visit.end is not None
        assert walked.start <= visit.start <= visit.end
        assert visit.minutes <= (visit.end - visit.start).total_seconds() / 60 + 1e-6


@given(corners, st.floats(20, 200))
def test_a_wider_circle_never_holds_less_time(
    found: list[tuple[int, int, int]], radius_m: float
) -> None:
    walked = track(_timed(found))
    small, large = (
        find_visits([hot_spot(radius_m=radius)], [walked]) for radius in (radius_m, radius_m + 50)
    )
    within = [sum(one.minutes or 0 for one in (*f.visits, *f.passes)) for f in (small, large)]
    assume(within[0] >= 2)
    assert sum(v.minutes for v in large.visits) >= sum(v.minutes for v in small.visits) - 1e-6


@given(st.lists(st.integers(-3000, 3000), min_size=1, max_size=40), st.integers(0, 500))
def test_records_within_are_those_not_farther_than_the_radius(
    places: list[int], radius_m: int
) -> None:
    assume(all(abs(abs(east) - radius_m) > 0.5 for east in places))
    records = [record(str(i), east) for i, east in enumerate(places)]
    found = find_visits([hot_spot(radius_m=float(radius_m))], records).visits
    wanted = {str(i) for i, east in enumerate(places) if abs(east) < radius_m}
    assert {visit.activity_id for visit in found} == wanted


def test_times_that_go_back_make_no_minutes_out_of_nothing() -> None:
    walked = replace(
        track([(0, 0, 0), (10, 0, 0), (20, 0, 0)]), times_s=((0, 0), (290, 290), (100, 310))
    )
    assert minutes(walked) == [pytest.approx(310 / 60)]


def test_a_start_in_another_zone_is_the_same_moment() -> None:
    moment = datetime(2018, 5, 14, 23, 30, tzinfo=UTC)
    (visit,) = find_visits([SPOT], [record(start=moment, place=at(5))]).visits
    assert visit.start == moment
