"""The layers' GeoJSON features: values from the service, worded and coloured for the map."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

import shapely

from dashboard.look import STATE_TOKENS
from geodata import model
from geodata.errors import LayerRequestError
from geodata.palette import FINDING_COLOURS, LAYER_COLOURS, STATE_ICONS
from geodata.service import AreaAttention, Scope, Service
from geodata.service.areas import towns
from geodata.service.duties import late_by_area
from geodata.service.selection import NAMES, Selection
from geodata.texts import Words, words

# v is the register's version: it changes the address, and so the map asks anew.
_COMMON: Final = {"lang", "promise", "as_of", "v"}
_ALLOWED: Final[Mapping[str, set[str]]] = {
    "ground": _COMMON,
    "references": {"shown", "v"},
    "areas": _COMMON | {"commitment", "signs"},
    "activities": _COMMON | {"area", "commitment", "bbox", "zoom", *NAMES},
    "walks": _COMMON | {"area", "commitment"},
    "findings": _COMMON | {"area", "commitment"},
    "places": _COMMON,
    "hot_spots": _COMMON,
}


class Query:
    """A layer request's parameters; LayerRequestError for what is unknown or makes no sense."""

    def __init__(self, name: str, given: Mapping[str, str], catalogue: model.Catalogue) -> None:
        unknown = sorted(given.keys() - _ALLOWED[name])
        if unknown:
            raise LayerRequestError(
                "layer.unknown_parameter",
                name=unknown[0],
                expected=", ".join(sorted(_ALLOWED[name])),
            )
        self.language = _language(given.get("lang"))
        self.promise = _known("promise", given.get("promise"), catalogue.promise_by_id)
        self.as_of = _day(given.get("as_of"))
        self.area = _known("area", given.get("area"), catalogue.area_by_id)
        known = {layer.id: layer for layer in catalogue.layers}
        shown = filter(None, given.get("shown", "").split("."))
        self.shown = tuple(filter(None, (_known("shown", id_, known) for id_ in shown)))
        self.commitment = _known("commitment", given.get("commitment"), catalogue.commitment_by_id)
        self.has_signs = _signs(given.get("signs"))
        self.selected = {name: given[name] for name in NAMES if name in given}
        if name == "activities":
            self.bbox = _bbox(given.get("bbox", ""))
            self.zoom = _zoom(given.get("zoom", ""))


def _language(value: str | None) -> model.Language:
    for language in model.LANGUAGES:
        if value in (language, None):
            return language
    raise LayerRequestError("layer.parameter", name="lang", expected=", ".join(model.LANGUAGES))


def _known(name: str, value: str | None, known: Mapping[str, object]) -> str | None:
    if value is not None and value not in known:
        raise LayerRequestError("layer.parameter", name=name, expected=", ".join(known))
    return value


def _day(value: str | None) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise LayerRequestError("layer.parameter", name="as_of", expected="2018-06-30") from error


def _signs(value: str | None) -> bool:
    """Return whether the areas show how they stand."""
    if value not in (None, "none"):
        raise LayerRequestError("layer.parameter", name="signs", expected="none")
    return value is None


def _bbox(value: str) -> tuple[float, float, float, float]:
    expected = "west,south,east,north"
    try:
        west, south, east, north = (float(part) for part in value.split(","))
    except ValueError as error:
        raise LayerRequestError("layer.parameter", name="bbox", expected=expected) from error
    finite = all(math.isfinite(v) for v in (west, south, east, north))
    if not finite or west > east or south > north or abs(south) > 90 or abs(north) > 90:
        raise LayerRequestError("layer.parameter", name="bbox", expected=expected)
    return max(west, -180.0), south, min(east, 180.0), north


def _zoom(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= 2 and int(value) <= 20):
        raise LayerRequestError("layer.parameter", name="zoom", expected="0-20")
    return int(value)


Feature = dict[str, Any]

COORDINATE_DECIMALS: Final = 6
"""About 0.1 m, finer than anything recorded."""


def _geometry(shape: shapely.Geometry) -> Feature:
    rounded = shapely.transform(shape, lambda xy: xy.round(COORDINATE_DECIMALS))
    found: Feature = json.loads(shapely.to_geojson(rounded))
    return found


