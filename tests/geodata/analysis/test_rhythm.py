"""The rhythm of what is recorded, against Python's own calendar and cases worked by hand."""

from __future__ import annotations

import calendar
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.analysis.rhythm import (
    LEVELS,
    TO_THE_MONTH,
    TO_THE_WEEK,
    Happened,
    Span,
    SquareIs,
    Tally,
    by_day,
    by_month,
    level_of,
    levels,
    lines,
    monday_of,
    months,
    weeks,
)
from geodata.model import (
    DayTally,
    Entry,
    Finding,
    FindingStatus,
    Period,
    Precision,
    Walk,
    WalkStatus,
)

YEAR = Period(date(2018, 2, 1), date(2019, 1, 31))
DAYS = st.dates(date(2017, 10, 1), date(2019, 6, 30))
ENTRIES = st.lists(
    st.builds(
        Entry,
        activity_id=st.uuids().map(str),
        area_id=st.sampled_from(["a", "b", "elsewhere", None]),
        day=DAYS,
        precision=st.sampled_from(list(Precision)),
        minutes=st.none() | st.integers(0, 600),
        named=st.booleans(),
    ),
    max_size=60,
)


def entry(
    day: date,
    area: str | None = "a",
    precision: Precision = Precision.DAY,
    minutes: int | None = 30,
) -> Entry:
    return Entry(f"{day}/{area}/{precision}/{minutes}", area, day, precision, minutes, named=True)


# --- spans -----------------------------------------------------------------------------------


def alone(one: Entry) -> DayTally:
    """Return what an activity is the only one of."""
    sums = 1, one.minutes or 0, int(one.minutes is None)
    return DayTally(None, one.area_id, one.kind, one.day, *sums, one.precision)


@given(DAYS, DAYS)
def test_every_day_is_in_one_week_and_its_number_is_the_calendars(one: date, other: date) -> None:
    first, last = sorted((one, other))
    found = weeks(first, last)
    numbers = [span.first.isocalendar()[:2] for span in found]
    assert all(span.first.weekday() == 0 for span in found)
    assert all((span.last - span.first).days == 6 for span in found)
    day, wanted = first, []
    while day <= last:
        wanted.append(day.isocalendar()[:2])
        day += timedelta(days=1)
    assert numbers == list(dict.fromkeys(wanted))


@given(DAYS, DAYS)
def test_months_are_whole_and_in_a_row(one: date, other: date) -> None:
    first, last = sorted((one, other))
    found = months(first, last)
    assert (found[0].first.year, found[0].first.month) == (first.year, first.month)
    assert (found[-1].first.year, found[-1].first.month) == (last.year, last.month)
    for span, following in pairwise(found):
        assert following.first == span.last + timedelta(days=1)
    for span in found:
        length = calendar.monthrange(span.first.year, span.first.month)[1]
        assert (span.first.day, span.last.day) == (1, length)


def test_weeks_by_hand() -> None:
    # 31 December 2018 is a Monday: the first day of week 1 of 2019.
    assert monday_of(date(2018, 12, 30)) == date(2018, 12, 24)
    assert weeks(date(2018, 12, 30), date(2018, 12, 31)) == (
        Span(date(2018, 12, 24), date(2018, 12, 30)),
        Span(date(2018, 12, 31), date(2019, 1, 6)),
    )
    assert len(weeks(YEAR.start, YEAR.end)) == 53
    assert monday_of(date.min) == date.min


# --- squares ---------------------------------------------------------------------------------


@given(ENTRIES, DAYS, st.sampled_from(["weeks", "months"]))
def test_nothing_is_lost_and_nothing_is_told_twice(
    entries: list[Entry], as_of: date, kind: str
) -> None:
    is_weeks = kind == "weeks"
    spans = (weeks if is_weeks else months)(YEAR.start, YEAR.end)
    exact = TO_THE_WEEK if is_weeks else TO_THE_MONTH
    told = lines(by_day(map(alone, entries)), {"a": [YEAR], "b": [YEAR]}, spans, as_of, exact)
    assert [line.area_id for line in told] == ["a", "b"]
    for line in told:
        mine = [e for e in entries if e.area_id == line.area_id and e.day <= as_of]
        everything = line.total + line.coarse + line.beyond
        assert everything.count == len(mine)
        assert everything.minutes == sum(e.minutes or 0 for e in mine)
        assert everything.minutes_unknown == sum(e.minutes is None for e in mine)
        known = Counter(
            e.day.isocalendar()[:2] if is_weeks else (e.day.year, e.day.month)
            for e in mine
            if e.precision in exact
        )
        for span, square in zip(spans, line.squares, strict=True):
            number = (
                span.first.isocalendar()[:2] if is_weeks else (span.first.year, span.first.month)
            )
            assert square.tally.count == known[number]
            assert (square.is_ is SquareIs.RECORDED) == bool(square.tally.count)


