"""Lists of what a planning tool's number is made of: activities or findings, a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.listing import PAGE, FindingRow, Leaf, Listing, leaf, with_list


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
