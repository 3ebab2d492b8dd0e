"""Planera, places: with so many patrols or walks, where most of what needs a visit is reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from operator import attrgetter
from typing import Any, Final

import streamlit as st

from dashboard import progress, state
from dashboard.context import Context
from dashboard.forms import draft, versions
from dashboard.pane import Feature, OnMap
from dashboard.planner.places import parts
from dashboard.planner.places.parts import HIDDEN, at, name_shown
from dashboard.planner.tools import around, picked_point, point, show_panel, within
from dashboard.state import FormState, Sent
from geodata.errors import GeodataError
from geodata.model import Period
from geodata.planner.places import ask
from geodata.planner.places.keep import Alternative, alternative, alternatives, keep_places
from geodata.planner.places.solve import MOST, PlacesAnswer, Spot
from geodata.planner.plans import read_number
from geodata.service.recording import Conflict, Refused, Saved
from geodata.service.streets import told_source
from geodata.texts import alphabetical

ASKED: Final = "places/ask"
KEPT: Final = "places/kept"
"""The two forms: what is asked for, and keeping what came out."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked for in a run, and what is known of it."""

    context: Context
    choices: ask.Choices
    found: ask.Offer
    period: Period | None

    @property
    def within(self) -> frozenset[str] | None:
        """Ids of the areas that it is limited to, None for none."""
        return within(self.context)

    @property
    def can_be_answered(self) -> bool:
        """Whether there is anything to reach, and anywhere to stand."""
        return bool(self.found.sites) and any(d.weight > 0 for d in self.found.demands)


def submitted(
    context: Context, asking: Asking | None, answer: PlacesAnswer | None, sent: Sent
) -> None:
    """Do what a button says: count anew, keep, withdraw, take back."""
    if sent.button in ("void", "restore"):
        _acted(context, sent)
    elif sent.button == "keep" and asking is not None and answer is not None:
        _keep(asking, answer, sent)
    elif asking is not None:
        _ask(asking, sent)


def _acted(context: Context, sent: Sent) -> None:
    done = versions.submitted(context, sent)
    state.keep_form(KEPT, replace(state.form(KEPT), answer=done))


def _ask(asking: Asking, sent: Sent) -> None:
    chosen, faults = _read(asking, sent.values)
    if faults:
        state.keep_form(ASKED, FormState(answer=faults, refused=sent.values))
        return
    state.drop_form(ASKED)
    # What was done with the answer before is no news any more.
    state.keep_form(KEPT, replace(state.form(KEPT), answer=None))
    state.write(parts.with_choices(asking.context, chosen))


def _read(
    asking: Asking, values: Mapping[str, str | tuple[str, ...]]
) -> tuple[ask.Choices, dict[str, str]]:
    """Return what the form asks for, and what has to be put right in it."""
    w, faults = asking.context.words, dict[str, str]()

    def number(name: str, least: float, most: float) -> float:
        found = read_number(str(values.get(name, "")), least, most)
        if found is None:
            faults[name] = w("plan_places.fault", least=w.number(least), most=w.number(most))
        return least if found is None else found

    k = number("k", 1, MOST)
    if k != int(k):
        faults["k"] = w("plan_places.fault", least=w.number(1), most=w.number(MOST))
    areas = values.get("areas", ())
    before = asking.choices
    typed = {
        one.spot: number(f"w_{one.spot.key}", 0, ask.HEAVIEST)
        for one in asking.found.demands
        if f"w_{one.spot.key}" in values
    }
    weights = {
        spot.key: weight
        for spot, weight in typed.items()
        # A hot spot's own weight needs no word in the address.
        if spot.kind == "hot_spot" and asking.context.service.hot_spot(spot.id).weight != weight
    }
    points = (
        ask.OwnPoint(spot.lon, spot.lat, weight)
        for spot, weight in typed.items()
        if spot.kind == "point"
    )
    given = {
        "demand": str(values.get("demand", "")),
        "sites": str(values.get("sites", "")),
        "period": str(values.get("period", "")),
    }
    read = ask.read_choices(given)
    return (
        replace(
            before,
            k=int(k),
            minutes=number("reach", *ask.REACH_LIMITS_MIN),
            demand=read.demand,
            sites=read.sites,
            period=read.period,
            areas=areas if isinstance(areas, tuple) else (areas,) if areas else (),
            weights=tuple(sorted(weights.items())) if typed else before.weights,
            points=tuple(points) if typed else before.points,
        ),
        faults,
    )