def _feature(geometry: Feature, **properties: object) -> Feature:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _point(lon: float, lat: float) -> Feature:
    at = [round(lon, COORDINATE_DECIMALS), round(lat, COORDINATE_DECIMALS)]
    return {"type": "Point", "coordinates": at}


def _area_ids(service: Service, query: Query) -> tuple[str, ...]:
    if query.area:
        return (query.area,)
    return tuple(a.id for a in service.areas(_scope(service, query).promises))


def _scope(service: Service, query: Query) -> Scope:
    return service.scope(query.promise, query.as_of)


def area_features(service: Service, query: Query) -> list[Feature]:
    """Return the areas' outlines with their state: as a whole, or for one commitment."""
    scope = _scope(service, query)
    as_of = scope.as_of.day
    w = words(query.language)
    rows = service.attention(scope.promises, as_of)
    # An area's colour is its worst commitment's; the words say so where it is not all of them.
    told: dict[str, tuple[model.State | None, str]] = {
        row.area_id: (None if row.is_history else row.worst, _area_sentence(row, w)) for row in rows
    }
    if not query.has_signs:
        told = dict.fromkeys(told, (None, ""))
    elif query.commitment:
        found = service.progress(as_of)[query.commitment]
        told = dict.fromkeys(told, (None, "")) | {
            id_: _share_or_state(part, found.overall, w)
            for id_, part in found.by_area.items()
            if id_ in told
        }
    by_id, late = service.catalogue.area_by_id, late_by_area(service, as_of)
    lines = {id_: [w("duties.late_count", count=late[id_])] if late[id_] else [] for id_ in told}
    return [
        _area_feature(by_id[id_], state, sentence, order, lines[id_])
        for order, (id_, (state, sentence)) in enumerate(told.items())
    ]


def _share_or_state(
    part: model.Progress, overall: model.Progress, w: Words
) -> tuple[model.State | None, str]:
    # Of what is promised for all areas together an area has a share, and no state of its own.
    if part.target is None and overall.target is not None:
        key = "amount.here" if part.delivered else "amount.none_here"
        return None, w(key, count=part.delivered)
    return part.state, w(f"state.{part.state}")


def _area_sentence(row: AreaAttention, w: Words) -> str:
    if row.is_history:
        return w("areas.history")
    count = row.states[row.worst]
    calls = row.worst in (model.State.NOT_FULFILLED, model.State.BEHIND, model.State.NO_RECORDS)
    if calls and count < sum(row.states.values()):
        return w(f"areas.state.{row.worst}", count=count)
    return w(f"state.{row.worst}")


def _area_feature(
    area: model.Area, state: model.State | None, sentence: str, order: int, lines: list[str]
) -> Feature:
    colours = STATE_TOKENS[state or model.State.NOT_STARTED]
    return _feature(
        _geometry(area.outline),
        layer="area",
        id=area.id,
        title=area.name,
        state=sentence,
        lines=lines,
        fill=colours.fill,
        stroke=colours.stroke,
        icon=STATE_ICONS[state] if state else "",
        iconColour=colours.sign,
        dashed=state in (model.State.NO_RECORDS, model.State.NOT_STARTED),
        nominal=area.outline_method == "nominal",
        order=order,
    )


def _areas_asked(service: Service, query: Query) -> tuple[str, ...] | None:
    return (query.area,) if query.area else _promise_areas(service, query)


def activity_features(service: Service, query: Query) -> list[Feature]:
    """Return the activities in view: a point each, or counts where there are too many."""
    w = words(query.language)
    wanted = model.ActivityFilter(
        area_ids=None if "near" in query.selected else _areas_asked(service, query),
        commitment_id=query.commitment,
        # What is selected has days of its own, or all.
        last_day=None if query.selected else _scope(service, query).as_of.day,
    )
    wanted = Selection.read(query.selected, service).narrow(service, wanted)
    found = service.activities_in_view(query.bbox, query.zoom, wanted)
    squares = [
        _feature(_point((b.west + b.east) / 2, (b.south + b.north) / 2), layer="bin", count=b.count)
        for b in found.bins
    ]
    kinds = service.catalogue.vocabulary.activity_kinds
    points = [
        _feature(
            _point(p.lon, p.lat),
            layer="activity",
            id=p.id,
            title=model.name_of(kinds, p.kind).to(query.language),
            lines=[w.record_day(p.day, p.start, p.precision)],
        )
        for p in found.points
    ]
    return squares + points


