"""Planned visits beside recorded ones: worked by hand, every pairing tried, and laws."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from geodata.analysis.visits import TOLERANCE_MIN, Matched, Visit, VisitStatus, Wanted, match_visits
from geodata.model import Precision
from geodata.texts import SWEDISH_TIME

DAY: Final = date(2026, 11, 3)
LATER: Final = datetime(2026, 12, 1, tzinfo=UTC)


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 3, hour, minute, tzinfo=SWEDISH_TIME)


def visit(name: str, start: datetime, spot: str = "a", day_only: bool = False) -> Visit:
    day = start.astimezone(SWEDISH_TIME).date()
    precision = Precision.DAY if day_only else Precision.MINUTE
    return Visit(spot, name, start, day, precision, 12, "record")


def names(found: tuple[Matched, ...]) -> list[str | None]:
    return [one.visit.activity_id if one.visit else None for one in found]


def test_the_nearest_record_is_the_visits_own() -> None:
    planned = [Wanted("a", at(10), 12), Wanted("a", at(12), 12)]
    recorded = [visit("x", at(12, 20)), visit("y", at(10, 5)), visit("z", at(10, 5), "b")]
    assert names(match_visits(planned, recorded, LATER)) == ["y", "x"]


def test_as_many_as_can_be_are_paired_before_the_nearest() -> None:
    # 11:00 is nearest to 11:10, but then 10:10 would have none: 11:45 fits 11:10 alone.
    planned = [Wanted("a", at(10, 10), 12), Wanted("a", at(11, 10), 12)]
    recorded = [visit("x", at(11)), visit("y", at(11, 45))]
    assert names(match_visits(planned, recorded, LATER)) == ["x", "y"]


def test_an_hour_is_near_enough_and_a_minute_more_is_not() -> None:
    planned = [Wanted("a", at(10), 12)]
    for minutes, found in ((60, "x"), (61, None)):
        for away in (timedelta(minutes=minutes), -timedelta(minutes=minutes)):
            assert names(match_visits(planned, [visit("x", at(10) + away)], LATER)) == [found]


def test_a_record_without_a_time_is_taken_last() -> None:
    planned = [Wanted("a", at(10), 12), Wanted("a", at(20), 12), Wanted("a", at(22), 12)]
    recorded = [visit("day", at(0), day_only=True), visit("x", at(20, 59))]
    found = names(match_visits(planned, recorded, LATER))
    assert found[1] == "x"
    assert sorted(one or "" for one in found) == ["", "day", "x"]
    other_day = visit("day", at(0) - timedelta(days=1), day_only=True)
    assert names(match_visits(planned, [other_day], LATER)) == [None, None, None]


def test_what_is_past_without_a_record_is_just_that_and_what_is_ahead_is_ahead() -> None:
    planned = [Wanted("a", at(10), 12), Wanted("a", at(12), 12)]
    early = match_visits(planned, [], at(10, 11))
    assert [one.status for one in early] == [VisitStatus.AHEAD, VisitStatus.AHEAD]
    later = match_visits(planned, [], at(10, 12))
    assert [one.status for one in later] == [VisitStatus.UNRECORDED, VisitStatus.AHEAD]
    done = match_visits(planned, [visit("x", at(11, 50))], at(11, 55))
    assert [one.status for one in done] == [VisitStatus.UNRECORDED, VisitStatus.DONE]


def test_past_midnight_it_is_the_time_that_counts() -> None:
    planned = [Wanted("a", at(0, 10), 12)]
    before = visit("x", at(0) - timedelta(minutes=10))
    assert names(match_visits(planned, [before], LATER)) == ["x"]


def test_the_hour_that_comes_twice_is_two_hours() -> None:
    # 2026-10-25: 02:30 comes twice, an hour apart.
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC).astimezone(SWEDISH_TIME)
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC).astimezone(SWEDISH_TIME)
    planned = [Wanted("a", first, 12), Wanted("a", second, 12)]
    recorded = [visit("second", second), visit("first", first)]
    assert names(match_visits(planned, recorded, LATER)) == ["first", "second"]


minutes = st.integers(0, 300)


@given(st.lists(minutes, max_size=4), st.lists(minutes, max_size=4), st.data())
def test_no_pairing_has_more_pairs_or_as_many_that_are_nearer(
    wanted: list[int], made: list[int], data: st.DataObject
) -> None:
    planned = [Wanted("a", at(8) + timedelta(minutes=m), 12) for m in wanted]
    recorded = [visit(f"{n}", at(8) + timedelta(minutes=m)) for n, m in enumerate(made)]
    shuffled = data.draw(st.permutations(recorded))
    found = match_visits(planned, shuffled, LATER)
    used = [name for name in names(found) if name is not None]
    assert len(used) == len(set(used))

    def worth(pairs: list[tuple[int, int]]) -> tuple[int, int]:
        apart = [abs(wanted[p] - made[r]) for p, r in pairs]
        return -len(apart), sum(apart)

    own = [(p, int(one)) for p, one in enumerate(names(found)) if one is not None]
    assert all(abs(wanted[p] - made[r]) <= TOLERANCE_MIN for p, r in own)
    padded = [*range(len(made)), *[-1] * len(wanted)]
    best = min(
        worth(
            [
                (p, r)
                for p, r in enumerate(order)
                if r >= 0 and abs(wanted[p] - made[r]) <= TOLERANCE_MIN
            ]
        )
        for order in set(permutations(padded, len(wanted)))
    )
    assert worth(own) == best
