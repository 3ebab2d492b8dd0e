"""The balance between areas: cases worked by hand, and laws that every share must keep."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from geodata.analysis.balance import Balance, Patrol, shares, weigh
from geodata.model import Finding, FindingStatus, HotSpot, Period

JUNE = Period(date(2018, 6, 1), date(2018, 6, 30))
DAY = date(2018, 6, 15)
AREAS = ("a", "b", "c")


def patrol(
    area: str | None, minutes: int | None, first: date = DAY, last: date | None = None
) -> Patrol:
    return Patrol(f"{area}/{minutes}/{first}", area, first, last or first, minutes)


def spot(area: str | None, weight: float, first: date, last: date | None = None) -> HotSpot:
    return HotSpot(
        f"{area}/{weight}", "x", Point(13, 57.7), first, weight=weight, valid_to=last, area_id=area
    )


def finding(area: str | None, day: date = DAY, status: str = "open") -> Finding:
    return Finding(
        f"{area}/{day}/{status}", None, area, None, "lighting", "", None, None,
        FindingStatus(status), day, day,
    )  # fmt: skip


def balance(
    patrols: list[Patrol] | None = None,
    spots: list[HotSpot] | None = None,
    findings: list[Finding] | None = None,
    residents: dict[str, int] | None = None,
) -> Balance:
    return weigh(AREAS, JUNE, patrols or [], spots or [], findings or [], residents or {})


def test_minutes_are_shared_between_the_areas_and_nobody_else() -> None:
    """45 of 60 minutes in a, 15 in b; what lies elsewhere is part of no share."""
    found = balance([patrol("a", 45), patrol("b", 15), patrol("d", 500), patrol(None, 60)])
    assert [area.shares["patrols"] for area in found.areas] == [0.75, 0.25, 0.0]
    assert found.elsewhere.minutes == 560
    assert len(found.elsewhere.patrols) == 2


def test_a_patrol_that_gives_no_minutes_is_counted_and_adds_none() -> None:
    found = balance([patrol("a", 30), patrol("a", None), patrol("b", None)])
    a, b, c = found.areas
    assert (len(a.amounts.patrols), a.amounts.minutes, a.amounts.without_minutes) == (2, 30, 1)
    assert (len(b.amounts.patrols), b.amounts.minutes, b.amounts.without_minutes) == (1, 0, 1)
    assert c.amounts.patrols == ()
    assert a.shares["patrols"] == 1.0


def test_a_share_of_nothing_is_nothing_at_all() -> None:
    found = balance([patrol("a", None)])
    for area in found.areas:
        assert area.shares["patrols"] is None
        assert area.shares["hot_spots"] is None
        assert area.shares["findings"] is None
        assert area.shares["residents"] is None
        assert area.gap("hot_spots") is None
    assert found.farthest("hot_spots") is None


def test_only_what_surely_lies_in_the_period_counts() -> None:
    known = [
        patrol("a", 1, date(2018, 6, 1)),
        patrol("a", 2, date(2018, 6, 30)),
        patrol("a", 4, date(2018, 5, 31)),
        patrol("a", 8, date(2018, 7, 1)),
        patrol("a", 16, date(2018, 6, 1), date(2018, 6, 30)),
        patrol("a", 32, date(2018, 6, 1), date(2018, 8, 31)),
    ]
    amounts = balance(known).areas[0].amounts
    assert amounts.minutes == 1 + 2 + 16
    assert amounts.unsure == (known[-1].id,)


def test_a_hot_spot_weighs_by_the_days_on_which_it_is_one() -> None:
    """Weight 2 for half of June and weight 3 for all of it: 1 beside 3."""
    spots = [
        spot("a", 2, date(2018, 6, 16)),
        spot("b", 3, date(2018, 1, 1)),
        spot("c", 9, date(2018, 1, 1), date(2018, 5, 31)),
    ]
    found = balance(spots=spots)
    assert [area.amounts.weight for area in found.areas] == [1.0, 3.0, 0.0]
    assert [area.shares["hot_spots"] for area in found.areas] == [0.25, 0.75, 0.0]
    assert found.areas[2].amounts.hot_spots == ()


def test_what_was_found_in_the_period_counts_mended_or_not() -> None:
    found = balance(
        findings=[
            finding("a"),
            finding("a", status="done"),
            finding("b", date(2018, 6, 30)),
            finding("b", date(2018, 7, 1)),
            finding("c", date(2018, 5, 31)),
            finding("c", status="dismissed"),
            finding(None),
        ]
    )
    assert [len(area.amounts.findings) for area in found.areas] == [2, 1, 1]
    assert [area.shares["findings"] for area in found.areas] == [0.5, 0.25, 0.25]
    assert len(found.elsewhere.findings) == 1


def test_one_unknown_number_of_residents_takes_every_share_away() -> None:
    found = balance(residents={"a": 4121, "b": 900})
    assert [area.residents for area in found.areas] == [4121, 900, None]
    assert [area.shares["residents"] for area in found.areas] == [None, None, None]
    assert found.residents_unknown == ("c",)
    known = balance(residents={"a": 500, "b": 300, "c": 200})
    assert [area.shares["residents"] for area in known.areas] == [0.5, 0.3, 0.2]
    assert known.residents_unknown == ()


def test_the_widest_gap_is_told_whichever_way_it_goes() -> None:
    """Time 50, 40 and 10 of 100 beside weight 1, 1 and 8 of 10: c has 70 points too few."""
    patrols = [patrol("a", 50), patrol("b", 40), patrol("c", 10)]
    spots = [spot(area, weight, JUNE.start) for area, weight in zip(AREAS, (1, 1, 8), strict=True)]
    found = balance(patrols, spots)
    widest = found.farthest("hot_spots")
    assert widest is not None
    assert widest.area_id == "c"
    assert widest.gap("hot_spots") == pytest.approx(-0.7)
    assert found.farthest("findings") is None


def test_a_single_area_is_compared_with_nobody() -> None:
    alone = weigh(("a",), JUNE, [patrol("a", 30)], [spot("a", 1, JUNE.start)], [], {})
    assert alone.areas[0].shares["patrols"] == 1.0
    assert alone.farthest("hot_spots") is None


@given(st.lists(st.floats(0, 1e9), max_size=20))
def test_shares_add_up_to_one_or_there_are_none(amounts: list[float]) -> None:
    found = shares(amounts)
    if sum(amounts) == 0:
        assert set(found) <= {None}
    else:
        known = [share for share in found if share is not None]
        assert len(known) == len(amounts)
        assert sum(known) == pytest.approx(1)
        assert all(0 <= share <= 1 for share in known)


PATROLS = st.lists(
    st.builds(
        lambda area, minutes, start, length: Patrol(
            f"{area}/{minutes}/{start}/{length}",
            area,
            JUNE.start + timedelta(days=start),
            JUNE.start + timedelta(days=start + length),
            minutes,
        ),
        st.sampled_from([*AREAS, "d", None]),
        st.none() | st.integers(0, 600),
        st.integers(-40, 70),
        st.sampled_from([0, 0, 0, 30, 91]),
    ),
    max_size=40,
    unique_by=lambda patrol: patrol.id,
)


@given(PATROLS)
def test_every_patrol_of_the_period_is_told_of_once(patrols: list[Patrol]) -> None:
    found = balance(patrols)
    piles = [found.elsewhere, *(area.amounts for area in found.areas)]
    told = [id_ for pile in piles for id_ in (*pile.patrols, *pile.unsure)]
    assert len(set(told)) == len(told)
    touching = {p.id for p in patrols if p.first <= JUNE.end and p.last >= JUNE.start}
    assert set(told) == touching
    minutes = {p.id: p.minutes or 0 for p in patrols}
    assert all(sum(minutes[id_] for id_ in pile.patrols) == pile.minutes for pile in piles)


@given(PATROLS, st.integers(1, 9))
def test_shares_do_not_care_about_the_unit(patrols: list[Patrol], times: int) -> None:
    more = [
        Patrol(p.id, p.area_id, p.first, p.last, p.minutes and p.minutes * times) for p in patrols
    ]
    one, other = balance(patrols), balance(more)
    for here, there in zip(one.areas, other.areas, strict=True):
        assert here.shares["patrols"] == pytest.approx(there.shares["patrols"])
