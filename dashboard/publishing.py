"""The route that gives the citizens' page as a zip file, guarded as the pages are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.answers import FILE_HEADERS, REGISTER, day_of, guarded, parameters_of, refused
from geodata.errors import GeodataError
from geodata.service import Service
from geodata.service.publishing import Publishing, publish_zip

ADDRESS: Final = "/publicera/oppen-sida.zip"
PARAMETERS: Final = ("promise", "date", "publisher", "licence", "lang")


def _publishing(request: Request) -> Publishing:
    """Return what a request asks for."""
    given = parameters_of(request, PARAMETERS, form=True)
    day = day_of(given, "date")
    return Publishing(given.get("promise"), day, given.get("publisher"), given.get("licence"))


def publishing_routes(service: Callable[[], Service]) -> list[Route]:
    """Return the route of the citizens' page, guarded as the pages are."""

    def page(request: Request) -> Response:
        try:
            wanted = _publishing(request)
            packed, day = publish_zip(service(), wanted)
        except GeodataError as error:
            return refused(error, request)
        name = "-".join(filter(None, ("lofteskartan-oppen-sida", wanted.promise, day.isoformat())))
        return Response(
            packed,
            media_type="application/zip",
            headers={
                "Content-Disposition": f'attachment; filename="{name}.zip"',
                **FILE_HEADERS,
            },
        )

    return [Route(ADDRESS, guarded(page, service, REGISTER), methods=["GET"])]
