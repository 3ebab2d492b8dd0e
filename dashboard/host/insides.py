"""What is asked of Streamlit itself beyond its documented commands, or once for all sessions.

Streamlit's page asks for the part that shows a panel when the first panel has come, for what that
part needs after it, and for the part that shows the map last, each of them a way to the server and
back while it is busy making the page. Named in the page's own answer they are fetched with its
other files and are there when they are needed. Before it connects, it also asks what it may do,
and where its server is: of a page below the top first where none is. Both stand in the page
already (`Page`). Where another version of Streamlit names its files otherwise, or does not know
what is told, all is as it was.

Streamlit answers every address that it doesn't know with its own page. Below the top that page
stays empty, since its files are looked for beside it; at the top it says "Page not found", in
English, over the map. Such addresses lead to the map (`UnknownPages`).
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, urlencode

import streamlit as st
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config, net_util
from xstatic.pkg import leaflet

from dashboard.address import PAGE_PATHS, UNKNOWN_PAGE
from dashboard.look import page_sheet, theme_sheet

STATIC: Final = Path(st.__file__).parent / "static"
"""Where the files stand that Streamlit's own page is made of."""

PANEL_PATH: Final = "/assets/panel.js"
SHEET_PATH: Final = "/assets/page.css"

MAP_ASSETS: Final = Path(__file__).parents[1] / "map" / "assets"

FONTS: Final = {
    "text": "SourceSansVF-Upright*.woff2",
    "heading": "SourceSerifVariable-Roman*.woff2",
}

DASHBOARD: Final = Path(__file__).parents[1]


@cache
def panel_component() -> Callable[..., Any]:
    """Return what mounts a panel, registered once in the process.

    Streamlit 1.67 registers it again by itself where another runtime mounts it, as in a test.
    """
    # Streamlit sends a component's script anew with each panel of each run: this one is short.
    address = f"`${{location.origin}}{panel_url()}`"
    text = f"const module = await import({address});\nexport default module.default;"
    mount: Callable[..., Any] = st.components.v2.component(
        "lofteskartan_panel", js=text, isolate_styles=False
    )
    return mount


@cache
def panel_script() -> str:
    """Return what all panels run, as one module: the parts of the screen's rooms together."""
    first = DASHBOARD / "static" / "panel.js"
    others = {first, *DASHBOARD.glob("map/**/*.js"), *DASHBOARD.glob("field/*.js")}
    scripts = sorted(set(DASHBOARD.rglob("*.js")) - others)
    return "\n".join(path.read_text(encoding="utf-8") for path in (*scripts, first))


@cache
def map_script() -> str:
    """Return what the map's frame runs, as one script: Leaflet and what is drawn with it."""
    # Its source map is of Leaflet alone.
    library = _text(Path(leaflet.BASE_DIR) / "leaflet.js").partition("//# sourceMappingURL")[0]
    parts = (_text(MAP_ASSETS / f"{name}.js") for name in ("outline", "pane", "lofteskartan"))
    return "\n".join((library, *parts))


@cache
def map_sheet() -> str:
    """Return the map's style, as one sheet: Leaflet's, the colours and the page's font, our own."""
    library = _text(Path(leaflet.BASE_DIR) / "leaflet.css").replace(
        "url(images/", "url(leaflet/images/"
    )
    return "\n".join((library, theme_sheet(), font_face(), _text(MAP_ASSETS / "lofteskartan.css")))


@cache
def map_version() -> str:
    """Return what is another text where the map's script or style is another."""
    return _version(map_script() + map_sheet())


@cache
def panel_url() -> str:
    """Return where the panels' script is, under an address of its own for each version of it."""
    return f"{PANEL_PATH}?v={_version(panel_script())}"


@cache
def sheet_url() -> str:
    """Return where the pages' style sheet is, likewise."""
    return f"{SHEET_PATH}?v={_version(page_sheet())}"


