"""What those who run the server ask it: is it alive, can it serve, how much does it do."""

from __future__ import annotations

import hmac
import os
from time import perf_counter
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dashboard.access import OWN
from dashboard.host import measures
from dashboard.routes.answers import HEALTH, Served, guarded
from geodata.errors import GeodataError
from geodata.service import Service

TOKEN: Final = "LOFTESKARTAN_METRICS_TOKEN"  # noqa: S105 (where it is said, not what)
"""The environment's variable with what whoever collects figures says."""


def _alive(service: Service, request: Request) -> Response:
    told = service.health()
    body: dict[str, object] = {
        "register": "reachable" if told.register_reachable else "unreachable"
    }
    # Whoever is not in is told that the server answers, and no more.
    if request.scope.get("account", OWN).may("read"):
        body |= {"version": told.version, "counts": dict(told.counts)}
    return JSONResponse(body, status_code=200 if told.register_reachable else 503)


def _ready(service: Service) -> Response:
    """Answer whether a page would be served now: its register can be read, and its promises."""
    try:
        service.version()
        service.refresh()
    except GeodataError as error:
        return JSONResponse({"ready": False, "because": error.key}, status_code=503)
    return JSONResponse({"ready": True})


def _measured(service: Service, request: Request) -> Response:
    """Answer the figures, to who says the token; without one there are none."""
    token = os.environ.get(TOKEN, "")
    said = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not token or not hmac.compare_digest(said.encode(), token.encode()):
        return Response(status_code=404)
    since_s = perf_counter()
    try:
        measures.SAVES.set(service.register.version())
    except GeodataError:
        measures.SAVES.set(-1)
    measures.REGISTER_SECONDS.set(perf_counter() - since_s)
    return Response(measures.told(), headers={"Content-Type": CONTENT_TYPE_LATEST})


def operation_routes(service: Served) -> list[Route]:
    """Return ``/healthz``, ``/readyz`` and ``/metrics``."""
    return [
        Route("/healthz", guarded(lambda r: _alive(service(r), r), service, HEALTH)),
        Route("/readyz", guarded(lambda r: _ready(service(r)), service, HEALTH)),
        Route("/metrics", guarded(lambda r: _measured(service(r), r), service, HEALTH)),
    ]
