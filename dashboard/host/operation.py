"""The server's operation: is it alive, can it serve, how much does it do, and its connections.

Of its own work it counts what Prometheus asks for, and nothing of who asked what. What a connection
holds is a descriptor and some memory, whether it asks anything or not: so it is settled how long
one may take, how many there may be, how often one is told of, and who is slow to ask makes room for
who is not.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import os
import re
import sys
import time
from collections import defaultdict
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Final
from uuid import uuid4

import h11
import prometheus_client
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

from dashboard.access import OWN
from geodata.errors import GeodataError
from geodata.service import Service

REGISTRY: Final = prometheus_client.CollectorRegistry()
prometheus_client.ProcessCollector(registry=REGISTRY)

ANSWERS: Final = prometheus_client.Counter(
    "lofteskartan_answers", "Requests that were answered", ["status"], registry=REGISTRY
)
ANSWER_SECONDS: Final = prometheus_client.Histogram(
    "lofteskartan_answer_seconds", "How long an answer took", registry=REGISTRY
)
PAGES: Final = prometheus_client.Gauge(
    "lofteskartan_pages", "Pages that are open somewhere", registry=REGISTRY
)
CLICKS: Final = prometheus_client.Counter(
    "lofteskartan_clicks", "What pages asked to be worked out", registry=REGISTRY
)
WAITING: Final = prometheus_client.Gauge(
    "lofteskartan_clicks_waiting", "Clicks that wait for their turn", registry=REGISTRY
)
SAVES: Final = prometheus_client.Gauge(
    "lofteskartan_register_version", "Grows by every save, of any server", registry=REGISTRY
)
REGISTER_SECONDS: Final = prometheus_client.Gauge(
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
    return Response(
        prometheus_client.generate_latest(REGISTRY),
        headers={"Content-Type": prometheus_client.CONTENT_TYPE_LATEST},
    )


# --- its connections ------------------------------------------------------------------------------

HEAD_S: Final = 10.0
"""A request's head has to be whole by then."""

BODY_S: Final = 30.0
"""A body may take so long, and ..."""

BODY_BYTES_S: Final = 10_000
"""... a second more for so many bytes: 200 MB come as slowly as one phone sends them."""

UNREAD_S: Final = 60.0
"""Who takes nothing of an answer for so long is not waited for."""

AT_MOST: Final = 1_000
"""So many connections are open at once, of pages and of everything they ask for."""

EACH: Final = 4
"""So many descriptors a page's session takes."""

BESIDE: Final = 200
"""So many are kept for the register, files and processes."""

TOLD_A_MINUTE: Final = 20
"""So often one sentence is written to the log; whoever asks strangely must not fill the disk."""


class Connection(H11Protocol):
    """One connection; uvicorn makes it, and is told its name."""

    at_most = AT_MOST
    _is_socket = False
    _until: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None
    began_s = 0.0
    _taken_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take it in, if there is room or room can be made."""
        if len(self.connections) >= self.at_most:
            slow = [one for one in self.connections if isinstance(one, Connection) and one.is_idle]
            if not slow:
                transport.abort()
            else:
                min(slow, key=lambda one: one.began_s).transport.abort()
        super().connection_made(transport)
        self._wait(HEAD_S)

    @property
    def is_idle(self) -> bool:
        """Whether nothing was asked through it that is still to be answered."""
        return self.cycle is None or self.cycle.response_complete

    def data_received(self, data: bytes) -> None:
        """Take what comes, and give the rest its time."""
        before = self.conn.their_state
        super().data_received(data)
        now = self.conn.their_state
        if self._is_socket:
            return
        if now is h11.SEND_BODY:
            self._taken_bytes = self._taken_bytes + len(data) if before is now else 0
            self._wait(BODY_S + self._taken_bytes / BODY_BYTES_S, again=before is now)
        elif now is h11.IDLE and before is h11.IDLE:
            self._wait(HEAD_S, again=True)
        else:
            self._stop_waiting()

    def on_response_complete(self) -> None:
        """Begin to wait for the next one; uvicorn ends it where nothing comes at all."""
        super().on_response_complete()
        self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of it."""
        self._stop_waiting()
        self.resume_writing()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hand it over to what watches over sockets, by asking whether the other side is there."""
        self._is_socket = True
        self._stop_waiting()
        super().handle_websocket_upgrade(event)

    def pause_writing(self) -> None:
        """Note that an answer is not taken, or not as fast as it is given."""
        super().pause_writing()
        self._unread = self.loop.call_later(UNREAD_S, self.transport.abort)

    def resume_writing(self) -> None:
        """Note that it is taken again."""
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
        super().resume_writing()

    def _wait(self, seconds: float, *, again: bool = False) -> None:
        """End it so long after what is waited for began, `again` if that was before."""
        if self._until is None or not again:
            self.began_s = self.loop.time()
        if self._until is not None:
            self._until.cancel()
        self._until = self.loop.call_at(self.began_s + seconds, self._end)

    def _stop_waiting(self) -> None:
        if self._until is not None:
            self._until.cancel()
            self._until = None

    def _end(self) -> None:
        if self.flow is not None and self.flow.read_paused:
            # It is not the other side that is slow.
            self._until = None
            self._wait(BODY_S)
            return
        self.transport.abort()


class _Seldom(logging.Filter):
    """Lets a sentence through so often in a minute, and no more."""

    def __init__(self) -> None:
        super().__init__()
        self._minute = 0
        self._told: defaultdict[tuple[str, Any], int] = defaultdict(int)

    def filter(self, record: logging.LogRecord) -> bool:
        minute = int(time.monotonic() // 60)
        if minute != self._minute:
            self._minute = minute
            self._told.clear()
        self._told[record.name, record.lineno] += 1
        return self._told[record.name, record.lineno] <= TOLD_A_MINUTE


def prepare() -> None:
    """Let the process have as many descriptors as it may, and its log stay small."""
    if sys.platform != "win32":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = AT_MOST * EACH + BESIDE
        given = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        if soft != resource.RLIM_INFINITY and soft < given:
            resource.setrlimit(resource.RLIMIT_NOFILE, (given, hard))
        Connection.at_most = min(AT_MOST, max(EACH, (given - BESIDE) // EACH))
    seldom = _Seldom()
    for name in ("", *logging.Logger.manager.loggerDict):
        # One by one: what a logger is told goes past the filters of those above it.
        logging.getLogger(name).addFilter(seldom)
