"""The ASGI app: Streamlit's pages, the map's files, the layers and all other routes."""

from __future__ import annotations

import gc
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import cache, partial
from pathlib import Path
from typing import Final

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp
from xstatic.pkg import leaflet

from dashboard import cached
from dashboard.field.routes import field_routes
from dashboard.host import insides, operation
from dashboard.host.door import Door
from dashboard.host.insides import Page, UnknownPages
from dashboard.look import page_sheet, theme_sheet
from dashboard.map.canvas import ASSETS_URL, LEAFLET_URL, SCRIPT_URL, SHEET_URL
from dashboard.planner.loop.keep import loop_routes
from dashboard.planner.schedule.page import schedule_routes
from dashboard.routes import collections, documents, meetings, search
from dashboard.routes.answers import HEALTH, LIGHT, routes
from dashboard.routes.map_data import map_routes
from dashboard.routes.residents import residents_routes
from dashboard.routes.uploads import upload_routes
from dashboard.signin.entrance import Entrance
from dashboard.signin.pages import signin_routes
from geodata.model import Party

HERE: Final = Path(__file__).parent


def _font(request: Request) -> Response:
    """Answer a font that Streamlit's pages are set in, for who has not signed in yet."""
    path = insides.font(request.path_params["name"])
    if path is None:
        return Response(status_code=404)
    return FileResponse(path, headers={"Cache-Control": "public, max-age=86400"})


def _route(path: str, text: Callable[[], str], media_type: str) -> Route:
    """Return the route to a script or a sheet of ours, which is put together once."""
    part = cache(lambda: insides.Part.of(text().encode(), media_type))

    async def answer(request: Request) -> Response:
        return part().answer(request.headers)

    return Route(path, answer)


def _parties() -> Mapping[str, Party]:
    return cached.service().catalogue.party_by_id


def _theme(_request: Request) -> Response:
    """Answer the colours of both themes, for the sign-in page."""
    return Response(theme_sheet(), media_type="text/css", headers={"Cache-Control": "no-cache"})


@asynccontextmanager
async def _lifespan(_app: st.App) -> AsyncIterator[None]:
    """Begin what runs beside the server, and end that before the server itself ends."""
    await run_in_threadpool(cached.reminders)
    yield
    await run_in_threadpool(cached.close)


OPERATION: Final = (
    ("/healthz", operation.alive, HEALTH),
    ("/readyz", operation.ready, HEALTH),
    ("/metrics", operation.measured, HEALTH),
)


def own_routes(entrance: Entrance | None) -> list[BaseRoute]:
    """Return every route of the dashboard's own; what each takes stands in `dashboard.access`."""
    return [
        Mount(LEAFLET_URL, StaticFiles(directory=leaflet.BASE_DIR)),
        Route(f"{ASSETS_URL}/{{name}}.woff2", _font),
        Route(f"{ASSETS_URL}/theme.css", _theme),
        _route(insides.PANEL_PATH, insides.panel_script, "text/javascript"),
        _route(insides.SHEET_PATH, page_sheet, "text/css"),
        _route(SCRIPT_URL, insides.map_script, "text/javascript"),
        _route(SHEET_URL, insides.map_sheet, "text/css"),
        Mount(f"{ASSETS_URL}/map", StaticFiles(directory=insides.MAP_ASSETS)),
        *map_routes(cached.served),
        *loop_routes(cached.served),
        *schedule_routes(cached.served),
        *routes(cached.served, (*OPERATION, *documents.ROUTES, *collections.ROUTES)),
        *routes(cached.served, search.ROUTES),
        *routes(cached.served, [("/mote/lage", partial(meetings.where, cached.live), LIGHT)]),
        *upload_routes(cached.served, cached.uploads()),
        *residents_routes(cached.served),
        *field_routes(cached.served, lambda question: cached.readers().answer(question)),
        *(signin_routes(entrance, _parties) if entrance else ()),
    ]


def create_app() -> ASGIApp:
    """Make the app; uvicorn calls this as a factory."""
    # What has been read by now stays: it need not be looked through for what nobody uses.
    gc.freeze()
    entrance = cached.entrance()
    routes = own_routes(entrance)
    operation.prepare()
    if os.environ.get("LOFTESKARTAN_LOG") == "json":
        operation.write_log()
    app = st.App(
        HERE / "app.py",
        lifespan=_lifespan,
        routes=routes,
        middleware=[Middleware(UnknownPages, routes=routes), Middleware(Page)],
    )
    insides.ask_nobody()
    # Around all of it, and not as its middleware: also an answer that says it failed goes
    # through the door.
    return Door(app, cached.service, entrance)
