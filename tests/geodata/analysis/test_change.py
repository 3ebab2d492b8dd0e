"""Before and after: published intervals, whole-number arithmetic, and laws that must hold."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from math import comb, inf, isclose

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from scipy.stats.contingency import odds_ratio

from geodata.analysis.change import (
    EXPECTED_AT_LEAST,
    SEASONS_APART,
    Counted,
    Event,
    Interval,
    Verdict,
    compare,
    count,
    rate_ratio_interval,
    ratio_of_ratios_interval,
    seasons_apart,
)
from geodata.model import Period, Precision

SPRING = Period(date(2018, 2, 1), date(2018, 5, 31))
SUMMER = Period(date(2018, 6, 1), date(2018, 9, 28))
SMALL = st.integers(0, 40)
DAYS = st.integers(1, 400)


def days(length: int, start: date = date(2018, 1, 1)) -> Period:
    return Period(start, start + timedelta(days=length - 1))


def counted(before: int, after: int, *bunches: int) -> Counted:
    return Counted(
        tuple(f"b{n}" for n in range(before)),
        tuple(f"a{n}" for n in range(after)),
        bunches=bunches or (1,) * (before + after),
    )


def event(id_: str, first: date, last: date | None = None, occasion: str = "") -> Event:
    return Event(id_, first, last or first, occasion or id_)


# --- the interval for one place -------------------------------------------------------------------


def test_openepis_worked_example_for_two_rates() -> None:
    """OpenEpi, "Comparing 2 person-time rates": 25 in 178,556 against 4 in 200,200."""
    found = rate_ratio_interval(4, 25, 200_200, 178_556)
    assert (round(found.low, 2), round(found.high, 2)) == (2.42, 27.71)


def test_rs_worked_example_for_two_rates() -> None:
    """R, ``poisson.test(c(11, 6+8+7), c(800, 1083+1050+878))``: lung cancer in Fredericia."""
    found = rate_ratio_interval(6 + 8 + 7, 11, 1083 + 1050 + 878, 800)
    assert (round(found.low, 5), round(found.high, 5)) == (0.85843, 4.27727)


@given(SMALL, SMALL, DAYS, DAYS)
def test_one_places_interval_is_the_binomials_own(b: int, a: int, tb: int, ta: int) -> None:
    found = rate_ratio_interval(b, a, tb, ta)
    if a + b == 0:
        assert found == Interval(0.0, inf)
        return
    share = binomtest(a, a + b).proportion_ci(method="exact")
    assert isclose(found.low, share.low / (1 - share.low) * tb / ta, rel_tol=1e-6, abs_tol=1e-12)
    if b:
        assert isclose(found.high, share.high / (1 - share.high) * tb / ta, rel_tol=1e-6)
    else:
        assert found.high == inf


@given(SMALL, SMALL, DAYS, DAYS)
def test_swapping_the_periods_turns_one_places_interval_round(
    b: int, a: int, tb: int, ta: int
) -> None:
    assert_inverse(rate_ratio_interval(b, a, tb, ta), rate_ratio_interval(a, b, ta, tb))


@given(st.integers(1, 40), st.integers(1, 40), DAYS, st.integers(2, 9))
def test_a_period_that_is_longer_has_a_rate_that_is_lower(b: int, a: int, t: int, n: int) -> None:
    one, longer = rate_ratio_interval(b, a, t, t), rate_ratio_interval(b, a, t, n * t)
    assert isclose(longer.low * n, one.low, rel_tol=1e-9)
    assert isclose(longer.high * n, one.high, rel_tol=1e-9)


def assert_inverse(one: Interval, other: Interval) -> None:
    for low, high in ((one.low, other.high), (other.low, one.high)):
        assert (low == 0 and high == inf) or isclose(low * high, 1, rel_tol=1e-6)


# --- the interval for a place beside another ------------------------------------------------------


def test_statsdirects_worked_example_for_a_fourfold_table() -> None:
    """Convictions of twins (Fisher; Thomas 1971), as StatsDirect's help works it."""
    found = ratio_of_ratios_interval(before=2, after=10, beside_before=15, beside_after=3)
    assert (round(found.low, 5), round(found.high, 4)) == (2.75338, 301.4623)


