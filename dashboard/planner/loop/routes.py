"""A kept loop's own addresses: as GPX for a phone, and as a sheet to print."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.routes.answers import SHEETS, language_of, made, saved_as
from dashboard.routes.documents import printed
from geodata.planner.loop.choices import clock
from geodata.planner.loop.files import loop_file, printed_loop
from geodata.planner.loop.keep import LOOPS
from geodata.service import Service
from geodata.service.streets import told_source
from geodata.texts import Words, words

GPX: Final = "application/gpx+xml"
LINES: Final = 6
"""Empty lines for what is seen on the way, besides those of the stops."""


def loop_routes(service: Callable[[], Service]) -> list[Route]:
    """Return the routes of kept loops."""

    def gpx(request: Request) -> Response:
        plan_id = request.path_params["plan_id"]
        text = loop_file(service(), plan_id, words(language_of(request)))
        headers = saved_as(LOOPS.of(service(), plan_id).name, "gpx")
        return Response(text.encode(), media_type=GPX, headers=headers)

    def sheet(request: Request, w: Words) -> Mapping[str, Any]:
        told = printed_loop(service(), request.path_params["plan_id"], w)
        return {
            "sheet": told,
            "clock": clock,
            "kinds": {stop.kind for stop in told.loop.stops},
            "lines": LINES,
            "basis": told_source(told.loop.source, w),
            "sources": ", ".join(service().place_sources()),
        }

    shown = printed(service, "loop/sheet.html", sheet)
    return [
        Route("/slinga/{plan_id}.gpx", made(gpx, service, SHEETS), methods=["GET"]),
        Route("/slingblad/{plan_id}", shown, methods=["GET"]),
    ]
