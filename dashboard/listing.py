"""Long lists on Uppföljning: which one is open and which page of it, told by the address.

A list is named by what it is, a reason, a week or a month, so that a link keeps meaning the same
when records and promises come and go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

from dashboard.address import ViewState
from dashboard.context import Context
from geodata.model import Activity, Finding

T = TypeVar("T")

PAGE: Final = 15
"""Records on each page: few enough to stay beside the number that they explain."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Which part of a long list is shown: `page` 0 is the few latest, pages count from 1."""

    total: int
    first: int
    last: int
    page: int
    last_page: int

    @property
    def is_whole(self) -> bool:
        """Whether everything is shown."""
        return self.first == 1 and self.last == self.total


def part_of(context: Context, total: int, few: int, page_length: int) -> Listing:
    """Return which part of a list is shown: the first few, or the page that was asked for."""
    last_page = -(-total // page_length)
    page = min(context.state.list_page, last_page)
    first = (page - 1) * page_length if page else 0
    last = min(first + (page_length if page else few), total)
    return Listing(total, first + 1, last, page, last_page)


@dataclass(frozen=True, slots=True)
class Leaf(Generic[T]):
    """A page of a list of records: how its pages are turned, and what a record's card is over."""

    records: tuple[T, ...]
    listing: Listing
    turned: Callable[[int], ViewState]
    base: ViewState


def with_list(state: ViewState, name: str | None, page: int = 1) -> ViewState:
    """Return the state with a list open at a page, and no record's card on top."""
    return replace(state.without_record(), listed=name, list_page=page)


def leaf(context: Context, name: str | None, ids: Sequence[str]) -> Leaf[Activity]:
    """Read the page of a list of activities that the address names."""
    return _leaf(context, name, ids, context.service.activities_by_id)


def finding_leaf(context: Context, name: str | None, ids: Sequence[str]) -> Leaf[Finding]:
    """Read the page of a list of findings that the address names."""

    def read(shown: Sequence[str]) -> list[Finding]:
        by_id = {finding.id: finding for finding in context.service.findings()}
        return [by_id[id_] for id_ in shown if id_ in by_id]

    return _leaf(context, name, ids, read)


def _leaf(
    context: Context,
    name: str | None,
    ids: Sequence[str],
    read: Callable[[Sequence[str]], Iterable[T]],
) -> Leaf[T]:
    last_page = max(-(-len(ids) // PAGE), 1)
    page = min(max(context.state.list_page, 1), last_page)
    first = (page - 1) * PAGE
    shown = ids[first : first + PAGE]
    return Leaf(
        tuple(read(shown)),
        Listing(len(ids), first + 1, first + len(shown), page, last_page),
        lambda other: with_list(context.state, name, other),
        replace(context.state, list_page=0, listed=None),
    )
