"""What a server's log may hold without anything being wrong, so narrowly that nothing else fits."""

from __future__ import annotations

import re
from typing import Final

_HEADER: Final = r"Traceback \(most recent call last\):\n"
_LIBRARIES: Final = r"(?:uvicorn|starlette|streamlit[/\\]web[/\\]server)"
_FRAME: Final = (
    rf'  File "[^"\n]*[/\\]site-packages[/\\]{_LIBRARIES}[/\\][^"\n]+\.py", line \d+, in \w+\n'
    r"(?:    .*\n)*"
)
_LISTENING: Final = (
    r'  File "[^"\n]*[/\\]streamlit[/\\]web[/\\]server[/\\]starlette[/\\]starlette_websocket\.py", '
    r"line \d+, in _websocket_endpoint\n    data = await websocket\.receive_bytes\(\)\n"
)
_ERROR: Final = r"starlette\.websockets\.WebSocketDisconnected: "

LEFT_IN_MID_SEND: Final = re.compile(
    rf"^{_HEADER}{_LISTENING}(?:    .*\n)*{_FRAME}"
    rf'{_ERROR}WebSocket is not connected\. Need to call "accept" first\.\n'
    r"\nDuring handling of the above exception, another exception occurred:\n\n"
    rf"{_HEADER}(?:{_FRAME})+"
    rf'{_ERROR}Cannot call "send" once a close message has been sent\.\n',
    re.MULTILINE,
)
"""Streamlit 1.67, when a browser goes away with a question of its own still unread.

Its sender finds the connection gone first. The listener then asks for the next message, takes
Starlette's refusal for a text frame that must not be, and closes what is closed already. That
browser is gone and everybody else is served on. Nothing of it can be caught here: every frame is
in a library. A frame of the program's own, or any other error, does not fit.
"""


def without_known(log: str) -> str:
    """Return a log without the tracebacks that are known to mean nothing."""
    return LEFT_IN_MID_SEND.sub("", log)
