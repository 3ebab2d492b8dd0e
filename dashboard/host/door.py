"""The one door: every request and every socket comes through it before anything else hears of it.

Streamlit brings routes and messages of its own that lie outside the pages' rule about who may
read, that nothing here uses, or that one browser could stop the server with. What is let in
stands in this module's tables; all else is answered here.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache, partial
from time import perf_counter
from typing import Final
from urllib.parse import urlsplit

from google.protobuf.message import DecodeError
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnected
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState

from dashboard import access
from dashboard.access import Account
from dashboard.host import insides, operation
from dashboard.host.rates import OWN_MACHINE, Rates, address_of
from dashboard.signin import log
from dashboard.signin.entrance import Entrance
from dashboard.signin.pages import refusal_of, too_often
from geodata.service import Service
from geodata.settings import Settings
from geodata.texts import words

STREAMLITS: Final = re.compile(r"/(_stcore|app|auth|component|media|oauth2callback)(/|$)")
"""Where Streamlit has routes of its own, besides the pages and their scripts."""

MAP_FRAME: Final = "/component/streamlit_folium.st_folium/"
STREAM: Final = "/_stcore/stream"

OPEN: Final[Mapping[str, str]] = {
    "/_stcore/health": "asked by the page until the server answers",
    "/_stcore/host-config": "asked by the page once; names no other site",
    MAP_FRAME: "the map",
    "/media/": "the page's icon",
}
"""What is open of Streamlit's own routes, and why. The one socket is `STREAM`."""

READING: Final = ("GET", "HEAD")

METHODS: Final[Mapping[str, tuple[str, ...]]] = {
    "/uploads": ("POST",),
    "/falt/ko": ("POST",),
    "/nycklar": (*READING, "POST"),
    "/vandra/": (*READING, "POST"),
}
"""What may be asked for otherwise than by reading; below a way that ends in a stroke too."""


def is_open(method: str, path: str) -> bool:
    """Tell whether there is anything behind the door for such a request."""
    below = f"{path.rpartition('/')[0]}/"
    if method not in METHODS.get(path, METHODS.get(below, READING)):
        return False
    if STREAMLITS.match(path) is None:
        return True
    return any(path == way or (way.endswith("/") and path.startswith(way)) for way in OPEN)


# --- what every answer says -----------------------------------------------------------------------

ALWAYS: Final[Mapping[str, str]] = {
    "X-Content-Type-Options": "nosniff",
    # A tile server wants to know whose map it draws, and no more than that.
    "Referrer-Policy": "strict-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

OK: Final = 200
NOT_MODIFIED: Final = 304

NOTHING: Final = "default-src 'none'; base-uri 'none'; form-action 'none'"


@cache
def _inline_scripts() -> str:
    """Return the digests of the scripts that stand in Streamlit's own page, for its policy."""
    scripts = re.findall(r"<script>(.*?)</script>", insides.page(), re.DOTALL)
    digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()) for text in scripts)
    return " ".join(f"'sha256-{digest.decode()}'" for digest in digests)


@cache
def _tile_source(url: str) -> str:
    """Return who sends the base map's tiles, as a policy names it; empty if this server does."""
    parts = urlsplit(re.sub(r"\{[a-z]+\}", "*", url))
    host = re.sub(r"^[^.]*\*[^.]*\.", "*.", parts.netloc.rpartition("@")[2])
    return f"{parts.scheme}://{host}" if re.fullmatch(r"[\w.:*\[\]-]+", host) else ""


def policy(path: str, media_type: str, host: str, settings: Settings) -> str:
    """Return the content security policy that an answer is sent with."""
    if not media_type.startswith("text/html"):
        return f"{NOTHING}; frame-ancestors 'none'"
    # Not every browser takes 'self' for a socket's address.
    known = host if re.fullmatch(r"[\w.:\[\]-]+", host) else ""
    connect = f"connect-src 'self' ws://{known} wss://{known}" if known else "connect-src 'self'"
    common = "style-src 'self' 'unsafe-inline'; font-src 'self' data:; object-src 'none'"
    if path.startswith(MAP_FRAME):
        tiles = " ".join(map(_tile_source, (settings.basemap.url, *settings.map_services)))
        return (
            f"{NOTHING}; script-src 'self' 'unsafe-inline' 'unsafe-eval'; {common}; "
            f"img-src 'self' data: blob: {tiles}; {connect}; frame-ancestors 'self'"
        )
    return (
        f"{NOTHING}; script-src 'self' blob: {_inline_scripts()}; {common}; "
        f"img-src 'self' data: blob:; manifest-src 'self'; frame-src 'self'; {connect}; "
        "frame-ancestors 'none'"
    )


HSTS: Final = "max-age=31536000"
"""A browser that has once come over TLS doesn't ask without it for a year."""

SHARED: Final = re.compile(r"/(static|assets|component|media|tiles|oppen-sida)/")
"""What is the same for everybody, and may be kept by the browser."""


