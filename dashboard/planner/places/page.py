"""Planera, places: with so many patrols or walks, where most of what needs a visit is reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final
from uuid import NAMESPACE_OID, uuid5

import streamlit as st

from dashboard import panel, state
from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.forms import draft
from dashboard.pane import Feature, OnMap
from dashboard.planner import solving
from dashboard.planner.marks import around, picked_point, point
from dashboard.planner.period import within
from dashboard.planner.places import parts
from dashboard.planner.places.parts import HIDDEN, at, name_shown
from dashboard.planner.places.send import ASKED, KEPT, Asking, submitted
from geodata.errors import GeodataError
from geodata.planner.places.ask import (
    POINTS_MOST,
    WALK_M_PER_MIN,
    Choices,
    DemandKind,
    SiteKind,
    ask_places,
    asked_of,
    offer,
    read_choices,
    shortfalls,
)
from geodata.planner.places.keep import Alternative, alternative, alternatives
from geodata.planner.places.solve import MOST, PlacesAnswer, Spot
from geodata.service.recording import Conflict, Refused, Saved
from geodata.service.streets import told_source

LETTERS: Final = ("A", "B", "C")
"""What compared alternatives are called in the table and on the map; no more are compared."""

NO_BREAK: Final = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A kept alternative in the list."""

    kept: Alternative
    number: int
    opens: ViewState
    compares: ViewState
    letter: str
    is_full: bool


@dataclass(frozen=True, slots=True)
class Column:
    """One of the compared, with its places' names and the sentence of its distances."""

    letter: str
    kept: Alternative
    places: tuple[tuple[str, float], ...]
    source: str
    opens: ViewState


def compared(context: Context) -> tuple[Alternative, ...]:
    """Return the alternatives that the address compares, those that can be read."""
    wanted = dict.fromkeys(context.state.choices.get("compare", "").split(","))
    found = (alternative(context.service, id_) for id_ in wanted if id_)
    return tuple(one for one in found if one is not None and not one.void)[: len(LETTERS)]


def rows(context: Context, shown: Sequence[Alternative]) -> list[KeptRow]:
    """Return every kept alternative, the newest first."""
    ids = [one.id for one in shown]
    found = []
    for kept in alternatives(context.service):
        is_shown = kept.id in ids
        wanted = [id_ for id_ in ids if id_ != kept.id] if is_shown else [*ids, kept.id]
        found.append(
            KeptRow(
                kept,
                context.service.newest_number("plan", kept.id),
                _opens(context, kept),
                context.state.asking(compare=",".join(wanted)),
                LETTERS[ids.index(kept.id)] if is_shown else "",
                not is_shown and len(ids) >= len(LETTERS),
            )
        )
    return found


def columns(context: Context, shown: Sequence[Alternative]) -> list[Column]:
    """Return the compared alternatives as the table's columns."""
    return [
        Column(
            letter,
            kept,
            tuple((name_shown(context, place.site), place.added) for place in kept.places),
            told_source(kept.source, context.words),
            _opens(context, kept),
        )
        for letter, kept in zip(LETTERS, shown, strict=False)
    ]


def count_alike(shown: Sequence[Alternative]) -> bool:
    """Tell whether alternatives count the same: else their shares can't be put side by side."""
    asked = {
        (
            one.choices.demand,
            one.choices.weights,
            one.choices.points,
            one.choices.period,
            one.about_day,
            one.within,
            one.total,
        )
        for one in shown
    }
    return len(asked) <= 1


def on_map(context: Context, shown: Sequence[Alternative]) -> OnMap:
    """Return the compared places, each alternative with a look and a letter of its own."""
    standing: dict[tuple[float, float], list[tuple[int, int, Spot]]] = {}
    for order, kept in enumerate(shown[: len(LETTERS)]):
        for number, place in enumerate(kept.places, start=1):
            standing.setdefault(at(place.site), []).append((order, number, place.site))
    drawn = tuple(_drawn(context, shown, there) for there in standing.values())
    places = [place.site for kept in shown for place in kept.places]
    return OnMap(
        features=drawn,
        token="places/" + "/".join(kept.id for kept in shown),
        bounds=around(at(spot) for spot in places),
        hidden=HIDDEN,
    )


