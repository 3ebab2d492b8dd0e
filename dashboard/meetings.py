"""Where a meeting is, for the screens that follow it."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dashboard.answers import guarded, told
from dashboard.live import Live
from geodata.errors import GeodataError
from geodata.service import Service


def meeting_routes(service: Callable[[], Service], live: Callable[[], Live]) -> list[Route]:
    """Return the route that tells where a meeting is."""

    def where(request: Request) -> Response:
        at = live().at(request.query_params.get("meeting", ""))
        try:
            version = service().version()
        except GeodataError as error:
            return told(error, request, 503)
        return JSONResponse(
            {"step": at.step if at else None, "turn": at.turn if at else 0, "version": version},
            headers={"Cache-Control": "no-store"},
        )

    return [Route("/mote/lage", guarded(where, service))]
