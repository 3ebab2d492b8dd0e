"""What is looked at, as a frozen value, and its address: pure, nothing here knows Streamlit.

Everything a reader can choose is in the address, so a link opens the same view for somebody else
and the browser's back button works.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Literal, get_args
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from geodata.errors import UnknownIdError
from geodata.model import LANGUAGES, Decision, Language
from geodata.service import Service

PageName = Literal[
    "map", "followup", "duties", "meeting", "record", "planning", "importing", "adding", "statement"
]
ToolName = Literal["dose", "balance", "change", "places", "loop", "schedule", "streets"]
FormName = Literal["activity", "walk", "held", "finding"]

PAGE_PATHS: Final[Mapping[PageName, str]] = {
    "map": "",
    "followup": "uppfoljning",
    "duties": "att-gora",
    "meeting": "mote",
    "record": "registrera",
    "planning": "planera",
    "importing": "importera",
    "adding": "loften",
    "statement": "tillganglighet",
}

FORM_NAMES: Final[tuple[FormName, ...]] = ("activity", "walk", "held", "finding")
"""``held`` is the form of a planned walk, to say that it was held."""

NEW_FORMS: Final[tuple[FormName, ...]] = ("activity", "walk", "finding")

TOOL_NAMES: Final[tuple[ToolName, ...]] = get_args(ToolName)
"""The planning page's, in its order."""

LAYER_NAMES: Final = ("hot_spots", "activities", "walks", "findings", "places")
"""Layers that can be hidden."""

UNKNOWN_PAGE: Final = "unknown"
"""The parameter that says from which address, where nothing is, one was led to the map."""

_MAX_PARAMETER: Final = 200
_MAX_ASKED: Final = 6_000
_ASKED_NAME: Final = re.compile(r"[a-z0-9_]{1,40}", re.ASCII)


STANDING: Final = "standing-"
"""How the name of a list of commitments begins: a state follows, or `CHANGED`."""

CHANGED: Final = "changed"
"""The list of commitments in another state than at the meeting before."""


DONE: Final = "done"
"""The list of what was done; what is asked of it are the form's choices."""