def _drawn(
    context: Context, shown: Sequence[Alternative], there: Sequence[tuple[int, int, Spot]]
) -> Feature:
    """Return a place with the letters of every alternative that has it."""
    orders = {order for order, _, _ in there}
    labels = [f"{LETTERS[order]}{number}" for order, number, _ in there]
    return point(
        at(there[0][2]),
        # Each alternative by itself has a look of its own; what several share has the first's.
        "stop" if orders == {1} else "site",
        title=name_shown(context, there[0][2]),
        lines=[
            f"{label}: {shown[order].name}"
            for label, (order, _, _) in zip(labels, there, strict=True)
        ],
        # On one line: the mark is as wide as it needs to be.
        label=NO_BREAK.join(labels),
        alternative=orders == {2},
    )


def _opens(context: Context, kept: Alternative) -> ViewState:
    return context.state.asking(**asked_of(kept.choices), compare=None)


def show(context: Context) -> OnMap:
    """Show the tool, and return what the map draws."""
    choices = read_choices(context.state.choices)
    _take_picked(context, choices)
    if context.moved_by is not None:
        # Who has gone on no longer needs to be told what was saved before.
        state.keep_form(KEPT, replace(state.form(KEPT), answer=None))
    shown = compared(context)
    if shown:
        panel.show(
            "planning_panel",
            "places/compare.html",
            view="planning/places/compare",
            focus=context.moved_by not in (None, "map"),
            on_submit=partial(submitted, context, None, None),
            **context.base("planning"),
            **_kept_values(context, shown),
            columns=columns(context, shown),
            count_alike=count_alike(shown),
            back=context.state.asking(compare=None),
            amount=partial(parts.amount, context),
        )
        return on_map(context, shown)
    asking = _asking(context, choices)
    # The question stands above its progress, and is there while it is worked on.
    top = st.container()
    answer, failure = _answered(asking)
    with top:
        _panel(asking, answer, failure)
    return parts.on_map(
        context,
        choices,
        asking.found.demands,
        answer,
        rings=bool(context.state.choices.get("rings")),
        picks=_picks(asking),
    )


def _asking(context: Context, choices: Choices) -> Asking:
    day, period = context.as_of.day, None
    lacking: Mapping[str, float | None] = {}
    if choices.demand is DemandKind.SHORTFALL:
        period, lacking = shortfalls(context.service, choices, context.promises, day)
    found = offer(context.service, choices, day, within(context), lacking)
    return Asking(context, choices, found, period)


def _answered(asking: Asking) -> tuple[PlacesAnswer | None, str]:
    """Return the answer, or why there is none."""
    context = asking.context
    if not asking.can_be_answered:
        return None, ""
    try:
        question = ask_places(context.service, asking.choices, asking.found)
        return solving.answer(context, question, "places"), ""
    except GeodataError as error:
        return None, context.words.error(error)


# --- the panel -------------------------------------------------------------------------------


def _panel(asking: Asking, answer: PlacesAnswer | None, failure: str) -> None:
    context, choices = asking.context, asking.choices
    asked, kept = state.form(ASKED), state.form(KEPT)
    faults = asked.answer if isinstance(asked.answer, Mapping) else {}
    refused = isinstance(kept.answer, Refused | Conflict | GeodataError)
    panel.show(
        "planning_panel",
        "places/page.html",
        view="planning/places",
        focus=context.moved_by not in (None, "map"),
        attempt=f"{asked.answers}/{kept.answers}" if faults or refused else "",
        on_submit=partial(submitted, context, asking, answer),
        **context.base("planning"),
        **_kept_values(context, ()),
        **_asked_values(asking, faults),
        **(_answer_values(asking, answer) if answer else {"answer": None}),
        failure=failure,
        # Its progress is shown below: the question stands alone above it.
        working=answer is None and asking.can_be_answered and not failure,
        empty=_empty(asking),
        new_spot=context.state.with_tool("dose", form="new"),
        other_demand=[
            (kind, context.state.asking(demand=kind.value))
            for kind in (DemandKind.HOT_SPOTS, DemandKind.FINDINGS)
            if kind is not choices.demand
        ],
        site_rows=parts.site_rows(context, choices, asking.found.sites, answer),
        amount=partial(parts.amount, context),
    )


