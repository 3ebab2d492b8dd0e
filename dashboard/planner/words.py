"""Words and rows that several tools show: how long, when, how easily foreseen, what is listed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.listing import PAGE, FindingRow, Leaf, Listing, leaf, with_list
from geodata.planner.doses import Foreseen, Visit, whole_minutes
from geodata.texts import Words

FORESEEN: Final[Mapping[Foreseen, str]] = {
    Foreseen.TOO_FEW: "plan_dose.foreseen_too_few",
    Foreseen.HARD: "plan_dose.foreseen_hard",
    Foreseen.SOMEWHAT: "plan_dose.foreseen_somewhat",
    Foreseen.EASY: "plan_dose.foreseen_easy",
}


def duration(w: Words, minutes: float) -> str:
    """Return a time in hours and minutes."""
    whole = whole_minutes(minutes)
    if whole < 60:
        return w("minutes.minutes", count=whole)
    if whole % 60:
        return w("minutes.hours", hours=whole // 60, minutes=whole % 60)
    return w("minutes.whole_hours", hours=whole // 60)


def visit_time(w: Words, visit: Visit) -> str:
    """Return when a visit was, no more exact than it is known."""
    return w.when(visit.start, visit.precision)


def visit_minutes(w: Words, visit: Visit) -> str:
    """Return how long a visit was."""
    if visit.minutes is None:
        return w("plan_dose.length_unknown")
    return w("minutes.short", minutes=whole_minutes(visit.minutes))


LONGEST_NAME: Final = 60


def short(text: str) -> str:
    """Return a text as it has room in a list."""
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1].rstrip()}…"


@dataclass(frozen=True, slots=True)
class FindingLeaf:
    """A page of a list of findings."""

    findings: tuple[FindingRow, ...]
    listing: Listing
    turned: Callable[[int], ViewState]


def activity_leaf(context: Context, name: str, ids: Sequence[str]) -> Leaf:
    """Return the page of a list of activities that the address names."""
    return leaf(context, name, ids)


def finding_leaf(context: Context, name: str, ids: Sequence[str]) -> FindingLeaf:
    """Return the page of a list of findings that the address names."""
    last_page = max(-(-len(ids) // PAGE), 1)
    page = min(max(context.state.list_page, 1), last_page)
    first = (page - 1) * PAGE
    wanted = set(ids[first : first + PAGE])
    found = sorted(
        (f for f in context.service.findings() if f.id in wanted), key=lambda f: ids.index(f.id)
    )
    day = context.as_of.day
    return FindingLeaf(
        tuple(FindingRow(f, f.status_on(day)) for f in found),
        Listing(len(ids), first + 1, first + len(wanted), page, last_page),
        lambda other: with_list(context.state, name, other),
    )


def record_state(context: Context) -> ViewState:
    """Return the state that a record's card on the map is opened from: without the list."""
    return replace(context.state, list_page=0, listed=None)