def _keep(asking: Asking, answer: PlacesAnswer, sent: Sent) -> None:
    context = asking.context
    keep = partial(
        keep_places,
        context.service,
        asking.choices,
        answer,
        about_day=context.as_of.day,
        within=asking.within,
    )
    saved = draft.save(KEPT, sent, keep)
    if saved is not None:
        state.keep_form(KEPT, replace(state.form(KEPT), answer=saved))


LETTERS: Final = ("A", "B", "C")
"""What compared alternatives are called in the table and on the map; no more are compared."""

NO_BREAK: Final = "\N{NO-BREAK SPACE}"


def compared(context: Context) -> tuple[Alternative, ...]:
    """Return the alternatives that the address compares, those that can be read."""
    wanted = dict.fromkeys(context.state.choices.get("compare", "").split(","))
    found = (alternative(context.service, id_) for id_ in wanted if id_)
    return tuple(one for one in found if one is not None and not one.void)[: len(LETTERS)]


def count_alike(shown: Sequence[Alternative]) -> bool:
    """Tell whether alternatives count the same: else their shares can't be put side by side."""
    choices = (f"choices.{name}" for name in ("demand", "weights", "points", "period"))
    asked = attrgetter(*choices, "about_day", "within", "total")
    return len(set(map(asked, shown))) <= 1


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


def show(context: Context) -> OnMap:
    """Show the tool, and return what the map draws."""
    choices = ask.read_choices(context.state.choices)
    _take_picked(context, choices)
    if context.moved_by is not None:
        # Who has gone on no longer needs to be told what was saved before.
        state.keep_form(KEPT, replace(state.form(KEPT), answer=None))
    shown = compared(context)
    if shown:
        show_panel(
            context,
            "places/compare.html",
            "places/compare",
            on_submit=partial(submitted, context, None, None),
            **_kept_values(context, shown),
            source=lambda kept: told_source(kept.source, context.words),
            count_alike=count_alike(shown),
        )
        return on_map(context, shown)
    asking = _asking(context, choices)
    # The question stands above its progress, and is there while it is worked on.
    top = st.container()
    answer, failure = None, ""
    if asking.can_be_answered:
        question = partial(ask.ask_places, context.service, choices, asking.found)
        answer, failure = progress.attempt(context, question, "places")
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


def _asking(context: Context, choices: ask.Choices) -> Asking:
    day, period = context.as_of.day, None
    lacking: Mapping[str, float | None] = {}
    if choices.demand is ask.DemandKind.SHORTFALL:
        period, lacking = ask.shortfalls(context.service, choices, context.promises, day)
    found = ask.offer(context.service, choices, day, within(context), lacking)
    return Asking(context, choices, found, period)


# --- the panel -------------------------------------------------------------------------------


def _panel(asking: Asking, answer: PlacesAnswer | None, failure: str) -> None:
    context, choices = asking.context, asking.choices
    asked, kept = state.form(ASKED), state.form(KEPT)
    faults = asked.answer if isinstance(asked.answer, Mapping) else {}
    refused = isinstance(kept.answer, Refused | Conflict | GeodataError)
    show_panel(
        context,
        "places/page.html",
        "places",
        attempt=f"{asked.answers}/{kept.answers}" if faults or refused else "",
        on_submit=partial(submitted, context, asking, answer),
        **_kept_values(context, ()),
        **_asked_values(asking, faults),
        **(_answer_values(asking, answer) if answer else {"answer": None}),
        failure=failure,
        # Its progress is shown below: the question stands alone above it.
        working=answer is None and asking.can_be_answered and not failure,
        empty=_empty(asking),
        sites=_in_order(context, choices, asking.found.sites),
        numbers={one.site.key: n for n, one in enumerate(answer.taken, 1)} if answer else {},
        **_worded(context, choices),
    )