def test_a_worked_case_where_one_cell_is_empty() -> None:
    """R's mailing list, PR#4019: 9 and 0 beside 4 and 2; the tail is worked out there."""
    found = ratio_of_ratios_interval(before=0, after=9, beside_before=2, beside_after=4)
    assert found.high == inf
    assert found.low == pytest.approx(0.2985, abs=5e-5)


def tail(table: tuple[int, int, int, int], ratio: Fraction, *, upper: bool) -> Fraction:
    """Return the chance of as many after as seen, or more (fewer), in whole numbers."""
    b, a, d, c = table
    here, there, later = a + b, c + d, a + c
    weights = {
        k: comb(here, k) * comb(there, later - k) * ratio**k
        for k in range(max(later - there, 0), min(here, later) + 1)
    }
    wanted = sum(w for k, w in weights.items() if (k >= a if upper else k <= a))
    return Fraction(wanted, sum(weights.values()))


@given(SMALL, SMALL, SMALL, SMALL)
def test_at_each_end_two_and_a_half_per_cent_lies_beyond(b: int, a: int, d: int, c: int) -> None:
    found = ratio_of_ratios_interval(b, a, d, c)
    if found.low > 0:
        chance = tail((b, a, d, c), Fraction(found.low), upper=True)
        assert float(chance) == pytest.approx(0.025, rel=1e-6)
    if found.high < inf:
        chance = tail((b, a, d, c), Fraction(found.high), upper=False)
        assert float(chance) == pytest.approx(0.025, rel=1e-6)
    # Open ends exactly where no table with the same sums lies farther out.
    assert (found.low == 0) == (a == max(a + c - (c + d), 0))
    assert (found.high == inf) == (a == min(a + b, a + c))


@pytest.mark.parametrize(
    "table", [(3, 12, 9, 7), (40, 12, 35, 44), (1, 8, 6, 6), (150, 90, 70, 95)]
)
def test_the_interval_is_scipys(table: tuple[int, int, int, int]) -> None:
    b, a, d, c = table
    wanted = odds_ratio([[a, b], [c, d]], kind="conditional").confidence_interval()
    found = ratio_of_ratios_interval(b, a, d, c)
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high), rel=1e-6)


@given(SMALL, SMALL, SMALL, SMALL)
def test_swapping_periods_or_places_turns_the_interval_round(
    b: int, a: int, d: int, c: int
) -> None:
    found = ratio_of_ratios_interval(b, a, d, c)
    assert_inverse(found, ratio_of_ratios_interval(a, b, c, d))
    assert_inverse(found, ratio_of_ratios_interval(d, c, b, a))


def test_counts_in_the_thousands_have_an_interval_too() -> None:
    found = ratio_of_ratios_interval(4_000, 5_000, 3_500, 3_000)
    # Woolf's logarithms, which are as good as exact with so many.
    error = np.sqrt(1 / 4_000 + 1 / 5_000 + 1 / 3_500 + 1 / 3_000)
    ratio = 5_000 * 3_500 / (4_000 * 3_000)
    wanted = ratio * np.exp(-1.96 * error), ratio * np.exp(1.96 * error)
    assert (found.low, found.high) == pytest.approx(wanted, rel=2e-3)


def test_at_least_95_of_100_intervals_hold_the_truth() -> None:
    generator = np.random.default_rng(7)
    truth, held = 0.6, 0
    for b, a, d, c in generator.poisson((20, 20 * truth, 30, 30), size=(400, 4)).tolist():
        interval = ratio_of_ratios_interval(b, a, d, c)
        held += interval.low <= truth <= interval.high
    assert held >= 400 * 0.95


# --- which period -----------------------------------------------------------------------------


def test_what_reaches_over_a_border_is_in_neither_period() -> None:
    events = [
        event("before", date(2018, 5, 31)),
        event("after", date(2018, 6, 1)),
        event("early", date(2018, 1, 31)),
        event("late", date(2018, 9, 29)),
        event("may", date(2018, 5, 1), date(2018, 5, 31)),
        event("summer", date(2018, 6, 1), date(2018, 8, 31)),
        event("spring or summer", date(2018, 5, 20), date(2018, 6, 10)),
        event("part of it is too late", date(2018, 9, 1), date(2018, 9, 30)),
    ]
    found = count(events, SPRING, SUMMER)
    assert found.before == ("before", "may")
    assert found.after == ("after", "summer")
    assert found.unsure == ("spring or summer", "part of it is too late")