@dataclass(frozen=True, slots=True)
class Hint:
    """Something in a link that could not be followed: a key and what it names."""

    key: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ViewState:
    """Everything a reader can choose; what is selected goes by its id."""

    language: Language = "sv"
    # The one told about, None for all.
    promise: str | None = None
    # The day told about, None for the day that fits the promises.
    as_of: date | None = None
    # From the widest to the narrowest; the narrowest has the card.
    area: str | None = None
    commitment: str | None = None
    activity: str | None = None
    walk: str | None = None
    # Layers that are switched off.
    hidden: tuple[str, ...] = ()
    # Reference layers that are switched on.
    layers: tuple[str, ...] = ()
    # Of a long list; 0 is the short list of the latest.
    list_page: int = 0
    # Which list is open, of several: a reason, a week, a month.
    listed: str | None = None
    # Has the card, as an activity and a walk.
    finding: str | None = None
    # Of the recording page.
    form: FormName = "activity"
    # The earlier walk that a new one walks again.
    again: str | None = None
    # The import that is looked at.
    job: str | None = None
    # The one that is held.
    meeting: str | None = None
    # Its step, by name.
    step: str | None = None
    decision: str | None = None
    # Whether this screen neither follows the meeting's others nor leads them.
    alone: bool = False
    # Of the planning page.
    tool: ToolName = "dose"
    # A tool's or form's own choices, in the names' order.
    asked: tuple[tuple[str, str], ...] = ()
    hot_spot: str | None = None
    # The kept one that is looked at.
    plan: str | None = None

    def cleared(self) -> ViewState:
        """Return the state with nothing selected."""
        return ViewState(
            self.language, self.promise, self.as_of, hidden=self.hidden, layers=self.layers
        )

    @property
    def choices(self) -> Mapping[str, str]:
        """The planning tool's own choices, by name."""
        return dict(self.asked)

    def asking(self, **choices: str | None) -> ViewState:
        """Return the state with some of the tool's choices made; None and "" take one back.

        Raises
        ------
        ValueError
            If a name can't stand in an address: a mistake in the program.
        """
        if bad := [name for name in choices if not _ASKED_NAME.fullmatch(name)]:
            raise ValueError(bad)
        wanted = {**self.choices, **choices}
        return replace(self, asked=tuple(sorted((n, v) for n, v in wanted.items() if v)))

    def with_tool(self, tool: ToolName, **choices: str | None) -> ViewState:
        """Return the state with another tool, and only these of its choices made."""
        return replace(self, tool=tool, asked=(), plan=None).asking(**choices)

    def with_hot_spot(self, hot_spot: str) -> ViewState:
        """Return the state with a hot spot's card on the planning page."""
        kept = self.choices if self.tool == "dose" else {}
        bare = self.with_tool("dose", **{**kept, "form": None}).without_record()
        return replace(bare, hot_spot=hot_spot, commitment=None)

    def with_area(self, area: str) -> ViewState:
        """Return the state with an area selected and nothing within it."""
        return replace(self.cleared(), area=area)

    def with_commitment(self, commitment: str, area: str | None = None) -> ViewState:
        """Return the state with a commitment selected, within an area or as a whole."""
        return replace(self.cleared(), commitment=commitment, area=area)

    def without_record(self) -> ViewState:
        """Return the state with no record's card on top of what is selected."""
        return replace(self, activity=None, walk=None, finding=None)

    def with_activity(self, activity: str) -> ViewState:
        """Return the state with an activity's card on top of what is selected."""
        return replace(self.without_record(), activity=activity)

    def with_walk(self, walk: str) -> ViewState:
        """Return the state with a walk's card on top of what is selected."""
        return replace(self.without_record(), walk=walk)

    def with_finding(self, finding: str) -> ViewState:
        """Return the state with a finding's card on top of what is selected."""
        return replace(self.without_record(), finding=finding)

    def with_decision(self, decision: Decision) -> ViewState:
        """Return the state of a decision's place in the meeting that made it, if any did."""
        return ViewState(
            self.language,
            meeting=decision.meeting_id,
            step=f"area/{decision.area_id}" if decision.area_id else "decisions",
            decision=decision.id if decision.meeting_id else None,
        )

    def filling_in(self, form: FormName) -> ViewState:
        """Return the state with a new form to be filled in, about the area that is chosen."""
        return replace(self.without_record(), again=None, form=form)

    def toggled(self, layer: str) -> ViewState:
        """Return the state with a layer switched off, or on again."""
        shown = set(self.hidden) ^ {layer}
        return replace(self, hidden=tuple(name for name in LAYER_NAMES if name in shown))

    def with_layer(self, layer_id: str) -> ViewState:
        """Return the state with a reference layer switched on, or off again."""
        return replace(self, layers=tuple(sorted({*self.layers} ^ {layer_id})))


def _written(asked: tuple[tuple[str, str], ...]) -> str:
    return ";".join(f"{name}:{quote(value, safe=' ,./|*')}" for name, value in asked)


def _choices(text: str) -> tuple[tuple[str, str], ...]:
    """Return a tool's choices as `_written` gives them; what makes no sense is left out."""
    parts = (part.partition(":") for part in text.split(";"))
    found = {n: unquote(v) for n, _, v in parts if v and _ASKED_NAME.fullmatch(n)}
    return tuple(sorted(found.items()))


def whole_number(value: object, default: int = 0) -> int:
    """Return a whole number that was sent, `default` where it is none of up to six digits.

    A browser may send any text where a page has put a number, and Python refuses to read very long
    ones at all.
    """
    plain = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 6
    return int(value) if isinstance(value, str) and plain else default


def _one_of(names: Collection[str]) -> Callable[[str], str | None]:
    return lambda text: text if text in names else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def ids_in(text: str) -> tuple[str, ...]:
    """Return the ids that stand in an address with dots between."""
    return tuple(sorted(set(filter(None, text.split(".")))))


def _layers(text: str) -> tuple[str, ...]:
    hidden = text.split(".")
    return tuple(name for name in LAYER_NAMES if name in hidden)


@dataclass(frozen=True, slots=True)
class _Parameter:
    """How a field of a state stands in its address; what can't be read gives None."""

    field: str
    read: Callable[[str], object] = str
    write: Callable[[Any], str] = str
    hint: str = ""


def _ids(*names: str) -> dict[str, _Parameter]:
    return {name: _Parameter(name) for name in names}


