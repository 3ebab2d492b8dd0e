"""The layers' GeoJSON: read by the browser from this server, never put into a script."""

from __future__ import annotations

import gzip
import hashlib
import json
import math
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any, Final

import shapely
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dashboard import access
from dashboard.look import FINDING_COLOURS, INK, LIGHT_ICONS, STATE_COLOURS, STATE_ICONS
from geodata.errors import GeodataError, LayerRequestError
from geodata.model import (
    LANGUAGES,
    ActivityFilter,
    Area,
    Catalogue,
    FindingStatus,
    Language,
    Precision,
    State,
    WalkStatus,
)
from geodata.service import AreaAttention, Service
from geodata.texts import Words, words

Feature = dict[str, Any]

COORDINATE_DECIMALS: Final = 6
"""About 0.1 m, finer than anything recorded."""

ANSWERS_KEPT: Final = 128
"""Compressed answers kept in memory; each is at most a few hundred kilobytes."""

# v is the register's version: it changes the address, and so the map asks anew.
_COMMON: Final = {"lang", "promise", "as_of", "v"}
_ALLOWED: Final[Mapping[str, set[str]]] = {
    "areas": _COMMON | {"commitment"},
    "activities": _COMMON | {"area", "commitment", "bbox", "zoom"},
    "walks": _COMMON | {"area"},
    "findings": _COMMON | {"area"},
    "places": _COMMON,
}


# --- parameters ------------------------------------------------------------------------------


class Query:
    """A layer request's parameters, checked.

    Parameters
    ----------
    name : str
        The layer.
    given : mapping of str to str
        The request's parameters.
    catalogue : Catalogue
        What ids may be named.

    Raises
    ------
    LayerRequestError
        If a parameter is unknown or makes no sense.
    """

    def __init__(self, name: str, given: Mapping[str, str], catalogue: Catalogue) -> None:
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
        self.commitment = _known("commitment", given.get("commitment"), catalogue.commitment_by_id)
        if name == "activities":
            self.bbox = _bbox(given.get("bbox", ""))
            self.zoom = _zoom(given.get("zoom", ""))


def _language(value: str | None) -> Language:
    for language in LANGUAGES:
        if value in (language, None):
            return language
    raise LayerRequestError("layer.parameter", name="lang", expected=", ".join(LANGUAGES))


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


# --- features --------------------------------------------------------------------------------


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
    return tuple(a.id for a in service.areas(service.promises(query.promise)))


def area_features(service: Service, query: Query) -> list[Feature]:
    """Return the areas' outlines with their state: as a whole, or for one commitment."""
    promises = service.promises(query.promise)
    as_of = service.as_of(promises, query.as_of).day
    w = words(query.language)
    rows = service.attention(promises, as_of)
    # An area's colour is its worst commitment's; the words say so where it is not all of them.
    told: dict[str, tuple[State | None, str]] = {
        row.area_id: (row.worst, _area_sentence(row, w)) for row in rows
    }
    if query.commitment and (named := service.progress(as_of)[query.commitment].by_area):
        told = dict.fromkeys(told, (None, "")) | {
            id_: (part.state, w(f"state.{part.state}"))
            for id_, part in named.items()
            if id_ in told
        }
    by_id = service.catalogue.area_by_id
    return [
        _area_feature(by_id[id_], state, sentence, order)
        for order, (id_, (state, sentence)) in enumerate(told.items())
    ]


def _area_sentence(row: AreaAttention, w: Words) -> str:
    count = row.states[row.worst]
    calls = row.worst in (State.NOT_FULFILLED, State.BEHIND, State.NO_RECORDS)
    if calls and count < sum(row.states.values()):
        return w(f"areas.state.{row.worst}", count=count)
    return w(f"state.{row.worst}")


def _area_feature(area: Area, state: State | None, sentence: str, order: int) -> Feature:
    colours = STATE_COLOURS[state or State.NOT_STARTED]
    return _feature(
        _geometry(area.outline),
        layer="area",
        id=area.id,
        title=area.name,
        state=sentence,
        fill=colours.fill,
        stroke=colours.stroke,
        icon=STATE_ICONS[state] if state else "",
        iconColour="#ffffff" if state in LIGHT_ICONS else INK,
        nominal=area.outline_method == "nominal",
        order=order,
    )


def activity_features(service: Service, query: Query) -> list[Feature]:
    """Return the activities in view: a point each, or counts where there are too many."""
    w = words(query.language)
    promises = service.promises(query.promise)
    wanted = ActivityFilter(
        area_ids=(query.area,) if query.area else _promise_areas(service, query),
        commitment_id=query.commitment,
        last_day=service.as_of(promises, query.as_of).day,
    )
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
            title=kinds[p.kind].name.to(query.language) if p.kind in kinds else p.kind,
            lines=[_day_words(w, p.day, p.precision)],
        )
        for p in found.points
    ]
    return squares + points


