"""What counts for nothing, and why: cases worked by hand, and that nothing is told twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from geodata.analysis.evidence import UncountedReason, frame_of, records_of, sort_uncounted
from geodata.model import (
    Commitment,
    Count,
    Entry,
    Evidence,
    LocalText,
    Period,
    Precision,
    Presence,
    Promise,
    Source,
)

TEXT = LocalText("ord", "word")
SPRING = Period(date(2018, 3, 1), date(2018, 5, 31))
R = UncountedReason


def commitment(promise: str, number: int, area: str, *, due: date | None = None) -> Commitment:
    measure = Count(("walk",), 2, "all") if due else Presence(("patrol",))
    return Commitment(
        f"{promise}/{number}",
        promise,
        number,
        TEXT,
        TEXT,
        (),
        (area,),
        (),
        None,
        measure,
        due,
        TEXT,
    )


def promise(id_: str, area: str, period: Period = SPRING) -> Promise:
    both = (commitment(id_, 1, area), commitment(id_, 2, area, due=date(2018, 4, 30)))
    source = Source(TEXT, "nobody")
    return Promise(
        id_,
        TEXT,
        TEXT,
        area,
        (),
        period,
        None,
        None,
        TEXT,
        (),
        source,
        commitments=both,
        outcomes=(),
    )


NORTH, SOUTH = promise("north", "n"), promise("south", "s")
BOTH = (NORTH, SOUTH)


def sorted_out(
    rows: Sequence[tuple[str, str | None, date, str, Sequence[str]]],
    chosen: Sequence[Promise] = BOTH,
    as_of: date = date(2018, 12, 31),
) -> dict[UncountedReason, tuple[str, ...]]:
    """Rows are id, area, day, kind and the commitments named."""
    evidence = [
        Evidence(i, c, a, kind, day, None) for i, a, day, kind, named in rows for c in named
    ]
    entries = [Entry(i, a, day, Precision.DAY, None, bool(named)) for i, a, day, _, named in rows]
    return sort_uncounted(entries, evidence, BOTH, chosen, as_of)


def test_each_reason_by_hand() -> None:
    may = date(2018, 5, 10)
    rows = [
        ("counts", "n", may, "patrol", ["north/1"]),
        ("kind", "n", may, "walk", ["north/1"]),
        ("early", "n", date(2018, 2, 28), "patrol", ["north/1"]),
        ("past", "n", date(2018, 6, 1), "patrol", ["north/1"]),
        ("late", "n", may, "walk", ["north/2"]),
        ("astray", "s", may, "patrol", ["north/1"]),
        ("nobody's", "n", may, "patrol", ["gone/1"]),
        ("nowhere", None, may, "patrol", []),
        ("elsewhere", "x", may, "patrol", []),
        ("summer", "n", date(2018, 7, 1), "patrol", []),
        ("extra", "n", may, "patrol", []),
    ]
    assert sorted_out(rows) == {
        R.OTHER_KIND: ("kind",),
        R.BEFORE_PERIOD: ("early",),
        R.AFTER_PERIOD: ("past",),
        R.AFTER_DEADLINE: ("late",),
        R.OTHER_AREA: ("astray",),
        R.UNKNOWN_COMMITMENT: ("nobody's",),
        R.NO_AREA: ("nowhere", "elsewhere"),
        R.NO_PERIOD: ("summer",),
        R.NO_COMMITMENT: ("extra",),
    }


def test_what_one_commitment_counts_counts_for_something() -> None:
    rows = [("both", "n", date(2018, 5, 10), "patrol", ["north/2", "north/1"])]
    assert sorted_out(rows) == {}


def test_the_reason_is_that_of_the_commitment_it_came_nearest_to() -> None:
    # Of another kind for the first, merely too late for the second.
    rows = [("late", "n", date(2018, 5, 10), "walk", ["north/1", "north/2"])]
    assert sorted_out(rows) == {R.AFTER_DEADLINE: ("late",)}


def test_what_has_not_come_yet_is_not_told() -> None:
    rows = [("extra", "n", date(2018, 5, 10), "patrol", [])]
    assert sorted_out(rows, as_of=date(2018, 5, 9)) == {}
    assert sorted_out(rows, as_of=date(2018, 5, 10)) == {R.NO_COMMITMENT: ("extra",)}


def test_a_chosen_promise_tells_of_its_own_areas_and_commitments() -> None:
    may = date(2018, 5, 10)
    rows = [
        ("mine", "n", may, "patrol", []),
        ("theirs", "s", may, "patrol", []),
        ("anybody's", None, may, "patrol", []),
        ("astray", "s", may, "patrol", ["north/1"]),
    ]
    assert sorted_out(rows, [NORTH]) == {
        R.OTHER_AREA: ("astray",),
        R.NO_AREA: ("anybody's",),
        R.NO_COMMITMENT: ("mine",),
    }
    assert sorted_out(rows, [SOUTH])[R.NO_COMMITMENT] == ("theirs",)


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["n", "s", "x", None]),
        st.dates(date(2018, 1, 1), date(2018, 8, 31)),
        st.sampled_from(["patrol", "walk", "meeting"]),
        st.lists(st.sampled_from(["north/1", "north/2", "south/1", "gone/1"]), unique=True),
    ),
    max_size=30,
)


@given(ROWS, st.dates(date(2018, 1, 1), date(2018, 9, 30)))
def test_every_activity_counts_or_is_told_once(
    drawn: list[tuple[str | None, date, str, list[str]]], as_of: date
) -> None:
    rows = [(str(number), *row) for number, row in enumerate(drawn)]
    told = sorted_out(rows, as_of=as_of)
    evidence = [
        Evidence(i, c, a, kind, day, None) for i, a, day, kind, named in rows for c in named
    ]
    counted = {
        id_
        for one in (c for promise in BOTH for c in promise.commitments)
        for id_ in records_of(
            frame_of(one, SPRING, as_of), [row for row in evidence if row.commitment_id == one.id]
        ).get(None, ())
    }
    uncounted = [id_ for ids in told.values() for id_ in ids]
    assert len(uncounted) == len(set(uncounted))
    assert counted.isdisjoint(uncounted)
    assert counted | set(uncounted) == {i for i, _, day, _, _ in rows if day <= as_of}
    parts = [sorted_out(rows, [one], as_of) for one in BOTH]
    both = {id_ for part in parts for ids in part.values() for id_ in ids}
    # Naming only what no promise has, in nobody's area, is everybody's; so each is told by some.
    assert both == set(uncounted)
