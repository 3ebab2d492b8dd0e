"""The one door: what is let in, what every answer says, and what a page may say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.types import Message
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.web.server.starlette.starlette_app import create_streamlit_routes

from dashboard import cached
from dashboard.host import door
from dashboard.host.door import (
    MAP_FRAME,
    MESSAGES_A_S,
    POLICY,
    QUICK_HAND,
    STREAM,
    WAITING_AT_MOST,
    Door,
    is_open,
    policy,
)
from dashboard.server import HERE
from geodata.service import Service
from geodata.settings import Basemap, Settings

HOST: Final = "localhost:8501"
OWN: Final = {"Host": HOST, "Origin": f"http://{HOST}"}


# --- what is open --------------------------------------------------------------------------------

CLOSED: Final = (
    "/_stcore/agent/interact",
    "/_stcore/agent/mcp",
    "/_stcore/agent/openapi.json",
    "/_stcore/bidi-components/{path:path}",
    "/_stcore/metrics",
    "/_stcore/upload_file/{session_id}/{file_id}",
    "/auth/login",
    "/auth/logout",
    "/component/{path:path}",
    "/oauth2callback",
)
USED: Final = ("/_stcore/health", "/_stcore/host-config", "/media/{file_id:path}")


def test_every_route_that_streamlit_brings_is_known() -> None:
    app = st.App(HERE / "app.py")
    routes = create_streamlit_routes(app._create_runtime())
    paths = {route.path for route in routes if isinstance(route, Route)}
    assert paths == {*CLOSED, *USED}
    assert all(is_open("GET", path) for path in USED)
    methods = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")
    assert not [(m, path) for m in methods for path in CLOSED if is_open(m, path)]


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/", True),
        ("GET", "/mote", True),
        ("GET", "/apparat", True),
        ("GET", f"{MAP_FRAME}index.html", True),
        ("GET", "/component/another.one/index.html", False),
        ("GET", "/component", False),
        ("GET", "/app/static/x", False),
        ("POST", "/uploads", True),
        ("GET", "/uploads", False),
        ("POST", "/vandra/x", True),
        ("POST", "/vandra/x/y", False),
        ("PUT", "/vandra/x", False),
        ("POST", "/", False),
        ("POST", "/_stcore/health", False),
        ("PUT", "/layers/areas", False),
        ("OPTIONS", "/_stcore/health", False),
    ],
)
def test_what_is_not_named_is_not_open(method: str, path: str, *, expected: bool) -> None:
    assert is_open(method, path) is expected


# --- what every answer says ----------------------------------------------------------------------


def page(request: Request) -> Response:
    kept = request.headers.get("if-none-match") is not None
    return Response(status_code=304) if kept else HTMLResponse("<p>", headers={"ETag": '"1"'})


def shared(_: Request) -> Response:
    return JSONResponse({}, headers={"Access-Control-Allow-Origin": "*"})


def broken(_: Request) -> Response:
    raise ZeroDivisionError


async def twice(socket: WebSocket) -> None:
    """As Streamlit does when a browser goes away while it is being sent something."""
    await socket.accept()
    await socket.close()
    await socket.close()


async def echo(socket: WebSocket) -> None:
    await socket.accept()
    try:
        while True:
            await socket.send_bytes(await socket.receive_bytes())
    except WebSocketDisconnect:
        pass


@pytest.fixture
def client(service: Service) -> TestClient:
    own = {"Content-Security-Policy": "default-src 'none'; sandbox"}
    routes = [
        Route("/", page),
        Route(f"{MAP_FRAME}index.html", page),
        Route("/data", shared),
        Route("/broken", broken),
        Route("/own", lambda _: HTMLResponse("", headers=own)),
        WebSocketRoute(STREAM, echo),
        WebSocketRoute("/other", echo),
    ]
    app = Door(Starlette(routes=routes), lambda: service)
    return TestClient(app, base_url=f"http://{HOST}", raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("path", "status"), [("/", 200), ("/data", 200), ("/no-such", 404), ("/broken", 500)]
)
def test_every_answer_says_how_it_may_be_used(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    said = answer.headers
    assert said["x-content-type-options"] == "nosniff"
    assert said["referrer-policy"] == "strict-origin"
    assert said["cross-origin-opener-policy"] == "same-origin"
    assert said["x-frame-options"] == "DENY"
    assert said["content-security-policy"].endswith("frame-ancestors 'none'")
    assert "access-control-allow-origin" not in said


def test_who_asks_for_another_name_is_told_and_no_more(client: TestClient) -> None:
    for path in ("/", "/data", "/_stcore/metrics", f"{MAP_FRAME}index.html"):
        answer = client.get(path, headers={"Host": "evil.example"})
        assert answer.status_code == 403
        assert "Servern svarar bara" in answer.text
        assert answer.headers["x-frame-options"] == "DENY"


def test_the_map_is_framed_by_our_pages_only(client: TestClient) -> None:
    said = client.get(f"{MAP_FRAME}index.html").headers
    assert said["x-frame-options"] == "SAMEORIGIN"
    assert said["content-security-policy"].endswith("frame-ancestors 'self'")


def test_an_answers_own_policy_stays_and_is_not_framed(client: TestClient) -> None:
    said = client.get("/own").headers["content-security-policy"]
    assert said == "default-src 'none'; sandbox; frame-ancestors 'none'"


def test_a_page_that_is_kept_keeps_its_policy(client: TestClient) -> None:
    # A browser lays the headers of "not modified" over those that it has kept.
    answer = client.get("/", headers={"If-None-Match": '"1"'})
    assert answer.status_code == 304
    assert "content-security-policy" not in answer.headers


@pytest.mark.parametrize(
    ("url", "tiles"),
    [
        ("https://tile.openstreetmap.org/{z}/{x}/{y}.png", " https://tile.openstreetmap.org;"),
        ("https://{s}.tile.example/{z}/{x}/{y}.png", " https://*.tile.example;"),
        ("https://karta.example:8443/wms?key=1", " https://karta.example:8443;"),
        ("https://evil.example; script-src */{z}/{x}/{y}", " data: blob: ;"),
        ("", " data: blob: ;"),
    ],
)
def test_pictures_come_from_here_and_from_the_base_map(url: str, tiles: str) -> None:
    settings = Settings("sqlite://", basemap=Basemap("x", "xyz", url))
    framed = policy(f"{MAP_FRAME}index.html", "text/html", HOST, settings)
    assert tiles in framed
    assert "://" not in policy("/", "text/html; charset=utf-8", HOST, settings).replace(
        f"ws://{HOST} wss://{HOST}", ""
    )


def test_pictures_come_from_named_map_services_too() -> None:
    named = ("https://karta.example", "http://wms.example:8080")
    settings = Settings("sqlite://", basemap=Basemap("none", "none"), map_services=named)
    framed = policy(f"{MAP_FRAME}index.html", "text/html", HOST, settings)
    assert "blob:  https://karta.example http://wms.example:8080;" in framed


def test_a_strange_name_says_nothing_in_the_policy() -> None:
    said = policy("/", "text/html", "a;script-src*", Settings("sqlite://", open_to=("*",)))
    assert "script-src*" not in said


# --- who may open the socket ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        (HOST, "http://localhost:8501"),
        (HOST, "HTTP://LOCALHOST:8501"),
        ("127.0.0.1:8501", "http://127.0.0.1:8501"),
        ("[::1]:8501", "http://[::1]:8501"),
        ("localhost", "http://localhost"),
        ("localhost", "http://localhost:80"),
        ("localhost:443", "https://localhost"),
        # Behind a proxy that speaks TLS.
        ("localhost", "https://localhost"),
    ],
)
def test_our_own_pages_open_the_socket(client: TestClient, host: str, origin: str) -> None:
    with client.websocket_connect(STREAM, headers={"Host": host, "Origin": origin}):
        pass


@pytest.mark.parametrize(
    ("path", "host", "origin"),
    [
        (STREAM, HOST, None),
        (STREAM, HOST, "null"),
        (STREAM, HOST, "http://localhost:3000"),
        (STREAM, HOST, "http://localhost"),
        (STREAM, HOST, "http://127.0.0.1:8501"),
        (STREAM, HOST, "http://evil.example:8501"),
        (STREAM, HOST, "http://localhost:8501.evil.example"),
        (STREAM, HOST, "http://localhost:99999"),
        (STREAM, HOST, "file://localhost:8501"),
        (STREAM, "evil.example", "http://evil.example"),
        ("/other", HOST, f"http://{HOST}"),
    ],
)
def test_nobody_else_does(client: TestClient, path: str, host: str, origin: str | None) -> None:
    headers = {"Host": host} if origin is None else {"Host": host, "Origin": origin}
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(path, headers=headers):
        pass


# --- what a page may say -------------------------------------------------------------------------


def said(**values: Any) -> Message:
    return {"type": "websocket.receive", "bytes": BackMsg(**values).SerializeToString()}


def rerun(number: int) -> Message:
    return said(rerun_script={"query_string": str(number)})


GONE: Final[Message] = {"type": "websocket.disconnect", "code": 1001}


def heard(
    sent: list[Message], monkeypatch: pytest.MonkeyPatch, runs: Callable[[], int] = lambda: 0
) -> tuple[list[Message], list[Message]]:
    """Return what reaches Streamlit of what a page sends at once, and what is answered."""
    monkeypatch.setattr(door, "_runs", runs)
    passed: list[Message] = []
    answered: list[Message] = []

    async def main() -> None:
        left = list(sent)

        async def receive() -> Message:
            if left:
                return left.pop(0)
            await asyncio.Event().wait()
            raise AssertionError

        async def send(message: Message) -> None:
            answered.append(message)

        async def streamlit(_scope: Any, receive: Any, _send: Any) -> None:
            # It looks for messages once all have come, or all that are taken.
            for _ in range(10 * len(sent)):
                await asyncio.sleep(0)
            while not passed or passed[-1]["type"] != "websocket.disconnect":
                passed.append(await asyncio.wait_for(receive(), 0.2))

        turnstile = door._Turnstile(receive, send, asyncio.Lock())
        with suppress(TimeoutError):
            await turnstile.serve(streamlit, {"type": "websocket"})

    asyncio.run(main())
    return passed, answered


@pytest.mark.parametrize(
    "message",
    [
        {"clear_cache": True},
        {"load_git_info": True},
        {"set_run_on_save": True},
        {"debug_disconnect_websocket": True},
        {"debug_shutdown_runtime": True},
        {"file_urls_request": {"request_id": "1"}},
        {"backend_operation_request": {"install_skills": {}}},
        {},
    ],
)
def test_streamlit_hears_nothing_that_no_page_of_ours_says(
    message: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = [rerun(1), said(app_heartbeat=True), said(stop_script=True)]
    assert heard([said(**message), *kept, said(**message)], monkeypatch) == (kept, [])


@pytest.mark.parametrize(
    "frame", [{"bytes": b"\xff\xff\xff"}, {"text": "rerun"}, {"bytes": None, "text": ""}]
)
def test_what_is_no_message_ends_the_socket(
    frame: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    passed, answered = heard([{"type": "websocket.receive", **frame}, rerun(1)], monkeypatch)
    assert [message["type"] for message in passed] == ["websocket.disconnect"]
    assert [message["type"] for message in answered] == ["websocket.close"]


def pressed(number: int, button: str = "save") -> Message:
    field = {"id": button, "trigger_value": True}
    asked = {"query_string": str(number), "widget_states": {"widgets": [field]}}
    return said(rerun_script=asked)


def held(value: float, **asked: str) -> Message:
    field = {"id": "slider", "double_value": value}
    return said(rerun_script={**asked, "widget_states": {"widgets": [field]}})


def test_a_quick_hand_is_heard_in_full_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [pressed(number) for number in range(WAITING_AT_MOST)]
    assert heard(keys, monkeypatch)[0] == keys


def test_of_what_fields_hold_the_newest_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = [held(number) for number in range(30)]
    assert heard(drawn, monkeypatch)[0] == [drawn[-1]]


def test_nothing_is_left_out_beside_a_button_or_another_part_of_the_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    came = [
        *(held(1), pressed(2), held(3)),
        *(held(4, fragment_id="a"), held(5, fragment_id="b"), held(6)),
        *(said(app_heartbeat=True), held(7), said(stop_script=True)),
    ]
    assert heard(came, monkeypatch)[0] == came


def test_more_than_may_wait_ends_with_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    passed, _ = heard([pressed(number) for number in range(100)], monkeypatch)
    assert passed == [*(pressed(number) for number in range(WAITING_AT_MOST - 1)), pressed(99)]


@pytest.mark.parametrize("message", [{"app_heartbeat": True}, {"clear_cache": True}])
def test_a_flood_closes_its_socket(
    message: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "_now_s", lambda: 1_000.0)
    passed, answered = heard([said(**message)] * (QUICK_HAND + 1), monkeypatch)
    assert passed == [{"type": "websocket.disconnect", "code": POLICY}]
    assert answered == [{"type": "websocket.close", "code": POLICY}]


def test_what_a_page_says_in_time_is_no_flood(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(door, "_now_s", lambda: clock[0])
    turnstile = door._Turnstile(None, None, asyncio.Lock())  # type: ignore[arg-type]
    for number in range(3 * QUICK_HAND):
        clock[0] = number / MESSAGES_A_S
        assert not turnstile._is_flood()


def test_nobody_works_for_who_has_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    passed, _ = heard([rerun(1), rerun(2), rerun(3), GONE], monkeypatch)
    assert passed == [GONE]


def test_who_has_gone_is_noticed_while_others_have_their_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Every run that may be at work is; nobody's ends.
    passed, _ = heard([rerun(1), rerun(2), GONE], monkeypatch, runs=lambda: door.RUNS_AT_MOST)
    assert passed == [GONE]


def test_a_run_waits_while_as_many_as_may_be_are_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    busy = [door.RUNS_AT_MOST] * 3
    passed, _ = heard([rerun(1)], monkeypatch, runs=lambda: busy.pop() if busy else 0)
    assert (passed, busy) == ([rerun(1)], [])


# --- what outlives Streamlit's caches ------------------------------------------------------------


def test_emptying_streamlits_caches_loses_nothing() -> None:
    lasting = (cached.uploads, cached.jobs, cached.live, cached.solvers, cached.street_jobs)
    before = [one() for one in lasting]
    st.cache_resource.clear()
    st.cache_data.clear()
    assert all(one() is kept for one, kept in zip(lasting, before, strict=True))


def test_a_socket_that_is_closed_twice_is_no_fault(service: Service) -> None:
    routes = [WebSocketRoute(STREAM, twice)]
    with pytest.raises(WebSocketDisconnected), TestClient(Starlette(routes=routes)) as bare:
        _closed(bare)
    _closed(TestClient(Door(Starlette(routes=routes), lambda: service)))


def _closed(client: TestClient) -> None:
    with client.websocket_connect(STREAM, headers=OWN) as socket:
        assert socket.receive()["type"] == "websocket.close"