def _promise_areas(service: Service, query: Query) -> tuple[str, ...] | None:
    # Without a chosen promise records outside every area are shown as well.
    return None if query.promise is None else _area_ids(service, query)


def walk_features(service: Service, query: Query) -> list[Feature]:
    """Return the walks' routes; one that is not known to have been held says so."""
    w = words(query.language)
    as_of = _scope(service, query).as_of.day
    return [
        _feature(
            _geometry(walk.route),
            layer="walk",
            id=walk.id,
            title=w(f"walk.{walk.status}"),
            lines=[
                service.catalogue.area_by_id[walk.area_id].name,
                w.when(walk.start, walk.precision),
            ],
            held=walk.status is model.WalkStatus.HELD,
        )
        for walk in service.walks(_area_ids(service, query))
        if walk.route is not None
        and (walk.status is not model.WalkStatus.HELD or walk.day <= as_of)
        and (query.commitment is None or query.commitment in walk.commitments)
    ]


def finding_features(service: Service, query: Query) -> list[Feature]:
    """Return the findings that were made by the day told about, coloured by status."""
    w = words(query.language)
    as_of = _scope(service, query).as_of.day
    categories = service.catalogue.vocabulary.finding_categories
    features = []
    areas = _area_ids(service, query)
    walks = {
        walk.id for walk in service.walks(areas) if query.commitment in (None, *walk.commitments)
    }
    for finding in service.findings(areas):
        if finding.place is None or finding.day > as_of:
            continue
        if query.commitment and finding.walk_id not in walks:
            continue
        status, late = finding.status_on(as_of), finding.late_on(as_of)
        told = [w("decision.late", day=w.day(finding.due))] if late and finding.due else []
        features.append(
            _feature(
                _point(finding.place.x, finding.place.y),
                layer="finding",
                id=finding.id,
                walk=finding.walk_id,
                area=finding.area_id,
                title=model.name_of(categories, finding.category).to(query.language),
                lines=[finding.text, w(f"finding.{status}"), *told],
                status=status,
                late=late,
                colour=FINDING_COLOURS[status],
            )
        )
    return features


def hot_spot_features(service: Service, query: Query) -> list[Feature]:
    """Return the hot spots of the day told about, as circles."""
    w = words(query.language)
    as_of = _scope(service, query).as_of.day
    areas = _promise_areas(service, query)
    return [
        _feature(
            _point(spot.place.x, spot.place.y),
            layer="hot_spot",
            id=spot.id,
            area=spot.area_id,
            title=spot.name,
            lines=[w("hot_spot.one"), *([spot.reason] if spot.reason else [])],
            radius=spot.radius_m,
        )
        for spot in service.hot_spots()
        if spot.valid_on(as_of) and (areas is None or spot.area_id in areas)
    ]


def place_features(service: Service, query: Query) -> list[Feature]:
    """Return the known places near the promises' areas."""
    wanted = set(_area_ids(service, query))
    return [
        _feature(_point(place.lon, place.lat), layer="place", title=place.name)
        for place in service.catalogue.places
        if place.nearest_area in wanted
    ]


def ground_features(service: Service, query: Query) -> list[Feature]:
    """Return the built-up towns of the promises' municipalities, each with a point for its name."""
    shown = set(_area_ids(service, query))
    wanted = {area.municipality for area in service.catalogue.areas if area.id in shown}
    found = [town for town in towns() if town.municipality in wanted]
    names = [
        _feature(_geometry(town.outline.representative_point()), layer="town", title=town.name)
        for town in found
    ]
    return [*(_feature(_geometry(town.outline), layer="ground") for town in found), *names]


def reference_features(service: Service, query: Query) -> list[Feature]:
    """Return the shapes of reference layers: to be looked at, in the layer's own colour."""
    return [
        _feature(_geometry(shape), layer="reference", colour=LAYER_COLOURS[layer.colour])
        for layer in service.catalogue.layers
        if layer.id in query.shown
        for _, shape in layer.shapes
    ]


LAYERS: Final[Mapping[str, Callable[[Service, Query], list[Feature]]]] = {
    "ground": ground_features,
    "references": reference_features,
    "areas": area_features,
    "activities": activity_features,
    "walks": walk_features,
    "findings": finding_features,
    "places": place_features,
    "hot_spots": hot_spot_features,
}
"""Each layer's name and what makes its features."""