def _mark(start: Message, path: str, host: str, settings: Settings) -> None:
    """Let an answer say how it may be used."""
    answer = MutableHeaders(scope=start)
    if settings.signin is not None:
        if settings.signin.is_encrypted:
            answer["Strict-Transport-Security"] = HSTS
        if SHARED.match(path) is None:
            # What one account may see must not be found by the next one at the same screen.
            answer["Cache-Control"] = "no-store"
    # Streamlit lets some sites read some of its answers.
    for name in [name for name in answer if name.startswith("access-control-")]:
        del answer[name]
    for name, value in ALWAYS.items():
        answer[name] = value
    if start["status"] == NOT_MODIFIED:
        # What this one says takes the place of what was said with the page that is kept, and it
        # does not name what sort of thing that is.
        return
    said = policy(path, answer.get("content-type", ""), host, settings)
    frames = said.rpartition("; ")[2]
    own = answer.get("content-security-policy")
    answer["Content-Security-Policy"] = f"{own}; {frames}" if own else said
    answer["X-Frame-Options"] = "DENY" if "'none'" in frames else "SAMEORIGIN"


def _always(_used: bool) -> bool:
    return True


class Door:
    """Lets in who may ask for what there is, and says how each answer may be used.

    Without an `entrance` nobody has to sign in.
    """

    def __init__(
        self, app: ASGIApp, service: Callable[[], Service], entrance: Entrance | None = None
    ) -> None:
        self._app = app
        self._service = service
        self._entrance = entrance
        self._turns = asyncio.Lock()
        self._rates = Rates()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let what is behind it answer."""
        if scope["type"] == "http":
            await self._request(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers, settings = Headers(scope=scope), self._service().settings
        path, host = scope["path"], headers.get("host", "")
        name, since_s = operation.request_id(headers.get("x-request-id", "")), perf_counter()

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                _mark(message, path, host, settings)
                MutableHeaders(scope=message)["X-Request-ID"] = name
                operation.note_answer(scope, name, message["status"], since_s)
                if message["status"] == OK and "account" in scope:
                    log.note_answered(settings.signin, scope["account"], path)
            await send(message)

        refusal: Response | None = None
        if not access.may_read(headers, settings):
            refusal = PlainTextResponse(words("sv")("access.refused"), status_code=403)
        elif not is_open(scope["method"], path):
            refusal = PlainTextResponse("", status_code=404)
        else:
            account, request = self._let_in(scope), Request(scope)
            if wait_s := self._wait_s(account, scope, settings):
                refusal = too_often(settings.signin, request, wait_s)
            elif settings.signin is not None:
                refusal = refusal_of(settings.signin, request, account)
        await (refusal or self._app)(scope, receive, marked)

    def _wait_s(self, account: Account, scope: Scope, settings: Settings) -> int:
        """Return how long who asks has to wait; on a machine of one's own nobody does."""
        address = address_of(scope, settings.all_proxies)
        is_own = self._entrance is None and address == OWN_MACHINE
        return 0 if is_own else self._rates.wait_s(scope["path"], account.mark or address)

    def _let_in(self, scope: Scope) -> Account:
        """Return who asks, having written it where routes and pages look."""
        found = access.OWN if self._entrance is None else self._entrance.account(scope)
        account = scope["account"] = found or access.NOBODY
        known = access.HEADER.encode()
        scope["headers"] = [pair for pair in scope["headers"] if pair[0].lower() != known]
        if self._entrance is not None:
            scope["headers"].append((known, access.written(account).encode()))
            if self._entrance.settings.is_encrypted:
                # Behind a proxy that speaks TLS the addresses that we name do too.
                scope["scheme"] = {"http": "https", "ws": "wss"}.get(
                    scope["scheme"], scope["scheme"]
                )
        return account

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        own = access.is_same_origin(headers.get("origin", ""), headers.get("host", ""))
        allowed = own and access.may_read(headers, self._service().settings)
        account = self._let_in(scope)
        if not allowed or scope["path"] != STREAM or not account.may("read"):
            # Before it is accepted: the browser is answered 403.
            await send({"type": "websocket.close", "code": POLICY})
            return
        is_in = partial(self._entrance.is_in, account) if self._entrance else _always
        with operation.PAGES.track_inprogress():
            await _Turnstile(receive, send, self._turns, is_in).serve(self._app, scope)


# --- what a page may say --------------------------------------------------------------------------

SAID: Final = frozenset({"rerun_script", "stop_script", "app_heartbeat"})
"""What the pages send. Streamlit knows more, such as emptying everybody's caches."""

WAITING_AT_MOST: Final = 20
"""So many messages of a page wait; after that the newest takes the place of the one before it."""

MESSAGES_A_S: Final = 20
"""A page may go on saying so much in a second, ..."""

QUICK_HAND: Final = 200
"""... and so much at once. Who says more is no page of ours, and its socket is closed."""

RUN_EVERY_S: Final = 0.5
"""While anything is at work, a page's next run waits so long, for each stops the one before it."""

RUNS_AT_MOST: Final = 2
"""So many runs are at work at once in the whole process: more would only share one processor."""

TURN_S: Final = 10.0
"""Who has waited so long has their turn: runs that hang must not keep everybody waiting."""

