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

from dashboard import access
from dashboard.map.features import LAYERS, Feature
from dashboard.map.query import Query, refuse_repeats
from geodata.errors import GeodataError, LayerRequestError
from geodata.model import Language
from geodata.service import Service
from geodata.texts import words

ANSWERS_KEPT: Final = 128
"""Compressed answers kept in memory; each is at most a few hundred kilobytes."""


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
        return _compress(LAYERS[name](asked, Query(name, dict(parameters), asked.catalogue)))

    def layer(request: Request) -> Response:
        if not access.may_read(request.headers, service().settings):
            return Response(status_code=403)
        name = request.path_params["name"]
        if name not in LAYERS:
            return Response(status_code=404)
        parameters = tuple(sorted(request.query_params.multi_items()))
        try:
            refuse_repeats(parameters)
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
