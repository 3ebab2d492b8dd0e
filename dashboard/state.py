"""The session: the only door to what Streamlit keeps of it, and to its address.

A link on the page is a real link; the panel sends its address back instead of loading the page
anew, and `follow` makes it the new state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal
from uuid import uuid4

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard import access
from dashboard.access import Account
from dashboard.address import Hint, PageName, ViewState, from_href, from_query, to_query
from geodata.settings import Settings

Values = Mapping[str, str | tuple[str, ...]]
"""What a form's fields hold, by name."""

MAP_KEY: Final = "map"
_PAGE: Final = "page"
_QUERY: Final = "query"
_MOVED_BY: Final = "moved_by"
_PICKED: Final = "picked"
_FORMS: Final = "forms"
_MARK: Final = "mark"
_OWNER: Final = "owner"
_SEEN: Final = "seen"
_HEARD: Final = "heard"
_MAX_PARAMETER: Final = 200
_MAX_BUTTON: Final = 1_000  # the ids of twenty files
_MAX_FIELD: Final = 100_000
_MAX_FIELDS: Final = 3_000  # a promise of twenty commitments, each of several steps


def read() -> tuple[ViewState, tuple[Hint, ...]]:
    """Read the state from this session's address."""
    return from_query(current_query())


def current_query() -> dict[str, str]:
    """Return this session's address as parameters, to be taken along to another page.

    What the browser sends names the address that it shows, which is the one left where it has not
    heard of the new one yet: a map that tells its size would take back the click before it. The
    session's own address counts, but where the browser goes back or forward by itself.
    """
    if _QUERY not in st.session_state or _is_by_history():
        return st.query_params.to_dict()
    kept: dict[str, str] = st.session_state[_QUERY]
    return kept


def _is_by_history() -> bool:
    # Where Streamlit does not say so of a run, the browser's address is followed.
    return bool(getattr(get_script_run_ctx(), "is_history_navigation", True))


def settle(named: PageName) -> PageName:
    """Make this session's address the browser's, and return its page, where that names `named`."""
    query = current_query()
    if _is_by_history():
        st.session_state[_PAGE] = named
    elif query != st.query_params.to_dict():
        st.query_params.from_dict(query)
    st.session_state[_QUERY] = query
    page: PageName = st.session_state.setdefault(_PAGE, named)
    return page


def write(state: ViewState) -> None:
    """Make a state this session's address."""
    st.session_state[_QUERY] = to_query(state)
    st.query_params.from_dict(st.session_state[_QUERY])


def account(settings: Settings) -> Account:
    """Return who is at this session's page; nobody, where it was begun by somebody else."""
    found = access.asking(st.context.headers, settings)
    owner = st.session_state.setdefault(_OWNER, found.id)
    return found if owner == found.id else access.NOBODY


def is_new_place(where: str) -> bool:
    """Tell whether another address than at the last run is looked at."""
    before = st.session_state.get(_SEEN)
    st.session_state[_SEEN] = where
    return before != where


def session_mark() -> str:
    """Return what this session is known by to the page: another one after a lost connection."""
    mark: str = st.session_state.setdefault(_MARK, uuid4().hex)
    return mark


def follow(panel_key: str) -> None:
    """Make the address that a panel sent the new state."""
    sent = st.session_state.get(panel_key)
    st.session_state[_MOVED_BY] = panel_key
    go_to(*from_href(str(getattr(sent, "go", None) or "")))


def take_moved_by() -> str | None:
    """Return what caused this run, once: a panel's key, ``map`` or None for anything else."""
    moved: str | None = st.session_state.pop(_MOVED_BY, None)
    return moved


def follow_map_click(*, picking: bool = False, planning: bool = False) -> None:
    """Make what was clicked on the map the selection, or keep it for the form that waits for it."""
    clicked: Any = (st.session_state.get(MAP_KEY) or {}).get("last_active_drawing") or {}
    properties = clicked.get("properties") or {}
    state, _ = read()
    layer, id_ = properties.get("layer"), str(properties.get("id"))
    if picking or layer == "pick":
        if layer == "pick":
            st.session_state[_PICKED] = clicked
        return
    if state.meeting is not None:
        # In a meeting an area is a step, wherever in it was clicked; nothing else leads anywhere.
        area = id_ if layer == "area" else properties.get("area") if layer == "hot_spot" else None
        if area:
            st.session_state[_MOVED_BY] = "map"
            write(replace(state, step=f"area/{area}", decision=None, list_page=0))
        return
    if layer == "hot_spot":
        # Its card is on the planning page, whichever map was clicked.
        _selected(state.with_hot_spot(id_), "planning")
    elif planning and layer == "area":
        _selected(replace(state, area=id_, hot_spot=None), None)
    elif str(layer) in _SELECTING:
        # A second click on the selected area goes back to its own card.
        _selected(_SELECTING[str(layer)](state, id_), "map" if planning else None)


_SELECTING: Final[Mapping[str, Callable[[ViewState, str], ViewState]]] = {
    "area": ViewState.with_area,
    "activity": ViewState.with_activity,
    "walk": ViewState.with_walk,
    "finding": ViewState.with_finding,
}


def _selected(wanted: ViewState, page: PageName | None) -> None:
    st.session_state[_MOVED_BY] = "map"
    if page is None:
        write(wanted)
    else:
        go_to(wanted, page)


