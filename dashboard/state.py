"""What is looked at: a frozen value, its address, and the only door to both.

Everything a reader can choose is in the address, so a link opens the same view for somebody else
and the browser's back button works. A link on the page is a real link; the panel sends its
address back instead of loading the page anew, and `follow` makes it the new state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

import streamlit as st

from geodata.errors import UnknownIdError
from geodata.model import LANGUAGES, Language
from geodata.service import Service

PageName = Literal["map", "followup"]

PAGE_PATHS: Final[Mapping[PageName, str]] = {"map": "", "followup": "uppfoljning"}

LAYER_NAMES: Final = ("activities", "walks", "findings", "places")
"""Layers that can be hidden."""

MAP_KEY: Final = "map"
_PENDING_PAGE: Final = "pending_page"
_MOVED_BY: Final = "moved_by"
_MAX_PARAMETER: Final = 200


@dataclass(frozen=True, slots=True)
class Hint:
    """Something in a link that could not be followed: a key and what it names."""

    key: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ViewState:
    """Everything a reader can choose.

    Parameters
    ----------
    language : {"sv", "en"}
        The screen's language.
    promise : str or None
        The promise told about, None for all.
    as_of : datetime.date or None
        The day told about, None for the day that fits the promises.
    area, commitment, activity, walk : str or None
        What is selected, from the widest to the narrowest; the narrowest has the card.
    hidden : tuple of str
        Layers that are switched off.
    list_page : int
        Which page of the card's long list is shown; 0 is the short list of the latest.
    """

    language: Language = "sv"
    promise: str | None = None
    as_of: date | None = None
    area: str | None = None
    commitment: str | None = None
    activity: str | None = None
    walk: str | None = None
    hidden: tuple[str, ...] = ()
    list_page: int = 0

    def cleared(self) -> ViewState:
        """Return the state with nothing selected."""
        return replace(self, area=None, commitment=None, activity=None, walk=None, list_page=0)

    def with_area(self, area: str) -> ViewState:
        """Return the state with an area selected and nothing within it."""
        return replace(self.cleared(), area=area)

    def with_commitment(self, commitment: str, area: str | None = None) -> ViewState:
        """Return the state with a commitment selected, within an area or as a whole."""
        return replace(self.cleared(), commitment=commitment, area=area)

    def with_activity(self, activity: str) -> ViewState:
        """Return the state with an activity's card on top of what is selected."""
        return replace(self, activity=activity, walk=None)

    def with_walk(self, walk: str) -> ViewState:
        """Return the state with a walk's card on top of what is selected."""
        return replace(self, walk=walk, activity=None)

    def toggled(self, layer: str) -> ViewState:
        """Return the state with a layer switched off, or on again."""
        shown = set(self.hidden) ^ {layer}
        return replace(self, hidden=tuple(name for name in LAYER_NAMES if name in shown))


# --- state to address and back: pure ---------------------------------------------------------


def to_query(state: ViewState) -> dict[str, str]:
    """Return a state as query parameters; what is as usual is left out."""
    query = {
        "promise": state.promise,
        "date": state.as_of and state.as_of.isoformat(),
        "area": state.area,
        "commitment": state.commitment,
        "activity": state.activity,
        "walk": state.walk,
        "hide": ".".join(state.hidden) or None,
        "list": str(state.list_page) if state.list_page else None,
        "lang": None if state.language == "sv" else state.language,
    }
    return {name: value for name, value in query.items() if value}


def href(state: ViewState, page: PageName = "map") -> str:
    """Return the relative address of a state on a page."""
    query = urlencode(to_query(state), safe="/")
    return (PAGE_PATHS[page] or ".") + (f"?{query}" if query else "")


def from_query(query: Mapping[str, str]) -> tuple[ViewState, tuple[Hint, ...]]:
    """Read a state from query parameters.

    Parameters
    ----------
    query : mapping of str to str
        As in an address; unknown names are ignored.

    Returns
    -------
    state : ViewState
        What could be read.
    hints : tuple of Hint
        One for each value that made no sense.
    """
    hints: list[Hint] = []
    given = {name: value[:_MAX_PARAMETER] for name, value in query.items() if value}

    language: Language = "sv"
    if "lang" in given:
        known = [code for code in LANGUAGES if code == given["lang"]]
        language = known[0] if known else "sv"
        if not known:
            hints.append(Hint("hint.language", {"value": given["lang"]}))
    as_of = None
    if "date" in given:
        try:
            as_of = date.fromisoformat(given["date"])
        except ValueError:
            hints.append(Hint("hint.date", {"value": given["date"]}))
    hidden = set(given.get("hide", "").split("."))
    return (
        ViewState(
            language=language,
            promise=given.get("promise"),
            as_of=as_of,
            area=given.get("area"),
            commitment=given.get("commitment"),
            activity=given.get("activity"),
            walk=given.get("walk"),
            hidden=tuple(name for name in LAYER_NAMES if name in hidden),
            list_page=_page_number(given.get("list", "")),
        ),
        tuple(hints),
    )


