"""What the places tool's forms send: the question anew, an answer to be kept, one withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from dashboard import state
from dashboard.context import Context
from dashboard.forms import versions
from dashboard.planner.period import within
from dashboard.planner.places import parts
from dashboard.state import FormState, Sent
from geodata.errors import GeodataError
from geodata.model import Period
from geodata.planner.choices import read_number
from geodata.planner.places.ask import (
    HEAVIEST,
    REACH_LIMITS_MIN,
    Choices,
    Offer,
    OwnPoint,
    read_choices,
)
from geodata.planner.places.keep import keep_places
from geodata.planner.places.solve import MOST, PlacesAnswer
from geodata.service.recording import Saved

ASKED: Final = "places/ask"
KEPT: Final = "places/kept"
"""The two forms: what is asked for, and keeping what came out."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked for in a run, and what is known of it."""

    context: Context
    choices: Choices
    found: Offer
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
) -> tuple[Choices, dict[str, str]]:
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
        one.spot: number(f"w_{one.spot.key}", 0, HEAVIEST)
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
        OwnPoint(spot.lon, spot.lat, weight)
        for spot, weight in typed.items()
        if spot.kind == "point"
    )
    given = {
        "demand": str(values.get("demand", "")),
        "sites": str(values.get("sites", "")),
        "period": str(values.get("period", "")),
    }
    read = read_choices(given)
    return (
        replace(
            before,
            k=int(k),
            minutes=number("reach", *REACH_LIMITS_MIN),
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
    try:
        done: object = keep_places(
            context.service,
            asking.choices,
            answer,
            sent.values,
            about_day=context.as_of.day,
            within=asking.within,
        )
    except GeodataError as error:
        done = error
    if isinstance(done, Saved):
        state.drop_form(KEPT)
    state.keep_form(KEPT, replace(state.form(KEPT), answer=done))
