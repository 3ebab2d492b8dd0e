"""Files that the first view of a page is going to ask for, named with the page itself.

Streamlit's page asks for the part that shows a panel when the first panel has come, for what
that part needs after it, and for the part that shows the map last, each of them a way to the
server and back while it is busy making the page. Named in the page's own answer they are fetched
with its other files and are there when they are needed. Where another version of Streamlit names
its files otherwise, nothing is named and all is as it was.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.address import PAGE_PATHS

_STATIC: Final = Path(st.__file__).parent / "static"
_PARTS: Final = ("BidiComponent", "Html", "ComponentInstance")
"""Streamlit's own names of what shows a panel, a style and a component's frame."""

_IMPORTED: Final = re.compile(r"""(?:from|import)\s*["']\./([\w.-]+\.js)["']""")


class EarlyFiles:
    """Names, with every page, the files that it is going to ask for.

    Parameters
    ----------
    app : callable
        The ASGI app around Streamlit.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request as the app does; a page with a ``Link`` header more."""
        if scope["type"] != "http" or scope["path"].strip("/") not in PAGE_PATHS.values():
            await self._app(scope, receive, send)
            return

        async def name(message: Message) -> None:
            if message["type"] == "http.response.start":
                kind = Headers(raw=message["headers"]).get("content-type", "")
                if message["status"] == 200 and kind.startswith("text/html") and links():
                    MutableHeaders(raw=message["headers"]).append("Link", links())
            await send(message)

        await self._app(scope, receive, name)


@cache
def links() -> str:
    """Return the value of the header: Streamlit's parts with all they import."""
    scripts = _STATIC / "static" / "js"
    named = set(re.findall(r"static/js/([\w.-]+\.js)", _text(_STATIC / "index.html")))
    found: list[str] = []
    to_look_at = [file.name for part in _PARTS for file in scripts.glob(f"{part}.*.js")]
    while to_look_at:
        name = to_look_at.pop(0)
        if name in named:
            continue
        named.add(name)
        found.append(name)
        to_look_at += _IMPORTED.findall(_text(scripts / name))
    return ", ".join(f"</static/js/{name}>; rel=modulepreload; crossorigin" for name in found)


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""
