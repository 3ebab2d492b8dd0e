"""Which small numbers a public page keeps back, so that nobody can work them out.

The rule
    Activities are told by area and month, at least three together. A month with none is told as
    such, a month with three or more by itself. A month with one or two is told together with the
    months that follow, until they are three or more; what then remains at the end is joined with
    what was told before it. An area with one or two in all is told as "fewer than 3", without
    its months. An area has one row, whatever number of promises name it, and only months that
    have ended are in it: a month is never first told in part and then as a whole.
Totals
    An area's sum is what its months say together, so that it gives nothing more away. There are
    no sums by month across areas and none of all areas: with them an area that is kept back
    could be worked out.
What the follow-up tells
    How much of a commitment is delivered is told whatever it is: promised to be followed up in
    public, it says what was done in a whole period and not when. Where it has a last day of its
    own, though, it says how much was done by then (`Window`). Where that would fix some month
    with one or two, all the area's months are told together. An area with fewer than 3 in all
    has no fewer than its commitments have delivered there, which is told anyway.
Kinds
    Findings are told by area and category, by the same three: the categories with one or two are
    told together and unnamed.
Who it holds against
    A reader who solves all that is told as a system of equations and inequalities, and one who
    also knows this rule. The choice of what is joined follows the calendar, or the vocabulary,
    and never the hidden numbers themselves. It can't hold against a reader who compares pages
    made at different times, where records have been added in between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

LEAST: Final = 3
"""The smallest number, other than none, that is told."""


@dataclass(frozen=True, slots=True)
class Span:
    """Months in a row, `first` to `last` by index with both included, and their sum."""

    first: int
    last: int
    count: int

    @property
    def joined(self) -> bool:
        """Whether it holds more than one month."""
        return self.last > self.first


@dataclass(frozen=True, slots=True)
class Row:
    """What is told of an area."""

    spans: tuple[Span, ...]
    total: int | None


@dataclass(frozen=True, slots=True)
class Window:
    """Something known otherwise of the months `first` to `last`, by index: their sum's bounds."""

    first: int
    last: int
    least: int
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Kinds:
    """What is told of an area's findings."""

    told: Mapping[str, int]
    rest: int
    total: int | None


# --- months ----------------------------------------------------------------------------------


def by_month(counts: Sequence[int], windows: Sequence[Window] = ()) -> Row:
    """Return what is told of an area, by this module's rule."""
    total = sum(counts)
    if 0 < total < LEAST:
        return Row((), None)
    spans = _grouped(counts)
    if windows and _give_away(spans, len(counts), windows):
        spans = (Span(0, len(counts) - 1, total),)
    return Row(spans, total)


def _grouped(counts: Sequence[int]) -> tuple[Span, ...]:
    """Join months from the left until each group is large enough or nothing."""
    spans: list[Span] = []
    first, open_count = 0, 0
    for month, count in enumerate(counts):
        if not open_count:
            first = month
        open_count += count
        if count == open_count == 0 or open_count >= LEAST:
            spans.append(Span(first, month, open_count))
            open_count = 0
    if open_count:
        # Too few at the end: back to the last months that say a number.
        while spans[-1].count == 0:
            spans.pop()
        before = spans.pop()
        spans.append(Span(before.first, len(counts) - 1, before.count + open_count))
    return tuple(spans)


def ranges(
    spans: Sequence[Span], months: int, windows: Sequence[Window] = ()
) -> tuple[tuple[int, int], ...] | None:
    """Return the least and the most that each month can be, for all that is told.

    The sums from the first month on obey differences only (a span's sum, a window's bounds,
    nothing below zero), so that shortest paths give both ends exactly, in whole numbers.
    """
    # most[i, j]: how much larger the sum up to month j can be than that up to month i.
    most: NDArray[np.float64] = np.full((months + 1, months + 1), np.inf)
    np.fill_diagonal(most, 0)
    for month in range(months):
        most[month + 1, month] = 0
    known = [Window(span.first, span.last, span.count, span.count) for span in spans]
    for window in (*known, *windows):
        start, end = window.first, window.last + 1
        most[end, start] = min(most[end, start], -window.least)
        if window.most is not None:
            most[start, end] = min(most[start, end], window.most)
    for via in range(months + 1):
        most = np.minimum(most, most[:, via : via + 1] + most[via : via + 1, :])
    if (most.diagonal() < 0).any():
        return None
    return tuple(
        (int(-most[month + 1, month]), int(most[month, month + 1])) for month in range(months)
    )


def _give_away(spans: Sequence[Span], months: int, windows: Sequence[Window]) -> bool:
    """Tell whether a month with one or two could be worked out, also by who knows the rule.

    It asks what is told and nothing else, so that the answer itself gives nothing away.
    """
    total = sum(span.count for span in spans)
    if any(total - window.least < LEAST for window in windows):
        # Nearly all there is: what isn't in the window is one or two.
        return True
    joined = [span for span in spans if span.joined]
    certain = [window for span in joined for window in _both_ends(span)]
    # Too few before the last of them; of the last joined months nobody knows whether they were
    # joined forwards or back.
    forwards = [Window(span.first, span.last - 1, 1, LEAST - 1) for span in joined]
    return any(
        low == high and 0 < low < LEAST
        for rule in (forwards[:-1], forwards)
        for low, high in ranges(spans, months, (*windows, *certain, *rule)) or ()
    )


def _both_ends(span: Span) -> tuple[Window, Window]:
    """Return what the rule says of joined months: the first has some, and so do the others."""
    return Window(span.first, span.first, 1), Window(span.first + 1, span.last, 1)


# --- kinds -----------------------------------------------------------------------------------


def by_kind(counts: Mapping[str, int], kinds: Sequence[str]) -> Kinds:
    """Return what is told of an area's findings, by this module's rule."""
    known = [*kinds, *sorted(counts.keys() - set(kinds))]
    total = sum(counts.values())
    if 0 < total < LEAST:
        return Kinds({}, 0, None)
    told = [kind for kind in known if counts.get(kind, 0) >= LEAST]
    rest = total - sum(counts[kind] for kind in told)
    small = len(known) - len(told)
    # As many as there can be of one or two each would say two of each.
    while rest and told and (rest < LEAST or small < 2 or rest == (LEAST - 1) * small):
        rest += counts[told.pop()]
        small += 1
    return Kinds({kind: counts[kind] for kind in told}, rest, total)
