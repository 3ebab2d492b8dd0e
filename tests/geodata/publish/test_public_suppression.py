"""Small numbers stay unknown: to who solves what is told, and to who knows the rule as well."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.publish.public.suppression import (
    LEAST,
    Row,
    Span,
    Window,
    by_kind,
    by_month,
    ranges,
)

SMALL = range(1, LEAST)


def told(counts: Sequence[int], windows: Sequence[Window] = ()) -> list[tuple[int, int, int]]:
    return [(s.first, s.last, s.count) for s in by_month(counts, windows).spans]


# --- worked by hand --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "spans"),
    [
        ([3, 4, 5], [(0, 0, 3), (1, 1, 4), (2, 2, 5)]),
        # One or two wait for the months after them, nothing recorded among them.
        ([1, 2, 7], [(0, 1, 3), (2, 2, 7)]),
        ([2, 0, 0, 1, 0], [(0, 3, 3), (4, 4, 0)]),
        ([0, 4, 0, 0], [(0, 0, 0), (1, 1, 4), (2, 2, 0), (3, 3, 0)]),
        # What is left at the end goes back, past months with nothing, to the last that say one.
        ([5, 1], [(0, 1, 6)]),
        ([4, 6, 0, 0, 2, 0], [(0, 0, 4), (1, 5, 8)]),
        ([1, 1, 1], [(0, 2, 3)]),
        ([], []),
        ([0, 0], [(0, 0, 0), (1, 1, 0)]),
    ],
)
def test_months_are_told_three_together(
    counts: list[int], spans: list[tuple[int, int, int]]
) -> None:
    assert told(counts) == spans
    assert by_month(counts).total == sum(counts)


@pytest.mark.parametrize("counts", [[1], [0, 2], [1, 0, 1], [0, 1, 0]])
def test_an_area_with_fewer_than_three_tells_no_month(counts: list[int]) -> None:
    assert by_month(counts) == Row((), None)


def test_what_the_follow_up_tells_does_not_fix_a_month() -> None:
    # 2 and 1 are told as 3 together; that two were done by the first month's end would say both.
    counts = [2, 1, 5, 4]
    assert told(counts) == [(0, 1, 3), (2, 2, 5), (3, 3, 4)]
    assert told(counts, [Window(0, 0, 2)]) == [(0, 3, 12)]
    # That one was done then says nothing that the rule doesn't.
    assert told(counts, [Window(0, 0, 1)]) == told(counts)


def test_nearly_everything_told_elsewhere_tells_no_month() -> None:
    # Two of three activities are the follow-up's, by the first month: the third is one.
    assert told([2, 0, 0, 1], [Window(0, 0, 2)]) == told([3, 0, 0, 0], [Window(0, 0, 2)])


# --- for any row -----------------------------------------------------------------------------

ROWS = st.lists(st.integers(0, 9) | st.sampled_from([0, 0, 1, 2]), max_size=24)


@given(ROWS)
def test_every_month_is_told_once_and_no_small_number_ever(counts: list[int]) -> None:
    row = by_month(counts)
    total = sum(counts)
    assert row.total == (None if 0 < total < LEAST else total)
    if row.total is None:
        assert row.spans == ()
        return
    assert [m for s in row.spans for m in range(s.first, s.last + 1)] == list(range(len(counts)))
    for span in row.spans:
        assert span.count == sum(counts[span.first : span.last + 1])
        assert span.count == 0 or span.count >= LEAST


# --- an attacker who solves what is told -----------------------------------------------------


def solutions(spans: Sequence[Span], months: int, windows: Sequence[Window]) -> list[list[int]]:
    """Every row of whole numbers for which all that is told is true, by trying them."""

    def ways(length: int, total: int) -> Iterator[tuple[int, ...]]:
        if length == 1:
            yield (total,)
            return
        for first in range(total + 1):
            for rest in ways(length - 1, total - first):
                yield (first, *rest)

    rows = (
        [count for way in combined for count in way]
        for combined in product(*(ways(s.last - s.first + 1, s.count) for s in spans))
    )
    return [row for row in rows if all(sum(row[w.first : w.last + 1]) >= w.least for w in windows)]


@st.composite
def rows_and_windows(draw: st.DrawFn) -> tuple[list[int], list[Window]]:
    counts = draw(st.lists(st.integers(0, 4), min_size=1, max_size=5))
    windows = []
    for _ in range(draw(st.integers(0, 2))):
        first = draw(st.integers(0, len(counts) - 1))
        last = draw(st.integers(first, len(counts) - 1))
        windows.append(Window(first, last, draw(st.integers(0, sum(counts[first : last + 1])))))
    return counts, windows


@given(rows_and_windows())
@settings(max_examples=150, deadline=None)
def test_who_solves_all_that_is_told_finds_no_small_number(
    case: tuple[list[int], list[Window]],
) -> None:
    counts, windows = case
    row = by_month(counts, windows)
    if row.total is None:
        return
    found = solutions(row.spans, len(counts), windows)
    assert counts in found
    # Where the follow-up alone says it all, no month is told.
    if len(row.spans) > 1 or not windows:
        for month, count in enumerate(counts):
            if count in SMALL:
                assert len({other[month] for other in found}) > 1, (row, month)


@given(rows_and_windows())
@settings(max_examples=100, deadline=None)
def test_the_program_knows_exactly_what_such_a_reader_knows(
    case: tuple[list[int], list[Window]],
) -> None:
    counts, windows = case
    spans = by_month(counts).spans
    if not spans:
        return
    found = solutions(spans, len(counts), windows)
    expected = tuple((min(values), max(values)) for values in zip(*found, strict=True))
    assert ranges(spans, len(counts), windows) == expected


def test_what_can_not_be_is_told_as_such() -> None:
    assert ranges([Span(0, 1, 3)], 2, [Window(0, 0, 4)]) is None


# --- one who knows the rule as well ----------------------------------------------------------


@pytest.mark.parametrize(("months", "most"), [(1, 8), (2, 8), (3, 8), (4, 6)])
def test_who_knows_the_rule_finds_no_small_number_either(months: int, most: int) -> None:
    """Of every row there is another with the same page, for each of its small numbers."""
    rows_of = defaultdict(list)
    for counts in product(range(most), repeat=months):
        rows_of[by_month(counts)].append(counts)
    for rows in rows_of.values():
        assert_unknown(rows, most)


@pytest.mark.parametrize("least", [1, 2, 3])
@pytest.mark.parametrize(
    ("first", "last"), [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (1, 3), (2, 3), (3, 3)]
)
def test_nor_does_one_who_knows_the_follow_up_too(first: int, last: int, least: int) -> None:
    rows_of = defaultdict(list)
    window = Window(first, last, least)
    for counts in product(range(5), repeat=4):
        row = by_month(counts, [window])
        # That an area has no fewer than its commitments have delivered there is told anyway.
        if sum(counts[first : last + 1]) >= least and row.total is not None:
            rows_of[row].append(counts)
    for rows in rows_of.values():
        assert_unknown(rows, 5)


@pytest.mark.parametrize("kinds", ["a", "ab", "abc", "abcd"])
def test_nor_among_kinds(kinds: str) -> None:
    rows_of = defaultdict(list)
    for counts in product(range(9), repeat=len(kinds)):
        found = by_kind(dict(zip(kinds, counts, strict=True)), kinds)
        assert all(n >= LEAST for n in found.told.values())
        assert found.rest == 0 or found.rest >= LEAST
        assert found.total in (None, sum(counts))
        rows_of[tuple(found.told.items()), found.rest, found.total].append(counts)
    for rows in rows_of.values():
        assert_unknown(rows, 9)


def assert_unknown(rows: Sequence[tuple[int, ...]], most: int) -> None:
    for row in rows:
        # Rows whose like would have a month beyond those tried say nothing here.
        if sum(row) < most:
            for at, count in enumerate(row):
                assert count not in SMALL or len({other[at] for other in rows}) > 1, rows


# --- kinds, worked by hand -------------------------------------------------------------------


def test_kinds_with_few_are_told_together() -> None:
    kinds = ("light", "litter", "traffic", "doors")
    found = by_kind({"light": 5, "litter": 2, "traffic": 1}, kinds)
    assert (dict(found.told), found.rest, found.total) == ({"light": 5}, 3, 8)
    # Two alone would be known, so the last that is told joins them.
    found = by_kind({"light": 5, "doors": 5, "litter": 2}, kinds)
    assert (dict(found.told), found.rest, found.total) == ({"light": 5}, 7, 12)
    # Four of two kinds could only be two of each.
    found = by_kind({"light": 5, "doors": 3, "litter": 2, "traffic": 2}, kinds)
    assert (dict(found.told), found.rest, found.total) == ({"light": 5}, 7, 12)
    assert by_kind({"light": 2}, kinds).total is None
    assert by_kind({}, kinds).total == 0
