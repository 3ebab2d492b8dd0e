"""Pages to be printed, made by the server as plain HTML: the walk sheet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from dashboard import access
from dashboard.answers import language_of
from dashboard.panel import templates
from geodata.errors import GeodataError, UnknownIdError
from geodata.service import Service
from geodata.service.printing import walk_sheet
from geodata.texts import words

LINES: Final = 8
"""Empty lines for findings on a sheet; the page is then full."""

HEADERS: Final = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'",
}


def sheet_routes(service: Callable[[], Service]) -> list[Route]:
    """Return the routes of pages to be printed.

    Parameters
    ----------
    service : callable
        Gives the process's service.

    Returns
    -------
    list of starlette.routing.Route
        ``/vandringsblad/<walk>``; guarded as the pages are.
    """

    def sheet(request: Request) -> Response:
        language = language_of(request)
        w = words(language)
        if not access.may_read(request.headers, service().settings):
            return PlainTextResponse(w("access.refused"), status_code=403, headers=HEADERS)
        try:
            told = walk_sheet(service(), request.path_params["walk_id"])
        except UnknownIdError as error:
            # As plain text: the sentence repeats what the address asked for.
            return PlainTextResponse(w.error(error), status_code=404, headers=HEADERS)
        except GeodataError as error:
            return PlainTextResponse(w.error(error), status_code=503, headers=HEADERS)
        page = (
            templates()
            .get_template("walk_sheet.html")
            .render(
                w=w,
                sheet=told,
                catalogue=service().catalogue,
                local=lambda text: text.to(language),
                example=service().has_examples(),
                lines=LINES,
                sources=", ".join(service().place_sources()),
            )
        )
        return HTMLResponse(page, headers=HEADERS)

    return [Route("/vandringsblad/{walk_id}", sheet)]
