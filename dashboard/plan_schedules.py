"""A kept schedule's own addresses: as a calendar, as a table, and as a sheet to print."""

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
from geodata.service.planning.schedule_choices import WEEKDAYS
from geodata.service.planning.schedule_keeping import (
    calendar_file,
    kept_schedule,
    printed_schedule,
    table_file,
)
from geodata.service.streets import told_source
from geodata.texts import words

MEDIA_TYPES: Final = {"ics": "text/calendar; charset=utf-8", "csv": "text/csv; charset=utf-8"}


def schedule_routes(service: Callable[[], Service]) -> list[Route]:
    """Return the routes of kept schedules.

    Parameters
    ----------
    service : callable
        Gives the process's service.

    Returns
    -------
    list of starlette.routing.Route
        ``/schema/<plan>.ics``, ``/schema/<plan>.csv`` and ``/schemablad/<plan>``, each with
        ``patrol`` for one patrol alone; guarded as the pages are.
    """

    def file(request: Request) -> Response:
        plan_id, ending = request.path_params["plan_id"], request.path_params["ending"]
        if ending not in MEDIA_TYPES:
            return Response(status_code=404)
        make = calendar_file if ending == "ics" else table_file
        patrol = request.query_params.get("patrol") or None
        try:
            content = make(service(), plan_id, words(language_of(request)), patrol=patrol)
            name = kept_schedule(service(), plan_id).name
        except GeodataError as error:
            return refused(error, request)
        saved = _file_name(f"{name} {patrol or ''}")
        told = {"Content-Disposition": f'attachment; filename="{saved}.{ending}"'}
        return Response(content, media_type=MEDIA_TYPES[ending], headers={**FILE_HEADERS, **told})

    def sheet(request: Request) -> Response:
        w = words(language_of(request))
        if not access.may_read(request.headers, service().settings):
            return PlainTextResponse(w("access.refused"), status_code=403, headers=HEADERS)
        patrol = request.query_params.get("patrol") or None
        try:
            schedule, days = printed_schedule(
                service(), request.path_params["plan_id"], patrol=patrol
            )
        except UnknownIdError as error:
            # As plain text: the sentence repeats what the address asked for.
            return PlainTextResponse(w.error(error), status_code=404, headers=HEADERS)
        except GeodataError as error:
            return PlainTextResponse(w.error(error), status_code=503, headers=HEADERS)
        page = templates().get_template("planning/schedule_sheet.html")
        shown = page.render(
            w=w,
            schedule=schedule,
            days=days,
            weekdays=WEEKDAYS,
            basis=told_source(schedule.source, w),
        )
        return HTMLResponse(shown, headers=HEADERS)

    return [
        Route("/schema/{plan_id}.{ending}", guarded(file, service), methods=["GET"]),
        Route("/schemablad/{plan_id}", sheet, methods=["GET"]),
    ]


def _file_name(name: str) -> str:
    """Return a plan's name as every system can keep a file by."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    parts = "".join(c if c.isalnum() else " " for c in plain).split()
    return "-".join(parts)[:60].strip("-") or "schema"