_PARAMETERS: Final[Mapping[str, _Parameter]] = {
    **_ids("promise"),
    "date": _Parameter("as_of", _day, hint="hint.date"),
    **_ids("area", "commitment", "activity", "walk"),
    "hide": _Parameter("hidden", _layers, ".".join),
    "layers": _Parameter("layers", ids_in, ".".join),
    "list": _Parameter("listed"),
    "page": _Parameter("list_page", whole_number),
    **_ids("finding"),
    "form": _Parameter("form", _one_of(FORM_NAMES)),
    **_ids("again", "job", "meeting", "step", "decision"),
    "alone": _Parameter("alone", lambda text: text == "1", lambda _: "1"),
    "tool": _Parameter("tool", _one_of(TOOL_NAMES)),
    "ask": _Parameter("asked", _choices, _written),
    **_ids("hot_spot", "plan"),
    "lang": _Parameter("language", _one_of(LANGUAGES), hint="hint.language"),
}
"""A state's address, in this order."""


def to_query(state: ViewState) -> dict[str, str]:
    """Return a state as query parameters; what is as usual is left out."""
    usual = ViewState()
    given = {name: (p, getattr(state, p.field)) for name, p in _PARAMETERS.items()}
    return {
        name: text
        for name, (p, value) in given.items()
        if value != getattr(usual, p.field) and (text := p.write(value))
    }


def href(state: ViewState, page: PageName = "map") -> str:
    """Return the relative address of a state on a page."""
    query = urlencode(to_query(state), safe="/")
    return (PAGE_PATHS[page] or ".") + (f"?{query}" if query else "")


def from_query(query: Mapping[str, str]) -> tuple[ViewState, tuple[Hint, ...]]:
    """Read a state from query parameters."""
    found: dict[str, Any] = {}
    hints: list[Hint] = []
    if page := query.get(UNKNOWN_PAGE):
        hints.append(Hint("hint.page", {"value": page[:_MAX_PARAMETER]}))
    for name, parameter in _PARAMETERS.items():
        text = query.get(name, "")[: _MAX_ASKED if name == "ask" else _MAX_PARAMETER]
        value = parameter.read(text) if text else None
        if value is not None:
            found[parameter.field] = value
        elif text and parameter.hint:
            hints.append(Hint(parameter.hint, {"value": text}))
    return ViewState(**found), tuple(hints)


def settle(state: ViewState, service: Service) -> tuple[ViewState, tuple[Hint, ...]]:
    """Drop what a state names and nothing has, each with a hint."""
    catalogue = service.catalogue
    finders: Mapping[str, Callable[[str], object]] = {
        "promise": catalogue.promise_by_id.__getitem__,
        "area": catalogue.area_by_id.__getitem__,
        "commitment": catalogue.commitment_by_id.__getitem__,
        "activity": service.activity,
        "walk": service.walk,
        "finding": service.finding,
        "meeting": service.meeting,
        "decision": service.decision,
        "hot_spot": service.hot_spot,
        "plan": service.plan,
        "again": service.walk,
    }
    named = {name: getattr(state, name) for name in finders}
    gone = [n for n, id_ in named.items() if id_ is not None and not _found(finders[n], id_)]
    hints = [Hint(f"hint.{'walk' if n == 'again' else n}", {"value": named[n]}) for n in gone]
    unnamed: dict[str, Any] = dict.fromkeys(gone)
    state, outside = _within_promise(_of_commitment(replace(state, **unnamed), service), service)
    return state, (*hints, *outside)


def _of_commitment(state: ViewState, service: Service) -> ViewState:
    """Choose the promise of a commitment that is none of those told about on the day."""
    commitment = service.catalogue.commitment_by_id.get(state.commitment or "")
    if commitment is None or state.promise is not None:
        return state
    told = {promise.id for promise in service.scope(None, state.as_of).promises}
    return state if commitment.promise_id in told else replace(state, promise=commitment.promise_id)


def _found(find: Callable[[str], object], id_: str) -> bool:
    try:
        find(id_)
    except (KeyError, UnknownIdError):
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
    """Return the state with a promise chosen, keeping the selection and the day where they fit."""
    promise = service.catalogue.promise_by_id.get(promise_id or "")
    if promise is not None and state.as_of is not None and state.as_of not in promise.period:
        state = replace(state, as_of=None)
    kept, _ = _within_promise(replace(state, promise=promise_id, list_page=0, listed=None), service)
    return kept.without_record()


def from_href(address: str) -> tuple[ViewState, PageName]:
    """Return the state and the page that a link on a page leads to; what is unknown is as usual."""
    parts = urlsplit(address)
    wanted, _ = from_query(dict(parse_qsl(parts.query)))
    pages = {path: name for name, path in PAGE_PATHS.items()}
    return wanted, pages.get(parts.path.strip("./"), "map")
