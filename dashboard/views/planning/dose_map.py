"""Hot spots on the planner's map: a mark for each, and of one its circle with its visits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import shapely
from shapely import Point

from dashboard.address import ToolName
from dashboard.context import Context
from dashboard.map.features import Query, hot_spot_features
from dashboard.pane import Feature, OnMap
from dashboard.views.planning import dose_words as said
from dashboard.views.planning.dose_lists import chosen_visits
from geodata.planner.doses import SpotDose, bounds_around
from geodata.service.following import following

OF_HOT_SPOTS: Final[frozenset[ToolName]] = frozenset({"dose", "balance", "loop", "schedule"})
"""Tools that begin with hot spots; `places` draws them itself, by weight."""

POINTS_AT_MOST: Final = 300
"""The newest of the list's visits: more in one circle can't be told apart."""


def with_hot_spots(context: Context, drawn: OnMap) -> OnMap:
    """Return what a tool draws, with a mark for each hot spot where the tool begins with them."""
    chosen = context.state
    if chosen.tool not in OF_HOT_SPOTS or drawn.features or "hot_spots" in chosen.hidden:
        return drawn
    asked = {"lang": chosen.language, "as_of": context.as_of.day.isoformat()}
    if chosen.promise:
        asked["promise"] = chosen.promise
    marks = hot_spot_features(context.service, Query("hot_spots", asked, context.service.catalogue))
    return replace(drawn, features=tuple(_as_mark(mark) for mark in marks))


def _as_mark(feature: Feature) -> Feature:
    properties: Any = feature["properties"]
    return {**feature, "properties": {**properties, "role": "spot"}}


def of_spot(context: Context, one: SpotDose) -> OnMap:
    """Return a hot spot's circle and those of its visits that the open list holds."""
    spot = one.hot_spot
    ring: Feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": (spot.place.x, spot.place.y)},
        "properties": {"role": "ring", "radius_m": spot.radius_m},
    }
    return OnMap(
        features=(*_visits(context, one), ring),
        token=f"dose/{spot.id}",
        bounds=bounds_around(spot),
    )


def _visits(context: Context, one: SpotDose) -> list[Feature]:
    w = context.words
    shown = chosen_visits(one.dose, context.state.choices.get("show", ""))[:POINTS_AT_MOST]
    ids = list(dict.fromkeys(visit.activity_id for visit in shown))
    places = {a.id: a.place for a in following(context.service).records(ids)}
    found: list[Feature] = []
    for visit in shown:
        place = places.get(visit.activity_id)
        if place is None:
            continue
        is_point = isinstance(place, Point)
        properties = {
            "role": "reached" if is_point else "way",
            "weight": 0.01,
            "alternative": True,
            "title": said.visit_time(w, visit),
            "lines": (said.visit_minutes(w, visit), said.visit_source(w, visit)),
        }
        geometry = shapely.geometry.mapping(place)
        found.append({"type": "Feature", "geometry": geometry, "properties": properties})
    return found
