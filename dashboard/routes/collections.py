"""Collections of features for other map programs, by OGC API Features: read only.

Part 1 (17-069r4: core, GeoJSON, HTML, OpenAPI 3.0) and Part 2 (18-058r1: another coordinate
system). The `bbox` and `datetime` of the standard, its `limit`, an `offset` to page by, and
properties. A day is Sweden's; a `datetime` asks for the days that it touches. Who opens an address
in a browser reads the same as a page, `collections.html`, made of nothing but the JSON.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from functools import partial
from typing import Any, Final

from starlette.datastructures import URL
from starlette.requests import Request

from dashboard.access import PROBLEM, asking, right_of
from dashboard.routes.answers import FEATURES, language_of, parameters_of
from dashboard.routes.negotiation import (
    CRS,
    CRS84,
    EVERYWHERE,
    FORMATS,
    GEOJSON,
    HTML,
    JSON,
    ROOT,
    SWEREF99TM,
    Json,
    Told,
    address_of,
    links_here,
    links_to,
    negotiated,
)
from geodata import __version__
from geodata.errors import ExportError, UnknownIdError
from geodata.model import LANGUAGES
from geodata.service import Service
from geodata.service.collections import COLLECTIONS, Asked, Extent, extent, feature, page
from geodata.settings import Publisher
from geodata.texts import SWEDISH_TIME, Words, words

FEATURES_1: Final = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"
CONFORMS_TO: Final = (
    *(f"{FEATURES_1}/{name}" for name in ("core", "geojson", "html", "oas30")),
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
)

OPENAPI: Final = "application/vnd.oai.openapi+json;version=3.0"

PAGE: Final = 100
LONGEST_PAGE: Final = 10_000

OF_ITEMS: Final = ("limit", "offset", "bbox", "bbox-crs", "datetime", "crs")


def _refused(name: str, expected: str) -> ExportError:
    return ExportError("export.parameter", name=name, expected=expected)


# --- what is asked for -------------------------------------------------------------------------


def _given(request: Request, *allowed: str) -> Mapping[str, str]:
    given = parameters_of(request, (*allowed, *EVERYWHERE))
    if given.get("f", "json") not in FORMATS:
        raise _refused("f", " | ".join(FORMATS))
    return given


def _names(service: Service, request: Request) -> list[str]:
    """Return the collections that who asks may see: a program reads all that it is told of."""
    account = asking(request.headers, service.settings)
    rights = {name: right_of(f"{ROOT}/collections/{name}") for name in COLLECTIONS}
    return [name for name, right in rights.items() if account.may(right)]


def _collection(request: Request) -> str:
    name = str(request.path_params["collection"])
    if name not in COLLECTIONS:
        raise UnknownIdError("unknown.collection", id=name)
    return name


def _number(given: Mapping[str, str], name: str, least: int, otherwise: int) -> int:
    text = given.get(name, str(otherwise))
    # A number that is longer than this is more than any register holds.
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) >= least):
        raise _refused(name, f"{least}-999999999")
    return int(text)


def _in_metres(given: Mapping[str, str], name: str) -> bool:
    if given.get(name, CRS84) not in CRS:
        raise _refused(name, " | ".join(CRS))
    return given.get(name) == SWEREF99TM


def _bbox(given: Mapping[str, str], *, metres: bool) -> tuple[float, float, float, float] | None:
    if "bbox" not in given:
        return None
    # North before east in the national system, as the system itself has it.
    expected = "south,west,north,east" if metres else "west,south,east,north"
    try:
        numbers = [float(part) for part in given["bbox"].split(",")]
    except ValueError as error:
        raise _refused("bbox", expected) from error
    if len(numbers) == 6 and not metres:
        # With heights, which nothing here has.
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4 or not all(map(math.isfinite, numbers)):
        raise _refused("bbox", expected)
    west, south, east, north = (numbers[at] for at in ((1, 0, 3, 2) if metres else range(4)))
    degrees = abs(west) <= 180 and abs(east) <= 180 and abs(south) <= 90 and abs(north) <= 90
    if south > north or (west > east if metres else not degrees):
        raise _refused("bbox", expected)
    return west, south, east, north


def _days(given: Mapping[str, str]) -> tuple[date | None, date | None]:
    if "datetime" not in given:
        return None, None
    first, slash, last = given["datetime"].partition("/")
    ends = (_day(first, open_=bool(slash)), _day(last if slash else first, open_=bool(slash)))
    if ends == (None, None) or (ends[0] and ends[1] and ends[0] > ends[1]):
        raise _refused("datetime", EXPECTED_TIME)
    return ends


EXPECTED_TIME: Final = "2018-06-30T12:00:00Z | 2018-06-01T00:00:00Z/2018-06-30T23:59:59Z | ../…"


def _day(text: str, *, open_: bool) -> date | None:
    if open_ and text in ("", ".."):
        return None
    try:
        if len(text) == len("2018-06-30"):
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text.upper())
    except ValueError as error:
        raise _refused("datetime", EXPECTED_TIME) from error
    if moment.tzinfo is None or "T" not in text.upper():
        raise _refused("datetime", EXPECTED_TIME)
    return moment.astimezone(SWEDISH_TIME).date()


# --- what is answered ----------------------------------------------------------------------------


def _landing(_service: Service, request: Request) -> Told:
    w, _ = words(language_of(request)), _given(request)
    leads = (
        ("collections", "data", JSON, w("ogc.collections")),
        ("conformance", "conformance", JSON, w("ogc.conformance")),
        ("api", "service-desc", OPENAPI, w("ogc.api")),
    )
    links = links_here(request)
    for path, *told in leads:
        links += links_to(request, address_of(request, path), *told)
    body = {"title": w("public.brand"), "description": w("ogc.about"), "links": links}
    return Told(body, "OGC API Features")


def _conformance(_service: Service, request: Request) -> Told:
    w, _ = words(language_of(request)), _given(request)
    return Told({"conformsTo": CONFORMS_TO, "links": links_here(request)}, w("ogc.conformance"))


def _described(service: Service, request: Request, name: str, w: Words) -> Json:
    here, found = address_of(request, "collections", name), extent(service, name)
    items = address_of(request, "collections", name, "items")
    told: Json = {
        "id": name,
        "title": w(f"export.layer.{name}"),
        "description": w(f"ogc.collection.{name}"),
        "itemType": "feature",
        "crs": CRS,
        "storageCrs": CRS84,
        "links": [
            *links_to(request, here, "self", JSON),
            *links_to(request, items, "items", GEOJSON, w("ogc.items")),
        ],
    }
    return told | ({"extent": _extent(found)} if found != Extent() else {})


def _extent(found: Extent) -> Json:
    told: Json = {}
    if found.bbox is not None:
        told["spatial"] = {"bbox": [found.bbox], "crs": CRS84}
    if found.days is not None:
        clocks = (time.min, time.max.replace(microsecond=0))
        ends = [
            day and datetime.combine(day, clock, SWEDISH_TIME).isoformat()
            for day, clock in zip(found.days, clocks, strict=True)
        ]
        told["temporal"] = {"interval": [ends]}
    return told


def _collections(service: Service, request: Request) -> Told:
    w, _ = words(language_of(request)), _given(request)
    told = [_described(service, request, name, w) for name in _names(service, request)]
    body = {"links": links_here(request), "collections": told, "crs": CRS}
    return Told(body, w("ogc.collections"))


def _one_collection(service: Service, request: Request) -> Told:
    w, name, _ = words(language_of(request)), _collection(request), _given(request)
    return Told(_described(service, request, name, w), w(f"export.layer.{name}"))


def _items(service: Service, request: Request) -> Told:
    w, name = words(language_of(request)), _collection(request)
    given = _given(request, *OF_ITEMS, *COLLECTIONS[name])
    metres, in_metres = _in_metres(given, "crs"), _in_metres(given, "bbox-crs")
    first_day, last_day = _days(given)
    limit = min(_number(given, "limit", 1, PAGE), LONGEST_PAGE)
    offset = _number(given, "offset", 0, 0)
    asked = Asked(
        name,
        limit,
        offset,
        _bbox(given, metres=in_metres),
        in_metres,
        metres,
        first_day,
        last_day,
        {key: given[key] for key in COLLECTIONS[name] if key in given},
        language_of(request),
    )
    features, matched = page(service, asked)
    here, about = links_here(request, GEOJSON), address_of(request, "collections", name)
    turns = {
        "prev": (w("ogc.prev"), max(offset - limit, 0) if offset else None),
        "next": (w("ogc.next"), offset + limit if offset + limit < matched else None),
    }
    for rel, (title, at) in turns.items():
        if at is not None:
            there = str(URL(here[0]["href"]).include_query_params(offset=at))
            here.append(links_to(request, there, rel, GEOJSON, title)[0])
    body = {
        "type": "FeatureCollection",
        "timeStamp": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "numberMatched": matched,
        "numberReturned": len(features),
        "links": [
            *here,
            *links_to(request, about, "collection", JSON, w("ogc.collection")),
        ],
        "features": features,
    }
    return Told(body, w(f"export.layer.{name}"), GEOJSON, metres)


def _item(service: Service, request: Request) -> Told:
    w, name, given = words(language_of(request)), _collection(request), _given(request, "crs")
    asked = Asked(name, metres=_in_metres(given, "crs"), language=language_of(request))
    found = feature(service, asked, str(request.path_params["item"]))
    about = address_of(request, "collections", name)
    found["links"] = [
        *links_here(request, GEOJSON),
        *links_to(request, about, "collection", JSON, w("ogc.collection")),
    ]
    return Told(found, found["id"], GEOJSON, asked.metres)


# --- the API's own description -------------------------------------------------------------------

_TEXT: Final = {"type": "string"}


def _parameter(name: str, schema: Json, **more: Any) -> Json:
    told = {"name": name, "in": "query", "required": False, "schema": schema}
    return {**told, "style": "form", "explode": False, **more}


_PARAMETERS: Final[Mapping[str, Json]] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": LONGEST_PAGE, "default": PAGE},
    "offset": {"type": "integer", "minimum": 0, "default": 0},
    "bbox": {
        "type": "array",
        "oneOf": [{"minItems": n, "maxItems": n} for n in (4, 6)],
        "items": {"type": "number"},
    },
    "bbox-crs": {"type": "string", "format": "uri", "enum": CRS, "default": CRS84},
    "datetime": _TEXT,
    "crs": {"type": "string", "format": "uri", "enum": CRS, "default": CRS84},
    "f": {"type": "string", "enum": FORMATS, "default": "json"},
    "lang": {"type": "string", "enum": LANGUAGES, "default": "sv"},
}


def _operation(
    refusal: str,
    id_: str,
    summary: str,
    media_type: str,
    *names: str,
    about: str = "",
    item: bool = False,
) -> Json:
    refused = {
        "description": refusal,
        "content": {PROBLEM: {"schema": _ERROR}, HTML: {"schema": _TEXT}},
    }
    answers = {
        "200": {
            "description": summary,
            "content": {media_type: {"schema": {"type": "object"}}, HTML: {"schema": _TEXT}},
            **({"headers": {"Content-Crs": {"schema": _TEXT}}} if "crs" in names else {}),
        },
        **dict.fromkeys(("400", "403", "404", "503"), refused),
    }
    asked = [_parameter(n, _PARAMETERS.get(n, _TEXT)) for n in (*names, *EVERYWHERE)]
    if item:
        asked.append({"name": "featureId", "in": "path", "required": True, "schema": _TEXT})
    told = {"operationId": id_, "summary": summary, "description": about or summary}
    return {"get": {**told, "parameters": asked, "responses": answers, "tags": ["Features"]}}


_ERROR: Final = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {"type": _TEXT, "title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT},
}


def _api(service: Service, request: Request) -> Told:
    w, _ = words(language_of(request)), _given(request)
    operation = partial(_operation, w("ogc.refused"))
    paths = {
        "/": operation("landing", w("public.brand"), JSON, about=w("ogc.about")),
        "/api": operation("api", w("ogc.api"), OPENAPI),
        "/conformance": operation("conformance", w("ogc.conformance"), JSON),
        "/collections": operation("collections", w("ogc.collections"), JSON),
    }
    for name in _names(service, request):
        filters = COLLECTIONS[name]
        title, path = w(f"export.layer.{name}"), f"/collections/{name}"
        about = w(f"ogc.collection.{name}")
        paths |= {
            path: operation(f"{name}.collection", title, JSON, about=about),
            f"{path}/items": operation(
                f"{name}.items", title, GEOJSON, *OF_ITEMS, *filters, about=about
            ),
            f"{path}/items/{{featureId}}": operation(
                f"{name}.item", title, GEOJSON, "crs", about=about, item=True
            ),
        }
    body = {
        "openapi": "3.0.3",
        "info": {
            "title": w("public.brand"),
            "description": w("ogc.about"),
            "version": __version__,
            "x-limitations": w("ogc.limits", count=w.number(LONGEST_PAGE)),
            **_answering(service.settings.publisher),
        },
        "servers": [{"url": address_of(request).partition("?")[0]}],
        "tags": [{"name": "Features"}],
        "paths": paths,
    }
    return Told(body, w("ogc.api"), OPENAPI)


def _answering(publisher: Publisher) -> Json:
    """Return who answers for the API and on what terms it is used, as far as that is said."""
    known = {"name": publisher.contact, "email": publisher.email, "url": publisher.address}
    contact = {key: value for key, value in known.items() if value is not None}
    licence = publisher.licence
    return {
        **({"contact": contact} if contact else {}),
        **({"license": {"name": licence, "url": licence}} if licence else {}),
    }


ROUTES: Final = [
    (ROOT + path, negotiated(answer), FEATURES)
    for path, answer in (
        ("", _landing),
        ("/", _landing),
        ("/api", _api),
        ("/conformance", _conformance),
        ("/collections", _collections),
        ("/collections/{collection}", _one_collection),
        ("/collections/{collection}/items", _items),
        ("/collections/{collection}/items/{item:path}", _item),
    )
]
"""``/ogc`` and what lies under it."""
