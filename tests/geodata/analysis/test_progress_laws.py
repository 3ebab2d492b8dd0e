"""Laws that progress keeps for any commitment, any evidence and any day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from geodata.analysis import progress as rules
from geodata.analysis.evidence import Records, frame_of, records_of
from geodata.model import (
    Appointment,
    Commitment,
    CommitmentProgress,
    Count,
    Evidence,
    LeftOutReason,
    LocalText,
    Measure,
    Milestone,
    Period,
    Presence,
    Progress,
    State,
    Step,
)
from tests.tallies import tallied

TEXT = LocalText("ord", "word")
START = date(2018, 2, 1)
PERIOD = Period(START, START + timedelta(days=29))
AREAS = ("north", "south", "west")
KINDS = ("meet", "walk", "present")

# From a week before the period to a week after it: every border is met often.
days = st.integers(-7, 37).map(lambda offset: START + timedelta(days=offset))
days_in_period = st.integers(0, 29).map(lambda offset: START + timedelta(days=offset))
dues = st.none() | days_in_period
kinds = st.lists(st.sampled_from(KINDS), min_size=1, max_size=2, unique=True).map(tuple)
per = st.sampled_from(("area", "all"))
steps = st.lists(st.tuples(kinds, dues), min_size=1, max_size=3).map(
    lambda found: tuple(Step(f"s{i}", TEXT, k, due) for i, (k, due) in enumerate(found))
)
measures: st.SearchStrategy[Measure] = st.one_of(
    st.builds(Count, kinds, st.integers(1, 6), per),
    st.builds(Milestone, steps, per),
    st.builds(Presence, kinds),
    st.builds(Appointment, kinds),
)


@st.composite
def commitments(draw: st.DrawFn) -> Commitment:
    areas = draw(st.lists(st.sampled_from(AREAS), unique=True, max_size=3))
    named = draw(st.integers(0, len(areas)))
    return Commitment(
        id="p/1",
        promise_id="p",
        number=1,
        title=TEXT,
        summary=TEXT,
        owners=(),
        areas=tuple(areas[:named]),
        areas_where_needed=tuple(areas[named:]),
        scope=None,
        measure=draw(measures),
        deadline=draw(dues),
        source_paragraph=TEXT,
    )


activities = st.builds(
    Evidence,
    st.integers(0, 10**6).map(str),
    st.just("p/1"),
    st.none() | st.sampled_from((*AREAS, "east")),
    st.sampled_from((*KINDS, "other")),
    days,
    st.none() | st.integers(0, 600),
)
evidence = st.lists(activities, max_size=25, unique_by=lambda row: row.activity_id)


def assess(
    commitment: Commitment, period: Period, rows: Iterable[Evidence], as_of: date
) -> CommitmentProgress:
    return rules.assess(commitment, period, tallied(rows), as_of)


def listed(
    commitment: Commitment, rows: Iterable[Evidence], as_of: date
) -> tuple[Records, dict[str, Records]]:
    """Return the ids behind a commitment's numbers, as a whole and in each area that it names."""
    frame, known = frame_of(commitment, PERIOD, as_of), list(rows)
    areas = commitment.all_areas
    return records_of(frame, known), {
        id_: records_of(frame, [row for row in known if row.area_id == id_]) for id_ in areas
    }


def everyone(found: CommitmentProgress) -> list[Progress]:
    return [found.overall, *found.by_area.values()]


def sizes(records: Records) -> tuple[int, dict[LeftOutReason, int]]:
    counted = len(records.get(None, ()))
    return counted, {why: len(ids) for why, ids in records.items() if why is not None}


@given(commitments(), evidence, days)
def test_every_activity_is_counted_once_or_left_out_once(
    commitment: Commitment, rows: list[Evidence], as_of: date
) -> None:
    found = assess(commitment, PERIOD, rows, as_of)
    whole, areas = listed(commitment, rows, as_of)
    assert (found.overall.counted, found.overall.left_out) == sizes(whole)
    told = Counter(id_ for ids in whole.values() for id_ in ids)
    assert told == Counter(row.activity_id for row in rows)
    for area_id, here in found.by_area.items():
        assert (here.counted, here.left_out) == sizes(areas[area_id])
        told = Counter(id_ for ids in areas[area_id].values() for id_ in ids)
        assert told == Counter(row.activity_id for row in rows if row.area_id == area_id)


