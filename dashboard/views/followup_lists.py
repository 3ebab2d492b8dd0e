"""Long lists on Uppföljning: which one is open and which page of it, told by the address.

The address has one number for lists. Its left part chooses among the lists that the selection
has, the rest is the page: with `MANY` lists to choose among, ``list=3002`` is the second page of
the third. The number stays with its list when records come and go, so that a link keeps meaning
the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from dashboard.address import ViewState
from dashboard.views.cards import Listing
from dashboard.views.context import Context
from geodata.model import Activity
from geodata.service.following import following

PAGE: Final = 15
"""Records on each page: few enough to stay beside the number that they explain."""

FEW: Final = 100_000
"""Pages that each of up to nine lists may have: a whole register may be in one of them."""

MANY: Final = 1_000
"""Pages that each of many lists may have: an area's weeks and months."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A page of a list of records.

    Parameters
    ----------
    activities : tuple of Activity
        Those on the page.
    listing : Listing
        Which part of the whole it is.
    turned : callable
        Gives the state with another page.
    opens : callable
        Gives the state with a record's card, by the record's id.
    """

    activities: tuple[Activity, ...]
    listing: Listing
    turned: Callable[[int], ViewState]
    opens: Callable[[str], ViewState]


def list_number(state: ViewState, pages: int) -> int:
    """Return which list is open, 0 for the first; `pages` is `FEW` or `MANY`."""
    return state.list_page // pages


def with_list(state: ViewState, pages: int, number: int, page: int = 1) -> ViewState:
    """Return the state with a list open at a page, and no record's card on top."""
    opened = number * pages + page
    return replace(state, activity=None, walk=None, finding=None, list_page=opened)


def leaf(context: Context, pages: int, number: int, ids: Sequence[str]) -> Leaf:
    """Read the page that the address names.

    Parameters
    ----------
    context : Context
        This run's.
    pages : int
        `FEW` or `MANY`.
    number : int
        Which list it is.
    ids : sequence of str
        The whole list, in order.

    Returns
    -------
    Leaf
        The last page where the address names one past it.
    """
    last_page = min(max(-(-len(ids) // PAGE), 1), pages - 1)
    page = min(max(context.state.list_page % pages, 1), last_page)
    first = (page - 1) * PAGE
    shown = ids[first : first + PAGE]
    return Leaf(
        tuple(following(context.service).records(shown)),
        Listing(len(ids), first + 1, first + len(shown), page, last_page),
        lambda other: with_list(context.state, pages, number, other),
        lambda id_: replace(context.state, list_page=0).with_activity(id_),
    )
