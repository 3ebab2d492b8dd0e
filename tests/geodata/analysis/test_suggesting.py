"""A suggestion says beforehand what progress says afterwards."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.analysis.evidence import Counting, suggest
from geodata.analysis.progress import assess
from geodata.catalogue.loading import load_catalogue
from geodata.model import Evidence, LeftOutReason
from geodata.settings import bundled_data
from tests.tallies import tallied

CATALOGUE = load_catalogue((bundled_data(),))
KINDS = sorted(CATALOGUE.vocabulary.activity_kinds)
AREAS = [None, *(area.id for area in CATALOGUE.areas)]
DAYS = st.dates(date(2017, 1, 1), date(2020, 12, 31))


@given(st.sampled_from(KINDS), st.sampled_from(AREAS), DAYS)
def test_what_is_suggested_is_counted_and_the_rest_left_out_for_that_reason(
    kind: str, area: str | None, day: date
) -> None:
    told = {s.commitment.id: s for s in suggest(CATALOGUE.promises, kind, area, day)}
    assert told.keys() == CATALOGUE.commitment_by_id.keys()
    for promise in CATALOGUE.promises:
        for commitment in promise.commitments:
            row = Evidence("a", commitment.id, area, kind, day, None)
            late = max(day, promise.period.end) + timedelta(days=1)
            overall = assess(commitment, promise.period, tallied([row]), late).overall
            suggestion = told[commitment.id]
            assert suggestion.counts == (overall.counted == 1)
            assert suggestion.reason == next(iter(overall.left_out), None)


@given(st.sampled_from(KINDS), st.sampled_from(AREAS), DAYS)
def test_those_that_count_come_first(kind: str, area: str | None, day: date) -> None:
    counts = [s.counts for s in suggest(CATALOGUE.promises, kind, area, day)]
    assert counts == sorted(counts, reverse=True)


@pytest.mark.parametrize(
    ("kind", "area", "day", "counting"),
    [
        # By the promises' own words: foot patrols in Norrby are both presence and visibility.
        ("foot_patrol", "norrby", date(2018, 9, 7), {"boras-2018/1", "boras-2018/2"}),
        ("foot_patrol", "hulta", date(2018, 9, 7), {"boras-2018/1"}),
        ("foot_patrol", "kinna-centrum", date(2018, 9, 7), {"mark-2018/1"}),
        ("operation", "hulta", date(2018, 2, 1), {"boras-2018/3"}),
        ("operation", "hulta", date(2018, 1, 31), set()),
        ("citizen_dialogue", "hedbo", date(2018, 5, 31), {"mark-2018/3"}),
        ("citizen_dialogue", "hedbo", date(2018, 6, 1), set()),
        ("safety_walk", "assberg", date(2018, 12, 31), {"mark-2018/4"}),
        ("safety_walk", "kinna-centrum", date(2018, 12, 31), set()),
    ],
)
def test_it_follows_the_promises(kind: str, area: str, day: date, counting: set[str]) -> None:
    told = suggest(CATALOGUE.promises, kind, area, day)
    assert {s.commitment.id for s in told if s.counts} == counting


def test_the_reason_is_the_first_that_holds() -> None:
    told = {
        s.commitment.id: s
        for s in suggest(CATALOGUE.promises, "operation", "norrby", date(2019, 2, 1))
    }
    assert told["boras-2018/3"].reason is LeftOutReason.AFTER_PERIOD
    assert told["boras-2018/3"].names_area
    assert told["boras-2018/5"].reason is LeftOutReason.OTHER_KIND
    assert not told["mark-2018/1"].names_area


@given(st.sampled_from(KINDS), st.sampled_from(AREAS), DAYS)
def test_many_are_answered_as_one_is(kind: str, area: str | None, day: date) -> None:
    told = suggest(CATALOGUE.promises, kind, area, day)
    found = Counting(CATALOGUE.promises).commitments(kind, area, day)
    assert found == tuple(s.commitment.id for s in told if s.counts)
