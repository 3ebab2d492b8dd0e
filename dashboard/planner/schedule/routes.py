"""A kept schedule's own addresses: as a calendar, as a table, and as a sheet to print."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.routes.answers import SHEETS, language_of, made, saved_as
from dashboard.routes.documents import printed
from geodata.planner.schedule.ask import WEEKDAYS
from geodata.planner.schedule.files import calendar_file, printed_schedule, table_file
from geodata.planner.schedule.keep import SCHEDULES
from geodata.service import Service
from geodata.service.streets import told_source
from geodata.texts import Words, words

MEDIA_TYPES: Final = {"ics": "text/calendar; charset=utf-8", "csv": "text/csv; charset=utf-8"}


def schedule_routes(service: Callable[[], Service]) -> list[Route]:
    """Return the routes of kept schedules."""

    def file(request: Request) -> Response:
        plan_id, ending = request.path_params["plan_id"], request.path_params["ending"]
        if ending not in MEDIA_TYPES:
            return Response(status_code=404)
        make = calendar_file if ending == "ics" else table_file
        patrol = request.query_params.get("patrol") or None
        content = make(service(), plan_id, words(language_of(request)), patrol=patrol)
        name = SCHEDULES.of(service(), plan_id).name
        headers = saved_as(f"{name} {patrol or ''}", ending)
        return Response(content, media_type=MEDIA_TYPES[ending], headers=headers)

    def sheet(request: Request, w: Words) -> Mapping[str, Any]:
        patrol = request.query_params.get("patrol") or None
        schedule, days = printed_schedule(service(), request.path_params["plan_id"], patrol=patrol)
        return {
            "schedule": schedule,
            "days": days,
            "weekdays": WEEKDAYS,
            "basis": told_source(schedule.source, w),
        }

    shown = printed(service, "schedule/sheet.html", sheet)
    return [
        Route("/schema/{plan_id}.{ending}", made(file, service, SHEETS), methods=["GET"]),
        Route("/schemablad/{plan_id}", shown, methods=["GET"]),
    ]
