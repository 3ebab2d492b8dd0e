"""Answers of the collections' API as JSON or as pages to read, and links to either."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote, unquote, urlencode

from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dashboard.routes.answers import FILE_HEADERS, Answer, language_of, status_of
from dashboard.signin.pages import shown
from geodata.errors import GeodataError
from geodata.model import LANGUAGES
from geodata.service import Service
from geodata.service.collections import COLLECTIONS
from geodata.texts import words

ROOT: Final = "/ogc"

CRS84: Final = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
SWEREF99TM: Final = "http://www.opengis.net/def/crs/EPSG/0/3006"
CRS: Final = (CRS84, SWEREF99TM)

HTML: Final = "text/html"
JSON: Final = "application/json"
GEOJSON: Final = "application/geo+json"
FORMATS: Final = ("json", "html")

EVERYWHERE: Final[Mapping[str, tuple[str, ...]]] = {"f": FORMATS, "lang": LANGUAGES}
"""What every address of the API may be asked with, and each one's values."""

AS_PAGE: Final = {"service-desc": "service-doc"}
"""What leads to a description for programs, as what leads to the same for people."""

Json = dict[str, Any]


class Told(NamedTuple):
    """What is answered, before it is written as JSON or as a page."""

    body: Json
    # What the page is called.
    title: str
    media_type: str = JSON
    # Whether its places are in metres, where it has any.
    metres: bool | None = None


def negotiated(answer: Callable[[Service, Request], Told]) -> Answer:
    """Return what answers with JSON, or with the same as a page where that is asked for."""

    def respond(service: Service, request: Request) -> Response:
        response: Response
        try:
            told = answer(service, request)
        except GeodataError as error:
            if not _is_html(request):
                raise
            w = words(language_of(request))
            told = Told({"description": w.error(error)}, w("ogc.refused"))
            return _page(service, request, told, status_of(error))
        if _is_html(request):
            response = _page(service, request, told)
        else:
            response = JSONResponse(told.body, media_type=told.media_type)
        response.headers.update({**FILE_HEADERS, "Vary": "Accept"})
        if told.metres is not None:
            response.headers["Content-Crs"] = f"<{CRS[told.metres]}>"
        return response

    return respond


def _is_html(request: Request) -> bool:
    """Tell whether a page is asked for: by name, or rather than JSON, as browsers do."""
    if (named := request.query_params.get("f")) in FORMATS:
        return named == "html"
    weights = {}
    for part in ",".join(request.headers.getlist("accept")).split(","):
        media_type, _, weight = "".join(part.lower().split()).partition(";q=")
        weights[media_type] = float(weight) if re.fullmatch(r"[01](\.\d{0,3})?", weight) else 1.0
    return weights.get(HTML, 0) > max(weights.get(JSON, 0), weights.get(GEOJSON, 0))


def _page(service: Service, request: Request, told: Told, status: int = 200) -> Response:
    parts = [unquote(part) for part in _here(request).path.split("/")[2:] if part]
    w = words(language_of(request))
    called = {"collections": w("ogc.collections"), "items": w("ogc.items")}
    called |= {name: w(f"export.layer.{name}") for name in COLLECTIONS}
    above = [(called.get(parts[n - 1], parts[n - 1]), parts[:n]) for n in range(1, len(parts))]
    steps = [("OGC API Features", []), *above] if parts else []
    return shown(
        "collections.html",
        request,
        status,
        title=told.title,
        body=told.body,
        above=[(name, address_of(request, *path)) for name, path in steps],
        address_of=lambda item: address_of(request, *parts[:3], item),
        languages={code: str(_here(request).include_query_params(lang=code)) for code in LANGUAGES},
        example=service.has_examples(),
    )


# --- links ---------------------------------------------------------------------------------------


def address_of(request: Request, *path: str) -> str:
    """Return the address of what lies at a path, in the language and format that is asked for."""
    parts = "/".join(quote(part, safe="") for part in path)
    at = f"{str(request.base_url).rstrip('/')}{ROOT}" + (f"/{parts}" if parts else "")
    asked = request.query_params
    kept = {key: asked[key] for key, known in EVERYWHERE.items() if asked.get(key) in known}
    return f"{at}?{urlencode(kept)}" if kept else at


def links_to(request: Request, href: str, rel: str, type_: str, title: str = "") -> list[Json]:
    """Return links to what lies at an address: in the format that is asked for, and the other."""
    is_html, titled = _is_html(request), {"title": title} if title else {}
    there = str(URL(href).include_query_params(f=FORMATS[not is_html]))
    types = (HTML, type_) if is_html else (type_, HTML)
    rels = (rel, "alternate" if rel == "self" else rel)
    return [
        {
            "href": at,
            "rel": AS_PAGE.get(as_, as_) if given == HTML else as_,
            "type": given,
            **titled,
        }
        for at, as_, given in zip((href, there), rels, types, strict=True)
    ]


def links_here(request: Request, type_: str = JSON) -> list[Json]:
    """Return links to what is asked for itself."""
    return links_to(request, str(_here(request)), "self", type_)


def _here(request: Request) -> URL:
    # As it was sent: decoded, an id's slash would be one of the path's.
    return request.url.replace(path=request.scope["raw_path"].decode())