@given(
    st.lists(st.tuples(st.integers(-50, 300), st.integers(0, 92)), max_size=30),
    st.integers(1, 120),
    st.integers(1, 120),
)
def test_every_record_is_in_one_pile_or_outside(
    spans: list[tuple[int, int]], length_before: int, length_after: int
) -> None:
    before = days(length_before)
    after = days(length_after, before.end + timedelta(days=1))
    events = [
        event(
            str(n),
            before.start + timedelta(days=start),
            before.start + timedelta(days=start + length),
        )
        for n, (start, length) in enumerate(spans)
    ]
    found = count(events, before, after)
    piles = [*found.before, *found.after, *found.unsure]
    assert len(set(piles)) == len(piles)
    outside = {e.id for e in events if e.last < before.start or e.first > after.end}
    assert {e.id for e in events} - set(piles) == outside
    assert sum(found.bunches) == found.total


def test_a_month_and_a_season_are_told_from_their_first_day() -> None:
    assert Precision.MONTH.first_day(date(2018, 5, 31)) == date(2018, 5, 1)
    assert Precision.SEASON.first_day(date(2018, 8, 31)) == date(2018, 6, 1)
    assert Precision.SEASON.first_day(date(2018, 2, 28)) == date(2017, 12, 1)
    assert Precision.DAY.first_day(date(2018, 5, 31)) == date(2018, 5, 31)
    assert SPRING.holds(date(2018, 5, 1), date(2018, 5, 31)) is True


# --- what is said -----------------------------------------------------------------------------


def test_nothing_recorded_says_nothing() -> None:
    found = compare(counted(0, 0), None, SPRING, SUMMER)
    assert found.verdict is Verdict.NOTHING
    assert found.ratio is None
    assert found.interval == Interval(0.0, inf)
    assert compare(counted(0, 0), counted(30, 2), SPRING, SUMMER).verdict is Verdict.NOTHING


def test_nine_records_in_equal_periods_are_too_few_and_ten_are_not() -> None:
    """Expected if nothing had changed: 4.5 and 4.5; then 5 and 5."""
    period = days(100), days(100, date(2018, 6, 1))
    assert compare(counted(9, 0), None, *period).verdict is Verdict.TOO_FEW
    ten = compare(counted(10, 0), None, *period)
    assert ten.least_expected == EXPECTED_AT_LEAST
    assert ten.verdict is Verdict.FEWER


def test_unequal_periods_expect_less_in_the_shorter() -> None:
    """Of 12 records in 100 and 50 days, 8 and 4 are expected."""
    found = compare(counted(8, 4), None, days(100), days(50, date(2018, 6, 1)))
    assert found.least_expected == 4
    assert found.ratio == 1
    assert found.verdict is Verdict.TOO_FEW


def test_beside_another_place_the_smallest_cell_decides() -> None:
    """Rows 30 and 10, columns 28 and 12: the smallest of the four is 10 * 12 / 40."""
    found = compare(counted(22, 8), counted(6, 4), SPRING, SUMMER)
    assert found.least_expected == 3
    assert found.verdict is Verdict.TOO_FEW


def test_the_ratio_is_what_a_reader_can_work_out() -> None:
    """20 to 10 beside 30 to 45: a half beside one and a half is a third."""
    before, after = days(100), days(50, date(2018, 6, 1))
    found = compare(counted(20, 10), counted(30, 45), before, after)
    assert found.beside is not None
    assert (found.place.ratio, found.beside.ratio) == (1.0, 3.0)
    assert found.ratio == pytest.approx(1 / 3)
    assert found.interval.low < 1 / 3 < found.interval.high < 1
    assert found.verdict is Verdict.FEWER


def test_an_interval_that_holds_one_is_no_difference() -> None:
    """20 and 28 in equal periods: the interval is 0.76 to 2.61 (Clopper & Pearson)."""
    found = compare(counted(20, 28), None, days(100), days(100, date(2018, 6, 1)))
    assert found.interval.holds_one
    assert found.verdict is Verdict.NOT_TOLD