def _promise_areas(service: Service, query: Query) -> tuple[str, ...] | None:
    # Without a chosen promise records outside every area are shown as well.
    return None if query.promise is None else _area_ids(service, query)


def _day_words(w: Words, day: date, precision: Precision) -> str:
    return w.day(day) if precision in (Precision.DAY, Precision.MINUTE) else w.month(day)


def walk_features(service: Service, query: Query) -> list[Feature]:
    """Return the walks' routes; one that is not known to have been held says so."""
    w = words(query.language)
    as_of = service.as_of(service.promises(query.promise), query.as_of).day
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
            held=walk.status is WalkStatus.HELD,
        )
        for walk in service.walks(_area_ids(service, query))
        if walk.route is not None and (walk.status is not WalkStatus.HELD or walk.day <= as_of)
    ]


def finding_features(service: Service, query: Query) -> list[Feature]:
    """Return the findings that were made by the day told about, coloured by status."""
    w = words(query.language)
    as_of = service.as_of(service.promises(query.promise), query.as_of).day
    categories = service.catalogue.vocabulary.finding_categories
    features = []
    for finding in service.findings(_area_ids(service, query)):
        if finding.place is None or finding.day > as_of:
            continue
        status = finding.status if finding.status_day <= as_of else FindingStatus.OPEN
        features.append(
            _feature(
                _point(finding.place.x, finding.place.y),
                layer="finding",
                id=finding.id,
                walk=finding.walk_id,
                area=finding.area_id,
                title=categories[finding.category].name.to(query.language),
                lines=[finding.text, w(f"finding.{status}")],
                fill=FINDING_COLOURS[status],
            )
        )
    return features


def place_features(service: Service, query: Query) -> list[Feature]:
    """Return the known places near the promises' areas."""
    wanted = set(_area_ids(service, query))
    return [
        _feature(_point(place.lon, place.lat), layer="place", title=place.name)
        for place in service.catalogue.places
        if place.nearest_area in wanted
    ]


_LAYERS: Final[Mapping[str, Callable[[Service, Query], list[Feature]]]] = {
    "areas": area_features,
    "activities": activity_features,
    "walks": walk_features,
    "findings": finding_features,
    "places": place_features,
}


# --- answers ---------------------------------------------------------------------------------


def _compress(features: list[Feature]) -> bytes:
    collection = {"type": "FeatureCollection", "features": features}
    body = json.dumps(collection, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return gzip.compress(body.encode(), compresslevel=5, mtime=0)


def layer_routes(service: Callable[[], Service]) -> list[Route]:
    """Return the layers' routes and the health route.

    Parameters
    ----------
    service : callable
        Gives the process's service; asked at each request.

    Returns
    -------
    list of starlette Route
        ``/layers/<name>`` and ``/healthz``.
    """

    @lru_cache(maxsize=ANSWERS_KEPT)
    def answer(name: str, parameters: tuple[tuple[str, str], ...], version: str) -> bytes:  # noqa: ARG001
        asked = service()
        return _compress(_LAYERS[name](asked, Query(name, dict(parameters), asked.catalogue)))

    def layer(request: Request) -> Response:
        if not access.may_read(request.headers, service().settings):
            return Response(status_code=403)
        name = request.path_params["name"]
        if name not in _LAYERS:
            return Response(status_code=404)
        parameters = tuple(sorted(request.query_params.multi_items()))
        try:
            # Dated, since what is shown without a date depends on the day.
            version = f"{service().version()}-{service().today().isoformat()}"
            etag = (
                f'"{hashlib.sha256(repr((name, parameters, version)).encode()).hexdigest()[:24]}"'
            )
            Query(name, dict(parameters), service().catalogue)
            headers = {
                "ETag": etag,
                "Cache-Control": "private, no-cache",
                "Vary": "Accept-Encoding",
            }
            if request.headers.get("if-none-match") == etag:
                return Response(status_code=304, headers=headers)
            body = answer(name, parameters, version)
        except LayerRequestError as error:
            sentence = words(_asked_language(request)).error(error)
            return JSONResponse({"error": sentence}, status_code=400)
        except GeodataError as error:
            sentence = words(_asked_language(request)).error(error)
            return JSONResponse({"error": sentence}, status_code=503)
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
        else:
            body = gzip.decompress(body)
        return Response(body, media_type="application/geo+json", headers=headers)

    def health(request: Request) -> Response:  # noqa: ARG001 (Starlette's signature)
        told = service().health()
        return JSONResponse(
            {
                "version": told.version,
                "register": "reachable" if told.register_reachable else "unreachable",
                "counts": dict(told.counts),
            },
            status_code=200 if told.register_reachable else 503,
        )

    return [
        Route("/layers/{name}", layer, methods=["GET"]),
        Route("/healthz", health, methods=["GET"]),
    ]


def _asked_language(request: Request) -> Language:
    return "en" if request.query_params.get("lang") == "en" else "sv"
