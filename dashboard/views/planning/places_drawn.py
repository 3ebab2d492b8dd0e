"""What the places tool draws on the map."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from dashboard.context import Context
from dashboard.map.layers import Bounds, Picking
from dashboard.map.safe import Json
from dashboard.pane import Feature, OnMap
from dashboard.views.planning.places_parts import amount, minutes, name_shown
from geodata.planner.places.ask import Choices
from geodata.planner.places.solve import Demand, PlacesAnswer, Spot

HIDDEN: Final = ("activities", "walks", "findings")
"""Layers that would lie over what is shown here."""

MARGIN_DEG: Final = 0.003
"""Round a single place, some two hundred metres, so that the map does not go all the way in."""


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


def point(
    spot: Spot, role: str, *, title: str = "", lines: Iterable[str] = (), **more: Json
) -> Feature:
    """Return a feature at a spot."""
    told: dict[str, Json] = {"title": title, "lines": list(lines)} if title else {}
    own = {name: value for name, value in more.items() if value is not False}
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [spot.lon, spot.lat]},
        "properties": {"role": role, **told, **own},
    }


def at(spot: Spot) -> tuple[float, float]:
    """Return longitude and latitude."""
    return spot.lon, spot.lat


def around(positions: Iterable[tuple[float, float]]) -> Bounds | None:
    """Return what holds positions with a margin; None where there are none."""
    found = list(positions)
    if not found:
        return None
    lons, lats = zip(*found, strict=True)
    return (
        min(lons) - MARGIN_DEG,
        min(lats) - MARGIN_DEG,
        max(lons) + MARGIN_DEG,
        max(lats) + MARGIN_DEG,
    )


def _taken(
    context: Context, choices: Choices, answer: PlacesAnswer, *, rings: bool
) -> list[Feature]:
    w = context.words
    drawn: list[Feature] = []
    detour = answer.source.detour or 1.0
    for number, taken in enumerate(answer.taken, start=1):
        if rings:
            drawn.append(point(taken.site, "ring", radius_m=choices.reach_m / detour))
        drawn.append(
            point(
                taken.site,
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
            one.demand.spot,
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
            demand.spot,
            "missed",
            title=name_shown(context, demand.spot),
            lines=[w("plan_places.weighs", amount=amount(context, demand.weight))],
            weight=demand.weight / heaviest,
        )
        for demand in demands
    ]