LOOKED_EVERY_S: Final = 0.02

ONCE: Final = frozenset(
    {"trigger_value", "string_trigger_value", "chat_input_value", "json_trigger_value"}
)
"""How a page sends what was done just now, and will not be told again."""

RUN: Final = "ScriptRunner.scriptThread"
"""How Streamlit calls the thread in which it runs a page."""

POLICY: Final = 1008
NOT_UNDERSTOOD: Final = 1002


class _Turnstile:
    """Lets a page's messages through in order, no faster than they can be worked off."""

    def __init__(
        self,
        receive: Receive,
        send: Send,
        turns: asyncio.Lock,
        is_in: Callable[[bool], bool] = _always,
    ) -> None:
        self._receive, self._send, self._turns = receive, send, turns
        self._is_in = is_in
        self._waiting: deque[tuple[Message, ClientState | None]] = deque()
        self._came = asyncio.Event()
        self._next_s = 0.0
        self._quiet_s = 0.0

    async def serve(self, app: ASGIApp, scope: Scope) -> None:
        reading = asyncio.create_task(self._read())
        try:
            await app(scope, self._pass_on, self._send)
        except WebSocketDisconnected:
            # Of a browser that has gone in mid-send Streamlit closes the socket once more, which is
            # an error of nobody's and would fill the log.
            return
        finally:
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading

    async def _read(self) -> None:
        """Take what comes, at once: so that it is known when somebody has gone."""
        while True:
            message = await self._receive()
            if message["type"] == "websocket.receive":
                said = _said(message.get("bytes"))
                # Whose session has ended is not heard; what they typed their browser keeps.
                if said is not None and not self._is_flood() and self._is_heard(said):
                    if said.WhichOneof("type") in SAID:
                        self._take(message, said.rerun_script if _is_run(said) else None)
                    # However many come in one go, others have their turn in between.
                    await asyncio.sleep(0)
                    continue
                code = NOT_UNDERSTOOD if said is None else POLICY
                await self._send({"type": "websocket.close", "code": code})
                message = {"type": "websocket.disconnect", "code": code}
            gone = message["type"] == "websocket.disconnect"
            if gone:
                # Nobody is there for whom to work off what waits.
                self._waiting.clear()
            self._take(message, None)
            if gone:
                return

    def _is_flood(self) -> bool:
        """Count a message; tell whether there were more than any page of ours ever sends."""
        self._quiet_s = max(self._quiet_s, _now_s()) + 1 / MESSAGES_A_S
        return self._quiet_s > _now_s() + QUICK_HAND / MESSAGES_A_S

    def _is_heard(self, said: BackMsg) -> bool:
        return not _is_run(said) or self._is_in(not said.rerun_script.is_auto_rerun)

    def _take(self, message: Message, run: ClientState | None) -> None:
        if self._waiting and (
            len(self._waiting) >= WAITING_AT_MOST or _says_all(run, self._waiting[-1][1])
        ):
            self._waiting.pop()
        self._waiting.append((message, run))
        self._came.set()

    async def _pass_on(self) -> Message:
        while not self._waiting:
            self._came.clear()
            await self._came.wait()
        if self._has_run():
            operation.CLICKS.inc()
            with operation.WAITING.track_inprogress():
                await self._pause(lambda: _now_s() < self._next_s and _runs() > 0)
                # In the order in which they came, whoever's page it is.
                async with self._turns:
                    latest_s = _now_s() + TURN_S
                    await self._pause(lambda: _runs() >= RUNS_AT_MOST and _now_s() < latest_s)
            self._next_s = _now_s() + RUN_EVERY_S
        return self._waiting.popleft()[0]

    def _has_run(self) -> bool:
        return self._waiting[0][1] is not None

    async def _pause(self, needed: Callable[[], bool]) -> None:
        """Wait while there is need to, or until nobody is there for whom to wait."""
        while self._has_run() and needed():
            await asyncio.sleep(LOOKED_EVERY_S)


def _now_s() -> float:
    return asyncio.get_running_loop().time()


def _runs() -> int:
    """Return how many runs are at work, also those that were told to stop and have not yet."""
    return sum(thread.name == RUN for thread in threading.enumerate())


def _said(sent: bytes | None) -> BackMsg | None:
    """Return the message that was sent, None if it is none."""
    said = BackMsg()
    if sent is None:
        return None
    try:
        said.ParseFromString(sent)
    except DecodeError:
        return None
    return said


def _is_run(said: BackMsg) -> bool:
    return said.WhichOneof("type") == "rerun_script"


def _says_all(newer: ClientState | None, older: ClientState | None) -> bool:
    """Tell whether a run that waits is not needed once the newer one is asked for.

    Each says what all fields of the page hold. What it says only once is a button that was
    pressed: that one is heard by itself, before and after which nothing may be left out.
    """
    if newer is None or older is None or newer.fragment_id != older.fragment_id:
        return False
    return not any(
        field.WhichOneof("value") in ONCE
        for run in (older, newer)
        for field in run.widget_states.widgets
    )
