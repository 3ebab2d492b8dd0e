"""Addresses where nothing is: they lead to the map, which says so in the reader's language.

Streamlit answers every address that it doesn't know with its own page. Below the top that page
stays empty, since its files are looked for beside it; at the top it says "Page not found", in
English, over the map.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.address import PAGE_PATHS, UNKNOWN_PAGE

_STREAMLITS: Final = frozenset({"_stcore", "app", "auth", "component", "media", "static"})
"""What the addresses of Streamlit's own begin with; a component's frame is a page as well."""

_LONGEST: Final = 100
"""Letters of an unknown address that are told."""


class UnknownPages:
    """Leads from an address where nothing is to the map.

    Parameters
    ----------
    app : callable
        The ASGI app around Streamlit.
    routes : sequence of starlette.routing.BaseRoute
        Those of the dashboard's own: what they answer is not touched.
    """

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute]) -> None:
        self._app, self._routes = app, routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; every one but those that lead nowhere as the app does."""
        if scope["type"] != "http" or self._is_known(scope):
            await self._app(scope, receive, send)
            return
        elsewhere = False

        async def lead(message: Message) -> None:
            nonlocal elsewhere
            if message["type"] == "http.response.start":
                kind = Headers(raw=message["headers"]).get("content-type", "")
                elsewhere = message["status"] == 200 and kind.startswith("text/html")
                if elsewhere:
                    await RedirectResponse(_to_map(scope), 303)(scope, receive, send)
            if not elsewhere:
                await send(message)

        await self._app(scope, receive, lead)

    def _is_known(self, scope: Scope) -> bool:
        path = scope["path"].strip("/")
        if path in PAGE_PATHS.values() or path.partition("/")[0] in _STREAMLITS:
            return True
        return any(route.matches(scope)[0] is not Match.NONE for route in self._routes)


def _to_map(scope: Scope) -> str:
    asked = dict(parse_qsl(scope["query_string"].decode("ascii", "replace")))
    return "/?" + urlencode({**asked, UNKNOWN_PAGE: scope["path"][:_LONGEST]})
