"""The route that gives the citizens' page as a zip file, guarded as the pages are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from threading import Lock
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.answers import guarded, told
from dashboard.map.query import refuse_repeats
from geodata.errors import ExportError, GeodataError, LayerRequestError, UnknownIdError
from geodata.service import Service
from geodata.service.publishing import Publishing, publish_zip

ADDRESS: Final = "/publicera/oppen-sida.zip"
PARAMETERS: Final = ("promise", "date", "publisher", "licence", "lang")


def _publishing(request: Request) -> Publishing:
    """Return what a request asks for."""
    parameters = request.query_params.multi_items()
    refuse_repeats(parameters)
    # A field that was left empty says nothing.
    given = {name: value for name, value in parameters if value}
    for unknown in sorted(given.keys() - set(PARAMETERS)):
        raise ExportError("export.unknown_parameter", name=unknown, expected=", ".join(PARAMETERS))
    try:
        day = date.fromisoformat(given["date"]) if "date" in given else None
    except ValueError as error:
        raise ExportError("export.parameter", name="date", expected="2018-06-30") from error
    return Publishing(given.get("promise"), day, given.get("publisher"), given.get("licence"))


def publishing_routes(service: Callable[[], Service]) -> list[Route]:
    """Return the route of the citizens' page, guarded as the pages are.

    Parameters
    ----------
    service : callable
        Gives the process's service; asked at each request.

    Returns
    -------
    list of starlette.routing.Route
        `ADDRESS`; parameters are ``promise``, ``date``, ``publisher``, ``licence`` and, for what
        a refusal says, ``lang``. All may be left out.
    """
    # One at a time: it reads the whole register.
    making = Lock()

    def page(request: Request) -> Response:
        try:
            wanted = _publishing(request)
            with making:
                packed, day = publish_zip(service(), wanted)
        except UnknownIdError as error:
            return told(error, request, 404)
        except (ExportError, LayerRequestError) as error:
            return told(error, request, 400)
        except GeodataError as error:
            return told(error, request, 503)
        name = "-".join(filter(None, ("lofteskartan-oppen-sida", wanted.promise, day.isoformat())))
        return Response(
            packed,
            media_type="application/zip",
            headers={
                "Content-Disposition": f'attachment; filename="{name}.zip"',
                "Cache-Control": "private, no-store",
                "X-Content-Type-Options": "nosniff",
            },
        )

    return [Route(ADDRESS, guarded(page, service), methods=["GET"])]