def test_an_empty_square_says_which_kind_of_empty() -> None:
    short = Period(date(2018, 2, 8), date(2018, 2, 14))
    spans = weeks(date(2018, 1, 29), date(2018, 3, 4))
    (line,) = lines({}, {"a": [short]}, spans, date(2018, 2, 8), TO_THE_WEEK)
    # Weeks 5 to 9: the period lies in weeks 6 and 7, and week 7 has not come on 8 February.
    assert [square.is_ for square in line.squares] == [
        SquareIs.OUTSIDE,
        SquareIs.NOTHING,
        SquareIs.AHEAD,
        SquareIs.OUTSIDE,
        SquareIs.OUTSIDE,
    ]


def test_what_is_known_to_the_month_is_in_a_month_and_in_no_week() -> None:
    daily = by_day(
        [
            alone(entry(date(2018, 3, 31), precision=Precision.MONTH, minutes=None)),
            alone(entry(date(2018, 5, 31), precision=Precision.SEASON, minutes=90)),
        ]
    )
    wanted = {"a": [YEAR]}
    (week,) = lines(daily, wanted, weeks(YEAR.start, YEAR.end), YEAR.end, TO_THE_WEEK)
    (month,) = lines(daily, wanted, months(YEAR.start, YEAR.end), YEAR.end, TO_THE_MONTH)
    assert (week.total, week.coarse) == (Tally(), Tally(2, 90, 1))
    assert (month.total, month.coarse) == (Tally(1, 0, 1), Tally(1, 90, 0))
    assert month.squares[1].tally == Tally(1, 0, 1)


def test_what_lies_outside_the_spans_is_told_apart() -> None:
    daily = by_day(
        alone(entry(day)) for day in (date(2018, 1, 28), date(2018, 1, 30), date(2019, 2, 4))
    )
    spans = weeks(YEAR.start, YEAR.end)
    (line,) = lines(daily, {"a": [YEAR]}, spans, date(2019, 12, 31), TO_THE_WEEK)
    # 30 January lies before the period but in its first week, which is shown whole.
    assert (line.total.count, line.beyond.count) == (1, 2)


# --- shades ----------------------------------------------------------------------------------


@given(st.integers(0, 5_000))
def test_shades_grow_and_reach_the_largest_count(most: int) -> None:
    bounds = levels(most)
    assert len(bounds) == min(most, LEVELS)
    assert list(bounds) == sorted(set(bounds))
    assert not bounds or bounds[-1] == most
    shades = [level_of(count, bounds) for count in range(most + 1)]
    assert shades == sorted(shades)
    assert shades[0] == 0
    assert set(shades[1:]) == set(range(1, len(bounds) + 1))


@pytest.mark.parametrize(
    ("most", "bounds"),
    [
        (0, ()),
        (3, (1, 2, 3)),
        (5, (1, 2, 3, 4, 5)),
        (6, (1, 2, 3, 4, 6)),
        (50, (10, 20, 30, 40, 50)),
    ],
)
def test_shades_by_hand(most: int, bounds: tuple[int, ...]) -> None:
    assert levels(most) == bounds


# --- what happened, month by month -------------------------------------------------------------


def test_a_month_holds_its_activities_those_that_were_walks_and_its_findings() -> None:
    march, noon = date(2018, 3, 1), datetime(2018, 3, 31, 12, tzinfo=UTC)
    last = march.replace(day=31)

    def walk(id_: str, status: WalkStatus) -> Walk:
        return Walk(id_, "a", status, noon, Precision.DAY, last)

    found = Finding("f", "w", "a", None, "lighting", "", None, None, FindingStatus.OPEN, last, last)
    entries = [
        entry(march),
        entry(last, minutes=None),
        entry(last, precision=Precision.MONTH),
        entry(last, precision=Precision.SEASON),
        entry(date(2018, 4, 1)),
        entry(march, area=None),
    ]
    told = by_month(
        map(alone, entries),
        [walk("w", WalkStatus.HELD), walk("planned", WalkStatus.PLANNED)],
        [found],
    )
    assert told == {
        "a": {
            march: Happened(activities=3, walks=1, findings=1),
            date(2018, 4, 1): Happened(activities=1),
            None: Happened(activities=1),
        },
        None: {march: Happened(activities=1)},
    }
    assert told["a"][march].total == 4
    assert told["a"][march] + told[None][march] == Happened(4, 1, 1)


@given(ENTRIES)
def test_every_activity_is_in_one_month_or_in_none_for_certain(found: list[Entry]) -> None:
    told = by_month(map(alone, found), [], [])
    counts = Counter(e.area_id for e in found)
    sums = {a: sum(each.activities for each in months_.values()) for a, months_ in told.items()}
    assert sums == counts
