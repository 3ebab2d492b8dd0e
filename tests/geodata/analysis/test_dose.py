"""The dose, worked by hand, and the laws it keeps."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.analysis.dose import (
    CELLS,
    CELLS_A_DAY,
    ENOUGH,
    DoseState,
    Foreseen,
    SpotDose,
    area_doses,
    entropy,
    made_once,
    pattern,
    predictability,
    random_entropy,
    spot_dose,
    whole_minutes,
    worst_first,
)
from geodata.analysis.visits import Visit, find_visits
from geodata.model import Activity, HotSpot, Period, Precision
from geodata.texts import SWEDISH_TIME

from .patrols import START, hot_spot, later, record, track

WEEKS = Period(date(2018, 5, 14), date(2018, 5, 27))
"""Two weeks from a Monday."""


def dose(*activities: Activity, period: Period = WEEKS, **spot: object) -> SpotDose:
    place = hot_spot(**spot)
    return spot_dose(place, find_visits([place], activities), period)


def visits_at(*hours: float) -> list[Activity]:
    return [record(str(hour), start=later(hour)) for hour in hours]


# --- amounts ---------------------------------------------------------------------------------


def test_visits_minutes_and_the_share_that_was_as_long_as_advised() -> None:
    lengths = (9, 10, 16, 17, None)
    found = dose(*(record(str(i), minutes=m) for i, m in enumerate(lengths))).dose
    assert len(found.visits) == 5
    assert (found.minutes, found.minutes_unknown, found.minutes_known) == (52, 1, 4)
    assert found.as_advised == 2


@pytest.mark.parametrize(("minutes", "shown"), [(9.4, 9), (9.5, 10), (16.49, 16), (16.5, 17)])
def test_a_track_is_as_long_as_it_is_shown_to_be(minutes: float, shown: int) -> None:
    assert whole_minutes(minutes) == shown


def test_a_recorded_track_has_the_minutes_it_stayed() -> None:
    found = dose(track([(0, 0, 0), (5, 0, 290), (9, 0, 580), (5, 0, 720)])).dose
    assert (found.minutes, found.as_advised) == (12, 1)


@pytest.mark.parametrize(
    ("day", "counts"),
    [
        (date(2018, 5, 13), 0),
        (date(2018, 5, 14), 1),
        (date(2018, 5, 27), 1),
        (date(2018, 5, 28), 0),
    ],
)
def test_both_days_of_the_period_are_in_it(day: date, counts: int) -> None:
    start = datetime(day.year, day.month, day.day, 23, 59, tzinfo=SWEDISH_TIME)
    assert len(dose(record(start=start)).dose.visits) == counts


def test_a_line_that_passed_is_told_and_no_visit() -> None:
    drawn = replace(track([(-300, 0, 0), (300, 0, 0)]), times_s=())
    found = dose(drawn).dose
    assert (len(found.visits), len(found.passes)) == (0, 1)


# --- planned against done ----------------------------------------------------------------------


def test_planned_is_a_weeks_visits_times_the_weeks() -> None:
    found = dose(*visits_at(0, 30, 60), visits_a_week=3.5, minutes_a_visit=12).dose
    assert found.planned is not None
    assert (found.planned.visits, found.planned.minutes, found.planned.lacking) == (7, 84, 4)
    assert found.done_share == pytest.approx(3 / 7)
    assert found.state is DoseState.BELOW


def test_only_valid_days_are_planned_for() -> None:
    # Valid from Wednesday the 16th to Sunday the 20th: 5 of 7 days.
    found = dose(visits_a_week=7, valid_from=date(2018, 5, 16), valid_to=date(2018, 5, 20)).dose
    assert found.planned is not None
    assert (found.days, found.planned.visits, found.planned.minutes) == (5, 5, None)


@pytest.mark.parametrize(
    ("spot", "hours", "state"),
    [
        ({"visits_a_week": 1}, (), DoseState.NO_VISITS),
        ({"visits_a_week": 2}, (0, 1, 2), DoseState.BELOW),
        ({"visits_a_week": 2}, (0, 1, 2, 3), DoseState.AS_PLANNED),
        ({"visits_a_week": 2}, (0, 1, 2, 3, 4), DoseState.AS_PLANNED),
        ({"visits_a_week": 1.75}, (0, 1, 2), DoseState.AS_PLANNED),
        ({"visits_a_week": 0}, (), DoseState.NOT_PLANNED),
        ({}, (0,), DoseState.NOT_PLANNED),
        ({"visits_a_week": 1, "valid_from": date(2018, 6, 1)}, (), DoseState.NOT_VALID),
    ],
)
def test_state(spot: dict[str, object], hours: tuple[float, ...], state: DoseState) -> None:
    found = dose(*visits_at(*hours), **spot).dose
    assert found.state is state
    if state in (DoseState.NOT_PLANNED, DoseState.NOT_VALID):
        assert (found.planned, found.done_share) == (None, None)


# --- gaps ------------------------------------------------------------------------------------


def test_gaps_between_visits_in_hours() -> None:
    gaps = dose(*visits_at(0, 2, 5, 29)).dose.gaps
    assert [gap.hours for gap in gaps.between] == [2, 3, 24]
    assert gaps.median_hours == 3


def test_the_longest_gap_reaches_to_the_periods_edges() -> None:
    # The last visit on Monday 18:00; the period ends when Sunday the 27th does: 13.25 days on.
    longest = dose(*visits_at(0, 2)).dose.gaps.longest
    assert longest is not None
    assert (longest.hours, longest.after, longest.before) == (13 * 24 + 4, START.date(), None)
    late = dose(record(start=later(days=13))).dose.gaps.longest
    assert late is not None
    assert (late.hours, late.after, late.before) == (13 * 24 + 18, None, WEEKS.end)


def test_nobody_at_all_is_one_gap_of_the_whole_period() -> None:
    gaps = dose().dose.gaps
    assert gaps.longest is not None
    assert (gaps.longest.hours, gaps.between, gaps.median_hours) == (14 * 24, (), None)
    assert dose(valid_from=date(2019, 1, 1)).dose.gaps.longest is None


def test_a_visit_with_only_a_day_has_gaps_in_whole_days() -> None:
    dated = record("d", start=later(days=3), precision=Precision.DAY)
    gaps = dose(record(), dated, record("e", start=later(days=5))).dose.gaps
    assert [(gap.hours, gap.exact) for gap in gaps.between] == [(72, False), (48, False)]


def test_a_visit_known_to_the_month_has_no_gaps() -> None:
    found = dose(record(), record("m", start=later(days=9), precision=Precision.MONTH)).dose
    assert (len(found.visits), found.gaps.between, found.gaps.undated) == (2, (), 1)


def test_a_night_of_summer_time_is_an_hour_shorter() -> None:
    before, after = (datetime(2018, 3, day, 12, tzinfo=SWEDISH_TIME) for day in (24, 25))
    period = Period(before.date(), after.date())
    gaps = dose(record(start=before), record("b", start=after), period=period).dose.gaps
    assert [gap.hours for gap in gaps.between] == [23]


def test_days_since() -> None:
    found = dose(*visits_at(0, 49)).dose
    assert (found.latest, found.days_since) == (date(2018, 5, 16), 11)
    assert (dose().dose.latest, dose().dose.days_since) == (None, None)


moments = st.lists(
    st.integers(0, 14 * 24 * 60 - 1).map(
        lambda minute: datetime(2018, 5, 13, 22, tzinfo=UTC) + timedelta(minutes=minute)
    ),
    max_size=30,
    unique=True,
)


def _all(found: list[datetime]) -> list[Activity]:
    return [record(str(i), start=at.astimezone(SWEDISH_TIME)) for i, at in enumerate(found)]


@given(moments)
def test_gaps_and_edges_fill_the_period(found: list[datetime]) -> None:
    gaps = dose(*_all(found)).dose.gaps
    stamps = sorted(at.timestamp() for at in found)
    assert [gap.hours for gap in gaps.between] == pytest.approx(
        [(b - a) / 3600 for a, b in pairwise(stamps)]
    )
    begins = datetime(2018, 5, 13, 22, tzinfo=UTC).timestamp()
    steps = pairwise([begins, *stamps, begins + 14 * 24 * 3600])
    assert gaps.longest is not None
    assert gaps.longest.hours == pytest.approx(max(b - a for a, b in steps) / 3600)


@given(moments, st.integers(0, 13), st.integers(0, 13), st.integers(0, 13))
def test_two_halves_of_a_period_are_the_whole(
    found: list[datetime], first: int, middle: int, last: int
) -> None:
    first, middle, last = sorted((first, middle, last))
    days = [date(2018, 5, 14) + timedelta(days=n) for n in (first, middle, middle + 1, last + 1)]
    activities = _all(found)
    whole, one, other = (
        dose(*activities, period=Period(a, b), visits_a_week=5.0, minutes_a_visit=10).dose
        for a, b in ((days[0], days[3]), (days[0], days[1]), (days[2], days[3]))
    )
    assert (*one.visits, *other.visits) == whole.visits
    assert one.minutes + other.minutes == whole.minutes
    assert one.planned.visits + other.planned.visits == pytest.approx(whole.planned.visits)
    # Cutting a period never makes a longer time without a visit, nor hides one in both halves.
    longest = [d.gaps.longest.hours for d in (one, other)]
    assert max(longest) <= whole.gaps.longest.hours <= sum(longest) + 1e-9


# --- order -----------------------------------------------------------------------------------


def _names(*found: SpotDose) -> list[str]:
    return [one.hot_spot.name for one in worst_first(found)]


def test_the_largest_share_lacking_comes_first() -> None:
    none = dose(id_="none", visits_a_week=1)
    some = dose(*visits_at(0, 1, 2, 3), id_="some", visits_a_week=7)
    enough = dose(*visits_at(0, 1), id_="enough", visits_a_week=1)
    unplanned = dose(*visits_at(0), id_="unplanned")
    past = dose(id_="past", valid_to=date(2018, 2, 1), visits_a_week=9)
    assert _names(past, enough, some, none) == ["none", "some", "enough", "past"]
    # Neither lacks anything: then the one longest without a visit.
    older = dose(*visits_at(-1, -2), id_="older")
    newer = dose(*visits_at(72), id_="newer", visits_a_week=0.5)
    never = dose(id_="never")
    assert _names(newer, older, never, unplanned) == ["never", "older", "unplanned", "newer"]


def test_of_equal_shares_the_one_that_lacks_most() -> None:
    found = [dose(id_=str(n), visits_a_week=n) for n in (1, 5, 3)]
    assert _names(*found) == ["5", "3", "1"]


@given(st.permutations(["a", "b", "c", "d"]))
def test_the_order_does_not_depend_on_how_they_come(names: list[str]) -> None:
    assert _names(*(dose(id_=name, visits_a_week=2) for name in names)) == ["a", "b", "c", "d"]


# --- areas -----------------------------------------------------------------------------------


def _area(spots: list[HotSpot], *activities: Activity) -> SpotDose:
    found = find_visits(spots, activities)
    (area,) = area_doses([spot_dose(spot, found, WEEKS) for spot in spots], WEEKS)
    return area


def test_an_area_is_its_hot_spots_together() -> None:
    spots = [hot_spot(n, e, area_id="norrby", visits_a_week=2) for n, e in (("a", 0), ("b", 900))]
    area = _area(spots, *visits_at(0, 1, 2, 3, 4, 5, 6))
    assert (area.area_id, len(area.dose.visits), area.dose.minutes) == ("norrby", 7, 84)
    # What a got beyond its four makes up for none of the four that b lacks.
    assert (area.dose.planned.visits, area.dose.planned.lacking) == (8, 4)
    assert area.dose.state is DoseState.BELOW
    assert [one.hot_spot.id for one in area.spots] == ["b", "a"]


def test_one_record_at_two_hot_spots_was_made_once() -> None:
    spots = [hot_spot(n, e, area_id="norrby") for n, e in (("a", 0), ("b", 50))]
    area = _area(spots, record())
    assert [len(one.dose.visits) for one in area.spots] == [1, 1]
    assert (len(area.dose.visits), area.dose.minutes) == (1, 12)


def test_a_track_through_overlapping_circles_lasts_no_longer_than_it_did() -> None:
    spots = [hot_spot(n, e, area_id="norrby") for n, e in (("a", 0), ("b", 100))]
    # From 0 to 100 m in 200 s: all of it in a, and in b as well.
    area = _area(spots, track([(0, 0, 0), (100, 0, 200)]))
    assert [one.dose.minutes for one in area.spots] == [pytest.approx(200 / 60, abs=0.05)] * 2
    assert area.dose.minutes == pytest.approx(200 / 60, abs=0.05)


def test_a_place_passed_and_a_place_visited_by_one_track_is_a_visit() -> None:
    spots = [hot_spot(n, e, area_id="norrby") for n, e in (("a", 0), ("b", 250))]
    area = _area(spots, track([(0, 0, 0), (150, 0, 270), (160, 0, 280)]))
    assert (len(area.dose.visits), len(area.dose.passes)) == (1, 0)


def test_areas_come_worst_first_and_those_in_none_last() -> None:
    spots = [
        hot_spot("a", 0, area_id="fine", visits_a_week=0.5),
        hot_spot("b", 900, area_id="poor", visits_a_week=2),
        hot_spot("c", 1800, visits_a_week=9),
    ]
    found = find_visits(spots, [record()])
    areas = area_doses([spot_dose(spot, found, WEEKS) for spot in spots], WEEKS)
    assert [area.area_id for area in areas] == ["poor", "fine", None]


stretches = st.lists(st.tuples(st.integers(0, 300), st.integers(1, 90)), max_size=12)


@given(stretches)
def test_stays_put_together_last_as_long_as_their_union(found: list[tuple[int, int]]) -> None:
    visits = [
        Visit(
            "a",
            "t",
            later(b / 60),
            START.date(),
            Precision.MINUTE,
            m,
            "track",
            0,
            later((b + m) / 60),
        )
        for b, m in found
    ]
    union = {minute for begun, lasting in found for minute in range(begun, begun + lasting)}
    assert sum(visit.minutes for visit in made_once(visits)) == pytest.approx(len(union))


# --- predictability ----------------------------------------------------------------------------


def test_the_pattern_counts_swedish_hours() -> None:
    # Monday 18:00 in Sweden is 16:00 in UTC; Tuesday 01:30 lies in the night's first cell.
    weekly = pattern([START.astimezone(UTC), START, later(7.5)])
    assert (weekly[0][6], weekly[1][0]) == (2, 1)
    assert sum(map(sum, weekly)) == 3
    assert [len(row) for row in weekly] == [CELLS_A_DAY] * 7


def test_visits_without_a_time_are_in_no_pattern() -> None:
    found = dose(record(), record("d", precision=Precision.DAY)).dose
    assert sum(map(sum, found.pattern)) == found.predictability.visits == 1


def test_entropy_of_known_distributions() -> None:
    assert entropy([]) == entropy([7]) == entropy([0, 0]) == 0
    assert entropy([1, 1]) == pytest.approx(math.log(2))
    assert entropy([3, 3, 3, 0]) == pytest.approx(math.log(3))
    # Half, a quarter, a quarter: one and a half bits.
    assert entropy([2, 1, 1]) == pytest.approx(1.5 * math.log(2))


@given(st.lists(st.integers(0, 50), min_size=1, max_size=CELLS))
def test_entropy_lies_between_nought_and_what_is_possible(counts: list[int]) -> None:
    visits = sum(counts)
    limit = math.log(min(len(counts), visits)) if visits else 0
    assert 0 <= entropy(counts) <= limit + 1e-9


@pytest.mark.parametrize("visits", [2, 3, 4])
def test_random_entropy_is_the_average_over_every_way_to_fall(visits: int) -> None:
    # Every outcome in three cells, each as likely.
    ways = np.stack(np.meshgrid(*[range(3)] * visits), -1).reshape(-1, visits).tolist()
    mean = np.mean([entropy(list(Counter(way).values())) for way in ways])
    assert random_entropy(visits, 3) == pytest.approx(float(mean))


@given(st.integers(0, 500))
def test_random_entropy_grows_towards_the_logarithm(visits: int) -> None:
    found = random_entropy(visits)
    assert found <= random_entropy(visits + 1) + 1e-12
    assert 0 <= found <= math.log(CELLS)


@pytest.mark.parametrize("visits", [ENOUGH, 20, 60])
def test_random_visits_are_called_hard_to_predict(visits: int) -> None:
    chance = np.random.default_rng(2018)
    words = [
        predictability(_weekly(chance.integers(0, CELLS, visits).tolist())).word for _ in range(400)
    ]
    assert words.count(Foreseen.HARD) >= 0.95 * len(words)


def _weekly(cells: list[int]) -> tuple[tuple[int, ...], ...]:
    found = Counter(cells)
    return tuple(tuple(found[d * CELLS_A_DAY + c] for c in range(CELLS_A_DAY)) for d in range(7))


@pytest.mark.parametrize(
    ("cells", "word"),
    [
        ([5] * (ENOUGH - 1), Foreseen.TOO_FEW),
        ([5] * ENOUGH, Foreseen.EASY),
        ([], Foreseen.TOO_FEW),
        # Every weekday evening in two cells, fifty visits.
        ([day * CELLS_A_DAY + 6 + n % 2 for n in range(10) for day in range(5)], Foreseen.EASY),
        (list(range(CELLS)), Foreseen.HARD),
        # All days, but only in three of the eight times of day.
        ([day * CELLS_A_DAY + 5 + n % 3 for n in range(9) for day in range(7)], Foreseen.SOMEWHAT),
    ],
)
def test_words(cells: list[int], word: Foreseen) -> None:
    found = predictability(_weekly(cells))
    assert found.word is word
    assert (found.share is None) is (word is Foreseen.TOO_FEW)


def test_the_commonest_hours_are_told() -> None:
    found = predictability(_weekly([4 * CELLS_A_DAY + 6] * 3 + [1, 2]))
    assert (found.commonest, found.commonest_visits) == ((4, 18), 3)
    assert predictability(_weekly([1, 2, 3])).commonest is None


@given(st.lists(st.integers(0, CELLS - 1), min_size=ENOUGH, max_size=80), st.randoms())
def test_the_word_does_not_depend_on_which_cells(cells: list[int], chance: object) -> None:
    names = list(range(CELLS))
    chance.shuffle(names)
    one, other = (predictability(_weekly(c)) for c in (cells, [names[c] for c in cells]))
    assert one.share == pytest.approx(other.share)
    assert 0 <= one.share <= 1