@given(commitments(), evidence, days, st.data())
def test_order_and_repeats_change_nothing(
    commitment: Commitment, rows: list[Evidence], as_of: date, data: st.DataObject
) -> None:
    repeats = data.draw(st.lists(st.sampled_from(rows), max_size=5) if rows else st.just([]))
    shuffled = data.draw(st.permutations([*rows, *repeats]))
    once = assess(commitment, PERIOD, rows, as_of)
    assert assess(commitment, PERIOD, shuffled, as_of) == once


@given(commitments(), evidence, days, st.integers(1, 40))
def test_time_never_lowers_delivered_expected_or_fulfilled(
    commitment: Commitment, rows: list[Evidence], as_of: date, later: int
) -> None:
    before = assess(commitment, PERIOD, rows, as_of)
    after = assess(commitment, PERIOD, rows, as_of + timedelta(days=later))
    for one, other in zip(everyone(before), everyone(after), strict=True):
        assert other.delivered >= one.delivered
        assert other.counted >= one.counted
        assert (other.expected or 0) >= (one.expected or 0)
        assert one.state is not State.FULFILLED or other.state is State.FULFILLED


@given(commitments(), evidence, days)
def test_numbers_and_states_agree(
    commitment: Commitment, rows: list[Evidence], as_of: date
) -> None:
    for progress in everyone(assess(commitment, PERIOD, rows, as_of)):
        assert (progress.state is State.NOT_STARTED) == (as_of < PERIOD.start)
        assert (progress.target is None) == (progress.expected is None)
        if progress.state in (State.NO_RECORDS, State.NOT_STARTED):
            assert progress.counted == 0
            assert progress.delivered == 0
        if progress.target is None or progress.expected is None:
            continue
        assert 0 <= progress.expected <= progress.target
        assert (progress.state is State.FULFILLED) == (progress.delivered >= progress.target)
        if progress.state is State.NOT_FULFILLED:
            assert as_of >= PERIOD.end
        if as_of >= PERIOD.end:
            assert progress.expected == progress.target
            assert progress.state not in (State.BEHIND, State.ON_TRACK)


@given(commitments(), evidence, days)
def test_shares_are_never_more_than_the_whole(
    commitment: Commitment, rows: list[Evidence], as_of: date
) -> None:
    found = assess(commitment, PERIOD, rows, as_of)
    whole, areas = listed(commitment, rows, as_of)
    shared = [i for here in areas.values() for i in here.get(None, ())]
    assert len(shared) == len(set(shared))
    assert set(shared) <= set(whole.get(None, ()))
    if found.overall.unit != "areas":
        assert sum(here.delivered for here in found.by_area.values()) <= found.overall.delivered


@given(commitments(), evidence, days)
def test_minutes_are_the_counted_ones(
    commitment: Commitment, rows: list[Evidence], as_of: date
) -> None:
    by_id = {row.activity_id: row for row in rows}
    whole, areas = listed(commitment, rows, as_of)
    found = everyone(assess(commitment, PERIOD, rows, as_of))
    for progress, ids in zip(found, [whole, *areas.values()], strict=True):
        counted = [by_id[i] for i in ids.get(None, ())]
        assert counted == sorted(counted, key=lambda row: (row.day, row.activity_id))
        assert progress.minutes == sum(row.minutes or 0 for row in counted)
        assert progress.minutes_unknown == sum(row.minutes is None for row in counted)
        assert progress.first_day == min((row.day for row in counted), default=None)
        assert progress.last_day == max((row.day for row in counted), default=None)


@given(commitments(), evidence, days)
def test_what_is_left_out_for_kind_or_period_does_not_matter(
    commitment: Commitment, rows: list[Evidence], as_of: date
) -> None:
    # Only the telling changes when what can never count is taken away.
    inside = [
        row for row in rows if row.kind in commitment.kinds and START <= row.day <= PERIOD.end
    ]
    full = assess(commitment, PERIOD, rows, as_of)
    reduced = assess(commitment, PERIOD, inside, as_of)
    for one, other in zip(everyone(full), everyone(reduced), strict=True):
        assert (one.state, one.delivered, one.expected, one.counted, one.steps) == (
            other.state,
            other.delivered,
            other.expected,
            other.counted,
            other.steps,
        )
