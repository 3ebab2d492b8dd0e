"""What the map asks this server for: its layers as GeoJSON, and the local base map's tiles."""

from __future__ import annotations

import gzip
import hashlib
import json
from functools import lru_cache, partial
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.address import whole_number
from dashboard.map.canvas import TILES_URL
from dashboard.map.features import LAYERS, Feature, Query
from dashboard.routes.answers import LIGHT, Served, refuse_repeats, routes
from geodata.service import Service
from geodata.service.streets import LocalTiles, clear_pixel

Parameters = tuple[tuple[str, str], ...]

ANSWERS_KEPT: Final = 128
"""Compressed answers kept in memory; each is at most a few hundred kilobytes."""


def _compress(features: list[Feature]) -> bytes:
    collection = {"type": "FeatureCollection", "features": features}
    body = json.dumps(collection, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return gzip.compress(body.encode(), compresslevel=5, mtime=0)


@lru_cache(maxsize=ANSWERS_KEPT)
def _kept(service: Service, name: str, parameters: Parameters, _version: str) -> bytes:
    return _compress(LAYERS[name](service, Query(name, dict(parameters), service.catalogue)))


def _layer(service: Service, request: Request) -> Response:
    """Answer a layer: check what is asked, then give what is kept where nothing has changed."""
    name = request.path_params["name"]
    if name not in LAYERS:
        return Response(status_code=404)
    parameters = tuple(sorted(request.query_params.multi_items()))
    refuse_repeats(parameters)
    Query(name, dict(parameters), service.catalogue)
    # Dated, since what is shown without a date depends on the day.
    version = f"{service.version()}-{service.today().isoformat()}"
    digest = hashlib.sha256(repr((name, parameters, version)).encode()).hexdigest()
    headers = {
        "ETag": f'"{digest[:24]}"',
        "Cache-Control": "private, no-cache",
        "Vary": "Accept-Encoding",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    body = _kept(service, name, parameters, version)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
    else:
        body = gzip.decompress(body)
    return Response(body, media_type="application/geo+json", headers=headers)


def _tile(tiles: LocalTiles, _service: Service, request: Request) -> Response:
    """Answer a tile of the local base map."""
    asked = request.path_params
    row, _, finer = asked["name"].removesuffix(".png").partition("@")
    z, x, y = (whole_number(value, -1) for value in (asked["z"], asked["x"], row))
    if min(z, x, y) < 0 or finer not in ("", "2x"):
        return Response(status_code=404)
    found = tiles.tile(z, x, y, asked["theme"], 2 if finer else 1)
    if found is None:
        return Response(status_code=404)
    version, png = found
    # The address names the map's version, so a browser need not ask again for an hour.
    headers = {"ETag": f'"{version}"', "Cache-Control": "private, max-age=3600"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    # A map takes an answer without a picture for a fault.
    picture = clear_pixel() if png is None else png
    return Response(picture, media_type="image/png", headers=headers)


def map_routes(service: Served, tiles: LocalTiles | None = None) -> list[Route]:
    """Return the routes of the layers and of the local base map."""
    tile = partial(_tile, LocalTiles() if tiles is None else tiles)
    return routes(
        service,
        (
            ("/layers/{name}", _layer, LIGHT),
            (f"{TILES_URL}/{{theme}}/{{z}}/{{x}}/{{name}}", tile, LIGHT),
        ),
    )