def take_picked() -> Mapping[str, Any] | None:
    """Return the GeoJSON geometry that was picked on the map, once."""
    picked: Mapping[str, Any] | None = st.session_state.pop(_PICKED, {}).get("geometry")
    return picked


def take_drawn() -> Mapping[str, Any]:
    """Return what was told of an outline that is drawn on the map, once; empty if nothing."""
    drawn: Mapping[str, Any] = st.session_state.pop(_PICKED, {}).get("properties") or {}
    return drawn


# --- forms: what the server knows of what is typed in the browser ------------------------------


@dataclass(frozen=True, slots=True)
class FormState:
    """A form between two runs; the browser itself keeps what is typed."""

    # As last sent.
    values: Values = field(default_factory=dict)
    # What the reader filled in; else the server suggests.
    touched: frozenset[str] = frozenset()
    # What the last save or action came to, for the page to word.
    answer: object = None
    # Changes when it begins anew: the browser forgets what was typed.
    fresh: str = ""
    # What the server has decided since, as a place from the map.
    patch: tuple[str, ...] = ()
    # Grows with every patch.
    patch_number: int = 0
    # What the fields of the patch held before.
    displaced: Values = field(default_factory=dict)
    # What a refused save held: a field that says something else by now is no longer at fault.
    refused: Values = field(default_factory=dict)
    # The area selected when it was last shown; None before it was.
    about: str | None = None
    # What a new answer is told from the last by; `keep_form` counts them.
    answers: int = field(default=0, compare=False)

    def decided(self, values: Values) -> FormState:
        """Return the state with fields whose value the server has decided."""
        return replace(
            self,
            values={**self.values, **values},
            touched=self.touched - values.keys(),
            patch=tuple(dict.fromkeys((*self.patch, *values))),
            patch_number=self.patch_number + 1,
            displaced={**self.displaced, **{name: self.values.get(name, "") for name in values}},
        )

    def unseen(self, values: Values, touched: frozenset[str], patched: str) -> Values:
        """Return what was decided since a form was shown that has just been sent.

        A place that was clicked on the map is not lost because *Save* was pressed, or a field
        left, before the page had heard of it. What was typed over it since stands.
        """
        if patched == str(self.patch_number or ""):
            return {}
        # A version to build on has to be seen before anything is written over it.
        names = [name for name in self.patch if name != "expected" and name in self.values]
        free = [n for n in names if n not in touched or values.get(n) == self.displaced.get(n)]
        return {name: self.values[name] for name in free}


@dataclass(frozen=True, slots=True)
class Sent:
    """What a form sent: which form, its values, and the button that was pressed."""

    draft: str
    values: Values
    touched: frozenset[str]
    button: str


def form(draft: str) -> FormState:
    """Return what is known of a form, by its draft's name."""
    found: FormState = st.session_state.get(_FORMS, {}).get(draft, FormState())
    return found


def keep_form(draft: str, kept: FormState) -> None:
    """Remember a form's state."""
    before = form(draft)
    is_new = kept.answer is not before.answer or kept.refused != before.refused
    kept = replace(kept, answers=before.answers + is_new)
    st.session_state[_FORMS] = {**st.session_state.get(_FORMS, {}), draft: kept}


def drop_form(draft: str) -> None:
    """Begin a form anew: what was typed in it has been saved, or is not wanted."""
    keep_form(draft, FormState(fresh=uuid4().hex))


def sent_by(panel_key: str, trigger: Literal["ask", "submit"], who: str = "") -> Sent | None:
    """Return what a panel's form sent, None where it makes no sense.

    Where people sign in, `who` they are stands in it, whatever the browser says.
    """
    given = getattr(st.session_state.get(panel_key), trigger, None)
    if not isinstance(given, Mapping):
        return None
    values = given.get("values")
    touched = given.get("touched")
    if not isinstance(values, Mapping) or not isinstance(touched, list):
        return None
    draft = str(given.get("draft"))[:_MAX_PARAMETER]
    typed = {
        str(name)[:_MAX_PARAMETER]: _field(value)
        for name, value in list(values.items())[:_MAX_FIELDS]
    }
    names = frozenset(str(name) for name in touched[:_MAX_FIELDS])
    unseen = form(draft).unseen(typed, names, str(given.get("patched") or ""))
    return Sent(
        draft=draft,
        values={**typed, **unseen, **({"by": who} if who else {})},
        touched=names - unseen.keys(),
        button=str(given.get("button") or "")[:_MAX_BUTTON],
    )


def heard(panel_key: str) -> int:
    """Return how often a panel's forms have been heard in this session."""
    found: int = st.session_state.get(_HEARD, {}).get(panel_key, 0)
    return found


def note_heard(panel_key: str) -> None:
    """Take note of a panel's form having been heard."""
    counts = st.session_state.get(_HEARD, {})
    st.session_state[_HEARD] = {**counts, panel_key: heard(panel_key) + 1}


def _field(value: object) -> str | tuple[str, ...]:
    if isinstance(value, list):
        return tuple(str(one)[:_MAX_PARAMETER] for one in value[:500])
    return str(value)[:_MAX_FIELD]


def go_to(state: ViewState, page: PageName) -> None:
    """Make a state this session's address, on a page of its own choice."""
    st.session_state[_PAGE] = page
    write(state)
