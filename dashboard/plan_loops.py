"""A kept loop's own addresses: as GPX for a phone, and as a sheet to print."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from dashboard import access
from dashboard.answers import FILE_HEADERS, guarded, language_of, refused
from dashboard.panel import templates
from dashboard.sheets import HEADERS
from geodata.errors import GeodataError, UnknownIdError
from geodata.service import Service
from geodata.service.planning.loop_choices import clock
from geodata.service.planning.loop_keeping import kept_loop, loop_file, printed_loop
from geodata.service.streets import told_source
from geodata.texts import words

GPX: Final = "application/gpx+xml"
LINES: Final = 6
"""Empty lines for what is seen on the way, besides those of the stops."""


def loop_routes(service: Callable[[], Service]) -> list[Route]:
    """Return the routes of kept loops.

    Parameters
    ----------
    service : callable
        Gives the process's service.

    Returns
    -------
    list of starlette.routing.Route
        ``/slinga/<plan>.gpx`` and ``/slingblad/<plan>``; guarded as the pages are.
    """

    def gpx(request: Request) -> Response:
        plan_id = request.path_params["plan_id"]
        try:
            text = loop_file(service(), plan_id, words(language_of(request)))
            name = _file_name(kept_loop(service(), plan_id).name)
        except GeodataError as error:
            return refused(error, request)
        saved_as = {"Content-Disposition": f'attachment; filename="{name}.gpx"'}
        return Response(text.encode(), media_type=GPX, headers={**FILE_HEADERS, **saved_as})

    def sheet(request: Request) -> Response:
        w = words(language_of(request))
        if not access.may_read(request.headers, service().settings):
            return PlainTextResponse(w("access.refused"), status_code=403, headers=HEADERS)
        try:
            told = printed_loop(service(), request.path_params["plan_id"], w)
        except UnknownIdError as error:
            # As plain text: the sentence repeats what the address asked for.
            return PlainTextResponse(w.error(error), status_code=404, headers=HEADERS)
        except GeodataError as error:
            return PlainTextResponse(w.error(error), status_code=503, headers=HEADERS)
        page = templates().get_template("planning/loop_sheet.html")
        shown = page.render(
            w=w,
            sheet=told,
            clock=clock,
            kinds={stop.kind for stop in told.loop.stops},
            lines=LINES,
            basis=told_source(told.loop.source, w),
            sources=", ".join(service().place_sources()),
        )
        return HTMLResponse(shown, headers=HEADERS)

    return [
        Route("/slinga/{plan_id}.gpx", guarded(gpx, service), methods=["GET"]),
        Route("/slingblad/{plan_id}", sheet, methods=["GET"]),
    ]


def _file_name(name: str) -> str:
    """Return a plan's name as every system can keep a file by."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    parts = "".join(c if c.isalnum() else " " for c in plain).split()
    return "-".join(parts)[:60].strip("-") or "slinga"
