"""What the map asks this server for: its layers as GeoJSON, and the local base map's tiles."""

from __future__ import annotations

import gzip
import hashlib
import json
from functools import lru_cache
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.address import whole_number
from dashboard.map.canvas import TILES_URL
from dashboard.map.features import LAYERS, Feature, Query
from dashboard.routes.answers import Served, guarded, refuse_repeats, told
from geodata.errors import GeodataError, LayerRequestError
from geodata.service import Service
from geodata.service.streets import LocalTiles, clear_pixel

Parameters = tuple[tuple[str, str], ...]

ANSWERS_KEPT: Final = 128
"""Compressed answers kept in memory; each is at most a few hundred kilobytes."""


def _compress(features: list[Feature]) -> bytes:
    collection = {"type": "FeatureCollection", "features": features}
    body = json.dumps(collection, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return gzip.compress(body.encode(), compresslevel=5, mtime=0)


class _Layers:
    """The layer route: checks, then answers from what is kept where nothing has changed."""

    def __init__(self, service: Served) -> None:
        self._service = service
        self._answer = lru_cache(maxsize=ANSWERS_KEPT)(self._make_answer)

    @staticmethod
    def _make_answer(service: Service, name: str, parameters: Parameters, version: str) -> bytes:  # noqa: ARG004
        return _compress(LAYERS[name](service, Query(name, dict(parameters), service.catalogue)))

    @staticmethod
    def _version(service: Service) -> str:
        # Dated, since what is shown without a date depends on the day.
        return f"{service.version()}-{service.today().isoformat()}"

    def _respond(self, name: str, request: Request) -> Response:
        parameters = tuple(sorted(request.query_params.multi_items()))
        refuse_repeats(parameters)
        service = self._service(request)
        Query(name, dict(parameters), service.catalogue)
        version = self._version(service)
        digest = hashlib.sha256(repr((name, parameters, version)).encode()).hexdigest()
        headers = {
            "ETag": f'"{digest[:24]}"',
            "Cache-Control": "private, no-cache",
            "Vary": "Accept-Encoding",
        }
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        body = self._answer(service, name, parameters, version)
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
        else:
            body = gzip.decompress(body)
        return Response(body, media_type="application/geo+json", headers=headers)

    def __call__(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in LAYERS:
            return Response(status_code=404)
        try:
            return self._respond(name, request)
        except LayerRequestError as error:
            return told(error, request, 400)
        except GeodataError as error:
            return told(error, request, 503)


def layer_routes(service: Served) -> list[Route]:
    """Return the layers' route, guarded as the pages are.

    Parameters
    ----------
    service : callable
        Gives the service of who asks; asked at each request.

    Returns
    -------
    list of starlette Route
        ``/layers/<name>``.
    """
    return [Route("/layers/{name}", guarded(_Layers(service), service), methods=["GET"])]


def _answer(tiles: LocalTiles, request: Request) -> Response:
    asked = request.path_params
    try:
        found = tiles.tile(
            asked["z"], asked["x"], asked["y"], asked["theme"], 2 if asked["twice"] else 1
        )
    except GeodataError as error:
        return told(error, request, 503)
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


def basemap_routes(service: Served, tiles: LocalTiles | None = None) -> list[Route]:
    """Return the local base map's route, guarded as the pages are."""
    drawn = LocalTiles() if tiles is None else tiles

    def answer(request: Request) -> Response:
        name = request.path_params["name"]
        row, _, finer = name.removesuffix(".png").partition("@")
        at = {"z": request.path_params["z"], "x": request.path_params["x"], "y": row}
        tile = {axis: whole_number(value, -1) for axis, value in at.items()}
        if min(tile.values()) < 0 or finer not in ("", "2x"):
            return Response(status_code=404)
        request.path_params.update(tile, twice=bool(finer))
        return _answer(drawn, request)

    path = f"{TILES_URL}/{{theme}}/{{z}}/{{x}}/{{name}}"
    return [Route(path, guarded(answer, service), methods=["GET"])]