def _worded(context: Context, choices: ask.Choices) -> dict[str, Any]:
    """Return how the template says what a spot is, and asks for other choices."""
    kinds = parts.kinds_of_places(context)
    return {
        "about": lambda spot: parts.about(context, spot, kinds),
        "to": partial(parts.with_choices, context),
        "walk": lambda metres: context.words.duration(parts.minutes(metres)),
        "wish": partial(_wish, choices),
    }


def _wish(choices: ask.Choices, key: str) -> str:
    return "must" if key in choices.required else "never" if key in choices.excluded else ""


def _in_order(context: Context, choices: ask.Choices, sites: Sequence[Spot]) -> list[Spot]:
    """Return every candidate, those with a wish first."""
    kinds = parts.kinds_of_places(context)

    def order(site: Spot) -> tuple[bool, Any, str]:
        name = alphabetical(parts.name_shown(context, site))
        return not _wish(choices, site.key), name, parts.about(context, site, kinds)

    return sorted(sites, key=order)


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
        if choices.demand is ask.DemandKind.OWN
    ]
    for name, _, _, weight in own:
        v[name] = f"{weight:g}".replace(".", "," if context.state.language == "sv" else ".")
    if faults:
        v |= state.form(ASKED).refused
    shown = context.service.areas(context.promises)
    return {
        "v": v,
        "faults": faults,
        "own": own,
        "demand_kinds": [kind.value for kind in ask.DemandKind],
        "site_kinds": [kind.value for kind in ask.SiteKind],
        "areas": [a for a in shown if asking.within is None or a.id in asking.within],
        "choices": choices,
        "found": asking.found,
        "period": asking.period,
        "most": MOST,
        "speed": context.words.number(ask.WALK_M_PER_MIN * 60 / 1000, 1),
        "picks": _picks(asking),
        "points_most": ask.POINTS_MOST,
    }


def _answer_values(asking: Asking, answer: PlacesAnswer) -> dict[str, Any]:
    context, choices = asking.context, asking.choices
    return {
        "answer": answer,
        "curve": parts.rising(answer.curve, choices.k),
        "source": told_source(answer.source, context.words),
        "new_id": draft.new_id(KEPT),
    }


def _empty(asking: Asking) -> str:
    """Return the key of why nothing can be asked; empty where something can."""
    if asking.can_be_answered:
        return ""
    if not asking.found.demands:
        return "findings" if asking.choices.demand is ask.DemandKind.FINDINGS else "hot_spots"
    return "nothing" if asking.found.sites else "sites"


def _kept_values(context: Context, shown: Sequence[Alternative]) -> dict[str, Any]:
    kept = state.form(KEPT)
    answer = kept.answer
    failures = draft.faults(context.words, kept, kept.refused)
    if isinstance(answer, GeodataError):
        failures["name"] = context.words.error(answer)
    if isinstance(answer, Conflict):
        failures["name"] = context.words("plan_places.conflict")
    return {
        "kept": kept,
        "kept_faults": failures,
        "saved": answer if isinstance(answer, Saved) else None,
        "alternatives": alternatives(context.service),
        "newest": partial(context.service.newest_number, "plan"),
        "opens": lambda one: context.state.asking(**ask.asked_of(one.choices), compare=None),
        "compared": shown,
        "letters": LETTERS,
        "amount": partial(parts.amount, context),
        "name": partial(parts.name_shown, context),
    }


# --- the map ---------------------------------------------------------------------------------


def _picks(asking: Asking) -> bool:
    return asking.choices.demand is ask.DemandKind.OWN and bool(
        asking.context.state.choices.get("pick")
    )


def _take_picked(context: Context, choices: ask.Choices) -> None:
    """Put a point where the map was clicked, if one was waited for."""
    at = picked_point()
    if choices.demand is not ask.DemandKind.OWN or at is None:
        return
    state.write(parts.with_choices(context, choices.with_point(*at)))
    # Everything on the page, the row on top too, is to lead on from the new address.
    st.rerun()
