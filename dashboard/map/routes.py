"""The layers' routes: GeoJSON read by the browser from this server, never put into a script."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dashboard.answers import HEALTH, guarded, refuse_repeats, told
from dashboard.map.features import LAYERS, Feature
from dashboard.map.query import Query
from geodata.errors import GeodataError, LayerRequestError
from geodata.service import Service

Parameters = tuple[tuple[str, str], ...]

ANSWERS_KEPT: Final = 128
"""Compressed answers kept in memory; each is at most a few hundred kilobytes."""


def _compress(features: list[Feature]) -> bytes:
    collection = {"type": "FeatureCollection", "features": features}
    body = json.dumps(collection, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return gzip.compress(body.encode(), compresslevel=5, mtime=0)


class _Layers:
    """The layer route: checks, then answers from what is kept where nothing has changed."""

    def __init__(self, service: Callable[[], Service]) -> None:
        self._service = service
        self._answer = lru_cache(maxsize=ANSWERS_KEPT)(self._make_answer)

    def _make_answer(self, name: str, parameters: Parameters, version: str) -> bytes:  # noqa: ARG002
        service = self._service()
        return _compress(LAYERS[name](service, Query(name, dict(parameters), service.catalogue)))

    def _version(self) -> str:
        # Dated, since what is shown without a date depends on the day.
        service = self._service()
        return f"{service.version()}-{service.today().isoformat()}"

    def _respond(self, name: str, request: Request) -> Response:
        parameters = tuple(sorted(request.query_params.multi_items()))
        refuse_repeats(parameters)
        Query(name, dict(parameters), self._service().catalogue)
        version = self._version()
        digest = hashlib.sha256(repr((name, parameters, version)).encode()).hexdigest()
        headers = {
            "ETag": f'"{digest[:24]}"',
            "Cache-Control": "private, no-cache",
            "Vary": "Accept-Encoding",
        }
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        body = self._answer(name, parameters, version)
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


def _health(service: Service) -> Response:
    told = service.health()
    body = {
        "version": told.version,
        "register": "reachable" if told.register_reachable else "unreachable",
        "counts": dict(told.counts),
    }
    return JSONResponse(body, status_code=200 if told.register_reachable else 503)


def layer_routes(service: Callable[[], Service]) -> list[Route]:
    """Return the layers' routes and the health route, guarded as the pages are.

    Parameters
    ----------
    service : callable
        Gives the process's service; asked at each request.

    Returns
    -------
    list of starlette Route
        ``/layers/<name>`` and ``/healthz``.
    """
    layers = _Layers(service)
    health = guarded(lambda _request: _health(service()), service, HEALTH)
    return [
        Route("/layers/{name}", guarded(layers, service), methods=["GET"]),
        Route("/healthz", health, methods=["GET"]),
    ]
