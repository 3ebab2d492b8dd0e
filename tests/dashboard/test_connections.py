"""Connections: the slow are ended, there is room for the others, and the log stays small."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Final

import pytest
import uvicorn
from websockets.sync.client import connect

from dashboard.host import operation as connections
from dashboard.host.operation import TOLD_A_MINUTE, Connection, _Seldom

SHORT_S: Final = 0.4
ANSWERED_S: Final = 20


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Say how much was sent, and a socket what it said."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] != "websocket.disconnect":
            if "bytes" in message:
                await send({"type": "websocket.send", "bytes": message["bytes"]})
        return
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    length = (b"content-length", str(len(str(size))).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": str(size).encode()})


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server that has little patience and room for four."""
    monkeypatch.setattr(connections, "HEAD_S", SHORT_S)
    monkeypatch.setattr(connections, "BODY_S", SHORT_S)
    monkeypatch.setattr(connections, "BODY_BYTES_S", 1_000_000)
    monkeypatch.setattr(Connection, "at_most", 4)
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, http=Connection, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(ANSWERED_S)


def opened(port: int, said: bytes = b"") -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port), timeout=ANSWERED_S)
    made.sendall(said)
    return made


def rest(connection: socket.socket) -> bytes:
    """Return what comes until the server ends it."""
    parts = []
    try:
        while part := connection.recv(65_536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12",
    ],
)
def test_who_does_not_go_on_is_ended(port: int, said: bytes) -> None:
    with opened(port, said) as slow:
        assert rest(slow) == b""


def test_who_goes_on_drop_by_drop_is_ended_too(port: int) -> None:
    with opened(port, b"GET / HTTP/1.1\r\nHost: x\r\n") as slow:
        slow.settimeout(SHORT_S / 8)
        ended = False
        for number in range(8 * ANSWERED_S):
            try:
                slow.sendall(f"X-{number}: y\r\n".encode())
                ended = slow.recv(1) == b""
            except TimeoutError:
                continue
            except OSError:
                ended = True
            break
        assert ended


def test_who_sends_much_is_given_the_time(port: int) -> None:
    size = 3_000_000
    head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n"
    with opened(port, head.encode()) as sending:
        for _ in range(30):
            sending.sendall(b"x" * (size // 30))
        assert rest(sending).endswith(str(size).encode())


def test_a_socket_stays_though_nothing_is_said(port: int) -> None:
    with connect(f"ws://127.0.0.1:{port}/", max_size=None) as page:
        for _ in range(2):
            # By the time that this one is ended, the socket is older than any patience.
            with opened(port) as slow:
                assert rest(slow) == b""
        page.send(b"still here")
        assert page.recv(ANSWERED_S) == b"still here"


def test_who_asks_nothing_makes_room_for_who_does(port: int) -> None:
    with ExitStack() as kept:
        for _ in range(40):
            kept.enter_context(opened(port))
        with opened(port, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") as asking:
            assert rest(asking).startswith(b"HTTP/1.1 200")


def test_a_sentence_is_told_so_often_and_no_more() -> None:
    seldom = _Seldom()
    once = logging.LogRecord("asyncio", logging.ERROR, "a.py", 1, "again", (), None)
    other = logging.LogRecord("asyncio", logging.ERROR, "a.py", 2, "another", (), None)
    passed = sum(seldom.filter(once) for _ in range(10_000))
    # Should a minute end meanwhile, it begins anew.
    assert TOLD_A_MINUTE <= passed <= 2 * TOLD_A_MINUTE
    assert seldom.filter(other)
