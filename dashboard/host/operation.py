"""What those who run the server ask it: is it alive, can it serve, how much does it do.

Of its own work it counts what Prometheus asks for, and nothing of who asked what.
"""

from __future__ import annotations

import hmac
import json
import logging
import os
import re
import sys
from datetime import UTC, datetime
from time import perf_counter
from typing import Final
from uuid import uuid4

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from dashboard.access import OWN
from geodata.errors import GeodataError
from geodata.service import Service

REGISTRY: Final = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

ANSWERS: Final = Counter(
    "lofteskartan_answers", "Requests that were answered", ["status"], registry=REGISTRY
)
ANSWER_SECONDS: Final = Histogram(
    "lofteskartan_answer_seconds", "How long an answer took", registry=REGISTRY
)
PAGES: Final = Gauge("lofteskartan_pages", "Pages that are open somewhere", registry=REGISTRY)
CLICKS: Final = Counter(
    "lofteskartan_clicks", "What pages asked to be worked out", registry=REGISTRY
)
WAITING: Final = Gauge(
    "lofteskartan_clicks_waiting", "Clicks that wait for their turn", registry=REGISTRY
)
SAVES: Final = Gauge(
    "lofteskartan_register_version", "Grows by every save, of any server", registry=REGISTRY
)
REGISTER_SECONDS: Final = Gauge(
    "lofteskartan_register_seconds", "How long the register's last answer took", registry=REGISTRY
)

_ID: Final = re.compile(r"[\w-]{8,64}")
"""How a request may be called by a proxy that has named it."""

LOG: Final = logging.getLogger("lofteskartan.requests")


def request_id(said: str) -> str:
    """Return what a request is called: as a proxy says, or a new name."""
    return said if _ID.fullmatch(said) else uuid4().hex


def write_log() -> None:
    """Write a JSON line for each request to standard error, for who collects such."""
    if not LOG.handlers:
        LOG.addHandler(logging.StreamHandler(sys.stderr))
    LOG.setLevel(logging.INFO)
    LOG.propagate = False


def note_answer(scope: Scope, name: str, status: int, since_s: float) -> None:
    """Count an answer, and tell the log of it: its path, never what was asked with it."""
    seconds = perf_counter() - since_s
    ANSWERS.labels(str(status)).inc()
    ANSWER_SECONDS.observe(seconds)
    if LOG.isEnabledFor(logging.INFO):
        told = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "request": name,
            "method": scope["method"],
            "path": scope["path"][:300],
            "status": status,
            "seconds": round(seconds, 4),
        }
        LOG.info(json.dumps(told))


# --- what is asked -------------------------------------------------------------------------------

TOKEN: Final = "LOFTESKARTAN_METRICS_TOKEN"  # noqa: S105 (where it is said, not what)
"""The environment's variable with what whoever collects figures says."""


def alive(service: Service, request: Request) -> Response:
    """Answer whether the register can be reached."""
    told = service.health()
    body: dict[str, object] = {
        "register": "reachable" if told.register_reachable else "unreachable"
    }
    # Whoever is not in is told that the server answers, and no more.
    if request.scope.get("account", OWN).may("read"):
        body |= {"version": told.version, "counts": dict(told.counts)}
    return JSONResponse(body, status_code=200 if told.register_reachable else 503)


def ready(service: Service, _request: Request) -> Response:
    """Answer whether a page would be served now: its register can be read, and its promises."""
    try:
        service.version()
        service.refresh()
    except GeodataError as error:
        return JSONResponse({"ready": False, "because": error.key}, status_code=503)
    return JSONResponse({"ready": True})


def measured(service: Service, request: Request) -> Response:
    """Answer the figures in Prometheus' text format, to who says the token; without one none."""
    token = os.environ.get(TOKEN, "")
    said = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not token or not hmac.compare_digest(said.encode(), token.encode()):
        return Response(status_code=404)
    since_s = perf_counter()
    try:
        SAVES.set(service.register.version())
    except GeodataError:
        SAVES.set(-1)
    REGISTER_SECONDS.set(perf_counter() - since_s)
    return Response(generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})
