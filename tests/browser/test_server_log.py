"""One known traceback of Streamlit's is no fault of the program's; every other one is."""

from __future__ import annotations

import traceback
from typing import Any, Final

import pytest

from geodata.crs import to_metres

from .server_log import without_known

AT: Final = "/srv/lk/.venv/lib/python3.11/site-packages"
KNOWN: Final = f"""\
Traceback (most recent call last):
  File "{AT}/streamlit/web/server/starlette/starlette_websocket.py", line 51, in _websocket_endpoint
    data = await websocket.receive_bytes()
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "{AT}/starlette/websockets.py", line 131, in receive_bytes
    raise WebSocketDisconnected('WebSocket is not connected. Need to call "accept" first.')
starlette.websockets.WebSocketDisconnected: WebSocket is not connected. Need to call "accept" first.

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "{AT}/uvicorn/protocols/websockets/websockets_sansio_impl.py", line 409, in run_asgi
    result = await self.app(self.scope, self.receive, self.send)
             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "{AT}/streamlit/web/server/starlette/starlette_app.py", line 887, in __call__
    await self._starlette_app(scope, receive, send)
  File "{AT}/starlette/_exception_handler.py", line 53, in wrapped_app
    raise exc
  File "{AT}/streamlit/web/server/starlette/starlette_websocket.py", line 52, in _websocket_endpoint
    await websocket.close()
  File "{AT}/starlette/websockets.py", line 104, in send
    raise WebSocketDisconnected('Cannot call "send" once a close message has been sent.')
starlette.websockets.WebSocketDisconnected: Cannot call "send" once a close message has been sent.
"""
"""As uvicorn logged it when a client left in mid-send, without the frames that only pass on."""

LEVEL: Final = "ERROR:    Exception in ASGI application\n"


def own_traceback() -> str:
    """Let the program itself fail and return what a log would hold of it."""
    broken: Any = object()
    try:
        to_metres(broken)
    except (AttributeError, TypeError, ValueError):
        return traceback.format_exc()
    raise AssertionError("it was taken for a geometry")


def test_the_known_one_is_passed_over_wherever_it_stands() -> None:
    log = f"before\n{LEVEL}{KNOWN}between\n{LEVEL}{KNOWN}after\n"
    assert without_known(log) == f"before\n{LEVEL}between\n{LEVEL}after\n"


def test_one_of_the_programs_own_stays_also_beside_the_known_one() -> None:
    own = own_traceback()
    assert "/geodata/" in own.replace("\\", "/")
    for log in (own, KNOWN + own, own + KNOWN, KNOWN + own + KNOWN):
        assert without_known(log) == own


@pytest.mark.parametrize(
    ("found", "instead"),
    [
        # The program's own code on the way, as a middleware of ours would stand there.
        (f"{AT}/starlette/_exception_handler.py", "/srv/lk/dashboard/server.py"),
        (f"{AT}/starlette/_exception_handler.py", f"{AT}/dashboard/server.py"),
        # A script's own failure comes through other rooms of Streamlit.
        ("streamlit/web/server/starlette/starlette_app.py", "streamlit/runtime/runtime.py"),
        # Another error, or the same words of another.
        ("WebSocketDisconnected: Cannot call", "WebSocketDisconnect: Cannot call"),
        ("starlette.websockets.WebSocketDisconnected: Cannot", "RuntimeError: Cannot"),
        ('Need to call "accept" first.\n\n', 'Need to call "accept" at last.\n\n'),
        # Another question than for the next message.
        ("await websocket.receive_bytes()", "await websocket.receive_json()"),
        # Something else went wrong while it was dealt with, or first.
        ("During handling of the above", "The above exception was the direct cause of the"),
    ],
)
def test_what_is_only_like_it_is_told(found: str, instead: str) -> None:
    assert found in KNOWN
    log = KNOWN.replace(found, instead)
    assert without_known(log) == log


def test_half_of_it_is_told() -> None:
    first, second = KNOWN.split("\nDuring handling")
    for half in (first, "During handling" + second, KNOWN[: len(KNOWN) // 2]):
        assert "Traceback" in without_known(half)
