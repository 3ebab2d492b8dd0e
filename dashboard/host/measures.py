"""What the server counts of its own work, as Prometheus asks for it; nothing of who asked what."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from time import perf_counter
from typing import Final
from uuid import uuid4

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from starlette.types import Scope

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


def told() -> bytes:
    """Return all that is counted, in Prometheus' text format."""
    return generate_latest(REGISTRY)