def test_what_was_found_together_is_not_many_independent_things() -> None:
    """Four walks with ten findings each are no more than four things found."""
    found = compare(counted(30, 10, 10, 10, 10, 10), None, days(100), days(100, date(2018, 6, 1)))
    assert found.spread == 10
    assert found.least_expected == 20
    assert found.verdict is Verdict.BUNCHED
    wanted = rate_ratio_interval(3, 1, 100, 100)
    assert found.interval == wanted
    alone = compare(counted(30, 10), None, days(100), days(100, date(2018, 6, 1)))
    assert alone.verdict is Verdict.FEWER


def test_the_bunches_of_both_places_tell_the_spread() -> None:
    """Sizes 2, 2 and 1, 1, 1, 1: (4 + 4 + 4) / 8."""
    found = compare(counted(2, 2, 2, 2), counted(2, 2), SPRING, SUMMER)
    assert found.spread == 1.5


@given(SMALL, SMALL, SMALL, SMALL, DAYS, DAYS)
def test_swapping_before_and_after_turns_everything_round(
    b: int, a: int, d: int, c: int, tb: int, ta: int
) -> None:
    early, late = days(tb), days(ta, date(2020, 1, 1))
    for beside in (None, (d, c)):
        one = compare(counted(b, a), beside and counted(*beside), early, late)
        other = compare(counted(a, b), beside and counted(*beside[::-1]), late, early)
        assert_inverse(one.interval, other.interval)
        assert one.least_expected == pytest.approx(other.least_expected)
        turned = {Verdict.MORE: Verdict.FEWER, Verdict.FEWER: Verdict.MORE}
        assert other.verdict is turned.get(one.verdict, one.verdict)
        if one.ratio and other.ratio:
            assert one.ratio * other.ratio == pytest.approx(1)


@given(SMALL, SMALL, SMALL, SMALL)
def test_a_difference_is_never_called_where_no_change_is_possible(
    b: int, a: int, d: int, c: int
) -> None:
    found = compare(counted(b, a), counted(d, c), SPRING, SUMMER)
    if found.verdict in (Verdict.MORE, Verdict.FEWER):
        assert not found.interval.holds_one
        assert found.least_expected >= EXPECTED_AT_LEAST
        assert (found.verdict is Verdict.MORE) == (found.interval.low > 1)


def test_no_difference_is_called_more_often_than_one_time_in_twenty() -> None:
    generator = np.random.default_rng(11)
    called = 0
    for b, a, d, c in generator.poisson((25, 25, 25, 25), size=(400, 4)).tolist():
        verdict = compare(counted(b, a), counted(d, c), SPRING, SUMMER).verdict
        called += verdict in (Verdict.MORE, Verdict.FEWER)
    assert called <= 400 * 0.05


# --- seasons ----------------------------------------------------------------------------------


def test_the_same_months_of_two_years_are_the_same_season() -> None:
    assert seasons_apart(
        Period(date(2017, 3, 1), date(2017, 5, 31)), Period(date(2018, 3, 1), date(2018, 5, 31))
    ) == pytest.approx(0)


def test_half_years_are_wholly_apart_and_whole_years_are_not() -> None:
    halves = (
        Period(date(2018, 1, 1), date(2018, 6, 30)),
        Period(date(2018, 7, 1), date(2018, 12, 31)),
    )
    assert seasons_apart(*halves) == pytest.approx(1)
    assert seasons_apart(*halves) > SEASONS_APART
    years = (
        Period(date(2017, 1, 1), date(2017, 12, 31)),
        Period(date(2018, 1, 1), date(2018, 12, 31)),
    )
    assert seasons_apart(*years) == pytest.approx(0)


def test_one_month_of_two_is_half_apart() -> None:
    """April and May beside May and June, by days: 30/61 and 30/61 differ wholly."""
    found = seasons_apart(
        Period(date(2018, 4, 1), date(2018, 5, 31)), Period(date(2018, 5, 1), date(2018, 6, 30))
    )
    assert found == pytest.approx(30 / 61)
