"""What the places tool's panel shows, made of its question and answer; nothing here is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.map.canvas import Picking
from dashboard.pane import Feature, OnMap
from dashboard.planner.tools import around, point
from geodata.model import name_of
from geodata.planner.places.ask import WALK_M_PER_MIN, Choices, asked_of
from geodata.planner.places.solve import CurvePoint, Demand, PlacesAnswer, Spot
from geodata.planner.plans import place_key

WHOLE_FROM: Final = 20.0
"""A weight is told without decimals from here."""


def with_choices(context: Context, choices: Choices) -> ViewState:
    """Return the state that asks for choices, with nothing compared."""
    return context.state.asking(**asked_of(choices), compare=None)


def name_shown(context: Context, spot: Spot) -> str:
    """Return what a spot is called on the screen."""
    if spot.kind == "point":
        return context.words("plan_places.point", number=spot.name)
    return spot.name


def about(context: Context, spot: Spot, kinds: Mapping[str, str]) -> str:
    """Return what a spot is and where."""
    known = context.service.catalogue.area_by_id
    what = kinds.get(spot.key) or context.words(f"plan_places.kind.{spot.kind}")
    area = known[spot.area_id].name if spot.area_id and spot.area_id in known else ""
    return " · ".join(part for part in (what, area) if part)


def kinds_of_places(context: Context) -> dict[str, str]:
    """Return the known places' kinds in words, by key."""
    catalogue, language = context.service.catalogue, context.state.language
    return {
        place_key(place.lon, place.lat): name_of(catalogue.vocabulary.place_kinds, place.kind).to(
            language
        )
        for place in catalogue.places
    }


def minutes(metres: float) -> float:
    """Return how long one walks."""
    return metres / WALK_M_PER_MIN


def amount(context: Context, value: float) -> str:
    """Return a weight in few digits: a decimal only where it is small and has one."""
    is_whole = value >= WHOLE_FROM or abs(value - round(value)) < 0.05
    return context.words.number(value, 0 if is_whole else 1)


def rising(curve: Sequence[CurvePoint], k: int) -> Sequence[CurvePoint]:
    """Return the curve with little of what is as high as can be: more places add nothing there."""
    highest = max((point.covered for point in curve), default=0.0)
    enough = next((point.k for point in curve if point.covered == highest), k)
    last = max(enough, k) + 2
    return [point for point in curve if point.k <= last]


HIDDEN: Final = ("activities", "walks", "findings")
"""Layers that would lie over what is shown here."""


def on_map(
    context: Context,
    choices: Choices,
    demands: Sequence[Demand],
    answer: PlacesAnswer | None,
    *,
    rings: bool,
    picks: bool,
) -> OnMap:
    """Return the chosen places, and what is and isn't within reach of them."""
    weighed = [demand for demand in demands if demand.weight > 0]
    heaviest = max((demand.weight for demand in weighed), default=1.0)
    drawn: list[Feature] = []
    if answer is None:
        drawn += _missed(context, weighed, heaviest)
    else:
        drawn += _reached(context, answer, heaviest)
        drawn += _missed(context, [one.demand for one in answer.missed], heaviest)
        drawn += _taken(context, choices, answer, rings=rings)
    told = [at(demand.spot) for demand in weighed]
    told += [at(one.site) for one in answer.taken] if answer else []
    area, promise = context.state.area or "", context.state.promise or ""
    return OnMap(
        features=tuple(drawn),
        # The view stays while only the number of places changes.
        token=f"places/{choices.demand}/{area}/{promise}" if told else "",
        bounds=around(told),
        picking=Picking("point") if picks else None,
        hidden=HIDDEN,
    )


def at(spot: Spot) -> tuple[float, float]:
    """Return longitude and latitude."""
    return spot.lon, spot.lat


def _taken(
    context: Context, choices: Choices, answer: PlacesAnswer, *, rings: bool
) -> list[Feature]:
    w = context.words
    drawn: list[Feature] = []
    detour = answer.source.detour or 1.0
    for number, taken in enumerate(answer.taken, start=1):
        if rings:
            drawn.append(point(at(taken.site), "ring", radius_m=choices.reach_m / detour))
        drawn.append(
            point(
                at(taken.site),
                "site",
                title=f"{number}. {name_shown(context, taken.site)}",
                lines=[w("plan_places.adds", amount=amount(context, taken.added))],
                label=str(number),
                required=taken.required,
            )
        )
    return drawn


def _reached(context: Context, answer: PlacesAnswer, heaviest: float) -> list[Feature]:
    w = context.words
    return [
        point(
            at(one.demand.spot),
            "reached",
            title=name_shown(context, one.demand.spot),
            lines=[
                w(
                    "plan_places.reached_from",
                    number=one.place + 1,
                    minutes=w.number(minutes(one.metres), 0),
                )
            ],
            weight=one.demand.weight / heaviest,
        )
        for one in answer.reached
    ]


def _missed(context: Context, demands: Sequence[Demand], heaviest: float) -> list[Feature]:
    w = context.words
    return [
        point(
            at(demand.spot),
            "missed",
            title=name_shown(context, demand.spot),
            lines=[w("plan_places.weighs", amount=amount(context, demand.weight))],
            weight=demand.weight / heaviest,
        )
        for demand in demands
    ]