def _version(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def map_component() -> Callable[..., Any]:
    """Return what mounts a map.

    Streamlit knows a component of this kind only if it is declared, which streamlit-folium does
    as it is read, while a server runs: read before, its frame is not found.
    """
    from streamlit_folium import st_folium

    mount: Callable[..., Any] = st_folium
    return mount


def font(name: str = "text") -> Path | None:
    """Return a font that Streamlit's pages are set in, None where it is named otherwise.

    The map's frame and the sign-in page are set in it too, without it in the system's font.
    """
    return next((STATIC / "static" / "media").glob(FONTS[name]), None) if name in FONTS else None


def font_face() -> str:
    """Return a rule for what is set in the page's font beside it: by the name it was fetched by."""
    if (path := font()) is None:
        return ""
    source = f'url("/{path.relative_to(STATIC).as_posix()}") format("woff2")'
    rule = f'font-family: "Source Sans"; src: {source}; font-weight: 200 900; font-display: swap;'
    return f"@font-face {{ {rule} }}\n"


def ask_nobody() -> None:
    """Keep Streamlit from asking other hosts for anything, whatever this user has set for it."""
    # It would ask who this machine is to the outside, and count pages that are opened.
    net_util.get_external_ip = lambda: None
    config.set_option("browser.gatherUsageStats", False)  # noqa: FBT003 (Streamlit's own)


# --- its own page -------------------------------------------------------------------------------

_PARTS: Final = ("BidiComponent", "ComponentInstance")
"""Streamlit's own names of what shows a panel and a component's frame."""

_IMPORTED: Final = re.compile(r"""(?:from|import)\s*["']\./([\w.-]+\.js)["']""")


_KNOWN: Final = """<script>window.__streamlit = {
  BACKEND_BASE_URL: `${location.origin}/`,
  HOST_CONFIG: { allowedOrigins: [location.origin], useExternalAuthToken: false, metricsUrl: "" },
};</script>"""
"""Where the server is, and all that it would answer when asked what the page may do."""


class Page:
    """Answers with Streamlit's page, in which stands what it would ask for first, and its parts.

    Their names change with what is in them. Streamlit itself opens each file anew, and sends its
    scripts four times as large.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for a page or a part of it; every other request is the app's."""
        answer = self._app
        if scope["type"] == "http":
            path = scope["path"].removeprefix("/")
            if path in PAGE_PATHS.values():
                own = f"<{panel_url()}>; rel=modulepreload; crossorigin"
                said = {"Cache-Control": "no-cache", "Link": f"{links()}, {own}".removeprefix(", ")}
                answer = HTMLResponse(page(), headers=said)
            elif path in _names():
                answer = _part(path).answer(Headers(scope=scope))
        await answer(scope, receive, send)


class Part(NamedTuple):
    """A file that a page is made of: as it is, and packed if that makes it smaller."""

    plain: bytes
    packed: bytes | None
    media_type: str

    @classmethod
    def of(cls, plain: bytes, media_type: str) -> Part:
        """Return a part that is packed once and kept."""
        packed = gzip.compress(plain, 6, mtime=0)
        return cls(plain, packed if len(packed) < 0.9 * len(plain) else None, media_type)

    def answer(self, headers: Headers) -> Response:
        """Return what is answered to a request, for good: another version has another address."""
        said = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
        body = self.plain
        if self.packed is not None and "gzip" in headers.get("accept-encoding", ""):
            said["Content-Encoding"], body = "gzip", self.packed
        return Response(body, media_type=self.media_type, headers=said)


@cache
def _names() -> frozenset[str]:
    """Return what there is: no address is looked for on the disk."""
    files = (STATIC / "static").rglob("*.*")
    return frozenset(file.relative_to(STATIC).as_posix() for file in files)


@cache
def _part(name: str) -> Part:
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Part.of((STATIC / name).read_bytes(), media_type)


@cache
def page() -> str:
    """Return Streamlit's own page, with its server's address, its name and our style."""
    text = _text(STATIC / "index.html").replace("<title>Streamlit<", "<title>Löfteskartan<")
    # Last of all: what Streamlit puts into its head comes before it.
    before, end, after = text.partition("</body>")
    style = f'<link rel="stylesheet" href="{sheet_url()}">\n'
    return f"{before}{style}{end}{after}".replace("<head>", f"<head>\n{_KNOWN}", 1)


@cache
def links() -> str:
    """Return the value of the header: Streamlit's parts with all they import."""
    scripts = STATIC / "static" / "js"
    named = set(re.findall(r"static/js/([\w.-]+\.js)", _text(STATIC / "index.html")))
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


_STREAMLITS: Final = frozenset({"_stcore", "app", "auth", "component", "media", "static"})
"""What the addresses of Streamlit's own begin with; a component's frame is a page as well."""

_LONGEST: Final = 100
"""Letters of an unknown address that are told."""


class UnknownPages:
    """Leads from an address where nothing is to the map; what own routes answer is not touched."""

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