def _page_number(value: str) -> int:
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 6 else 0


def settle(state: ViewState, service: Service) -> tuple[ViewState, tuple[Hint, ...]]:
    """Drop what a state names and nothing has, each with a hint.

    Parameters
    ----------
    state : ViewState
        As read from an address.
    service : Service
        Knows the ids.

    Returns
    -------
    state : ViewState
        Where every id exists and the area is one of the chosen promise's.
    hints : tuple of Hint
        What was dropped.
    """
    catalogue = service.catalogue
    hints: list[Hint] = []

    def kept(name: str, value: str | None, known: Callable[[str], bool]) -> str | None:
        if value is None or known(value):
            return value
        hints.append(Hint(f"hint.{name}", {"value": value}))
        return None

    state = replace(
        state,
        promise=kept("promise", state.promise, catalogue.promise_by_id.__contains__),
        area=kept("area", state.area, catalogue.area_by_id.__contains__),
        commitment=kept("commitment", state.commitment, catalogue.commitment_by_id.__contains__),
        activity=kept("activity", state.activity, lambda id_: _found(service.activity, id_)),
        walk=kept("walk", state.walk, lambda id_: _found(service.walk, id_)),
    )
    state, outside = _within_promise(state, service)
    return state, (*hints, *outside)


def _found(find: Callable[[str], object], id_: str) -> bool:
    try:
        find(id_)
    except UnknownIdError:
        return False
    return True


def _within_promise(state: ViewState, service: Service) -> tuple[ViewState, tuple[Hint, ...]]:
    """Drop what is not part of the chosen promise, and an area that the commitment is not for."""
    catalogue = service.catalogue
    hints: list[Hint] = []
    if state.promise is not None:
        promise = catalogue.promise_by_id[state.promise]
        named = {area.id for area in service.areas((promise,))}
        own = {commitment.id for commitment in promise.commitments}
        if state.area is not None and state.area not in named:
            hints.append(Hint("hint.area_outside", {"value": state.area}))
            state = replace(state, area=None)
        if state.commitment is not None and state.commitment not in own:
            hints.append(Hint("hint.commitment_outside", {"value": state.commitment}))
            state = replace(state, commitment=None)
    commitment = catalogue.commitment_by_id.get(state.commitment or "")
    if commitment and state.area is not None and state.area not in commitment.all_areas:
        hints.append(Hint("hint.area_commitment", {"value": state.area}))
        state = replace(state, area=None)
    return state, tuple(hints)


def choose_promise(state: ViewState, promise_id: str | None, service: Service) -> ViewState:
    """Return the state with a promise chosen, keeping the selection where it still fits."""
    kept, _ = _within_promise(replace(state, promise=promise_id, list_page=0), service)
    return replace(kept, activity=None, walk=None)


# --- the session: the only place that touches it ----------------------------------------------


def read() -> tuple[ViewState, tuple[Hint, ...]]:
    """Read the state from this session's address."""
    return from_query(st.query_params.to_dict())


def current_query() -> dict[str, str]:
    """Return this session's address as parameters, to be taken along to another page."""
    return dict(st.query_params.to_dict())


def write(state: ViewState) -> None:
    """Make a state this session's address."""
    st.query_params.from_dict(to_query(state))


def follow(panel_key: str) -> None:
    """Make the address that a panel sent the new state."""
    sent = st.session_state.get(panel_key)
    address = urlsplit(str(getattr(sent, "go", None) or ""))
    wanted, _ = from_query(dict(parse_qsl(address.query)))
    pages = {path: name for name, path in PAGE_PATHS.items()}
    st.session_state[_PENDING_PAGE] = pages.get(address.path.strip("./"), "map")
    st.session_state[_MOVED_BY] = panel_key
    write(wanted)


def take_pending_page() -> PageName | None:
    """Return the page that a followed link leads to, once."""
    page: PageName | None = st.session_state.pop(_PENDING_PAGE, None)
    return page


def take_moved_by() -> str | None:
    """Return what caused this run, once: a panel's key, ``map`` or None for anything else."""
    moved: str | None = st.session_state.pop(_MOVED_BY, None)
    return moved


def follow_map_click() -> None:
    """Make what was clicked on the map the selection."""
    clicked: Any = (st.session_state.get(MAP_KEY) or {}).get("last_active_drawing") or {}
    properties = clicked.get("properties") or {}
    state, _ = read()
    layer, id_ = properties.get("layer"), str(properties.get("id"))
    if layer == "area":
        # A second click on the selected area goes back to its own card.
        state = state.with_area(id_)
    elif layer == "activity":
        state = state.with_activity(id_)
    elif layer == "walk":
        state = state.with_walk(id_)
    elif layer == "finding" and properties.get("walk"):
        state = state.with_walk(str(properties["walk"]))
    else:
        return
    st.session_state[_MOVED_BY] = "map"
    write(state)