def _asked_values(asking: Asking, faults: Mapping[str, str]) -> dict[str, Any]:
    context, choices = asking.context, asking.choices
    v: dict[str, Any] = {
        "k": str(choices.k),
        "reach": context.words.number(choices.minutes, 0 if choices.minutes % 1 == 0 else 1),
        "demand": choices.demand.value,
        "sites": choices.sites.value,
        "areas": choices.areas,
        "period": choices.period,
    }
    own = [
        (
            f"w_{demand.spot.key}",
            parts.name_shown(context, demand.spot),
            parts.with_choices(context, choices.without_point(int(demand.spot.name) - 1))
            if demand.spot.kind == "point"
            else None,
            demand.weight,
        )
        for demand in asking.found.demands
        if choices.demand is DemandKind.OWN
    ]
    for name, _, _, weight in own:
        v[name] = f"{weight:g}".replace(".", "," if context.state.language == "sv" else ".")
    if faults:
        v |= state.form(ASKED).refused
    shown = context.service.areas(context.promises)
    return {
        "v": v,
        "faults": faults,
        "oddities": {},
        "own": own,
        "demand_kinds": [kind.value for kind in DemandKind],
        "site_kinds": [kind.value for kind in SiteKind],
        "areas": [a for a in shown if asking.within is None or a.id in asking.within],
        "choices": choices,
        "found": asking.found,
        "period": asking.period,
        "most": MOST,
        "speed": context.words.number(WALK_M_PER_MIN * 60 / 1000, 1),
        "picks": _picks(asking),
        "pick": context.state.asking(pick=None if _picks(asking) else "1"),
        "may_pick": len(choices.points) < POINTS_MOST,
        "wishes": len(choices.areas) + (choices.sites is not SiteKind.BOTH),
        "everywhere": replace(context.state, area=None),
    }


def _answer_values(asking: Asking, answer: PlacesAnswer) -> dict[str, Any]:
    context, choices = asking.context, asking.choices
    rings = bool(context.state.choices.get("rings"))
    return {
        "answer": answer,
        "places": parts.place_rows(context, choices, answer),
        "missed": parts.missed_rows(context, answer.missed),
        "bars": parts.bars(context, choices, answer),
        "chart": parts,
        "source": told_source(answer.source, context.words),
        "rings": rings,
        "ring_link": context.state.asking(rings=None if rings else "1"),
        "off_path": [parts.name_shown(context, one) for one in answer.off_path],
        "suggested": context.words(
            f"plan_places.suggested.{choices.demand}",
            count=choices.k,
            minutes=context.words.number(choices.minutes),
        ),
        # The same until it is used: what is typed beside it is not to be shown anew.
        "new_id": str(uuid5(NAMESPACE_OID, f"{state.session_mark()}/{state.form(KEPT).fresh}")),
    }


def _empty(asking: Asking) -> str:
    """Return the key of why nothing can be asked; empty where something can."""
    if asking.can_be_answered:
        return ""
    if not asking.found.demands:
        return "findings" if asking.choices.demand is DemandKind.FINDINGS else "hot_spots"
    return "nothing" if asking.found.sites else "sites"


def _kept_values(context: Context, shown: Sequence[Any]) -> dict[str, Any]:
    kept = state.form(KEPT)
    answer = kept.answer
    failures = draft.faults(context.words, kept, {})
    if isinstance(answer, GeodataError):
        failures["name"] = context.words.error(answer)
    if isinstance(answer, Conflict):
        failures["name"] = context.words("plan_places.conflict")
    return {
        "kept": kept,
        "kept_faults": failures,
        "saved": answer if isinstance(answer, Saved) else None,
        "rows": rows(context, shown),
        "with_compared": len(shown),
    }


# --- the map ---------------------------------------------------------------------------------


def _picks(asking: Asking) -> bool:
    return asking.choices.demand is DemandKind.OWN and bool(
        asking.context.state.choices.get("pick")
    )


def _take_picked(context: Context, choices: Choices) -> None:
    """Put a point where the map was clicked, if one was waited for."""
    at = picked_point()
    if choices.demand is not DemandKind.OWN or at is None:
        return
    state.write(parts.with_choices(context, choices.with_point(*at)))
    # Everything on the page, the row on top too, is to lead on from the new address.
    st.rerun()
